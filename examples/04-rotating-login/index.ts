import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const project = new neon.Project("orders", {
  name: "orders",
  regionId: "aws-eu-central-1",
  network: { allow: "listed", ranges: ["203.0.113.0/24"] },
});
const branch = { projectId: project.projectId, branchId: project.defaultBranchId };

// `pulumi config set rotation 2026-12` and `pulumi up` move the application to the other role; the password it used so far works for a
// day longer, so instances can be restarted one by one. An `up` after that day ends it.
const application = new neon.RotatingRole("application", {
  ...branch,
  name: "orders_app",
  rotation: config.get("rotation") ?? "first",
  keepPreviousSeconds: config.getNumber("overlapSeconds") ?? 86_400,
  revealPassword: true,
});

// Owns what migrations make. Nobody can log in as it.
const owner = new neon.Role("owner", { ...branch, name: "orders_owner", login: false });
const database = new neon.Database("orders", { ...branch, name: "orders", ownerName: owner.name });

const reports = new neon.ComputeEndpoint("reports", { ...branch, type: "read_only", maxCu: 1, suspendTimeoutSeconds: 60 });

export const databaseName = database.name;
export const login = application.currentName;
/** Whose password goes on working during the overlap. */
export const previous = application.previousName;
/** A secret: `pulumi stack output --show-secrets password`. */
export const password = application.password;
export const reportsHost = reports.host;
