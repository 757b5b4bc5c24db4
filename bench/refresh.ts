import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Stack } from "../tools/pulumi/stack.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "../tools/pulumi/withStack.js";

export const title = "pulumi refresh of 1,000 resources: calls of the API, by the plane's own count";

const PROJECTS = 50;
const BRANCHES = 4;
/** On each branch. */
const ROLES = 3;
const RESOURCES = PROJECTS * (1 + BRANCHES + BRANCHES * ROLES + 3);

/** Lists alone could answer it with so many: one of projects, one of branches, VPC restrictions and permissions for each project, one of roles for each branch. */
const FLOOR = 1 + PROJECTS * 3 + PROJECTS * BRANCHES;
const GOAL_RATIO = 1.05;
const GOAL_TIME_RATIO = 1.5;
/** What the Terraform providers would make of the same resources, read off their code: five calls a project, two a role, one for everything else; and one each. */
const KISLERDM = PROJECTS * 5 + PROJECTS * BRANCHES * ROLES * 2 + PROJECTS * (BRANCHES + 2);
const KENCHAN = PROJECTS * (1 + BRANCHES + BRANCHES * ROLES + 2);

const OURS = `
const neon = require("@palisade/neon");
const endpoint = new neon.PrivateEndpoint("vpc", { regionId: "aws-eu-central-1", vpcEndpointId: "vpce-0a1b2c3d4e5f67890" });
for (let p = 0; p < ${PROJECTS}; p++) {
  const { projectId } = new neon.Project("p" + p, { name: "p" + p, regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
  new neon.IpAllowlist("list" + p, { projectId, allow: "listed", ranges: ["203.0.113.0/24"] });
  new neon.VpcEndpointRestriction("only" + p, { projectId, vpcEndpointId: endpoint.vpcEndpointId });
  new neon.ProjectPermission("grant" + p, { projectId, email: "ada@example.com" });
  for (let b = 0; b < ${BRANCHES}; b++) {
    const branch = new neon.Branch("p" + p + "b" + b, { projectId, name: "b" + b });
    for (let r = 0; r < ${ROLES}; r++) new neon.Role("p" + p + "b" + b + "r" + r, { projectId, branchId: branch.id, name: "r" + r });
  }
}
`;

const BARE = `
const pulumi = require("@pulumi/pulumi");
const provider = { create: async (inputs) => ({ id: inputs.name, outs: inputs }), read: async (id, props) => ({ id, props }) };
class Bare extends pulumi.dynamic.Resource { constructor(name) { super(provider, name, { name, at: "x" }); } }
for (let i = 0; i < ${RESOURCES}; i++) new Bare("r" + i);
`;

/** As many bare resources with the very inputs, outputs and dependencies that ours have in the state: what Pulumi itself takes for them. */
const TWIN = `
const pulumi = require("@pulumi/pulumi");
const provider = { create: async ({ made, outs }) => ({ id: made, outs }), read: async (id, props) => ({ id, props }) };
class Twin extends pulumi.dynamic.Resource { constructor(name, args, opts) { super(provider, name, args, opts); } }
const made = new Map();
for (const { urn, id, outs, dependencies } of require("./twins.json"))
  made.set(urn, new Twin("t" + made.size, { made: id, outs }, { dependsOn: dependencies.map((one) => made.get(one)) }));
`;

/** What the twins are made of. */
async function writeTwins(ours: Stack, twins: Stack): Promise<void> {
  const { deployment } = await ours.exportState();
  const resources = deployment.resources ?? [];
  const custom = new Set(resources.filter(({ id }) => id !== undefined).map(({ urn }) => urn));
  const list = resources.flatMap(({ urn, id, outputs, dependencies = [] }) =>
    id === undefined
      ? []
      : [{ urn, id, outs: toPlainOutputs(outputs), dependencies: (dependencies as string[]).filter((one) => custom.has(one)) }],
  );
  await writeFile(join(twins.project, "twins.json"), JSON.stringify(list));
}

/** Without the provider's text, and with any text for what is encrypted. */
const toPlainOutputs = (outputs: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name !== "__provider")
      .map(([name, value]) => [name, typeof value === "object" && value !== null && "ciphertext" in value ? "encrypted" : value]),
  );

export const run = (): Promise<{ rows: Row[] }> =>
  withPlane((plane) =>
    withStack(OURS, plane, (ours) =>
      withStack(BARE, plane, (bare) =>
        withStack(TWIN, plane, async (twins) => {
          for (const stack of [ours, bare]) await stack.up({ check: true, deadlineMs: 1_800_000 });
          await writeTwins(ours, twins);
          await twins.up({ check: true, deadlineMs: 1_800_000 });
          const ask = (method: string) =>
            fetch(`${plane.apiUrl}/x-palisade/test/calls`, { method, headers: { authorization: `Bearer ${plane.apiKey}` } });
          await ask("DELETE");
          const our = await measureRefresh(ours);
          const { calls } = (await (await ask("GET")).json()) as { calls: Record<string, number> };
          const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
          const [smallest, other] = [await measureRefresh(bare), await measureRefresh(twins)];
          return {
            rows: [
              { name: "resources refreshed", value: `${RESOURCES} and what they stand on` },
              { name: "calls", value: String(total) },
              { name: "floor with list calls", value: String(FLOOR) },
              { name: "ratio to the floor", value: (total / FLOOR).toFixed(2), goal: `<= ${GOAL_RATIO}` },
              { name: "terraform-provider-neon of kislerdm, from its code", value: String(KISLERDM) },
              { name: "terraform-provider-neon of kenchan0130, from its code", value: String(KENCHAN) },
              { name: "wall time, under the client's own limit of 700 calls a minute", value: formatSeconds(our) },
              { name: `wall time of ${RESOURCES} bare dynamic resources with the same inputs and outputs`, value: formatSeconds(other) },
              { name: "ratio to them", value: (our / other).toFixed(2), goal: `<= ${GOAL_TIME_RATIO}` },
              { name: `wall time of ${RESOURCES} bare dynamic resources of two short texts`, value: formatSeconds(smallest) },
              { name: "ratio to those", value: (our / smallest).toFixed(2) },
              ...Object.entries(calls).map(([call, count]) => ({ name: `calls of ${call}`, value: String(count) })),
            ],
          };
        }),
      ),
    ),
  );

async function measureRefresh(stack: Stack): Promise<number> {
  const started = performance.now();
  await stack.refresh({ check: true, deadlineMs: 1_800_000, args: ["--expect-no-changes"] });
  return performance.now() - started;
}

const formatSeconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
