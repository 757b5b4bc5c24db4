import { branch, MANAGED_SEPARATELY, labelled, list, listed, NOBODY, of, OFFICE, onMain, PROTECTED, shop } from "./change.js";

const open = shop(listed(OFFICE));
/** The plane takes no end in the past, and the corpus is recorded anew at any time: so it is far away. */
const LATE = 'expiresAt: "2099-01-01T00:00:00Z"';
const options = (words: string) => shop(listed(OFFICE), "", words);
/** The id tells the changes apart: an endpoint is assigned once in an organisation. */
const assignment = (id: string, more = "") =>
  `new neon.PrivateEndpoint("endpoint", { regionId: "aws-us-east-1", vpcEndpointId: "vpce-0000000000000000${id}"${more} });`;
const database = onMain("Database", "orders", 'name: "orders", ownerName: "neondb_owner"');
const rotating = (more: string) => onMain("RotatingRole", "app", `name: "app", ${more}`);

export const data = labelled("data")([
  ["a project deleted", open, "", "block", ["data-destroyed shop"]],
  ["a branch deleted", open + branch("dev"), open, "block", ["data-destroyed dev"]],
  // Labelled as harmless at first: an end that is decades away is none.
  ["a branch deleted that was to expire", open + branch("dev", LATE), open, "block", ["data-destroyed dev"]],
  ["a database deleted", open + database, open, "block", ["data-destroyed orders"]],
  [
    "a branch made anew because its alias is gone",
    open + branch("dev"),
    open + of("Branch", "other", 'name: "dev"'),
    "block",
    ["data-destroyed dev", "new-branch shop/dev", "renamed-without-alias other"],
  ],
  [
    "a branch with another logical name and an alias",
    open + branch("dev"),
    open + of("Branch", "other", 'name: "dev"', 'aliases: [{ name: "dev" }]'),
    "approve",
  ],
  ["a project left where it is", options("retainOnDelete: true"), "", "needsReview", ["no-longer-managed shop"]],
  ["a role deleted", open + onMain("Role", "app", 'name: "app"'), open, "needsReview", ["role-removed app"]],
  ["rotating roles deleted", open + rotating("rotation: 1"), open, "needsReview", ["role-removed app"]],
  [
    "a shorter history",
    shop(listed(OFFICE), "historyRetentionSeconds: 604800"),
    shop(listed(OFFICE), "historyRetentionSeconds: 3600"),
    "needsReview",
    ["retention-weakened shop"],
  ],
  [
    "no history, where Neon's own was kept",
    open,
    shop(listed(OFFICE), "historyRetentionSeconds: 0"),
    "needsReview",
    ["retention-weakened shop"],
  ],
  ["an end for a branch that had none", open + branch("dev"), open + branch("dev", LATE), "needsReview", ["will-expire dev"]],
  [
    "an earlier end",
    open + branch("dev", LATE),
    open + branch("dev", 'expiresAt: "2098-01-01T00:00:00Z"'),
    "needsReview",
    ["will-expire dev"],
  ],
  ["a VPC endpoint released for ever", assignment("a", ", release: true"), "", "block", ["endpoint-released endpoint"]],
  ["a VPC endpoint no longer declared", assignment("b"), "", "needsReview", ["no-longer-managed endpoint"]],
  [
    "a compute deleted",
    open + branch("dev") + of("ComputeEndpoint", "reader", 'branchId: dev.branchId, type: "read_only"'),
    open + branch("dev"),
    "approve",
    ["compute-removed reader"],
  ],
]);

export const guards = labelled("guards")([
  ["Pulumi's protect taken off", options("protect: true"), open, "needsReview", ["guard-option-removed shop"]],
  ["Pulumi's retainOnDelete taken off", options("retainOnDelete: true"), open, "needsReview", ["guard-option-removed shop"]],
  [
    "a protected branch as an ordinary one, protection left out",
    open + of("ProtectedBranch", "prod", 'name: "prod"'),
    open + branch("prod"),
    "needsReview",
    ["guard-option-removed prod"],
  ],
  ["the network ignored", open, options('ignoreChanges: ["network"]'), "needsReview", ["changes-ignored shop"]],
  ["a part of the network ignored", open, options('ignoreChanges: ["network.ranges"]'), "needsReview", ["changes-ignored shop"]],
  ["everything ignored", open, options('ignoreChanges: ["*"]'), "needsReview", ["changes-ignored shop"]],
  [
    "a lower audit level",
    shop(listed(OFFICE), 'auditLogLevel: "full"'),
    shop(listed(OFFICE), 'auditLogLevel: "base"'),
    "needsReview",
    ["audit-weakened shop"],
  ],
  [
    "an allowlist that opens when it is destroyed",
    shop(MANAGED_SEPARATELY) + list(OFFICE),
    shop(MANAGED_SEPARATELY) + list(OFFICE, 'onDestroy: "anywhere"'),
    "block",
    ["opens-when-destroyed list"],
  ],
  ["a VPC endpoint that may be released", assignment("c"), assignment("c", ", release: true"), "needsReview", ["guard-released endpoint"]],
  ["foreign code in the state", open, open, "block", ["stored-code-changed shop"], { tampered: "stored-code" }],
  ["an update that was cut off", open, open, "needsReview", [], { tampered: "pending-operation", unclear: true }],
  ["two owners of the network", open, open + list(OFFICE), "needsReview", ["declared-twice list"]],
  [
    "two owners of protection",
    open + branch("dev", "protected: true"),
    open + branch("dev", "protected: true") + of("BranchProtection", "twin", "branch: dev.branchId, protected: true"),
    "needsReview",
    ["declared-twice twin"],
  ],
  [
    "protection taken by a second owner",
    open + branch("dev", "protected: true"),
    open + branch("dev", "protected: true") + of("BranchProtection", "twin", "branch: dev.branchId, protected: false"),
    "block",
    ["declared-twice twin", "unprotected shop/dev"],
  ],
  [
    "a BranchProtection deleted",
    open + of("BranchProtection", "guard", 'branch: "default", protected: true'),
    open,
    "needsReview",
    ["no-longer-managed guard"],
  ],
  [
    "an existing branch taken over",
    open,
    open + branch("dev", 'adopt: "quiet-lake-12345678/br-quiet-lake-12345678"'),
    "needsReview",
    ["adopts dev"],
  ],
  [
    "the network handed over to an allowlist",
    open,
    shop(MANAGED_SEPARATELY) + list(OFFICE, "adopt: p.projectId"),
    "needsReview",
    ["adopts list"],
  ],
  [
    "a secret that would be written in clear",
    shop(listed(OFFICE)).replace('name: "shop"', 'name: pulumi.secret("shop")'),
    open,
    "block",
    ["secret-in-clear shop"],
  ],
  ["hipaa, which cannot be undone", open, shop(listed(OFFICE), "hipaa: true"), "needsReview", ["one-way shop"]],
  ["logical replication, which cannot be undone", open, shop(listed(OFFICE), "logicalReplication: true"), "needsReview", ["one-way shop"]],
]);

const key = (scope: string, name = "k") =>
  onMain("ApiKey", "key", `name: "${name}", scope: "${scope}"`)
    .replace("branchId: p.defaultBranchId, ", "")
    .replace(scope === "project" ? "" : "projectId: p.projectId, ", "");
const permission = (level: string) => of("ProjectPermission", "reader", `email: "member-1@palisade.test", level: "${level}"`);
const member = (role: string) =>
  `new neon.OrganizationMember("person", { email: "person@example.com", role: "${role}" }, { retainOnDelete: false });`;
const jwks = (more = "") => of("JwksUrl", "tokens", `jwksUrl: "https://id.example.com/jwks.json", providerName: "id"${more}`);
const grants = (tables: string) =>
  onMain(
    "RoleGrants",
    "reading",
    `databaseName: "neondb", roleName: "reader", schemas: [{ name: "public", privileges: ["USAGE"], tables: [${tables}] }]`,
  );
const role = (more = "") => onMain("Role", "app", `name: "app"${more}`);

export const credentials = labelled("credentials")([
  ["a key for one project", open, open + key("project"), "needsReview", ["key-made key"]],
  ["a key for the organisation", open, open + key("organization"), "block", ["key-made key"]],
  ["a personal key", open, open + key("personal"), "block", ["key-made key"]],
  ["a key that opens more", open + key("project"), open + key("organization"), "block", ["key-scope-widened key"]],
  ["a key that opens less", open + key("organization"), open + key("project"), "approve"],
  ["a key with another name, made anew", open + key("project"), open + key("project", "l"), "approve"],
  ["a key revoked", open + key("project"), open, "approve", ["key-revoked key"]],
  ["a person who may look at the project", open, open + permission("viewer"), "needsReview", ["permission-given reader"]],
  ["a person who may do more", open + permission("viewer"), open + permission("editor"), "needsReview", ["permission-widened reader"]],
  ["a person who may do less", open + permission("editor"), open + permission("viewer"), "approve", ["permission-narrowed reader"]],
  ["a person who loses access", open + permission("viewer"), open, "approve", ["permission-taken reader"]],
  ["a new member", "", member("viewer"), "needsReview", ["member-invited person"]],
  ["a new administrator", "", member("admin"), "block", ["member-invited person"]],
  ["privileges for a role", open, open + grants('"SELECT"'), "needsReview", ["privileges-given reading"]],
  ["another token provider", open, open + jwks(), "needsReview", ["trust-added tokens"]],
  [
    "tokens of another audience",
    open + jwks(', audience: "shop"'),
    open + jwks(', audience: "store"'),
    "needsReview",
    ["trust-widened tokens"],
  ],
  ["the audience left out, which leaves it as it is", open + jwks(', audience: "shop"'), open + jwks(), "approve"],
  ["a token provider less", open + jwks(), open, "approve", ["trust-ended tokens"]],
  ["a new role", open, open + role(), "needsReview", ["login-made app"]],
  ["new rotating roles", open, open + rotating("rotation: 1"), "needsReview", ["login-made app"]],
  ["a password changed", open + rotating("rotation: 1"), open + rotating("rotation: 2"), "approve"],
  [
    "a longer overlap",
    open + rotating("rotation: 1"),
    open + rotating("rotation: 1, keepPreviousSeconds: 3600"),
    "needsReview",
    ["rotation-weakened app"],
  ],
  [
    "a shorter overlap",
    open + rotating("rotation: 1, keepPreviousSeconds: 3600"),
    open + rotating("rotation: 1, keepPreviousSeconds: 60"),
    "approve",
  ],
  ["a password kept in the state", open + role(), open + role(", revealPassword: true"), "needsReview", ["password-kept-in-state app"]],
  ["a role that may log in", open + role(", login: false"), open + role(), "needsReview", ["login-allowed app", "role-removed app"]],
]);

const guardedBy = (scope: string, isProtected: boolean, more = "", after = "") =>
  shop(MANAGED_SEPARATELY, PROTECTED) +
  branch("prod", `protected: ${String(isProtected)}`, more) +
  list(OFFICE, `scope: "${scope}"`, after);

export const order = labelled("order")([
  [
    "protection taken while the list begins to guard every branch",
    guardedBy("protectedBranches", true),
    guardedBy("all", false),
    "block",
    ["open-for-a-moment shop/prod", "unprotected shop/prod", "access-narrowed shop/other branches that the stack does not declare"],
  ],
  [
    "protection given while the list ceases to guard every branch",
    guardedBy("all", false),
    guardedBy("protectedBranches", true),
    "block",
    ["open-for-a-moment shop/prod", "protected shop/prod", "opened-to-everyone shop/other branches that the stack does not declare"],
  ],
  [
    "the same, protection first",
    guardedBy("all", false),
    guardedBy("protectedBranches", true, "", "dependsOn: [prod]"),
    "needsReview",
    ["protected shop/prod", "opened-to-everyone shop/other branches that the stack does not declare"],
  ],
]);

const other = `const other = new neon.Project("other", { name: "other", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } });\n`;

export const unknown = labelled("unknown")([
  [
    "a resource of another provider",
    open,
    `${open}new (class extends pulumi.dynamic.Resource { constructor() { super({ create: async () => ({ id: "1", outs: {} }) }, N("foreign"), {}); } })();`,
    "needsReview",
    [],
    { unclear: true },
  ],
  ["a range that comes from a new resource", open, other + shop(listed(OFFICE, "other.host")), "needsReview", [], { unclear: true }],
  [
    "a whole network that comes from a new resource",
    open,
    other + shop(`other.host.apply(() => (${listed(OFFICE)}))`),
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "protection that comes from a new resource",
    open + branch("dev", "protected: true"),
    other + open + branch("dev", "protected: other.host.apply((host) => host !== undefined)"),
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "an entry that comes from a new resource",
    shop(MANAGED_SEPARATELY) + list(OFFICE),
    other + shop(MANAGED_SEPARATELY) + list(OFFICE) + of("IpAllowlistEntry", "entry", "ranges: [other.host]"),
    "needsReview",
    [],
    { unclear: true },
  ],
]);

const sized = (words: string) => shop(listed(OFFICE), words);

export const harmless = labelled("harmless")([
  ["nothing", open, open, "approve"],
  ["another name of the project", open, open.replace('name: "shop"', 'name: "store"'), "approve"],
  ["another name of a branch", open + branch("dev"), open + of("Branch", "dev", 'name: "development"'), "approve"],
  ["another name of the default branch", open, sized('defaultBranch: { name: "trunk" }'), "approve"],
  ["larger computes", open, sized("computeDefaults: { maxCu: 4 }"), "approve"],
  ["computes that never sleep", open, sized('computeDefaults: { suspendTimeoutSeconds: "never" }'), "approve"],
  ["a larger compute of a branch", open + branch("dev", "compute: { maxCu: 1 }"), open + branch("dev", "compute: { maxCu: 2 }"), "approve"],
  ["a maintenance window", open, sized('maintenanceWindow: { weekdays: [6], startTime: "02:00", endTime: "03:00" }'), "approve"],
  ["a quota", open, sized("quota: { logicalSizeBytes: 1000000000 }"), "approve"],
  ["a longer history", open, sized("historyRetentionSeconds: 604800"), "approve"],
  ["a higher audit level", sized('auditLogLevel: "base"'), sized('auditLogLevel: "full"'), "approve"],
  ["a description of a range", open, shop(listed('{ range: "203.0.113.0/24", description: "office" }')), "approve"],
  ["a description taken away", shop(listed('{ range: "203.0.113.0/24", description: "office" }')), open, "approve"],
  ["Pulumi's protect put on", open, options("protect: true"), "approve"],
  ["a name ignored", open, options('ignoreChanges: ["name"]'), "approve"],
  ["what was ignored no longer is", options('ignoreChanges: ["network"]'), open, "approve"],
  ["a new branch that expires", open, open + branch("preview", LATE), "approve", ["new-branch shop/preview"]],
  ["a later end", open + branch("dev", 'expiresAt: "2098-01-01T00:00:00Z"'), open + branch("dev", LATE), "approve"],
  ["no end any more", open + branch("dev", LATE), open + branch("dev"), "approve"],
  ["a new database", open, open + database, "approve"],
  ["a new role that cannot log in", open, open + role(", login: false"), "approve"],
  ["a new project that nobody reaches", "", shop('{ allow: "nobody", privateEndpoints: "blocked" }'), "approve"],
  ["a new project without addresses of the internet", "", shop(NOBODY), "approve", ["new-branch shop/main"]],
  ["a label of a VPC endpoint", assignment("d"), assignment("d", ', label: "ours"'), "approve"],
  [
    "the order of the program",
    shop(MANAGED_SEPARATELY) + branch("dev") + list(OFFICE),
    shop(MANAGED_SEPARATELY) + list(OFFICE) + branch("dev"),
    "approve",
  ],
  [
    "a dependency more",
    shop(MANAGED_SEPARATELY) + branch("dev") + list(OFFICE),
    shop(MANAGED_SEPARATELY) + branch("dev") + list(OFFICE, "", "dependsOn: [dev]"),
    "approve",
  ],
  [
    "settings of Postgres",
    open + branch("dev") + of("ComputeEndpoint", "reader", 'branchId: dev.branchId, type: "read_only"'),
    open + branch("dev") + of("ComputeEndpoint", "reader", 'branchId: dev.branchId, type: "read_only", maxCu: 2'),
    "approve",
  ],
]);
