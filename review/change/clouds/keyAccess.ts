import type { KeyPower } from "../../../contract/kmsPolicies.js";
import type { Declared } from "../change.js";

export type { KeyPower as Power };

/** What must hold when it is used: the values that are let through, by operator and key (`StringEquals kms:EncryptionContext:project`). */
export type Conditions = ReadonlyMap<string, ReadonlySet<string>>;

export interface KeyUse {
  readonly who: string;
  readonly may: KeyPower;
  readonly conditions: Conditions;
}

/** Whoever it is. */
export const EVERYBODY = "everybody";

/** Who may do what with one key, as far as the stack declares it. */
export interface KeyAccess {
  readonly key: Declared;
  readonly uses: readonly KeyUse[];
  /** What is denied, whoever allows it: each statement in one spelling. */
  readonly denials: ReadonlySet<string>;
  /** Whether a part is known only after the update. */
  readonly unclear: boolean;
  /** URNs of the key and of all that says who may use it. */
  readonly saidBy: readonly string[];
}

export const NO_CONDITIONS: Conditions = new Map();

/** Uses that are there afterwards and were not before, or not under so few conditions. */
export const listAddedUses = (before: readonly KeyUse[], after: readonly KeyUse[]): KeyUse[] =>
  after.filter((use) => !before.some((one) => isAtLeastAsWide(one, use)));

const isAtLeastAsWide = (one: KeyUse, other: KeyUse): boolean =>
  one.may === other.may &&
  (one.who === other.who || one.who === EVERYBODY) &&
  [...one.conditions].every(([name, values]) => isConditionWider(name, values, other.conditions.get(name)));

/** Whether whatever meets the one condition meets the other. A condition that negates lets more through the fewer values it has. */
function isConditionWider(name: string, wider: ReadonlySet<string>, narrower: ReadonlySet<string> | undefined): boolean {
  if (narrower === undefined) return false;
  const within = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].every((value) => b.has(value));
  return within(narrower, wider) && (!/not|null/i.test(name) || within(wider, narrower));
}

/** `role/shop under StringEquals kms:EncryptionContext:project = x`, each once. */
export const formatUses = (uses: readonly KeyUse[]): string =>
  uses.length === 0 ? "nobody" : [...new Set(uses.map((use) => `${use.who}${formatConditions(use)}`))].sort().join(", ");

const formatConditions = ({ conditions }: KeyUse): string =>
  conditions.size === 0
    ? ""
    : ` where ${[...conditions].map(([name, values]) => `${name} is ${[...values].sort().join(" or ")}`).join(" and ")}`;
