import { BlockList } from "node:net";
import { performance } from "node:perf_hooks";
import ipaddr, { type IPv4, type IPv6 } from "ipaddr.js";
import { RangeTable } from "../contract/ranges.js";
import type { Row } from "./row.js";

export const title = "Allowlist look-ups: RangeTable against ipaddr.js (parsed once, then linear) and net.BlockList";

const SIZES = [10, 10_000, 100_000];
const PROBES = 128;
const GOAL = 800;
/** A matcher is measured for this long, but for whole passes over the probes: the slowest pass takes about two seconds. */
const MEASURE_MS = 500;

/** Answers of all three are compared on every probe before anything is measured; a difference throws. */
export function run(): Promise<{ rows: Row[] }> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const random = createRandom(size);
    const entries = Array.from({ length: size }, (_, at) => createEntry(at, random));
    const probes = Array.from({ length: PROBES }, (_, at) => createProbe(at, entries, random));

    const built = performance.now();
    const table = createRangeTableMatcher(entries);
    const buildMs = performance.now() - built;
    const linear = createLinearMatcher(entries);
    const blockList = createBlockListMatcher(entries);
    const admitted = assertSameAnswers(probes, { table, linear, blockList });

    const [ours, theirs, node] = [measureRate(table, probes), measureRate(linear, probes), measureRate(blockList, probes)];
    const label = `${size.toLocaleString("en")} entries`;
    const ratio = (base: number) => `${Math.round(ours / base).toLocaleString("en")}x`;
    rows.push(
      { name: `${label}: RangeTable`, value: `${formatRate(ours)}, built in ${buildMs.toFixed(0)} ms` },
      {
        name: `${label}: against ipaddr.js (${formatRate(theirs)})`,
        value: ratio(theirs),
        ...(size === 100_000 && { goal: `>= ${GOAL}x` }),
      },
      { name: `${label}: against net.BlockList (${formatRate(node)})`, value: ratio(node) },
      { name: `${label}: same answers`, value: `${PROBES} of ${PROBES} probes, ${admitted} admitted` },
    );
  }
  return Promise.resolve({ rows });
}

type Matcher = (address: string) => boolean;

function createRangeTableMatcher(entries: string[]): Matcher {
  const table = new RangeTable(entries);
  return (address) => table.has(address);
}

function createLinearMatcher(entries: string[]): Matcher {
  const ranges = entries.map((text) => ipaddr.parseCIDR(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`));
  const matches = (peer: IPv4 | IPv6, range: [IPv4 | IPv6, number]) => peer.kind() === range[0].kind() && peer.match(range);
  return (address) => {
    const peer = ipaddr.process(address);
    return ranges.some((range) => matches(peer, range));
  };
}

function createBlockListMatcher(entries: string[]): Matcher {
  const list = new BlockList();
  const family = (address: string) => (address.includes(":") ? "ipv6" : "ipv4");
  for (const text of entries) {
    const [address = "", prefix] = text.split("/");
    if (prefix === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, Number(prefix), family(address));
  }
  return (address) => list.check(address, family(address));
}

function assertSameAnswers(probes: string[], { table, linear, blockList }: Record<"table" | "linear" | "blockList", Matcher>): number {
  let admitted = 0;
  for (const address of probes) {
    const answer = table(address);
    if (linear(address) !== answer || blockList(address) !== answer) throw new Error(`The three matchers disagree about ${address}`);
    if (answer) admitted++;
  }
  if (admitted === 0 || admitted === probes.length) throw new Error("The probes must hold addresses of both kinds");
  return admitted;
}

/** Look-ups a second, parsing of the peer's address included. */
function measureRate(matcher: Matcher, probes: string[]): number {
  const start = performance.now();
  let done = 0;
  let elapsed = 0;
  while (elapsed < MEASURE_MS) {
    for (const address of probes) matcher(address);
    done += probes.length;
    elapsed = performance.now() - start;
  }
  return (done / elapsed) * 1000;
}

const formatRate = (rate: number): string => `${Math.round(rate).toLocaleString("en")}/s`;

/** Of ten entries five are IPv4 addresses, four IPv4 networks of /24 to /31, one an IPv6 /64. */
function createEntry(at: number, random: Random): string {
  if (at % 10 === 9) return `${createIpv6Network(random)}::/64`;
  if (at % 10 < 5) return createIpv4(random);
  const prefix = 24 + random(8);
  const last = random(256) & (0xff << (32 - prefix));
  return `${createIpv4(random).replace(/\d+$/, String(last))}/${prefix}`;
}

/** In turn the first address of some entry and any address; of eight of the latter one is IPv6. */
function createProbe(at: number, entries: string[], random: Random): string {
  if (at % 2 === 0) return entries[random(entries.length)]?.split("/")[0] ?? "";
  return at % 16 === 15 ? `${createIpv6Network(random)}::1` : createIpv4(random);
}

const createIpv4 = (random: Random): string => `${1 + random(223)}.${random(256)}.${random(256)}.${random(256)}`;

const createIpv6Network = (random: Random): string => `2001:db8:${random(0x10000).toString(16)}:${random(0x10000).toString(16)}`;

type Random = (below: number) => number;

/** Lehmer's generator (MINSTD): the input is the same on every machine. */
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
