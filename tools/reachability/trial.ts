import { randomUUID } from "node:crypto";
import type { Review, Verdict } from "../../review/change/judge.js";
import { PalisadeError } from "../../contract/errors.js";
import { type Call, watching } from "../reliability/calls.js";
import { type Access, startProcess } from "../reliability/process.js";
import { Refused, Run, type Snapshot, type Step } from "./engine.js";
import { type Live, Observer } from "./live.js";
import type { Program } from "./program.js";
import { randomOf } from "./random.js";
import { reviewOf, told } from "./stream.js";
import { goneOf, type Widening, wideningsOf } from "./widening.js";
import { OUTSIDE, type Strangers, World } from "./world.js";

/** A stack's life up to now, the change that is judged, and everything that chance decides beside them. */
export interface Trial {
  /** Applied one after another; the last one is what stands before the change. */
  readonly history: readonly Program[];
  readonly after: Program;
  readonly strangers: Strangers;
  /** Decides the order of steps. */
  readonly order: number;
}

/** A finding, as far as it is told here. */
export type Said = Pick<Review["findings"][number], "rule" | "severity" | "direction" | "resource" | "says">;

export const saidOf = ({ rule, severity, direction, resource, says }: Said): Said => ({ rule, severity, direction, resource, says });

export interface Outcome {
  readonly trial: Trial;
  /** `refused`: the engine ends the preview with an error, and nothing is judged. */
  readonly verdict: Verdict | "refused";
  readonly findings: readonly Said[];
  readonly unjudged: readonly string[];
  /** Whether something that the program makes of outputs is known only after the update. */
  readonly isHidden: boolean;
  readonly widenings: readonly Widening[];
  /** Branches that are there no more. */
  readonly gone: readonly string[];
  /** What ended the preview or the update, if anything did. */
  readonly failure: string | undefined;
}

/** Runs a trial through the provider's own hooks. */
export async function runTrial(trial: Trial, access: Access): Promise<Outcome> {
  const world = new World(access, trial.strangers);
  try {
    await world.prepare(hasOutside(trial));
    return await new Stage(trial, world).run();
  } finally {
    await world.clear();
  }
}

/** Whether it speaks of another stack's project. */
export const hasOutside = ({ history, after }: Trial): boolean => JSON.stringify([history, after]).includes(`"of":"${OUTSIDE}"`);

const NOTHING_JUDGED = { verdict: "refused" as const, findings: [], unjudged: [], isHidden: false, widenings: [], gone: [] };

class Stage {
  private readonly pick: (below: number) => number;
  private readonly stackId = randomUUID();
  private readonly observer: Observer;
  private snapshot: Snapshot = new Map();

  constructor(
    private readonly trial: Trial,
    private readonly world: World,
  ) {
    this.pick = randomOf(trial.order);
    this.observer = new Observer(world.admin, world.access.orgId);
  }

  async run(): Promise<Outcome> {
    const { trial, world } = this;
    for (const program of trial.history) {
      await this.up(program, () => Promise.resolve());
      world.learn(this.snapshot.values());
    }
    await world.addBranches(this.snapshot.values());
    const before = await this.observer.look();
    const preview = await this.preview();
    if (typeof preview === "string") return { ...NOTHING_JUDGED, trial, failure: preview };
    const { verdict, findings, unjudged, assumptions } = preview.review;
    const { isHidden } = preview;
    const moments: Live[] = [];
    const look = async () => void moments.push(await this.observer.look());
    const failure = await this.up(trial.after, look, assumptions);
    const after = moments.at(-1) ?? before;
    return {
      ...{ trial, verdict, findings: findings.map(saidOf), unjudged: unjudged.map(({ why }) => why), isHidden, failure },
      ...{ widenings: wideningsOf(before, moments, after), gone: goneOf(before, after) },
    };
  }

  private async preview(): Promise<{ review: Review; isHidden: boolean } | string> {
    const steps: Step[] = [];
    const engine = this.engine(true);
    try {
      for await (const step of engine.steps(this.trial.after)) steps.push(step);
    } catch (error) {
      return refusal(error);
    }
    return { review: await reviewOf(told("", steps, this.snapshot, this.world.access.apiUrl)), isHidden: engine.hides };
  }

  /**
   * @param moved after each step that may have changed something
   * @param assumptions what `palisade guard` holds it to
   * @returns why it ended early, if it did
   */
  private async up(program: Program, moved: () => Promise<void>, assumptions: Review["assumptions"] = []): Promise<string | undefined> {
    let calls = 0;
    const watcher = {
      before: () => Promise.resolve(),
      after: ({ path }: Call) => {
        calls += 1;
        this.observer.noteCall(path);
      },
    };
    const engine = this.engine(false, assumptions);
    const steps = engine.steps(program);
    for (;;) {
      const earlier = calls;
      const step = await watching(this.world.access.apiUrl, watcher, () => steps.next()).catch(refusal);
      this.snapshot = engine.state;
      if (calls > earlier) await moved();
      if (typeof step === "string") return step;
      if (step.done) return undefined;
    }
  }

  private engine(isPreview: boolean, assumptions: Review["assumptions"] = []): Run {
    const { hooks } = startProcess(this.world.access, { stackId: this.stackId });
    return new Run(hooks, this.snapshot, this.world, this.pick, isPreview, assumptions);
  }
}

/** What the engine or the provider says no with; everything else is a fault of this file. */
function refusal(error: unknown): string {
  if (error instanceof Refused || error instanceof PalisadeError) return error.message;
  // The hooks tell their errors as texts that begin with the code.
  if (error instanceof Error && /PAL_[A-Z_]+/.test(error.message)) return error.message;
  throw error;
}
