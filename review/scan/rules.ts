import type { Direction, Severity } from "../../contract/findings.js";
import { containsReach, listUnreadableEntries } from "../../contract/reachability.js";
import { parseAllowlist, isNearlyEveryone } from "../../contract/ranges.js";
import type { ApiKey } from "../../contract/wire/apiKey.js";
import type { Finding, ResourceRef } from "../finding.js";
import { type ApiKeys, toProjectRef } from "./inventory.js";
import type { BranchView, ProjectView } from "./view.js";

/** What is judged. */
export interface ScanInput {
  readonly organization: ResourceRef;
  readonly projects: readonly ProjectView[];
  readonly keys: ApiKeys;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface RuleMatch {
  resource: ResourceRef;
  after: string;
}

export interface ScanRule {
  readonly id: string;
  readonly severity: Severity;
  readonly direction: Direction;
  /** One sentence: what is so where the rule finds something. */
  readonly says: string;
  readonly remedy: string;
  readonly find: (scene: ScanInput) => RuleMatch[];
}

/** More addresses than any office or cloud egress needs: a /16 of IPv4, a /32 (a whole provider) of IPv6. */
const LARGE = { ipv4: 1n << 16n, ipv6: 1n << 96n };
const DAY_MS = 86_400_000;
const OLD_KEY_DAYS = 365;
/** A key made this recently may still be on its way to its user. */
const NEW_KEY_DAYS = 7;

const findPerProject = (find: (view: ProjectView) => (string | undefined)[]) => (scene: ScanInput) =>
  scene.projects.flatMap((view) =>
    find(view).flatMap((after) => (after === undefined ? [] : [{ resource: toProjectRef(view.project), after }])),
  );

const findPerKey =
  (find: (key: ApiKey, now: number) => string | undefined) =>
  ({ organization, keys, now }: ScanInput) =>
    [
      ...(keys.ofOrganization ?? []).map((key) => ({ key, id: `${organization.id}/${key.id}` })),
      ...(keys.ofPerson ?? []).map((key) => ({ key, id: String(key.id) })),
    ].flatMap(({ key, id }): RuleMatch[] => {
      const after = find(key, now);
      return after === undefined ? [] : [{ resource: { kind: "apiKey", id, name: key.name }, after }];
    });

/** The highest severity first: the order of the page and of every output. */
export const RULES: readonly ScanRule[] = [
  {
    id: "open-to-every-address",
    severity: "high",
    direction: "opens",
    says: "A running compute may be reached from every address of the internet, or from so many that strangers are among them: the list is empty or nearly as wide as that.",
    remedy: 'List the addresses that need access (network: { allow: "listed", ranges: [...] }), or write allow: "nobody".',
    find: findPerProject((view) => [isListOpen(view) ? formatNames(view.views?.filter(isOpen) ?? []) : undefined]),
  },
  {
    id: "scope-without-protected-branch",
    severity: "high",
    direction: "opens",
    says: "The list guards protected branches only, and no branch is protected: it restricts nothing.",
    remedy: 'Protect the branches that the list is for, or set scope: "all".',
    find: findPerProject((view) => [isGuardingNothing(view) ? "no branch is protected" : undefined]),
  },
  {
    id: "protected-rows-on-open-branch",
    severity: "high",
    direction: "opens",
    says: "Rows of a protected branch may be reached through an unprotected copy by addresses that the list keeps from the branch itself.",
    remedy: 'Set scope: "all", protect the copy, or make it with initSource: "schema-only".',
    find: ({ projects }) => projects.flatMap(findLeaks),
  },
  {
    id: "branch-outside-scope",
    severity: "medium",
    direction: "opens",
    says: "The list guards protected branches only, and an unprotected one with a running compute admits every address.",
    remedy: 'Set scope: "all", or protect the branch.',
    find: findPerProject((view) => [isGuardingSome(view) ? formatNames(listOpenBranches(view)) : undefined]),
  },
  {
    id: "next-compute-opens",
    severity: "medium",
    direction: "opens",
    says: "No compute runs, and the first one that does will admit every address.",
    remedy: "List the addresses that need access before a compute is made or enabled.",
    find: findPerProject((view) => [view.facts.blockPublicConnections ? undefined : formatNames(view.views?.filter(isLatentlyOpen) ?? [])]),
  },
  {
    id: "very-large-list",
    severity: "medium",
    direction: "opens",
    says: "The list admits more addresses than a /16 of IPv4 or a /32 of IPv6 holds.",
    remedy: "Name the networks that need access as narrowly as they are.",
    find: findPerProject((view) => [view.facts.blockPublicConnections || isListOpen(view) ? undefined : findLargeList(view)]),
  },
  {
    id: "unreadable-entry",
    severity: "medium",
    direction: "closes",
    says: "An entry of the list is neither an address nor a network, so it admits nobody.",
    remedy: "Correct the entry, or remove it.",
    find: findPerProject(({ facts }) => [formatSome(listUnreadableEntries(facts).map((entry) => JSON.stringify(entry)))]),
  },
  {
    id: "every-private-endpoint",
    severity: "medium",
    direction: "opens",
    says: "The project admits each of the several private endpoints that the organisation has in its region.",
    remedy: 'Restrict it to those it needs (VpcEndpointRestriction), or set privateEndpoints: "blocked".',
    find: findPerProject(({ facts, assigned = [], restricted }) => [
      !facts.blockVpcConnections && restricted?.length === 0 && assigned.length > 1 ? formatSome(assigned) : undefined,
    ]),
  },
  {
    id: "default-branch-unprotected",
    severity: "medium",
    direction: "destroys",
    says: "The default branch is not protected: one call deletes its compute, resets it or deletes the project.",
    remedy: "Set defaultBranch: { protected: true }, or declare a BranchProtection.",
    find: findPerProject(({ views = [] }) => [formatNames(views.filter(({ branch }) => branch.default && !branch.protected))]),
  },
  {
    id: "no-history",
    severity: "medium",
    direction: "destroys",
    says: "No history is kept: what is deleted or overwritten cannot be brought back.",
    remedy: "Set historyRetentionSeconds, such as 604800 (7 days).",
    find: findPerProject(({ project }) => [project.history_retention_seconds === 0 ? "0 seconds" : undefined]),
  },
  {
    id: "key-older-than-a-year",
    severity: "medium",
    direction: "neutral",
    says: "An API key is older than a year.",
    remedy: "Make a new key, move its users, revoke the old one.",
    find: findPerKey(({ created_at }, now) =>
      computeAgeDays(created_at, now) > OLD_KEY_DAYS ? `made ${created_at.slice(0, 10)}` : undefined,
    ),
  },
  {
    id: "public-and-private",
    severity: "low",
    direction: "opens",
    says: "The project is reached through a private endpoint and from the internet as well.",
    remedy: 'Where the private way is enough, write network: { allow: "nobody" }; otherwise set privateEndpoints: "blocked".',
    find: findPerProject(({ views = [] }) => [
      formatNames(views.filter(({ reach }) => reach !== undefined && !reach.public.isEmpty && reach.private.size > 0)),
    ]),
  },
  {
    id: "audit-level-base",
    severity: "low",
    direction: "neutral",
    says: "The audit log of the data holds the least there is, or nothing.",
    remedy: 'Set auditLogLevel: "extended" or "full" where the plan has it.',
    find: findPerProject(({ project: { settings } }) => [
      ["base", undefined].includes(settings?.audit_log_level) ? (settings?.audit_log_level ?? "not set") : undefined,
    ]),
  },
  {
    id: "passwords-stored",
    severity: "low",
    direction: "neutral",
    says: "Passwords of roles are stored and can be revealed with an API key.",
    remedy: "Set storePasswords: false when the project is made; it cannot change afterwards.",
    find: findPerProject(({ project }) => [project.store_passwords ? "stored" : undefined]),
  },
  {
    id: "key-never-used",
    severity: "low",
    direction: "neutral",
    says: "An API key older than a week was never used.",
    remedy: "Revoke it; a key that nobody uses can only be lost.",
    find: findPerKey(({ created_at, last_used_at }, now) =>
      last_used_at === undefined && computeAgeDays(created_at, now) > NEW_KEY_DAYS ? `made ${created_at.slice(0, 10)}` : undefined,
    ),
  },
];

export const applyRules = (scene: ScanInput): Finding[] =>
  RULES.flatMap(({ id, severity, direction, remedy, find }) =>
    find(scene).map(({ resource, after }) => ({ rule: id, severity, direction, resource, after, remedy })),
  );

const isListOpen = ({ facts }: ProjectView): boolean => isNearlyEveryone(parseAllowlist(facts.ips).set);
const isOpen = ({ reach }: BranchView): boolean => reach !== undefined && isNearlyEveryone(reach.public);
const isLatentlyOpen = ({ reach, latent }: BranchView): boolean => reach?.public.isEmpty === true && isNearlyEveryone(latent.public);

/** The list restricts something, but protected branches only. */
const isScoped = (view: ProjectView): boolean =>
  view.facts.protectedBranchesOnly && !view.facts.blockPublicConnections && !isListOpen(view);
const hasProtected = ({ views }: ProjectView): boolean => views?.some(({ branch }) => branch.protected) === true;
const isGuardingNothing = (view: ProjectView): boolean => isScoped(view) && view.views !== undefined && !hasProtected(view);
const isGuardingSome = (view: ProjectView): boolean => isScoped(view) && hasProtected(view);

function findLeaks(view: ProjectView): RuleMatch[] {
  const { project, views = [] } = view;
  const originsOf = createOriginFinder(view);
  const through = new Map<BranchView, BranchView[]>();
  for (const copy of views.filter(isOpen))
    for (const origin of originsOf(copy)) through.set(origin, [...(through.get(origin) ?? []), copy]);
  return views
    .filter(({ branch, latent, dataReach }) => branch.protected && dataReach !== undefined && !containsReach(latent, dataReach))
    .map((one): RuleMatch => {
      const resource = { kind: "branch", id: `${project.id}/${one.branch.id}`, name: `${project.name}/${one.branch.name}` } as const;
      return { resource, after: `through ${formatNames(through.get(one) ?? []) ?? ""}` };
    });
}

/** Open branches without rows of a protected one: `protected-rows-on-open-branch` tells of the others. */
function listOpenBranches(view: ProjectView): BranchView[] {
  const originsOf = createOriginFinder(view);
  return (view.views ?? []).filter((one) => isOpen(one) && !originsOf(one).some(({ facts }) => facts.protected));
}

/** Tells the branches above one whose rows it holds. */
function createOriginFinder({ views = [] }: ProjectView): (copy: BranchView) => BranchView[] {
  const byId = new Map(views.map((one) => [one.facts.id, one]));
  const parentOf = ({ facts }: BranchView) => (facts.schemaOnly ? undefined : byId.get(facts.parentId ?? ""));
  return (copy) => {
    const origins = new Set<BranchView>();
    for (let at = parentOf(copy); at && !origins.has(at); at = parentOf(at)) origins.add(at);
    return [...origins];
  };
}

function findLargeList({ facts }: ProjectView): string | undefined {
  const { set } = parseAllowlist(facts.ips);
  const { ipv4, ipv6 } = set.counts;
  if (ipv4 <= LARGE.ipv4 && ipv6 <= LARGE.ipv6) return undefined;
  const counts = [
    ...(ipv4 > 0n ? [`${ipv4.toLocaleString("en")} IPv4 addresses`] : []),
    ...(ipv6 > 0n ? [`2^${ipv6.toString(2).length - 1} IPv6 addresses or more`] : []),
  ];
  return `${counts.join(" and ")}, such as ${set.findWitness() ?? ""}`;
}

const computeAgeDays = (createdAt: string, now: number): number => (now - Date.parse(createdAt)) / DAY_MS;

const formatNames = (views: readonly BranchView[]): string | undefined => formatSome(views.map(({ branch }) => branch.name));

const MOST_NAMED = 3;
const formatSome = (names: readonly string[]): string | undefined => {
  const more = names.length - MOST_NAMED;
  return names.length === 0 ? undefined : names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
};
