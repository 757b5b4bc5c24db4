import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Review } from "../../review/change/judge.js";
import type { Change } from "../../review/change/change.js";
import { findPackageRoot } from "../pulumi/packageRoot.js";
import type { StackTarget } from "../pulumi/target.js";
import { buildPackFlags, type PolicyPacks, runUpAttached, type UpResult } from "../pulumi/up.js";

export interface UpOptions extends PolicyPacks {
  readonly flags: readonly string[];
}

/**
 * Runs `pulumi up` bound to what was judged, twice over: the engine's plan holds it to the same steps, and a mandatory policy pack to the same
 * inputs, options and references. Both speak in the preview that `up` makes first, so nothing is done by halves.
 */
export async function runGuardedUp(
  target: StackTarget,
  change: Change,
  { assumptions }: Pick<Review, "assumptions">,
  plan: string,
  { flags, policyPacks, policyPackConfigs }: UpOptions,
): Promise<UpResult> {
  const folder = await mkdtemp(join(tmpdir(), "palisade-guard-"));
  try {
    const [planFile, expectedFile, events] = [join(folder, "plan.json"), join(folder, "expected.json"), join(folder, "events.jsonl")];
    await writeFile(planFile, plan, { mode: 0o600 });
    await writeFile(expectedFile, JSON.stringify({ resources: buildExpectations(change), assumptions, events }), { mode: 0o600 });
    const packs = { policyPacks: [join(findPackageRoot(__dirname), "guard-pack"), ...policyPacks], policyPackConfigs };
    // Ctrl-C reaches pulumi as well, which ends in its own time; the log must still be written.
    const wait = () => undefined;
    process.on("SIGINT", wait);
    try {
      const words = ["--plan", planFile, "--event-log", events, ...flags, ...buildPackFlags(packs)];
      // The event log is one of the engine's flags for tools; the Automation API turns them on in the same way.
      return await runUpAttached(target, words, { PALISADE_GUARD: expectedFile, PULUMI_DEBUG_COMMANDS: "true" });
    } finally {
      process.off("SIGINT", wait);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the policy pack holds each resource to. */
const buildExpectations = ({ resources }: Change) =>
  Object.fromEntries(
    resources.flatMap(({ urn, after }) => {
      if (!after) return [];
      const { __provider: _, ...inputs } = after.inputs;
      return [[urn, { inputs, protect: after.protect, ignoreChanges: after.ignoreChanges ?? [] }] as const];
    }),
  );
