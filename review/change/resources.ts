import { storedProvider } from "../../contract/stored.js";
import { type Bag, isBag, isSecret, isUnreadable, settled } from "../../provider/resources/settled.js";
import type { Kind } from "../../provider/resources/index.js";
import type { Direction, ResourceRef, Severity } from "../finding.js";
import { REACH_INPUTS } from "./causes.js";
import { FIELD_RULES } from "./fields.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared, ResourceChange } from "./model.js";
import type { Unjudged } from "./scene.js";

/** What the change does at single resources: to their inputs, their existence, their options. */
export function resourceFindings(change: Change): ChangeFinding[] {
  return change.resources.flatMap((resource) => [
    ...(resource.kind ? [...fieldFindings(resource, resource.kind), ...lifeFindings(resource, resource.kind)] : []),
    ...optionFindings(resource),
    ...(resource.kind ? storedFindings(resource, resource.kind) : []),
  ]);
}

export const refOf = ({ type, name, urn, before, after }: ResourceChange): ResourceRef => ({
  kind: kindWord(type),
  id: (after ?? before)?.id ?? urn,
  name,
});
const kindWord = (type: string): string => {
  const last = type.slice(type.lastIndexOf(":") + 1);
  return last.charAt(0).toLowerCase() + last.slice(1);
};

/** The value at `network.allow`. */
const valueAt = (inputs: Bag, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (isBag(value) ? value[name] : undefined), inputs);

const wordOf = (value: unknown): string => (value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value));

const recordedInputs = (kind: Kind, side: Declared | undefined): Bag => (side ? settled(kind, side.outputs, side.inputs) : {});

function* fieldFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { before, after, urn } = resource;
  if (after === undefined) return;
  const was = recordedInputs(kind, before);
  // A new object takes nothing over from the one that it replaces.
  const is = settled(kind, resource.op === "replace" ? {} : was, after.inputs);
  for (const { property, when, kind: of, ...rule } of FIELD_RULES) {
    if (of !== kind) continue;
    const [from, to] = [valueAt(was, property), valueAt(is, property)];
    if (isUnreadable(to) || !when(from, to, before !== undefined)) continue;
    yield { ...rule, urn, property, resource: refOf(resource), before: before ? wordOf(from) : "does not exist", after: wordOf(to) };
  }
}

/** Inputs of which a change would say something, but which are secret or known only after the update. */
export const unknownFields = (change: Change): Unjudged[] =>
  change.resources.flatMap(({ urn, kind, after, op }) => {
    if (!kind || !after || op === "same") return [];
    const properties = [...(REACH_INPUTS[kind] ?? []), ...FIELD_RULES.filter((rule) => rule.kind === kind).map(({ property }) => property)];
    // A reference to a resource that is not made yet is followed by what it comes from.
    const unread = properties.filter((property) => !isReference(property) && isUnreadable(valueAt(after.inputs, property)));
    return [...new Set(unread)].map((property) => ({ urn, why: `${property} is secret, or known only after the update` }));
  });

const isReference = (property: string): boolean => ["projectId", "branchId", "parentBranchId", "branch"].includes(property);

interface Told {
  rule: string;
  severity: Severity;
  direction: Direction;
  says: string;
  remedy: string;
}

const LOGIN_MADE: Told = {
  rule: "login-made",
  severity: "medium",
  direction: "opens",
  says: "A new role can log in. Roles that Neon's API makes belong to neon_superuser: they may read and write everything in the branch.",
  remedy: "Approve it if somebody is to have that; RoleGrants makes roles with less.",
};

/** What making one of a kind means, beyond reachability. */
const MADE: Partial<Record<Kind, (inputs: Bag) => Told | undefined>> = {
  ApiKey: ({ scope }) => ({
    ...{ rule: "key-made", direction: "opens", severity: scope === "organization" || scope === "personal" ? "high" : "medium" },
    says:
      scope === "organization"
        ? "A new key opens everything in the organisation."
        : scope === "personal"
          ? "A new key opens all that its maker may see."
          : "A new key opens one project: whoever holds it may change who reaches it.",
    remedy: 'Prefer scope: "project", and keep the key where only its user reads it.',
  }),
  ProjectPermission: () => ({
    ...{ rule: "permission-given", severity: "medium", direction: "opens" },
    says: "A person gets access to the project.",
    remedy: "Approve it if you know the person.",
  }),
  OrganizationMember: ({ role }) => ({
    ...{ rule: "member-invited", direction: "opens", severity: role === "admin" ? "high" : "medium" },
    says: role === "admin" ? "A person becomes an administrator of the organisation." : "A person joins the organisation.",
    remedy: "Approve it if you know the person.",
  }),
  Role: ({ login }) => (login === false ? undefined : LOGIN_MADE),
  RotatingRole: () => LOGIN_MADE,
  RoleGrants: () => ({
    ...{ rule: "privileges-given", severity: "medium", direction: "opens" },
    says: "A role gets privileges.",
    remedy: "Approve it if the role needs them.",
  }),
  JwksUrl: () => ({
    ...{ rule: "trust-added", severity: "medium", direction: "opens" },
    says: "The project trusts tokens that this provider signs; what they reach is not judged here.",
    remedy: "Approve it if you know who signs them.",
  }),
};

const UNMANAGED = { severity: "medium", direction: "neutral", remedy: "Approve it if it is managed elsewhere from then on." } as const;
const WITHDRAWN = { severity: "low", direction: "closes", remedy: "Nothing to do." } as const;
const DATA = { rule: "data-destroyed", severity: "high", direction: "destroys" } as const;

/** What removing one of a kind means. */
const GONE: Record<Kind, (inputs: Bag) => Told> = {
  Project: () => ({
    ...DATA,
    says: "The project and all of its data are deleted.",
    remedy: "Keep the resource, or set retainOnDelete to leave the project where it is.",
  }),
  Branch: ({ expiresAt, protected: isProtected }) =>
    expiresAt !== undefined && isProtected !== true
      ? {
          rule: "branch-removed",
          severity: "low",
          direction: "destroys",
          says: "A branch that was to expire is deleted with its data.",
          remedy: "Nothing, if it has served.",
        }
      : { ...DATA, says: "The branch and the data that only it has are deleted.", remedy: "Keep the resource, or take a snapshot first." },
  Database: () => ({ ...DATA, says: "The database is dropped with its data.", remedy: "Keep the resource, or take a snapshot first." }),
  Snapshot: () => ({ ...DATA, says: "The snapshot is deleted: what only it held cannot be restored.", remedy: "Keep the resource." }),
  BackupSchedule: () => ({
    rule: "retention-weakened",
    severity: "medium",
    direction: "destroys",
    says: "No further snapshots are made by the clock.",
    remedy: "Keep the schedule, or make sure that another one backs the data up.",
  }),
  BranchProtection: () => ({
    ...UNMANAGED,
    rule: "no-longer-managed",
    says: "The branch stays as protected as it is, and nothing declares it any more.",
  }),
  IpAllowlist: ({ onDestroy }) =>
    onDestroy === "anywhere"
      ? {
          rule: "allowlist-removed",
          severity: "high",
          direction: "opens",
          says: "Removing the allowlist opens the project to every address.",
          remedy: 'Write onDestroy: "nobody" first.',
        }
      : onDestroy === "nobody"
        ? {
            rule: "allowlist-removed",
            severity: "low",
            direction: "closes",
            says: "Removing the allowlist closes the project to everyone.",
            remedy: "Nothing to do.",
          }
        : { ...UNMANAGED, rule: "no-longer-managed", says: "The list stays as it is, and nothing declares it any more." },
  IpAllowlistEntry: () => ({ ...WITHDRAWN, rule: "entries-removed", says: "The entries leave the list, whoever else added the same." }),
  ComputeEndpoint: () => ({ ...WITHDRAWN, rule: "compute-removed", says: "The compute is deleted, and its connections end." }),
  Role: () => ({
    rule: "role-removed",
    severity: "medium",
    direction: "destroys",
    says: "The role is dropped: who logs in with it loses access.",
    remedy: "Make sure that nobody uses it.",
  }),
  RotatingRole: () => ({
    rule: "role-removed",
    severity: "medium",
    direction: "destroys",
    says: "Both roles are dropped: who logs in with them loses access.",
    remedy: "Make sure that nobody uses them.",
  }),
  RoleGrants: () => ({ ...WITHDRAWN, rule: "privileges-taken", says: "The role loses these privileges." }),
  VpcEndpointAssignment: ({ release }) =>
    release === true
      ? {
          rule: "endpoint-released",
          severity: "high",
          direction: "destroys",
          says: "The endpoint leaves the organisation for ever: Neon never takes its id again.",
          remedy: "Leave release out.",
        }
      : { ...UNMANAGED, rule: "no-longer-managed", says: "The endpoint stays assigned, and nothing declares it any more." },
  VpcEndpointRestriction: () => ({
    ...UNMANAGED,
    severity: "low",
    rule: "restriction-removed",
    says: "The project is no longer restricted to this endpoint.",
  }),
  OrganizationMember: () => ({ ...WITHDRAWN, rule: "member-removed", says: "The person leaves the organisation." }),
  ProjectPermission: () => ({ ...WITHDRAWN, rule: "permission-taken", says: "The person loses access to the project." }),
  JwksUrl: () => ({ ...WITHDRAWN, rule: "trust-ended", says: "Tokens of this provider are no longer accepted." }),
  ApiKey: () => ({ ...WITHDRAWN, rule: "key-revoked", says: "The key is revoked." }),
};

/** Kinds whose replacement loses nothing, with the inputs that say whom or what they are for: another of these is another access. */
const FOR: Partial<Record<Kind, readonly string[]>> = {
  ApiKey: [],
  ProjectPermission: ["projectId", "email"],
  OrganizationMember: ["orgId", "email"],
  RoleGrants: ["branchId", "databaseName", "roleName"],
  JwksUrl: [],
  IpAllowlist: ["projectId"],
  IpAllowlistEntry: [],
  BranchProtection: ["projectId", "branch"],
};

function* lifeFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { op, before, after, urn } = resource;
  const at = { urn, resource: refOf(resource) };
  const { adopt } = after?.inputs ?? {};
  const elsewhere = op === "replace" && FOR[kind]?.some((name) => before?.inputs[name] !== after?.inputs[name]) === true;
  if (after && (op === "create" || elsewhere)) {
    const told = MADE[kind]?.(settled(kind, {}, after.inputs));
    if (told && adopt === undefined) yield { ...at, ...told, before: "does not exist", after: "exists" };
  }
  if (adopt !== undefined && before?.inputs["adopt"] === undefined)
    yield {
      ...{ ...at, rule: "adopts", severity: "medium", direction: "neutral", property: "adopt", after: wordOf(adopt) },
      says: "An existing object is taken over; it must be as the program says, and is not changed.",
      remedy: "Approve it if this stack is to manage the object.",
    };
  if (before && (after === undefined || op === "replace")) {
    if (op === "replace" && FOR[kind] && !elsewhere) return;
    const told = GONE[kind](recordedInputs(kind, before));
    const texts = { before: "exists", after: op === "replace" ? "made anew" : "does not exist" };
    yield before.retainOnDelete
      ? {
          ...at,
          ...texts,
          ...UNMANAGED,
          rule: "no-longer-managed",
          says: "The object stays where it is (retainOnDelete), and nothing declares it any more.",
          after: "unmanaged",
        }
      : { ...at, ...texts, ...told };
  }
}

/** Options of Pulumi itself, which a preview does not show on unchanged resources. */
function* optionFindings(resource: ResourceChange): Generator<ChangeFinding> {
  const { before, after, urn, kind } = resource;
  if (!before || !after) return;
  const at = { urn, resource: refOf(resource) };
  for (const option of ["protect", "retainOnDelete"] as const)
    if (kind && before[option] && !after[option])
      yield {
        ...{
          ...at,
          rule: "guard-option-removed",
          severity: "medium",
          direction: "destroys",
          property: option,
          before: "true",
          after: "false",
        },
        says: `Pulumi's ${option} is taken off: a later change can delete the object.`,
        remedy: `Keep ${option}: true.`,
      };
  const ignored = (after.ignoreChanges ?? []).filter((path) => before.ignoreChanges?.includes(path) === false && guards(kind, path));
  if (kind && ignored.length > 0)
    yield {
      ...{
        ...at,
        rule: "changes-ignored",
        severity: "medium",
        direction: "unknown",
        property: "ignoreChanges",
        before: before.ignoreChanges?.join(", ") || "none",
      },
      ...{ after: ignored.join(", "), says: "Pulumi no longer brings these inputs to what the program says." },
      remedy: "Take them out of ignoreChanges; what is ignored is not guarded.",
    };
  const lost = (before.secretOutputs ?? []).filter((name) => after.secretOutputs?.includes(name) === false);
  const plain = [...lost, ...plainNow(before.inputs, after.inputs)];
  if (plain.length > 0)
    yield {
      ...{
        ...at,
        rule: "secret-in-clear",
        severity: "high",
        direction: "opens",
        property: plain[0] as string,
        before: "secret",
        after: "in clear",
      },
      says: `${plain.join(", ")} would be written to the state in clear.`,
      remedy: "Keep the value a secret (pulumi.secret, or the configuration's --secret).",
    };
}

/** Whether `path` of ignoreChanges, such as `network.ranges` or `*`, covers an input that says who reaches what. */
function guards(kind: Kind | undefined, path: string): boolean {
  const [name = ""] = /[\w*]+/.exec(path) ?? [];
  const guarding = kind
    ? [...(REACH_INPUTS[kind] ?? []), ...FIELD_RULES.filter((rule) => rule.kind === kind).map(({ property }) => property.split(".", 1)[0])]
    : [];
  return name === "*" || guarding.includes(name);
}

function plainNow(before: unknown, after: unknown, path = ""): string[] {
  if (isSecret(before)) return isUnreadable(after) || after === undefined ? [] : [path];
  if (typeof before !== "object" || before === null || typeof after !== "object" || after === null) return [];
  return Object.entries(before).flatMap(([name, value]) => plainNow(value, (after as Bag)[name], path === "" ? name : `${path}.${name}`));
}

/** Code in the state is code that the next refresh runs, with the key at hand. */
function* storedFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { before, after, urn } = resource;
  const right = storedProvider(kind);
  const texts = [before?.inputs, before?.outputs, after?.inputs].flatMap((bag) => (bag && "__provider" in bag ? [bag["__provider"]] : []));
  if (texts.every((text) => text === right)) return;
  yield {
    ...{ urn, resource: refOf(resource), rule: "stored-code-changed", severity: "high", direction: "opens" },
    ...{ before: right, after: "another text" },
    says: "The code that Pulumi stores with the resource, and runs at the next refresh or destroy, is not Palisade's.",
    remedy: "Do not run this stack. Find out who wrote to its state, restore a backup, and run palisade doctor.",
  };
}
