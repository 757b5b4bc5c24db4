import { AddressSet, parseAllowlist } from "../../contract/ranges.js";
import type { Reach } from "../../contract/reachability.js";
import type { ChangeFinding } from "./finding.js";

/** Formats reaches and address sets: exactly, and as briefly as possible. */

const MOST_RANGES = 5;
const FAMILIES = [
  { name: "IPv4", all: parseAllowlist(["0.0.0.0/0"]).set, half: 1n << 31n, countOf: (set: AddressSet) => set.counts.ipv4 },
  { name: "IPv6", all: parseAllowlist(["::/0"]).set, half: 1n << 127n, countOf: (set: AddressSet) => set.counts.ipv6 },
] as const;

/** "203.0.113.0/24 (256 IPv4 addresses)", "every address but 203.0.113.7 (1 IPv4 address)", "nobody". */
export function formatAddressSet(set: AddressSet): string {
  const text = formattedSets.get(set) ?? describeAddressSet(set);
  formattedSets.set(set, text);
  return text;
}

/** Cache: one set appears in several sentences. */
const formattedSets = new WeakMap<AddressSet, string>();

function describeAddressSet(set: AddressSet): string {
  if (set.isEmpty) return "nobody";
  const most = FAMILIES.filter(({ countOf, half }) => countOf(set) > half);
  if (most.length === 0) return formatRanges(set);
  const [first] = most;
  const whole = most.length === FAMILIES.length ? AddressSet.everyone : (first as (typeof FAMILIES)[number]).all;
  const name = most.length === FAMILIES.length ? "every address" : `every ${(first as (typeof FAMILIES)[number]).name} address`;
  const [missing, further] = [whole.subtract(set), set.subtract(whole)];
  return `${name}${missing.isEmpty ? "" : ` but ${formatRanges(missing)}`}${further.isEmpty ? "" : `, and ${formatRanges(further)}`}`;
}

function formatRanges(set: AddressSet): string {
  const ranges = set.toRanges();
  const named =
    ranges.slice(0, MOST_RANGES).join(", ") + (ranges.length > MOST_RANGES ? ` and ${ranges.length - MOST_RANGES} more ranges` : "");
  return `${named} (${formatAddressCount(set)})`;
}

/** Exact up to 2^53; beyond, IPv6 as a power of two. */
function formatAddressCount(set: AddressSet): string {
  const { ipv4, ipv6 } = set.counts;
  const counts = [...(ipv4 > 0n ? [formatFamilyCount(ipv4, "IPv4")] : []), ...(ipv6 > 0n ? [formatFamilyCount(ipv6, "IPv6")] : [])];
  return counts.join(" and ");
}

/** Made once: making one takes far longer than a number. */
const ENGLISH = new Intl.NumberFormat("en");

const formatFamilyCount = (count: bigint, family: string): string => {
  const power = count.toString(2).length - 1;
  const number = power < 53 ? ENGLISH.format(count) : `${count === 1n << BigInt(power) ? "" : "more than "}2^${power}`;
  return `${number} ${family} address${count === 1n ? "" : "es"}`;
};

export const formatEndpointIds = (ids: ReadonlySet<string>): string => (ids.size === 0 ? "no private endpoint" : [...ids].join(", "));

export const formatReach = ({ public: set, private: ids }: Reach): string =>
  ids.size === 0 ? formatAddressSet(set) : `${formatAddressSet(set)}; privately ${formatEndpointIds(ids)}`;

/** Who is in the first reach and not in the second, as the subject of a sentence within one. */
export function formatWho(addresses: AddressSet, ids: Iterable<string>): string {
  const parts = [...(addresses.isEmpty ? [] : [formatAddressSet(addresses)]), ...ids];
  return parts.length < 2 ? (parts[0] ?? "nobody") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

export const formatAdded = (reach: Reach, than: Reach): string =>
  formatWho(
    reach.public.subtract(than.public),
    [...reach.private].filter((id) => !than.private.has(id)),
  );

export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const MOST_IN_JSON = 100;

/** What opens and what closes, in a form for machines. */
export function toAddressDelta(opened: AddressSet, closed: AddressSet): NonNullable<ChangeFinding["addresses"]> {
  const witness = opened.findWitness() ?? closed.findWitness();
  return {
    opened: opened.toRanges().slice(0, MOST_IN_JSON),
    closed: closed.toRanges().slice(0, MOST_IN_JSON),
    ...(witness !== undefined && { witness }),
  };
}
