import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { locatePgbouncer } from "../../../control-plane/pooler/locatePgbouncer.js";
import { ensureInstalled, type InstalledProgram } from "../../../tools/counterparts/installedPrograms.js";

/**
 * The set-up step of the tests with other people's programs: brings drivers of other languages, pgbouncer and a browser into a folder of this user, once
 * for all runs. It asks the package registries that pip, Maven and apt are configured for, and gives up after a time.
 */

const PSYCOPG = "3.3.9";
const JDBC = "42.7.14";

/** A folder for PYTHONPATH. */
export function psycopg(): InstalledProgram {
  const version = said("python3", ["-c", 'import sys; print("%d.%d" % sys.version_info[:2])']);
  if (version === undefined) return { missing: "there is no python3" };
  return ensureInstalled(`psycopg-${PSYCOPG}-python${version}`, (folder) => [
    "python3",
    ["-m", "pip", "install", "--quiet", "--target", folder, `psycopg[binary]==${PSYCOPG}`],
  ]);
}

/** A jar for the class path. */
export function jdbc(): InstalledProgram {
  if (!said("java", ["--list-modules"])?.includes("jdk.compiler")) return { missing: "there is no java that runs a source file" };
  const folder = ensureInstalled(`jdbc-${JDBC}`, (at) => [
    "mvn",
    ["-q", "-B", "dependency:copy", `-Dartifact=org.postgresql:postgresql:${JDBC}`, `-DoutputDirectory=${at}`],
  ]);
  return "path" in folder ? { path: join(folder.path, `postgresql-${JDBC}.jar`) } : folder;
}

export function psql(): InstalledProgram {
  return said("psql", ["--version"]) === undefined ? { missing: "there is no psql" } : { path: "psql" };
}

/** A folder for PATH: this machine's own pgbouncer, else that of the distribution's package, unpacked and not installed. */
export function pgbouncer(): InstalledProgram {
  const own = locatePgbouncer();
  if (own !== undefined) return { path: dirname(own.path) };
  return ensureInstalled("pgbouncer", (folder) => ["sh", [join(__dirname, "unpackPgbouncer.sh"), folder]]);
}

/** A headless Chromium: the distribution's package, unpacked and not installed. */
export function chromium(): InstalledProgram {
  const found = ensureInstalled("chromium-headless-shell", (folder) => ["sh", [join(__dirname, "unpackChromium.sh"), folder]]);
  if ("missing" in found) return found;
  const path = join(found.path, "chromium");
  return said(path, ["--version"]) === undefined ? { missing: "the unpacked Chromium does not run" } : { path };
}

function said(program: string, words: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, words, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
