import { BlockList } from "node:net";
import { excludeCidr, mergeCidr } from "cidr-tools";
import fc from "fast-check";
import { formatAddress, parseAddress } from "../../contract/addresses.js";
import {
  AddressSet,
  RangeTable,
  parseAllowlist,
  canonicalizeRange,
  formatInterval,
  parseRange,
  type Interval,
} from "../../contract/ranges.js";

/** Values where something can go wrong: a dense corner, both ends of each family, both edges of the IPv4-mapped block. */
const IPV4_MAX = (1n << 32n) - 1n;
const IPV6_MAX = (1n << 128n) - 1n;
const near = (start: bigint, span: number) => fc.nat(span).map((offset) => start + BigInt(offset));
const ipv4Value = fc.oneof({ weight: 4, arbitrary: near(0x0a000000n, 40) }, near(0n, 3), near(IPV4_MAX - 3n, 3), fc.bigInt(0n, IPV4_MAX));
const unmapped = (value: bigint) => value >> 32n !== 0xffffn;
const ipv6Value = fc
  .oneof(
    { weight: 4, arbitrary: near(0x20010db8n << 96n, 40) },
    near(0n, 3),
    near(IPV6_MAX - 3n, 3),
    near((0xffffn << 32n) - 4n, 3),
    near(0x10000n << 32n, 3),
    fc.bigInt(0n, IPV6_MAX),
  )
  .filter(unmapped);

const ordered = (a: bigint, b: bigint) => (a < b ? { first: a, last: b } : { first: b, last: a });
const network = (value: bigint, hostBits: bigint) => {
  const first = (value >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
};
function intervalOf(family: 4 | 6, value: fc.Arbitrary<bigint>): fc.Arbitrary<Interval> {
  const ends = fc.oneof(
    value.map((at) => ordered(at, at)),
    fc.tuple(value, value).map(([a, b]) => ordered(a, b)),
    fc.tuple(value, fc.oneof(fc.nat(8), fc.nat(family === 4 ? 32 : 128))).map(([at, bits]) => network(at, BigInt(bits))),
  );
  return ends.map((interval) => ({ family, ...interval }));
}
const interval = fc.oneof(intervalOf(4, ipv4Value), intervalOf(6, ipv6Value));
const intervals = fc.array(interval, { maxLength: 8 });
const set = intervals.map((list) => AddressSet.of(list));
const address = fc.oneof(
  ipv4Value.map((value) => formatAddress({ family: 4, value })),
  ipv6Value.map((value) => formatAddress({ family: 6, value })),
);

/** Every address at which membership can change, and its neighbours. */
function edges(...lists: Interval[][]): string[] {
  const values = lists
    .flat()
    .flatMap(({ family, first, last }) => [first - 1n, first, last, last + 1n].map((value) => ({ family, value })));
  return values
    .filter(({ family, value }) => value >= 0n && value <= (family === 4 ? IPV4_MAX : IPV6_MAX) && (family === 4 || unmapped(value)))
    .map(formatAddress);
}

const within = (list: Interval[], text: string): boolean => {
  const peer = parseAddress(text);
  return list.some(({ family, first, last }) => family === peer?.family && first <= peer.value && peer.value <= last);
};

const sum = (s: AddressSet) => s.counts.ipv4 + (s.counts.ipv6 << 40n);

test("union, minus and intersect admit exactly whom they should", () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const [left, right] = [AddressSet.of(a), AddressSet.of(b)];
      const [union, minus, both] = [left.union(right), left.subtract(right), left.intersect(right)];
      for (const peer of edges(a, b)) {
        const [inA, inB] = [within(a, peer), within(b, peer)];
        expect([peer, left.has(peer), union.has(peer), minus.has(peer), both.has(peer)]).toEqual([
          peer,
          inA,
          inA || inB,
          inA && !inB,
          inA && inB,
        ]);
      }
    }),
  );
});

test("the laws of sets hold", () => {
  fc.assert(
    fc.property(set, set, set, (a, b, c) => {
      const { nobody, everyone } = AddressSet;
      const equal = (x: AddressSet, y: AddressSet) => {
        expect(x.toRanges()).toEqual(y.toRanges());
        expect(x.equals(y)).toBe(true);
      };
      equal(a.union(b), b.union(a));
      equal(a.union(b).union(c), a.union(b.union(c)));
      equal(a.intersect(b), b.intersect(a));
      equal(a.intersect(b.union(c)), a.intersect(b).union(a.intersect(c)));
      equal(a.subtract(b.union(c)), a.subtract(b).subtract(c));
      equal(a.subtract(b).union(a.intersect(b)), a);
      equal(everyone.subtract(everyone.subtract(a)), a);
      equal(a.union(nobody), a);
      equal(a.union(everyone), everyone);
      equal(a.subtract(a), nobody);
    }),
  );
});

test("counts are additive", () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      expect(sum(a.union(b)) + sum(a.intersect(b))).toBe(sum(a) + sum(b));
      expect(sum(a.subtract(b)) + sum(a.intersect(b))).toBe(sum(a));
      expect(sum(a) === 0n).toBe(a.isEmpty);
    }),
  );
});

test("contains is a partial order whose equality is equals", () => {
  const related = fc.oneof(
    fc.tuple(set, set),
    fc.tuple(set, set).map(([a, b]) => [a, a.union(b)] as const),
    fc.tuple(set, set).map(([a, b]) => [a.subtract(b).union(a), a] as const),
  );
  fc.assert(
    fc.property(related, ([a, b]) => {
      expect(a.contains(b) && b.contains(a)).toBe(a.equals(b));
      expect(a.contains(b)).toBe(a.union(b).equals(a));
      expect(a.union(b).contains(a) && a.contains(a.subtract(b)) && a.contains(a)).toBe(true);
    }),
  );
});

test("a witness of a difference is in the one and not in the other", () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const difference = a.subtract(b);
      const witness = difference.findWitness();
      expect(witness === undefined).toBe(difference.isEmpty);
      if (witness !== undefined) expect([witness, a.has(witness), b.has(witness)]).toEqual([witness, true, false]);
    }),
  );
});

test("parsing what was formatted gives the interval back", () => {
  fc.assert(
    fc.property(interval, (one) => {
      expect(parseRange(formatInterval(one))).toEqual({ ok: true, interval: one });
    }),
  );
});

test("canonicalRange is idempotent, whatever the text", () => {
  const awkward = fc.string({ unit: fc.constantFrom(...Array.from("0123456789abf.:/-% x")), maxLength: 24 });
  const spelt = fc.tuple(interval, fc.boolean()).map(([one, upper]) => (upper ? formatInterval(one).toUpperCase() : formatInterval(one)));
  fc.assert(
    fc.property(fc.oneof(fc.string(), awkward, spelt), (text) => {
      const once = canonicalizeRange(text);
      expect(canonicalizeRange(once)).toBe(once);
      const parsed = parseRange(text);
      if (parsed.ok) expect(parseRange(once)).toEqual(parsed);
      else expect(once).toBe(text);
    }),
  );
});

test("toRanges parses back to the set, in ascending disjoint pieces that do not touch", () => {
  fc.assert(
    fc.property(set, (a) => {
      fc.pre(!a.isEmpty);
      expect(parseAllowlist(a.toRanges())).toEqual({ set: a, unreadable: [] });
      a.intervals.forEach((piece, at) => {
        const next = a.intervals[at + 1];
        if (next?.family === piece.family) expect(next.first).toBeGreaterThan(piece.last + 1n);
      });
    }),
  );
});

test("order and duplicates of the entries do not matter", () => {
  const shuffled = intervals.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
  );
  fc.assert(
    fc.property(shuffled, ([list, again]) => {
      expect(AddressSet.of(again).toRanges()).toEqual(AddressSet.of(list).toRanges());
    }),
  );
});

test("set, table and Node's BlockList agree, peers in either spelling", () => {
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 12 }), fc.array(address, { maxLength: 20 }), (list, others) => {
      const texts = list.map(formatInterval);
      const [table, { set: allowed }] = [new RangeTable(texts), parseAllowlist(texts)];
      const oracle = new BlockList();
      for (const { family, first, last } of list) {
        const name = family === 4 ? "ipv4" : "ipv6";
        oracle.addRange(formatAddress({ family, value: first }), formatAddress({ family, value: last }), name);
      }
      for (const peer of [...edges(list), ...others]) {
        const isIPv4 = !peer.includes(":");
        const spellings = isIPv4 ? [peer, `::ffff:${peer}`] : [peer, peer.toUpperCase()];
        const answer = oracle.check(peer, isIPv4 ? "ipv4" : "ipv6");
        for (const spelling of spellings)
          expect([spelling, table.has(spelling), allowed.has(spelling)]).toEqual([spelling, answer, answer]);
      }
    }),
  );
});

test("merging and excluding networks agrees with cidr-tools", () => {
  const networks = (family: 4 | 6, value: fc.Arbitrary<bigint>) =>
    fc.array(
      fc.tuple(value, fc.nat(12)).map(([at, bits]) => formatInterval({ family, ...network(at, BigInt(bits)) })),
      { minLength: 1, maxLength: 10 },
    );
  const bothSides = fc.oneof(
    fc.tuple(networks(4, ipv4Value), networks(4, ipv4Value)),
    fc.tuple(networks(6, near(0x20010db8n << 96n, 4096)), networks(6, near(0x20010db8n << 96n, 4096))),
  );
  fc.assert(
    fc.property(bothSides, ([base, away]) => {
      const ours = parseAllowlist(base).set;
      expect(ours.toRanges()).toEqual(parseAllowlist(mergeCidr(base)).set.toRanges());
      const left = excludeCidr(base, away);
      const rest = left.length === 0 ? AddressSet.nobody : parseAllowlist(left).set;
      expect(ours.subtract(parseAllowlist(away).set).toRanges()).toEqual(rest.toRanges());
    }),
  );
});

test("IPv6 is written and read as WHATWG URLs do", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), (groups) => {
      const value = groups.reduce((all, group) => (all << 16n) | BigInt(group), 0n);
      fc.pre(unmapped(value));
      const text = groups.map((group) => group.toString(16)).join(":");
      expect(parseAddress(text)).toEqual({ family: 6, value });
      expect(`[${formatAddress({ family: 6, value })}]`).toBe(new URL(`http://[${text}]/`).hostname);
    }),
  );
});
