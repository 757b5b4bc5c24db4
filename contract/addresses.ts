import { IPv6 } from "ipaddr.js";

/** One IP address. `value` is the address as an integer: below 2^32 for IPv4, below 2^128 for IPv6. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/**
 * Strict: four decimal numbers, or the forms of RFC 4291 without a zone id; `undefined` for anything else.
 * An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is the IPv4 address: on a dual-stack listener the same client shows as either.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) {
    const value = parseIPv4(text);
    return value === undefined ? undefined : { family: 4, value: BigInt(value) };
  }
  const groups = parseIPv6(text);
  if (groups === undefined) return undefined;
  const mapped = findMappedIPv4(groups);
  return mapped === undefined ? { family: 6, value: fromGroups(groups) } : { family: 4, value: BigInt(mapped) };
}

/** IPv4 in four decimal numbers, IPv6 as RFC 5952 writes it. */
export function formatAddress({ family, value }: Address): string {
  if (family === 6) return new IPv6(toGroups(value)).toRFC5952String();
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}

/** `fe80::1%eth0` -> `fe80::1`: Node shows a link-local peer with its interface, which is no part of the address. */
export const stripZone = (peer: string): string => (peer.includes(":") ? peer.replace(/%.*$/s, "") : peer);

const DOT = 46;
const ZERO = 48;

/** Four decimal numbers without leading zeros, as a number below 2^32. Octal, hexadecimal and short forms are refused: readers disagree on them. */
export function parseIPv4(text: string): number | undefined {
  let value = 0;
  let dots = 0;
  let octet = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = digits = 0;
    } else {
      const digit = code - ZERO;
      const leadingZero = digits > 0 && octet === 0;
      if (digit < 0 || digit > 9 || leadingZero) return undefined;
      octet = octet * 10 + digit;
      if (octet > 255) return undefined;
      digits++;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : undefined;
}

/** The eight 16-bit groups of an IPv6 address without a zone id. */
export function parseIPv6(text: string): readonly number[] | undefined {
  const plain = replaceDottedTail(text);
  if (plain === undefined || !HEX_GROUPS.test(plain)) return undefined;
  try {
    return IPv6.parse(plain).parts;
  } catch {
    return undefined;
  }
}

/** The IPv4 address within `::ffff:0:0/96`. */
export function findMappedIPv4(groups: readonly number[]): number | undefined {
  const [a, b, c, d, e, marker, high = 0, low = 0] = groups;
  return a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && marker === 0xffff ? high * 0x10000 + low : undefined;
}

/** What ipaddr.js may see: it takes zone ids, and its pattern is only safe on short text. */
const HEX_GROUPS = /^[0-9a-f:]{2,39}$/i;

/** Rewrites a dotted tail as two groups: ipaddr.js reads octal there, and takes `::1.2.3.4` for `::ffff:1.2.3.4`. */
function replaceDottedTail(text: string): string | undefined {
  if (!text.includes(".")) return text;
  const tailStart = text.lastIndexOf(":") + 1;
  const tail = parseIPv4(text.slice(tailStart));
  if (tail === undefined) return undefined;
  return `${text.slice(0, tailStart)}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`;
}

const fromGroups = (groups: readonly number[]): bigint => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);

const toGroups = (value: bigint): number[] => Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(112 - 16 * at)) & 0xffffn));
