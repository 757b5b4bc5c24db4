import type { Outcome, Trial } from "./trial.js";
import { isImmediate } from "./widening.js";
import { UNDECLARED_ENDPOINTS } from "./trialEnvironment.js";

/** What a case says of the judge. */
export type CaseClass =
  /** It widened, and was approved: what must never be. */
  | "missed"
  /** It widened, and was not approved. */
  | "seen"
  /** Nothing widened, and it was approved. */
  | "approved"
  /** The engine ends the preview; nothing is judged. */
  | "refused"
  // Nothing widened, and it was not approved, because …
  /** … the update ended early, and what was judged never came. */
  | "ended early"
  /** … more could connect as soon as a compute runs or a block is lifted. */
  | "latent"
  /** … a finding asks for a person that is not about who may connect: data is lost, a guard is taken off, … */
  | "asked"
  /** … a value is known only after the update. */
  | "unknown"
  /** … in another order, or beside other branches that the stack does not declare, it widens. */
  | "possible"
  /** … for no reason that this file knows. */
  | "false alarm";

export const CLASSES: readonly CaseClass[] = [
  ...(["missed", "seen", "approved", "refused"] as const),
  ...(["ended early", "latent", "asked", "unknown", "possible", "false alarm"] as const),
];

/** Rules that say that somebody may reach more. Every other rule asks for another reason. */
const REACH_RULES: ReadonlySet<string> = new Set([
  ...["opened-to-everyone", "access-widened", "born-open", "new-branch", "private-access-widened", "vpc-restriction-lifted"],
  ...["opened-latently", "rows-widened", "open-for-a-moment", "unprotected"],
]);

export interface ClassifiedOutcome {
  readonly class: CaseClass;
  readonly outcome: Outcome;
}

/** @param run for a second look: whether it widens in another order, or in another world */
export async function classify(outcome: Outcome, run: (trial: Trial) => Promise<Outcome>): Promise<ClassifiedOutcome> {
  const first = classifyAlone(outcome);
  if (first !== "false alarm") return { class: first, outcome };
  for (const trial of buildOtherTrials(outcome.trial)) {
    const other = await run(trial);
    if (other.verdict !== "refused" && other.widenings.length > 0) return { class: "possible", outcome };
  }
  return { class: first, outcome };
}

function classifyAlone({ verdict, widenings, failure, findings, isHidden }: Outcome): CaseClass {
  if (verdict === "refused") return "refused";
  if (widenings.some(isImmediate)) return verdict === "approve" ? "missed" : "seen";
  if (verdict === "approve") return "approved";
  if (failure !== undefined) return "ended early";
  if (widenings.length > 0) return "latent";
  const reasons = listReasons({ findings, unjudged: [] });
  if (reasons.some((rule) => !REACH_RULES.has(rule))) return "asked";
  if (isHidden) return "unknown";
  return "false alarm";
}

/** Why a change is not approved. */
export const listReasons = ({ findings, unjudged }: Pick<Outcome, "findings" | "unjudged">): string[] => [
  ...new Set([
    ...findings.filter(({ severity, direction }) => severity !== "low" || direction === "unknown").map(({ rule }) => rule),
    ...unjudged,
  ]),
];

/** A review must count with every order, and with what the stack does not declare. */
function buildOtherTrials(trial: Trial): Trial[] {
  const projects = [...new Set([...trial.history, trial.after].flat().flatMap(({ kind, name }) => (kind === "Project" ? [name] : [])))];
  const undeclared = {
    endpoints: Array.from({ length: UNDECLARED_ENDPOINTS }, (_, index) => index),
    branches: projects.flatMap((project) => [true, false].map((isProtected) => ({ project, protected: isProtected }))),
  };
  return [1, 2, 3].map((more) => ({
    ...trial,
    order: trial.order + more,
    undeclared: { ...undeclared, outsideProtected: more % 2 === 1 },
  }));
}
