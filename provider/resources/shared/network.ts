import { z } from "zod";
import type { AddressSet } from "../../../contract/ranges.js";
import { parseAllowlist, canonicalizeRange, parseRange } from "../../../contract/ranges.js";
import type { ProjectSettings } from "../../../contract/wire/project.js";
import type { OtherDeclarations } from "../../engine/otherDeclarations.js";
import type { Properties, Rule } from "../../engine/define.js";
import { PathProof } from "./pathProof.js";
import { LOCK_OUT_ACCEPTED, MAYBE_BLOCKED, createLeftUntilNowRule } from "./reviewRules.js";

/** Who may try to connect to a project, shared by `Project.network` and `IpAllowlist`. */

export const RangeText = z.string().superRefine((text, context) => {
  const parsed = parseRange(text);
  if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.reason });
});

export const Range = z
  .union([
    RangeText,
    z.strictObject({
      range: RangeText.meta({ description: "Address, CIDR network, or `first-last`." }),
      description: z
        .string()
        .max(200, "must have at most 200 characters")
        .optional()
        .meta({ description: "Whose addresses these are. Kept in the state only." }),
      removeAfter: z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" }).optional().meta({
        description:
          "When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only.",
      }),
    }),
  ])
  .meta({
    description: "Address, CIDR network or `first-last`, or the same with a description and an end.",
    canonical: (entry: RangeEntry) => {
      const { range, description, removeAfter } = typeof entry === "string" ? { range: entry } : entry;
      const end = removeAfter === undefined ? [] : [Date.parse(removeAfter)];
      return [canonicalizeRange(range), ...(description ? [description] : []), ...end];
    },
  });
export type RangeEntry = string | { range: string; description?: string | undefined; removeAfter?: string | undefined };

export const getRangeText = (entry: RangeEntry): string => (typeof entry === "string" ? entry : entry.range);

/** Milliseconds since 1970 at which the entry ends; one whose end cannot be read has ended. */
const getEndMs = (entry: RangeEntry): number => {
  if (typeof entry === "string" || entry.removeAfter === undefined) return Infinity;
  const end = Date.parse(entry.removeAfter);
  return Number.isNaN(end) ? -Infinity : end;
};

export const isOverdue = (entry: RangeEntry, nowMs: number): boolean => getEndMs(entry) <= nowMs;

/** Output of every resource that holds ranges. @param field the input that holds them. Secret addresses hide no end: `enforce` goes by it. */
export const createRemovalOutput = (field: "ranges" | "network.ranges") => ({
  nextRemovalAt: z
    .string()
    .optional()
    .meta({
      description: "When the next entry with `removeAfter` is to leave the live list (RFC 3339); absent when none is.",
      derivedFrom: [`${field}.removeAfter`],
    }),
});

/** When the first of the live entries ends; absent too while nobody gets in, because then no entry admits anybody. */
export function computeNextRemoval(settings: ProjectSettings | undefined, entries: readonly RangeEntry[] = []): { nextRemovalAt?: string } {
  if (settings?.block_public_connections) return {};
  const live = new Set(settings?.allowed_ips?.ips?.map(canonicalizeRange));
  const ends = new Map<string, number>();
  for (const entry of entries) {
    const range = canonicalizeRange(getRangeText(entry));
    // Of two entries with the same range the later one keeps it.
    if (live.has(range)) ends.set(range, Math.max(ends.get(range) ?? -Infinity, getEndMs(entry)));
  }
  const first = Math.min(...ends.values());
  return first === Infinity ? {} : { nextRemovalAt: new Date(Math.max(first, 0)).toISOString() };
}

/** Whether time alone makes an update due. */
export const isRemovalDue = ({ nextRemovalAt }: Properties, nowMs: number): boolean =>
  typeof nextRemovalAt === "string" && Date.parse(nextRemovalAt) <= nowMs;

/** Fields beside `allow`. */
export const networkFields = {
  ranges: z.array(Range).optional().meta({
    description:
      'The addresses that may try to connect, when `allow` is "listed": IPv4 and IPv6 addresses, CIDR networks, `first-last` ranges. Order carries no meaning.',
    unordered: true,
    review: "reach",
  }),
  scope: z
    .enum(["all", "protectedBranches"])
    .optional()
    .meta({
      description:
        'Which branches the list guards, when `allow` is "listed": `all` (default), or only the protected ones, which leaves every other branch open to every address.',
      whenOmitted: "cleared",
      canonical: (scope: string) => (scope === "all" ? undefined : scope),
      review: "reach",
    }),
  privateEndpoints: z
    .enum(["allowed", "blocked"])
    .optional()
    .meta({
      description:
        "Whether private endpoints (AWS PrivateLink) may connect. The address list does not apply to them. Left as it is when omitted.",
      review: { reach: [createLeftUntilNowRule("allowed", MAYBE_BLOCKED)] },
    }),
};

/** Fields that the program alone says: nothing live is like them. */
export const lockOutFields = {
  acceptLockOut: z.literal(true, "must be true, or left out").optional().meta({
    description:
      "Blocks public access although no private path is known to work: whoever comes by the internet, this program's own pipeline too, is then locked out.",
    review: LOCK_OUT_ACCEPTED,
  }),
  pathAttestation: PathProof.optional().meta({
    description:
      "Proof, signed inside the network, that a private path leads to the project: public access may then be blocked. Of the embedded plane alone; needed for the one update that blocks.",
    review: { silent: "proof of a path, verified when public access is blocked" },
  }),
};

export interface Network {
  allow: "listed" | "anywhere" | "nobody" | "managedSeparately";
  ranges?: RangeEntry[] | undefined;
  scope?: "all" | "protectedBranches" | undefined;
  privateEndpoints?: "allowed" | "blocked" | undefined;
  acceptLockOut?: true | undefined;
  pathAttestation?: PathProof | undefined;
}

/** @param at the field that holds the network, or undefined when the resource itself is one */
export function createNetworkRules(at: string | undefined): Rule[] {
  const of = (inputs: Properties) => (at === undefined ? inputs : inputs[at]) as Network;
  const needs = at === undefined ? ["allow", "ranges", "scope"] : [at];
  const rule = (field: keyof Network, message: string, holds: (network: Network) => boolean): Rule => ({
    needs,
    property: at === undefined ? field : `${at}.${field}`,
    holds: (inputs) => holds(of(inputs)),
    message,
  });
  return [
    rule(
      "ranges",
      'allow: "listed" needs at least one range; to admit nobody write allow: "nobody", to admit every address allow: "anywhere"',
      ({ allow, ranges }) => allow !== "listed" || (ranges ?? []).length > 0,
    ),
    rule(
      "ranges",
      'ranges belong to allow: "listed"; remove them or write allow: "listed"',
      ({ allow, ranges }) => allow === "listed" || ranges === undefined,
    ),
    rule(
      "scope",
      'scope belongs to allow: "listed"; remove it or write allow: "listed"',
      ({ allow, scope }) => allow === "listed" || scope === undefined,
    ),
    rule(
      "ranges",
      'these ranges admit every IPv4 or every IPv6 address; if that is meant, write allow: "anywhere"',
      ({ allow, ranges }) => allow !== "listed" || !admitsWholeFamily(ranges ?? []),
    ),
  ];
}

/** Whoever declares the network as a whole. */
export const buildNetworkKey = (projectId: string): string => `network ${projectId}`;

export const buildEntryPrefix = (projectId: string): string => `entry ${projectId} `;

/** The entries in force that a list declares, whatever its spelling. */
export const listEntryKeys = (projectId: string, ranges: readonly RangeEntry[] = []): string[] =>
  ranges
    .filter((entry) => !isOverdue(entry, Date.now()))
    .map((entry) => buildEntryPrefix(projectId) + canonicalizeRange(getRangeText(entry)));

/** Keys of a network that its project, or one list, declares as a whole. */
export const listNetworkKeys = (projectId: string, network: Partial<Network> | undefined): string[] =>
  network?.allow === undefined || network.allow === "managedSeparately"
    ? []
    : [buildNetworkKey(projectId), ...listEntryKeys(projectId, network.ranges)];

/**
 * What a list is written with: its own ranges, and those that other resources of the run add to it. What of the live entries is left out is
 * said in the same tick, so that who declares one of them later sends it again.
 */
export function addDeclaredEntries<N extends Network>(
  network: N,
  projectId: string,
  live: readonly RangeEntry[],
  others: OtherDeclarations,
): N {
  if (network.allow !== "listed" && network.allow !== "anywhere") return network;
  const own = network.allow === "listed" ? (network.ranges ?? []) : [];
  const known = new Set(own.map((entry) => canonicalizeRange(getRangeText(entry))));
  const added = network.allow === "listed" ? others.listKeysUnder(buildEntryPrefix(projectId)).filter((range) => !known.has(range)) : [];
  const kept = new Set(listEntryKeys(projectId, [...own, ...added]));
  others.markDropped(listEntryKeys(projectId, live).filter((key) => !kept.has(key)));
  return network.allow === "listed" ? { ...network, ranges: [...own, ...added] } : network;
}

/** The network without the entries that have ended. A list of nothing else admits nobody: an empty one would admit everybody. */
export function dropEndedEntries<N extends Network>(network: N, nowMs: number): N {
  if (network.allow !== "listed") return network;
  const ranges = (network.ranges ?? []).filter((entry) => !isOverdue(entry, nowMs));
  if (ranges.length > 0) return { ...network, ranges };
  return { ...network, allow: "nobody", ranges: undefined, scope: undefined };
}

/** Settings that bring a live project to `network`, in one call. Nothing for `managedSeparately`: another resource owns it. */
export function toSettings({ allow, ranges = [], scope, privateEndpoints }: Network): ProjectSettings {
  const vpc = privateEndpoints === undefined ? {} : { block_vpc_connections: privateEndpoints === "blocked" };
  switch (allow) {
    case "listed":
      return {
        allowed_ips: { ips: canonicalizeRanges(ranges), protected_branches_only: scope === "protectedBranches" },
        block_public_connections: false,
        ...vpc,
      };
    case "anywhere":
      return { allowed_ips: { ips: [], protected_branches_only: false }, block_public_connections: false, ...vpc };
    case "nobody":
      // The list stays as it is: were the block ever lifted, it would still guard.
      return { block_public_connections: true, ...vpc };
    case "managedSeparately":
      return vpc;
  }
}

/** The ranges as they are sent: each once, in the one spelling that every reader takes the same way. */
export const canonicalizeRanges = (ranges: readonly RangeEntry[]): string[] => [
  ...new Set(ranges.map((entry) => canonicalizeRange(getRangeText(entry)))),
];

/**
 * Settings that bring a live project to `network`; undefined where it is there already: descriptions and ends live in the state alone.
 * @param live what is there, in the program's words
 */
export function toNetworkUpdate(network: Network, live: Partial<Network> | undefined, nowMs: number): ProjectSettings | undefined {
  const settings = toSettings(dropEndedEntries(network, nowMs));
  const there = live?.allow === undefined ? undefined : (toSettings(dropEndedEntries(live as Network, nowMs)) as Record<string, unknown>);
  const isThere =
    there && Object.entries(settings).every(([name, value]) => canonicalizeSettings(value) === canonicalizeSettings(there[name]));
  return isThere ? undefined : settings;
}

/** Lists are sets here. */
const canonicalizeSettings = (value: unknown): string =>
  JSON.stringify([value], (_, inner: unknown) => (Array.isArray(inner) ? [...(inner as unknown[])].sort() : inner));

/**
 * Whether an update closes what may be the last way in: public access that is open now, or private endpoints beside it. A list whose entries have
 * all ended closes by itself.
 */
export const mayLockOut = (network: Network, live: Partial<Network> | undefined, nowMs: number): boolean =>
  network.allow === "nobody" &&
  ((live?.allow !== "nobody" && !(live && haveAllEnded(live, nowMs))) ||
    (network.privateEndpoints === "blocked" && live.privateEndpoints !== "blocked"));

/** What an update is about to make of the project's network; what it leaves out stays. */
export interface NetworkChange {
  readonly blockPublic?: boolean | undefined;
  readonly blockPrivate?: boolean | undefined;
  /** One more endpoint that the project is restricted to: with the first one every other stays out. */
  readonly restrictTo?: string | undefined;
}

/** `list` without every spelling of `ranges`. */
export function omitRanges(list: readonly string[], ranges: readonly string[]): string[] {
  const gone = new Set(ranges.map(canonicalizeRange));
  return list.filter((ip) => !gone.has(canonicalizeRange(ip)));
}

/** What of it may lock somebody out. */
export const toNetworkChange = (network: Network): NetworkChange => {
  const { block_public_connections: blockPublic, block_vpc_connections: blockPrivate } = toSettings(network);
  return { blockPublic, blockPrivate };
};

/** Settings a project is created with: never more open than `network`, closed to everyone where another resource will own it. */
export function toFirstSettings(network: Network): ProjectSettings {
  if (network.allow === "managedSeparately") return toSettings({ ...network, allow: "nobody" });
  if (network.allow === "anywhere") return toSettings({ ...network, allow: "managedSeparately" });
  // Scope `all` until the default branch is protected: under the other it would be open for a moment.
  return toSettings({ ...network, scope: "all" });
}

/** The live network in the program's words; descriptions, spellings and what is said by the program alone come from `recorded`. */
export const fromSettings = (
  settings: ProjectSettings | undefined,
  recorded: Partial<Network> | undefined,
  nowMs: number = Date.now(),
): Network => ({
  ...toNetwork(settings, recorded, nowMs),
  ...(recorded?.acceptLockOut && { acceptLockOut: recorded.acceptLockOut }),
  ...(recorded?.pathAttestation && { pathAttestation: recorded.pathAttestation }),
});

function toNetwork(settings: ProjectSettings | undefined, recorded: Partial<Network> | undefined, nowMs: number): Network {
  const { allowed_ips, block_public_connections, block_vpc_connections } = settings ?? {};
  const privateEndpoints = block_vpc_connections ? "blocked" : "allowed";
  if (recorded?.allow === "managedSeparately") return { allow: "managedSeparately", privateEndpoints };
  if (block_public_connections)
    return haveAllEnded(recorded, nowMs) ? { ...recorded, privateEndpoints } : { allow: "nobody", privateEndpoints };
  const ips = allowed_ips?.ips ?? [];
  if (ips.length === 0) return { allow: "anywhere", privateEndpoints };
  return {
    allow: "listed",
    ranges: keepDeclaredSpelling(recorded?.ranges ?? [], ips, nowMs),
    ...(allowed_ips?.protected_branches_only && { scope: "protectedBranches" as const }),
    privateEndpoints,
  };
}

/** Live entries, each as `entries` spell and describe it where they have it; and of these what has ended and is gone, as it should be. */
export function keepDeclaredSpelling(entries: readonly RangeEntry[], ips: readonly string[], nowMs: number): RangeEntry[] {
  const known = new Map<string, RangeEntry[]>();
  for (const entry of entries) {
    const range = canonicalizeRange(getRangeText(entry));
    known.set(range, [...(known.get(range) ?? []), entry]);
  }
  const live = new Set(ips.map(canonicalizeRange));
  const ended = entries.filter((entry) => isOverdue(entry, nowMs) && !live.has(canonicalizeRange(getRangeText(entry))));
  return [...ips.flatMap((ip) => known.get(canonicalizeRange(ip)) ?? [ip]), ...ended];
}

/** What a list comes to when all of its entries have ended. */
const haveAllEnded = (recorded: Partial<Network> | undefined, nowMs: number): recorded is Network =>
  recorded?.allow === "listed" && dropEndedEntries(recorded as Network, nowMs).allow === "nobody";

/** The live list as disjoint ranges in canonical spelling; empty when nobody or everybody is admitted. */
export const computeEffectiveRanges = (settings: ProjectSettings | undefined): string[] => {
  const ips = settings?.allowed_ips?.ips ?? [];
  return settings?.block_public_connections || ips.length === 0 ? [] : parseAllowlist(ips).set.toRanges();
};

const FAMILIES = ["0.0.0.0-255.255.255.255", "::/0"].map((range) => parseAllowlist([range]).set);

/** Whether ranges together admit every address of a family. */
export function admitsWholeFamily(ranges: readonly RangeEntry[]): boolean {
  const set: AddressSet = parseAllowlist(ranges.map(getRangeText)).set;
  return ranges.length > 0 && FAMILIES.some((family) => set.contains(family));
}
