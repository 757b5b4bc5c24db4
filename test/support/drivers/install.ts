import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { locatePgbouncer } from "../../../control-plane/pooler/program.js";

/**
 * The set-up step of the tests with other people's programs: brings drivers of other languages and pgbouncer into a folder of this user, once
 * for all runs. It asks the package registries that pip, Maven and apt are configured for, and gives up after a time.
 */

/** Where it is, or why it is not. */
export type Installed = { readonly path: string } | { readonly missing: string };

const PSYCOPG = "3.3.9";
const JDBC = "42.7.14";
const DEADLINE_MS = 120_000;

/** A folder for PYTHONPATH. */
export function psycopg(): Installed {
  const version = said("python3", ["-c", 'import sys; print("%d.%d" % sys.version_info[:2])']);
  if (version === undefined) return { missing: "there is no python3" };
  return cached(`psycopg-${PSYCOPG}-python${version}`, (folder) => [
    "python3",
    ["-m", "pip", "install", "--quiet", "--target", folder, `psycopg[binary]==${PSYCOPG}`],
  ]);
}

/** A jar for the class path. */
export function jdbc(): Installed {
  if (!said("java", ["--list-modules"])?.includes("jdk.compiler")) return { missing: "there is no java that runs a source file" };
  const folder = cached(`jdbc-${JDBC}`, (at) => [
    "mvn",
    ["-q", "-B", "dependency:copy", `-Dartifact=org.postgresql:postgresql:${JDBC}`, `-DoutputDirectory=${at}`],
  ]);
  return "path" in folder ? { path: join(folder.path, `postgresql-${JDBC}.jar`) } : folder;
}

export function psql(): Installed {
  return said("psql", ["--version"]) === undefined ? { missing: "there is no psql" } : { path: "psql" };
}

/** A folder for PATH: this machine's own pgbouncer, else that of the distribution's package, unpacked and not installed. */
export function pgbouncer(): Installed {
  const own = locatePgbouncer();
  if (own !== undefined) return { path: dirname(own.path) };
  return cached("pgbouncer", (folder) => ["sh", [join(__dirname, "unpackPgbouncer.sh"), folder]]);
}

/** Made under another name and moved into place, so that what was cut off is never taken for whole. */
function cached(name: string, command: (folder: string) => [string, string[]]): Installed {
  const home = ownFolder(join(tmpdir(), `palisade-programs-${process.getuid?.() ?? 0}`));
  if (home === undefined) return { missing: `the folder of programs below ${tmpdir()} may be written by others` };
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
function ownFolder(path: string): string | undefined {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const found = lstatSync(path);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0 ? path : undefined;
}

function said(program: string, words: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, words, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
