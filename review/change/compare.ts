import { AddressSet } from "../../contract/ranges.js";
import { branchReach, latentReach, type Reach, unionReach } from "../../contract/reachability.js";
import { isEveryone } from "../scan/view.js";
import type { ChangeFinding } from "./finding.js";
import type { BranchScene, ProjectScene, Scene } from "./scene.js";
import { UNDECLARED_LIST } from "./undeclared.js";
import { isNearlyEveryone, moreText, setText } from "./sets.js";

/** The three reaches of a branch at one moment. */
export interface Reaches {
  readonly reach: Reach;
  readonly latent: Reach;
  readonly dataReach: Reach;
}

/** What a change does to one branch. `undefined` on the side where it does not exist. */
export interface BranchComparison {
  readonly project: ProjectScene;
  readonly branch: BranchScene;
  readonly before: Reaches | undefined;
  readonly after: Reaches | undefined;
  /** Whether it loses or gains protection; undefined where neither. */
  readonly protection: "lost" | "gained" | undefined;
}

export const NOBODY: Reach = { public: AddressSet.nobody, private: new Set() };

/** Every branch of both scenes. */
export function compareScenes(before: Scene, after: Scene): BranchComparison[] {
  const keys = new Set([...before.projects.keys(), ...after.projects.keys()]);
  return [...keys].flatMap((key) => {
    const [was, is] = bothSides(before.projects.get(key), after.projects.get(key), after.networks.get(key));
    const [olds, news] = [reachesOf(was), reachesOf(is)];
    return [...new Set([...olds.keys(), ...news.keys()])].map((branch): BranchComparison => {
      const [old, now] = [olds.get(branch), news.get(branch)];
      const shown = (now ?? old) as Seen;
      const [had, has] = [old?.branch.facts.protected, now?.branch.facts.protected];
      const protection = had === true && has === false ? "lost" : had === false && has === true ? "gained" : undefined;
      return { project: (is ?? was) as ProjectScene, branch: shown.branch, before: old?.reaches, after: now?.reaches, protection };
    });
  });
}

type Network = ReturnType<Scene["networks"]["get"]>;

/** What the stack does not declare is there before and after, whether or not something of the stack speaks of it. */
function bothSides(
  was: ProjectScene | undefined,
  is: ProjectScene | undefined,
  network: Network,
): [ProjectScene | undefined, ProjectScene | undefined] {
  const left = was ?? (is && !is.declared ? before(is) : undefined);
  const right = is ?? (was && !was.declared ? after(was, network) : undefined);
  return left && right ? [withNamed(left, right, true), withNamed(right, left, false)] : [left, right];
}

const undeclared = ({ branches }: ProjectScene): BranchScene[] => branches.filter(({ standing }) => standing !== "declared");

/** A project that the stack begins to speak of: nobody is known to reach it, and its branches count as protected. */
const before = (is: ProjectScene): ProjectScene => ({
  ...is,
  facts: { ...is.facts, ips: [UNDECLARED_LIST], protectedBranchesOnly: false, blockVpcConnections: false, vpcRestrictions: [] },
  branches: undeclared(is).map((branch) => (branch.standing === "named" ? asProtected(branch) : branch)),
});

/** A project that the stack no longer speaks of keeps what was declared last, but for the restrictions that were removed. */
const after = (was: ProjectScene, network: Network): ProjectScene => ({
  ...was,
  facts: {
    ...was.facts,
    ...{ ips: network?.allowed_ips?.ips ?? was.facts.ips, vpcRestrictions: [] },
    protectedBranchesOnly: network?.allowed_ips?.protected_branches_only ?? was.facts.protectedBranchesOnly,
    blockPublicConnections: network?.block_public_connections ?? was.facts.blockPublicConnections,
    blockVpcConnections: network?.block_vpc_connections ?? was.facts.blockVpcConnections,
  },
  branches: undeclared(was),
});

const asProtected = (branch: BranchScene): BranchScene => ({ ...branch, facts: { ...branch.facts, protected: true } });

/** `one` with the branches that only `other` names. */
function withNamed(one: ProjectScene, other: ProjectScene, isBefore: boolean): ProjectScene {
  const known = new Set(one.branches.map(({ key }) => key));
  const more = other.branches.filter(({ key, standing }) => standing === "named" && !known.has(key));
  if (more.length === 0) return one;
  const running = more.map(({ key }) => ({ id: `${key}/compute`, branchId: key, disabled: false }));
  return { ...one, branches: [...one.branches, ...(isBefore ? more.map(asProtected) : more)], computes: [...one.computes, ...running] };
}

interface Seen {
  readonly branch: BranchScene;
  readonly reaches: Reaches;
}

export function reachesOf(project: ProjectScene | undefined): ReadonlyMap<string, Seen> {
  if (project === undefined) return new Map();
  const { facts, branches, computes } = project;
  const running = new Map(computes.filter(({ disabled }) => !disabled).map((compute) => [compute.branchId, compute]));
  // Of thousands of branches there are four sorts: the list is read once for each, not once for each branch.
  const reach = once(({ facts: branch, key }: BranchScene) => {
    const compute = running.get(key);
    return branchReach(facts, branch, compute ? [compute] : []);
  });
  const latent = once(({ facts: branch }: BranchScene) => latentReach(facts, branch));
  const sortOf = ({ facts: branch, key }: BranchScene) => `${running.has(key) ? "running" : "resting"} ${String(branch.protected)}`;
  const carried = carriedSorts(branches, sortOf);
  const rows = once((sorts: ReadonlyMap<string, BranchScene>) =>
    [...sorts].map(([sort, branch]) => reach(sort, branch)).reduce(unionReach, NOBODY),
  );
  return new Map(
    branches.map((branch) => {
      const sorts = carried.get(branch.key) as ReadonlyMap<string, BranchScene>;
      const reaches = {
        reach: reach(sortOf(branch), branch),
        latent: latent(String(branch.facts.protected), branch),
        dataReach: rows([...sorts.keys()].sort().join(), sorts),
      };
      return [branch.key, { branch, reaches }];
    }),
  );
}

/** Of each branch the sorts of itself and of all that carries its rows, each with one branch of it. */
function carriedSorts(
  branches: readonly BranchScene[],
  sortOf: (branch: BranchScene) => string,
): ReadonlyMap<string, ReadonlyMap<string, BranchScene>> {
  const byKey = new Map(branches.map((branch) => [branch.key, branch]));
  const carried = new Map(branches.map(({ key }) => [key, new Map<string, BranchScene>()]));
  for (const branch of branches) {
    const sort = sortOf(branch);
    // Upwards until somebody has told already: no branch is told of a sort twice.
    for (let at: BranchScene | undefined = branch; at !== undefined && carried.get(at.key)?.has(sort) === false;) {
      carried.get(at.key)?.set(sort, branch);
      const { schemaOnly, parentId }: BranchScene["facts"] = at.facts;
      at = schemaOnly || parentId === undefined ? undefined : byKey.get(parentId);
    }
  }
  return carried;
}

function once<A, R>(compute: (argument: A) => R): (key: string, argument: A) => R {
  const known = new Map<string, R>();
  return (key, argument) => {
    const result = known.get(key) ?? compute(argument);
    known.set(key, result);
    return result;
  };
}

const SESSIONS =
  "Sessions already open stay open: end them with pg_terminate_backend, or restart the compute, where the addresses taken away must lose access at once.";

/** What the comparison finds. Branches of one project with the same difference make one finding. */
export function reachFindings(comparisons: readonly BranchComparison[]): ChangeFinding[] {
  const groups = new Map<string, { finding: ChangeFinding; branches: string[]; urns: Set<string> }>();
  // Of branches that are only assumed nothing is said that a declared one shows as well.
  const isAssumed = ({ branch }: BranchComparison) => branch.standing === "assumed";
  for (const comparison of [...comparisons.filter((one) => !isAssumed(one)), ...comparisons.filter(isAssumed)])
    for (const { key, finding } of differences(comparison)) {
      const { project, branch } = comparison;
      const group = groups.get(`${project.key} ${key}`);
      if (group && isAssumed(comparison)) continue;
      if (group) {
        group.branches.push(branch.name);
        group.urns.add(branch.urn);
      } else
        groups.set(`${project.key} ${key}`, {
          // Nobody knows that there is one.
          finding: isAssumed(comparison) && finding.severity === "high" ? { ...finding, severity: "medium" } : finding,
          branches: [branch.name],
          urns: new Set([branch.urn]),
        });
    }
  return [...groups.values()].map(({ finding, branches, urns }) =>
    branches.length === 1
      ? finding
      : { ...finding, ...overall(finding, branches), ...(urns.size === 1 && { urn: [...urns][0] as string }) },
  );
}

const MOST_NAMED = 4;

function overall(finding: ChangeFinding, branches: readonly string[]): Pick<ChangeFinding, "resource" | "says"> {
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

function* differences({ project, branch, before, after, protection }: BranchComparison): Generator<Difference> {
  // What becomes of a removed branch is told by the removal.
  if (after === undefined) return;
  const resource = { kind: "branch", id: `${project.key}/${branch.key}`, name: `${project.name}/${branch.name}` } as const;
  const at = { resource, urn: branch.urn, project: project.key } as const;
  if (protection) yield { key: `protection ${protection}`, finding: { ...at, ...PROTECTION[protection] } };
  if (before === undefined) yield* born(at, after);
  else {
    const opened = openedOf(before.reach, after.reach);
    yield* publicly("reach", before.reach.public, after.reach.public, at);
    yield* privately(before.reach, after.reach, project.facts.vpcRestrictions.length === 0, at);
    // What a reach opens, opens latently and for the rows as well: once is enough.
    yield* beyond("latent", before.latent, after.latent, opened, at);
    yield* beyond("rows", before.dataReach, after.dataReach, opened, at);
  }
}

const PROTECTION: Record<"lost" | "gained", Omit<ChangeFinding, "resource" | "urn" | "project">> = {
  lost: {
    rule: "unprotected",
    severity: "high",
    direction: "opens",
    before: "protected",
    after: "not protected",
    says: "The branch loses its protection: it can then be deleted and reset, copies of it keep its passwords, and a list with scope protectedBranches no longer guards it.",
    remedy: "Keep protected: true. Where the branch is to go, take protection away in a change of its own.",
  },
  gained: {
    rule: "protected",
    severity: "low",
    direction: "closes",
    before: "not protected",
    after: "protected",
    says: "The branch becomes protected.",
    remedy: "Nothing to do.",
  },
};

type Place = Required<Pick<ChangeFinding, "resource" | "urn" | "project">>;

const openedOf = (before: Reach, after: Reach): Reach => ({
  public: after.public.minus(before.public),
  private: new Set([...after.private].filter((id) => !before.private.has(id))),
});

function* born(at: Place, { reach }: Reaches): Generator<Difference> {
  if (reach.public.isEmpty && reach.private.size === 0) return;
  const everyone = isEveryone(reach.public);
  yield {
    key: `born ${setKey(reach.public)}`,
    finding: {
      ...at,
      ...{ rule: everyone ? "born-open" : "new-branch", severity: everyone ? "high" : "low", direction: "opens" },
      says: everyone ? "A new branch may be reached from every address of the internet." : "A new branch can be reached.",
      ...{ before: "does not exist", after: reachText(reach), addresses: addresses(reach.public, AddressSet.nobody) },
      remedy: everyone
        ? 'Let the list guard every branch (scope: "all"), protect the branch, or make it with compute: "none".'
        : "Nothing, if these are the addresses that need the new branch.",
    },
  };
}

function* publicly(what: "reach", before: AddressSet, after: AddressSet, at: Place): Generator<Difference> {
  const [opened, closed] = [after.minus(before), before.minus(after)];
  const key = `${what} ${setKey(opened)} ${setKey(closed)}`;
  const texts = { before: setText(before), after: setText(after), addresses: addresses(opened, closed) };
  if (!opened.isEmpty) {
    const everyone = isEveryone(after);
    yield {
      key: `opened ${key}`,
      finding: {
        ...{
          ...at,
          ...texts,
          rule: everyone ? "opened-to-everyone" : "access-widened",
          direction: "opens",
          severity: everyone || isNearlyEveryone(opened) ? "high" : "medium",
        },
        says: everyone
          ? "The branch may then be reached from every address of the internet."
          : `${moreText(opened)} may then try to connect${closed.isEmpty ? "" : `, and ${setText(closed)} no longer`}.`,
        remedy: everyone
          ? "List the addresses that need access instead."
          : "Approve it if these addresses need access; otherwise take them out.",
      },
    };
  } else if (!closed.isEmpty)
    yield {
      key: `closed ${key}`,
      finding: {
        ...{
          ...at,
          ...texts,
          rule: after.isEmpty ? "closed-to-everyone" : "access-narrowed",
          direction: "closes",
          severity: after.isEmpty ? "medium" : "low",
        },
        says: after.isEmpty ? "Nobody can connect from the internet any more." : `${setText(closed)} can no longer connect.`,
        remedy: `${after.isEmpty ? "Make sure that a private endpoint, or nobody at all, is the way in that is meant. " : ""}${SESSIONS}`,
      },
    };
}

function* privately(before: Reach, after: Reach, unrestricted: boolean, at: Place): Generator<Difference> {
  const opened = [...after.private].filter((id) => !before.private.has(id));
  const closed = [...before.private].filter((id) => !after.private.has(id));
  const texts = { before: idsText(before.private), after: idsText(after.private) };
  const lifted = unrestricted && before.private.size > 0;
  if (opened.length > 0)
    yield {
      key: `private opened ${opened.join()}`,
      finding: {
        ...{ ...at, ...texts, direction: "opens" },
        ...(lifted ? { rule: "vpc-restriction-lifted", severity: "high" } : { rule: "private-access-widened", severity: "medium" }),
        says: `${opened.join(", ")} may then connect; the address list does not apply there.${lifted ? " No restriction is left." : ""}`,
        remedy: "Restrict the project to the endpoints that it needs (VpcEndpointRestriction), or block private endpoints.",
      },
    };
  else if (closed.length > 0)
    yield {
      key: `private closed ${closed.join()}`,
      finding: {
        ...{ ...at, ...texts, rule: "private-access-narrowed", severity: "low", direction: "closes" },
        says: `${closed.join(", ")} can no longer connect.`,
        remedy: SESSIONS,
      },
    };
}

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

function* beyond(what: keyof typeof BEYOND, before: Reach, after: Reach, already: Reach, at: Place): Generator<Difference> {
  const opened = after.public.minus(before.public).minus(already.public);
  const ids = [...after.private].filter((id) => !before.private.has(id) && !already.private.has(id));
  if (opened.isEmpty && ids.length === 0) return;
  const { rule, says, remedy } = BEYOND[what];
  const who = [...(opened.isEmpty ? [] : [moreText(opened)]), ...ids].join(", ");
  yield {
    key: `${what} ${setKey(opened)} ${ids.join()}`,
    finding: {
      ...{
        ...at,
        rule,
        direction: "opens",
        severity: what === "rows" && isEveryone(after.public) && !isEveryone(before.public) ? "high" : "medium",
      },
      ...{ says: says(who), before: reachText(before), after: reachText(after), addresses: addresses(opened, AddressSet.nobody), remedy },
    },
  };
}

const MOST_IN_JSON = 100;

function addresses(opened: AddressSet, closed: AddressSet): NonNullable<ChangeFinding["addresses"]> {
  const witness = opened.witness() ?? closed.witness();
  return {
    opened: opened.toRanges().slice(0, MOST_IN_JSON),
    closed: closed.toRanges().slice(0, MOST_IN_JSON),
    ...(witness !== undefined && { witness }),
  };
}

const idsText = (ids: ReadonlySet<string>): string => (ids.size === 0 ? "no private endpoint" : [...ids].join(", "));
export const reachText = ({ public: set, private: ids }: Reach): string =>
  ids.size === 0 ? setText(set) : `${setText(set)}; privately ${idsText(ids)}`;
const setKey = (set: AddressSet): string => set.toRanges().join();
