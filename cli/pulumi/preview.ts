import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import type { Preview } from "../../review/change/previewEvents.js";
import type { Plan, RecordedState } from "../../review/change/state.js";
import { deferSignals } from "../deferSignals.js";
import { readRecordedState } from "./export.js";
import { findUnusableReason } from "./findPulumi.js";
import { parseLockError } from "./lockErrors.js";
import { startPulumi } from "./startPulumi.js";
import { buildCall, waitForExit, getLastLine, findPresumedTarget, type StackTarget, type TargetOptions, resolveTarget } from "./target.js";
import { buildPackFlags, type PolicyPacks } from "./up.js";

export interface PreviewOptions extends PolicyPacks {
  readonly refresh: boolean;
  /** Done while the CLI works, such as loading what comes next. Default: nothing. */
  readonly meanwhile?: () => Promise<unknown>;
}

export interface PreviewResult extends Plan {
  readonly preview: Preview;
  /** The plan's own text, to hold an update to it; empty where a policy refuses the change. */
  readonly plan: string;
  readonly state: RecordedState;
}

/** Runs `pulumi preview` and reads what it says. Changes nothing. Throws PAL_PREVIEW_FAILED, PAL_STACK_LOCKED and what `readPreview` throws. */
export const runPreview = (target: StackTarget, options: PreviewOptions): Promise<PreviewResult> =>
  deferSignals(() => executePreview(target, options));

/**
 * The same for the stack that the options name. Nobody asks the CLI for its version first: the plan says who made it, and a preview changes
 * nothing, so that of a CLI which turns out to be too old is thrown away, and made again by one that is not. Throws PAL_USAGE, PAL_NO_ENGINE too.
 */
export async function previewStack(named: TargetOptions, options: PreviewOptions): Promise<PreviewResult> {
  const presumed = await findPresumedTarget(named);
  if (presumed === undefined) return runPreview(await resolveTarget(named), options);
  const [found] = await Promise.allSettled([runPreview(presumed, options)]);
  if (found.status === "fulfilled" && (await isUsable(presumed, found.value))) return found.value;
  const target = await resolveTarget(named);
  return target.pulumi.binary === presumed.pulumi.binary ? unwrapSettled(found) : runPreview(target, options);
}

const isUsable = async ({ pulumi: { binary } }: StackTarget, { madeBy }: PreviewResult): Promise<boolean> =>
  madeBy !== undefined && (await findUnusableReason(binary, madeBy, process.env)) === undefined;

async function executePreview(
  target: StackTarget,
  { refresh, meanwhile = () => Promise.resolve(), ...packs }: PreviewOptions,
): Promise<PreviewResult> {
  // The plan holds what the program wants of each resource; only this user may read it, and only until it is read.
  const folder = await mkdtemp(join(tmpdir(), "palisade-review-"));
  try {
    const file = join(folder, "plan.json");
    const flags = ["--json", "--save-plan", file, ...(refresh ? ["--refresh"] : []), ...buildPackFlags(packs)];
    // Neither changes the state, and both start from the same one. What has begun ends before its folder goes.
    const working = [streamPreview(target, flags), readRecordedState(target), meanwhile()] as const;
    const [previewing, exporting] = await Promise.allSettled(working);
    const preview = unwrapSettled(previewing);
    const state = unwrapSettled(exporting);
    // Pulumi writes no plan of a change that a policy refuses: there is nothing to hold an update to.
    if (preview.refusedByPolicy) return { preview, state, plan: "", goals: new Map(), madeBy: undefined };
    const plan = await readFile(file, "utf8");
    const { parsePlan } = await import("../../review/change/state.js");
    return { preview, state, plan, ...parsePlan(plan) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unwrapSettled<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

async function streamPreview(target: StackTarget, flags: readonly string[]): Promise<Preview> {
  const child = startPulumi(buildCall(target, ["preview", ...flags], { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" }));
  const ended = waitForExit(child);
  child.stdout.setEncoding("utf8");
  try {
    const { readPreview } = await import("../../review/change/previewEvents.js");
    return await readPreview(child.stdout as AsyncIterable<string>);
  } catch (error) {
    const { code, stderr } = await ended;
    // A preview that did not begin says why on the error stream.
    if (code !== 0 && stderr.trim() !== "") throw parseLockError(stderr) ?? new PalisadeError("PAL_PREVIEW_FAILED", getLastLine(stderr));
    throw error;
  } finally {
    await ended;
  }
}
