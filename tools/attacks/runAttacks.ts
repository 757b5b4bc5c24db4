import type { Attack, Outcome } from "./attack.js";
import type { AttackTarget } from "./attackTarget.js";
import { type KindName, KINDS } from "./kinds.js";

export interface AttackResult {
  readonly attack: Attack;
  readonly outcome: Outcome;
}

/** Each of these has a project of its own and mostly waits, so several run at once. */
const CONCURRENT_KINDS: readonly KindName[] = ["traps", "copies"];
const AT_ONCE = 4;

/** The others are tried in turn: they share one plane, and some of them bring it down. */
export async function tryAll(
  target: AttackTarget,
  attacks: readonly Attack[],
  onResult: (one: AttackResult) => void = () => undefined,
): Promise<AttackResult[]> {
  const all: AttackResult[] = [];
  const attempt = async (attack: Attack): Promise<void> => {
    const one = { attack, outcome: await tryAttack(target, attack) };
    onResult(one);
    all.push(one);
  };
  const apart = attacks.filter(({ kind }) => CONCURRENT_KINDS.includes(kind)).values();
  const lane = async (): Promise<void> => {
    for (const attack of apart) await attempt(attack);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const attack of attacks) if (!CONCURRENT_KINDS.includes(attack.kind)) await attempt(attack);
  return all;
}

/** An attempt that fails with an exception proves nothing: it is not reported as held. */
async function tryAttack(target: AttackTarget, attack: Attack): Promise<Outcome> {
  try {
    return await attack.attempt(target);
  } catch (error) {
    return { through: `the try failed: ${(error as Error).message}` };
  }
}

export const filterSuccessful = (tried: readonly AttackResult[]): (AttackResult & { outcome: { through: string } })[] =>
  tried.filter((one): one is AttackResult & { outcome: { through: string } } => "through" in one.outcome);

/** One line for each kind, with its counts. */
export function formatLines(tried: readonly AttackResult[]): string[] {
  return (Object.keys(KINDS) as KindName[]).flatMap((kind) => {
    const own = tried.filter(({ attack }) => attack.kind === kind);
    if (own.length === 0) return [];
    const open = filterSuccessful(own);
    return [
      `${String(own.length).padStart(4)} tried  ${String(open.length).padStart(3)} through  ${KINDS[kind].title}`,
      ...open.map(({ attack, outcome }) => `       THROUGH  ${attack.name}: ${outcome.through}`),
    ];
  });
}
