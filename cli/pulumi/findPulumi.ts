import { access, constants, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { gte, parse, SemVer } from "semver";
import { formatFailure, run } from "./process.js";

/** The release that is downloaded or built when none is found; the same as the SDK's. */
export const PINNED_VERSION = "3.245.0";

/** The first release whose engine takes inputs back from a dynamic provider's `read`; drift depends on it. */
export const MINIMUM_VERSION = "3.216.0";

/** Lies beside a CLI that this project built, and says so. */
export const MARKER_FILE = "palisade-built.json";

/** What the engine needs beside itself, or on PATH, to run a Node program with dynamic resources. */
export const COMPANIONS = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

/** A Pulumi CLI that was run and is new enough. */
export interface Pulumi {
  /** Absolute path of the executable. */
  binary: string;
  /** As `3.245.0`, without a leading v. */
  version: string;
  /** `path`: on PATH. `installed`: an official release under PULUMI_HOME, `downloaded` just now. `built`: by this project, from source. */
  origin: "path" | "installed" | "downloaded" | "built";
  /** The folder to put first on PATH, so that the engine finds its own plugins. */
  binDirectory: string;
}

export interface PulumiSearch {
  /** PATH is read from here. Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
  /** Pulumi's home. Default: {@link getPulumiHome}. */
  home?: string;
  /** Gets one line for each CLI on PATH that is skipped. */
  log: (line: string) => void;
}

/** A usable Pulumi CLI on this machine: the one on PATH, else the pinned release under PULUMI_HOME; undefined when there is none. */
export async function findPulumi({ env = process.env, home = getPulumiHome(env), log }: PulumiSearch): Promise<Pulumi | undefined> {
  return (await findPulumiOnPath(env, log)) ?? (await findInstalled(home));
}

/** `PULUMI_HOME`, by default `~/.pulumi`. */
export function getPulumiHome(env: NodeJS.ProcessEnv = process.env): string {
  return env.PULUMI_HOME ?? join(homedir(), ".pulumi");
}

/** The folder of the pinned release, where the SDK's own installer puts it too. */
export function getPinnedDirectory(home: string): string {
  return join(home, "versions", PINNED_VERSION);
}

/** The pinned release under `home`, when it is there and runs. */
export async function findInstalled(home: string): Promise<Pulumi | undefined> {
  const binDirectory = join(getPinnedDirectory(home), "bin");
  const binary = join(binDirectory, "pulumi");
  if (!(await isExecutable(binary))) return undefined;
  const answer = await readVersion(binary);
  if (!("version" in answer) || !isSupported(answer.version)) return undefined;
  const built = await readFile(join(binDirectory, MARKER_FILE), "utf8").catch(() => undefined);
  return { binary, version: answer.version, origin: built === undefined ? "installed" : "built", binDirectory };
}

/** Runs `pulumi version`: its version, or why there is none. */
export async function readVersion(binary: string): Promise<{ version: string } | { problem: string }> {
  const outcome = await run({
    command: binary,
    args: ["version"],
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeoutMs: VERSION_TIMEOUT_MS,
  });
  if (outcome.code !== 0) return { problem: formatFailure(outcome) };
  const version = /^v?(\d+\.\d+\.\d+(?:[^\s\d]\S*)?)[ \t\r]*$/m.exec(outcome.stdout)?.[1];
  return version === undefined ? { problem: `"pulumi version" answered ${JSON.stringify(outcome.stdout.trim())}` } : { version };
}

/** The first executable file of that name on PATH. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of (env.PATH ?? "").split(delimiter).filter((entry) => entry !== "")) {
    const file = join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Whether a release works with this project: the SDK's own major version and at least {@link MINIMUM_VERSION}. */
export function isSupported(version: string): boolean {
  const [given, minimum] = [parse(version), new SemVer(MINIMUM_VERSION)];
  return given !== null && given.major === minimum.major && gte(given, minimum);
}

/** `pulumi version` takes 0.3 s; a shim of a version manager may first look around. */
const VERSION_TIMEOUT_MS = 30_000;

async function findPulumiOnPath(env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<Pulumi | undefined> {
  const binary = await findOnPath("pulumi", env);
  if (binary === undefined) return undefined;
  const answer = await readVersion(binary);
  const problem = "problem" in answer ? `it does not run: ${answer.problem}` : await findUnusableReason(binary, answer.version, env);
  if (problem !== undefined) {
    log(`skipping ${binary}: ${problem}`);
    return undefined;
  }
  return "version" in answer ? { binary, version: answer.version, origin: "path", binDirectory: dirname(binary) } : undefined;
}

/** Why a CLI of this version is of no use here. Some distributions package the engine without its Node plugins, so the version alone does not tell. */
export async function findUnusableReason(binary: string, version: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!isSupported(version)) return `version ${version} is not supported, ${MINIMUM_VERSION} or a later 3.x is needed`;
  const folders = [dirname(binary), dirname(await realpath(binary))];
  for (const name of COMPANIONS) {
    const beside = await Promise.all(folders.map((folder) => isExecutable(join(folder, name))));
    if (!beside.includes(true) && (await findOnPath(name, env)) === undefined) return `${name} is neither beside it nor on PATH`;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
