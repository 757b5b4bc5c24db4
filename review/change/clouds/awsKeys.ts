import { type Bag, isBag, isUnreadable } from "../../../provider/resources/settled.js";
import type { Declared } from "../model.js";
import { type Conditions, EVERYBODY, type KeyAccess, NO_CONDITIONS, type Power, type Use } from "./keyAccess.js";
import { bags, list, refersTo } from "./path.js";

/** Keys that have a policy of their own. */
export const AWS_KEYS: ReadonlySet<string> = new Set([
  ...[
    "aws:kms/key:Key",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
  ],
]);
const POLICY = "aws:kms/keyPolicy:KeyPolicy";
const GRANT = "aws:kms/grant:Grant";

/** What opens what is sealed, and what gives that away or ends it. Encrypting alone opens nothing. */
const POWERS: Readonly<Record<Power, readonly string[]>> = {
  use: ["kms:Decrypt", "kms:ReEncryptFrom", "kms:DeriveSharedSecret"],
  administer: ["kms:PutKeyPolicy", "kms:CreateGrant", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial"],
};

/** Each key of AWS KMS with who may use it by its policy and by grants. What policies of the account's identities let is not judged. */
export function awsKeyAccess(present: readonly Declared[]): KeyAccess[] {
  const of = (type: string) => present.filter((one) => one.type === type);
  return present
    .filter(({ type }) => AWS_KEYS.has(type))
    .map((key) => {
      const ownAccount = accountOf(key);
      const isOfKey = (one: Declared) =>
        refersTo(one, "keyId", key) || (key.outputs["arn"] !== undefined && one.inputs["keyId"] === key.outputs["arn"]);
      const apart = of(POLICY).filter(isOfKey);
      const grants = of(GRANT).filter(isOfKey);
      const policies = (apart.length > 0 ? apart : [key]).map(({ inputs }) => policyUses(inputs["policy"], ownAccount));
      return {
        key,
        uses: [...policies.flatMap(({ uses }) => uses), ...grants.flatMap(({ inputs }) => grantUses(inputs))],
        denials: new Set(policies.flatMap(({ denials }) => denials)),
        unclear: policies.some(({ unclear }) => unclear) || grants.some(({ inputs }) => isUnreadable(inputs)),
        saidBy: [...grants, ...apart, key].map(({ urn }) => urn),
      };
    });
}

const accountOf = ({ outputs }: Declared): string | undefined =>
  typeof outputs["arn"] === "string" ? outputs["arn"].split(":")[4] : undefined;

interface PolicyUses {
  readonly uses: readonly Use[];
  readonly denials: readonly string[];
  readonly unclear: boolean;
}

/** The account's own policies decide: what AWS gives a key that has no policy. */
const OWN_ACCOUNT = "whom the account's own policies let";

function policyUses(policy: unknown, ownAccount: string | undefined): PolicyUses {
  if (policy === undefined) return { uses: usesOf([OWN_ACCOUNT], ["kms:*"], NO_CONDITIONS), denials: [], unclear: false };
  const statements = statementsIn(policy);
  if (statements === undefined) return { uses: [], denials: [], unclear: true };
  const isDenial = ({ Effect }: Bag) => String(Effect).toLowerCase() === "deny";
  return {
    uses: statements.filter((one) => !isDenial(one)).flatMap((one) => statementUses(one, ownAccount)),
    denials: statements.filter(isDenial).map(({ Sid: _, ...one }) => canonical(one)),
    unclear: false,
  };
}

/** undefined where it is known only after the update, or is no policy. */
function statementsIn(policy: unknown): Bag[] | undefined {
  if (typeof policy !== "string" || isUnreadable(policy)) return undefined;
  try {
    const parsed: unknown = JSON.parse(policy);
    return isBag(parsed) ? bags(parsed["Statement"]) : undefined;
  } catch {
    return undefined;
  }
}

function statementUses(statement: Bag, ownAccount: string | undefined): Use[] {
  // What all but some may do, nearly everybody may; all but some actions are nearly all.
  const who = statement["NotPrincipal"] === undefined ? principalsIn(statement["Principal"], ownAccount) : [EVERYBODY];
  const actions = statement["NotAction"] === undefined ? list(statement["Action"]).map(String) : ["kms:*"];
  return usesOf(who, actions, conditionsIn(statement["Condition"]));
}

const usesOf = (who: readonly string[], patterns: readonly string[], conditions: Conditions): Use[] =>
  (Object.keys(POWERS) as Power[])
    .filter((power) => POWERS[power].some((action) => patterns.some((pattern) => matches(pattern, action))))
    .flatMap((may) => who.map((one) => ({ who: one, may, conditions })));

function principalsIn(principal: unknown, ownAccount: string | undefined): string[] {
  if (!isBag(principal)) return list(principal).map(String).map(nameOf);
  return Object.entries(principal).flatMap(([kind, names]) =>
    list(names).map((name) => (kind === "AWS" ? nameOf(String(name)) : String(name))),
  );

  function nameOf(name: string): string {
    if (name === "*") return EVERYBODY;
    const account = name.endsWith(":root") ? name.split(":")[4] : /^\d{12}$/.test(name) ? name : undefined;
    if (account === undefined) return name;
    return account === ownAccount ? OWN_ACCOUNT : `whom policies of account ${account} let`;
  }
}

function conditionsIn(condition: unknown): Conditions {
  if (!isBag(condition)) return NO_CONDITIONS;
  return new Map(
    Object.entries(condition).flatMap(([operator, pairs]) =>
      isBag(pairs) ? Object.entries(pairs).map(([key, values]) => [`${operator} ${key}`, new Set(list(values).map(String))] as const) : [],
    ),
  );
}

const GRANT_CONDITIONS = {
  encryptionContextEquals: "EncryptionContextEquals",
  encryptionContextSubset: "EncryptionContextSubset",
} as const;

function grantUses({ granteePrincipal, operations, constraints }: Bag): Use[] {
  const conditions = bags(constraints).flatMap((constraint) =>
    Object.entries(GRANT_CONDITIONS).flatMap(([name, word]) => {
      const pairs = constraint[name];
      return isBag(pairs) ? Object.entries(pairs).map(([key, value]) => [`${word} ${key}`, new Set([String(value)])] as const) : [];
    }),
  );
  return usesOf(
    [String(granteePrincipal)],
    list(operations).map((operation) => `kms:${String(operation)}`),
    new Map(conditions),
  );
}

/** Of AWS' patterns: `*` stands for any letters, `?` for one; upper and lower case mean the same. */
function matches(pattern: string, text: string): boolean {
  const [letters, wanted] = [text.toLowerCase(), pattern.toLowerCase()];
  let reached = new Set([0]);
  for (const sign of wanted) {
    const next = new Set<number>();
    for (const at of reached)
      if (sign === "*") for (let to = at; to <= letters.length; to += 1) next.add(to);
      else if (at < letters.length && (sign === "?" || sign === letters[at])) next.add(at + 1);
    reached = next;
  }
  return reached.has(letters.length);
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isBag(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
