import type { AddressSet } from "../../contract/ranges.js";
import { isEveryone } from "../scan/view.js";

const MOST_RANGES = 5;

/** Who comes in addition: "198.51.100.7 (1 IPv4 address) more". */
export const moreText = (set: AddressSet): string => (isEveryone(set) || isRest(set) ? "Everybody else" : `${setText(set)} more`);

/** What is left of a whole family once a list is taken out of it. */
const isRest = (set: AddressSet): boolean => set.counts.ipv4 > 1n << 31n || set.counts.ipv6 > 1n << 127n;

/** One in sixteen of all IPv4 addresses, of IPv6 those that are given out (2000::/3): no business has so many, and who does admits strangers. */
export const isNearlyEveryone = (set: AddressSet): boolean => set.counts.ipv4 >= 1n << 28n || set.counts.ipv6 >= 1n << 121n;

/** An address set for people: its ranges as far as they are few, and its exact size. */
export function setText(set: AddressSet): string {
  if (set.isEmpty) return "nobody";
  if (isEveryone(set)) return "every address";
  const ranges = set.toRanges();
  const named =
    ranges.slice(0, MOST_RANGES).join(", ") + (ranges.length > MOST_RANGES ? ` and ${ranges.length - MOST_RANGES} more ranges` : "");
  return `${named} (${countText(set)})`;
}

/** Exact up to 2^53; beyond, IPv6 as a power of two. */
export function countText(set: AddressSet): string {
  const { ipv4, ipv6 } = set.counts;
  const counts = [...(ipv4 > 0n ? [counted(ipv4, "IPv4")] : []), ...(ipv6 > 0n ? [counted(ipv6, "IPv6")] : [])];
  return counts.join(" and ");
}

const counted = (count: bigint, family: string): string => {
  const power = count.toString(2).length - 1;
  const number = power < 53 ? count.toLocaleString("en") : `${count === 1n << BigInt(power) ? "" : "more than "}2^${power}`;
  return `${number} ${family} address${count === 1n ? "" : "es"}`;
};
