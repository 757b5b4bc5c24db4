import { randomBytes } from "node:crypto";
import { type Assumption, idIn, idOfTarget } from "../../contract/assumption.js";
import { UNKNOWN } from "../../provider/resources/settled.js";
import { withStack } from "../../bench/stacks.js";
import { partOf, previewed, programOf } from "../corpus/parts.js";
import type { Stack, State } from "../pulumi/stack.js";
import type { PlaneReady } from "../../contract/plane.js";
import type { ReachKind } from "./program.js";
import { type Live, Observer, type Sight } from "./live.js";
import { reviewOf } from "./stream.js";
import { textOf } from "./text.js";
import { hasOutside, type Outcome, saidOf, type Trial } from "./trial.js";
import { goneOf, wideningsOf } from "./widening.js";
import { type Known, REGIONS_OF_AWS, World } from "./world.js";

/**
 * The same trials through the real engine, many in one stack: their first programs, one `up`; what stands before the change, one `up`; the
 * change, one preview and one `up`. What one trial's resources may do to another's is left out of what is seen.
 */
export async function runThroughEngine(trials: readonly Trial[], plane: PlaneReady, log: (line: string) => void): Promise<Outcome[]> {
  const shared = randomBytes(5).toString("hex");
  const lots = trials.map(
    (trial, index) =>
      new Lot(
        trial,
        new World(plane, trial.strangers, REGIONS_OF_AWS[index % REGIONS_OF_AWS.length], shared),
        `t${String(index).padStart(3, "0")}-`,
      ),
  );
  for (const { world, trial } of lots) await world.prepare(hasOutside(trial));
  const program = (textIn: (lot: Lot) => string) => programOf(lots.map((lot) => [lot.prefix, textIn(lot)]));
  return withStack(
    program(() => ""),
    plane,
    async (stack) => {
      const rounds = Math.max(...trials.map(({ history }) => history.length));
      for (let round = 0; round < rounds; round += 1) {
        log(`up ${round + 1} …`);
        await up(
          stack,
          program((lot) => lot.textBefore(round)),
          lots,
        );
      }
      for (const lot of lots) await lot.addStrangers();
      const observer = new Observer(lots[0]?.world.admin ?? unreachable(), plane.orgId);
      const before = await observer.look();
      await stack.setProgram(program((lot) => lot.textAfter()));
      log("preview …");
      const state = await stack.exportState();
      const { events, plan } = await previewed(stack);
      const parts = lots.map(({ prefix }) => partOf("", prefix, events, state, plan));
      const reviews = await Promise.all(parts.map((part) => reviewOf(part)));
      log("up with the change …");
      const complaints = await up(
        stack,
        program((lot) => lot.textAfter()),
        lots,
      );
      const after = await new Observer(lots[0]?.world.admin ?? unreachable(), plane.orgId).look();
      const made = await stack.exportState();
      return lots.map((lot, index): Outcome => {
        const { verdict, findings, unjudged, assumptions } = reviews[index] ?? unreachable();
        // One stack holds many trials: the guard, which would stop them all, is asked afterwards (examples/gitops has it in the update).
        const isStopped = isBroken(assumptions, partOf("", lot.prefix, events, made, plan).state as State);
        const isHidden = JSON.stringify(lot.trial.after).includes('"$apply"') && JSON.stringify(parts[index]?.plan).includes(UNKNOWN);
        const [own, then] = [lot.own(before), lot.own(after)];
        return {
          ...{
            trial: lot.trial,
            verdict,
            findings: findings.map(saidOf),
            unjudged: unjudged.map(({ why }) => why),
            isHidden,
            failure: isStopped ? "palisade guard stops it: a reference is not what it was taken for" : complaints.get(lot),
          },
          ...(isStopped ? { widenings: [], gone: [] } : { widenings: wideningsOf(own, [], then), gone: goneOf(own, then) }),
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
      actual !== undefined && (typeof actual !== "string" || idIn(part, actual) !== (expected ?? (object && idOfTarget(part, object))))
    );
  });
}

/** A trial, and what is its own in a stack of many. */
class Lot {
  private readonly projects = new Set<string>();
  private recorded: readonly Known[] = [];

  constructor(
    readonly trial: Trial,
    readonly world: World,
    readonly prefix: string,
  ) {}

  textBefore(round: number): string {
    const { history } = this.trial;
    return textOf(history[Math.min(round, history.length - 1)] ?? [], this.world);
  }

  textAfter(): string {
    return textOf(this.trial.after, this.world);
  }

  /** Reads off the state what stands in it of this trial. */
  learn({ deployment }: State): void {
    this.recorded = (deployment.resources ?? []).flatMap(({ urn, type, id, outputs = {} }) => {
      const [name, kind] = [urn.split("::").at(-1) ?? "", type.split(":").at(-1) as ReachKind];
      return name.startsWith(this.prefix) && id !== undefined ? [{ kind, name: name.slice(this.prefix.length), id, outputs }] : [];
    });
    for (const { kind, id } of this.recorded) if (kind === "Project") this.projects.add(id);
    this.world.learn(this.recorded);
  }

  addStrangers(): Promise<void> {
    return this.world.addBranches(this.recorded);
  }

  /** The live branches of this trial's projects, and its own private endpoints. */
  own(live: Live): Live {
    const outside = this.world.outsideId;
    const isOwn = ({ projectId }: Sight) => projectId === outside || this.projects.has(projectId);
    const withoutOthers = (reach: Sight["reach"]) => ({
      ...reach,
      private: new Set([...reach.private].filter((id) => this.world.owns(id))),
    });
    return new Map(
      [...live].flatMap(([id, sight]) =>
        isOwn(sight)
          ? [
              [
                id,
                { ...sight, reach: withoutOthers(sight.reach), latent: withoutOthers(sight.latent), data: withoutOthers(sight.data) },
              ] as const,
            ]
          : [],
      ),
    );
  }
}

/** @returns what the engine complains of, by trial */
async function up(stack: Stack, program: string, lots: readonly Lot[]): Promise<Map<Lot, string>> {
  await stack.setProgram(program);
  const { events } = await stack.up({ args: ["--continue-on-error"], deadlineMs: 900_000 });
  const state = await stack.exportState();
  const complaints = new Map<Lot, string>();
  for (const lot of lots) lot.learn(state);
  for (const { diagnosticEvent } of events)
    if (diagnosticEvent?.severity === "error")
      for (const lot of lots) if (diagnosticEvent.urn?.includes(`::${lot.prefix}`)) complaints.set(lot, diagnosticEvent.message.trim());
  return complaints;
}

function unreachable(): never {
  throw new Error("there is no trial");
}
