import type { Attack, Outcome } from "./attack.js";
import type { Ground } from "./ground.js";
import { type KindName, KINDS } from "./kinds.js";

export interface Tried {
  readonly attack: Attack;
  readonly outcome: Outcome;
}

/** Of these each has a project of its own, and most of its time is waiting. */
const APART: readonly KindName[] = ["traps", "copies"];
const AT_ONCE = 4;

/** The others are tried in turn: they share one plane, and some of them bring it down. */
export async function tryAll(ground: Ground, attacks: readonly Attack[], told: (one: Tried) => void = () => undefined): Promise<Tried[]> {
  const all: Tried[] = [];
  const attempt = async (attack: Attack): Promise<void> => {
    const one = { attack, outcome: await outcomeOf(ground, attack) };
    told(one);
    all.push(one);
  };
  const apart = attacks.filter(({ kind }) => APART.includes(kind)).values();
  const lane = async (): Promise<void> => {
    for (const attack of apart) await attempt(attack);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const attack of attacks) if (!APART.includes(attack.kind)) await attempt(attack);
  return all;
}

/** A try that fails has told nothing, which is not the same as held. */
async function outcomeOf(ground: Ground, attack: Attack): Promise<Outcome> {
  try {
    return await attack.tried(ground);
  } catch (error) {
    return { through: `the try failed: ${(error as Error).message}` };
  }
}

export const gotThrough = (tried: readonly Tried[]): (Tried & { outcome: { through: string } })[] =>
  tried.filter((one): one is Tried & { outcome: { through: string } } => "through" in one.outcome);

/** One line for each kind, with its counts. */
export function linesOf(tried: readonly Tried[]): string[] {
  return (Object.keys(KINDS) as KindName[]).flatMap((kind) => {
    const own = tried.filter(({ attack }) => attack.kind === kind);
    if (own.length === 0) return [];
    const open = gotThrough(own);
    return [
      `${String(own.length).padStart(4)} tried  ${String(open.length).padStart(3)} through  ${KINDS[kind].title}`,
      ...open.map(({ attack, outcome }) => `       THROUGH  ${attack.name}: ${outcome.through}`),
    ];
  });
}
