import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";

// Every mistake that the policy pack knows, but those of keys at a cloud, at least once. 12-policy-hardened is the same stack without them.
const config = new pulumi.Config();
const regionId = "aws-eu-central-1";

// A list that reads like one and admits three quarters of the internet, for protected branches only, of which there is none.
const shop = new neon.Project(
  "shop",
  {
    name: "shop",
    regionId,
    network: { allow: "listed", ranges: ["0.0.0.0/1", "128.0.0.0/2", "203.0.113.7"], scope: "protectedBranches" },
    historyRetentionSeconds: 3_600,
    auditLogLevel: "base",
  },
  // The list may be changed by anybody, and Pulumi will never put it right.
  { ignoreChanges: ["network"] },
);

// The data of the shop, open to every address and for ever.
const copy = new neon.Branch("copy", { projectId: shop.projectId, name: "copy" });

const legacy = new neon.Project("legacy", { name: "legacy", regionId, network: { allow: "managedSeparately" } });
new neon.IpAllowlist("legacy", { projectId: legacy.projectId, allow: "anywhere", onDestroy: "anywhere" });

// Two entries that are each narrower than the pack's limit, and together are not.
const projectId = config.require("sharedProjectId");
new neon.IpAllowlistEntry("low", { projectId, ranges: ["64.0.0.0/5"] });
new neon.IpAllowlistEntry("high", { projectId, ranges: ["72.0.0.0/5"] });

// One password for good, told to everybody who may read the state.
const branch = { projectId: shop.projectId, branchId: copy.branchId };
new neon.Role("app", { ...branch, name: "shop_app", revealPassword: true });
new neon.RotatingRole("batch", { ...branch, name: "shop_batch", rotation: 1, keepPreviousSeconds: 30 * 86_400 });
new neon.RoleGrants("reader", {
  projectId: shop.projectId,
  branchId: shop.defaultBranchId,
  databaseName: "neondb",
  roleName: "shop_reader",
  schemas: [{ name: "public", privileges: ["USAGE", "CREATE"] }],
});

new neon.ApiKey("pipeline", { name: "pipeline", scope: "organization" });
new neon.OrganizationMember("contractor", { email: "contractor@example.com", role: "admin" }, { retainOnDelete: true });
new neon.JwksUrl("identity", {
  projectId: shop.projectId,
  jwksUrl: "https://identity.example.com/.well-known/jwks.json",
  providerName: "identity",
});

// Whoever may change the program may change the code that every later refresh runs with the API key at hand. This change does no harm.
const tampered: pulumi.ResourceTransform = ({ props, opts }) => ({
  props: { ...props, __provider: `${String(props["__provider"])}//` },
  opts,
});
new neon.Database("shop", { ...branch, name: "shop", ownerName: "neondb_owner" }, { transforms: [tampered] });
