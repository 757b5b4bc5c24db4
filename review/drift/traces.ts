import { lastPart } from "../../contract/ids.js";
import type { Kind } from "../../provider/resources/index.js";
import type { Managed } from "./applied.js";
import type { Item, Trace } from "./item.js";
import { type LiveProject, mainOf, placeOf } from "./observe.js";

type TracesOf = (one: Managed) => Trace[];
const byId =
  (kind: string, idOf: (id: string) => string = lastPart): TracesOf =>
  ({ id }) => [{ kind, id: idOf(id) }];
const firstPart = (id: string): string => id.split("/")[0] ?? "";
const inBranch = (id: string): string => id.split("/").slice(1).join("/");
const whole = (id: string): string => id;

/** What the audit calls the objects in which a change of a resource shows. */
export const TRACES: Readonly<Record<Kind, TracesOf>> = {
  Project: ({ id, outputs: { defaultBranchId } }) => [
    { kind: "project", id },
    ...(typeof defaultBranchId === "string" ? [{ kind: "branch", id: defaultBranchId }] : []),
  ],
  ...{ IpAllowlist: byId("project", firstPart), IpAllowlistEntry: byId("project", firstPart) },
  ...{ Branch: byId("branch"), BranchProtection: byId("branch"), ComputeEndpoint: byId("endpoint"), Database: byId("database") },
  Role: byId("role", inBranch),
  RotatingRole: ({ id }) => ["_1", "_2"].map((end) => ({ kind: "role", id: inBranch(id) + end })),
  ...{ JwksUrl: byId("jwks"), ApiKey: byId("api_key"), ProjectPermission: byId("project_permission") },
  ...{ VpcEndpointRestriction: byId("vpc_restriction", whole), PrivateEndpoint: byId("vpc_endpoint", whole) },
  CustomerManagedKey: byId("customer_managed_key"),
  // Their ids are not the audit's, or they are no objects of their own.
  ...{ OrganizationMember: () => [], BackupSchedule: () => [], Snapshot: () => [], RoleGrants: () => [], KeyVaultRotationPolicy: () => [] },
};

/** What the API says of the object's last change. */
export function changedAt(one: Managed, live: LiveProject | undefined): Pick<Item, "changedAt"> {
  if (!live) return {};
  const { kind, id } = one;
  const [own, branchId] = [lastPart(id), placeOf(one).branchId ?? ""];
  const times: (string | undefined)[] = [
    ...(kind === "Project" ? [live.project.updated_at, mainOf(live)?.updated_at] : []),
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
