import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import type { PlaneReady } from "../contract/plane.js";
import { countChanges, type Result, type Stack } from "../tools/pulumi/stack.js";
import { readChildCpuSeconds } from "./cpu.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "../tools/pulumi/withStack.js";

/**
 * Calls and time of one lifecycle of 110 objects, driven by the real engine with its default parallelism under Neon's limits: created, refreshed, one
 * allowlist changed, every branch unprotected, destroyed.
 */
export const title = "110 objects from create to destroy: calls and time, against the peers and against what Neon's rules allow";

const PROJECTS = 10;
const RANGES = 20;
const BRANCHES = 3;
const ROLES = 5;
const DATABASES = 2;
const RESOURCES = PROJECTS * (1 + BRANCHES + ROLES + DATABASES);

/** With the engine's own parallelism, four for each core, unless another is named. */
const LIFECYCLES: readonly LifecycleOptions[] = [
  { operationTimeMs: 100 },
  { operationTimeMs: 1_000 },
  { operationTimeMs: 1_000, parallel: 16 },
];

interface LifecycleOptions {
  operationTimeMs: number;
  parallel?: number;
}

/** Of the engine, where no other number is asked for. */
const SLOTS_PER_CORE = 4;

/** Of a project: its timeline and its compute, then one for each branch without a compute, role and database. Never two at once. */
const OPERATIONS_OF_A_PROJECT = 2 + BRANCHES + ROLES + DATABASES;

/** The key's organisations, one list of projects; of each project one of branches, computes, roles and databases. */
const REFRESH_FLOOR = 2 + PROJECTS * 4;

/**
 * The better of the two Terraform providers in each, on the same objects with operations of 1 s: figures of one comparison that is not part of
 * this repository, given for orientation and not measured here.
 */
const PEER = { create: 234, createSeconds: 21.8, refresh: 110, change: 1, destroy: 302 };

/** Before an `up` registers anything it asks once whether the key is taken, whatever there is to do: counted apart from what a change costs. */
const KEY_CHECK = "GET /auth";

const GOAL = { cpu: 1.5, createCalls: 2, createTime: 1.2, change: 2, unprotect: 2, destroy: 1.5 };

interface ProgramVersion {
  /** Of the first project's allowlist. */
  ranges: number;
  isProtected: boolean;
}

const buildProgram = ({ ranges, isProtected }: ProgramVersion): string => `
const neon = require("@palisade/neon");
const rangesOf = (count) => Array.from({ length: count }, (_, i) => "203.0.113." + i);
for (let p = 0; p < ${PROJECTS}; p++) {
  const { projectId, defaultBranchId: branchId } = new neon.Project("p" + p, {
    name: "p" + p, regionId: "aws-eu-central-1", network: { allow: "listed", ranges: rangesOf(p === 0 ? ${ranges} : ${RANGES}) },
  });
  for (let b = 0; b < ${BRANCHES}; b++)
    new neon.Branch("p" + p + "b" + b, { projectId, name: "b" + b, compute: "none", protected: ${isProtected} });
  const roles = [];
  for (let r = 0; r < ${ROLES}; r++) roles.push(new neon.Role("p" + p + "r" + r, { projectId, branchId, name: "r" + r }));
  for (let d = 0; d < ${DATABASES}; d++)
    new neon.Database("p" + p + "d" + d, { projectId, branchId, name: "d" + d, ownerName: roles[d].name });
}
`;

const BARE = `
const pulumi = require("@pulumi/pulumi");
const provider = { create: async (inputs) => ({ id: inputs.name, outs: inputs }) };
class Bare extends pulumi.dynamic.Resource { constructor(name, at) { super(provider, name, { name, at }); } }
for (let p = 0; p < ${PROJECTS}; p++) {
  const parent = new Bare("p" + p, "x");
  for (let i = 1; i < ${RESOURCES / PROJECTS}; i++) new Bare("p" + p + "i" + i, parent.id);
}
`;

const INITIAL: ProgramVersion = { ranges: RANGES, isProtected: true };

export async function run(): Promise<{ rows: Row[] }> {
  const rows: Row[] = [];
  for (const each of LIFECYCLES)
    rows.push(
      ...(await withPlane((plane) => withStack(buildProgram(INITIAL), plane, (stack) => measureLifecycle(plane, stack, each)), {
        rateLimits: "neon",
        operationTimeMs: each.operationTimeMs,
      })),
    );
  return { rows };
}

async function measureLifecycle(plane: PlaneReady, stack: Stack, { operationTimeMs, parallel }: LifecycleOptions): Promise<Row[]> {
  const slots = parallel === undefined ? [] : [`--parallel=${parallel}`];
  const options = { ...OPTIONS, args: slots };
  const counted = async (work: () => Promise<Result>): Promise<Count> => {
    await requestCallCounts(plane, "DELETE");
    const [started, cpu] = [performance.now(), readChildCpuSeconds()];
    const result = await work();
    const seconds = (performance.now() - started) / 1_000;
    return { seconds, cpuSeconds: readChildCpuSeconds() - cpu, result, ...(await requestCallCounts(plane, "GET")) };
  };
  const changed = (stage: ProgramVersion) => async () => {
    await stack.setProgram(buildProgram(stage));
    return counted(() => stack.up(options));
  };
  const bare = await withStack(BARE, plane, (other) => counted(() => other.up(options)));
  const create = await counted(() => stack.up(options));
  const refresh = await counted(() => stack.refresh({ ...OPTIONS, args: ["--expect-no-changes", ...slots] }));
  const change = await changed({ ...INITIAL, ranges: RANGES + 1 })();
  const unprotect = await changed({ ranges: RANGES + 1, isProtected: false })();
  const destroy = await counted(() => stack.destroy(options));
  assertChanges(change, "update", 1);
  assertChanges(unprotect, "update", PROJECTS * BRANCHES);

  const floor = (OPERATIONS_OF_A_PROJECT * operationTimeMs) / 1_000;
  // What waits for its project's operations holds a slot of the engine.
  const held = parallel ?? availableParallelism() * SLOTS_PER_CORE;
  const at = `operations of ${operationTimeMs} ms${parallel === undefined ? "" : `, ${parallel} at once`}`;
  const each = (count: Count, of: number) => (countCalls(count) / of).toFixed(2);
  const row = (name: string, value: string, goal?: string): Row => ({ name: `${at}: ${name}`, value, ...(goal && { goal }) });
  const calls = (name: string, count: Count): Row[] => [
    row(`${name}, 423 and 429`, `${count.refusals["423"] ?? 0} and ${count.refusals["429"] ?? 0}`, "0 and 0"),
    ...Object.entries(count.calls).map(([call, times]) => row(`${name}, ${call}`, String(times))),
  ];
  return [
    row(
      "create, calls",
      `${countCalls(create)}, ${each(create, RESOURCES)} a resource; peer ${PEER.create}`,
      `<= ${GOAL.createCalls} a resource`,
    ),
    row("create, floor of Neon's one operation at a time", `${floor.toFixed(1)} s`),
    row("create, as many bare resources", `${bare.seconds.toFixed(1)} s`),
    row("create, wall time", `${create.seconds.toFixed(1)} s${operationTimeMs === 1_000 ? `; peer ${PEER.createSeconds} s` : ""}`),
    row("create, ratio to the floor and the engine", (create.seconds / (floor + bare.seconds)).toFixed(2), `<= ${GOAL.createTime}`),
    row(
      `create, the same where ${PROJECTS} projects share Pulumi's ${held} slots`,
      (create.seconds / ((floor * PROJECTS) / Math.min(PROJECTS, held) + bare.seconds)).toFixed(2),
    ),
    row("create, processor time of Pulumi and its plugins", `${create.cpuSeconds.toFixed(1)} s, bare ${bare.cpuSeconds.toFixed(1)} s`),
    row("create, ratio of processor time", (create.cpuSeconds / bare.cpuSeconds).toFixed(2), `<= ${GOAL.cpu}`),
    ...calls("create", create),
    row("refresh, calls", `${countCalls(refresh)}; peer ${PEER.refresh}`, `floor ${REFRESH_FLOOR}`),
    ...calls("refresh", refresh),
    row("one allowlist changed, calls", `${countCalls(change)}; peer ${PEER.change}`, `<= ${GOAL.change}`),
    ...calls("allowlist", change),
    row(
      "30 branches unprotected, calls",
      `${countCalls(unprotect)}, ${each(unprotect, PROJECTS * BRANCHES)} a branch`,
      `<= ${GOAL.unprotect}`,
    ),
    ...calls("unprotect", unprotect),
    row("destroy, calls", `${countCalls(destroy)}, ${each(destroy, RESOURCES)} a resource; peer ${PEER.destroy}`, `<= ${GOAL.destroy}`),
    row("destroy, wall time", `${destroy.seconds.toFixed(1)} s`),
    ...calls("destroy", destroy),
  ];
}

const OPTIONS = { check: true, deadlineMs: 600_000 } as const;

interface Count {
  seconds: number;
  cpuSeconds: number;
  result: Result;
  calls: Record<string, number>;
  /** By status. */
  refusals: Record<string, number>;
}

const countCalls = ({ calls }: Pick<Count, "calls">): number =>
  Object.entries(calls).reduce((sum, [call, count]) => sum + (call === KEY_CHECK ? 0 : count), 0);

async function requestCallCounts({ apiUrl, apiKey }: PlaneReady, method: "GET" | "DELETE"): Promise<Pick<Count, "calls" | "refusals">> {
  const answer = await fetch(`${apiUrl}/x-palisade/test/calls`, { method, headers: { authorization: `Bearer ${apiKey}` } });
  return (await answer.json()) as Pick<Count, "calls" | "refusals">;
}

function assertChanges({ result }: Count, what: string, times: number): void {
  const did = countChanges(result)[what];
  if (did !== times) throw new Error(`${what}: ${did ?? 0} instead of ${times}`);
}
