import { isBag, isUnreadable } from "../../../provider/resources/settled.js";
import { list } from "./path.js";
import { isSurelySame } from "./unclear.js";

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
  const [had, has] = [readPolicy(before), readPolicy(after)];
  if (had === undefined || has === undefined) return "unclear";
  const isNew = (one: Permission) => !had.allowed.some((other) => covers(other, one));
  return has.allowed.some(isNew) || [...had.denied].some((one) => !has.denied.has(one)) ? "wider" : "not wider";
}

/** undefined where it cannot be read. */
function readPolicy(policy: unknown): PolicyReading | undefined {
  if (policy === undefined || policy === null || policy === "") return EVERYTHING;
  const parsed = parsePolicy(policy);
  if (!isBag(parsed) || !Object.keys(parsed).every((key) => READ_AROUND.has(key))) return undefined;
  const statements = list(parsed["Statement"]).filter(isBag);
  const isReadable = statements.every((one) => Object.keys(one).every((key) => READ.has(key)));
  if (!isReadable) return undefined;
  const allowed = statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Principal, Action, Resource, Condition }) => {
      const conditions = new Set(conditionsIn(Condition));
      return principalsIn(Principal).flatMap((who) =>
        list(Action).flatMap((action) =>
          list(Resource).map((resource) => ({ who, action: String(action).toLowerCase(), resource: String(resource), conditions })),
        ),
      );
    });
  const denied = statements.filter(({ Effect }) => Effect === "Deny").map(({ Sid: _, ...one }) => canonical(one));
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

const principalsIn = (principal: unknown): string[] =>
  isBag(principal)
    ? Object.entries(principal).flatMap(([kind, names]) => list(names).map((name) => (name === "*" ? "*" : `${kind} ${String(name)}`)))
    : list(principal).map(String);

const conditionsIn = (condition: unknown): string[] =>
  isBag(condition)
    ? Object.entries(condition).flatMap(([operator, pairs]) =>
        isBag(pairs)
          ? Object.entries(pairs).map(([key, values]) => canonical([operator, key.toLowerCase(), list(values).map(String).sort()]))
          : [],
      )
    : [];

/** What is under fewer conditions covers what is under more. Patterns count as they stand, but for the one that is everything. */
const covers = (one: Permission, other: Permission): boolean =>
  (["who", "action", "resource"] as const).every((part) => one[part] === "*" || one[part] === other[part]) &&
  [...one.conditions].every((condition) => other.conditions.has(condition));

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isBag(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
