import { buildStoredProvider } from "@palisade/neon/contract/stored";
import type { Subject } from "../../policy/subject.js";
import { check } from "../../provider/engine/check.js";
import type { Properties, Resource } from "../../provider/engine/define.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";

/** Resources as Pulumi would have the pack judge them: inputs that the provider's own check accepts, defaults filled in. */

const PROJECT_ID = "quiet-lake-12345678";
const IN_BRANCH = { projectId: PROJECT_ID, branchId: "br-dry-sun-12345678" };

/** What each kind needs. Nothing here is an objection to the control that a test looks at. */
const NEEDED: Record<Kind, Properties> = {
  Project: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody" } },
  Branch: { projectId: PROJECT_ID, name: "copy" },
  BranchProtection: { projectId: PROJECT_ID, branch: "default", protected: true },
  ComputeEndpoint: { ...IN_BRANCH, type: "read_only" },
  Database: { ...IN_BRANCH, name: "shop", ownerName: "shop_owner" },
  IpAllowlist: { projectId: PROJECT_ID, allow: "nobody" },
  IpAllowlistEntry: { projectId: PROJECT_ID, ranges: ["203.0.113.0/24"] },
  Role: { ...IN_BRANCH, name: "shop_app" },
  RoleGrants: { ...IN_BRANCH, databaseName: "shop", roleName: "reader" },
  TemporaryAccess: {
    ...IN_BRANCH,
    ...{
      databaseName: "shop",
      roleName: "visitor",
      privileges: {},
      until: "2026-01-31T12:00:00Z",
      reason: "a look",
      requester: "ada@example.com",
    },
  },
  RotatingRole: { ...IN_BRANCH, name: "shop_app", rotation: "2026-11" },
  PrivateEndpoint: { regionId: "aws-eu-central-1", vpcEndpointId: "vpce-0a1b2c3d4e5f67890" },
  VpcEndpointRestriction: { projectId: PROJECT_ID, vpcEndpointId: "vpce-0a1b2c3d4e5f67890" },
  OrganizationMember: { email: "ada@example.com", role: "viewer" },
  ProjectPermission: { projectId: PROJECT_ID, email: "ada@example.com" },
  JwksUrl: { projectId: PROJECT_ID, jwksUrl: "https://keys.example.com/jwks.json", providerName: "example", audience: "shop" },
  ApiKey: { name: "ci", projectId: PROJECT_ID },
  BackupSchedule: { ...IN_BRANCH, frequency: "daily" },
  Snapshot: { ...IN_BRANCH, name: "before" },
  KeyVaultRotationPolicy: { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade", rotateAfterDays: 90 },
  AuditExport: { name: "siem", sink: { webhook: { host: "siem.example.com", path: "/in" } } },
  CustomerManagedKey: {
    projectId: PROJECT_ID,
    awsKms: { keyArn: "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef" },
  },
};

type Options = Partial<Pick<Subject, "protect" | "ignoreChanges" | "origins" | "storedText">> & { name?: string };

/** @param inputs beside what the kind needs; `undefined` takes one away */
export function subject(kind: Kind, inputs: Properties = {}, { name = kind, ...options }: Options = {}): Subject {
  const declared = Object.fromEntries(Object.entries({ ...NEEDED[kind], ...inputs }).filter(([, value]) => value !== undefined));
  const resource = catalogue[kind] as unknown as Resource;
  const checked = check(resource, {}, { ...declared, managedBy: name });
  if (checked.failures.length > 0) throw new Error(`${kind} would be refused: ${JSON.stringify(checked.failures)}`);
  return raw(kind, checked.inputs, { name, ...options });
}

/** Without the provider's check, as a tampered state could hold it. */
export function raw(kind: Kind, inputs: Properties, { name = kind, ...options }: Options = {}): Subject {
  const type = `pulumi-nodejs:dynamic/palisade:${kind}`;
  return {
    urn: urnOf(kind, name),
    type,
    kind,
    inputs,
    protect: false,
    ignoreChanges: [],
    origins: {},
    storedText: buildStoredProvider(kind),
    ...options,
  };
}

export const urnOf = (kind: Kind, name: string = kind): string => `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:${kind}::${name}`;
