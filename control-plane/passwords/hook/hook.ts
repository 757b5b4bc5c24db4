import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { PostgresBinaries } from "../../computes/postgresInstallation.js";

/**
 * What holds passwords that are set by SQL, inside Postgres: `hook` the whole rule of hook.c, `passwordcheck` a least length only (Postgres'
 * own module), `none` nothing.
 */
export type PasswordGuard = "hook" | "passwordcheck" | "none";

export interface HookSetting {
  guard: PasswordGuard;
  /** `name=value` for Postgres' command line, which no ALTER SYSTEM outranks. */
  settings: readonly string[];
}

/**
 * The best guard that this machine can give: the hook, compiled once for each source and Postgres, else `passwordcheck`; less than the hook is
 * said in one line of the log. A compiled hook that Postgres cannot load stops the compute, with Postgres' own words: it never opens.
 * @param directory made when missing (0755); holds the compiled library, readable by the user that runs Postgres
 */
export async function ensurePasswordHook(
  postgres: PostgresBinaries,
  directory: string,
  log: (line: PlaneLogLine) => void,
): Promise<HookSetting> {
  const hook = await ensureCompiled(postgres.major, resolve(directory));
  if ("library" in hook) return { guard: "hook", settings: [formatPreload(hook.library)] };
  const setting = hasPasswordcheck(postgres) ? buildPasswordcheck(postgres.major) : NONE;
  log({ level: "warn", event: "password-guard", guard: setting.guard, message: LIMITS[setting.guard], cause: hook.failure });
  return setting;
}

/** Postgres majors whose interface hook.c declares. */
const MAJORS = [15, 16, 17, 18];

const COMPILERS = ["cc", "gcc", "clang"];
const FLAGS = ["-O2", "-fPIC", "-shared", ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [])];
/** Milliseconds; it takes 150. */
const COMPILE_DEADLINE_MS = 60_000;

const LIMITS = {
  passwordcheck:
    "Passwords set by SQL are held to a least length only, in DO blocks and functions too; weak long ones and pre-hashed verifiers pass, so nobody can log in with them. Install a C compiler (cc) for the whole rule",
  none: "Passwords set by SQL are not checked inside Postgres, so nobody can log in with them. Install a C compiler (cc), or Postgres' module passwordcheck for a least length",
};

const NONE = { guard: "none", settings: [] } as const;

/** 60 bits need ten bytes of ASCII; before Postgres 18 the module's least length is a fixed 8. */
const buildPasswordcheck = (major: number) =>
  ({
    guard: "passwordcheck",
    settings: [formatPreload("$libdir/passwordcheck"), ...(major >= 18 ? ["passwordcheck.min_password_length=10"] : [])],
  }) as const;

/** A list, whose elements may be quoted as identifiers are. */
const formatPreload = (library: string): string => `shared_preload_libraries="${library.replaceAll('"', '""')}"`;

async function ensureCompiled(major: number, directory: string): Promise<{ library: string } | { failure: string }> {
  if (!MAJORS.includes(major)) return { failure: `Postgres ${major} is not known` };
  const source = createRequire(__filename).resolve("@palisade/control-plane/passwords/hook/hook.c");
  const words = [...FLAGS, `-DPG_MAJOR=${major}`];
  const hash = createHash("sha256")
    .update(words.join(" "))
    .update(await readFile(source));
  const name = `password-${hash.digest("hex").slice(0, 16)}-pg${major}-${process.platform}-${process.arch}`;
  const library = join(directory, `${name}.so`);
  if (existsSync(library)) return { library };

  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  const unfinished = join(directory, `${name}.${process.pid}`);
  const failure = await compile([...words, "-o", unfinished, source, "-lm"]);
  if (failure !== undefined) {
    await rm(unfinished, { force: true });
    return { failure };
  }
  await flushLibrary(unfinished);
  await rename(unfinished, library);
  return { library };
}

/** On disk before it has its name: a library cut short would stop every compute. */
async function flushLibrary(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.chmod(0o755);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** With the first compiler that can; else what each of them said. */
async function compile(words: readonly string[]): Promise<string | undefined> {
  const failures: string[] = [];
  for (const compiler of COMPILERS)
    try {
      await promisify(execFile)(compiler, words, { timeout: COMPILE_DEADLINE_MS, env: { ...process.env, LC_ALL: "C" } });
      return undefined;
    } catch (error) {
      const { code, stderr } = error as { code?: unknown; stderr?: string };
      failures.push(`${compiler}: ${stderr?.trim().split("\n").at(-1) || String(code)}`);
    }
  return failures.join("; ");
}

/** Where builds of Postgres keep their modules, seen from the program that a link may lead to. */
function hasPasswordcheck({ bin }: PostgresBinaries): boolean {
  const program = join(bin, "postgres");
  const real = existsSync(program) ? dirname(realpathSync(program)) : bin;
  return ["../lib/postgresql", "../lib"].some((folder) =>
    ["so", "dylib"].some((suffix) => existsSync(join(real, folder, `passwordcheck.${suffix}`))),
  );
}
