import { type Properties, isProperties, isUnreadable } from "../../../provider/introspection.js";
import type { ChangeFinding } from "../finding.js";
import type { Change, Declared, ResourceChange } from "../change.js";
import { toResourceRef } from "../resourceRef.js";
import { AWS_KEYS, listAwsKeyAccess } from "./awsKeys.js";
import { AZURE_KEY, AZURE_VAULT, listAzureKeyAccess } from "./azureKeys.js";
import type { PathJudgement } from "./pathFindings.js";
import { listAddedUses, EVERYBODY, type KeyAccess, type KeyUse, formatUses } from "./keyAccess.js";
import { findWeakenedProtections } from "./keyProtections.js";
import { hasReferenceTo } from "./privatePath.js";
import { listDeclared, alignSides, listRecorded } from "./alignSides.js";

/** What the change does to keys of the clouds: who may use them, how they are guarded, and whether they stay. */
export function judgeKeys(change: Change): PathJudgement {
  const resources = alignSides(change.resources);
  if (!resources.some(({ type }) => isKey(type) || type === AZURE_VAULT)) return { findings: [], unjudged: [] };
  const [before, after] = [listRecorded(resources), listDeclared(resources)];
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const olds = new Map(listKeyAccess(before).map((access) => [access.key.urn, access]));
  const news = listKeyAccess(after);
  const moved = (access: KeyAccess) => access.saidBy.some((urn) => isChanging(byUrn.get(urn)));
  return {
    findings: [
      ...news.flatMap((access) => judgeKeyAccess(access, olds.get(access.key.urn), byUrn, after)),
      ...resources.flatMap((one) => [...judgeKeyProtections(one, before), ...judgeKeyLoss(one, before, after)]),
    ],
    unjudged: news
      .filter((access) => access.unclear && moved(access))
      .map(({ key }) => ({ urn: key.urn, why: "who may use the key is known only after the update" })),
  };
}

const isKey = (type: string): boolean => AWS_KEYS.has(type) || type === AZURE_KEY;
const listKeyAccess = (present: readonly Declared[]): KeyAccess[] => [...listAwsKeyAccess(present), ...listAzureKeyAccess(present)];
const isChanging = (one: ResourceChange | undefined): boolean => one !== undefined && one.op !== "same" && one.op !== "read";

function judgeKeyAccess(
  now: KeyAccess,
  old: KeyAccess | undefined,
  byUrn: ReadonlyMap<string, ResourceChange>,
  after: readonly Declared[],
): ChangeFinding[] {
  if (now.unclear || old?.unclear) return [];
  const cause = now.saidBy.map((urn) => byUrn.get(urn)).find(isChanging) ?? byUrn.get(now.key.urn);
  if (cause === undefined) return [];
  const [was, added, lost] = [old?.uses ?? [], listAddedUses(old?.uses ?? [], now.uses), listAddedUses(now.uses, old?.uses ?? [])];
  const allowedAgain = [...(old?.denials ?? [])].filter((denial) => !now.denials.has(denial)).length;
  const about = { urn: cause.urn, resource: toResourceRef(cause), before: formatUses(was), after: formatUses(now.uses) };
  const seals = isUsedByProject(now.key, after);
  const findings: ChangeFinding[] = [];
  if (added.length > 0 || allowedAgain > 0)
    findings.push({
      ...about,
      rule: "key-access-widened",
      direction: "opens",
      severity: computeSeverity(added, old, seals),
      says: `${formatWidening(added, allowedAgain, now.key.name)}${seals ? ", under which data is sealed" : ""}.`,
      remedy: "Let one role use the key, for this project's data alone; name who administers it, and let nobody do both.",
    });
  if (old !== undefined && (lost.length > 0 || [...now.denials].some((denial) => !old.denials.has(denial))))
    findings.push({
      ...about,
      rule: "key-access-narrowed",
      direction: "closes",
      severity: seals && lost.some(({ may }) => may === "use") ? "medium" : "low",
      says: `${formatUses(lost)} may do less with the key ${now.key.name}${seals ? ": if that is how the plane uses it, computes are suspended" : ""}.`,
      remedy: "Make sure that whoever the control plane uses the key as may still use it.",
    });
  return findings;
}

/** Of a new key its users are reported at low severity, unless everybody may use it. */
function computeSeverity(added: readonly KeyUse[], old: KeyAccess | undefined, seals: boolean): ChangeFinding["severity"] {
  if (added.some(({ who, conditions }) => who === EVERYBODY && conditions.size === 0)) return "high";
  return seals && old !== undefined ? "medium" : "low";
}

function formatWidening(added: readonly KeyUse[], allowedAgain: number, key: string): string {
  const of = (power: KeyUse["may"]) => added.filter(({ may }) => may === power);
  const texts = [
    ...(of("use").length > 0 ? [`${formatUses(of("use"))} may decrypt with the key ${key}`] : []),
    ...(of("administer").length > 0 ? [`${formatUses(of("administer"))} may decide who uses the key ${key}, or end its use`] : []),
    ...(allowedAgain > 0 ? [`what the policy of the key ${key} denied is denied no more`] : []),
  ];
  return `Then ${texts.join("; ")}`;
}

function judgeKeyProtections(one: ResourceChange, before: readonly Declared[]): ChangeFinding[] {
  if (one.before === undefined || one.after === undefined || one.op === "replace") return [];
  const seals =
    one.type === AZURE_VAULT
      ? listVaultKeys(one.before, before).some((key) => isUsedByProject(key, before))
      : isUsedByProject(one.before, before);
  return findWeakenedProtections(one.type, one.before.inputs, one.after.inputs).map(({ property, says, remedy, ...values }) => ({
    urn: one.urn,
    resource: toResourceRef(one),
    rule: "key-protection-weakened",
    direction: "destroys",
    severity: seals ? "medium" : "low",
    property,
    ...values,
    says,
    remedy,
  }));
}

/** A key, or the vault that holds it, that is deleted or recreated. */
function judgeKeyLoss(one: ResourceChange, before: readonly Declared[], after: readonly Declared[]): ChangeFinding[] {
  if (one.before === undefined || !(isKey(one.type) || one.type === AZURE_VAULT)) return [];
  if (one.after !== undefined && one.op !== "replace") return [];
  if (one.before.retainOnDelete) return [];
  const gone = one.before;
  const keys = one.type === AZURE_VAULT ? listVaultKeys(gone, before) : [gone];
  if (!keys.some((key) => isUsedByProject(key, before))) return [];
  // A declaration that goes, or names another key by then, has put everything under another one before the key goes.
  const stays = keys.some((key) =>
    after.some((managed) => managed.kind === "CustomerManagedKey" && isReferenceTo(managed, key) && one.op !== "replace"),
  );
  return [
    {
      urn: one.urn,
      resource: toResourceRef(one),
      rule: "key-destroyed",
      direction: "destroys",
      severity: stays ? "high" : "medium",
      before: "exists",
      after: one.after ? "recreated" : "does not exist",
      says: stays
        ? "A project's data is still sealed under the key: once it is gone, nobody can read that any more."
        : "What was sealed under the key, and copies of it elsewhere, cannot be opened any more once it is gone.",
      remedy: "Put the project under another key first, and remove this one in a later change.",
    },
  ];
}

const listVaultKeys = (vault: Declared, present: readonly Declared[]): Declared[] =>
  present.filter(
    (one) => one.type === AZURE_KEY && (hasReferenceTo(one, "vaultName", vault) || one.inputs["vaultName"] === vault.inputs["vaultName"]),
  );

/** Whether a project of the stack is sealed under it. */
const isUsedByProject = (key: Declared, present: readonly Declared[]): boolean =>
  present.some((one) => one.kind === "CustomerManagedKey" && isReferenceTo(one, key));

function isReferenceTo({ inputs, origins }: Declared, key: Declared): boolean {
  if (["awsKms", "azureKeyVault"].some((property) => (origins[property] ?? []).includes(key.urn))) return true;
  const [aws, azure] = [inputs["awsKms"], inputs["azureKeyVault"]];
  if (isProperties(aws) && !isUnreadable(aws) && aws["keyArn"] === key.outputs["arn"]) return true;
  return isProperties(azure) && !isUnreadable(azure) && isSameKey(azure, key.outputs["keyUri"]);
}

const isSameKey = ({ vaultUrl, keyName }: Properties, uri: unknown): boolean =>
  typeof uri === "string" && `${String(vaultUrl)}/keys/${String(keyName)}`.replace("//keys/", "/keys/").toLowerCase() === uri.toLowerCase();
