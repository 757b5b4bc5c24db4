import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** The pgbouncer of this machine. */
export interface PgbouncerProgram {
  readonly path: string;
  /** From 1.21 on it keeps track of prepared statements in transaction mode. */
  readonly preparesStatements: boolean;
}

/** On PATH, else where system packages put it. `undefined` when there is none that runs. */
export function locatePgbouncer(): PgbouncerProgram | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];
  for (const path of folders.filter(isAbsolute).map((folder) => join(folder, "pgbouncer"))) {
    if (!isExecutable(path)) continue;
    const [, major, minor] =
      /PgBouncer (\d+)\.(\d+)/.exec(spawnSync(path, ["--version"], { encoding: "utf8", timeout: DEADLINE_MS }).stdout) ?? [];
    if (Number(major) === 1 && Number(minor) >= MINIMUM_MINOR) return { path, preparesStatements: Number(minor) >= 21 };
  }
  return undefined;
}

/** The oldest that is tested. */
const MINIMUM_MINOR = 18;
const DEADLINE_MS = 5_000;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
