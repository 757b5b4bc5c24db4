import { formatAddress, findMappedIPv4, parseAddress, parseIPv4, parseIPv6, stripZone, type Address } from "./addresses.js";

/** One parsed entry of an allowlist: an inclusive interval of one family. */
export interface Interval {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Strict, for what people write: an address, a CIDR or `first-last`, IPv4 or IPv6.
 * Anything that readers disagree on (white space, leading zeros, host bits, zone ids) is refused with a sentence that says what to write.
 * IPv4-mapped IPv6 is taken as IPv4.
 */
export function parseRange(text: string): { ok: true; interval: Interval } | { ok: false; reason: string } {
  const entry = explainWhitespace(text) ?? parseEntry(text);
  if (typeof entry === "string") return { ok: false, reason: entry };
  const { base, interval } = entry;
  return base === interval.first ? { ok: true, interval } : { ok: false, reason: explainHostBits(text, entry) };
}

/** As a live list is read: trims, takes host bits as the network; `undefined` for what cannot be read, which admits nobody. */
export function parseLiveRange(text: string): Interval | undefined {
  const entry = parseEntry(text.trim());
  return typeof entry === "string" ? undefined : entry.interval;
}

/** The one spelling: an address, a CIDR where the interval is one, else `first-last`. */
export function formatInterval({ family, first, last }: Interval): string {
  const start = formatAddress({ family, value: first });
  if (first === last) return start;
  const size = last - first + 1n;
  const isNetwork = (size & (size - 1n)) === 0n && first % size === 0n;
  return isNetwork ? `${start}/${BITS[family] - computeLog2(size)}` : `${start}-${formatAddress({ family, value: last })}`;
}

/** The one spelling of an entry; the text itself when it cannot be parsed. Two texts that mean the same interval give the same. */
export function canonicalizeRange(text: string): string {
  const parsed = parseRange(text);
  return parsed.ok ? formatInterval(parsed.interval) : text;
}

/** Neon's meaning of a live list: empty admits everyone, an entry that cannot be read admits nobody and is listed as it stands. */
export function parseAllowlist(ips: readonly string[]): { set: AddressSet; unreadable: string[] } {
  if (ips.length === 0) return { set: AddressSet.everyone, unreadable: [] };
  const intervals: Interval[] = [];
  const unreadable: string[] = [];
  for (const text of ips) {
    const interval = parseLiveRange(text);
    if (interval === undefined) unreadable.push(text);
    else intervals.push(interval);
  }
  return { set: AddressSet.of(intervals), unreadable };
}

const BITS = { 4: 32, 6: 128 } as const;

/**
 * Both families lie on one line, so that the algebra below knows none of them: IPv4 from 0, IPv6 from here.
 * The IPv4-mapped block of IPv6 has no place on it, because its addresses are IPv4: `::/0` neither admits nor counts them.
 */
const IPV6_START = 1n << 33n;
const MAPPED_SIZE = 1n << 32n;
const MAPPED_FIRST = 0xffffn << 32n;

type Span = readonly [first: bigint, last: bigint];

/** An immutable set of addresses of both families: on the line, sorted spans that neither overlap nor touch. */
export class AddressSet {
  static readonly nobody = new AddressSet([]);
  static readonly everyone = AddressSet.of([
    { family: 4, first: 0n, last: (1n << 32n) - 1n },
    { family: 6, first: 0n, last: (1n << 128n) - 1n },
  ]);

  /** Spelt once: the set does not change. */
  #ranges: readonly string[] | undefined;

  private constructor(private readonly spans: readonly Span[]) {}

  static of(intervals: Iterable<Interval>): AddressSet {
    return new AddressSet(mergeSpans(Array.from(intervals, toSpan).filter(([first, last]) => first <= last)));
  }

  union(other: AddressSet): AddressSet {
    return new AddressSet(mergeSpans([...this.spans, ...other.spans]));
  }

  subtract(other: AddressSet): AddressSet {
    if (this.isEmpty || other.isEmpty) return this;
    return new AddressSet(subtractSpans(this.spans, other.spans));
  }

  intersect(other: AddressSet): AddressSet {
    return this.subtract(this.subtract(other));
  }

  contains(other: AddressSet): boolean {
    return other === this || other.subtract(this).isEmpty;
  }

  equals(other: AddressSet): boolean {
    return this.spans.length === other.spans.length && this.spans.every((span, at) => isSameSpan(span, other.spans[at]));
  }

  get isEmpty(): boolean {
    return this.spans.length === 0;
  }

  /** `address` as a socket shows it: IPv4, IPv6 with or without a zone, IPv4-mapped. False for text that is no address. For many look-ups: `RangeTable`. */
  has(address: string): boolean {
    const parsed = parseAddress(stripZone(address));
    if (parsed === undefined) return false;
    const [place] = toSpan({ family: parsed.family, first: parsed.value, last: parsed.value });
    const at = findLastAtMost(this.spans.length, (index) => (this.spans[index]?.[0] ?? place) <= place);
    return place <= (this.spans[at]?.[1] ?? -1n);
  }

  /** Exact numbers of addresses. The IPv4-mapped block counts as IPv4 only, so everyone is 2^32 and 2^128 - 2^32. */
  get counts(): { ipv4: bigint; ipv6: bigint } {
    const counts = { ipv4: 0n, ipv6: 0n };
    for (const [first, last] of this.spans) counts[first < IPV6_START ? "ipv4" : "ipv6"] += last - first + 1n;
    return counts;
  }

  /** One address of the set as evidence: its lowest, IPv4 before IPv6; `undefined` for the empty set. */
  findWitness(): string | undefined {
    const [lowest] = this.intervals;
    return lowest && formatAddress({ family: lowest.family, value: lowest.first });
  }

  /** The fewest intervals that make the set, IPv4 before IPv6, ascending. */
  get intervals(): Interval[] {
    return this.spans.map(toInterval);
  }

  /** One canonical spelling per interval; these parse back to the set. Empty for nobody, which as a live list would mean everyone. */
  toRanges(): string[] {
    this.#ranges ??= this.intervals.map(formatInterval);
    return [...this.#ranges];
  }
}

const FAMILIES: readonly AddressSet[] = [
  AddressSet.of([{ family: 4, first: 0n, last: (1n << 32n) - 1n }]),
  AddressSet.of([{ family: 6, first: 0n, last: (1n << 128n) - 1n }]),
];
/** The part of IPv6 from which addresses are given out (IANA, IPv6 Global Unicast Address Assignments). */
const GLOBAL_IPV6: AddressSet = AddressSet.of([{ family: 6, first: 0x2000n << 112n, last: (1n << 126n) - 1n }]);
/** A /4 of IPv4, a /7 of IPv6. */
const NEARLY_EVERYONE = { ipv4: 1n << 28n, ipv6: 1n << 121n } as const;

/** Whether the set holds every address of a family: however it is spelt, that is the whole internet. */
export const isEveryone = (set: AddressSet): boolean => FAMILIES.some((family) => set.contains(family));

/**
 * Whether the set holds one in sixteen of all IPv4 addresses, or as many of IPv6 as a /7 of those that are given out: no business has so
 * many, and admitting them admits unknown hosts. Everyone counts too. Addresses of IPv6 that no packet of the internet comes from (`fc00::/7`)
 * do not count.
 */
export const isNearlyEveryone = (set: AddressSet): boolean =>
  set.counts.ipv4 >= NEARLY_EVERYONE.ipv4 || set.intersect(GLOBAL_IPV6).counts.ipv6 >= NEARLY_EVERYONE.ipv6;

/**
 * The look-up of a proxy over a live list, built once per change: O(log n), however long the list.
 * Sorted typed arrays: one word for an IPv4 address, four for IPv6.
 */
export class RangeTable {
  private readonly ipv4: WordTable;
  private readonly ipv6: WordTable;

  /** `ips`: a live list, so an empty one admits everyone. */
  constructor(ips: readonly string[]) {
    const { intervals } = parseAllowlist(ips).set;
    this.ipv4 = buildWordTable(intervals, 4);
    this.ipv6 = buildWordTable(intervals, 6);
  }

  /** As `AddressSet.has`. */
  has(address: string): boolean {
    if (!address.includes(":")) return this.hasIPv4(parseIPv4(address));
    const groups = parseIPv6(stripZone(address));
    if (groups === undefined) return false;
    const mapped = findMappedIPv4(groups);
    return mapped === undefined ? this.hasIPv6(groups) : this.hasIPv4(mapped);
  }

  private hasIPv4(value: number | undefined): boolean {
    if (value === undefined) return false;
    const { firsts, lasts, length } = this.ipv4;
    const at = findLastAtMost(length, (index) => (firsts[index] ?? 0) <= value);
    return at >= 0 && value <= (lasts[at] ?? 0);
  }

  private hasIPv6(groups: readonly number[]): boolean {
    const { firsts, lasts, length } = this.ipv6;
    const at = findLastAtMost(length, (index) => compareWords(firsts, index, groups) <= 0);
    return at >= 0 && compareWords(lasts, at, groups) >= 0;
  }
}

interface WordTable {
  readonly length: number;
  readonly firsts: Uint32Array;
  readonly lasts: Uint32Array;
}

function buildWordTable(intervals: readonly Interval[], family: 4 | 6): WordTable {
  const own = intervals.filter((interval) => interval.family === family);
  const pack = (value: (interval: Interval) => bigint) => packWords(own.map(value), BITS[family] / 32);
  return { length: own.length, firsts: pack((interval) => interval.first), lasts: pack((interval) => interval.last) };
}

/** The most significant word first. */
function packWords(values: readonly bigint[], words: number): Uint32Array {
  const packed = new Uint32Array(values.length * words);
  values.forEach((value, entry) => {
    for (let word = words - 1, rest = value; word >= 0; word--, rest >>= 32n) packed[words * entry + word] = Number(rest & WORD_MASK);
  });
  return packed;
}

const WORD_MASK = 0xffffffffn;

/** Negative, zero or positive as the 128-bit entry is below, at or above the address. */
function compareWords(table: Uint32Array, entry: number, groups: readonly number[]): number {
  for (let word = 0; word < 4; word++) {
    const difference = (table[4 * entry + word] ?? 0) - ((groups[2 * word] ?? 0) * 0x10000 + (groups[2 * word + 1] ?? 0));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The last of `length` ascending entries that is not above the one sought; -1 when all are. */
function findLastAtMost(length: number, isAtMost: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAtMost(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The place on the line. An end within the mapped block moves inwards; a span of nothing else comes out backwards. */
function toSpan({ family, first, last }: Interval): Span {
  if (family === 4) return [first, last];
  const from = first < MAPPED_FIRST ? first : pickLarger(first - MAPPED_SIZE, MAPPED_FIRST);
  const to = last < MAPPED_FIRST ? last : pickLarger(last - MAPPED_SIZE, MAPPED_FIRST - 1n);
  return [IPV6_START + from, IPV6_START + to];
}

function toInterval([first, last]: Span): Interval {
  if (first < IPV6_START) return { family: 4, first, last };
  const value = (place: bigint) => (place - IPV6_START < MAPPED_FIRST ? place - IPV6_START : place - IPV6_START + MAPPED_SIZE);
  return { family: 6, first: value(first), last: value(last) };
}

function pickLarger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

const isSameSpan = (a: Span, b: Span | undefined): boolean => a[0] === b?.[0] && a[1] === b[1];

function mergeSpans(spans: Span[]): Span[] {
  const merged: [bigint, bigint][] = [];
  let top: [bigint, bigint] | undefined;
  for (const [first, last] of spans.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))) {
    if (top === undefined || first > top[1] + 1n) merged.push((top = [first, last]));
    else if (last > top[1]) top[1] = last;
  }
  return merged;
}

function subtractSpans(from: readonly Span[], holes: readonly Span[]): Span[] {
  const kept: Span[] = [];
  let skipped = 0;
  for (const [first, last] of from) {
    for (let hole = holes[skipped]; hole && hole[1] < first; hole = holes[skipped]) skipped++;
    let start = first;
    for (let at = skipped, hole = holes[at]; hole && hole[0] <= last; hole = holes[++at]) {
      if (start < hole[0]) kept.push([start, hole[0] - 1n]);
      start = hole[1] + 1n;
    }
    if (start <= last) kept.push([start, last]);
  }
  return kept;
}

/** An entry as written: `base` is the address before the slash, or the first one. */
interface Entry {
  readonly base: bigint;
  readonly interval: Interval;
}

/** The entry, or the reason why there is none. Neon's proxy looks for the slash first, then for the dash. */
function parseEntry(text: string): Entry | string {
  if (text === "") return `An empty entry admits nobody: write ${EXAMPLES}`;
  if (text.includes("/")) return parseNetwork(text);
  if (text.includes("-")) return parseDashRange(text);
  const address = parseAddress(text);
  return address === undefined ? explainAddress(text) : createEntry(address, address.value, address.value);
}

function parseNetwork(text: string): Entry | string {
  const slash = text.indexOf("/");
  const baseText = text.slice(0, slash);
  const base = parseAddress(baseText);
  if (base === undefined) return explainAddress(baseText);
  const writtenBits = baseText.includes(":") ? 128 : 32;
  const prefix = parseDecimal(text.slice(slash + 1));
  if (prefix === undefined || prefix > writtenBits)
    return `${escapeForTerminal(text)} needs a whole number from 0 to ${writtenBits} after the slash`;
  const hostBits = writtenBits - prefix;
  if (hostBits > BITS[base.family]) return `${escapeForTerminal(text)} reaches beyond the IPv4-mapped addresses: write the IPv4 network`;
  const first = (base.value >> BigInt(hostBits)) << BigInt(hostBits);
  return createEntry(base, first, first + (1n << BigInt(hostBits)) - 1n);
}

function parseDashRange(text: string): Entry | string {
  const [firstText = "", lastText = "", ...more] = text.split("-");
  if (more.length > 0) return `${escapeForTerminal(text)} has more than one dash: write first-last`;
  const first = parseAddress(firstText);
  const last = parseAddress(lastText);
  if (first === undefined) return explainAddress(firstText);
  if (last === undefined) return explainAddress(lastText);
  if (first.family !== last.family) return `${escapeForTerminal(text)} mixes IPv4 and IPv6: write one range for each`;
  if (first.value > last.value) return `${escapeForTerminal(text)} runs backwards: write ${formatAddress(last)}-${formatAddress(first)}`;
  return createEntry(first, first.value, last.value);
}

const createEntry = (base: Address, first: bigint, last: bigint): Entry => ({
  base: base.value,
  interval: { family: base.family, first, last },
});

/** `0`, `24`: no sign, no leading zero. */
const parseDecimal = (text: string): number | undefined => (/^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined);

const EXAMPLES = "an address (192.0.2.1), a network (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)";

function explainWhitespace(text: string): string | undefined {
  const tidy = text
    .split(/([-/])/)
    .map((part) => part.trim())
    .join("");
  if (/[\s,]/.test(tidy)) return `${escapeForTerminal(text)} holds more than one entry: write each as a string of its own`;
  if (tidy === text) return undefined;
  const entry = parseEntry(tidy);
  return typeof entry === "string" ? entry : `${escapeForTerminal(text)} has white space in it: write ${tidy}`;
}

function explainAddress(text: string): string {
  const bare = stripZone(text);
  if (bare !== text && parseAddress(bare)) return `${escapeForTerminal(text)} has a zone id, which no list can match: write ${bare}`;
  if (text.includes(":"))
    return `${escapeForTerminal(text)} is not an IPv6 address: write groups of hexadecimal digits, such as 2001:db8::1`;
  const decimalText = text.replace(/\b0+(?=\d)/g, "");
  if (parseIPv4(decimalText) !== undefined)
    return `${escapeForTerminal(text)} has a leading zero, which some programs read as octal: write ${decimalText}`;
  if (/^\d.*\./s.test(text))
    return `${escapeForTerminal(text)} is not an IPv4 address: write four decimal numbers from 0 to 255, such as 192.0.2.1`;
  return `${escapeForTerminal(text)} is not an address, and names are not looked up: write ${EXAMPLES}`;
}

function explainHostBits(text: string, { base, interval }: Entry): string {
  const size = interval.last - interval.first + 1n;
  const count = interval.family === 4 ? String(size) : `2^${computeLog2(size)}`;
  const address = formatAddress({ family: interval.family, value: base });
  return `${text} has host bits set: write ${formatInterval(interval)} for the ${count} addresses of that network, or ${address} for the one address`;
}

/** Quoted and cut where the text is not plain: a reason goes into messages and logs. */
const escapeForTerminal = (text: string): string => (/^[\w.:/%*-]{1,80}$/.test(text) ? text : JSON.stringify(text.slice(0, 80)));

/** Exact for powers of two. */
const computeLog2 = (power: bigint): number => power.toString(2).length - 1;
