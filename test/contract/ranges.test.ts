import { isIPv4, isIPv6 } from "node:net";
import { formatAddress, parseAddress, parseIPv4, parseIPv6 } from "../../contract/addresses.js";
import {
  AddressSet,
  RangeTable,
  parseAllowlist,
  canonicalizeRange,
  formatInterval,
  parseLiveRange,
  parseRange,
} from "../../contract/ranges.js";

const EXAMPLES = "an address (192.0.2.1), a network (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)";
const FOUR_NUMBERS = "is not an IPv4 address: write four decimal numbers from 0 to 255, such as 192.0.2.1";
const GROUPS = "is not an IPv6 address: write groups of hexadecimal digits, such as 2001:db8::1";

const setOf = (...ranges: string[]) => parseAllowlist(ranges).set;

describe("parseRange takes what means one thing", () => {
  test.each([
    ["192.0.2.1", 4, 0xc0000201n, 0xc0000201n],
    ["0.0.0.0", 4, 0n, 0n],
    ["255.255.255.255", 4, 0xffffffffn, 0xffffffffn],
    ["10.0.0.0/24", 4, 0x0a000000n, 0x0a0000ffn],
    ["10.0.0.0/31", 4, 0x0a000000n, 0x0a000001n],
    ["0.0.0.0/0", 4, 0n, 0xffffffffn],
    ["10.0.0.1-10.0.0.9", 4, 0x0a000001n, 0x0a000009n],
    ["10.0.0.1-10.0.0.1", 4, 0x0a000001n, 0x0a000001n],
    ["::", 6, 0n, 0n],
    ["::/0", 6, 0n, (1n << 128n) - 1n],
    ["2001:DB8:5432::/48", 6, 0x20010db8543200000000000000000000n, 0x20010db85432ffffffffffffffffffffn],
    ["2001:db8::1-2001:db8::f", 6, 0x20010db8000000000000000000000001n, 0x20010db800000000000000000000000fn],
    ["::1.2.3.4", 6, 0x01020304n, 0x01020304n],
    ["64:ff9b::192.0.2.33", 6, 0x0064ff9b0000000000000000c0000221n, 0x0064ff9b0000000000000000c0000221n],
  ])("%s", (text, family, first, last) => {
    expect(parseRange(text)).toEqual({ ok: true, interval: { family, first, last } });
  });

  test.each([
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::FFFF:a00:1", "10.0.0.1"],
    ["0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.0/120", "10.0.0.0/24"],
    ["::ffff:0:0/96", "0.0.0.0/0"],
    ["::ffff:10.0.0.1-::ffff:10.0.0.9", "10.0.0.1-10.0.0.9"],
    ["::ffff:10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"],
  ])("IPv4-mapped %s is %s", (text, ipv4) => {
    expect(parseRange(text)).toEqual(parseRange(ipv4));
    expect(canonicalizeRange(text)).toBe(ipv4);
  });
});

describe("parseRange refuses with what to write", () => {
  test.each([
    ["10.0.0.300", `10.0.0.300 ${FOUR_NUMBERS}`],
    ["010.0.0.1", "010.0.0.1 has a leading zero, which some programs read as octal: write 10.0.0.1"],
    ["10.0.0.08/30", "10.0.0.08 has a leading zero, which some programs read as octal: write 10.0.0.8"],
    ["0x7f.1", `0x7f.1 ${FOUR_NUMBERS}`],
    ["1.2.3", `1.2.3 ${FOUR_NUMBERS}`],
    ["1.2.3.4.5", `1.2.3.4.5 ${FOUR_NUMBERS}`],
    ["1.2.3.", `1.2.3. ${FOUR_NUMBERS}`],
    ["10.0.0.*", `10.0.0.* ${FOUR_NUMBERS}`],
    ["2130706433", `2130706433 is not an address, and names are not looked up: write ${EXAMPLES}`],
    ["db.example.com", `db.example.com is not an address, and names are not looked up: write ${EXAMPLES}`],
    ["anywhere", `anywhere is not an address, and names are not looked up: write ${EXAMPLES}`],
    ["", `An empty entry admits nobody: write ${EXAMPLES}`],
    ["  ", `An empty entry admits nobody: write ${EXAMPLES}`],
    ["fe80::1%eth0", "fe80::1%eth0 has a zone id, which no list can match: write fe80::1"],
    ["fe80::%1/10", "fe80::%1 has a zone id, which no list can match: write fe80::"],
    ["fe80::g%eth0", `fe80::g%eth0 ${GROUPS}`],
    ["2001:db8::g", `2001:db8::g ${GROUPS}`],
    ["1::2::3", `1::2::3 ${GROUPS}`],
    ["1:2:3:4:5:6:7", `1:2:3:4:5:6:7 ${GROUPS}`],
    ["12345::", `12345:: ${GROUPS}`],
    ["::ffff:010.0.0.1", `::ffff:010.0.0.1 ${GROUPS}`],
    ["::ffff:10.0.0.300", `::ffff:10.0.0.300 ${GROUPS}`],
    ["10.0.0.0/33", "10.0.0.0/33 needs a whole number from 0 to 32 after the slash"],
    ["2001:db8::/129", "2001:db8::/129 needs a whole number from 0 to 128 after the slash"],
    ["10.0.0.0/", "10.0.0.0/ needs a whole number from 0 to 32 after the slash"],
    ["10.0.0.0/-1", "10.0.0.0/-1 needs a whole number from 0 to 32 after the slash"],
    ["10.0.0.0/08", "10.0.0.0/08 needs a whole number from 0 to 32 after the slash"],
    ["10.0.0.0/24/24", "10.0.0.0/24/24 needs a whole number from 0 to 32 after the slash"],
    ["10.0.0.0/255.255.255.0", "10.0.0.0/255.255.255.0 needs a whole number from 0 to 32 after the slash"],
    ["10.0.0.0/24-10.0.1.0/24", "10.0.0.0/24-10.0.1.0/24 needs a whole number from 0 to 32 after the slash"],
    ["::ffff:10.0.0.0/95", "::ffff:10.0.0.0/95 reaches beyond the IPv4-mapped addresses: write the IPv4 network"],
    [
      "10.0.0.5/24",
      "10.0.0.5/24 has host bits set: write 10.0.0.0/24 for the 256 addresses of that network, or 10.0.0.5 for the one address",
    ],
    [
      "10.0.0.5/0",
      "10.0.0.5/0 has host bits set: write 0.0.0.0/0 for the 4294967296 addresses of that network, or 10.0.0.5 for the one address",
    ],
    [
      "2001:db8::5/64",
      "2001:db8::5/64 has host bits set: write 2001:db8::/64 for the 2^64 addresses of that network, or 2001:db8::5 for the one address",
    ],
    [
      "::ffff:10.0.0.5/120",
      "::ffff:10.0.0.5/120 has host bits set: write 10.0.0.0/24 for the 256 addresses of that network, or 10.0.0.5 for the one address",
    ],
    ["10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1 runs backwards: write 10.0.0.1-10.0.0.9"],
    ["10.0.0.1-2001:db8::1", "10.0.0.1-2001:db8::1 mixes IPv4 and IPv6: write one range for each"],
    ["::ffff:10.0.0.1-2001:db8::1", "::ffff:10.0.0.1-2001:db8::1 mixes IPv4 and IPv6: write one range for each"],
    ["10.0.0.1-10.0.0.2-10.0.0.3", "10.0.0.1-10.0.0.2-10.0.0.3 has more than one dash: write first-last"],
    ["10.0.0.1-9", `9 is not an address, and names are not looked up: write ${EXAMPLES}`],
    ["10.0.0.1-", `"" is not an address, and names are not looked up: write ${EXAMPLES}`],
    [" 10.0.0.1", '" 10.0.0.1" has white space in it: write 10.0.0.1'],
    ["10.0.0.1\n", '"10.0.0.1\\n" has white space in it: write 10.0.0.1'],
    ["10.0.0.1 - 10.0.0.9", '"10.0.0.1 - 10.0.0.9" has white space in it: write 10.0.0.1-10.0.0.9'],
    [" 10.0.0.300 ", `10.0.0.300 ${FOUR_NUMBERS}`],
    ["10.0.0.1, 10.0.0.2", '"10.0.0.1, 10.0.0.2" holds more than one entry: write each as a string of its own'],
    ["10.0.0.1\u0000", `"10.0.0.1\\u0000" ${FOUR_NUMBERS}`],
    ["x".repeat(1000), `"${"x".repeat(80)}" is not an address, and names are not looked up: write ${EXAMPLES}`],
  ])("%j", (text, reason) => {
    expect(parseRange(text)).toEqual({ ok: false, reason });
    expect(canonicalizeRange(text)).toBe(text);
  });
});

describe("a live list", () => {
  test.each([
    ["10.0.0.5/24", "10.0.0.0/24"],
    [" 10.0.0.1\n", "10.0.0.1"],
    ["2001:db8::5/64", "2001:db8::/64"],
    ["::ffff:10.0.0.5/120", "10.0.0.0/24"],
  ])("%j is read as %s", (text, meaning) => {
    const interval = parseLiveRange(text);
    expect(interval && formatInterval(interval)).toBe(meaning);
  });

  test.each([
    "",
    "88.8.8",
    "010.0.0.1",
    "0x7f.1",
    "10.0.0.300",
    "fe80::1%eth0",
    "10.0.0.9-10.0.0.1",
    "10.0.0.1-::1",
    "10.0.0.0/33",
    "localhost",
  ])("%j cannot be read and admits nobody", (text) => {
    expect(parseLiveRange(text)).toBeUndefined();
    expect(parseAllowlist([text])).toEqual({ set: AddressSet.nobody, unreadable: [text] });
    expect(new RangeTable([text]).has("10.0.0.1")).toBe(false);
  });

  test("that is empty admits everyone", () => {
    expect(parseAllowlist([])).toEqual({ set: AddressSet.everyone, unreadable: [] });
    const table = new RangeTable([]);
    for (const peer of ["0.0.0.0", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"])
      expect([peer, table.has(peer)]).toEqual([peer, true]);
  });

  test("with one bad entry still admits by the others", () => {
    const { set, unreadable } = parseAllowlist(["88.8.8", "127.0.0.1"]);
    expect(unreadable).toEqual(["88.8.8"]);
    expect(set.toRanges()).toEqual(["127.0.0.1"]);
  });
});

describe("addresses", () => {
  test("has takes a peer as a socket shows it", () => {
    for (const list of [["10.0.0.0/8", "fe80::/10"]]) {
      for (const matcher of [setOf(...list), new RangeTable(list)]) {
        expect(["10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203", "fe80::1", "fe80::1%eth0"].filter((peer) => !matcher.has(peer))).toEqual(
          [],
        );
        expect(
          ["", "11.0.0.1", "::ffff:11.0.0.1", "::10.1.2.3", "010.1.2.3", "10.1.2", "fe80::g", "fec0::1", "localhost"].filter((peer) =>
            matcher.has(peer),
          ),
        ).toEqual([]);
      }
    }
  });

  test("parsing agrees with the system's own on awkward texts", () => {
    const parts = ["", "0", "1", "00", "01", "ff", "ffff", "fffff", "255", "256", "1.2.3.4", "1.2.3", "g", " ", "-1", "+1", "1e1"];
    const texts = ["::", ":::", ":", ".", "..."];
    for (const a of parts)
      for (const b of parts)
        for (const c of parts)
          texts.push(`${a}:${b}::${c}`, `::${a}:${b}:${c}`, `${a}::${b}:${c}::`, `${a}.${b}.1.${c}`, `1:2:3:4:5:${a}:${b}:${c}`);
    const differing = texts.filter(
      (text) => (parseIPv4(text) !== undefined) !== isIPv4(text) || (parseIPv6(text) !== undefined) !== isIPv6(text),
    );
    expect(differing).toEqual([]);
    expect(texts.filter((text) => isIPv6(text)).length).toBeGreaterThan(500);
  });

  test("IPv6 is written as RFC 5952 wants it", () => {
    const written = (text: string) => formatAddress(parseAddress(text) ?? { family: 4, value: 0n });
    expect(written("2001:0DB8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1");
    expect(written("2001:db8:0:1:1:1:1:1")).toBe("2001:db8:0:1:1:1:1:1");
    expect(written("2001:0:0:1:0:0:0:1")).toBe("2001:0:0:1::1");
    expect(written("::1.2.3.4")).toBe("::102:304");
  });
});

describe("an address set", () => {
  test("is written in the fewest intervals", () => {
    expect(setOf("10.0.0.2", "10.0.0.0/31", "10.0.0.3", "2001:db8::/33", "2001:db8:8000::/33").toRanges()).toEqual([
      "10.0.0.0/30",
      "2001:db8::/32",
    ]);
    expect(setOf("10.0.0.1-10.0.0.4", "10.0.0.3-10.0.0.6").toRanges()).toEqual(["10.0.0.1-10.0.0.6"]);
    expect(setOf("255.255.255.255", "::").toRanges()).toEqual(["255.255.255.255", "::"]);
  });

  test("of everyone counts each address once", () => {
    expect(AddressSet.everyone.counts).toEqual({ ipv4: 2n ** 32n, ipv6: 2n ** 128n - 2n ** 32n });
    expect(AddressSet.everyone.toRanges()).toEqual(["0.0.0.0/0", "::/0"]);
    expect(AddressSet.everyone.findWitness()).toBe("0.0.0.0");
  });

  test("of nobody has no witness and no ranges", () => {
    const { nobody } = AddressSet;
    expect([nobody.isEmpty, nobody.counts, nobody.findWitness(), nobody.toRanges()]).toEqual([true, { ipv4: 0n, ipv6: 0n }, undefined, []]);
  });

  test("knows that all of IPv4 is not everyone", () => {
    const ipv4 = setOf("0.0.0.0/0");
    expect(ipv4.contains(AddressSet.everyone)).toBe(false);
    expect(AddressSet.everyone.subtract(ipv4).toRanges()).toEqual(["::/0"]);
    expect(AddressSet.everyone.subtract(ipv4).findWitness()).toBe("::");
  });

  test("shows an exact difference", () => {
    const [before, after] = [setOf("10.0.0.0/24"), setOf("10.0.0.0/23")];
    const opened = after.subtract(before);
    expect([opened.toRanges(), opened.counts.ipv4, opened.findWitness()]).toEqual([["10.0.1.0/24"], 256n, "10.0.1.0"]);
    expect(setOf("10.0.0.0/24").subtract(setOf("10.0.0.7")).toRanges()).toEqual(["10.0.0.0-10.0.0.6", "10.0.0.8-10.0.0.255"]);
  });

  test("has no IPv6 addresses that are IPv4 ones", () => {
    const around = setOf("::-::fffe:ffff:ffff", "::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    expect(around.equals(setOf("::/0"))).toBe(true);
    expect(setOf("::/0").has("::ffff:10.0.0.1")).toBe(false);
    expect(AddressSet.of([{ family: 6, first: 0xffff00000000n, last: 0xffffffffffffn }]).isEmpty).toBe(true);
  });
});
