import { type AddressSet, parseAllowlist, isNearlyEveryone, parseRange } from "../../contract/ranges.js";
import { isProperties, UNKNOWN } from "../../provider/introspection.js";
import { type Control, getList, createUnknownError, getValue } from "../control.js";
import { CannotJudgeError, type Subject } from "../subject.js";
import { createUnclearProjectError } from "../stack.js";
import { isProtected } from "./protection.js";

/** Who may try to connect: the whole list of a project is that of its `Project` or `IpAllowlist`, with every `IpAllowlistEntry`. */

const LISTS = ["Project", "IpAllowlist"] as const;
const ALL_LISTS = [...LISTS, "IpAllowlistEntry"] as const;

const getFieldPath = ({ kind }: Subject, name: string): string[] => (kind === "Project" ? ["network", name] : [name]);
const getNetworkValue = (subject: Subject, name: string): unknown => getValue(subject, ...getFieldPath(subject, name));

/** The entries of a list that is in force; no others are read. */
function listEntries(subject: Subject): readonly unknown[] {
  if (subject.kind !== "IpAllowlistEntry" && getNetworkValue(subject, "allow") !== "listed") return [];
  return getList(subject, ...getFieldPath(subject, "ranges"));
}

const getRangeText = (entry: unknown): unknown => (isProperties(entry) ? entry["range"] : entry);

/** The addresses of all entries that are known, however they are spelt. */
function computeAdmitted(entries: readonly unknown[]): AddressSet | undefined {
  const texts = entries.map(getRangeText).filter((text): text is string => typeof text === "string" && text !== UNKNOWN);
  return texts.length === 0 ? undefined : parseAllowlist(texts).set;
}

const admittedByLists = new WeakMap<readonly Subject[], { set: AddressSet | undefined }>();

/** The addresses of all lists of a project; added up once for all of its entries. */
function computeAdmittedTogether(lists: readonly Subject[]): AddressSet | undefined {
  const known = admittedByLists.get(lists) ?? { set: computeAdmitted(lists.flatMap(listEntries)) };
  admittedByLists.set(lists, known);
  return known.set;
}

const assertKnown = (subject: Subject, entries: readonly unknown[]): void => {
  const at = entries.findIndex((entry) => getRangeText(entry) === UNKNOWN);
  if (at >= 0) throw createUnknownError(`${getFieldPath(subject, "ranges").join(".")}[${at}]`);
};

function formatCounts(set: AddressSet): string {
  const { ipv4, ipv6 } = set.counts;
  return [
    ...(ipv4 > 0n ? [`${ipv4.toLocaleString("en")} IPv4 addresses`] : []),
    ...(ipv6 > 0n ? [`about 2^${ipv6.toString(2).length - 1} IPv6 addresses`] : []),
  ].join(" and ");
}

const isProtectedBranchesOnly = (subject: Subject): boolean =>
  getNetworkValue(subject, "allow") === "listed" && getNetworkValue(subject, "scope") === "protectedBranches";

const NETWORK = { soc2: ["CC6.1", "CC6.6"], iso27001: ["A.8.20", "A.8.22"] } as const;

export const networkControls: readonly Control[] = [
  {
    id: "network-not-open",
    scope: "resource",
    kinds: LISTS,
    level: "mandatory",
    severity: "critical",
    ...NETWORK,
    privacy: "boundary",
    promises: [6, 15],
    requires: "No project admits every address of the internet.",
    why: "Whoever can try to log in can guess passwords and use leaked ones; an address list stops both before a password is asked for.",
    remedy: 'Write allow: "listed" with the ranges that need access, or allow: "nobody".',
    *check(subject) {
      if (getNetworkValue(subject, "allow") === "anywhere") yield 'allow is "anywhere".';
    },
  },
  {
    id: "list-not-everyone",
    scope: "resource",
    kinds: ALL_LISTS,
    level: "mandatory",
    severity: "critical",
    ...NETWORK,
    privacy: "boundary",
    promises: [6, 15],
    requires: "No list admits nearly everybody: less than one in sixteen of all IPv4, and of all IPv6 addresses in use.",
    why: "0.0.0.0/1 with 128.0.0.0/2 looks like a list but admits everyone. Addresses are counted, not texts.",
    remedy: "Name the networks that need access as narrowly as they are.",
    *check(subject) {
      const entries = listEntries(subject);
      const set = computeAdmitted(entries);
      if (set && isNearlyEveryone(set)) yield `The list admits ${formatCounts(set)}.`;
      else assertKnown(subject, entries);
    },
  },
  {
    id: "entries-together",
    scope: "stack",
    kinds: ["IpAllowlistEntry"],
    level: "mandatory",
    severity: "critical",
    ...NETWORK,
    privacy: "boundary",
    promises: [6, 15],
    requires: "All entries for one project together do not admit nearly everybody.",
    why: "Each entry alone may be narrow enough while their union is not.",
    remedy: "Name the networks that need access as narrowly as they are.",
    *check(subject, _settings, stack) {
      const { known: sure, isIncomplete: unsure } = stack.findInProject(subject, ...ALL_LISTS);
      const [own, all] = [computeAdmitted(listEntries(subject)), computeAdmittedTogether(sure)];
      if (all && isNearlyEveryone(all)) {
        if (!own || !isNearlyEveryone(own)) yield `With the others of its project it admits ${formatCounts(all)}.`;
        return;
      }
      if (unsure) throw createUnclearProjectError();
      for (const other of sure) assertKnown(other, listEntries(other));
      // What a reference is made from is not yet what it is: each entry with one may turn out to be for this project.
      const unresolved = computeAdmittedTogether(stack.listWithUnknownProject("IpAllowlistEntry"));
      if (unresolved && isNearlyEveryone(all ? unresolved.union(all) : unresolved)) throw createUnclearProjectError();
    },
  },
  {
    id: "list-narrow",
    scope: "resource",
    kinds: ALL_LISTS,
    level: "mandatory",
    severity: "medium",
    ...NETWORK,
    privacy: "boundary",
    promises: [6, 15],
    requires: "No list admits more addresses than one network of the largest size allowed.",
    why: "An office or a cloud's egress is a handful of addresses; a wide range is mostly unknown hosts.",
    remedy: "Name the networks that need access as narrowly as they are, or allow more in the pack's configuration.",
    settings: {
      ipv4PrefixBits: {
        type: "integer",
        minimum: 4,
        maximum: 32,
        default: 16,
        description: "Shortest prefix of IPv4: 16 is 65,536 addresses.",
      },
      ipv6PrefixBits: { type: "integer", minimum: 7, maximum: 128, default: 32, description: "Shortest prefix of IPv6." },
    },
    *check(subject, { ipv4PrefixBits, ipv6PrefixBits }) {
      const entries = listEntries(subject);
      const set = computeAdmitted(entries);
      const wide = set && (set.counts.ipv4 > computeSize(32, ipv4PrefixBits) || set.counts.ipv6 > computeSize(128, ipv6PrefixBits));
      if (wide) yield `The list admits ${formatCounts(set)}.`;
      else assertKnown(subject, entries);
    },
  },
  {
    id: "scope-guards-something",
    scope: "stack",
    kinds: LISTS,
    level: "mandatory",
    severity: "high",
    ...NETWORK,
    privacy: "boundary",
    promises: [6, 7],
    requires: 'A list with scope "protectedBranches" has a protected branch to guard.',
    why: "Without one the list restricts nothing, and every branch is open to every address.",
    remedy: 'Protect the branches that the list is for, or set scope: "all".',
    *check(subject, _settings, stack) {
      if (!isProtectedBranchesOnly(subject)) return;
      const { known: sure, isIncomplete: unsure } = stack.findInProject(subject, "Project", "Branch", "BranchProtection");
      if (sure.some((one) => getProtected(one) === true)) return;
      if (unsure) throw createUnclearProjectError();
      for (const one of sure) if (getProtected(one) === UNKNOWN) throw createUnknownError(`protected of a ${one.kind ?? ""}`);
      yield "The stack declares no protected branch of the project.";
    },
  },
  {
    id: "copies-guarded",
    scope: "stack",
    kinds: ["Branch"],
    level: "mandatory",
    severity: "high",
    soc2: ["C1.1", "CC6.1", "CC6.6"],
    iso27001: ["A.8.22", "A.8.31", "A.8.33"],
    privacy: "copies",
    promises: [7, 20],
    requires: 'Where a list guards protected branches only, a copy of their data is protected too, or made with initSource: "schema-only".',
    why: "A branch is a copy of its parent's rows: an unprotected one shows them to every address.",
    remedy: 'Set scope: "all", protect the copy, or make it with initSource: "schema-only".',
    *check(subject, _settings, stack) {
      if (getValue(subject, "initSource") === "schema-only" || isProtected(subject, stack)) return;
      const lists = stack.listInProject(subject, ...LISTS).filter((list) => getNetworkValue(list, "allow") !== "managedSeparately");
      if (lists.length === 0) throw new CannotJudgeError("the stack does not declare the network of its project");
      if (lists.some(isProtectedBranchesOnly)) yield "It carries data, and the list of its project does not guard it.";
    },
  },
  {
    id: "private-endpoints-restricted",
    scope: "stack",
    kinds: LISTS,
    level: "mandatory",
    severity: "medium",
    ...NETWORK,
    privacy: "boundary",
    promises: [8, 15],
    requires: "Private endpoints are blocked, or restricted to those that the project needs.",
    why: "Without a restriction every VPC endpoint of the organisation in the region is admitted, and the address list does not apply to it.",
    remedy: 'Set privateEndpoints: "blocked", or declare a VpcEndpointRestriction.',
    *check(subject, _settings, stack) {
      const owner = subject.kind === "IpAllowlist" || getNetworkValue(subject, "allow") !== "managedSeparately";
      const blocked = owner && getNetworkValue(subject, "privateEndpoints") === "blocked";
      const restrictions = stack.findInProject(subject, "VpcEndpointRestriction");
      if (blocked || restrictions.known.length > 0) return;
      // Its IpAllowlist is judged instead.
      if (!owner && stack.listInProject(subject, "IpAllowlist").length > 0) return;
      const [project] = stack.findInProject(subject, "Project").known;
      const region = project && getValue(project, "regionId");
      if (typeof region === "string" && region.startsWith("azure-")) return;
      if (restrictions.isIncomplete) throw createUnclearProjectError();
      yield "Private endpoints are neither blocked nor restricted.";
    },
  },
  {
    id: "destroy-never-opens",
    scope: "resource",
    kinds: ["IpAllowlist", "VpcEndpointRestriction"],
    level: "mandatory",
    ...NETWORK,
    severity: "high",
    privacy: "boundary",
    promises: [6, 24],
    requires: "Destroying a resource leaves no project more open than it was.",
    why: "A stack is destroyed by mistake, by a rename, by a lost folder; the data must not be open afterwards.",
    remedy: 'Write onDestroy: "keep" or "nobody"; leave allowAll out.',
    *check(subject) {
      if (getValue(subject, "onDestroy") === "anywhere") yield 'onDestroy is "anywhere".';
      if (getValue(subject, "allowAll") === true) yield "allowAll lets the last restriction be destroyed.";
    },
  },
  {
    id: "addresses-described",
    scope: "resource",
    kinds: ALL_LISTS,
    level: "advisory",
    severity: "low",
    soc2: ["CC6.3", "CC6.6"],
    iso27001: ["A.5.18", "A.8.9"],
    privacy: "registration",
    promises: [14, 20],
    requires: "Each single address says whose it is, or when it goes.",
    why: "An address of a person or a machine outlives both; without a description nobody dares to remove it.",
    remedy: 'Write { range: "203.0.113.7", description: "…" }.',
    *check(subject) {
      const entries = listEntries(subject);
      const at = getFieldPath(subject, "ranges").join(".");
      for (const [index, entry] of entries.entries())
        if (isSingle(getRangeText(entry)) && !isExplained(entry)) yield `${at}[${index}] is an address without a description.`;
      assertKnown(subject, entries);
    },
  },
];

const computeSize = (familyBits: number, prefixBits: unknown): bigint => 1n << BigInt(familyBits - Number(prefixBits));

const getProtected = ({ kind, inputs }: Subject): unknown => {
  const holder = kind === "Project" ? inputs["defaultBranch"] : inputs;
  return isProperties(holder) ? holder["protected"] : holder;
};

function isSingle(text: unknown): boolean {
  if (typeof text !== "string" || text === UNKNOWN) return false;
  const range = parseRange(text);
  return range.ok && range.interval.first === range.interval.last;
}

/** What is unknown here is a word that somebody wrote. */
const isExplained = (entry: unknown): boolean =>
  isProperties(entry) && ["description", "removeAfter"].some((name) => entry[name] !== undefined && entry[name] !== "");
