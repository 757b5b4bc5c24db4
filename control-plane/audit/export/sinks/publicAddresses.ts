import { parseAddress, stripZone } from "@palisade/neon/contract/addresses";
import { type Interval, parseRange } from "@palisade/neon/contract/ranges";

/**
 * What is not a public host: https://www.iana.org/assignments/iana-ipv4-special-registry, and 168.63.129.16, at which every machine of Azure finds
 * the services of its own host.
 */
const SPECIAL_IPV4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"],
  ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
].map(parseNetwork);

/** Of IPv6 only global unicast is public; of that, these are not: https://www.iana.org/assignments/iana-ipv6-special-registry. */
const GLOBAL_IPV6 = parseNetwork("2000::/3");
const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"].map(parseNetwork);

/** Blocks that hold an IPv4 address, and how far from its end: NAT64 (RFC 6052) and 6to4 (RFC 3056). They lead where that address leads. */
const EMBEDDING = [
  { network: parseNetwork("64:ff9b::/96"), shift: 0n },
  { network: parseNetwork("2002::/16"), shift: 80n },
];

function parseNetwork(text: string): Interval {
  const parsed = parseRange(text);
  if (!parsed.ok) throw new Error(`${text} ${parsed.reason}`);
  return parsed.interval;
}

/** Whether the address is one of the public internet. What cannot be read is not. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(stripZone(text));
  if (address === undefined) return false;
  if (address.family === 4) return isPublicIPv4(address.value);
  const embedding = EMBEDDING.find(({ network }) => isIn(address.value, network));
  if (embedding !== undefined) return isPublicIPv4((address.value >> embedding.shift) & 0xffffffffn);
  return isIn(address.value, GLOBAL_IPV6) && !SPECIAL_IPV6.some((network) => isIn(address.value, network));
}

const isPublicIPv4 = (value: bigint): boolean => !SPECIAL_IPV4.some((network) => isIn(value, network));

const isIn = (value: bigint, { first, last }: Interval): boolean => value >= first && value <= last;
