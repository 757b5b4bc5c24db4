import type { Ground } from "./ground.js";
import type { KindName } from "./kinds.js";

/** One thing that somebody might try, who has what its kind says and nothing else. */
export interface Attack {
  readonly kind: KindName;
  readonly name: string;
  /** What whoever gets through has gained. */
  readonly gain: string;
  /** Tries it by real requests, real SQL or real files. What it throws is a try that told nothing, which counts as a failure. */
  tried(ground: Ground): Promise<Outcome>;
}

export type Outcome = { readonly held: string } | { readonly through: string };

export const held = (how: string): Outcome => ({ held: how });
export const through = (what: string): Outcome => ({ through: what });

/** Held with the one text, or through with the other. */
export const judged = (isHeld: boolean, how: string, otherwise: string): Outcome => (isHeld ? held(how) : through(otherwise));

/** An attack whose kind is that of its file. */
export const attacks = (kind: KindName, tries: readonly Omit<Attack, "kind">[]): Attack[] => tries.map((each) => ({ kind, ...each }));
