/** The least strength of a role's password, in bits: Neon's documented minimum. */
export const MINIMUM_BITS = 60;

/**
 * Why Neon refuses this password for a role, in its own words; `undefined` when it takes it.
 * Empty and already hashed passwords are refused too: nobody can judge them.
 */
export function findPasswordProblem(password: string): string | undefined {
  if (password === "") return "Neon does not support roles with empty passwords";
  if (HASHED.test(password)) return "Neon only supports being given plaintext passwords.";
  return computeEntropyBits(password) >= MINIMUM_BITS ? undefined : formatAdvice(password);
}

/**
 * Strength in bits as github.com/wagslane/go-password-validator counts it: log2 of the alphabet, for each byte that is left
 * after long runs and keyboard sequences are cut. Its quirks are kept: what Neon refuses must be refused here, and nothing else.
 */
export function computeEntropyBits(password: string): number {
  return computeCountedLength(password) * Math.log2(Math.max(1, computeAlphabetSize(password)));
}

/** Size of the alphabet: each set that occurs counts whole, every other character once. */
export function computeAlphabetSize(password: string): number {
  const sets = new Set<string>();
  let others = 0;
  for (const rune of new Set(password)) {
    const set = SETS.find((one) => one.includes(rune));
    if (set === undefined) others++;
    else sets.add(set);
  }
  return [...sets].reduce((size, set) => size + set.length, others);
}

/** Length in UTF-8 bytes after the third and later characters of runs and sequences are dropped. */
export function computeCountedLength(password: string): number {
  return Buffer.byteLength(SEQUENCES.reduce(removeSequence, removeRuns(Array.from(password))).join(""));
}

/** What Postgres itself stores: SCRAM verifiers and MD5 hashes. */
const HASHED = /^(?:SCRAM-SHA-256\$\d+:[^$]+\$[^:]+:.+|md5[0-9a-f]{32})$/s;

const SPECIAL = ["!@$&*", "_-., ", "\"#%'()+/:;<=>?[\\]^{|}~"] as const;
const [LOWER, UPPER, DIGITS] = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"] as const;
const SETS: readonly string[] = [...SPECIAL, LOWER, UPPER, DIGITS];

const FORWARD = [DIGITS, "qwertyuiop", "asdfghjkl", "zxcvbnm", LOWER].map((text) => Array.from(text));
const SEQUENCES = [...FORWARD, ...FORWARD.map((runes) => [...runes].reverse())];

function removeRuns(runes: readonly string[]): string[] {
  const kept: string[] = [];
  for (const rune of runes) if (rune !== kept.at(-1) || rune !== kept.at(-2)) kept.push(rune);
  return kept;
}

/** The original walks password and sequence in one loop, so that a walk may begin in the middle of a match: copied, not repaired. */
function removeSequence(runes: readonly string[], sequence: readonly string[]): string[] {
  const kept = [...runes];
  let matches = 0;
  for (let at = 0; at < kept.length; at++) {
    for (const expected of sequence) {
      if (at >= kept.length) break;
      if (kept[at] !== expected) matches = 0;
      else if (++matches > 2) kept.splice(at, 1);
      else at++;
    }
  }
  return kept;
}

function formatAdvice(password: string): string {
  const has = (set: string) => Array.from(password).some((rune) => set.includes(rune));
  const wishes = [
    SPECIAL.every(has) ? [] : "including more special characters",
    has(LOWER) ? [] : "using lowercase letters",
    has(UPPER) ? [] : "using uppercase letters",
    has(DIGITS) ? [] : "using numbers",
  ].flat();
  return `insecure password, try ${wishes.length > 0 ? `${wishes.join(", ")} or ` : ""}using a longer password`;
}
