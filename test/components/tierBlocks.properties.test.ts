import fc from "fast-check";
import { assertBlock, cutBlock, MOST_ZONES, computeTierBlock, TIERS, computeZoneBlock } from "../../components/tierBlocks.js";
import { formatAddress } from "../../contract/addresses.js";
import { AddressSet, parseRange } from "../../contract/ranges.js";

/** A network that is cut into tiers and zones: every address is in one of them at most, and none comes from elsewhere. */
const setOf = (block: string): AddressSet => {
  const parsed = parseRange(block);
  if (!parsed.ok) throw new Error(parsed.reason);
  return AddressSet.of([parsed.interval]);
};
const blockOf = (family: 4 | 6, shortest: number, longest: number) =>
  fc.tuple(fc.integer({ min: shortest, max: longest }), fc.bigInt({ min: 0n, max: (1n << 32n) - 1n })).map(([prefix, bits]) => {
    const [width, base] = family === 4 ? [32n, bits] : [128n, (0x2600_1f18n << 96n) | (bits << 64n)];
    const host = width - BigInt(prefix);
    return `${formatAddress({ family, value: (base >> host) << host })}/${prefix}`;
  });

describe("a network that is cut", () => {
  it("has parts that are disjoint, of one size, in order, and together the whole", () => {
    fc.assert(
      fc.property(fc.oneof(blockOf(4, 8, 24), blockOf(6, 48, 60)), fc.integer({ min: 0, max: 4 }), (block, bits) => {
        const parts = Array.from({ length: 2 ** bits }, (_, index) => setOf(cutBlock(block, bits, index)));
        const prefixes = Array.from({ length: 2 ** bits }, (_, index) => cutBlock(block, bits, index).split("/")[1]);
        expect(new Set(prefixes)).toEqual(new Set([String(Number(block.split("/")[1]) + bits)]));
        for (const [index, part] of parts.entries())
          for (const other of parts.slice(index + 1)) expect(part.intersect(other).isEmpty).toBe(true);
        expect(parts.reduce((sum, part) => sum.union(part), AddressSet.nobody).equals(setOf(block))).toBe(true);
      }),
    );
  });

  it("gives each tier its own addresses, and each zone its own of the tier, whatever other zones there are", () => {
    fc.assert(
      fc.property(blockOf(4, 16, 24), (block) => {
        const zones = TIERS.flatMap((tier) =>
          Array.from({ length: MOST_ZONES }, (_, zone) => ({ tier, set: setOf(computeZoneBlock(block, tier, zone)) })),
        );
        for (const { tier, set } of zones) expect(setOf(computeTierBlock(block, tier)).contains(set)).toBe(true);
        const sum = zones.reduce((all, { set }) => all.union(set), AddressSet.nobody);
        expect(setOf(block).contains(sum)).toBe(true);
        expect(sum.counts.ipv4 * 4n).toBe(setOf(block).counts.ipv4 * 3n);
      }),
    );
  });

  it.each([
    ["10.0.0.0/15", "from /16 to /24"],
    ["10.0.0.0/25", "from /16 to /24"],
    ["2001:db8::/32", "no block of IPv4"],
    ["10.0.0.1/16", "10.0.0.0/16"],
    ["10.0.0.0-10.0.0.2", "is no block"],
    ["everywhere", "PAL_NETWORK_BLOCK"],
  ])("refuses %s", (block, message) => {
    expect(() => assertBlock(block, 16, 24)).toThrow(message);
  });

  it("refuses a part that is not there, and one that is smaller than an address", () => {
    expect(() => cutBlock("10.0.0.0/16", 2, 4)).toThrow("PAL_NETWORK_BLOCK");
    expect(() => cutBlock("10.0.0.0/31", 2, 0)).toThrow("PAL_NETWORK_BLOCK");
  });
});
