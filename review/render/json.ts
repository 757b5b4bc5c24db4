import { redact } from "../../contract/redact.js";
import { type Reach, containsReach } from "../../contract/reachability.js";
import type { BranchComparison } from "../change/compare.js";
import type { ChangeFinding } from "../change/finding.js";
import type { Review } from "../change/judge.js";
import { formatAddressSet } from "../change/formatReach.js";
import type { BranchReaches } from "../reachability/model.js";
import { toSafeJson } from "../terminalText.js";

/** The review for machines, and what every other form is made of. Fields are only ever added. */
export interface ReviewJson {
  readonly version: 1;
  /** `project/stack` */
  readonly stack: string;
  readonly verdict: Review["verdict"];
  readonly advisory: boolean;
  readonly findings: readonly ChangeFinding[];
  readonly unjudged: Review["unjudged"];
  /** References that the preview does not show, and what they are taken to refer to. */
  readonly assumptions: Review["assumptions"];
  readonly notJudged: readonly string[];
  readonly counts: Review["counts"];
  /** Resources of other providers that change; they are not judged. */
  readonly others: number;
  readonly policyPacks: Review["policyPacks"];
  readonly reach: readonly BranchJson[];
}

export interface BranchJson {
  readonly project: string;
  readonly branch: string;
  /** `opens` when anybody gains any of the reaches. */
  readonly direction: "opens" | "closes" | "neutral";
  /** null where the branch does not exist on that side. */
  readonly before: ReachesJson | null;
  readonly after: ReachesJson | null;
}

/** Who may connect; who could once a compute runs and no block stands; who reaches the rows through any branch that holds them. */
export interface ReachesJson {
  readonly reach: ReachJson;
  readonly latent: ReachJson;
  readonly data: ReachJson;
}

export interface ReachJson {
  readonly public: string;
  readonly private: readonly string[];
}

/** @param stack `project/stack` */
export const toJson = (review: Review, stack: string): ReviewJson => {
  const { verdict, advisory, findings, unjudged, assumptions, notJudged, counts, others, policyPacks, comparisons } = review;
  return redactSecrets({
    version: 1,
    stack,
    verdict,
    advisory,
    findings,
    unjudged,
    assumptions,
    notJudged,
    counts,
    others,
    policyPacks,
    // Of branches that nobody knows of, only what changes is worth a row.
    reach: comparisons
      .map((one) => ({ row: toBranchJson(one), isAssumed: one.branch.origin === "assumed" }))
      .flatMap(({ row, isAssumed }) => (isAssumed && row.direction === "neutral" ? [] : [row])),
  });
};

const toBranchJson = ({ project, branch, before, after }: BranchComparison): BranchJson => ({
  project: project.name,
  branch: branch.name,
  direction: getDirection(before, after),
  before: before ? toReachesJson(before) : null,
  after: after ? toReachesJson(after) : null,
});

const KINDS = ["reach", "latent", "dataReach"] as const;

function getDirection(before: BranchReaches | undefined, after: BranchReaches | undefined): BranchJson["direction"] {
  const covers = (a: BranchReaches | undefined, b: BranchReaches | undefined) =>
    KINDS.every((kind) => b === undefined || (a ? containsReach(a[kind], b[kind]) : isNobody(b[kind])));
  if (!covers(before, after)) return "opens";
  return covers(after, before) ? "neutral" : "closes";
}

const isNobody = (reach: Reach): boolean => reach.public.isEmpty && reach.private.size === 0;

const toReachesJson = ({ reach, latent, dataReach }: BranchReaches): ReachesJson => ({
  reach: toReachJson(reach),
  latent: toReachJson(latent),
  data: toReachJson(dataReach),
});

const toReachJson = (reach: Reach): ReachJson => ({ public: formatAddressSet(reach.public), private: [...reach.private].sort() });

/** JSON of any form, printed: parses back to the same, and neither steers a terminal nor commands a CI runner (`escapeCommands`). */
export const renderJson = (value: unknown): string => `${toSafeJson(value, 1).replaceAll("##", "#\\u0023")}\n`;

/** Keys and passwords that got into a name or a value stay here, whatever form follows. */
function redactSecrets<T>(value: T): T {
  if (typeof value === "string") return redact(value) as T;
  if (Array.isArray(value)) return value.map(redactSecrets) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [redact(name), redactSecrets<unknown>(inner)])) as T;
}
