import { randomBytes } from "node:crypto";
import { type Assumption, getReferencedId, findTargetId } from "../../contract/assumption.js";
import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import { withStack } from "../pulumi/withStack.js";
import { extractPart, previewWithPlan, buildCombinedProgram } from "../corpus/combinedStack.js";
import type { Stack, State } from "../pulumi/stack.js";
import type { PlaneReady } from "../../contract/plane.js";
import type { ReachKind } from "./program.js";
import { type ObservedBranches, Observer, type ObservedBranch } from "./observer.js";
import { reviewPreview } from "./previewStream.js";
import { renderProgram } from "./programText.js";
import { hasOutside, type Outcome, toReportedFinding, type Trial } from "./trial.js";
import { listRemovedBranches, findWidenings } from "./widening.js";
import { type RecordedObject, REGIONS_OF_AWS, TrialEnvironment } from "./trialEnvironment.js";

/**
 * The same trials through the real engine, many in one stack: their first programs, one `up`; what stands before the change, one `up`; the
 * change, one preview and one `up`. What one trial's resources may do to another's is left out of what is seen.
 */
export async function runThroughEngine(trials: readonly Trial[], plane: PlaneReady, log: (line: string) => void): Promise<Outcome[]> {
  const shared = randomBytes(5).toString("hex");
  const entries = trials.map(
    (trial, index) =>
      new TrialInStack(
        trial,
        new TrialEnvironment(plane, trial.undeclared, REGIONS_OF_AWS[index % REGIONS_OF_AWS.length], shared),
        `t${String(index).padStart(3, "0")}-`,
      ),
  );
  for (const { environment, trial } of entries) await environment.prepare(hasOutside(trial));
  const program = (textIn: (entry: TrialInStack) => string) => buildCombinedProgram(entries.map((entry) => [entry.prefix, textIn(entry)]));
  return withStack(
    program(() => ""),
    plane,
    async (stack) => {
      const rounds = Math.max(...trials.map(({ history }) => history.length));
      for (let round = 0; round < rounds; round += 1) {
        log(`up ${round + 1} …`);
        await runUp(
          stack,
          program((entry) => entry.renderBefore(round)),
          entries,
        );
      }
      for (const entry of entries) await entry.addUndeclared();
      const observer = new Observer(entries[0]?.environment.admin ?? throwUnreachable(), plane.orgId);
      const before = await observer.observe();
      await stack.setProgram(program((entry) => entry.renderAfter()));
      log("preview …");
      const state = await stack.exportState();
      const { events, plan } = await previewWithPlan(stack);
      const parts = entries.map(({ prefix }) => extractPart("", prefix, events, state, plan));
      const reviews = await Promise.all(parts.map((part) => reviewPreview(part)));
      log("up with the change …");
      const complaints = await runUp(
        stack,
        program((entry) => entry.renderAfter()),
        entries,
      );
      const after = await new Observer(entries[0]?.environment.admin ?? throwUnreachable(), plane.orgId).observe();
      const made = await stack.exportState();
      return entries.map((entry, index): Outcome => {
        const { verdict, findings, unjudged, assumptions } = reviews[index] ?? throwUnreachable();
        // One stack holds many trials: the guard, which would stop them all, is asked afterwards (examples/gitops has it in the update).
        const isStopped = isBroken(assumptions, extractPart("", entry.prefix, events, made, plan).state as State);
        const isHidden = JSON.stringify(entry.trial.after).includes('"$apply"') && JSON.stringify(parts[index]?.plan).includes(UNKNOWN);
        const [own, then] = [entry.filterOwn(before), entry.filterOwn(after)];
        return {
          trial: entry.trial,
          verdict,
          findings: findings.map(toReportedFinding),
          unjudged: unjudged.map(({ why }) => why),
          isHidden,
          failure: isStopped ? "palisade guard stops it: a reference is not what it was taken for" : complaints.get(entry),
          ...(isStopped
            ? { widenings: [], removedBranches: [] }
            : { widenings: findWidenings(own, [], then), removedBranches: listRemovedBranches(own, then) }),
        };
      });
    },
  );
}

/** Whether a reference turned out to be another than it was taken for. */
function isBroken(assumptions: readonly Assumption[], { deployment: { resources = [] } }: State): boolean {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return assumptions.some(({ urn, property, target, part, expected }) => {
    const actual = byUrn.get(urn)?.inputs?.[property];
    const object = byUrn.get(target);
    return (
      actual !== undefined &&
      (typeof actual !== "string" || getReferencedId(part, actual) !== (expected ?? (object && findTargetId(part, object))))
    );
  });
}

/** A trial, and what is its own in a stack of many. */
class TrialInStack {
  private readonly projects = new Set<string>();
  private recorded: readonly RecordedObject[] = [];

  constructor(
    readonly trial: Trial,
    readonly environment: TrialEnvironment,
    readonly prefix: string,
  ) {}

  renderBefore(round: number): string {
    const { history } = this.trial;
    return renderProgram(history[Math.min(round, history.length - 1)] ?? [], this.environment);
  }

  renderAfter(): string {
    return renderProgram(this.trial.after, this.environment);
  }

  /** Reads from the state the resources of this trial. */
  readState({ deployment }: State): void {
    this.recorded = (deployment.resources ?? []).flatMap(({ urn, type, id, outputs = {} }) => {
      const [name, kind] = [urn.split("::").at(-1) ?? "", type.split(":").at(-1) as ReachKind];
      return name.startsWith(this.prefix) && id !== undefined ? [{ kind, name: name.slice(this.prefix.length), id, outputs }] : [];
    });
    for (const { kind, id } of this.recorded) if (kind === "Project") this.projects.add(id);
    this.environment.recordIds(this.recorded);
  }

  addUndeclared(): Promise<void> {
    return this.environment.addBranches(this.recorded);
  }

  /** The live branches of this trial's projects, and its own private endpoints. */
  filterOwn(live: ObservedBranches): ObservedBranches {
    const outside = this.environment.outsideId;
    const isOwn = ({ projectId }: ObservedBranch) => projectId === outside || this.projects.has(projectId);
    const withoutOthers = (reach: ObservedBranch["reach"]) => ({
      ...reach,
      private: new Set([...reach.private].filter((id) => this.environment.isOwnEndpoint(id))),
    });
    return new Map(
      [...live].flatMap(([id, observed]) =>
        isOwn(observed)
          ? [
              [
                id,
                {
                  ...observed,
                  reach: withoutOthers(observed.reach),
                  latent: withoutOthers(observed.latent),
                  data: withoutOthers(observed.data),
                },
              ] as const,
            ]
          : [],
      ),
    );
  }
}

/** @returns the engine's errors, by trial */
async function runUp(stack: Stack, program: string, entries: readonly TrialInStack[]): Promise<Map<TrialInStack, string>> {
  await stack.setProgram(program);
  const { events } = await stack.up({ args: ["--continue-on-error"], deadlineMs: 900_000 });
  const state = await stack.exportState();
  const complaints = new Map<TrialInStack, string>();
  for (const entry of entries) entry.readState(state);
  for (const { diagnosticEvent } of events)
    if (diagnosticEvent?.severity === "error")
      for (const entry of entries)
        if (diagnosticEvent.urn?.includes(`::${entry.prefix}`)) complaints.set(entry, diagnosticEvent.message.trim());
  return complaints;
}

function throwUnreachable(): never {
  throw new Error("there is no trial");
}
