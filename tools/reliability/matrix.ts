import type { Plane } from "../../contract/plane.js";
import { type Cell, runCell, type Fault, FAULTS, type ExpectedPhase, runReference, type FaultTarget } from "./crashCell.js";
import { type StartPlane, withPlane } from "./testPlane.js";
import { SiteFactory, type Phase, type Scenario, SCENARIOS } from "./site.js";

/** A phase of a scenario with what it does without faults. */
interface PhaseReference {
  scenario: Scenario;
  phase: Phase;
  expected: ExpectedPhase;
}

export interface MatrixOptions {
  start: StartPlane;
  /** Planes that work in parallel: a slow cell mostly waits. */
  planes: number;
  /** Which of all cells to run. */
  choose: (all: readonly [FaultTarget, Fault][]) => readonly [FaultTarget, Fault][];
  done?: (cell: Cell) => void;
}

/** Runs the matrix: every resource, every call of its lifecycle that changes something, every fault. In the order of the catalogue. */
export async function runCrashMatrix({ start, planes: lanes, choose, done }: MatrixOptions): Promise<Cell[]> {
  return withPlanes(start, lanes, async (pool) => {
    const jobs = SCENARIOS.flatMap((scenario) => scenario.phases.map((phase) => ({ scenario, phase })));
    const parts = await pool.map(jobs, async ({ scenario, phase }, factory): Promise<PhaseReference> => ({
      scenario,
      phase,
      expected: await runReference(factory, scenario, phase),
    }));
    const all = parts.flatMap(({ scenario, phase, expected: { routes } }) =>
      routes.flatMap((route, index) => {
        const target = { scenario, phase, index, route };
        return FAULTS.map((fault): [FaultTarget, Fault] => [target, fault]);
      }),
    );
    const expectedOf = ({ scenario, phase }: FaultTarget) =>
      parts.find((part) => part.scenario === scenario && part.phase === phase)?.expected as ExpectedPhase;
    const chosen = choose(all);
    // The slow ones first, so that none is waited for at the end.
    const order = [...chosen].sort(([a, f], [b, g]) => estimateSlowness(b, g) - estimateSlowness(a, f));
    const cells = await pool.map(order, async ([target, fault], factory) => {
      const seen = await runCell(factory, target, fault, expectedOf(target));
      done?.(seen);
      return seen;
    });
    const place = (cell: Cell) => chosen.findIndex(([target, fault]) => target === cell.target && fault === cell.fault);
    return cells.sort((a, b) => place(a) - place(b));
  });
}

/** A create whose answer is lost, and that was not done, is looked for for ten seconds. */
const estimateSlowness = ({ route }: FaultTarget, fault: Fault): number =>
  route.startsWith("POST") && (fault === "lost-before" || fault === "500") ? 2 : fault === "hang" ? 1 : 0;

interface Pool {
  /** Runs each job on a free plane, in order; the results are in the order of the jobs. */
  map<J, R>(jobs: readonly J[], work: (job: J, factory: SiteFactory) => Promise<R>): Promise<R[]>;
}

async function withPlanes<R>(start: StartPlane, count: number, work: (pool: Pool) => Promise<R>, lanes: SiteFactory[] = []): Promise<R> {
  if (lanes.length < count)
    return withPlane(start, ({ ready }: Plane) => withPlanes(start, count, work, [...lanes, new SiteFactory(ready)]));
  return work({
    async map<J, A>(jobs: readonly J[], perform: (job: J, factory: SiteFactory) => Promise<A>) {
      const left = [...jobs.entries()];
      const answers: A[] = [];
      const worker = async (factory: SiteFactory) => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) answers[next[0]] = await perform(next[1], factory);
      };
      // A failure ends the planes only when nobody works on them any more.
      for (const end of await Promise.allSettled(lanes.map(worker))) if (end.status === "rejected") throw end.reason;
      return answers;
    },
  });
}
