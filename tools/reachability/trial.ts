import { randomUUID } from "node:crypto";
import type { Review, Verdict } from "../../review/change/judge.js";
import { PalisadeError } from "../../contract/errors.js";
import { type Call, watchCalls } from "../reliability/callWatcher.js";
import { type Access, startProviderProcess } from "../reliability/providerProcess.js";
import { EngineRefusal, EngineRun, type Snapshot, type Step } from "./engineModel.js";
import { type ObservedBranches, Observer } from "./observer.js";
import type { Program } from "./program.js";
import { createRandom } from "./random.js";
import { reviewPreview, buildPreview } from "./previewStream.js";
import { listRemovedBranches, type Widening, findWidenings } from "./widening.js";
import { OUTSIDE, type UndeclaredObjects, TrialEnvironment } from "./trialEnvironment.js";

/** The history of a stack, the change that is judged, and everything random beside them. */
export interface Trial {
  /** Applied one after another; the last one is what stands before the change. */
  readonly history: readonly Program[];
  readonly after: Program;
  readonly undeclared: UndeclaredObjects;
  /** Decides the order of steps. */
  readonly order: number;
}

/** The fields of a finding that are reported here. */
export type ReportedFinding = Pick<Review["findings"][number], "rule" | "severity" | "direction" | "resource" | "says">;

export const toReportedFinding = ({ rule, severity, direction, resource, says }: ReportedFinding): ReportedFinding => ({
  rule,
  severity,
  direction,
  resource,
  says,
});

export interface Outcome {
  readonly trial: Trial;
  /** `refused`: the engine ends the preview with an error, and nothing is judged. */
  readonly verdict: Verdict | "refused";
  readonly findings: readonly ReportedFinding[];
  readonly unjudged: readonly string[];
  /** Whether something that the program makes of outputs is known only after the update. */
  readonly isHidden: boolean;
  readonly widenings: readonly Widening[];
  /** Branches that are there no more. */
  readonly removedBranches: readonly string[];
  /** What ended the preview or the update, if anything did. */
  readonly failure: string | undefined;
}

/** Runs a trial through the provider's own hooks. */
export async function runTrial(trial: Trial, access: Access): Promise<Outcome> {
  const environment = new TrialEnvironment(access, trial.undeclared);
  try {
    await environment.prepare(hasOutside(trial));
    return await new TrialRun(trial, environment).run();
  } finally {
    await environment.clear();
  }
}

/** Whether it speaks of another stack's project. */
export const hasOutside = ({ history, after }: Trial): boolean => JSON.stringify([history, after]).includes(`"of":"${OUTSIDE}"`);

const NOTHING_JUDGED = { verdict: "refused" as const, findings: [], unjudged: [], isHidden: false, widenings: [], removedBranches: [] };

class TrialRun {
  private readonly pick: (below: number) => number;
  private readonly stackId = randomUUID();
  private readonly observer: Observer;
  private snapshot: Snapshot = new Map();

  constructor(
    private readonly trial: Trial,
    private readonly environment: TrialEnvironment,
  ) {
    this.pick = createRandom(trial.order);
    this.observer = new Observer(environment.admin, environment.access.orgId);
  }

  async run(): Promise<Outcome> {
    const { trial, environment } = this;
    for (const program of trial.history) {
      await this.runUp(program, () => Promise.resolve());
      environment.recordIds(this.snapshot.values());
    }
    await environment.addBranches(this.snapshot.values());
    const before = await this.observer.observe();
    const preview = await this.preview();
    if (typeof preview === "string") return { ...NOTHING_JUDGED, trial, failure: preview };
    const { verdict, findings, unjudged, assumptions } = preview.review;
    const { isHidden } = preview;
    const moments: ObservedBranches[] = [];
    const look = async () => void moments.push(await this.observer.observe());
    const failure = await this.runUp(trial.after, look, assumptions);
    const after = moments.at(-1) ?? before;
    return {
      trial,
      verdict,
      findings: findings.map(toReportedFinding),
      unjudged: unjudged.map(({ why }) => why),
      isHidden,
      failure,
      widenings: findWidenings(before, moments, after),
      removedBranches: listRemovedBranches(before, after),
    };
  }

  private async preview(): Promise<{ review: Review; isHidden: boolean } | string> {
    const steps: Step[] = [];
    const engine = this.createEngineRun(true);
    try {
      for await (const step of engine.runSteps(this.trial.after)) steps.push(step);
    } catch (error) {
      return formatRefusal(error);
    }
    return {
      review: await reviewPreview(buildPreview("", steps, this.snapshot, this.environment.access.apiUrl)),
      isHidden: engine.hasHiddenValue,
    };
  }

  /**
   * @param moved after each step that may have changed something
   * @param assumptions what `palisade guard` holds it to
   * @returns why it ended early, if it did
   */
  private async runUp(program: Program, moved: () => Promise<void>, assumptions: Review["assumptions"] = []): Promise<string | undefined> {
    let calls = 0;
    const watcher = {
      before: () => Promise.resolve(),
      after: ({ path }: Call) => {
        calls += 1;
        this.observer.invalidate(path);
      },
    };
    const engine = this.createEngineRun(false, assumptions);
    const steps = engine.runSteps(program);
    for (;;) {
      const earlier = calls;
      const step = await watchCalls(this.environment.access.apiUrl, watcher, () => steps.next()).catch(formatRefusal);
      this.snapshot = engine.state;
      if (calls > earlier) await moved();
      if (typeof step === "string") return step;
      if (step.done) return undefined;
    }
  }

  private createEngineRun(isPreview: boolean, assumptions: Review["assumptions"] = []): EngineRun {
    const { hooks } = startProviderProcess(this.environment.access, { stackId: this.stackId });
    return new EngineRun(hooks, this.snapshot, this.environment, this.pick, isPreview, assumptions);
  }
}

/** The message of a refusal by the engine or the provider; any other error is a bug of this file. */
function formatRefusal(error: unknown): string {
  if (error instanceof EngineRefusal || error instanceof PalisadeError) return error.message;
  // The hooks report errors as texts that contain the code.
  if (error instanceof Error && /PAL_[A-Z_]+/.test(error.message)) return error.message;
  throw error;
}
