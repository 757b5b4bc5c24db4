import type { AttackTarget } from "./attackTarget.js";
import type { KindName } from "./kinds.js";

/** One thing that somebody might try, who has what its kind says and nothing else. */
export interface Attack {
  readonly kind: KindName;
  readonly name: string;
  /** What a successful attacker gains. */
  readonly gain: string;
  /** Tries it by real requests, real SQL or real files. An exception proves nothing, and counts as a failure. */
  attempt(target: AttackTarget): Promise<Outcome>;
}

export type Outcome = { readonly held: string } | { readonly through: string };

export const reportHeld = (how: string): Outcome => ({ held: how });
export const reportThrough = (what: string): Outcome => ({ through: what });

/** Held with the one text, or through with the other. */
export const reportOutcome = (isHeld: boolean, how: string, otherwise: string): Outcome =>
  isHeld ? reportHeld(how) : reportThrough(otherwise);

/** An attack whose kind is that of its file. */
export const defineAttacks = (kind: KindName, tries: readonly Omit<Attack, "kind">[]): Attack[] => tries.map((each) => ({ kind, ...each }));
