import { type Bag, isBag, isUnreadable } from "../../../provider/resources/settled.js";
import type { ChangeFinding } from "../finding.js";
import type { Change, Declared, ResourceChange } from "../model.js";
import { refOf } from "../resourceRef.js";
import { AWS_KEYS, awsKeyAccess } from "./awsKeys.js";
import { AZURE_KEY, AZURE_VAULT, azureKeyAccess } from "./azureKeys.js";
import type { PathsJudged } from "./findings.js";
import { addedUses, EVERYBODY, type KeyAccess, type Use, usesText } from "./keyAccess.js";
import { lostGuards } from "./keyGuards.js";
import { refersTo } from "./path.js";
import { declaredOf, pairedSides, recordedOf } from "./sides.js";

/** What the change does to keys of the clouds: who may use them, how they are guarded, and whether they stay. */
export function judgeKeys(change: Change): PathsJudged {
  const resources = pairedSides(change.resources);
  if (!resources.some(({ type }) => isKey(type) || type === AZURE_VAULT)) return { findings: [], unjudged: [] };
  const [before, after] = [recordedOf(resources), declaredOf(resources)];
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const olds = new Map(accessIn(before).map((access) => [access.key.urn, access]));
  const news = accessIn(after);
  const moved = (access: KeyAccess) => access.saidBy.some((urn) => moves(byUrn.get(urn)));
  return {
    findings: [
      ...news.flatMap((access) => accessFindings(access, olds.get(access.key.urn), byUrn, after)),
      ...resources.flatMap((one) => [...guardFindings(one, before), ...lossFindings(one, before, after)]),
    ],
    unjudged: news
      .filter((access) => access.unclear && moved(access))
      .map(({ key }) => ({ urn: key.urn, why: "who may use the key is known only after the update" })),
  };
}

const isKey = (type: string): boolean => AWS_KEYS.has(type) || type === AZURE_KEY;
const accessIn = (present: readonly Declared[]): KeyAccess[] => [...awsKeyAccess(present), ...azureKeyAccess(present)];
const moves = (one: ResourceChange | undefined): boolean => one !== undefined && one.op !== "same" && one.op !== "read";

function accessFindings(
  now: KeyAccess,
  old: KeyAccess | undefined,
  byUrn: ReadonlyMap<string, ResourceChange>,
  after: readonly Declared[],
): ChangeFinding[] {
  if (now.unclear || old?.unclear) return [];
  const cause = now.saidBy.map((urn) => byUrn.get(urn)).find(moves) ?? byUrn.get(now.key.urn);
  if (cause === undefined) return [];
  const [was, added, lost] = [old?.uses ?? [], addedUses(old?.uses ?? [], now.uses), addedUses(now.uses, old?.uses ?? [])];
  const allowedAgain = [...(old?.denials ?? [])].filter((denial) => !now.denials.has(denial)).length;
  const about = { urn: cause.urn, resource: refOf(cause), before: usesText(was), after: usesText(now.uses) };
  const seals = isOurs(now.key, after);
  const findings: ChangeFinding[] = [];
  if (added.length > 0 || allowedAgain > 0)
    findings.push({
      ...about,
      ...{ rule: "key-access-widened", direction: "opens", severity: severityOf(added, old, seals) },
      says: `${widenedText(added, allowedAgain, now.key.name)}${seals ? ", under which data is sealed" : ""}.`,
      remedy: "Let one role use the key, for this project's data alone; name who administers it, and let nobody do both.",
    });
  if (old !== undefined && (lost.length > 0 || [...now.denials].some((denial) => !old.denials.has(denial))))
    findings.push({
      ...about,
      ...{ rule: "key-access-narrowed", direction: "closes", severity: seals && lost.some(({ may }) => may === "use") ? "medium" : "low" },
      says: `${usesText(lost)} may do less with the key ${now.key.name}${seals ? ": if that is how the plane uses it, computes are suspended" : ""}.`,
      remedy: "Make sure that whoever the control plane uses the key as may still use it.",
    });
  return findings;
}

/** Of a new key it is told who may use it; that everybody may is never a remark. */
function severityOf(added: readonly Use[], old: KeyAccess | undefined, seals: boolean): ChangeFinding["severity"] {
  if (added.some(({ who, conditions }) => who === EVERYBODY && conditions.size === 0)) return "high";
  return seals && old !== undefined ? "medium" : "low";
}

function widenedText(added: readonly Use[], allowedAgain: number, key: string): string {
  const of = (power: Use["may"]) => added.filter(({ may }) => may === power);
  const texts = [
    ...(of("use").length > 0 ? [`${usesText(of("use"))} may decrypt with the key ${key}`] : []),
    ...(of("administer").length > 0 ? [`${usesText(of("administer"))} may decide who uses the key ${key}, or end its use`] : []),
    ...(allowedAgain > 0 ? [`what the policy of the key ${key} denied is denied no more`] : []),
  ];
  return `Then ${texts.join("; ")}`;
}

function guardFindings(one: ResourceChange, before: readonly Declared[]): ChangeFinding[] {
  if (one.before === undefined || one.after === undefined || one.op === "replace") return [];
  const seals = one.type === AZURE_VAULT ? keysOf(one.before, before).some((key) => isOurs(key, before)) : isOurs(one.before, before);
  return lostGuards(one.type, one.before.inputs, one.after.inputs).map(({ property, says, remedy, ...values }) => ({
    ...{ urn: one.urn, resource: refOf(one), rule: "key-protection-weakened", direction: "destroys", severity: seals ? "medium" : "low" },
    ...{ property, ...values, says, remedy },
  }));
}

/** A key, or the vault that holds it, that is deleted or made anew. */
function lossFindings(one: ResourceChange, before: readonly Declared[], after: readonly Declared[]): ChangeFinding[] {
  if (one.before === undefined || !(isKey(one.type) || one.type === AZURE_VAULT)) return [];
  if (one.after !== undefined && one.op !== "replace") return [];
  if (one.before.retainOnDelete) return [];
  const gone = one.before;
  const keys = one.type === AZURE_VAULT ? keysOf(gone, before) : [gone];
  if (!keys.some((key) => isOurs(key, before))) return [];
  // A declaration that goes, or names another key by then, has put everything under another one before the key goes.
  const stays = keys.some((key) =>
    after.some((managed) => managed.kind === "CustomerManagedKey" && names(managed, key) && one.op !== "replace"),
  );
  return [
    {
      ...{ urn: one.urn, resource: refOf(one), rule: "key-destroyed", direction: "destroys", severity: stays ? "high" : "medium" },
      ...{ before: "exists", after: one.after ? "made anew" : "does not exist" },
      says: stays
        ? "A project's data is still sealed under the key: once it is gone, nobody can read that any more."
        : "What was sealed under the key, and copies of it elsewhere, cannot be opened any more once it is gone.",
      remedy: "Put the project under another key first, and remove this one in a later change.",
    },
  ];
}

const keysOf = (vault: Declared, present: readonly Declared[]): Declared[] =>
  present.filter(
    (one) => one.type === AZURE_KEY && (refersTo(one, "vaultName", vault) || one.inputs["vaultName"] === vault.inputs["vaultName"]),
  );

/** Whether a project of the stack is sealed under it. */
const isOurs = (key: Declared, present: readonly Declared[]): boolean =>
  present.some((one) => one.kind === "CustomerManagedKey" && names(one, key));

function names({ inputs, origins }: Declared, key: Declared): boolean {
  if (["awsKms", "azureKeyVault"].some((property) => (origins[property] ?? []).includes(key.urn))) return true;
  const [aws, azure] = [inputs["awsKms"], inputs["azureKeyVault"]];
  if (isBag(aws) && !isUnreadable(aws) && aws["keyArn"] === key.outputs["arn"]) return true;
  return isBag(azure) && !isUnreadable(azure) && isSameKey(azure, key.outputs["keyUri"]);
}

const isSameKey = ({ vaultUrl, keyName }: Bag, uri: unknown): boolean =>
  typeof uri === "string" && `${String(vaultUrl)}/keys/${String(keyName)}`.replace("//keys/", "/keys/").toLowerCase() === uri.toLowerCase();
