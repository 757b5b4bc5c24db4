import fc from "fast-check";
import type { Access } from "../reliability/providerProcess.js";
import { type ClassifiedOutcome, classify } from "./caseClasses.js";
import { TRIAL } from "./trialGenerator.js";
import { generateSmallerTrials } from "./smallerTrials.js";
import { type Outcome, runTrial, type Trial } from "./trial.js";
import { isImmediate } from "./widening.js";

/** A case, by the seed that makes it again. */
export interface Case extends ClassifiedOutcome {
  readonly seed: number;
}

/** Not biased to small values: each seed makes one case only. */
export const generateTrial = (seed: number): Trial => fc.sample(TRIAL, { seed, numRuns: 1, unbiased: true })[0] as Trial;

/** One case. */
export async function runSeed(seed: number, access: Access): Promise<Case> {
  return { seed, ...(await runAndClassify(generateTrial(seed), access)) };
}

const runAndClassify = async (trial: Trial, access: Access): Promise<ClassifiedOutcome> =>
  classify(await runTrial(trial, access), (other) => runTrial(other, access));

/** So many smaller cases are tried for one. */
const MOST_TRIES = 200;

/** The smallest case of the same class that is found from this one: something is taken away as long as the class stays. */
export async function shrink(one: ClassifiedOutcome, access: Access): Promise<ClassifiedOutcome> {
  let smallest = one;
  let tries = 0;
  for (let again = true; again;) {
    again = false;
    for (const trial of generateSmallerTrials(smallest.outcome.trial)) {
      if (tries++ >= MOST_TRIES) return smallest;
      const found = await findSameClass(one, trial, access);
      if (!found) continue;
      [smallest, again] = [found, true];
      break;
    }
  }
  return smallest;
}

/** In a smaller case another order of steps may be the one that widens. */
const ORDERS = [0, 1, 2];

/** The trial's case, where it is one of the same kind. */
async function findSameClass(one: ClassifiedOutcome, trial: Trial, access: Access): Promise<ClassifiedOutcome | undefined> {
  for (const more of one.class === "missed" ? ORDERS : [0]) {
    const found = await runAndClassify({ ...trial, order: trial.order + more }, access);
    if (found.class === one.class && getEssentials(found.outcome) === getEssentials(one.outcome)) return found;
  }
  return undefined;
}

/** What must stay while a case is made smaller. */
const getEssentials = ({ widenings, verdict }: Outcome): string => `${verdict} ${widenings.find(isImmediate)?.kind ?? ""}`;

/** Worth reporting once: the same class, kinds of widening, reasons, and kinds of resources that change. */
export function computeSignature({ class: one, outcome: { trial, widenings, findings, unjudged } }: ClassifiedOutcome): string {
  const before = new Set((trial.history.at(-1) ?? []).map((declaration) => JSON.stringify(declaration)));
  const changed = trial.after.filter((declaration) => !before.has(JSON.stringify(declaration))).map(({ kind }) => kind);
  const kinds = (list: readonly string[]) => [...new Set(list)].sort().join(",");
  const why = one === "missed" ? kinds(widenings.map(({ kind }) => kind)) : kinds([...findings.map(({ rule }) => rule), ...unjudged]);
  return `${one} ${why} ${kinds(changed)}`;
}
