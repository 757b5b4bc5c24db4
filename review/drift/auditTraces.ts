import { getLastPart } from "../../contract/ids.js";
import type { Kind } from "../../provider/introspection.js";
import type { ManagedResource } from "./appliedRecord.js";
import type { DriftItem, AuditTrace } from "./driftItem.js";
import { type LiveProject, findDefaultBranch, getLocation } from "./observation.js";

type TraceBuilder = (one: ManagedResource) => AuditTrace[];
const traceById =
  (kind: string, idOf: (id: string) => string = getLastPart): TraceBuilder =>
  ({ id }) => [{ kind, id: idOf(id) }];
const getFirstPart = (id: string): string => id.split("/")[0] ?? "";
const getIdInBranch = (id: string): string => id.split("/").slice(1).join("/");
const getWholeId = (id: string): string => id;

/** What the audit calls the objects in which a change of a resource shows. */
export const TRACES: Readonly<Record<Kind, TraceBuilder>> = {
  Project: ({ id, outputs: { defaultBranchId } }) => [
    { kind: "project", id },
    ...(typeof defaultBranchId === "string" ? [{ kind: "branch", id: defaultBranchId }] : []),
  ],
  IpAllowlist: traceById("project", getFirstPart),
  IpAllowlistEntry: traceById("project", getFirstPart),
  Branch: traceById("branch"),
  BranchProtection: traceById("branch"),
  ComputeEndpoint: traceById("endpoint"),
  Database: traceById("database"),
  Role: traceById("role", getIdInBranch),
  TemporaryAccess: traceById("role", getIdInBranch),
  RotatingRole: ({ id }) => ["_1", "_2"].map((end) => ({ kind: "role", id: getIdInBranch(id) + end })),
  JwksUrl: traceById("jwks"),
  ApiKey: traceById("api_key"),
  ProjectPermission: traceById("project_permission"),
  VpcEndpointRestriction: traceById("vpc_restriction", getWholeId),
  PrivateEndpoint: traceById("vpc_endpoint", getWholeId),
  AuditExport: traceById("audit_export"),
  CustomerManagedKey: traceById("customer_managed_key"),
  // Their ids are not the audit's, or they are no objects of their own.
  OrganizationMember: () => [],
  BackupSchedule: () => [],
  Snapshot: () => [],
  RoleGrants: () => [],
  KeyVaultRotationPolicy: () => [],
};

/** What the API says of the object's last change. */
export function findChangedAt(one: ManagedResource, live: LiveProject | undefined): Pick<DriftItem, "changedAt"> {
  if (!live) return {};
  const { kind, id } = one;
  const [own, branchId] = [getLastPart(id), getLocation(one).branchId ?? ""];
  const times: (string | undefined)[] = [
    ...(kind === "Project" ? [live.project.updated_at, findDefaultBranch(live)?.updated_at] : []),
    ...(kind === "Branch" || kind === "BranchProtection" ? [live.branches?.find((branch) => branch.id === branchId)?.updated_at] : []),
    ...(kind === "ComputeEndpoint" ? [live.computes?.find((compute) => compute.id === own)?.updated_at] : []),
    ...(kind === "Database" ? [live.databases.get(branchId)?.find((database) => String(database.id) === own)?.updated_at] : []),
  ];
  // A change of the default branch shows there alone: the later one.
  const latest = times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return latest === undefined ? {} : { changedAt: latest };
}
