import { listPrincipals, parseKeyPolicy, isDenial, type PolicyStatement } from "../../contract/kmsPolicies.js";
import { isProperties, isUnreadable } from "../../provider/introspection.js";
import { type Declared, toRecordedDeclared } from "../change/change.js";
import { normalizeType } from "../change/clouds/alignSides.js";
import { listAwsKeyAccess } from "../change/clouds/awsKeys.js";
import { listAzureKeyAccess } from "../change/clouds/azureKeys.js";
import { formatUses, type KeyAccess } from "../change/clouds/keyAccess.js";
import type { RecordedState } from "../change/state.js";
import { type Access, toPowers } from "./access.js";
import { createAccess } from "./readAccess.js";

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/policy:Policy";
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const POLICIES: Readonly<Record<string, string>> = {
  "aws:iam/rolePolicy:RolePolicy": "policy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
  "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
};

/** Roles of the clouds and principals of keys, as the state records them: the clouds themselves are not asked. */
export function listCloudAccess({ resources }: RecordedState): Access[] {
  const present = resources
    .filter((one) => one.delete !== true)
    .map((one): Declared => ({ ...toRecordedDeclared(one), type: normalizeType(one.type) }));
  return [
    ...present.filter(({ type }) => type === ROLE).map((role) => toRoleAccess(role, present)),
    ...present.filter(({ type }) => type === ASSIGNMENT).map(toAssignmentAccess),
    ...[...listAwsKeyAccess(present), ...listAzureKeyAccess(present)].flatMap(toPrincipalAccess),
  ];
}

function toRoleAccess(role: Declared, present: readonly Declared[]): Access {
  const trust = role.inputs["assumeRolePolicy"];
  const statements = typeof trust === "string" && !isUnreadable(trust) ? parseKeyPolicy(trust) : undefined;
  const attached = present.filter((one) => one.type in POLICIES && isAttachedTo(one, role));
  const trusted = (statements ?? []).filter((one) => !isDenial(one)).flatMap(listPrincipals);
  const policies = [
    ...attached.map(({ type, inputs, name }) => formatPolicy(inputs[POLICIES[type] ?? ""], name, present)),
    ...listOwnPolicies(role).map(([policy, name]) => formatPolicy(policy, name, present)),
  ];
  return {
    ...createAccess("cloudRole", role.urn, role.name, "AWS, by the state"),
    isWhole: statements !== undefined && policies.every((powers) => powers !== undefined),
    can: `is assumed by ${toPowers(trusted).join(", ") || "nobody that is known"}; ${policies.length} policies`,
    powers: toPowers([...trusted.map((who) => `assumed by ${who}`), ...policies.flatMap((powers) => powers ?? [])]),
    declaredBy: [role.urn, ...attached.map(({ urn }) => urn)],
  };
}

/** By its id, its name or where the value comes from; one of AWS' attachments has a list of roles. */
const isAttachedTo = ({ inputs, origins }: Declared, role: Declared): boolean =>
  ["role", "roles"].some(
    (input) =>
      (origins[input] ?? []).includes(role.urn) ||
      [inputs[input]].flat().some((one) => one !== undefined && (one === role.id || one === role.inputs["name"])),
  );

/** What the role names itself, in `managedPolicyArns` and `inlinePolicies`, each with the name it goes by. */
function listOwnPolicies({ inputs: { managedPolicyArns, inlinePolicies }, name }: Declared): [policy: unknown, name: string][] {
  const listOf = (value: unknown): unknown[] => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [undefined]);
  return [
    ...listOf(managedPolicyArns).map((arn): [unknown, string] => [arn, name]),
    ...listOf(inlinePolicies).map((one): [unknown, string] =>
      isProperties(one) ? [one["policy"], typeof one["name"] === "string" ? one["name"] : name] : [undefined, name],
    ),
  ];
}

/** The actions of a policy's text, and the name of one that stands elsewhere with its actions where the state has them; undefined where it is not known. */
function formatPolicy(policy: unknown, name: string, present: readonly Declared[]): string[] | undefined {
  if (typeof policy !== "string" || isUnreadable(policy)) return undefined;
  if (policy.startsWith("arn:")) {
    const declared = present.find(({ type, id }) => type === POLICY && id === policy);
    const actions = declared === undefined ? [] : formatPolicy(declared.inputs["policy"], declared.name, []);
    return actions && [`policy ${policy}`, ...actions];
  }
  const statements = parseKeyPolicy(policy);
  return statements?.filter((one) => !isDenial(one)).flatMap((one) => listActions(one).map((action) => `${action} (${name})`));
}

const listActions = ({ Action, NotAction }: PolicyStatement): string[] =>
  NotAction !== undefined ? ["all actions but some"] : (Array.isArray(Action) ? Action : [Action]).map(String);

function toAssignmentAccess(one: Declared): Access {
  const { principalId, roleDefinitionId, scope } = one.inputs;
  const isKnown = !isUnreadable([principalId, roleDefinitionId, scope]);
  const definition = String(roleDefinitionId).split("/").at(-1) ?? "";
  return {
    ...createAccess("cloudRole", one.urn, one.name, "Azure, by the state"),
    isWhole: isKnown,
    can: isKnown ? `principal ${String(principalId)} has role ${definition}` : "is known to the cloud alone",
    powers: isKnown ? [`${String(principalId)} has ${definition} at ${String(scope)}`] : [],
    declaredBy: [one.urn],
  };
}

function toPrincipalAccess({ key, uses, unclear, saidBy }: KeyAccess): Access[] {
  const principals = [...new Set(uses.map(({ who }) => who))];
  return principals.map((who): Access => {
    const own = uses.filter((use) => use.who === who);
    const powers = toPowers(own.map((use) => `${use.may}: ${formatUses([use])}`));
    return {
      ...createAccess("keyPrincipal", `${key.urn} ${who}`, who, `key ${key.name}, by the state`),
      isWhole: !unclear,
      can: toPowers(own.map(({ may }) => (may === "use" ? "opens what is sealed" : "decides who may use the key"))).join(", and "),
      powers,
      declaredBy: [...saidBy],
    };
  });
}
