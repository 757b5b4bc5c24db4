import type { Plane } from "../../contract/plane.js";
import { type Cell, cell, type Fault, FAULTS, type Reference, reference, type Target } from "./cell.js";
import { type StartPlane, withPlane } from "./plane.js";
import { Lane, type Phase, type Scenario, SCENARIOS } from "./site.js";

/** A phase of a scenario with what it does without faults. */
interface Part {
  scenario: Scenario;
  phase: Phase;
  expected: Reference;
}

export interface MatrixOptions {
  start: StartPlane;
  /** Planes that work side by side: most of a slow cell is waiting. */
  lanes: number;
  /** Which of all cells to run. */
  choose: (all: readonly [Target, Fault][]) => readonly [Target, Fault][];
  done?: (cell: Cell) => void;
}

/** Runs the matrix: every resource, every call of its life that changes something, every fault. In the order of the catalogue. */
export async function matrix({ start, lanes, choose, done }: MatrixOptions): Promise<Cell[]> {
  return withLanes(start, lanes, async (pool) => {
    const jobs = SCENARIOS.flatMap((scenario) => scenario.phases.map((phase) => ({ scenario, phase })));
    const parts = await pool.each(jobs, async ({ scenario, phase }, lane): Promise<Part> => ({
      ...{ scenario, phase },
      expected: await reference(lane, scenario, phase),
    }));
    const all = parts.flatMap(({ scenario, phase, expected: { routes } }) =>
      routes.flatMap((route, index) => {
        const target = { scenario, phase, index, route };
        return FAULTS.map((fault): [Target, Fault] => [target, fault]);
      }),
    );
    const expectedOf = ({ scenario, phase }: Target) =>
      parts.find((part) => part.scenario === scenario && part.phase === phase)?.expected as Reference;
    const chosen = choose(all);
    // The slow ones first, so that none is waited for at the end.
    const order = [...chosen].sort(([a, f], [b, g]) => slowness(b, g) - slowness(a, f));
    const cells = await pool.each(order, async ([target, fault], lane) => {
      const seen = await cell(lane, target, fault, expectedOf(target));
      done?.(seen);
      return seen;
    });
    const place = (cell: Cell) => chosen.findIndex(([target, fault]) => target === cell.target && fault === cell.fault);
    return cells.sort((a, b) => place(a) - place(b));
  });
}

/** A create whose answer is lost, and that was not done, is looked for for ten seconds. */
const slowness = ({ route }: Target, fault: Fault): number =>
  route.startsWith("POST") && (fault === "lost-before" || fault === "500") ? 2 : fault === "hang" ? 1 : 0;

interface Pool {
  /** Each job on a lane that is free, the first first; the answers in the order of the jobs. */
  each<J, R>(jobs: readonly J[], work: (job: J, lane: Lane) => Promise<R>): Promise<R[]>;
}

async function withLanes<R>(start: StartPlane, count: number, work: (pool: Pool) => Promise<R>, lanes: Lane[] = []): Promise<R> {
  if (lanes.length < count) return withPlane(start, ({ ready }: Plane) => withLanes(start, count, work, [...lanes, new Lane(ready)]));
  return work({
    async each<J, A>(jobs: readonly J[], perform: (job: J, lane: Lane) => Promise<A>) {
      const left = [...jobs.entries()];
      const answers: A[] = [];
      const worker = async (lane: Lane) => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) answers[next[0]] = await perform(next[1], lane);
      };
      // A failure ends the planes only when nobody works on them any more.
      for (const end of await Promise.allSettled(lanes.map(worker))) if (end.status === "rejected") throw end.reason;
      return answers;
    },
  });
}
