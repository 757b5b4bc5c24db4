import type { ChildProcess } from "node:child_process";
import { statSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { PalisadeError } from "../../contract/errors.js";
import { findPulumi, type Pulumi, findOnPath } from "./findPulumi.js";
import { parseLockError } from "./lockErrors.js";
import { type PulumiCall, startPulumi } from "./startPulumi.js";

/** A stack, and the CLI that works on it. */
export interface StackTarget {
  readonly pulumi: Pick<Pulumi, "binary" | "binDirectory">;
  /** The folder of the Pulumi project. */
  readonly directory: string;
  /** As the command line names it, `name` or `organisation/project/name`; the selected one when undefined. */
  readonly stack: string | undefined;
}

export interface TargetOptions {
  readonly cwd: string;
  readonly stack?: string | undefined;
}

/** The stack that `--cwd` and `--stack` name. Throws PAL_USAGE, PAL_NO_ENGINE. */
export async function resolveTarget({ cwd, stack }: TargetOptions): Promise<StackTarget> {
  const directory = resolveDirectory(cwd);
  return { pulumi: await requirePulumi(), directory, stack };
}

/** The same with the CLI on PATH, which nobody has asked for its version yet; undefined where there is none. Throws PAL_USAGE. */
export async function findPresumedTarget({ cwd, stack }: TargetOptions): Promise<StackTarget | undefined> {
  const directory = resolveDirectory(cwd);
  const binary = await findOnPath("pulumi", process.env);
  return binary === undefined ? undefined : { pulumi: { binary, binDirectory: dirname(binary) }, directory, stack };
}

/** The folder that `--cwd` names. Throws PAL_USAGE where it is none. */
export function resolveDirectory(cwd: string): string {
  const directory = resolve(cwd);
  if (!isDirectory(directory)) throw new PalisadeError("PAL_USAGE", `--cwd: ${directory} is not a directory`);
  return directory;
}

/** A path that cannot be read, such as below a file, is not a directory. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The Pulumi CLI of this machine, or why there is none. */
export async function locatePulumi(): Promise<{ pulumi: Pulumi } | { problem: string }> {
  const passedOver: string[] = [];
  const pulumi = await findPulumi({ log: (line) => passedOver.push(line) });
  if (pulumi) return { pulumi };
  return { problem: passedOver.length > 0 ? passedOver.join("; ") : "not on PATH and not under PULUMI_HOME" };
}

/** The Pulumi CLI of this machine. Throws PAL_NO_ENGINE. */
export async function requirePulumi(): Promise<Pulumi> {
  const located = await locatePulumi();
  if ("problem" in located) throw new PalisadeError("PAL_NO_ENGINE", located.problem);
  return located.pulumi;
}

/** A call for the target: in the project's folder, on its stack, the CLI's own plugins first on PATH. */
export function buildCall(
  { pulumi, directory, stack }: StackTarget,
  words: readonly string[],
  env: Record<string, string> = {},
): PulumiCall {
  const args = [...words, ...(stack === undefined ? [] : ["--stack", stack])];
  const path = [pulumi.binDirectory, process.env["PATH"] ?? ""].join(delimiter);
  return { binary: pulumi.binary, args, directory, env: { ...process.env, PATH: path, PULUMI_SKIP_UPDATE_CHECK: "true", ...env } };
}

/** What a call of the CLI prints. Throws PAL_STACK, PAL_STACK_LOCKED. */
export async function readPulumiOutput(target: StackTarget, words: readonly string[]): Promise<string> {
  const child = startPulumi(buildCall(target, words));
  const chunks: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  const { code, stderr } = await waitForExit(child);
  if (code !== 0) throw parseLockError(stderr) ?? new PalisadeError("PAL_STACK", getLastLine(stderr));
  return chunks.join("");
}

/** Enough of the error stream to say why; it may be long. */
const MOST_STDERR_CHARACTERS = 100_000;

/** How a call ended, and the end of what it said on its error stream. */
export function waitForExit(child: ChildProcess & { readonly stderr: Readable }): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr = (stderr + chunk).slice(-MOST_STDERR_CHARACTERS)));
  return new Promise((done, fail) => {
    child.once("error", fail).once("close", (code) => {
      done({ code, stderr });
    });
  });
}

/** What the CLI says of a failure, without its prefix. */
export const getLastLine = (said: string): string =>
  said
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^error: /, "") ?? "";
