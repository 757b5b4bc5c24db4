import { type Direction, SEVERITIES } from "../../contract/findings.js";
import type { Finding } from "../finding.js";
import { NOT_JUDGED } from "../scan/scan.js";
import { accountFindings } from "./accounts.js";
import { causesIn } from "./causes.js";
import { judgePaths } from "./clouds/findings.js";
import { type BranchComparison, compareScenes, reachFindings } from "./compare.js";
import { configurationFindings, hiddenApi } from "./configuration.js";
import type { ChangeFinding } from "./finding.js";
import { weighGuards } from "./guards.js";
import { type Change, classOf, isOthers, stackUrnOf } from "./model.js";
import { orderFindings } from "./order.js";
import { lastingFindings, overdueFindings } from "./overdue.js";
import { policyFindings } from "./policies.js";
import { relinquishedFindings, unfinished } from "./recorded.js";
import { resourceFindings, unknownFields } from "./resources.js";
import { sceneAfter, sceneBefore, type Unjudged } from "./scene.js";
import { twiceFindings } from "./twice.js";

export type Verdict = "approve" | "needsReview" | "block";

/** What a change means. */
export interface Review {
  /** Never `approve` of an advisory one. */
  readonly verdict: Verdict;
  /** Whether nobody vouches for the code that made the preview: such code can forge it. */
  readonly advisory: boolean;
  /** The gravest first. */
  readonly findings: readonly ChangeFinding[];
  /** What could not be judged. Where there is any, the verdict is never `approve`. */
  readonly unjudged: readonly Unjudged[];
  /** What is never judged, whatever the change. */
  readonly notJudged: readonly string[];
  readonly comparisons: readonly BranchComparison[];
  /** How many resources are created, updated, replaced, deleted; of other providers as well. */
  readonly counts: Readonly<Record<string, number>>;
  /** Of other providers: seen, and not judged. */
  readonly others: number;
  readonly policyPacks: Readonly<Record<string, string>>;
}

export interface JudgeOptions {
  /** The address that the update comes from: a finding when the change closes it out. */
  applyingAddress?: string | undefined;
  /** Names of policy packs that must have run. */
  requiredPacks?: readonly string[];
  /** Milliseconds since 1970; the clock's when left out. */
  nowMs?: number;
  /** Nobody vouches for the code that made the preview. Default: false. */
  advisory?: boolean;
  /** What was found outside of the preview, such as in the configuration of a policy pack. */
  further?: readonly ChangeFinding[];
}

export function judge(change: Change, options: JudgeOptions = {}): Review {
  const { advisory = false } = options;
  const before = sceneBefore(change.resources, options.nowMs ?? Date.now());
  const after = sceneAfter(change.resources, before, () => true);
  const comparisons = compareScenes(before, after);
  const order = orderFindings(change.resources, before, after);
  const paths = judgePaths(change);
  const found = [
    ...reachFindings(comparisons).map(causesIn(change.resources, before, after)),
    ...resourceFindings(change),
    ...twiceFindings(change),
    ...accountFindings(change),
    ...paths.findings,
    ...order.findings,
    ...lockedOut(comparisons, options.applyingAddress),
    ...policyFindings(change, options.requiredPacks ?? []),
    ...overdueFindings(change, before.nowMs),
    ...lastingFindings(change, before.nowMs),
    ...configurationFindings(change),
    ...relinquishedFindings(change),
    ...(options.further ?? []),
  ];
  const unjudged = unique([
    ...before.unjudged,
    ...after.unjudged,
    ...strangers(comparisons),
    ...order.unjudged,
    ...paths.unjudged,
    ...unknownFields(change),
    ...unknownKinds(change),
    ...unfinished(change),
    ...hiddenApi(change),
    ...optionsOf(change),
  ]);
  const findings = weighGuards(found).sort(byWeight).map(dependentsIn(change));
  const counts: Record<string, number> = {};
  for (const { op } of change.resources) counts[op] = (counts[op] ?? 0) + 1;
  return {
    ...{ verdict: verdictOf(findings, unjudged, advisory), advisory, findings, unjudged, comparisons, counts },
    notJudged: [...NOT_JUDGED, ...("palisade:accounts" in change.preview.config ? ["where the keys of palisade:accounts go"] : [])],
    others: change.resources.filter(isOthers).length,
    policyPacks: change.preview.policyPacks,
  };
}

const OPENS: ReadonlySet<Direction> = new Set<Direction>(["opens", "destroys"]);

/** Grave openings and losses block; whatever is more than a remark needs a person; what nobody could judge is never approved. */
export function verdictOf(
  findings: readonly Pick<Finding, "severity" | "direction">[],
  unjudged: readonly unknown[],
  advisory: boolean,
): Verdict {
  if (findings.some(({ severity, direction }) => severity === "high" && OPENS.has(direction))) return "block";
  const remarks = findings.every(({ severity, direction }) => severity === "low" && direction !== "unknown");
  return remarks && unjudged.length === 0 && !advisory ? "approve" : "needsReview";
}

function byWeight(a: ChangeFinding, b: ChangeFinding): number {
  const weight = ({ severity, direction }: ChangeFinding) => SEVERITIES.indexOf(severity) * 10 + DIRECTIONS.indexOf(direction);
  return weight(a) - weight(b);
}
const DIRECTIONS: readonly Direction[] = ["opens", "destroys", "unknown", "neutral", "closes"];

function lockedOut(comparisons: readonly BranchComparison[], address: string | undefined): ChangeFinding[] {
  if (address === undefined) return [];
  return comparisons.flatMap(({ project, branch, before, after }): ChangeFinding[] =>
    before?.reach.public.has(address) === true && after?.reach.public.has(address) === false
      ? [
          {
            ...{ urn: branch.urn, rule: "closes-applying-address", severity: "medium", direction: "closes" },
            resource: { kind: "branch", id: `${project.key}/${branch.key}`, name: `${project.name}/${branch.name}` },
            ...{ before: `${address} may connect`, after: `${address} may not` },
            says: "The address that this update comes from can no longer connect: grants and checks that need SQL fail from then on.",
            remedy: "Keep the address, or apply from one that stays.",
          },
        ]
      : [],
  );
}

const unknownKinds = ({ resources }: Change): Unjudged[] =>
  resources.flatMap(({ urn, type, kind, op }) =>
    kind === undefined && op !== "same" && classOf(type) !== undefined
      ? [{ urn, why: `${classOf(type) ?? ""} is not known to this version of Palisade` }]
      : [],
  );

/** New branches of a project whose network another stack declares. */
const strangers = (comparisons: readonly BranchComparison[]): Unjudged[] =>
  comparisons.flatMap(({ project, branch, before, after }) =>
    after && !before && branch.standing === "declared" && !project.networkDeclared
      ? [{ urn: branch.urn, why: "who may connect to its project is declared elsewhere" }]
      : [],
  );

/** Events show neither what is ignored nor which outputs are secret. */
const optionsOf = ({ optionsKnown, resources }: Change): Unjudged[] =>
  optionsKnown || resources.every(({ kind }) => kind === undefined)
    ? []
    : [
        {
          urn: stackUrnOf(resources),
          why: "without the state and the plan it is not known whether ignoreChanges or secret outputs change",
        },
      ];

const unique = (list: readonly Unjudged[]): Unjudged[] => [...new Map(list.map((one) => [`${one.urn} ${one.why}`, one])).values()];

/** Adds who depends on the resource of a finding that opens, destroys or is unknown. */
function dependentsIn({ resources }: Change): (finding: ChangeFinding) => ChangeFinding {
  const dependents = new Map<string, string[]>();
  for (const { urn, after, before } of resources)
    for (const dependency of (after ?? before)?.dependencies ?? []) {
      const others = dependents.get(dependency);
      if (others) others.push(urn);
      else dependents.set(dependency, [urn]);
    }
  const known = new Map<string, readonly string[]>();
  const of = (urn: string): readonly string[] => {
    const reached = new Set([urn]);
    for (const one of reached) for (const next of dependents.get(one) ?? []) reached.add(next);
    reached.delete(urn);
    return [...reached];
  };
  return (finding) => {
    if (finding.direction === "closes" || finding.direction === "neutral") return finding;
    const all = known.get(finding.urn) ?? of(finding.urn);
    known.set(finding.urn, all);
    return all.length === 0 ? finding : { ...finding, dependents: all };
  };
}
