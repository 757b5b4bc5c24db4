import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

// The stack of 11-policy-weak as the policy pack wants it.
const config = new pulumi.Config();
const regionId = "aws-eu-central-1";

const posture = {
  regionId,
  historyRetentionSeconds: 7 * 86_400,
  defaultBranch: { protected: true },
  auditLogLevel: "extended",
  hipaa: true,
  storePasswords: false,
} as const;

const shop = new neon.Project(
  "shop",
  {
    ...posture,
    name: "shop",
    network: {
      allow: "listed",
      ranges: ["203.0.113.0/24", { range: "198.51.100.7", description: "pipeline" }],
      scope: "protectedBranches",
      privateEndpoints: "blocked",
    },
  },
  { protect: true },
);

// No rows, and an end: the list does not guard it and need not.
const copy = new neon.Branch("copy", {
  projectId: shop.projectId,
  name: "copy",
  initSource: "schema-only",
  expiresAt: config.require("until"),
});

// One private endpoint of the organisation reaches the project, and nobody else does.
const legacy = new neon.Project("legacy", { ...posture, name: "legacy", network: { allow: "managedSeparately" } }, { protect: true });
new neon.IpAllowlist("legacy", { projectId: legacy.projectId, allow: "nobody", privateEndpoints: "allowed" });
const vpcEndpointId = config.require("vpcEndpointId");
const endpoint = new neon.PrivateEndpoint("production", {
  regionId,
  vpcEndpointId,
  label: "production",
  waitForAccepted: true,
});
new neon.VpcEndpointRestriction("legacy", { projectId: legacy.projectId, vpcEndpointId, label: "production" }, { dependsOn: endpoint });

// Grants are given by SQL as the owner of the database: by a machine that is let in, in a project whose passwords Neon keeps.
const projectId = config.require("sharedProjectId");
new neon.IpAllowlistEntry("office", { projectId, ranges: ["198.51.100.64/28"] });
const runner = new neon.IpAllowlistEntry("runner", { projectId, ranges: [{ range: config.require("runner"), description: "pipeline" }] });
new neon.RoleGrants(
  "reader",
  {
    projectId,
    branchId: config.require("sharedBranchId"),
    databaseName: "neondb",
    roleName: "shop_reader",
    database: ["CONNECT"],
    schemas: [{ name: "public", privileges: ["USAGE"], tables: ["SELECT"] }],
    revokePublic: true,
  },
  { dependsOn: runner },
);

// A role that only owns things, and one whose password changes without an outage.
const branch = { projectId: shop.projectId, branchId: copy.branchId };
const owner = new neon.Role("owner", { ...branch, name: "shop_owner", login: false });
new neon.RotatingRole("batch", { ...branch, name: "shop_batch", rotation: 1, keepPreviousSeconds: 86_400 });
new neon.ApiKey("pipeline", { name: "pipeline", scope: "project", projectId: shop.projectId });
new neon.OrganizationMember("analyst", { email: "analyst@example.com", role: "viewer" }, { retainOnDelete: true });
new neon.JwksUrl("identity", {
  projectId: shop.projectId,
  jwksUrl: "https://identity.example.com/.well-known/jwks.json",
  providerName: "identity",
  audience: "shop",
});
new neon.Database("shop", { ...branch, name: "shop", ownerName: owner.name });
