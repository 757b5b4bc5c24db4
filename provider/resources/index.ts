/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/consistent-type-imports -- a slice is loaded when its kind is first asked for, and hooks do not wait */

/**
 * Every resource, one entry each. The key is the class's name, the type token's last word and the name that the stored text requires.
 * A provider's process serves few kinds, and loading all of them was a quarter of its start: measured in bench/noop.ts.
 */
const slices = {
  Project: () => (require("./project/lifecycle.js") as typeof import("./project/lifecycle.js")).project,
  Branch: () => (require("./branch/lifecycle.js") as typeof import("./branch/lifecycle.js")).branch,
  BranchProtection: () => (require("./branchProtection/lifecycle.js") as typeof import("./branchProtection/lifecycle.js")).branchProtection,
  ComputeEndpoint: () => (require("./computeEndpoint/lifecycle.js") as typeof import("./computeEndpoint/lifecycle.js")).computeEndpoint,
  Database: () => (require("./database/lifecycle.js") as typeof import("./database/lifecycle.js")).database,
  IpAllowlist: () => (require("./ipAllowlist/lifecycle.js") as typeof import("./ipAllowlist/lifecycle.js")).ipAllowlist,
  IpAllowlistEntry: () => (require("./ipAllowlistEntry/lifecycle.js") as typeof import("./ipAllowlistEntry/lifecycle.js")).ipAllowlistEntry,
  Role: () => (require("./role/lifecycle.js") as typeof import("./role/lifecycle.js")).role,
  RoleGrants: () => (require("./roleGrants/lifecycle.js") as typeof import("./roleGrants/lifecycle.js")).roleGrants,
  RotatingRole: () => (require("./rotatingRole/lifecycle.js") as typeof import("./rotatingRole/lifecycle.js")).rotatingRole,
  PrivateEndpoint: () => (require("./privateEndpoint/lifecycle.js") as typeof import("./privateEndpoint/lifecycle.js")).privateEndpoint,
  VpcEndpointRestriction: () =>
    (require("./vpcEndpointRestriction/lifecycle.js") as typeof import("./vpcEndpointRestriction/lifecycle.js")).vpcEndpointRestriction,
  OrganizationMember: () =>
    (require("./organizationMember/lifecycle.js") as typeof import("./organizationMember/lifecycle.js")).organizationMember,
  ProjectPermission: () =>
    (require("./projectPermission/lifecycle.js") as typeof import("./projectPermission/lifecycle.js")).projectPermission,
  JwksUrl: () => (require("./jwksUrl/lifecycle.js") as typeof import("./jwksUrl/lifecycle.js")).jwksUrl,
  ApiKey: () => (require("./apiKey/lifecycle.js") as typeof import("./apiKey/lifecycle.js")).apiKey,
  BackupSchedule: () => (require("./backupSchedule/lifecycle.js") as typeof import("./backupSchedule/lifecycle.js")).backupSchedule,
  Snapshot: () => (require("./snapshot/lifecycle.js") as typeof import("./snapshot/lifecycle.js")).snapshot,
  AuditExport: () => (require("./auditExport/lifecycle.js") as typeof import("./auditExport/lifecycle.js")).auditExport,
  TemporaryAccess: () => (require("./temporaryAccess/lifecycle.js") as typeof import("./temporaryAccess/lifecycle.js")).temporaryAccess,
  CustomerManagedKey: () =>
    (require("./customerManagedKey/lifecycle.js") as typeof import("./customerManagedKey/lifecycle.js")).customerManagedKey,
  KeyVaultRotationPolicy: () =>
    (require("./keyVaultRotationPolicy/lifecycle.js") as typeof import("./keyVaultRotationPolicy/lifecycle.js")).keyVaultRotationPolicy,
};
export type Kind = keyof typeof slices;

/** The slices by kind, each loaded at its first use. */
export const catalogue = {} as { readonly [K in Kind]: ReturnType<(typeof slices)[K]> };

for (const [kind, load] of Object.entries(slices)) {
  let slice: ReturnType<typeof load> | undefined;
  Object.defineProperty(catalogue, kind, { enumerable: true, get: () => (slice ??= load()) });
}
