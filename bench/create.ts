import { performance } from "node:perf_hooks";
import type { Stack } from "../tools/pulumi/stack.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "./stacks.js";

export const title = "pulumi up of 200 new resources under Neon's rate limits: against what the limits alone would take";

const PROJECTS = 20;
const BRANCHES = 3;
const ROLES = 5;
const RESOURCES = PROJECTS * (1 + 1 + BRANCHES + ROLES);
/** Of the limits and the engine one after the other: they overlap. */
const GOAL_RATIO = 1;

/** Neon's limits of an account, as the plane keeps them: so many at once, then so many a second. */
const CALLS_AT_ONCE = 700;
const CALLS_PER_SECOND = 700 / 60;
/** Of each route. */
const ROUTE_PER_SECOND = 40;

const OURS = `
const neon = require("@palisade/neon");
for (let p = 0; p < ${PROJECTS}; p++) {
  const { projectId, defaultBranchId: branchId } = new neon.Project("p" + p, { name: "p" + p, regionId: "aws-eu-central-1", network: { allow: "elsewhere" } });
  new neon.IpAllowlist("list" + p, { projectId, allow: "listed", ranges: ["203.0.113.0/24"] });
  for (let b = 0; b < ${BRANCHES}; b++) new neon.Branch("p" + p + "b" + b, { projectId, name: "b" + b });
  for (let r = 0; r < ${ROLES}; r++) new neon.Role("p" + p + "r" + r, { projectId, branchId, name: "r" + r });
}
`;

const BARE = `
const pulumi = require("@pulumi/pulumi");
const provider = { create: async (inputs) => ({ id: inputs.name, outs: inputs }) };
class Bare extends pulumi.dynamic.Resource { constructor(name) { super(provider, name, { name, at: "x" }); } }
for (let i = 0; i < ${RESOURCES}; i++) new Bare("r" + i);
`;

export const run = (): Promise<{ rows: Row[] }> =>
  withPlane(
    (plane) =>
      withStack(OURS, plane, (ours) =>
        withStack(BARE, plane, async (bare) => {
          const other = await made(bare);
          const our = await made(ours);
          const answer = await fetch(`${plane.apiUrl}/x-palisade/test/calls`, { headers: { authorization: `Bearer ${plane.apiKey}` } });
          const { calls } = (await answer.json()) as { calls: Record<string, number> };
          const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
          const limited = limitedMs(calls);
          return {
            rows: [
              { name: "resources made", value: String(RESOURCES) },
              { name: "calls, by the plane's own count", value: `${total}, ${(total / RESOURCES).toFixed(1)} a resource` },
              { name: "what the limits alone take for so many", value: seconds(limited) },
              { name: `wall time of ${RESOURCES} bare dynamic resources`, value: seconds(other) },
              { name: "wall time", value: seconds(our) },
              { name: "ratio to what the limits alone take", value: (our / limited).toFixed(2) },
              {
                name: "ratio to the limits and the engine one after the other",
                value: (our / (limited + other)).toFixed(2),
                goal: `<= ${GOAL_RATIO.toFixed(1)}`,
              },
              ...Object.entries(calls).map(([call, count]) => ({ name: `calls of ${call}`, value: String(count) })),
            ],
          };
        }),
      ),
    { rateLimits: "neon" },
  );

/** Nothing that is made may be faster than the account's budget, nor than that of its busiest route. */
function limitedMs(calls: Record<string, number>): number {
  const all = Object.values(calls);
  const account = (all.reduce((sum, count) => sum + count, 0) - CALLS_AT_ONCE) / CALLS_PER_SECOND;
  const route = (Math.max(...all) - ROUTE_PER_SECOND) / ROUTE_PER_SECOND;
  return Math.max(0, account, route) * 1_000;
}

async function made(stack: Stack): Promise<number> {
  const started = performance.now();
  await stack.up({ check: true, deadlineMs: 600_000 });
  return performance.now() - started;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
