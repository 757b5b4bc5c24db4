import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { type Preview, readPreview } from "../../review/change/events.js";
import { type Goals, readPlan, readState, type RecordedState } from "../../review/change/state.js";
import { endingTidily } from "../interruption.js";
import type { Pulumi } from "../../tools/pulumi/find.js";

/** A stack whose change is to be looked at. */
export interface Target {
  readonly pulumi: Pulumi;
  readonly directory: string;
  readonly stack: string | undefined;
}

export interface PreviewOptions {
  readonly refresh: boolean;
  readonly policyPacks: readonly string[];
  readonly policyPackConfigs: readonly string[];
}

export interface Previewed {
  readonly preview: Preview;
  readonly goals: Goals;
  /** The plan's own text, to hold an update to it. */
  readonly plan: string;
  readonly state: RecordedState;
}

/** Runs `pulumi preview` and reads what it says. Changes nothing. Throws PAL_PREVIEW_FAILED and what `readPreview` throws. */
export const runPreview = (target: Target, options: PreviewOptions): Promise<Previewed> => endingTidily(() => previewed(target, options));

async function previewed(target: Target, { refresh, policyPacks, policyPackConfigs }: PreviewOptions): Promise<Previewed> {
  // The plan holds what the program wants of each resource; only this user may read it, and only until it is read.
  const folder = await mkdtemp(join(tmpdir(), "palisade-review-"));
  try {
    const plan = join(folder, "plan.json");
    const flags = [
      ...["preview", "--json", "--save-plan", plan, ...(refresh ? ["--refresh"] : [])],
      ...policyPacks.flatMap((pack) => ["--policy-pack", pack]),
      ...policyPackConfigs.flatMap((file) => ["--policy-pack-config", file]),
    ];
    const preview = await streamed(target, flags);
    const state = await recordedState(target);
    const text = await readFile(plan, "utf8");
    return { preview, state, plan: text, goals: readPlan(text) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What Pulumi has recorded of the stack. */
export const recordedState = async (target: Target): Promise<RecordedState> => readState(await pulumiText(target, ["stack", "export"]));

async function streamed(target: Target, flags: readonly string[]): Promise<Preview> {
  const child = start(target, flags, { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" });
  const ended = endOf(child);
  child.stdout.setEncoding("utf8");
  try {
    return await readPreview(child.stdout as AsyncIterable<string>);
  } catch (error) {
    const { code, stderr } = await ended;
    // A preview that did not begin says why on the error stream.
    if (code !== 0 && stderr.trim() !== "") throw new PalisadeError("PAL_PREVIEW_FAILED", lastLine(stderr));
    throw error;
  } finally {
    await ended;
  }
}

/** What a call of the CLI prints. Throws PAL_STACK. */
export async function pulumiText(target: Target, words: readonly string[]): Promise<string> {
  const child = start(target, words, {});
  const chunks: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  const { code, stderr } = await endOf(child);
  if (code !== 0) throw new PalisadeError("PAL_STACK", lastLine(stderr));
  return chunks.join("");
}

/** How the CLI is started for a target: in the project's folder, its own plugins first on PATH. */
export function invocation({ pulumi, directory, stack }: Target, words: readonly string[], env: Record<string, string>) {
  const args = [...words, "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])];
  const path = [pulumi.binDirectory, process.env["PATH"] ?? ""].join(delimiter);
  return { command: pulumi.binary, args, cwd: directory, env: { ...process.env, PATH: path, PULUMI_SKIP_UPDATE_CHECK: "true", ...env } };
}

function start(target: Target, words: readonly string[], environment: Record<string, string>) {
  const { command, args, cwd, env } = invocation(target, words, environment);
  return spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Enough of the error stream to say why; it may be long. */
const MOST_STDERR_CHARACTERS = 100_000;

function endOf(child: ReturnType<typeof start>): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr = (stderr + chunk).slice(-MOST_STDERR_CHARACTERS)));
  return new Promise((done, fail) => {
    child.once("error", fail).once("close", (code) => {
      done({ code, stderr });
    });
  });
}

const lastLine = (said: string): string =>
  said
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^error: /, "") ?? "";
