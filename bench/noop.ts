import { performance } from "node:perf_hooks";
import type { Stack } from "../tools/pulumi/stack.js";
import { countChanges } from "../tools/pulumi/stack.js";
import { computeMedian } from "./median.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "../tools/pulumi/withStack.js";

export const title = "pulumi up with nothing to do: our resources against bare dynamic ones";

const RESOURCES = 200;
const ROUNDS = 5;
const GOAL_RATIO = 1.05;

const OURS = `
const neon = require("@palisade/neon");
const project = new neon.Project("project", { name: "bench", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
for (let i = 0; i < ${RESOURCES}; i++)
  new neon.Branch("b" + i, { projectId: project.projectId, name: "b" + i, protected: false, compute: "none" });
`;

/** The same shape: as many resources, inputs, outputs and dependencies; a provider that only makes up ids. */
const BARE = `
const pulumi = require("@pulumi/pulumi");
const OUTPUTS = { endpointId: undefined, host: undefined, pooledHost: undefined, port: undefined, rootCert: undefined, connectionUri: undefined };
const provider = { create: async (inputs) => ({ id: inputs.name, outs: inputs }) };
class Bare extends pulumi.dynamic.Resource {
  constructor(name, args) { super(provider, name, { ...OUTPUTS, managedBy: "bench", ...args }); }
}
const project = new Bare("project", { name: "bench", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
for (let i = 0; i < ${RESOURCES}; i++)
  new Bare("b" + i, { projectId: project.id, name: "b" + i, protected: false, compute: "none" });
`;

/** Both stacks are made once, not counted; then no-op ups alternate; the ratio is the median of those of the pairs. */
export const run = (): Promise<{ rows: Row[] }> =>
  withPlane((plane) =>
    withStack(OURS, plane, (ours) =>
      withStack(BARE, plane, async (bare) => {
        for (const stack of [ours, bare]) await stack.up({ check: true, deadlineMs: 600_000 });
        const [ourTimes, bareTimes]: [number[], number[]] = [[], []];
        for (let round = 0; round < ROUNDS; round++) {
          ourTimes.push(await measureNoop(ours));
          bareTimes.push(await measureNoop(bare));
        }
        const [our, other] = [computeMedian(ourTimes), computeMedian(bareTimes)];
        return {
          rows: [
            { name: `${RESOURCES} branches of one project`, value: formatSeconds(our) },
            { name: `${RESOURCES} bare dynamic resources`, value: formatSeconds(other) },
            {
              name: "ratio, median of the pairs",
              value: computeMedian(ourTimes.map((time, round) => time / (bareTimes[round] ?? NaN))).toFixed(2),
              goal: `<= ${GOAL_RATIO}`,
            },
          ],
        };
      }),
    ),
  );

/** @returns milliseconds; throws when there was something to do */
async function measureNoop(stack: Stack): Promise<number> {
  const started = performance.now();
  const result = await stack.up({ check: true });
  const took = performance.now() - started;
  const { same } = countChanges(result);
  // The stack itself, the project and what belongs to it.
  if (same !== RESOURCES + 2) throw new Error(`not a no-op: ${JSON.stringify(countChanges(result))}`);
  return took;
}

const formatSeconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(2)} s`;
