import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where it is, or why it is not. */
export type InstalledProgram = { readonly path: string } | { readonly missing: string };

const DEADLINE_MS = 120_000;

/**
 * Other people's programs that tests and examples are run against, in a folder of this user, once for all runs.
 * Made under another name and moved into place, so that what was cut off is never taken for whole.
 */
export function ensureInstalled(name: string, command: (folder: string) => [string, string[]]): InstalledProgram {
  // Tests whose temporary files lie in memory (test/support/useMemory.cjs) say where these stay.
  const parent = process.env.PALISADE_PROGRAMS ?? tmpdir();
  const home = ensureOwnFolder(join(parent, `palisade-programs-${process.getuid?.() ?? 0}`));
  if (home === undefined) return { missing: `the folder of programs below ${parent} may be written by others` };
  const path = join(home, name);
  if (existsSync(path)) return { path };
  const work = `${path}.${process.pid}`;
  const { status, error, stderr } = spawnSync(...command(work), { encoding: "utf8", timeout: DEADLINE_MS });
  if (status !== 0) {
    rmSync(work, { recursive: true, force: true });
    return { missing: `${name} could not be installed: ${error?.message ?? stderr.trim().split("\n").at(-1) ?? ""}` };
  }
  try {
    renameSync(work, path);
  } catch {
    // Somebody else was first.
    rmSync(work, { recursive: true, force: true });
  }
  return { path };
}

/** Code is run from there, by the user of Postgres too: nobody else may have put it. */
function ensureOwnFolder(path: string): string | undefined {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const found = lstatSync(path);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0 ? path : undefined;
}
