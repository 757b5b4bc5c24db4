import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

// Privileges are given by SQL, so the machine that runs `pulumi up` must be let in.
const project = new neon.Project("crm", {
  name: "crm",
  regionId: "aws-eu-central-1",
  network: { allow: "listed", ranges: [{ range: config.require("runner"), description: "pipeline" }] },
});

const place = { projectId: project.projectId, branchId: project.defaultBranchId, databaseName: "neondb" };

// Every role made through Neon's API may read and write everything. These two are made by SQL and begin with nothing.
const reporting = new neon.RoleGrants("reporting", {
  ...place,
  roleName: "reporting",
  database: ["CONNECT"],
  schemas: [{ name: "public", privileges: ["USAGE"], tables: ["SELECT"], future: true }],
  revokePublic: true,
  revealPassword: true,
});

const intake = new neon.RoleGrants("intake", {
  ...place,
  roleName: "intake",
  database: ["CONNECT"],
  schemas: [{ name: "public", privileges: ["USAGE"], tables: ["INSERT"], future: true }],
  revealPassword: true,
});

// A person who must look at production once: a second person signs it (palisade approve-access), and it ends by itself. An extension of the
// embedded plane, where `palisade dev --approvers` names who may sign; the request is the same JSON that was signed.
const visit = config.getObject<Omit<neon.TemporaryAccessArgs, "approval">>("visit");
if (visit !== undefined) new neon.TemporaryAccess("visitor", { ...visit, approval: config.require("visitApproval"), revealPassword: true });

export const projectId = project.projectId;
export const host = project.host;
export const reportingPassword = reporting.password;
export const intakePassword = intake.password;
