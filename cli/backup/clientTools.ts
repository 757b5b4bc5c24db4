import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PalisadeError } from "../../contract/errors.js";
import { findOnPath } from "../pulumi/findPulumi.js";

/** A program of Postgres' clients that was found and asked its version. */
export interface ClientTool {
  /** Absolute path. */
  readonly file: string;
  /** As it says it: `18.6`. */
  readonly version: string;
  readonly major: number;
}

const DEADLINE_MS = 15_000;
const VERSION = /\(PostgreSQL\) ((\d{1,3})[\w.]{0,20})/;

/** The one on PATH. @throws PAL_BACKUP_TOOLS */
export async function requireClientTool(name: "pg_dump" | "pg_restore", environment: NodeJS.ProcessEnv): Promise<ClientTool> {
  const file = await findOnPath(name, environment);
  if (file === undefined) throw new PalisadeError("PAL_BACKUP_TOOLS", `${name} is not on PATH`);
  const said = await promisify(execFile)(file, ["--version"], { timeout: DEADLINE_MS, env: environment }).catch(() => undefined);
  const [, version, major] = VERSION.exec(said?.stdout ?? "") ?? [];
  if (version === undefined) throw new PalisadeError("PAL_BACKUP_TOOLS", `${file} does not say its version`);
  return { file, version, major: Number(major) };
}

/** An older pg_dump refuses a newer server, and an older pg_restore cannot read what a newer pg_dump wrote. @throws PAL_BACKUP_TOOLS */
export function assertNewEnough(name: string, tool: ClientTool, least: number, what: string): void {
  if (tool.major < least)
    throw new PalisadeError("PAL_BACKUP_TOOLS", `${name} ${tool.version} (${tool.file}) is older than ${what} ${least}`);
}
