import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const regionId = "aws-eu-central-1";

// No address of the internet reaches the project: only the private endpoints below do.
const project = new neon.Project("payments", {
  name: "payments",
  regionId,
  network: { allow: "nobody", privateEndpoints: "allowed" },
  historyRetentionSeconds: 7 * 86_400,
  defaultBranch: { name: "main", protected: true },
  auditLogLevel: "full",
  storePasswords: false,
});

const vpcEndpointId = config.require("vpcEndpointId");
const endpoint = new neon.PrivateEndpoint("production", {
  regionId,
  vpcEndpointId,
  label: "production",
  waitForAccepted: true,
});

// Of all endpoints of the organisation, this one. `allowAll` lets the stack be destroyed; public access stays closed all the same.
const restriction = new neon.VpcEndpointRestriction(
  "production",
  { projectId: project.projectId, vpcEndpointId, label: "production", allowAll: true },
  { dependsOn: endpoint },
);

// What migrations make belongs to a role that nobody logs in as.
const branch = { projectId: project.projectId, branchId: project.defaultBranchId };
const owner = new neon.Role("owner", { ...branch, name: "payments_owner", login: false });
new neon.Database("payments", { ...branch, name: "payments", ownerName: owner.name });

// A pipeline's key opens this project and no other, and cannot delete it.
const pipeline = new neon.ApiKey("pipeline", { name: "payments-pipeline", scope: "project", projectId: project.projectId });

// People: one who may look at this project, and the identity provider whose tokens it trusts.
new neon.ProjectPermission("auditor", { projectId: project.projectId, email: config.require("auditor") });
new neon.OrganizationMember("analyst", { email: config.require("analyst"), role: "viewer" }, { retainOnDelete: true });
new neon.JwksUrl("identity", {
  projectId: project.projectId,
  jwksUrl: "https://identity.example.com/.well-known/jwks.json",
  providerName: "identity",
  audience: "payments",
});

export const projectId = project.projectId;
export const endpointState = endpoint.state;
export const restrictedTo = restriction.vpcEndpointId;
/** A secret: `pulumi stack output --show-secrets pipelineKey`. */
export const pipelineKey = pipeline.key;
