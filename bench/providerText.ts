import type { Row } from "./row.js";
import { withPlane, withStack } from "./stacks.js";

export const title = "Provider text that Pulumi stores with each resource (once in its inputs, once in its outputs)";

const GOAL_BYTES = 80;

/** One resource of every kind, and one bare dynamic resource whose hooks do nothing. */
const PROGRAM = `
const neon = require("@palisade/neon");
const pulumi = require("@pulumi/pulumi");
const project = new neon.Project("project", { name: "bench", regionId: "aws-eu-central-1", network: { allow: "elsewhere" } });
const { projectId } = project;
const list = new neon.IpAllowlist("list", { projectId, allow: "listed", ranges: ["203.0.113.0/24"] });
new neon.IpAllowlistEntry("entry", { projectId, ranges: ["198.51.100.7"] }, { dependsOn: list });
const branch = new neon.Branch("branch", { projectId, name: "dev" });
new neon.BranchProtection("protection", { projectId, branch: "default", protected: false });
new neon.Database("database", { projectId, branchId: branch.branchId, name: "shop", ownerName: "neondb_owner" });
new (class Bare extends pulumi.dynamic.Resource {})({ create: async (inputs) => ({ id: "bare", outs: inputs }) }, "bare", {});
`;

/** Measured in the exported state of a real stack. */
export const run = (): Promise<{ rows: Row[] }> =>
  withPlane((plane) =>
    withStack(PROGRAM, plane, async (stack) => {
      await stack.up({ check: true });
      const { deployment } = await stack.exportState();
      const rows = (deployment.resources ?? []).flatMap(({ type, inputs }) => {
        const [, kind] = /^pulumi-nodejs:dynamic(?:\/palisade)?:(\w+)$/.exec(type) ?? [];
        if (kind === undefined) return [];
        const bytes = Buffer.byteLength(inputs?.["__provider"] as string);
        return kind === "Resource"
          ? { name: "a bare pulumi.dynamic.Resource, for comparison", value: `${bytes} bytes` }
          : { name: kind, value: `${bytes} bytes`, goal: `<= ${GOAL_BYTES} bytes` };
      });
      return { rows: rows.sort((a, b) => a.name.localeCompare(b.name)) };
    }),
  );
