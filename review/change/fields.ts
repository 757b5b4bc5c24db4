import { DAY_SECONDS } from "../../contract/durations.js";
import type { Kind } from "../../provider/resources/index.js";
import { isBag } from "../../provider/resources/settled.js";
import type { Direction, Severity } from "../finding.js";

/** What a change of one input means, beyond what reachability tells of it. */
export interface FieldRule {
  readonly kind: Kind;
  /** `network.privateEndpoints` */
  readonly property: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly direction: Direction;
  /** `existed`: whether the object is there already. */
  readonly when: (from: unknown, to: unknown, existed: boolean) => boolean;
  readonly says: string;
  readonly remedy: string;
}

const lost = (from: unknown, to: unknown): boolean => from === true && to !== true;
const gained = (from: unknown, to: unknown): boolean => from !== true && to === true;
const lower = (from: unknown, to: unknown): boolean => Number(from) > Number(to);
const higher = (from: unknown, to: unknown): boolean => Number(to) > Number(from ?? 0);
const newlyGained = (from: unknown, to: unknown, existed: boolean): boolean => existed && gained(from, to);
const among = (order: readonly string[]) => (value: unknown) => order.indexOf(String(value));
const changed = (from: unknown, to: unknown): boolean => from !== undefined && to !== undefined && from !== to;

const AUDIT = among(["base", "extended", "full"]);
const FREQUENCY = among(["monthly", "weekly", "daily"]);
const LEVEL = among(["VIEWER", "EDITOR", "ADMIN"]);
const SCOPE = among(["project", "organization", "personal"]);
const ROLE = among(["viewer", "collaborator", "member", "editor", "admin"]);
const upper = (value: unknown): string => String(value).toUpperCase();

const time = (value: unknown): number => (typeof value === "string" ? Date.parse(value) : NaN);

/** Each privilege by itself, with where it holds. */
function granted(value: unknown, where = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => granted(item, isBag(item) ? `${where}/${String(item["name"])}` : where));
  if (isBag(value)) return Object.entries(value).flatMap(([name, inner]) => granted(inner, `${where}.${name}`));
  return value === false || value === undefined ? [] : [`${where}=${JSON.stringify(value)}`];
}

type Meaning = Omit<FieldRule, "kind" | "property">;

const REVEALED: Meaning = {
  rule: "password-kept-in-state",
  severity: "medium",
  direction: "opens",
  when: gained,
  says: "The password is then kept in the stack's state, encrypted: who may decrypt the state can log in.",
  remedy: "Leave revealPassword out, and read the password where it is needed.",
};
const RELEASED: Pick<FieldRule, "severity" | "direction" | "when"> = { severity: "medium", direction: "opens", when: newlyGained };

/** In the order of the page. Every input of the catalogue is here, in reachability, or in `WITHOUT_MEANING` (a test walks them). */
export const FIELD_RULES: readonly FieldRule[] = [
  {
    kind: "Project",
    property: "historyRetentionSeconds",
    rule: "retention-weakened",
    severity: "medium",
    direction: "destroys",
    when: (from, to, existed) => existed && to !== undefined && lower(from ?? DAY_SECONDS, to),
    says: "History that is older than the new limit is dropped: branches and restores cannot reach it any more.",
    remedy: "Keep the longer retention, or take a snapshot of what must stay.",
  },
  {
    kind: "Project",
    property: "auditLogLevel",
    rule: "audit-weakened",
    severity: "medium",
    direction: "opens",
    when: (from, to) => from !== undefined && AUDIT(to) < AUDIT(from),
    says: "The audit log of the data holds less.",
    remedy: "Keep the level, unless the evidence is kept elsewhere.",
  },
  ...(["logicalReplication", "hipaa"] as const).map((property): FieldRule => ({
    kind: "Project",
    property,
    rule: "one-way",
    severity: "medium",
    direction: "neutral",
    when: newlyGained,
    says: `${property} cannot be turned off again.`,
    remedy: "Approve it only when it is meant for good.",
  })),
  ...(["Branch", "Snapshot"] as const).map((kind): FieldRule => ({
    kind,
    property: "expiresAt",
    rule: "will-expire",
    severity: "medium",
    direction: "destroys",
    when: (from, to, existed) => existed && to !== undefined && (from === undefined || time(to) < time(from)),
    says: `Neon deletes the ${kind.toLowerCase()} by itself at that time, and its data with it.`,
    remedy: "Leave expiresAt out for whatever must stay.",
  })),
  {
    kind: "BackupSchedule",
    property: "frequency",
    rule: "retention-weakened",
    severity: "medium",
    direction: "destroys",
    when: (from, to, existed) => existed && FREQUENCY(to) < FREQUENCY(from),
    says: "Snapshots are made less often: more work is lost when one is restored.",
    remedy: "Keep the frequency.",
  },
  {
    kind: "BackupSchedule",
    property: "retentionSeconds",
    rule: "retention-weakened",
    severity: "medium",
    direction: "destroys",
    when: (from, to, existed) => existed && to !== undefined && lower(from, to),
    says: "Snapshots of the schedule are kept for less time.",
    remedy: "Keep the longer retention.",
  },
  {
    kind: "BackupSchedule",
    property: "release",
    rule: "guard-released",
    ...RELEASED,
    direction: "destroys",
    says: "The retention may then be lowered and the schedule destroyed.",
    remedy: "Leave release out until that is meant.",
  },
  {
    kind: "IpAllowlist",
    property: "onDestroy",
    rule: "opens-when-destroyed",
    severity: "high",
    direction: "opens",
    when: (from, to) => to === "anywhere" && from !== "anywhere",
    says: "Destroying this resource would open the project to every address.",
    remedy: 'Write onDestroy: "nobody", or leave it out.',
  },
  {
    kind: "VpcEndpointRestriction",
    property: "allowAll",
    rule: "guard-released",
    ...RELEASED,
    says: "The last restriction may then be destroyed, which admits every endpoint of the organisation.",
    remedy: "Leave allowAll out until that is meant.",
  },
  {
    kind: "VpcEndpointAssignment",
    property: "release",
    rule: "guard-released",
    ...RELEASED,
    direction: "destroys",
    says: "Destroying the resource then removes the endpoint for ever: Neon never takes its id again.",
    remedy: "Leave release out until that is meant.",
  },
  {
    kind: "ApiKey",
    property: "scope",
    rule: "key-scope-widened",
    severity: "high",
    direction: "opens",
    when: (from, to) => from !== undefined && SCOPE(to) > SCOPE(from),
    says: "The key opens more than before.",
    remedy: 'Keep scope: "project", and make one key for each project.',
  },
  {
    kind: "ApiKey",
    property: "projectId",
    rule: "key-moved",
    severity: "medium",
    direction: "opens",
    when: changed,
    says: "The key opens another project.",
    remedy: "Approve it if its holders should reach that project.",
  },
  {
    kind: "ApiKey",
    property: "orgId",
    rule: "key-moved",
    severity: "high",
    direction: "opens",
    when: (from, to, existed) => existed && from !== to,
    says: "The key opens another organisation.",
    remedy: "Approve it if its holders should reach that organisation.",
  },
  {
    kind: "ProjectPermission",
    property: "level",
    rule: "permission-widened",
    severity: "medium",
    direction: "opens",
    when: (from, to, existed) => existed && to !== undefined && LEVEL(upper(to)) > LEVEL(upper(from)),
    says: "The person may do more with the project.",
    remedy: "Approve it if the work needs it.",
  },
  {
    kind: "OrganizationMember",
    property: "role",
    rule: "member-promoted",
    severity: "high",
    direction: "opens",
    when: (from, to) => from !== undefined && from !== to && to === "admin",
    says: "The person becomes an administrator, who may do everything in the organisation.",
    remedy: "Approve it if the person is to hold all keys.",
  },
  {
    kind: "OrganizationMember",
    property: "role",
    rule: "member-may-do-more",
    severity: "medium",
    direction: "opens",
    when: (from, to) => from !== undefined && to !== "admin" && ROLE(to) > ROLE(from),
    says: "The person may do more in the organisation.",
    remedy: "Approve it if the work needs it.",
  },
  {
    kind: "Database",
    property: "ownerName",
    rule: "database-owner-changed",
    severity: "medium",
    direction: "opens",
    when: changed,
    says: "Another role owns the database: it may read, change and drop everything in it.",
    remedy: "Approve it if that role is to own the data.",
  },
  { kind: "Role", property: "revealPassword", ...REVEALED },
  { kind: "RotatingRole", property: "revealPassword", ...REVEALED },
  { kind: "RoleGrants", property: "revealPassword", ...REVEALED },
  {
    kind: "Role",
    property: "login",
    rule: "login-allowed",
    severity: "medium",
    direction: "opens",
    when: (from, to) => from === false && to !== false,
    says: "The role may log in.",
    remedy: "Approve it if somebody is to use it.",
  },
  {
    kind: "RotatingRole",
    property: "keepPreviousSeconds",
    rule: "rotation-weakened",
    severity: "medium",
    direction: "opens",
    when: (from, to) => from !== undefined && higher(from, to),
    says: "The previous password goes on working longer after a rotation.",
    remedy: "Keep the overlap as short as the slowest deployment.",
  },
  {
    kind: "RoleGrants",
    property: "revokePublic",
    rule: "public-privileges-kept",
    severity: "medium",
    direction: "opens",
    when: lost,
    says: "What Postgres gives to everybody is no longer taken away from new schemas.",
    remedy: "Keep revokePublic: true.",
  },
  ...(["database", "schemas"] as const).map((property): FieldRule => ({
    kind: "RoleGrants",
    property,
    rule: "privileges-widened",
    severity: "medium",
    direction: "opens",
    when: (from, to, existed) => existed && granted(to).some((one) => !granted(from).includes(one)),
    says: "The role gets further privileges.",
    remedy: "Approve it if the role needs them.",
  })),
  {
    kind: "JwksUrl",
    property: "audience",
    rule: "trust-widened",
    severity: "medium",
    direction: "opens",
    when: (from, to, existed) => existed && from !== to,
    says: "Tokens of another audience are then accepted.",
    remedy: "Name the one audience that your tokens carry.",
  },
  ...(["jwksUrl", "providerName", "roleNames", "branchId"] as const).map((property): FieldRule => ({
    kind: "JwksUrl",
    property,
    rule: "trust-widened",
    severity: "medium",
    direction: "opens",
    when: (from, to, existed) => existed && JSON.stringify(from) !== JSON.stringify(to),
    says: "The project trusts other tokens than before.",
    remedy: "Approve it if you know who signs them.",
  })),
];
