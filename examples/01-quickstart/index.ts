import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

/** An address of your own to admit beside the offices, and which branches the list guards. */
const mine = config.get("range");
const scope = config.get<"all" | "protectedBranches">("scope") ?? "all";

/** Two switches for the end of the tour: a protected branch leaves only after both are off. */
const keepAtNeon = config.getBoolean("protected") ?? true;
const keepInPulumi = config.getBoolean("protect") ?? true;

// Born closed to everyone; the allowlist below is the one place that says who may connect.
const project = new neon.Project("shop", {
  name: "shop",
  regionId: "aws-eu-central-1",
  network: { allow: "managedSeparately" },
  historyRetentionSeconds: 7 * 86_400,
});

const allowlist = new neon.IpAllowlist("offices", {
  projectId: project.projectId,
  allow: "listed",
  ranges: [
    { range: "203.0.113.0/24", description: "head office" },
    { range: "198.51.100.20-198.51.100.29", description: "build machines" },
    "2001:db8:5432::/48",
    ...(mine === undefined ? [] : [{ range: mine, description: "mine" }]),
  ],
  scope,
  onDestroy: "nobody",
});

// `ProtectedBranch` is `Branch` with `protected: true` and Pulumi's own `protect`. Both can be switched off, one after the other, by configuration.
const production = keepAtNeon
  ? new neon.ProtectedBranch("production", { projectId: project.projectId, name: "production" }, { protect: keepInPulumi })
  : new neon.Branch("production", { projectId: project.projectId, name: "production", protected: false });

const development = new neon.Branch("development", {
  projectId: project.projectId,
  name: "development",
  parentBranchId: production.branchId,
  compute: { minCu: 0.25, maxCu: 1, suspendTimeoutSeconds: 60 },
});

export const projectId = project.projectId;
export const productionBranchId = production.branchId;
export const productionHost = production.host;
export const developmentHost = development.host;
export const admitted = allowlist.effectiveRanges;
