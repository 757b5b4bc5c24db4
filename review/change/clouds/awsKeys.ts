import { canonicalizeJson } from "../../../contract/canonicalJson.js";
import {
  ANY_PRINCIPAL,
  getConditions,
  isDenial,
  listStatementPowers,
  listPowers,
  listPrincipals,
  parseKeyPolicy,
} from "../../../contract/kmsPolicies.js";
import { type Properties, isProperties, isUnreadable } from "../../../provider/introspection.js";
import type { Declared } from "../change.js";
import { type Conditions, EVERYBODY, type KeyAccess, NO_CONDITIONS, type KeyUse } from "./keyAccess.js";
import { toObjects, toList, hasReferenceTo } from "./privatePath.js";

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

/** Each key of AWS KMS with who may use it by its policy and by grants. What policies of the account's identities let is not judged. */
export function listAwsKeyAccess(present: readonly Declared[]): KeyAccess[] {
  const of = (type: string) => present.filter((one) => one.type === type);
  return present
    .filter(({ type }) => AWS_KEYS.has(type))
    .map((key) => {
      const ownAccount = findAccount(key);
      const isOfKey = (one: Declared) =>
        hasReferenceTo(one, "keyId", key) || (key.outputs["arn"] !== undefined && one.inputs["keyId"] === key.outputs["arn"]);
      const apart = of(POLICY).filter(isOfKey);
      const grants = of(GRANT).filter(isOfKey);
      const policies = (apart.length > 0 ? apart : [key]).map(({ inputs }) => listPolicyUses(inputs["policy"], ownAccount));
      return {
        key,
        uses: [...policies.flatMap(({ uses }) => uses), ...grants.flatMap(({ inputs }) => listGrantUses(inputs))],
        denials: new Set(policies.flatMap(({ denials }) => denials)),
        unclear: policies.some(({ unclear }) => unclear) || grants.some(({ inputs }) => isUnreadable(inputs)),
        saidBy: [...grants, ...apart, key].map(({ urn }) => urn),
      };
    });
}

const findAccount = ({ outputs }: Declared): string | undefined =>
  typeof outputs["arn"] === "string" ? outputs["arn"].split(":")[4] : undefined;

interface PolicyUses {
  readonly uses: readonly KeyUse[];
  readonly denials: readonly string[];
  readonly unclear: boolean;
}

/** The account's own policies decide: what AWS gives a key that has no policy. */
const OWN_ACCOUNT = "whom the account's own policies let";

function listPolicyUses(policy: unknown, ownAccount: string | undefined): PolicyUses {
  if (policy === undefined) return { uses: buildUses([OWN_ACCOUNT], ["kms:*"], NO_CONDITIONS), denials: [], unclear: false };
  const statements = typeof policy === "string" && !isUnreadable(policy) ? parseKeyPolicy(policy) : undefined;
  if (statements === undefined) return { uses: [], denials: [], unclear: true };
  return {
    uses: statements
      .filter((one) => !isDenial(one))
      .flatMap((one) => {
        const [who, conditions] = [listPrincipals(one).map((name) => formatPrincipal(name, ownAccount)), getConditions(one)];
        return listStatementPowers(one).flatMap((may) => who.map((each) => ({ who: each, may, conditions })));
      }),
    denials: statements.filter(isDenial).map(({ Sid: _, ...one }) => canonicalizeJson(one)),
    unclear: false,
  };
}

const buildUses = (who: readonly string[], patterns: readonly string[], conditions: Conditions): KeyUse[] =>
  listPowers(patterns).flatMap((may) => who.map((one) => ({ who: one, may, conditions })));

/** An account stands for whom its policies let. */
function formatPrincipal(name: string, ownAccount: string | undefined): string {
  if (name === ANY_PRINCIPAL) return EVERYBODY;
  const account = name.endsWith(":root") ? name.split(":")[4] : /^\d{12}$/.test(name) ? name : undefined;
  if (account === undefined) return name;
  return account === ownAccount ? OWN_ACCOUNT : `whom policies of account ${account} let`;
}

const GRANT_CONDITIONS = {
  encryptionContextEquals: "EncryptionContextEquals",
  encryptionContextSubset: "EncryptionContextSubset",
} as const;

function listGrantUses({ granteePrincipal, operations, constraints }: Properties): KeyUse[] {
  const conditions = toObjects(constraints).flatMap((constraint) =>
    Object.entries(GRANT_CONDITIONS).flatMap(([name, word]) => {
      const pairs = constraint[name];
      return isProperties(pairs) ? Object.entries(pairs).map(([key, value]) => [`${word} ${key}`, new Set([String(value)])] as const) : [];
    }),
  );
  return buildUses(
    [String(granteePrincipal)],
    toList(operations).map((operation) => `kms:${String(operation)}`),
    new Map(conditions),
  );
}
