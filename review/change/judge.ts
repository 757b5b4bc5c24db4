import type { Assumption } from "../../contract/assumption.js";
import { type Direction, SEVERITIES } from "../../contract/findings.js";
import type { Finding } from "../finding.js";
import { NEVER_JUDGED } from "../neverJudged.js";
import { judgeAccounts } from "./accounts.js";
import { createCauseFinder } from "./causes.js";
import { judgeBaselines } from "./clouds/baseline/baselineFindings.js";
import { judgeKeys } from "./clouds/keyFindings.js";
import { judgePaths } from "./clouds/pathFindings.js";
import { ReachabilityBuilder } from "./reachabilityBuilder.js";
import { type BranchComparison, listBranchesWithUnknownNetwork, compareProjects } from "./compare.js";
import { judgeConfiguration, findSecretApiUrl, judgeProviders } from "./configuration.js";
import { judgeDuplicateOwners } from "./duplicateOwners.js";
import type { UnjudgedPart } from "./effects.js";
import type { ChangeFinding } from "./finding.js";
import { type BaseListing, listUnknownCode, PROGRAM_CODE } from "./unknownCode.js";
import { weighGuardFindings } from "./guardFindings.js";
import { type Change, isOfOtherProvider, getStackUrn } from "./change.js";
import { parseClassName } from "../../contract/typeToken.js";
import { judgeNewlyDeclared } from "./newlyDeclared.js";
import { judgeLockedOut, judgeLockOut, listUnreadableLockOuts } from "./lockOut.js";
import { judgeIntermediateStates } from "./intermediateStates.js";
import { judgeExtendedEntries, judgeOverdueEntries } from "./timeboxedEntries.js";
import { judgePolicyViolations } from "./policyViolations.js";
import { judgeReach } from "./reachFindings.js";
import { judgeRelinquished, listUnfinished } from "./recordedFindings.js";
import { type PackOptions, judgeRequiredPacks, listUnjudgedPacks } from "./requiredPacks.js";
import { judgeResources, listUnknownFields } from "./resources.js";
import { judgeSecretsInClear } from "./secretsInClear.js";

export type Verdict = "approve" | "needsReview" | "block";

/** What a change means. */
export interface Review {
  /** Never `approve` of an advisory one. */
  readonly verdict: Verdict;
  /** Whether nobody vouches for the code that made the preview: such code can forge it. */
  readonly advisory: boolean;
  /** Most severe first. */
  readonly findings: readonly ChangeFinding[];
  /** What could not be judged. Where there is any, the verdict is never `approve`. */
  readonly unjudged: readonly UnjudgedPart[];
  /** What is never judged, whatever the change. */
  readonly notJudged: readonly string[];
  /** What was taken for true of references that the preview does not show; palisade guard holds the update to it. */
  readonly assumptions: readonly Assumption[];
  readonly comparisons: readonly BranchComparison[];
  /** How many resources are created, updated, replaced, deleted; of other providers as well. */
  readonly counts: Readonly<Record<string, number>>;
  /** Of other providers: seen, and not judged. */
  readonly others: number;
  readonly policyPacks: Readonly<Record<string, string>>;
}

export interface JudgeOptions extends PackOptions {
  /** The address that the update comes from: a finding when the change closes it out. */
  applyingAddress?: string | undefined;
  /** Milliseconds since 1970; the clock's when left out. */
  nowMs?: number;
  /** Nobody vouches for the code that made the preview. Default: false. */
  advisory?: boolean;
  /** What was found outside of the preview, such as in the configuration of a policy pack. */
  further?: readonly ChangeFinding[];
  /** What the program could run at the commit that the change is compared with; where it is not known, only what is recorded counts. */
  base?: BaseListing | undefined;
}

export function judge(given: Change, options: JudgeOptions = {}): Review {
  // The engine reports resources in any order; no verdict, and no sentence, goes by it.
  const change = { ...given, resources: [...given.resources].sort((a, b) => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0)) };
  const { advisory = false } = options;
  const nowMs = options.nowMs ?? Date.now();
  const builder = new ReachabilityBuilder(change.resources, nowMs);
  const comparisons = compareProjects(builder);
  const moments = judgeIntermediateStates(builder);
  const paths = judgePaths(change, comparisons);
  const keys = judgeKeys(change);
  const baselines = judgeBaselines(change);
  const found = [
    ...judgeReach(comparisons).map(createCauseFinder(builder)),
    ...judgeResources(change, builder),
    ...judgeDuplicateOwners(change, builder.references),
    ...judgeAccounts(change),
    ...paths.findings,
    ...keys.findings,
    ...baselines.findings,
    ...moments.findings,
    ...judgeNewlyDeclared(builder),
    ...judgeLockOut(change, comparisons, builder.references),
    ...judgeLockedOut(change, comparisons),
    ...judgeApplyingAddress(comparisons, options.applyingAddress),
    ...judgePolicyViolations(change),
    ...judgeRequiredPacks(change, options),
    ...judgeOverdueEntries(change, nowMs),
    ...judgeExtendedEntries(change, builder, nowMs),
    ...judgeConfiguration(change),
    ...judgeProviders(change),
    ...judgeRelinquished(change),
    ...judgeSecretsInClear(change),
    ...(options.further ?? []),
  ];
  const unjudged = removeDuplicates([
    ...builder.unjudged,
    ...listBranchesWithUnknownNetwork(comparisons),
    ...moments.unjudged,
    ...paths.unjudged,
    ...keys.unjudged,
    ...baselines.unjudged,
    ...listUnreadableLockOuts(change),
    ...listUnknownFields(change, builder.references),
    ...listUnknownKinds(change),
    ...listUnfinished(change),
    ...findSecretApiUrl(change),
    ...listUnknownOptions(change),
    ...listUnknownCode(change, options.base),
    ...listUnjudgedPacks(change, options),
  ]);
  const findings = weighGuardFindings(removeRepeats(found)).sort(compareByWeight).map(createDependentsFinder(change));
  const counts: Record<string, number> = {};
  for (const { op } of change.resources) counts[op] = (counts[op] ?? 0) + 1;
  return {
    verdict: computeVerdict(findings, unjudged, advisory),
    advisory,
    findings,
    unjudged,
    comparisons,
    counts,
    assumptions: builder.assumptions,
    notJudged: [
      ...NEVER_JUDGED,
      PROGRAM_CODE,
      ...("palisade:accounts" in change.preview.config ? ["where the keys of palisade:accounts go"] : []),
    ],
    others: change.resources.filter(isOfOtherProvider).length,
    policyPacks: change.preview.policyPacks,
  };
}

/** A possible loss of protection repeats a certain one. */
function removeRepeats(findings: readonly ChangeFinding[]): ChangeFinding[] {
  const known = new Set(findings.filter(({ rule }) => rule === "unprotected" || rule === "private-access-widened").map(({ urn }) => urn));
  return findings.filter(({ rule, urn }) => rule !== "left-until-now" || !known.has(urn));
}

const BLOCKING: ReadonlySet<Direction> = new Set<Direction>(["opens", "destroys", "closes"]);

/** High-severity openings, losses and lock-outs block; anything above low severity needs review; what could not be judged is never approved. */
export function computeVerdict(
  findings: readonly Pick<Finding, "severity" | "direction">[],
  unjudged: readonly unknown[],
  advisory: boolean,
): Verdict {
  if (findings.some(({ severity, direction }) => severity === "high" && BLOCKING.has(direction))) return "block";
  const remarks = findings.every(({ severity, direction }) => severity === "low" && direction !== "unknown");
  return remarks && unjudged.length === 0 && !advisory ? "approve" : "needsReview";
}

function compareByWeight(a: ChangeFinding, b: ChangeFinding): number {
  const weight = ({ severity, direction }: ChangeFinding) => SEVERITIES.indexOf(severity) * 10 + DIRECTIONS.indexOf(direction);
  return weight(a) - weight(b);
}
const DIRECTIONS: readonly Direction[] = ["opens", "destroys", "unknown", "neutral", "closes"];

function judgeApplyingAddress(comparisons: readonly BranchComparison[], address: string | undefined): ChangeFinding[] {
  if (address === undefined) return [];
  return comparisons.flatMap(({ project, branch, before, after }): ChangeFinding[] =>
    before?.reach.public.has(address) === true && after?.reach.public.has(address) === false
      ? [
          {
            urn: branch.urn,
            rule: "closes-applying-address",
            severity: "medium",
            direction: "closes",
            resource: { kind: "branch", id: `${project.key}/${branch.key}`, name: `${project.name}/${branch.name}` },
            before: `${address} may connect`,
            after: `${address} may not`,
            says: "The address that this update comes from can no longer connect: grants and checks that need SQL fail from then on.",
            remedy: "Keep the address, or apply from one that stays.",
          },
        ]
      : [],
  );
}

const listUnknownKinds = ({ resources }: Change): UnjudgedPart[] =>
  resources.flatMap(({ urn, type, kind, op }) =>
    kind === undefined && op !== "same" && parseClassName(type) !== undefined
      ? [{ urn, why: `${parseClassName(type) ?? ""} is not known to this version of Palisade` }]
      : [],
  );

/** Events show neither what is ignored nor which outputs are secret. */
const listUnknownOptions = ({ optionsKnown, resources }: Change): UnjudgedPart[] =>
  optionsKnown || resources.every(({ kind }) => kind === undefined)
    ? []
    : [
        {
          urn: getStackUrn(resources),
          why: "without the state and the plan it is not known whether ignoreChanges or secret outputs change",
        },
      ];

const removeDuplicates = (list: readonly UnjudgedPart[]): UnjudgedPart[] => [
  ...new Map(list.map((one) => [`${one.urn} ${one.why}`, one])).values(),
];

/** Adds who depends on the resource of a finding that opens, destroys or is unknown. */
function createDependentsFinder({ resources }: Change): (finding: ChangeFinding) => ChangeFinding {
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
