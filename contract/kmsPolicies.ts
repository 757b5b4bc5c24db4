/** Policies of AWS: of keys, as far as they let somebody open what is sealed, or decide who may; of any other, whom and what they name. */

/** `use`: on data that is sealed; `administer`: who may use it, and for how long there is a key. */
export type KeyPower = "use" | "administer";

/** What opens what is sealed, and what gives that away or ends it. Encrypting alone opens nothing. */
const POWERS: Readonly<Record<KeyPower, readonly string[]>> = {
  use: ["kms:Decrypt", "kms:ReEncryptFrom", "kms:DeriveSharedSecret"],
  administer: ["kms:PutKeyPolicy", "kms:CreateGrant", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial"],
};

/** A statement of a policy; what is read of it is read by the functions here. */
export type PolicyStatement = Readonly<Record<string, unknown>>;

/** Whoever it is. */
export const ANY_PRINCIPAL = "*";

/** The statements of a policy's text; undefined where it is none. */
export function parseKeyPolicy(text: string): PolicyStatement[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? toList(parsed["Statement"]).filter(isRecord) : undefined;
  } catch {
    return undefined;
  }
}

export const isDenial = ({ Effect }: PolicyStatement): boolean => typeof Effect === "string" && Effect.toLowerCase() === "deny";

/** What the statement is about. All actions but some are nearly all. */
export const listStatementPowers = ({ Action, NotAction }: PolicyStatement): KeyPower[] =>
  listPowers(NotAction === undefined ? toList(Action).map(String) : ["*"]);

/** Actions that the statement names by a pattern; all but some are a pattern as well. */
export const listPatterns = ({ Action, NotAction }: PolicyStatement): string[] =>
  NotAction === undefined
    ? toList(Action)
        .map(String)
        .filter((one) => /[*?]/.test(one))
    : ["*"];

/** Of patterns of actions. */
export const listPowers = (patterns: readonly string[]): KeyPower[] =>
  (Object.keys(POWERS) as KeyPower[]).filter((power) =>
    POWERS[power].some((action) => patterns.some((pattern) => matchesPattern(pattern, action))),
  );

/** Whom the statement is about, as it says it. All but some are nearly everybody. */
export function listPrincipals({ Principal, NotPrincipal }: PolicyStatement): string[] {
  if (NotPrincipal !== undefined) return [ANY_PRINCIPAL];
  return isRecord(Principal) ? Object.values(Principal).flatMap((names) => toList(names).map(String)) : toList(Principal).map(String);
}

/** What must hold: the values that are let through, by operator and key (`StringEquals kms:EncryptionContext:project`). */
export const getConditions = ({ Condition }: PolicyStatement): Map<string, ReadonlySet<string>> =>
  new Map(
    Object.entries(isRecord(Condition) ? Condition : {}).flatMap(([operator, pairs]) =>
      isRecord(pairs)
        ? Object.entries(pairs).map(([key, values]) => [`${operator} ${key}`, new Set(toList(values).map(String))] as const)
        : [],
    ),
  );

/** Of AWS' patterns: `*` stands for any letters, `?` for one; upper and lower case mean the same. */
function matchesPattern(pattern: string, text: string): boolean {
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

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value]);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
