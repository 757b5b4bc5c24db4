import { buildStoredProvider } from "../contract/stored.js";
import { catalogue, type Kind } from "../provider/resources/index.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "../tools/pulumi/withStack.js";

export const title = "Provider text that Pulumi stores with each resource (once in its inputs, once in its outputs)";

const GOAL_BYTES = 80;

/** Some of the kinds, to see that the state holds the constants, and one bare dynamic resource whose hooks do nothing. */
const PROGRAM = `
const neon = require("@palisade/neon");
const pulumi = require("@pulumi/pulumi");
const project = new neon.Project("project", { name: "bench", regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
const { projectId } = project;
const list = new neon.IpAllowlist("list", { projectId, allow: "listed", ranges: ["203.0.113.0/24"] });
new neon.IpAllowlistEntry("entry", { projectId, ranges: ["198.51.100.7"] }, { dependsOn: list });
const branch = new neon.Branch("branch", { projectId, name: "dev" });
new neon.BranchProtection("protection", { projectId, branch: "default", protected: false });
new neon.Database("database", { projectId, branchId: branch.branchId, name: "shop", ownerName: "neondb_owner" });
new (class Bare extends pulumi.dynamic.Resource {})({ create: async (inputs) => ({ id: "bare", outs: inputs }) }, "bare", {});
`;

/** The constant of every kind; that a real stack's state holds these is seen at some of them. */
export const run = (): Promise<{ rows: Row[] }> =>
  withPlane((plane) =>
    withStack(PROGRAM, plane, async (stack) => {
      await stack.up({ check: true });
      const { deployment } = await stack.exportState();
      let bare = "";
      for (const { type, inputs } of deployment.resources ?? []) {
        const [, kind] = /^pulumi-nodejs:dynamic(?:\/palisade)?:(\w+)$/.exec(type) ?? [];
        const text = inputs?.["__provider"] as string;
        if (kind === "Resource") bare = text;
        else if (kind !== undefined && text !== buildStoredProvider(kind)) throw new Error(`the state holds another text of ${kind}`);
      }
      return {
        rows: [
          { name: "a bare pulumi.dynamic.Resource, for comparison", value: `${Buffer.byteLength(bare)} bytes` },
          ...(Object.keys(catalogue) as Kind[]).sort().map((kind) => ({
            name: kind,
            value: `${Buffer.byteLength(buildStoredProvider(kind))} bytes`,
            goal: `<= ${GOAL_BYTES} bytes`,
          })),
        ],
      };
    }),
  );
