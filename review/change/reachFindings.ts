import { AddressSet, isEveryone, isNearlyEveryone } from "../../contract/ranges.js";
import type { Reach } from "../../contract/reachability.js";
import type { BranchReaches } from "../reachability/model.js";
import type { BranchComparison } from "./compare.js";
import type { ProjectModel } from "./projectDraft.js";
import type { ChangeFinding } from "./finding.js";
import { toAddressDelta, capitalize, formatEndpointIds, formatReach, formatAddressSet, formatWho } from "./formatReach.js";

/** What the comparison finds. Branches of one project with the same difference make one finding. */
export function judgeReach(comparisons: readonly BranchComparison[]): ChangeFinding[] {
  const differences = createDifferenceFinder();
  const groups = new Map<string, { finding: ChangeFinding; branches: string[]; urns: Set<string> }>();
  // Of branches that are only assumed nothing is said that a declared one shows as well.
  const isAssumed = ({ branch }: BranchComparison) => branch.origin === "assumed";
  for (const comparison of [...comparisons.filter((one) => !isAssumed(one)), ...comparisons.filter(isAssumed)])
    for (const { key, finding: found } of differences(comparison)) {
      const { project, branch } = comparison;
      const group = groups.get(`${project.key} ${key}`);
      if (group && isAssumed(comparison)) continue;
      if (group) {
        group.branches.push(branch.name);
        group.urns.add(branch.urn);
      } else {
        const finding = { ...found, ...toFindingPlace(comparison) };
        groups.set(`${project.key} ${key}`, {
          // Nobody knows that there is one.
          finding: isAssumed(comparison) && finding.severity === "high" ? { ...finding, severity: "medium" } : finding,
          branches: [branch.name],
          urns: new Set([branch.urn]),
        });
      }
    }
  return [...groups.values()].map(({ finding, branches, urns }) =>
    branches.length === 1
      ? finding
      : { ...finding, ...buildSummary(finding, branches), ...(urns.size === 1 && { urn: [...urns][0] as string }) },
  );
}

const MOST_NAMED = 4;

function buildSummary(finding: ChangeFinding, branches: readonly string[]): Pick<ChangeFinding, "resource" | "says"> {
  const [project = finding.resource.name] = finding.resource.name.split("/", 1);
  const named =
    branches.slice(0, MOST_NAMED).join(", ") + (branches.length > MOST_NAMED ? ` and ${branches.length - MOST_NAMED} more` : "");
  return {
    resource: { kind: "project", id: finding.project ?? "", name: project },
    says: `${finding.says} The same holds for ${branches.length} branches: ${named}.`,
  };
}

interface Difference {
  /** Equal for branches that one sentence can be said of. */
  readonly key: string;
  readonly finding: ChangeFinding;
}
type FindingPlace = Required<Pick<ChangeFinding, "resource" | "urn" | "project">>;

const toFindingPlace = ({ project, branch }: BranchComparison): FindingPlace => ({
  resource: { kind: "branch", id: `${project.key}/${branch.key}`, name: `${project.name}/${branch.name}` },
  urn: branch.urn,
  project: project.key,
});

/** Most branches of a project are reached alike: what is so of one is so of all of its sort. The findings name the first of them. */
function createDifferenceFinder(): (comparison: BranchComparison) => readonly Difference[] {
  const numbers = new Map<Reach, number>();
  const numberOf = (reach: Reach): number => {
    const number = numbers.get(reach) ?? numbers.size;
    numbers.set(reach, number);
    return number;
  };
  const sortOf = (reaches: BranchReaches | undefined) => reaches && [reaches.reach, reaches.latent, reaches.dataReach].map(numberOf).join();
  const known = new Map<string, readonly Difference[]>();
  return (comparison) => {
    const { project, before, after, protection } = comparison;
    const sort = [project.key, protection, sortOf(before), sortOf(after)].join(" ");
    const found = known.get(sort) ?? [...findDifferences(comparison, toFindingPlace(comparison))];
    known.set(sort, found);
    return found;
  };
}

function* findDifferences(comparison: BranchComparison, at: FindingPlace): Generator<Difference> {
  const { before, after, protection } = comparison;
  // What becomes of a removed branch is told by the removal.
  if (after === undefined) return;
  if (protection) yield { key: `protection ${protection}`, finding: { ...at, ...buildProtectionNote(protection, comparison.project) } };
  if (before === undefined) {
    yield* judgeNewBranch(at, comparison, after.reach);
    return;
  }
  yield* judgePublicReach(comparison, before.reach, after.reach, at);
  yield* judgePrivateReach(comparison, before.reach, after.reach, at);
  // What a reach opens, opens latently and for the rows as well: once is enough.
  const opened = { public: after.reach.public.subtract(before.reach.public), private: listNewIds(before.reach, after.reach) };
  if (before.latent !== before.reach || after.latent !== after.reach)
    yield* judgeFurtherReach("latent", before.latent, after.latent, opened, at);
  if (before.dataReach !== before.reach || after.dataReach !== after.reach)
    yield* judgeFurtherReach("rows", before.dataReach, after.dataReach, opened, at);
}

const listNewIds = (before: Reach, after: Reach): ReadonlySet<string> =>
  new Set([...after.private].filter((id) => !before.private.has(id)));

const PROTECTION: Record<"lost" | "gained", Omit<ChangeFinding, "resource" | "urn" | "project">> = {
  lost: {
    rule: "unprotected",
    severity: "high",
    direction: "opens",
    before: "protected",
    after: "not protected",
    says: "The branch loses its protection: it can then be deleted and reset, and copies of it keep its passwords.",
    remedy: "Keep protected: true. Where the branch is to go, take protection away in a change of its own.",
  },
  gained: {
    rule: "protected",
    severity: "low",
    direction: "closes",
    before: "not protected",
    after: "protected",
    says: "The branch becomes protected.",
    remedy: "No action needed.",
  },
};

/** Where the list guards protected branches alone, that is what matters most. */
const buildProtectionNote = (protection: "lost" | "gained", { facts }: ProjectModel) => {
  const note = PROTECTION[protection];
  const unguarded = protection === "lost" && facts.protectedBranchesOnly;
  return unguarded ? { ...note, says: `${note.says} The list guards protected branches only, so it no longer guards this one.` } : note;
};

const SESSIONS =
  "Open sessions stay open: end them with pg_terminate_backend, or restart the compute, where what is taken away must lose access at once.";

/** A new branch is judged as one that was closed so far. */
function* judgeNewBranch(at: FindingPlace, { project }: BranchComparison, reach: Reach): Generator<Difference> {
  if (reach.public.isEmpty && reach.private.size === 0) return;
  const strangers = isNearlyEveryone(reach.public);
  const says = isEveryone(reach.public)
    ? "A new branch may be reached from every address of the internet."
    : `A new branch: ${formatWho(reach.public, reach.private)} may try to connect.`;
  yield {
    key: `new ${toSetKey(reach.public)}`,
    finding: {
      ...at,
      rule: strangers ? "born-open" : "new-branch",
      severity: strangers ? "high" : "low",
      direction: "opens",
      says,
      before: "does not exist",
      after: formatReach(reach),
      addresses: toAddressDelta(reach.public, AddressSet.nobody),
      remedy: !strangers
        ? "No action needed, if these are the addresses that need the new branch."
        : project.facts.protectedBranchesOnly
          ? 'Let the list guard every branch (scope: "all"), protect the branch, or make it with compute: "none".'
          : "List the addresses that need access instead.",
    },
  };
}

function* judgePublicReach(
  { project }: BranchComparison,
  { public: before }: Reach,
  { public: after }: Reach,
  at: FindingPlace,
): Generator<Difference> {
  const [opened, closed] = [after.subtract(before), before.subtract(after)];
  const key = `${toSetKey(opened)} ${toSetKey(closed)}`;
  const texts = { before: formatAddressSet(before), after: formatAddressSet(after), addresses: toAddressDelta(opened, closed) };
  if (!opened.isEmpty) {
    const everyone = isEveryone(after);
    yield {
      key: `opened ${key}`,
      finding: {
        ...at,
        ...texts,
        direction: "opens",
        ...(everyone
          ? { rule: "opened-to-everyone", severity: "high" }
          : { rule: "access-widened", severity: isNearlyEveryone(opened) ? "high" : "medium" }),
        says: everyone
          ? `The branch may then be reached from ${formatAddressSet(after)}${after.equals(AddressSet.everyone) ? " of the internet" : ""}.`
          : `${capitalize(formatAddressSet(opened))} may then try to connect${closed.isEmpty ? "" : `; ${formatAddressSet(closed)} no longer can`}.`,
        remedy: everyone
          ? "List the addresses that need access instead."
          : "Approve it if these addresses need access; otherwise take them out.",
      },
    };
    return;
  }
  if (closed.isEmpty) return;
  // Of a list that others own as well only the stack's own entries are known.
  const shut = after.isEmpty && (project.networkDeclared || project.facts.blockPublicConnections);
  const others = project.networkDeclared ? "" : ", unless another entry of the list admits them";
  yield {
    key: `closed ${key}`,
    finding: {
      ...at,
      ...texts,
      direction: "closes",
      ...(shut ? { rule: "closed-to-everyone", severity: "medium" } : { rule: "access-narrowed", severity: "low" }),
      says: shut
        ? "Nobody can connect from the internet any more."
        : `${capitalize(formatAddressSet(closed))} can no longer connect${others}.`,
      remedy: `${shut ? "Make sure that a private endpoint, or nobody at all, is the way in that is meant. " : ""}${SESSIONS}`,
    },
  };
}

function* judgePrivateReach(
  { project, projectBefore }: BranchComparison,
  before: Reach,
  after: Reach,
  at: FindingPlace,
): Generator<Difference> {
  const [opened, closed] = [listNewIds(before, after), listNewIds(after, before)];
  const texts = { before: formatEndpointIds(before.private), after: formatEndpointIds(after.private) };
  const key = `${[...opened].join()} ${[...closed].join()}`;
  if (opened.size > 0) {
    const lifted = formatLiftedRestriction(project, projectBefore, opened);
    yield {
      key: `private opened ${key}`,
      finding: {
        ...at,
        ...texts,
        direction: "opens",
        ...(lifted === undefined
          ? { rule: "private-access-widened", severity: "medium" }
          : { rule: "vpc-restriction-lifted", severity: "high" }),
        says: `${formatEndpoints(opened)} may then connect${closed.size === 0 ? "" : `, and ${formatEndpointIds(closed)} no longer`}; the address list does not apply there.${lifted ?? ""}`,
        remedy:
          project.facts.vpcRestrictions.length > 0
            ? "Approve it if the endpoint needs access; otherwise take its VpcEndpointRestriction out."
            : "Restrict the project to the endpoints that it needs (VpcEndpointRestriction), or block private endpoints.",
      },
    };
  } else if (closed.size > 0)
    yield {
      key: `private closed ${key}`,
      finding: {
        ...at,
        ...texts,
        rule: "private-access-narrowed",
        severity: "low",
        direction: "closes",
        says: `${formatEndpoints(closed)} can no longer connect.`,
        remedy: SESSIONS,
      },
    };
}

/**
 * That a restriction which stood held these endpoints off, and none is left that does; undefined where there was none, or where it was another
 * setting that held them off.
 */
function formatLiftedRestriction(project: ProjectModel, before: ProjectModel | undefined, opened: ReadonlySet<string>): string | undefined {
  const [had, has] = [before?.facts.vpcRestrictions ?? [], project.facts.vpcRestrictions];
  if (has.length > 0 || had.length === 0 || [...opened].every((id) => had.includes(id))) return undefined;
  return project.declared ? " No restriction is left." : " No restriction is left, unless another stack restricts the project.";
}

/** The subject of a sentence; ids are not to be capitalised. */
function formatEndpoints(ids: ReadonlySet<string>): string {
  const text = formatWho(AddressSet.nobody, ids);
  return text.startsWith("every ") ? capitalize(text) : `The private endpoint${ids.size === 1 ? "" : "s"} ${text}`;
}

const formatSubject = (addresses: AddressSet, ids: readonly string[]): string =>
  addresses.isEmpty ? formatEndpoints(new Set(ids)) : capitalize(formatWho(addresses, ids));

const BEYOND = {
  latent: {
    rule: "opened-latently",
    says: (who: string) => `${who} could connect as soon as a compute runs or a block is lifted.`,
    remedy: "Narrow it in the same change: what waits open is opened by the next step, and that step looks harmless.",
  },
  rows: {
    rule: "rows-widened",
    says: (who: string) => `${who} may then reach this branch's rows through a copy of it.`,
    remedy: 'Set scope: "all", protect the copy, or make it with initSource: "schema-only".',
  },
} as const;

function* judgeFurtherReach(
  what: keyof typeof BEYOND,
  before: Reach,
  after: Reach,
  already: Reach,
  at: FindingPlace,
): Generator<Difference> {
  const opened = after.public.subtract(before.public).subtract(already.public);
  const ids = [...after.private].filter((id) => !before.private.has(id) && !already.private.has(id));
  if (opened.isEmpty && ids.length === 0) return;
  const { rule, says, remedy } = BEYOND[what];
  const strangers = what === "rows" && isNearlyEveryone(after.public) && !isNearlyEveryone(before.public);
  yield {
    key: `${what} ${toSetKey(opened)} ${ids.join()}`,
    finding: {
      ...at,
      rule,
      direction: "opens",
      severity: strangers ? "high" : "medium",
      says: says(formatSubject(opened, ids)),
      before: formatReach(before),
      after: formatReach(after),
      addresses: toAddressDelta(opened, AddressSet.nobody),
      remedy,
    },
  };
}

const toSetKey = (set: AddressSet): string => set.toRanges().join();
