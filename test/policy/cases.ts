import type { Subject } from "../../policy/subject.js";
import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import { AUDIT_EXPORT_CASES } from "./auditExportCases.js";
import { CLOUD_CASES } from "./cloudCases.js";
import { KEY_CASES } from "./keyCases.js";
import { subject, urnOf, raw } from "./subjects.js";

/** For each control: what it objects to, what it lets pass, what it cannot judge. */
export interface Case {
  weak: Subject[][];
  hardened: Subject[][];
  unknown: Subject[][];
}

const ranges = (...entries: unknown[]) => ({ network: { allow: "listed", ranges: entries } });
const scoped = { network: { allow: "listed", ranges: ["203.0.113.0/24"], scope: "protectedBranches" } };
const of = (project = "Project") => ({ origins: { projectId: [urnOf("Project", project)] } });
const unplaced = { projectId: UNKNOWN };
const DAY = 86_400;
/** An approval of these very terms would be needed to declare it with one: the control asks for no more than that there is one. */
const VISIT = subject("TemporaryAccess");

/** A project as it is shown once it is made: its outputs too. */
const updated = raw(
  "Project",
  { ...subject("Project", { defaultBranch: { protected: true } }).inputs, defaultBranchId: "br-wet-sun-12345678" },
  { name: "Project" },
);

export const CASES: Record<string, Case> = {
  "network-not-open": {
    weak: [[subject("Project", { network: { allow: "anywhere" } })], [subject("IpAllowlist", { allow: "anywhere" })]],
    hardened: [
      [subject("Project")],
      [subject("Project", ranges("203.0.113.0/24"))],
      [subject("Project", { network: { allow: "managedSeparately" } })],
    ],
    unknown: [[subject("Project", { network: UNKNOWN })], [subject("IpAllowlist", { allow: UNKNOWN })]],
  },
  "list-not-everyone": {
    weak: [
      [subject("Project", ranges("0.0.0.0/1", "128.0.0.0/2"))],
      [subject("Project", ranges("16.0.0.0-31.255.255.255"))],
      [subject("Project", ranges(...Array.from({ length: 16 }, (_, at) => `${at + 64}.0.0.0/8`)))],
      [subject("Project", ranges("::ffff:64.0.0.0-::ffff:127.255.255.255"))],
      [subject("IpAllowlist", { allow: "listed", ranges: [{ range: "2000::/4", description: "all of ours" }] })],
      [subject("IpAllowlistEntry", { ranges: ["2400::/6"] })],
      [subject("Project", ranges("0.0.0.0/2", UNKNOWN))],
    ],
    hardened: [
      [subject("Project", ranges("16.0.0.0-31.255.255.254"))],
      [subject("Project", ranges("fc00::/7", "2001:db8::/32"))],
      [subject("IpAllowlist", { allow: "nobody" })],
      [subject("IpAllowlistEntry")],
    ],
    unknown: [
      [subject("Project", ranges("203.0.113.0/24", UNKNOWN))],
      [subject("Project", ranges({ range: UNKNOWN, description: "office" }))],
      [subject("IpAllowlistEntry", { ranges: UNKNOWN })],
    ],
  },
  "entries-together": {
    weak: [
      [subject("IpAllowlistEntry", { ranges: ["64.0.0.0/5"] }), subject("IpAllowlistEntry", { ranges: ["72.0.0.0/5"] }, { name: "high" })],
      [subject("IpAllowlist", { allow: "listed", ranges: ["64.0.0.0/5"] }), subject("IpAllowlistEntry", { ranges: ["72.0.0.0/5"] })],
      [...[subject("Project", ranges("64.0.0.0/5"))], subject("IpAllowlistEntry", { ...unplaced, ranges: ["72.0.0.0/5"] }, of())],
    ],
    hardened: [
      [subject("IpAllowlistEntry", { ranges: ["64.0.0.0/5"] }), subject("IpAllowlistEntry", { ranges: ["64.0.0.0/5"] }, { name: "same" })],
      [
        ...[subject("IpAllowlistEntry", { ranges: ["64.0.0.0/5"] })],
        subject("IpAllowlistEntry", { projectId: "other-lake-12345678", ranges: ["72.0.0.0/5"] }, { name: "other" }),
      ],
    ],
    unknown: [
      [subject("IpAllowlistEntry", { ranges: [UNKNOWN] })],
      [subject("IpAllowlistEntry"), subject("IpAllowlistEntry", unplaced, { name: "other" })],
      // Halves under two decoys, of which each reference may be turned to one project (`apply(() => "...")`).
      [
        ...[subject("Project"), subject("Project", {}, { name: "decoy" })],
        subject("IpAllowlistEntry", { ...unplaced, ranges: ["64.0.0.0/5"] }, of()),
        subject(
          "IpAllowlistEntry",
          { ...unplaced, ranges: ["72.0.0.0/5"] },
          { name: "second", origins: { projectId: [urnOf("Project", "decoy")] } },
        ),
      ],
    ],
  },
  "list-narrow": {
    weak: [
      [subject("Project", ranges("10.0.0.0/15"))],
      [subject("Project", ranges("10.0.0.0/16", "192.0.2.1"))],
      [subject("IpAllowlistEntry", { ranges: ["2001::/31"] })],
    ],
    hardened: [
      [subject("Project", ranges("10.0.0.0/17", "10.0.128.0/17", "10.0.3.4"))],
      [subject("IpAllowlistEntry", { ranges: ["2001:db8::/32"] })],
    ],
    unknown: [[subject("Project", ranges("10.0.0.0/16", UNKNOWN))]],
  },
  "scope-guards-something": {
    weak: [
      [subject("Project", scoped)],
      [subject("Project", { ...scoped, defaultBranch: { protected: false } })],
      [subject("Project", scoped), subject("Branch", { ...unplaced, protected: false }, of())],
      // Of another project.
      [subject("Project", scoped), subject("BranchProtection")],
    ],
    hardened: [
      [subject("Project", { ...scoped, defaultBranch: { protected: true } })],
      [subject("Project", scoped), subject("Branch", { ...unplaced, protected: true }, of())],
      [subject("Project", scoped), subject("BranchProtection", unplaced, of())],
      // Its id is told by what is in it.
      [subject("Project", scoped), subject("Role", {}, of()), subject("Branch", { protected: true })],
      [subject("IpAllowlist", { allow: "listed", ranges: ["203.0.113.0/24"], scope: "protectedBranches" }), subject("BranchProtection")],
      [subject("Project", ranges("203.0.113.0/24"))],
    ],
    unknown: [
      [subject("Project", scoped), subject("Branch", unplaced)],
      [subject("Project", { ...scoped, defaultBranch: { protected: UNKNOWN } })],
    ],
  },
  "copies-guarded": {
    weak: [
      [subject("Project", scoped), subject("Branch", unplaced, of())],
      [subject("IpAllowlist", { allow: "listed", ranges: ["203.0.113.0/24"], scope: "protectedBranches" }), subject("Branch")],
      // By way of its parent.
      [
        ...[subject("Project", scoped), subject("Branch", { ...unplaced, protected: true }, { name: "parent", ...of() })],
        subject("Branch", unplaced, { origins: { projectId: [urnOf("Branch", "parent")] } }),
      ],
    ],
    hardened: [
      [subject("Project", scoped), subject("Branch", { ...unplaced, initSource: "schema-only" }, of())],
      [subject("Project", scoped), subject("Branch", { ...unplaced, protected: true }, of())],
      [
        ...[subject("Project", scoped), subject("Branch", unplaced, of())],
        subject("BranchProtection", { ...unplaced, branch: UNKNOWN }, { origins: { ...of().origins, branch: [urnOf("Branch")] } }),
      ],
      [subject("Project", ranges("203.0.113.0/24")), subject("Branch", unplaced, of())],
    ],
    unknown: [[subject("Branch")], [subject("Branch", { initSource: UNKNOWN })], [subject("Project", scoped), subject("Branch", unplaced)]],
  },
  "private-endpoints-restricted": {
    weak: [
      [subject("Project")],
      [subject("Project", { network: { allow: "nobody", privateEndpoints: "allowed" } })],
      [subject("IpAllowlist"), subject("VpcEndpointRestriction", { projectId: "other-lake-12345678" })],
      [subject("Project", { network: { allow: "managedSeparately" } })],
    ],
    hardened: [
      [subject("Project", { network: { allow: "nobody", privateEndpoints: "blocked" } })],
      [subject("Project"), subject("VpcEndpointRestriction", unplaced, of())],
      [
        subject("Project", { network: { allow: "managedSeparately" } }),
        subject("IpAllowlist", { ...unplaced, privateEndpoints: "blocked" }, of()),
      ],
      [subject("Project", { regionId: "azure-gwc" })],
    ],
    unknown: [
      [subject("Project", { network: { allow: "nobody", privateEndpoints: UNKNOWN } })],
      [subject("Project"), subject("VpcEndpointRestriction", unplaced)],
    ],
  },
  "destroy-never-opens": {
    weak: [[subject("IpAllowlist", { onDestroy: "anywhere" })], [subject("VpcEndpointRestriction", { allowAll: true })]],
    hardened: [[subject("IpAllowlist")], [subject("IpAllowlist", { onDestroy: "nobody" })], [subject("VpcEndpointRestriction")]],
    unknown: [[subject("IpAllowlist", { onDestroy: UNKNOWN })], [subject("VpcEndpointRestriction", { allowAll: UNKNOWN })]],
  },
  "addresses-described": {
    weak: [
      [subject("Project", ranges("203.0.113.7"))],
      [subject("Project", ranges({ range: "203.0.113.7/32" }))],
      [subject("IpAllowlistEntry", { ranges: [{ range: "2001:db8::1", description: "" }] })],
    ],
    hardened: [[subject("Project", ranges({ range: "203.0.113.7", description: "pipeline" }, "198.51.100.0/24"))]],
    unknown: [[subject("Project", ranges(UNKNOWN))]],
  },
  "production-protected": {
    weak: [
      [subject("Project")],
      [subject("Project", { defaultBranch: { protected: false } }), subject("BranchProtection", unplaced, of())],
      [subject("Branch", { name: "production" })],
      [subject("Project"), subject("BranchProtection", { ...unplaced, protected: false }, of())],
      // Two that disagree: whoever runs last decides.
      [subject("Project", { defaultBranch: { protected: true } }), subject("BranchProtection", { ...unplaced, protected: false }, of())],
      [
        ...[subject("Project"), subject("BranchProtection", unplaced, of())],
        subject(
          "BranchProtection",
          { ...unplaced, branch: UNKNOWN, protected: false },
          { name: "second", origins: { ...of().origins, branch: [urnOf("Project")] } },
        ),
      ],
      [updated, subject("BranchProtection", { ...unplaced, branch: "br-wet-sun-12345678", protected: false }, of())],
    ],
    hardened: [
      [subject("Project", { defaultBranch: { protected: true } })],
      [subject("Project"), subject("BranchProtection", unplaced, of())],
      [
        subject("Project"),
        subject("BranchProtection", { ...unplaced, branch: UNKNOWN }, { origins: { ...of().origins, branch: [urnOf("Project")] } }),
      ],
      [subject("Branch", { name: "production", protected: true })],
      [subject("Branch", { name: "preproduction" })],
      [updated, subject("BranchProtection", { ...unplaced, branch: "br-other-sun-12345678", protected: false }, of())],
    ],
    unknown: [
      [subject("Branch", { name: UNKNOWN })],
      [subject("Branch", { name: "main", protected: UNKNOWN })],
      [subject("Branch", { name: "main" }), subject("BranchProtection", { branch: "br-wet-sun-12345678" })],
    ],
  },
  "pulumi-protect": {
    weak: [[subject("Project")], [subject("Branch", { protected: true })]],
    hardened: [
      [subject("Project", {}, { protect: true })],
      [subject("Branch", { protected: true }, { protect: true })],
      [subject("Branch")],
    ],
    unknown: [[subject("Branch", { protected: UNKNOWN })]],
  },
  "history-retained": {
    weak: [[subject("Project")], [subject("Project", { historyRetentionSeconds: 7 * DAY - 1 })]],
    hardened: [[subject("Project", { historyRetentionSeconds: 7 * DAY })]],
    unknown: [[subject("Project", { historyRetentionSeconds: UNKNOWN })]],
  },
  "copies-expire": {
    weak: [[subject("Branch")]],
    hardened: [
      [subject("Branch", { expiresAt: "2027-01-31T12:00:00Z" })],
      [subject("Branch", { protected: true })],
      [subject("Branch", { name: "staging" })],
    ],
    unknown: [[subject("Branch", { name: UNKNOWN })], [subject("Branch", { expiresAt: UNKNOWN })]],
  },
  "audit-level": {
    weak: [[subject("Project")], [subject("Project", { auditLogLevel: "base" })]],
    hardened: [[subject("Project", { auditLogLevel: "extended" })], [subject("Project", { auditLogLevel: "full" })]],
    unknown: [[subject("Project", { auditLogLevel: UNKNOWN })]],
  },
  "hipaa-enabled": {
    weak: [[subject("Project")], [subject("Project", { hipaa: false })]],
    hardened: [[subject("Project", { hipaa: true })]],
    unknown: [[subject("Project", { hipaa: UNKNOWN })]],
  },
  "no-ignored-changes": {
    weak: [
      [subject("Project", {}, { ignoreChanges: ["network"] })],
      [subject("Project", {}, { ignoreChanges: ["quota", "network.ranges[0]"] })],
      [subject("Role", {}, { ignoreChanges: ["*"] })],
    ],
    hardened: [[subject("Project", {}, { ignoreChanges: ["name", "quota.activeTimeSeconds"] })]],
    unknown: [],
  },
  "stored-text": {
    weak: [
      [subject("Role", {}, { storedText: 'exports.handler=()=>require("@palisade/neon/provider").Role//' })],
      [subject("Role", {}, { storedText: 'exports.handler=()=>require("@palisade/neon/provider").Project' })],
      [subject("Role", {}, { storedText: undefined })],
      [subject("Role", {}, { storedText: { secret: "text" } })],
      [foreign('exports.handler=()=>require("@palisade/neon/provider").Project')],
    ],
    hardened: [[subject("Role")], [foreign("exports.handler=()=>somebodyElse")]],
    unknown: [[subject("Role", {}, { storedText: UNKNOWN })], [notShown(subject("Role"))]],
  },
  ...AUDIT_EXPORT_CASES,
  "passwords-not-stored": {
    weak: [[subject("Project")], [subject("Project", { storePasswords: true })]],
    hardened: [[subject("Project", { storePasswords: false })]],
    unknown: [[subject("Project", { storePasswords: UNKNOWN })]],
  },
  "passwords-not-revealed": {
    weak: (["Role", "RotatingRole", "RoleGrants", "TemporaryAccess"] as const).map((kind) => [subject(kind, { revealPassword: true })]),
    hardened: (["Role", "RotatingRole", "RoleGrants", "TemporaryAccess"] as const).map((kind) => [subject(kind)]),
    unknown: [[subject("Role", { revealPassword: UNKNOWN })]],
  },
  "logins-rotate": {
    weak: [[subject("Role")]],
    hardened: [[subject("Role", { login: false })]],
    unknown: [[subject("Role", { login: UNKNOWN })]],
  },
  "overlap-bounded": {
    weak: [[subject("RotatingRole", { keepPreviousSeconds: 7 * DAY + 1 })]],
    hardened: [[subject("RotatingRole")], [subject("RotatingRole", { keepPreviousSeconds: 7 * DAY })]],
    unknown: [[subject("RotatingRole", { keepPreviousSeconds: UNKNOWN })]],
  },
  "temporary-access-approved": {
    weak: [[subject("TemporaryAccess")]],
    hardened: [[{ ...VISIT, inputs: { ...VISIT.inputs, approval: "whatever was signed" } }]],
    unknown: [[subject("TemporaryAccess", { approval: UNKNOWN })]],
  },
  "key-for-one-project": {
    weak: [
      [subject("ApiKey", { scope: "organization", projectId: undefined })],
      [subject("ApiKey", { scope: "personal", projectId: undefined })],
    ],
    hardened: [[subject("ApiKey")]],
    unknown: [[subject("ApiKey", { scope: UNKNOWN })]],
  },
  "no-administrators-by-program": {
    weak: [[subject("OrganizationMember", { role: "admin" })], [subject("ProjectPermission", { level: "admin" })]],
    hardened: [[subject("OrganizationMember")], [subject("ProjectPermission", { level: "editor" })]],
    unknown: [[subject("OrganizationMember", { role: UNKNOWN })], [subject("ProjectPermission", { level: UNKNOWN })]],
  },
  "grants-revoke-public": {
    weak: [[subject("RoleGrants")]],
    hardened: [[subject("RoleGrants", { revokePublic: true })]],
    unknown: [[subject("RoleGrants", { revokePublic: UNKNOWN })]],
  },
  "grants-make-nothing": {
    weak: [
      [subject("RoleGrants", { database: ["CONNECT", "CREATE"] })],
      [subject("RoleGrants", { schemas: [{ name: "public", privileges: ["CREATE"] }] })],
      [subject("RoleGrants", { schemas: [{ name: "public", privileges: ["CREATE", UNKNOWN] }] })],
    ],
    hardened: [
      [subject("RoleGrants", { database: ["CONNECT"], schemas: [{ name: "public", privileges: ["USAGE"] }] })],
      [subject("RoleGrants", { schemas: [{ name: "own", privileges: ["CREATE"] }] })],
    ],
    unknown: [
      [subject("RoleGrants", { database: [UNKNOWN] })],
      [subject("RoleGrants", { schemas: UNKNOWN })],
      [subject("RoleGrants", { schemas: [{ name: "public", privileges: ["USAGE", UNKNOWN] }] })],
      [subject("RoleGrants", { schemas: [{ name: UNKNOWN, privileges: ["CREATE"] }] })],
    ],
  },
  "tokens-for-one-audience": {
    weak: [[subject("JwksUrl", { audience: undefined })]],
    hardened: [[subject("JwksUrl")]],
    unknown: [[subject("JwksUrl", { jwksUrl: UNKNOWN })], [subject("JwksUrl", { audience: UNKNOWN })]],
  },
  ...KEY_CASES,
  ...CLOUD_CASES,
};

/** A dynamic resource of somebody else. */
function foreign(storedText: string): Subject {
  const { kind: _, ...rest } = subject("Role", {}, { storedText });
  return { ...rest, kind: undefined, type: "pulumi-nodejs:dynamic:Resource" };
}

function notShown({ storedText: _, ...rest }: Subject): Subject {
  return rest;
}
