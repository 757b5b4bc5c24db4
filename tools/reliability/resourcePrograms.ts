import { randomBytes } from "node:crypto";
import type { Properties } from "../../provider/engine/define.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { KEY_NAMES, VAULT_URL } from "../counterparts/azure/planeVault.js";

/** Programs for every resource, written once for all that runs the whole catalogue against a plane. */

/**
 * Kinds that a plane alone can be asked for, whose every change is a call of the control API. RoleGrants is not: it speaks SQL to a compute, in
 * one transaction. KeyVaultRotationPolicy is not: it speaks to a vault alone; test/provider/resources/keyVaultRotationPolicy runs its lifecycle.
 * TemporaryAccess is not: each change of it rests on a signature over the ids of its very project, used once; test/provider/resources/temporaryAccess.
 */
const APART = ["RoleGrants", "KeyVaultRotationPolicy", "TemporaryAccess"] as const;
export type ApiKind = Exclude<Kind, (typeof APART)[number]>;
export const API_KINDS = (Object.keys(catalogue) as Kind[]).filter((kind): kind is ApiKind => !(APART as readonly Kind[]).includes(kind));

/** Ids of the objects that a program's resource belongs to. */
export interface SiteIds {
  orgId: string;
  projectId: string;
  branchId: string;
}

export const REGION = "aws-eu-central-1";
export const VPCE = "vpce-00000001";
/** The project's other restriction: the one under test is not the last. */
export const OTHER_VPCE = "vpce-00000002";

/** The project that a resource lives in: closed, and its network free where the resource will own it. */
export const buildHostProject = (kind: Kind): Properties => ({
  name: "host",
  regionId: REGION,
  // Grants are given by SQL from this machine.
  network:
    kind === "IpAllowlist"
      ? { allow: "managedSeparately" }
      : { allow: "listed", ranges: [kind === "RoleGrants" ? "127.0.0.1" : "192.0.2.0/24"] },
});

/** Neon wants an expiry in the future; one for the whole run. */
const EXPIRES_AT = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");

/** As long as an access may be. */
const ACCESS_UNTIL = new Date(Date.now() + 6 * 86_400_000).toISOString();

/** Keys of nobody. */

/** A closed, protected program for each resource, and what its fields may be left out of. Every switch is on its safe side. */
export const STRONG: Record<Kind, (place: SiteIds) => Properties> = {
  Project: () => ({
    name: "strong",
    regionId: REGION,
    network: { allow: "listed", ranges: ["203.0.113.0/24"], scope: "all", privateEndpoints: "blocked" },
    historyRetentionSeconds: 86_400,
    defaultBranch: { name: "main", protected: true, compute: { minCu: 0.25, maxCu: 2, suspendTimeoutSeconds: 120, disabled: true } },
    computeDefaults: { minCu: 0.25, maxCu: 1, suspendTimeoutSeconds: 60 },
    auditLogLevel: "full",
    storePasswords: true,
  }),
  Branch: ({ projectId }) => ({
    projectId,
    name: "strong",
    protected: true,
    compute: { minCu: 0.25, maxCu: 1, suspendTimeoutSeconds: 60 },
  }),
  BranchProtection: ({ projectId }) => ({ projectId, branch: "default", protected: true }),
  ComputeEndpoint: ({ projectId, branchId }) => ({
    projectId,
    branchId,
    type: "read_only",
    disabled: true,
    minCu: 0.25,
    maxCu: 1,
    suspendTimeoutSeconds: 60,
    settings: { pgSettings: { work_mem: "8MB" } },
  }),
  Database: ({ projectId, branchId }) => ({ projectId, branchId, name: "strong", ownerName: "neondb_owner" }),
  IpAllowlist: ({ projectId }) => ({
    projectId,
    allow: "listed",
    ranges: ["203.0.113.0/24"],
    scope: "all",
    privateEndpoints: "blocked",
    onDestroy: "keep",
  }),
  IpAllowlistEntry: ({ projectId }) => ({ projectId, ranges: ["198.51.100.7"] }),
  Role: ({ projectId, branchId }) => ({ projectId, branchId, name: "strong", login: true, revealPassword: false }),
  RoleGrants: ({ projectId, branchId }) => ({
    projectId,
    branchId,
    databaseName: "neondb",
    roleName: "reader",
    grantorName: "neondb_owner",
    database: ["CONNECT"],
    schemas: [{ name: "public", privileges: ["USAGE"], tables: ["SELECT"], sequences: [], routines: [], future: false }],
    revokePublic: true,
    liveCheck: true,
    revealPassword: false,
  }),
  TemporaryAccess: ({ projectId, branchId }) => ({
    ...{ projectId, branchId, databaseName: "neondb", roleName: "visitor", privileges: { database: ["CONNECT"], schemas: [] } },
    ...{ until: ACCESS_UNTIL, reason: "a look", requester: "ada@example.com", revealPassword: false },
  }),
  RotatingRole: ({ projectId, branchId }) => ({
    projectId,
    branchId,
    name: "strong",
    rotation: "2026-11",
    keepPreviousSeconds: 0,
    revealPassword: false,
  }),
  PrivateEndpoint: ({ orgId }) => ({
    orgId,
    regionId: "aws-us-west-2",
    vpcEndpointId: `vpce-${randomBytes(4).toString("hex")}`,
    label: "strong",
    waitForAccepted: false,
    release: false,
  }),
  VpcEndpointRestriction: ({ projectId }) => ({ projectId, vpcEndpointId: VPCE, label: "strong", allowAll: false }),
  OrganizationMember: ({ orgId }) => ({ orgId, email: `${randomBytes(6).toString("hex")}@palisade.test`, role: "viewer" }),
  ProjectPermission: ({ projectId }) => ({ projectId, email: "ada@palisade.test" }),
  JwksUrl: ({ projectId, branchId }) => ({
    projectId,
    branchId,
    jwksUrl: "https://keys.palisade.test/jwks",
    providerName: "palisade",
    roleNames: ["reader"],
    audience: "palisade",
  }),
  ApiKey: ({ orgId, projectId }) => ({ name: "strong", scope: "project", projectId, orgId }),
  // Released, because its deletion is tried, too; what holds it back otherwise has a test of its own (backups.test.ts).
  BackupSchedule: ({ projectId, branchId }) => ({
    projectId,
    branchId,
    frequency: "weekly",
    day: 1,
    hour: 3,
    retentionSeconds: 3_024_000,
    release: true,
  }),
  Snapshot: ({ projectId, branchId }) => ({ projectId, branchId, name: "strong" }),
  // A webhook at an address that no plane connects to.
  AuditExport: ({ orgId }) => ({
    orgId,
    name: "strong",
    sink: { webhook: { host: "127.0.0.1:9", path: "/strong" } },
    format: "json",
    filter: { types: ["change", "connection", "anomaly"] },
    enabled: false,
  }),
  CustomerManagedKey: ({ projectId }) => ({
    projectId,
    azureKeyVault: { vaultUrl: VAULT_URL, keyName: KEY_NAMES[0] },
    onRevoked: "suspend",
    rewrapAfterRotation: true,
    release: false,
  }),
  KeyVaultRotationPolicy: () => ({ vaultUrl: VAULT_URL, keyName: KEY_NAMES[0], rotateAfterDays: 90, expireAfterDays: 120 }),
};

/**
 * Every field that can be changed, changed at once; where every field replaces, what replaces. With these in force the object can be deleted.
 * `second_owner` is a role of the place's branch.
 */
export const CHANGED: Record<Kind, Properties> = {
  Project: {
    name: "changed",
    network: { allow: "listed", ranges: ["198.51.100.0/24"], scope: "protectedBranches", privateEndpoints: "allowed" },
    historyRetentionSeconds: 43_200,
    defaultBranch: { name: "trunk", protected: false, compute: { minCu: 0.5, maxCu: 1, suspendTimeoutSeconds: "never", disabled: false } },
    computeDefaults: { minCu: 0.5, maxCu: 2, suspendTimeoutSeconds: "never" },
    maintenanceWindow: { weekdays: [6, 7], startTime: "01:00", endTime: "02:00" },
    auditLogLevel: "extended",
    logicalReplication: true,
    hipaa: true,
    quota: { activeTimeSeconds: 3_600, computeTimeSeconds: 3_600, writtenDataBytes: 1e9, dataTransferBytes: 1e9, logicalSizeBytes: 1e9 },
  },
  Branch: {
    name: "changed",
    protected: false,
    expiresAt: EXPIRES_AT,
    compute: { minCu: 0.5, maxCu: 2, suspendTimeoutSeconds: "never" },
  },
  BranchProtection: { protected: false },
  ComputeEndpoint: {
    disabled: false,
    minCu: 0.5,
    maxCu: 2,
    suspendTimeoutSeconds: "never",
    settings: { pgSettings: { work_mem: "16MB" } },
  },
  Database: { name: "changed", ownerName: "second_owner" },
  IpAllowlist: { ranges: ["198.51.100.0/24"], scope: "protectedBranches", privateEndpoints: "allowed", onDestroy: "nobody" },
  IpAllowlistEntry: { ranges: ["198.51.100.8", "2001:db8::/64"] },
  Role: { name: "changed", revealPassword: true },
  RoleGrants: {
    database: ["CONNECT", "TEMPORARY"],
    schemas: [
      { name: "public", privileges: ["USAGE"], tables: ["SELECT", "INSERT"], sequences: ["USAGE"], routines: ["EXECUTE"], future: true },
    ],
  },
  TemporaryAccess: {
    privileges: { database: ["CONNECT", "TEMPORARY"], schemas: [] },
    ...{ databaseName: "other", until: "2026-01-31T12:00:00Z", reason: "another", requester: "eve@example.com", revealPassword: true },
  },
  RotatingRole: { rotation: "2026-12", revealPassword: true },
  PrivateEndpoint: { label: "changed", waitForAccepted: true, release: true },
  VpcEndpointRestriction: { label: "changed", allowAll: true, acceptLockOut: true },
  OrganizationMember: { role: "editor" },
  ProjectPermission: { level: "editor" },
  JwksUrl: { jwksUrl: "https://keys.palisade.test/other", providerName: "other", roleNames: ["writer"], audience: "other" },
  ApiKey: { name: "changed" },
  BackupSchedule: { frequency: "monthly", day: 31, hour: 4, retentionSeconds: 86_400 },
  Snapshot: { name: "changed", expiresAt: EXPIRES_AT },
  AuditExport: {
    name: "changed",
    sink: { webhook: { host: "127.0.0.1:9", path: "/changed" } },
    format: "ocsf",
    filter: { decisions: ["refused"], minimumSeverity: "low" },
    enabled: true,
  },
  CustomerManagedKey: {
    azureKeyVault: { vaultUrl: VAULT_URL, keyName: KEY_NAMES[1] },
    onRevoked: "refuseStarts",
    rewrapAfterRotation: false,
    release: true,
  },
  KeyVaultRotationPolicy: { rotateAfterDays: 180, expireAfterDays: 365 },
};
