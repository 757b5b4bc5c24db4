import { check } from "../../../provider/engine/check.js";
import type { Resource } from "../../../provider/engine/define.js";
import { documented, nested } from "../../../tools/generate/fields.js";
import { catalogue, type Kind } from "../../../provider/resources/index.js";

const IN_BRANCH = { projectId: "quiet-lake-12345678", branchId: "br-dry-sun-12345678" };

/** A sound program for each resource; every case below breaks one thing in it. */
const SOUND: Record<Kind, Record<string, unknown>> = {
  Project: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: ["203.0.113.0/24"] } },
  Branch: { projectId: "quiet-lake-12345678", name: "dev" },
  BranchProtection: { projectId: "quiet-lake-12345678", branch: "default", protected: true },
  ComputeEndpoint: { ...IN_BRANCH, type: "read_only" },
  Database: { ...IN_BRANCH, name: "shop", ownerName: "shop_owner" },
  IpAllowlist: { projectId: "quiet-lake-12345678", allow: "listed", ranges: ["203.0.113.0/24"] },
  IpAllowlistEntry: { projectId: "quiet-lake-12345678", ranges: ["203.0.113.7"] },
  Role: { ...IN_BRANCH, name: "shop_app" },
  RoleGrants: { ...IN_BRANCH, databaseName: "shop", roleName: "reader", schemas: [{ name: "public", privileges: ["USAGE"] }] },
  RotatingRole: { ...IN_BRANCH, name: "shop_app", rotation: "2026-11" },
  VpcEndpointAssignment: { regionId: "aws-eu-central-1", vpcEndpointId: "vpce-0a1b2c3d4e5f67890" },
  VpcEndpointRestriction: { projectId: "quiet-lake-12345678", vpcEndpointId: "vpce-0a1b2c3d4e5f67890" },
  OrganizationMember: { email: "ada@example.com", role: "viewer" },
  ProjectPermission: { projectId: "quiet-lake-12345678", email: "ada@example.com" },
  JwksUrl: { projectId: "quiet-lake-12345678", jwksUrl: "https://keys.example.com/jwks.json", providerName: "example" },
  ApiKey: { name: "ci", projectId: "quiet-lake-12345678" },
  BackupSchedule: { projectId: "quiet-lake-12345678", branchId: "br-wispy-sun-b343qpnf", frequency: "daily" },
  Snapshot: { projectId: "quiet-lake-12345678", branchId: "br-wispy-sun-b343qpnf", name: "before" },
};

const RANGE_CASES: [unknown, string][] = [
  ["10.0.0.300", "10.0.0.300 is not an IPv4 address: write four decimal numbers from 0 to 255, such as 192.0.2.1"],
  ["10.0.0.0/33", "10.0.0.0/33 needs a whole number from 0 to 32 after the slash"],
  ["10.0.0.1-2001:db8::1", "10.0.0.1-2001:db8::1 mixes IPv4 and IPv6: write one range for each"],
  ["10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1 runs backwards: write 10.0.0.1-10.0.0.9"],
  [
    "10.0.0.5/24",
    "10.0.0.5/24 has host bits set: write 10.0.0.0/24 for the 256 addresses of that network, or 10.0.0.5 for the one address",
  ],
];

const NOT_AN_ID = "is not a project id such as quiet-lake-12345678";
const BRANCH_ID = "is not a branch id such as br-wispy-sun-b343qpnf";
const ORG_ID = "is not an organisation id such as org-morning-bread-81040908";
const VPCE_ID = "is not a VPC endpoint id such as vpce-0a1b2c3d4e5f67890";
const EMAIL = "is not an e-mail address such as ada@example.com";
const TIME = "must be a time such as 2026-01-31T12:00:00Z";
const CU = "must be at least 0.25 compute units";
const LOW = 'must be at least 60 seconds, or "never"';

type Case = [field: string, broken: Record<string, unknown>, property: string, reason: string];

const IN_BRANCH_CASES: Case[] = [
  ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
  ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
];

const network = (fields: Record<string, unknown>) => ({ network: { allow: "listed", ranges: ["203.0.113.0/24"], ...fields } });

const CASES: Record<Kind, Case[]> = {
  Project: [
    ["name", { name: "" }, "name", "must not be empty"],
    ["name", { name: "x".repeat(257) }, "name", "must have at most 256 characters"],
    [
      "regionId",
      { regionId: "aws-eu-centrl-1" },
      "regionId",
      '"aws-eu-centrl-1" is not a region of Neon; did you mean "aws-eu-central-1"?',
    ],
    ["pgVersion", { pgVersion: 13 }, "pgVersion", "must be at least 14"],
    ["orgId", { orgId: "shop" }, "orgId", "is not an organisation id such as org-morning-bread-81040908"],
    ["network", { network: undefined }, "network", "is required"],
    ["network.allow", { network: { allow: "everyone" } }, "network.allow", 'must be "listed", "anywhere", "nobody" or "elsewhere"'],
    ...RANGE_CASES.map(([range, reason]): Case => ["network.ranges", network({ ranges: [range] }), "network.ranges[0]", reason]),
    [
      "network.ranges",
      network({ ranges: [] }),
      "network.ranges",
      'allow: "listed" needs at least one range; to admit nobody write allow: "nobody", to admit every address allow: "anywhere"',
    ],
    [
      "network.ranges",
      { network: { allow: "nobody", ranges: ["203.0.113.0/24"] } },
      "network.ranges",
      'ranges belong to allow: "listed"; remove them or write allow: "listed"',
    ],
    [
      "network.ranges",
      network({ ranges: ["0.0.0.0/1", "128.0.0.0/1"] }),
      "network.ranges",
      'these ranges admit every IPv4 or every IPv6 address; if that is meant, write allow: "anywhere"',
    ],
    [
      "network.ranges.range",
      network({ ranges: [{ range: "nowhere" }] }),
      "network.ranges[0].range",
      "nowhere is not an address, and names are not looked up: write an address (192.0.2.1), a network (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)",
    ],
    [
      "network.ranges.removeAfter",
      network({ ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] }),
      "network.ranges[0].removeAfter",
      "must be a time such as 2026-01-31T12:00:00Z",
    ],
    [
      "network.ranges.description",
      network({ ranges: [{ range: "192.0.2.1", description: "x".repeat(201) }] }),
      "network.ranges[0].description",
      "must have at most 200 characters",
    ],
    ["network.scope", network({ scope: "protected" }), "network.scope", 'expected one of "all"|"protectedBranches"'],
    ["network.privateEndpoints", network({ privateEndpoints: true }), "network.privateEndpoints", 'expected one of "allowed"|"blocked"'],
    [
      "network.allow",
      { network: { allow: "elsewhere", privateEndpoints: "blocked" } },
      "network.allow",
      'allow: "elsewhere" leaves the whole network to an IpAllowlist: declare privateEndpoints there',
    ],
    [
      "historyRetentionSeconds",
      { historyRetentionSeconds: 2_592_001 },
      "historyRetentionSeconds",
      "must be at most 2592000 seconds (30 days)",
    ],
    ["defaultBranch.name", { defaultBranch: { name: "" } }, "defaultBranch.name", "must not be empty"],
    ["defaultBranch.protected", { defaultBranch: { protected: "yes" } }, "defaultBranch.protected", "expected boolean, received string"],
    [
      "defaultBranch.roleName",
      { defaultBranch: { roleName: "x".repeat(64) } },
      "defaultBranch.roleName",
      "must have at most 63 characters",
    ],
    ["defaultBranch.databaseName", { defaultBranch: { databaseName: "" } }, "defaultBranch.databaseName", "must not be empty"],
    [
      "defaultBranch",
      { defaultBranch: { rolName: "x" } },
      "defaultBranch.rolName",
      'is not a field of this resource; did you mean "roleName"?',
    ],
    ["computeDefaults.minCu", { computeDefaults: { minCu: 0.1 } }, "computeDefaults.minCu", CU],
    ["computeDefaults.maxCu", { computeDefaults: { maxCu: 0.1 } }, "computeDefaults.maxCu", CU],
    [
      "computeDefaults.suspendTimeoutSeconds",
      { computeDefaults: { suspendTimeoutSeconds: 5 } },
      "computeDefaults.suspendTimeoutSeconds",
      LOW,
    ],
    ["computeDefaults", { computeDefaults: { cpu: 1 } }, "computeDefaults.cpu", "is not a field of this resource"],
    [
      "maintenanceWindow.weekdays",
      { maintenanceWindow: { weekdays: [8], startTime: "01:00", endTime: "02:00" } },
      "maintenanceWindow.weekdays[0]",
      "must be 1 (Monday) to 7 (Sunday)",
    ],
    [
      "maintenanceWindow.startTime",
      { maintenanceWindow: { weekdays: [1], startTime: "1:00", endTime: "02:00" } },
      "maintenanceWindow.startTime",
      "must be a time of day such as 03:30",
    ],
    [
      "maintenanceWindow.endTime",
      { maintenanceWindow: { weekdays: [1], startTime: "01:00", endTime: "24:00" } },
      "maintenanceWindow.endTime",
      "must be a time of day such as 03:30",
    ],
    ["maintenanceWindow", { maintenanceWindow: { weekdays: [1], startTime: "01:00" } }, "maintenanceWindow.endTime", "is required"],
    ["auditLogLevel", { auditLogLevel: "all" }, "auditLogLevel", 'must be "base", "extended" or "full"'],
    ["logicalReplication", { logicalReplication: "on" }, "logicalReplication", "expected boolean, received string"],
    ["hipaa", { hipaa: "on" }, "hipaa", "expected boolean, received string"],
    ...["activeTimeSeconds", "computeTimeSeconds", "writtenDataBytes", "dataTransferBytes", "logicalSizeBytes"].map((name): Case => [
      `quota.${name}`,
      { quota: { [name]: -1 } },
      `quota.${name}`,
      "must not be negative",
    ]),
    ["quota", { quota: 5 }, "quota", "expected object, received number"],
    ["storePasswords", { storePasswords: 1 }, "storePasswords", "expected boolean, received number"],
  ],
  Branch: [
    ["projectId", { projectId: "Quiet Lake" }, "projectId", NOT_AN_ID],
    ["name", { name: "x".repeat(257) }, "name", "must have at most 256 characters"],
    ["parentBranchId", { parentBranchId: "main" }, "parentBranchId", BRANCH_ID],
    ["from.timestamp", { from: { timestamp: "yesterday" } }, "from.timestamp", TIME],
    ["from.lsn", { from: { lsn: "16" } }, "from.lsn", "must be an LSN such as 0/1DE2850"],
    ["from", { from: {} }, "from", "needs exactly one of timestamp and lsn"],
    ["initSource", { initSource: "nothing" }, "initSource", 'expected one of "parent-data"|"schema-only"'],
    ["protected", { protected: "yes" }, "protected", "expected boolean, received string"],
    ["expiresAt", { expiresAt: "tomorrow" }, "expiresAt", TIME],
    [
      "expiresAt",
      { protected: true, expiresAt: "2027-01-31T12:00:00Z" },
      "expiresAt",
      "a protected branch cannot expire: remove expiresAt or set protected: false",
    ],
    ["compute", { compute: "large" }, "compute", 'must be "none" or an object'],
    ["compute.minCu", { compute: { minCu: 0 } }, "compute.minCu", CU],
    ["compute.maxCu", { compute: { maxCu: 0 } }, "compute.maxCu", CU],
    [
      "compute.suspendTimeoutSeconds",
      { compute: { suspendTimeoutSeconds: 604_801 } },
      "compute.suspendTimeoutSeconds",
      'must be at most 604800 seconds (7 days), or "never"',
    ],
  ],
  BranchProtection: [
    ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
    ["branch", { branch: "main" }, "branch", 'must be "default" or a branch id such as br-wispy-sun-b343qpnf'],
    ["protected", { protected: undefined }, "protected", "is required"],
  ],
  ComputeEndpoint: [
    ...IN_BRANCH_CASES,
    ["type", { type: "replica" }, "type", 'must be "read_write" or "read_only"'],
    ["minCu", { minCu: 0 }, "minCu", CU],
    ["maxCu", { maxCu: 0 }, "maxCu", CU],
    ["suspendTimeoutSeconds", { suspendTimeoutSeconds: 5 }, "suspendTimeoutSeconds", LOW],
    ["disabled", { disabled: "no" }, "disabled", "expected boolean, received string"],
    [
      "settings.pgSettings",
      { settings: { pgSettings: { work_mem: 4 } } },
      "settings.pgSettings.work_mem",
      "expected string, received number",
    ],
  ],
  Database: [
    ...IN_BRANCH_CASES,
    ["name", { name: "é".repeat(32) }, "name", "must have at most 63 bytes"],
    ["ownerName", { ownerName: "" }, "ownerName", "must not be empty"],
  ],
  IpAllowlist: [
    ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
    ["allow", { allow: "elsewhere" }, "allow", 'must be "listed", "anywhere" or "nobody"'],
    ...RANGE_CASES.map(([range, reason]): Case => ["ranges", { ranges: [range] }, "ranges[0]", reason]),
    [
      "ranges",
      { ranges: [] },
      "ranges",
      'allow: "listed" needs at least one range; to admit nobody write allow: "nobody", to admit every address allow: "anywhere"',
    ],
    [
      "ranges",
      { ranges: ["::/1", "8000::/1"] },
      "ranges",
      'these ranges admit every IPv4 or every IPv6 address; if that is meant, write allow: "anywhere"',
    ],
    ["ranges.range", { ranges: [{ range: " 192.0.2.1" }] }, "ranges[0].range", '" 192.0.2.1" has white space in it: write 192.0.2.1'],
    [
      "ranges.removeAfter",
      { ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] },
      "ranges[0].removeAfter",
      "must be a time such as 2026-01-31T12:00:00Z",
    ],
    ["ranges.description", { ranges: [{ range: "192.0.2.1", note: "x" }] }, "ranges[0].note", "is not a field of this resource"],
    [
      "scope",
      { allow: "anywhere", ranges: undefined, scope: "all" },
      "scope",
      'scope belongs to allow: "listed"; remove it or write allow: "listed"',
    ],
    ["privateEndpoints", { privateEndpoints: "no" }, "privateEndpoints", 'expected one of "allowed"|"blocked"'],
    ["onDestroy", { onDestroy: "open" }, "onDestroy", 'must be "keep", "nobody" or "anywhere"'],
  ],
  IpAllowlistEntry: [
    ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
    ["ranges", { ranges: [] }, "ranges", "needs at least one range"],
    ...RANGE_CASES.map(([range, reason]): Case => ["ranges", { ranges: [range] }, "ranges[0]", reason]),
    [
      "ranges.range",
      { ranges: [{ range: "" }] },
      "ranges[0].range",
      "An empty entry admits nobody: write an address (192.0.2.1), a network (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)",
    ],
    [
      "ranges.removeAfter",
      { ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] },
      "ranges[0].removeAfter",
      "must be a time such as 2026-01-31T12:00:00Z",
    ],
    [
      "ranges.description",
      { ranges: [{ range: "192.0.2.1", description: 5 }] },
      "ranges[0].description",
      "expected string, received number",
    ],
  ],
  Role: [
    ...IN_BRANCH_CASES,
    ["name", { name: "shop/app" }, "name", "must not contain a slash"],
    ["login", { login: 0 }, "login", "expected boolean, received number"],
    ["revealPassword", { revealPassword: "yes" }, "revealPassword", "expected boolean, received string"],
    [
      "revealPassword",
      { login: false, revealPassword: true },
      "revealPassword",
      "a role that may not log in has no password: remove revealPassword or set login: true",
    ],
  ],
  RoleGrants: [
    ...IN_BRANCH_CASES,
    ["databaseName", { databaseName: "a/b" }, "databaseName", "must not contain a slash"],
    ["roleName", { roleName: "" }, "roleName", "must not be empty"],
    ["grantorName", { grantorName: "x".repeat(64) }, "grantorName", "must have at most 63 bytes"],
    ["database", { database: ["ALL"] }, "database[0]", 'must be "CONNECT", "CREATE", "TEMPORARY"'],
    ["schemas.name", { schemas: [{ name: "" }] }, "schemas[0].name", "must not be empty"],
    ["schemas.privileges", { schemas: [{ name: "a", privileges: ["ALL"] }] }, "schemas[0].privileges[0]", 'must be "USAGE", "CREATE"'],
    [
      "schemas.tables",
      { schemas: [{ name: "a", tables: ["READ"] }] },
      "schemas[0].tables[0]",
      'must be "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"',
    ],
    [
      "schemas.sequences",
      { schemas: [{ name: "a", sequences: ["NEXT"] }] },
      "schemas[0].sequences[0]",
      'must be "USAGE", "SELECT", "UPDATE"',
    ],
    ["schemas.routines", { schemas: [{ name: "a", routines: ["CALL"] }] }, "schemas[0].routines[0]", 'must be "EXECUTE"'],
    ["schemas.future", { schemas: [{ name: "a", future: 1 }] }, "schemas[0].future", "expected boolean, received number"],
    ["schemas", { schemas: [{ name: "a" }, { name: "a" }] }, "schemas", "names a schema twice"],
    ["revokePublic", { revokePublic: false }, "revokePublic", "cannot give anything back to PUBLIC: remove it, or grant by SQL"],
    ["liveCheck", { liveCheck: "yes" }, "liveCheck", "expected boolean, received string"],
    ["revealPassword", { revealPassword: 1 }, "revealPassword", "expected boolean, received number"],
  ],
  RotatingRole: [
    ...IN_BRANCH_CASES,
    ["name", { name: "x".repeat(62) }, "name", "must have at most 61 bytes"],
    ["rotation", { rotation: undefined }, "rotation", "is required"],
    ["keepPreviousSeconds", { keepPreviousSeconds: -1 }, "keepPreviousSeconds", "must not be negative"],
    ["keepPreviousSeconds", { keepPreviousSeconds: 2_592_001 }, "keepPreviousSeconds", "must be at most 2592000 seconds (30 days)"],
    ["revealPassword", { revealPassword: 1 }, "revealPassword", "expected boolean, received number"],
  ],
  VpcEndpointAssignment: [
    ["orgId", { orgId: "shop" }, "orgId", ORG_ID],
    [
      "regionId",
      { regionId: "aws-eu-centrl-1" },
      "regionId",
      '"aws-eu-centrl-1" is not a region of Neon on AWS; did you mean "aws-eu-central-1"?',
    ],
    ["vpcEndpointId", { vpcEndpointId: "vpc-0a1b2c3d" }, "vpcEndpointId", VPCE_ID],
    ["label", { label: "x".repeat(257) }, "label", "must have at most 256 characters"],
    ["waitForAccepted", { waitForAccepted: "yes" }, "waitForAccepted", "expected boolean, received string"],
    ["release", { release: 1 }, "release", "expected boolean, received number"],
  ],
  VpcEndpointRestriction: [
    ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
    ["vpcEndpointId", { vpcEndpointId: "" }, "vpcEndpointId", VPCE_ID],
    ["label", { label: 1 }, "label", "expected string, received number"],
    ["allowAll", { allowAll: "yes" }, "allowAll", "expected boolean, received string"],
  ],
  OrganizationMember: [
    ["orgId", { orgId: "shop" }, "orgId", ORG_ID],
    ["email", { email: "ada" }, "email", EMAIL],
    ["role", { role: "owner" }, "role", 'must be "admin", "member", "editor", "viewer", "collaborator"'],
  ],
  ProjectPermission: [
    ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
    ["email", { email: "ada@" }, "email", EMAIL],
    ["level", { level: "owner" }, "level", 'must be "viewer", "editor", "admin"'],
  ],
  JwksUrl: [
    ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
    ["jwksUrl", { jwksUrl: "http://keys.example.com/jwks.json" }, "jwksUrl", "must be an https:// URL"],
    ["providerName", { providerName: "" }, "providerName", "must not be empty"],
    ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
    ["roleNames", { roleNames: [""] }, "roleNames[0]", "must not be empty"],
    ["roleNames", { roleNames: Array.from({ length: 11 }, (_, i) => `r${i}`) }, "roleNames", "must have at most 10 entries"],
    ["audience", { audience: "" }, "audience", "must not be empty"],
  ],
  BackupSchedule: [
    ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
    ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
    ["frequency", { frequency: "hourly" }, "frequency", 'must be "daily", "weekly", "monthly"'],
    ["hour", { hour: 24 }, "hour", "must be from 0 to 23"],
    ["day", { frequency: "monthly", day: 32 }, "day", "must be from 1 to 31"],
    ["day", { frequency: "weekly", day: 8 }, "day", "of a week must be from 1 (Monday) to 7 (Sunday)"],
    ["day", { frequency: "weekly" }, "day", "belongs to weekly and monthly schedules, and they need it"],
    ["day", { day: 1 }, "day", "belongs to weekly and monthly schedules, and they need it"],
    ["retentionSeconds", { retentionSeconds: 60 }, "retentionSeconds", "must be at least an hour (3600)"],
    ["retentionSeconds", { retentionSeconds: 3_024_001 }, "retentionSeconds", "must be at most 35 days (3024000)"],
    ["release", { release: "yes" }, "release", "expected boolean, received string"],
  ],
  Snapshot: [
    ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
    ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
    ["name", { name: "" }, "name", "must not be empty"],
    ["from", { from: {} }, "from", "needs exactly one of timestamp and lsn"],
    ["from.timestamp", { from: { timestamp: "noon" } }, "from.timestamp", "must be a time such as 2026-01-31T12:00:00Z"],
    ["from.lsn", { from: { lsn: "zero" } }, "from.lsn", "must be an LSN such as 0/1DE2850"],
    ["expiresAt", { expiresAt: "tomorrow" }, "expiresAt", "must be a time such as 2026-01-31T12:00:00Z"],
  ],
  ApiKey: [
    ["name", { name: "x".repeat(32) }, "name", "must have at most 31 characters"],
    ["scope", { scope: "all" }, "scope", 'must be "project", "organization" or "personal"'],
    ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
    ["projectId", { projectId: undefined }, "projectId", 'belongs to scope "project", and such a key needs it'],
    ["orgId", { orgId: "shop" }, "orgId", ORG_ID],
    [
      "orgId",
      { scope: "personal", projectId: undefined, orgId: "org-morning-bread-81040908" },
      "orgId",
      "a personal key belongs to no organisation: remove orgId or choose another scope",
    ],
  ],
};

const resources = Object.entries(catalogue) as unknown as [Kind, Resource][];
const common = { managedBy: "urn:pulumi:x" };

describe.each(resources)("%s", (kind, resource) => {
  it("accepts a sound program", () => {
    expect(check(resource, {}, { ...common, ...SOUND[kind] }).failures).toEqual([]);
  });

  it.each(CASES[kind])("refuses at preview: %s %j", (_, broken, property, reason) => {
    expect(check(resource, {}, { ...common, ...SOUND[kind], ...broken }).failures).toEqual([{ property, reason }]);
  });

  it("refuses an unknown field", () => {
    expect(check(resource, {}, { ...common, ...SOUND[kind], nonsense: 1 }).failures).toEqual([
      { property: "nonsense", reason: "is not a field of this resource" },
    ]);
  });

  it("has a rejected example for every field", () => {
    const all = [
      ...documented(resource.inputs).map(({ name }) => name),
      ...nested(resource.inputs).flatMap(({ path, shape }) => documented(shape).map(({ name }) => [...path, name].join("."))),
    ];
    const covered = new Set(CASES[kind].map(([field]) => field));
    // A required object is covered by what is wrong inside it.
    expect(all.filter((field) => ![...covered].some((other) => other === field || other.startsWith(`${field}.`)))).toEqual([]);
  });
});
