import * as neon from "@palisade/neon";

// The network is part of the project: one resource says who may connect. It is closed from its first moment.
const project = new neon.Project("ledger", {
  name: "ledger",
  regionId: "aws-eu-central-1",
  pgVersion: 18,
  network: { allow: "listed", ranges: ["203.0.113.0/24"], privateEndpoints: "blocked" },
  defaultBranch: { name: "main", databaseName: "ledger", roleName: "ledger_owner" },
  computeDefaults: { minCu: 0.25, maxCu: 2, suspendTimeoutSeconds: 300 },
});

// Protection of a branch that no `Branch` declares. Destroying this resource leaves the branch protected.
const protection = new neon.BranchProtection("main", { projectId: project.projectId, branch: "default", protected: true });

const archive = new neon.Database("archive", {
  projectId: project.projectId,
  branchId: project.defaultBranchId,
  name: "archive",
  ownerName: "ledger_owner",
});

export const projectId = project.projectId;
export const branchName = protection.branchName;
export const archiveName = archive.name;
