import {
  declareBranch,
  MANAGED_SEPARATELY,
  labelChanges,
  declareAllowlist,
  allowListed,
  NOBODY,
  declareResource,
  OFFICE,
  declareOnMainBranch,
  PROTECTED,
  declareShop,
} from "./labelledChange.js";

const open = declareShop(allowListed(OFFICE));
/** The plane takes no end in the past, and the corpus can be recorded again at any time: so it is far away. */
const LATE = 'expiresAt: "2099-01-01T00:00:00Z"';
const declareShopWithOptions = (words: string) => declareShop(allowListed(OFFICE), "", words);
/** The id tells the changes apart: an endpoint is assigned once in an organisation. */
const declareAssignment = (id: string, more = "") =>
  `new neon.PrivateEndpoint("endpoint", { regionId: "aws-us-east-1", vpcEndpointId: "vpce-0000000000000000${id}"${more} });`;
const database = declareOnMainBranch("Database", "orders", 'name: "orders", ownerName: "neondb_owner"');
const declareRotatingRole = (more: string) => declareOnMainBranch("RotatingRole", "app", `name: "app", ${more}`);

export const data = labelChanges("data")([
  ["a project deleted", open, "", "block", ["data-destroyed shop"]],
  ["a branch deleted", open + declareBranch("dev"), open, "block", ["data-destroyed dev"]],
  // Labelled as harmless at first: an end that is decades away is none.
  ["a branch deleted that was to expire", open + declareBranch("dev", LATE), open, "block", ["data-destroyed dev"]],
  ["a database deleted", open + database, open, "block", ["data-destroyed orders"]],
  [
    "a branch made anew because its alias is gone",
    open + declareBranch("dev"),
    open + declareResource("Branch", "other", 'name: "dev"'),
    "block",
    ["data-destroyed dev", "new-branch shop/dev", "renamed-without-alias other"],
  ],
  [
    "a branch with another logical name and an alias",
    open + declareBranch("dev"),
    open + declareResource("Branch", "other", 'name: "dev"', 'aliases: [{ name: "dev" }]'),
    "approve",
  ],
  ["a project left where it is", declareShopWithOptions("retainOnDelete: true"), "", "needsReview", ["no-longer-managed shop"]],
  ["a role deleted", open + declareOnMainBranch("Role", "app", 'name: "app"'), open, "needsReview", ["role-removed app"]],
  ["rotating roles deleted", open + declareRotatingRole("rotation: 1"), open, "needsReview", ["role-removed app"]],
  [
    "a shorter history",
    declareShop(allowListed(OFFICE), "historyRetentionSeconds: 604800"),
    declareShop(allowListed(OFFICE), "historyRetentionSeconds: 3600"),
    "needsReview",
    ["retention-weakened shop"],
  ],
  [
    "no history, where Neon's own was kept",
    open,
    declareShop(allowListed(OFFICE), "historyRetentionSeconds: 0"),
    "needsReview",
    ["retention-weakened shop"],
  ],
  ["an end for a branch that had none", open + declareBranch("dev"), open + declareBranch("dev", LATE), "needsReview", ["will-expire dev"]],
  [
    "an earlier end",
    open + declareBranch("dev", LATE),
    open + declareBranch("dev", 'expiresAt: "2098-01-01T00:00:00Z"'),
    "needsReview",
    ["will-expire dev"],
  ],
  ["a VPC endpoint released for ever", declareAssignment("a", ", release: true"), "", "block", ["endpoint-released endpoint"]],
  ["a VPC endpoint no longer declared", declareAssignment("b"), "", "needsReview", ["no-longer-managed endpoint"]],
  [
    "a compute deleted",
    open + declareBranch("dev") + declareResource("ComputeEndpoint", "reader", 'branchId: dev.branchId, type: "read_only"'),
    open + declareBranch("dev"),
    "approve",
    ["compute-removed reader"],
  ],
]);

export const guards = labelChanges("guards")([
  ["Pulumi's protect taken off", declareShopWithOptions("protect: true"), open, "needsReview", ["guard-option-removed shop"]],
  ["Pulumi's retainOnDelete taken off", declareShopWithOptions("retainOnDelete: true"), open, "needsReview", ["guard-option-removed shop"]],
  [
    "a protected branch as an ordinary one, protection left out",
    open + declareResource("ProtectedBranch", "prod", 'name: "prod"'),
    open + declareBranch("prod"),
    "needsReview",
    ["guard-option-removed prod"],
  ],
  ["the network ignored", open, declareShopWithOptions('ignoreChanges: ["network"]'), "needsReview", ["changes-ignored shop"]],
  [
    "a part of the network ignored",
    open,
    declareShopWithOptions('ignoreChanges: ["network.ranges"]'),
    "needsReview",
    ["changes-ignored shop"],
  ],
  ["everything ignored", open, declareShopWithOptions('ignoreChanges: ["*"]'), "needsReview", ["changes-ignored shop"]],
  [
    "a lower audit level",
    declareShop(allowListed(OFFICE), 'auditLogLevel: "full"'),
    declareShop(allowListed(OFFICE), 'auditLogLevel: "base"'),
    "needsReview",
    ["audit-weakened shop"],
  ],
  [
    "an allowlist that opens when it is destroyed",
    declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE),
    declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE, 'onDestroy: "anywhere"'),
    "block",
    ["opens-when-destroyed list"],
  ],
  [
    "a VPC endpoint that may be released",
    declareAssignment("c"),
    declareAssignment("c", ", release: true"),
    "needsReview",
    ["guard-released endpoint"],
  ],
  ["foreign code in the state", open, open, "block", ["stored-code-changed shop"], { tampered: "stored-code" }],
  ["an update that was cut off", open, open, "needsReview", [], { tampered: "pending-operation", unclear: true }],
  ["two owners of the network", open, open + declareAllowlist(OFFICE), "needsReview", ["declared-twice list"]],
  [
    "two owners of protection",
    open + declareBranch("dev", "protected: true"),
    open + declareBranch("dev", "protected: true") + declareResource("BranchProtection", "twin", "branch: dev.branchId, protected: true"),
    "needsReview",
    ["declared-twice twin"],
  ],
  [
    "protection taken by a second owner",
    open + declareBranch("dev", "protected: true"),
    open + declareBranch("dev", "protected: true") + declareResource("BranchProtection", "twin", "branch: dev.branchId, protected: false"),
    "block",
    ["declared-twice twin", "unprotected shop/dev"],
  ],
  [
    "a BranchProtection deleted",
    open + declareResource("BranchProtection", "guard", 'branch: "default", protected: true'),
    open,
    "needsReview",
    ["no-longer-managed guard"],
  ],
  [
    "an existing branch taken over",
    open,
    open + declareBranch("dev", 'adopt: "quiet-lake-12345678/br-quiet-lake-12345678"'),
    "needsReview",
    ["adopts dev"],
  ],
  [
    "the network handed over to an allowlist",
    open,
    declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE, "adopt: p.projectId"),
    "needsReview",
    ["adopts list"],
  ],
  [
    "a secret that would be written in clear",
    declareShop(allowListed(OFFICE)).replace('name: "shop"', 'name: pulumi.secret("shop")'),
    open,
    "block",
    ["secret-in-clear shop"],
  ],
  ["hipaa, which cannot be undone", open, declareShop(allowListed(OFFICE), "hipaa: true"), "needsReview", ["one-way shop"]],
  [
    "logical replication, which cannot be undone",
    open,
    declareShop(allowListed(OFFICE), "logicalReplication: true"),
    "needsReview",
    ["one-way shop"],
  ],
]);

const declareKey = (scope: string, name = "k") =>
  declareOnMainBranch("ApiKey", "key", `name: "${name}", scope: "${scope}"`)
    .replace("branchId: p.defaultBranchId, ", "")
    .replace(scope === "project" ? "" : "projectId: p.projectId, ", "");
const declarePermission = (level: string) =>
  declareResource("ProjectPermission", "reader", `email: "member-1@palisade.test", level: "${level}"`);
const declareMember = (role: string) =>
  `new neon.OrganizationMember("person", { email: "person@example.com", role: "${role}" }, { retainOnDelete: false });`;
const declareJwks = (more = "") =>
  declareResource("JwksUrl", "tokens", `jwksUrl: "https://id.example.com/jwks.json", providerName: "id"${more}`);
const declareGrants = (tables: string) =>
  declareOnMainBranch(
    "RoleGrants",
    "reading",
    `databaseName: "neondb", roleName: "reader", schemas: [{ name: "public", privileges: ["USAGE"], tables: [${tables}] }]`,
  );
const declareRole = (more = "") => declareOnMainBranch("Role", "app", `name: "app"${more}`);

export const credentials = labelChanges("credentials")([
  ["a key for one project", open, open + declareKey("project"), "needsReview", ["key-made key"]],
  ["a key for the organisation", open, open + declareKey("organization"), "block", ["key-made key"]],
  ["a personal key", open, open + declareKey("personal"), "block", ["key-made key"]],
  ["a key that opens more", open + declareKey("project"), open + declareKey("organization"), "block", ["key-scope-widened key"]],
  ["a key that opens less", open + declareKey("organization"), open + declareKey("project"), "approve"],
  ["a key with another name, made anew", open + declareKey("project"), open + declareKey("project", "l"), "approve"],
  ["a key revoked", open + declareKey("project"), open, "approve", ["key-revoked key"]],
  ["a person who may look at the project", open, open + declarePermission("viewer"), "needsReview", ["permission-given reader"]],
  [
    "a person who may do more",
    open + declarePermission("viewer"),
    open + declarePermission("editor"),
    "needsReview",
    ["permission-widened reader"],
  ],
  [
    "a person who may do less",
    open + declarePermission("editor"),
    open + declarePermission("viewer"),
    "approve",
    ["permission-narrowed reader"],
  ],
  ["a person who loses access", open + declarePermission("viewer"), open, "approve", ["permission-taken reader"]],
  ["a new member", "", declareMember("viewer"), "needsReview", ["member-invited person"]],
  ["a new administrator", "", declareMember("admin"), "block", ["member-invited person"]],
  ["privileges for a role", open, open + declareGrants('"SELECT"'), "needsReview", ["privileges-given reading"]],
  ["another token provider", open, open + declareJwks(), "needsReview", ["trust-added tokens"]],
  [
    "tokens of another audience",
    open + declareJwks(', audience: "shop"'),
    open + declareJwks(', audience: "store"'),
    "needsReview",
    ["trust-widened tokens"],
  ],
  ["the audience left out, which leaves it as it is", open + declareJwks(', audience: "shop"'), open + declareJwks(), "approve"],
  ["a token provider less", open + declareJwks(), open, "approve", ["trust-ended tokens"]],
  ["a new role", open, open + declareRole(), "needsReview", ["login-made app"]],
  ["new rotating roles", open, open + declareRotatingRole("rotation: 1"), "needsReview", ["login-made app"]],
  ["a password changed", open + declareRotatingRole("rotation: 1"), open + declareRotatingRole("rotation: 2"), "approve"],
  [
    "a longer overlap",
    open + declareRotatingRole("rotation: 1"),
    open + declareRotatingRole("rotation: 1, keepPreviousSeconds: 3600"),
    "needsReview",
    ["rotation-weakened app"],
  ],
  [
    "a shorter overlap",
    open + declareRotatingRole("rotation: 1, keepPreviousSeconds: 3600"),
    open + declareRotatingRole("rotation: 1, keepPreviousSeconds: 60"),
    "approve",
  ],
  [
    "a password kept in the state",
    open + declareRole(),
    open + declareRole(", revealPassword: true"),
    "needsReview",
    ["password-kept-in-state app"],
  ],
  [
    "a role that may log in",
    open + declareRole(", login: false"),
    open + declareRole(),
    "needsReview",
    ["login-allowed app", "role-removed app"],
  ],
]);

const declareGuardedBranch = (scope: string, isProtected: boolean, more = "", after = "") =>
  declareShop(MANAGED_SEPARATELY, PROTECTED) +
  declareBranch("prod", `protected: ${String(isProtected)}`, more) +
  declareAllowlist(OFFICE, `scope: "${scope}"`, after);

export const order = labelChanges("order")([
  [
    "protection taken while the list begins to guard every branch",
    declareGuardedBranch("protectedBranches", true),
    declareGuardedBranch("all", false),
    "block",
    ["open-for-a-moment shop/prod", "unprotected shop/prod", "access-narrowed shop/other branches that the stack does not declare"],
  ],
  [
    "protection given while the list ceases to guard every branch",
    declareGuardedBranch("all", false),
    declareGuardedBranch("protectedBranches", true),
    "block",
    ["open-for-a-moment shop/prod", "protected shop/prod", "opened-to-everyone shop/other branches that the stack does not declare"],
  ],
  [
    "the same, protection first",
    declareGuardedBranch("all", false),
    declareGuardedBranch("protectedBranches", true, "", "dependsOn: [prod]"),
    "needsReview",
    ["protected shop/prod", "opened-to-everyone shop/other branches that the stack does not declare"],
  ],
]);

const other = `const other = new neon.Project("other", { name: "other", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } });\n`;

export const unknown = labelChanges("unknown")([
  [
    "a resource of another provider",
    open,
    `${open}new (class extends pulumi.dynamic.Resource { constructor() { super({ create: async () => ({ id: "1", outs: {} }) }, N("foreign"), {}); } })();`,
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "a range that comes from a new resource",
    open,
    other + declareShop(allowListed(OFFICE, "other.host")),
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "a whole network that comes from a new resource",
    open,
    other + declareShop(`other.host.apply(() => (${allowListed(OFFICE)}))`),
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "protection that comes from a new resource",
    open + declareBranch("dev", "protected: true"),
    other + open + declareBranch("dev", "protected: other.host.apply((host) => host !== undefined)"),
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "an entry that comes from a new resource",
    declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE),
    other +
      declareShop(MANAGED_SEPARATELY) +
      declareAllowlist(OFFICE) +
      declareResource("IpAllowlistEntry", "entry", "ranges: [other.host]"),
    "needsReview",
    [],
    { unclear: true },
  ],
]);

const declareShopWith = (words: string) => declareShop(allowListed(OFFICE), words);

export const harmless = labelChanges("harmless")([
  ["nothing", open, open, "approve"],
  ["another name of the project", open, open.replace('name: "shop"', 'name: "store"'), "approve"],
  ["another name of a branch", open + declareBranch("dev"), open + declareResource("Branch", "dev", 'name: "development"'), "approve"],
  ["another name of the default branch", open, declareShopWith('defaultBranch: { name: "trunk" }'), "approve"],
  ["larger computes", open, declareShopWith("computeDefaults: { maxCu: 4 }"), "approve"],
  ["computes that never sleep", open, declareShopWith('computeDefaults: { suspendTimeoutSeconds: "never" }'), "approve"],
  [
    "a larger compute of a branch",
    open + declareBranch("dev", "compute: { maxCu: 1 }"),
    open + declareBranch("dev", "compute: { maxCu: 2 }"),
    "approve",
  ],
  ["a maintenance window", open, declareShopWith('maintenanceWindow: { weekdays: [6], startTime: "02:00", endTime: "03:00" }'), "approve"],
  ["a quota", open, declareShopWith("quota: { logicalSizeBytes: 1000000000 }"), "approve"],
  ["a longer history", open, declareShopWith("historyRetentionSeconds: 604800"), "approve"],
  ["a higher audit level", declareShopWith('auditLogLevel: "base"'), declareShopWith('auditLogLevel: "full"'), "approve"],
  ["a description of a range", open, declareShop(allowListed('{ range: "203.0.113.0/24", description: "office" }')), "approve"],
  ["a description taken away", declareShop(allowListed('{ range: "203.0.113.0/24", description: "office" }')), open, "approve"],
  ["Pulumi's protect put on", open, declareShopWithOptions("protect: true"), "approve"],
  ["a name ignored", open, declareShopWithOptions('ignoreChanges: ["name"]'), "approve"],
  ["what was ignored no longer is", declareShopWithOptions('ignoreChanges: ["network"]'), open, "approve"],
  ["a new branch that expires", open, open + declareBranch("preview", LATE), "approve", ["new-branch shop/preview"]],
  ["a later end", open + declareBranch("dev", 'expiresAt: "2098-01-01T00:00:00Z"'), open + declareBranch("dev", LATE), "approve"],
  ["no end any more", open + declareBranch("dev", LATE), open + declareBranch("dev"), "approve"],
  ["a new database", open, open + database, "approve"],
  ["a new role that cannot log in", open, open + declareRole(", login: false"), "approve"],
  ["a new project that nobody reaches", "", declareShop('{ allow: "nobody", privateEndpoints: "blocked" }'), "approve"],
  ["a new project without addresses of the internet", "", declareShop(NOBODY), "approve", ["new-branch shop/main"]],
  ["a label of a VPC endpoint", declareAssignment("d"), declareAssignment("d", ', label: "ours"'), "approve"],
  [
    "the order of the program",
    declareShop(MANAGED_SEPARATELY) + declareBranch("dev") + declareAllowlist(OFFICE),
    declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE) + declareBranch("dev"),
    "approve",
  ],
  [
    "a dependency more",
    declareShop(MANAGED_SEPARATELY) + declareBranch("dev") + declareAllowlist(OFFICE),
    declareShop(MANAGED_SEPARATELY) + declareBranch("dev") + declareAllowlist(OFFICE, "", "dependsOn: [dev]"),
    "approve",
  ],
  [
    "settings of Postgres",
    open + declareBranch("dev") + declareResource("ComputeEndpoint", "reader", 'branchId: dev.branchId, type: "read_only"'),
    open + declareBranch("dev") + declareResource("ComputeEndpoint", "reader", 'branchId: dev.branchId, type: "read_only", maxCu: 2'),
    "approve",
  ],
]);
