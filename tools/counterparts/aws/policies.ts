/**
 * What AWS decides by conditions on the encryption context and by grants, and ministack does not. Only what key policies of this project say is
 * understood: a condition of another kind never holds, so a statement with one neither allows nor denies here.
 */

export interface KmsRequest {
  /** As `kms:Decrypt`. */
  readonly action: string;
  readonly keyArn: string;
  /** Of the caller: the user, or the role and its session. */
  readonly principals: readonly string[];
  readonly encryptionContext: Readonly<Record<string, string>>;
}

export interface Grant {
  readonly grantee: string;
  /** As `Decrypt`. */
  readonly operations: readonly string[];
  readonly equals?: Readonly<Record<string, string>> | undefined;
  readonly subset?: Readonly<Record<string, string>> | undefined;
}

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: string | { readonly AWS?: string | readonly string[] };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A statement that denies wins; else the key's policy allows, or leaves it to the policies of the account's identities, or a grant allows. */
export function decide(
  request: KmsRequest,
  keyPolicy: string,
  identityPolicies: readonly string[],
  grants: readonly Grant[],
): "allow" | "deny" | "none" {
  const applies = (statement: Statement) =>
    toList(statement.Action).some((pattern) => isMatch(pattern, request.action)) && areConditionsMet(statement, request.encryptionContext);
  const onKey = parseStatements(keyPolicy).filter(applies);
  const onIdentity = identityPolicies
    .flatMap(parseStatements)
    .filter((statement) => applies(statement) && toList(statement.Resource).some((pattern) => isMatch(pattern, request.keyArn)));
  const names = (statement: Statement, principals: readonly string[]) =>
    listPrincipals(statement).some((named) => named === "*" || principals.includes(named));
  const account = `arn:aws:iam::${request.keyArn.split(":")[4] ?? ""}:root`;
  const denies = ({ Effect }: Statement) => Effect === "Deny";
  const allows = ({ Effect }: Statement) => Effect === "Allow";
  if (onIdentity.some(denies) || onKey.some((one) => denies(one) && names(one, [...request.principals, account]))) return "deny";
  if (onKey.some((one) => allows(one) && names(one, request.principals))) return "allow";
  if (onIdentity.some(allows) && onKey.some((one) => allows(one) && names(one, [account]))) return "allow";
  return grants.some((grant) => isGranted(grant, request)) ? "allow" : "none";
}

function isGranted({ grantee, operations, equals, subset }: Grant, { action, principals, encryptionContext }: KmsRequest): boolean {
  const within = (pairs: Readonly<Record<string, string>>, of: Readonly<Record<string, string>>) =>
    Object.entries(pairs).every(([name, value]) => of[name] === value);
  return (
    principals.includes(grantee) &&
    operations.includes(action.slice("kms:".length)) &&
    (subset === undefined || within(subset, encryptionContext)) &&
    (equals === undefined || (within(equals, encryptionContext) && within(encryptionContext, equals)))
  );
}

const CONTEXT_KEY = "kms:encryptioncontext:";

function areConditionsMet({ Condition = {} }: Statement, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(Condition).every(([operator, pairs]) =>
    Object.entries(pairs).every(([key, expected]) => {
      if (!key.toLowerCase().startsWith(CONTEXT_KEY)) return false;
      const actual = context[key.slice(CONTEXT_KEY.length)];
      const wanted = toList(expected);
      if (operator === "StringEquals") return actual !== undefined && wanted.includes(actual);
      if (operator === "StringLike") return actual !== undefined && wanted.some((pattern) => isMatch(pattern, actual));
      // As AWS has it: a key that is not there is not equal.
      if (operator === "StringNotEquals") return actual === undefined || !wanted.includes(actual);
      return operator === "Null" && wanted.includes(String(actual === undefined));
    }),
  );
}

const parseStatements = (policy: string): Statement[] => toList((JSON.parse(policy) as { Statement?: Statement | Statement[] }).Statement);

function toList<T>(value: T | readonly T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...(value as readonly T[])] : [value as T];
}

const listPrincipals = ({ Principal }: Statement): string[] => (typeof Principal === "object" ? toList(Principal.AWS) : toList(Principal));

/** A pattern of a policy: `*` at its end, or alone. */
const isMatch = (pattern: string, text: string): boolean =>
  pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
