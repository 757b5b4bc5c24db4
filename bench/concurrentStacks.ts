import { performance } from "node:perf_hooks";
import type { PlaneReady } from "../contract/plane.js";
import type { Result, Stack } from "../tools/pulumi/stack.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "../tools/pulumi/withStack.js";

/** Stacks of one organisation, each in a process of its own, updated at the same time with one key under Neon's limits. */
export const title = "four stacks of one organisation at once: calls, and how many of them Neon's limits refuse";

const STACKS = 4;
const PROJECTS = 5;
const BRANCHES = 3;
const ROLES = 5;
const RESOURCES = STACKS * PROJECTS * (1 + BRANCHES + ROLES);
const GOAL_CALLS = 2;

const buildProgram = (stack: number, ranges: number): string => `
const neon = require("@palisade/neon");
for (let p = 0; p < ${PROJECTS}; p++) {
  const name = "s${stack}p" + p;
  const { projectId, defaultBranchId: branchId } = new neon.Project(name, {
    name, regionId: "aws-eu-central-1",
    network: { allow: "listed", ranges: Array.from({ length: ${ranges} }, (_, i) => "203.0.113." + i) },
  });
  for (let b = 0; b < ${BRANCHES}; b++) new neon.Branch(name + "b" + b, { projectId, name: "b" + b, compute: "none" });
  for (let r = 0; r < ${ROLES}; r++) new neon.Role(name + "r" + r, { projectId, branchId, name: "r" + r });
}
`;

const OPTIONS = { check: true, deadlineMs: 600_000 } as const;

export const run = (): Promise<{ rows: Row[] }> =>
  withPlane((plane) => withStacks(plane, 0, [], (stacks) => measureStacks(plane, stacks)), { rateLimits: "neon", operationTimeMs: 100 });

function withStacks<R>(
  plane: PlaneReady,
  number: number,
  made: readonly Stack[],
  work: (stacks: readonly Stack[]) => Promise<R>,
): Promise<R> {
  if (number === STACKS) return work(made);
  return withStack(buildProgram(number, 1), plane, (stack) => withStacks(plane, number + 1, [...made, stack], work));
}

async function measureStacks(plane: PlaneReady, stacks: readonly Stack[]): Promise<{ rows: Row[] }> {
  const rows: Row[] = [{ name: "objects", value: `${RESOURCES} in ${STACKS} stacks` }];
  const at = async (name: string, work: (stack: Stack) => Promise<Result>, goal?: string): Promise<void> => {
    await requestCallCounts(plane, "DELETE");
    const started = performance.now();
    await Promise.all(stacks.map(work));
    const seconds = (performance.now() - started) / 1_000;
    const { calls, refusals } = await requestCallCounts(plane, "GET");
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    rows.push(
      { name: `${name}, calls`, value: `${total}, ${(total / RESOURCES).toFixed(2)} an object`, ...(goal !== undefined && { goal }) },
      { name: `${name}, 429 and 423`, value: `${refusals["429"] ?? 0} and ${refusals["423"] ?? 0}`, goal: "0 and 0" },
      { name: `${name}, wall time`, value: `${seconds.toFixed(1)} s` },
    );
  };
  await at("create", (stack) => stack.up(OPTIONS), `<= ${GOAL_CALLS} an object`);
  await at("no change", (stack) => stack.up(OPTIONS));
  await at("refresh", (stack) => stack.refresh({ ...OPTIONS, args: ["--expect-no-changes"] }));
  for (const [number, stack] of stacks.entries()) await stack.setProgram(buildProgram(number, 2));
  await at("an allowlist of each project changed", (stack) => stack.up(OPTIONS));
  await at("destroy", (stack) => stack.destroy(OPTIONS));
  return { rows };
}

async function requestCallCounts({ apiUrl, apiKey }: PlaneReady, method: "GET" | "DELETE") {
  const answer = await fetch(`${apiUrl}/x-palisade/test/calls`, { method, headers: { authorization: `Bearer ${apiKey}` } });
  return (await answer.json()) as { readonly calls: Record<string, number>; readonly refusals: Record<string, number> };
}
