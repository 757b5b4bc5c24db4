import { canonicalizeJson } from "../../../contract/canonicalJson.js";
import { isProperties, isUnreadable } from "../../../provider/introspection.js";
import { toList } from "./privatePath.js";
import { isSurelySame } from "./readFields.js";

/** Who may do what through an endpoint, as its policy says; every combination of the words of a statement stands for itself. */
interface PolicyReading {
  readonly allowed: readonly Permission[];
  /** Statements that deny, each in one spelling. */
  readonly denied: ReadonlySet<string>;
}

interface Permission {
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  /** In one spelling, each condition for itself. */
  readonly conditions: ReadonlySet<string>;
}

const EVERYTHING: PolicyReading = { allowed: [{ who: "*", action: "*", resource: "*", conditions: new Set() }], denied: new Set() };

export type PolicyChange = "wider" | "not wider" | "unclear";

/** Whether an endpoint's policy lets through what it did not before. Without a policy everything is let through. */
export function comparePolicies(before: unknown, after: unknown): PolicyChange {
  if (isSurelySame(before, after)) return "not wider";
  if (isUnreadable([before, after])) return "unclear";
  const [had, has] = [toPolicyReading(before), toPolicyReading(after)];
  if (had === undefined || has === undefined) return "unclear";
  const isNew = (one: Permission) => !had.allowed.some((other) => isAtLeastAsWide(other, one));
  return has.allowed.some(isNew) || [...had.denied].some((one) => !has.denied.has(one)) ? "wider" : "not wider";
}

/** undefined where it cannot be read. */
function toPolicyReading(policy: unknown): PolicyReading | undefined {
  if (policy === undefined || policy === null || policy === "") return EVERYTHING;
  const parsed = parsePolicy(policy);
  if (!isProperties(parsed) || !Object.keys(parsed).every((key) => READ_AROUND.has(key))) return undefined;
  const statements = toList(parsed["Statement"]).filter(isProperties);
  const isReadable = statements.every((one) => Object.keys(one).every((key) => READ.has(key)));
  if (!isReadable) return undefined;
  const allowed = statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Principal, Action, Resource, Condition }) => {
      const conditions = new Set(listConditions(Condition));
      return listPrincipals(Principal).flatMap((who) =>
        toList(Action).flatMap((action) =>
          toList(Resource).map((resource) => ({ who, action: String(action).toLowerCase(), resource: String(resource), conditions })),
        ),
      );
    });
  const denied = statements.filter(({ Effect }) => Effect === "Deny").map(({ Sid: _, ...one }) => canonicalizeJson(one));
  return { allowed, denied: new Set(denied) };
}

const READ_AROUND: ReadonlySet<string> = new Set(["Version", "Id", "Statement"]);
/** A statement with other words, such as NotAction, is not read. */
const READ: ReadonlySet<string> = new Set(["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]);

function parsePolicy(policy: unknown): unknown {
  if (typeof policy !== "string") return policy;
  try {
    return JSON.parse(policy) as unknown;
  } catch {
    return undefined;
  }
}

const listPrincipals = (principal: unknown): string[] =>
  isProperties(principal)
    ? Object.entries(principal).flatMap(([kind, names]) => toList(names).map((name) => (name === "*" ? "*" : `${kind} ${String(name)}`)))
    : toList(principal).map(String);

const listConditions = (condition: unknown): string[] =>
  isProperties(condition)
    ? Object.entries(condition).flatMap(([operator, pairs]) =>
        isProperties(pairs)
          ? Object.entries(pairs).map(([key, values]) => canonicalizeJson([operator, key.toLowerCase(), toList(values).map(String).sort()]))
          : [],
      )
    : [];

/** What is under fewer conditions covers what is under more. Patterns count as they stand, but for the one that is everything. */
const isAtLeastAsWide = (one: Permission, other: Permission): boolean =>
  (["who", "action", "resource"] as const).every((part) => one[part] === "*" || one[part] === other[part]) &&
  [...one.conditions].every((condition) => other.conditions.has(condition));
