import { PalisadeError } from "../contract/errors.js";
import { formatInterval, type Interval, parseRange } from "../contract/ranges.js";

/** Tiers of a network, each of a quarter of its block; the last quarter is left for what comes. */
export const TIERS = ["public", "private", "data"] as const;
export type Tier = (typeof TIERS)[number];

export const mapTiers = <T>(make: (tier: Tier) => T): Readonly<Record<Tier, T>> => ({
  public: make("public"),
  private: make("private"),
  data: make("data"),
});

/** Zones at most, each of a quarter of its tier: a zone that is added moves no other. */
export const MOST_ZONES = 4;

/** Bits that a tier takes of its network, and a zone of its tier. */
const QUARTER_BITS = 2;

/** The block of a tier. */
export const computeTierBlock = (block: string, tier: Tier): string => cutBlock(block, QUARTER_BITS, TIERS.indexOf(tier));

/** The block of a tier in a zone. @param zone from 0 */
export const computeZoneBlock = (block: string, tier: Tier, zone: number): string =>
  cutBlock(computeTierBlock(block, tier), QUARTER_BITS, zone);

/**
 * One of the equal parts of a block, such as 10.0.64.0/18 as part 1 of 10.0.0.0/16 with 2 bits.
 * @param bits how many longer the prefix of a part is @param index from 0
 * @throws PAL_NETWORK_BLOCK when the block is none, or has no such part
 */
export function cutBlock(block: string, bits: number, index: number): string {
  const { family, first, last } = parseBlock(block);
  const size = (last - first + 1n) >> BigInt(bits);
  if (size === 0n || index < 0 || index >= 2 ** bits)
    throw new PalisadeError("PAL_NETWORK_BLOCK", `${block} has no part ${index} of ${2 ** bits}`);
  const start = first + BigInt(index) * size;
  return formatInterval({ family, first: start, last: start + size - 1n });
}

/**
 * The block as it is written, when it is of IPv4 and of a size in between.
 * @param shortest prefix of the largest block @param longest prefix of the smallest
 * @throws PAL_NETWORK_BLOCK
 */
export function assertBlock(block: string, shortest: number, longest: number): string {
  const { family, first, last } = parseBlock(block);
  const size = last - first + 1n;
  if (family === 4 && size <= 1n << BigInt(32 - shortest) && size >= 1n << BigInt(32 - longest)) return block;
  throw new PalisadeError("PAL_NETWORK_BLOCK", `${block} is no block of IPv4 from /${shortest} to /${longest}`);
}

function parseBlock(block: string): Interval {
  const parsed = parseRange(block);
  if (!parsed.ok) throw new PalisadeError("PAL_NETWORK_BLOCK", `${JSON.stringify(block)}: ${parsed.reason}`);
  if (!formatInterval(parsed.interval).includes("/")) throw new PalisadeError("PAL_NETWORK_BLOCK", `${JSON.stringify(block)} is no block`);
  return parsed.interval;
}
