import { type Properties, isProperties, isUnreadable } from "../../../provider/introspection.js";
import type { Declared } from "../change.js";
import { type KeyAccess, NO_CONDITIONS, type Power, type KeyUse } from "./keyAccess.js";
import { toObjects, toList, hasReferenceTo } from "./privatePath.js";

export const AZURE_KEY = "azure-native:keyvault:Key";
export const AZURE_VAULT = "azure-native:keyvault:Vault";
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const POLICY = "azure-native:keyvault:AccessPolicy";

const BOTH: readonly Power[] = ["use", "administer"];
/** Built-in roles by the last part of their ids. One that is not here is taken for one that may do both. */
const ROLES: Readonly<Record<string, readonly Power[]>> = {
  // Key Vault Crypto Service Encryption User, Crypto Service Release User, Crypto User
  "e147488a-f6f5-4113-8e2d-b22465e65bf6": ["use"],
  "08bbd89e-9f13-488c-ac41-acfcb10c90ab": ["use"],
  "12338af0-0e69-4776-bea7-57ae8d297424": ["use"],
  // Contributors manage the vault and not what is in it; those of access hand out roles.
  "f25e0fa2-a7c8-4377-a976-54943a77a395": ["administer"],
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": ["administer"],
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": ["administer"],
  // Key Vault Reader, Secrets User, Secrets Officer, Certificates Officer, Certificate User; Reader
  "21090545-7ca7-4776-b22c-e363652d74d2": [],
  "4633458b-17de-408a-b874-0445c86b69e6": [],
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": [],
  "a4417e6f-fecd-4de8-b567-7b0420556985": [],
  "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba": [],
  "acdd72a7-3385-48ef-bd42-f606fba81ae7": [],
};
/** Permissions of an access policy that open what is sealed. */
const USING: ReadonlySet<string> = new Set(["all", "decrypt", "unwrapkey", "release"]);

/** Each key of Azure Key Vault with who may use it: by role assignments at it or at its vault, or by the access policies of a vault without RBAC. */
export function listAzureKeyAccess(present: readonly Declared[]): KeyAccess[] {
  const of = (type: string) => present.filter((one) => one.type === type);
  return of(AZURE_KEY).map((key) => {
    const vault = of(AZURE_VAULT).find(
      (one) => hasReferenceTo(key, "vaultName", one) || key.inputs["vaultName"] === one.inputs["vaultName"],
    );
    const properties = vault?.inputs["properties"];
    const byRoles = !isProperties(properties) || properties["enableRbacAuthorization"] !== false;
    const assignments = of(ASSIGNMENT).filter((one) => isAssignedAt(one, key) || (vault !== undefined && isAssignedAt(one, vault)));
    const policies =
      vault === undefined
        ? []
        : of(POLICY).filter((one) => hasReferenceTo(one, "vaultName", vault) || one.inputs["vaultName"] === vault.inputs["vaultName"]);
    const entries = [
      ...toObjects(isProperties(properties) ? properties["accessPolicies"] : undefined),
      ...policies.flatMap(({ inputs }) => toObjects(inputs["policy"])),
    ];
    const saying = byRoles ? assignments : policies;
    return {
      key,
      uses: byRoles ? assignments.flatMap(listAssignmentUses) : entries.flatMap(listEntryUses),
      denials: new Set<string>(),
      unclear: byRoles ? assignments.some(isUnclear) : isUnreadable(entries),
      saidBy: [...saying, ...(vault ? [vault] : []), key].map(({ urn }) => urn),
    };
  });
}

/** Whether an assignment's scope is the object's id, what holds it, or comes from it. */
function isAssignedAt(assignment: Declared, { id, urn }: Declared): boolean {
  const { scope } = assignment.inputs;
  if ((assignment.origins["scope"] ?? []).includes(urn)) return true;
  if (id === undefined || typeof scope !== "string") return false;
  const [inner, outer] = [`${id.toLowerCase()}/`, `${scope.toLowerCase()}/`];
  return inner.startsWith(outer);
}

function listAssignmentUses({ inputs }: Declared): KeyUse[] {
  const role = String(inputs["roleDefinitionId"]).toLowerCase().split("/").at(-1) ?? "";
  const powers = Object.hasOwn(ROLES, role) ? (ROLES[role] ?? BOTH) : BOTH;
  const { condition } = inputs;
  const conditions = condition === undefined ? NO_CONDITIONS : new Map([["condition", new Set([JSON.stringify(condition)])]]);
  return powers.map((may) => ({ who: String(inputs["principalId"]), may, conditions }));
}

const isUnclear = ({ inputs }: Declared): boolean => isUnreadable([inputs["principalId"], inputs["condition"]]);

function listEntryUses({ objectId, permissions }: Properties): KeyUse[] {
  const keys = isProperties(permissions) ? toList(permissions["keys"]).map((one) => String(one).toLowerCase()) : [];
  return keys.some((one) => USING.has(one)) ? [{ who: String(objectId), may: "use", conditions: NO_CONDITIONS }] : [];
}
