import {
  ANY_PRINCIPAL,
  getConditions,
  isDenial,
  listPatterns,
  listPrincipals,
  parseKeyPolicy,
  type PolicyStatement,
} from "../../../../contract/kmsPolicies.js";
import type { Severity } from "../../../../contract/findings.js";
import type { Properties } from "../../../../provider/introspection.js";
import { EVERYBODY, formatUses, type KeyUse, listAddedUses } from "../keyAccess.js";
import { TYPES } from "./types.js";
import type { Sides, Weakening } from "./weakening.js";

/** What policies of a baseline's resources let: who comes in, and what roles may do. */

/** By principal and condition; a wildcard is everybody. */
const listUses = (statements: readonly PolicyStatement[]): KeyUse[] =>
  statements
    .filter((one) => !isDenial(one))
    .flatMap((one) =>
      listPrincipals(one).map((name) => ({
        who: name.includes(ANY_PRINCIPAL) || name.includes("?") ? EVERYBODY : name,
        may: "use" as const,
        conditions: getConditions(one),
      })),
    );

const listDenials = (statements: readonly PolicyStatement[]): string[] =>
  statements.filter(isDenial).map(({ Sid: _, ...one }) => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))));

interface PrincipalPolicy {
  readonly input: string;
  readonly rule: string;
  readonly says: string;
  readonly remedy: string;
  /** What it means that one of AWS' own services may no longer. */
  readonly shutOut?: Pick<Weakening, "rule" | "severity" | "direction" | "says" | "remedy">;
}

/** Policies of which a text that is none says nothing, and is not judged. */
export const POLICY_INPUTS: Readonly<Record<string, string>> = {
  [TYPES.bucketPolicy]: "policy",
  [TYPES.policy]: "policy",
  [TYPES.role]: "assumeRolePolicy",
  [TYPES.rolePolicy]: "policy",
  [TYPES.topicPolicy]: "policy",
};

const PRINCIPAL_POLICIES: Readonly<Record<string, PrincipalPolicy>> = {
  [TYPES.role]: {
    input: "assumeRolePolicy",
    rule: "role-trust-widened",
    says: "may assume the role, or under fewer conditions",
    remedy: "Name each principal, and keep the second factor or the external id.",
  },
  [TYPES.bucketPolicy]: {
    input: "policy",
    rule: "logs-exposed",
    says: "may use the bucket, or under fewer conditions",
    remedy: "Let the trail alone write, and readers read by policies of their own.",
    shutOut: {
      rule: "audit-trail-weakened",
      severity: "medium",
      direction: "destroys",
      says: "A service of AWS that wrote to the bucket no longer may: what it records is not kept.",
      remedy: "Let the trail write.",
    },
  },
  [TYPES.topicPolicy]: {
    input: "policy",
    rule: "alarm-topic-widened",
    says: "may use the topic of alarms, or under fewer conditions",
    remedy: "Let EventBridge of this account alone publish.",
    shutOut: {
      rule: "alarms-unheard",
      severity: "medium",
      direction: "destroys",
      says: "A service of AWS that published to the topic no longer may: nobody hears what it told.",
      remedy: "Let EventBridge of this account publish.",
    },
  },
};

/** Of a new resource only what everybody may is told. */
function comparePrincipals(
  { input, rule, says, remedy, shutOut }: PrincipalPolicy,
  before: Properties | undefined,
  after: Properties,
): Weakening[] {
  const [was, is] = [before, after].map((inputs) => parseKeyPolicy(String(inputs?.[input])) ?? []) as [
    PolicyStatement[],
    PolicyStatement[],
  ];
  const all = listAddedUses(listUses(was), listUses(is));
  const added = before === undefined ? all.filter(isForEverybody) : all;
  const lost = before === undefined ? [] : listDenials(was).filter((denial) => !listDenials(is).includes(denial));
  const remaining = new Set(listUses(is).map(({ who }) => who));
  const gone = remaining.has(EVERYBODY) ? [] : listUses(was).filter(({ who }) => isService(who) && !remaining.has(who));
  const closed =
    shutOut === undefined || gone.length === 0 ? [] : [{ ...shutOut, property: input, before: formatUses(gone), after: "nobody" }];
  if (added.length === 0 && lost.length === 0) return closed;
  return [
    ...closed,
    {
      rule,
      severity: added.some(isForEverybody) ? "high" : "medium",
      direction: "opens",
      property: input,
      before: formatUses(listUses(was)),
      after: formatUses(listUses(is)),
      says: added.length > 0 ? `Then ${formatUses(added)} ${says}.` : "What the policy denied is denied no more.",
      remedy,
    },
  ];
}

const isService = (who: string): boolean => who.endsWith(".amazonaws.com") || who.endsWith(".amazonaws.com.cn");
const isForEverybody = ({ who }: KeyUse): boolean => who === EVERYBODY;

/** Each action on each resource under the statement's conditions, in one spelling. */
function listPermissions(statements: readonly PolicyStatement[]): Map<string, boolean> {
  const toTexts = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);
  return new Map(
    statements
      .filter((one) => !isDenial(one))
      .flatMap((one) => {
        const actions = one["NotAction"] === undefined ? toTexts(one["Action"]) : [`all but ${toTexts(one["NotAction"]).join(", ")}`];
        const resources =
          one["NotResource"] === undefined ? toTexts(one["Resource"]) : [`all but ${toTexts(one["NotResource"]).join(", ")}`];
        const under = JSON.stringify([...getConditions(one)].map(([name, values]) => [name, [...values].sort()]).sort());
        const isPattern = listPatterns(one).length > 0;
        return actions.flatMap((action) =>
          resources.map((resource) => [`${action.toLowerCase()} on ${resource} ${under}`, isPattern] as const),
        );
      }),
  );
}

function comparePermissions(before: Properties | undefined, after: Properties): Weakening[] {
  const [was, is] = [before, after].map((inputs) => parseKeyPolicy(String(inputs?.["policy"])) ?? []) as [
    PolicyStatement[],
    PolicyStatement[],
  ];
  const old = listPermissions(was);
  const added = [...listPermissions(is)].filter(([permission, isPattern]) => !old.has(permission) && (before !== undefined || isPattern));
  const lost = before === undefined ? [] : listDenials(was).filter((denial) => !listDenials(is).includes(denial));
  if (added.length === 0 && lost.length === 0) return [];
  const actions = [...new Set(added.map(([permission]) => permission.split(" on ")[0] ?? ""))].sort();
  const isWild = added.some(([, isPattern]) => isPattern);
  return [
    {
      rule: "role-permissions-widened",
      severity: isWild ? "high" : "medium",
      direction: "opens",
      property: "policy",
      says:
        actions.length > 0
          ? `The role may do more: ${actions.slice(0, MOST_NAMED).join(", ")}${actions.length > MOST_NAMED ? ` and ${actions.length - MOST_NAMED} more` : ""}.`
          : "What the policy denied is denied no more.",
      remedy: isWild ? "Name each action: a wildcard grants what AWS adds later as well." : "Give the role what it is for, and no more.",
    },
  ];
}
const MOST_NAMED = 5;

/** Whether whatever lies at the one scope lies at the other, or below it. Azure tells no letters' case apart. */
function isWithin(scope: unknown, other: unknown): boolean {
  const [inner, outer] = [scope, other].map((one) => `${String(one).toLowerCase().replace(/\/$/, "")}/`);
  return inner?.startsWith(outer ?? "") === true;
}

/** How much lies below a scope of Azure; a resource is the narrowest. */
function rankScope(scope: unknown): number {
  const parts = String(scope).split("/").filter(Boolean);
  if (parts[0]?.toLowerCase() !== "subscriptions") return 3;
  if (parts.length <= 2) return 2;
  return parts.length <= 4 ? 1 : 0;
}

function compareScopes(before: Properties | undefined, after: Properties): Weakening[] {
  const is = rankScope(after["scope"]);
  const isWidened = before === undefined ? is >= 2 : !isWithin(after["scope"], before["scope"]);
  const isOtherRole = before !== undefined && before["roleDefinitionId"] !== after["roleDefinitionId"];
  if (!isWidened && !isOtherRole) return [];
  const severity: Severity = is >= 3 ? "high" : "medium";
  return [
    {
      rule: "role-permissions-widened",
      severity,
      direction: "opens",
      property: isWidened ? "scope" : "roleDefinitionId",
      before: before === undefined ? "nothing" : String(before[isWidened ? "scope" : "roleDefinitionId"]),
      after: String(after[isWidened ? "scope" : "roleDefinitionId"]),
      says: isWidened ? `The role is assigned for ${SCOPES[is] ?? ""} that it was not for.` : "Another role is assigned.",
      remedy: "Assign the role at the resource that it is for.",
    },
  ];
}
const SCOPES = ["a resource", "a resource group", "a whole subscription", "more than a subscription"];

/** @param readable whether nothing of what is read is unknown or secret */
export function compareGrants(type: string, { before, after }: Sides, readable: boolean): Weakening[] {
  if (after === undefined || !readable) return [];
  const principals = PRINCIPAL_POLICIES[type];
  if (principals !== undefined) return comparePrincipals(principals, before, after);
  if (type === TYPES.policy || type === TYPES.rolePolicy) return comparePermissions(before, after);
  return type === TYPES.roleAssignment ? compareScopes(before, after) : [];
}
