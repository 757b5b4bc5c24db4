import { AddressSet, allowedBy } from "../../contract/ranges.js";
import type { Reach } from "../../contract/reachability.js";
import type { ChangeFinding } from "./finding.js";

/** Reaches and address sets in words: exact, and as short as that can be. */

const MOST_RANGES = 5;
const FAMILIES = [
  { name: "IPv4", all: allowedBy(["0.0.0.0/0"]).set, half: 1n << 31n, countOf: (set: AddressSet) => set.counts.ipv4 },
  { name: "IPv6", all: allowedBy(["::/0"]).set, half: 1n << 127n, countOf: (set: AddressSet) => set.counts.ipv6 },
] as const;

/** "203.0.113.0/24 (256 IPv4 addresses)", "every address but 203.0.113.7 (1 IPv4 address)", "nobody". */
export function setText(set: AddressSet): string {
  const text = texts.get(set) ?? describe(set);
  texts.set(set, text);
  return text;
}

/** One set stands in several sentences. */
const texts = new WeakMap<AddressSet, string>();

function describe(set: AddressSet): string {
  if (set.isEmpty) return "nobody";
  const most = FAMILIES.filter(({ countOf, half }) => countOf(set) > half);
  if (most.length === 0) return rangesText(set);
  const [first] = most;
  const whole = most.length === FAMILIES.length ? AddressSet.everyone : (first as (typeof FAMILIES)[number]).all;
  const name = most.length === FAMILIES.length ? "every address" : `every ${(first as (typeof FAMILIES)[number]).name} address`;
  const [missing, further] = [whole.minus(set), set.minus(whole)];
  return `${name}${missing.isEmpty ? "" : ` but ${rangesText(missing)}`}${further.isEmpty ? "" : `, and ${rangesText(further)}`}`;
}

function rangesText(set: AddressSet): string {
  const ranges = set.toRanges();
  const named =
    ranges.slice(0, MOST_RANGES).join(", ") + (ranges.length > MOST_RANGES ? ` and ${ranges.length - MOST_RANGES} more ranges` : "");
  return `${named} (${countText(set)})`;
}

/** Exact up to 2^53; beyond, IPv6 as a power of two. */
function countText(set: AddressSet): string {
  const { ipv4, ipv6 } = set.counts;
  const counts = [...(ipv4 > 0n ? [counted(ipv4, "IPv4")] : []), ...(ipv6 > 0n ? [counted(ipv6, "IPv6")] : [])];
  return counts.join(" and ");
}

/** Made once: making one takes far longer than a number. */
const ENGLISH = new Intl.NumberFormat("en");

const counted = (count: bigint, family: string): string => {
  const power = count.toString(2).length - 1;
  const number = power < 53 ? ENGLISH.format(count) : `${count === 1n << BigInt(power) ? "" : "more than "}2^${power}`;
  return `${number} ${family} address${count === 1n ? "" : "es"}`;
};

export const idsText = (ids: ReadonlySet<string>): string => (ids.size === 0 ? "no private endpoint" : [...ids].join(", "));

export const reachText = ({ public: set, private: ids }: Reach): string =>
  ids.size === 0 ? setText(set) : `${setText(set)}; privately ${idsText(ids)}`;

/** Who is in the first reach and not in the second, as the subject of a sentence within one. */
export function whoText(addresses: AddressSet, ids: Iterable<string>): string {
  const parts = [...(addresses.isEmpty ? [] : [setText(addresses)]), ...ids];
  return parts.length < 2 ? (parts[0] ?? "nobody") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

export const moreThan = (reach: Reach, than: Reach): string =>
  whoText(
    reach.public.minus(than.public),
    [...reach.private].filter((id) => !than.private.has(id)),
  );

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const MOST_IN_JSON = 100;

/** What opens and what closes, in a form for machines. */
export function addressesOf(opened: AddressSet, closed: AddressSet): NonNullable<ChangeFinding["addresses"]> {
  const witness = opened.witness() ?? closed.witness();
  return {
    opened: opened.toRanges().slice(0, MOST_IN_JSON),
    closed: closed.toRanges().slice(0, MOST_IN_JSON),
    ...(witness !== undefined && { witness }),
  };
}
