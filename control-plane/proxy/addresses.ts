import { formatAddress, parseAddress, stripZone } from "@palisade/neon/contract/addresses";

/** An address as people write it: IPv4-mapped ones as IPv4, no zone. */
export function formatPlainAddress(address: string): string {
  const parsed = parseAddress(stripZone(address));
  return parsed ? formatAddress(parsed) : address;
}

/** The network that stands for one source: /24 of IPv4, /64 of IPv6. */
export function computeSourceNetwork(address: string): string {
  const parsed = parseAddress(stripZone(address));
  return parsed ? `${parsed.family}:${parsed.value >> (parsed.family === 4 ? 8n : 64n)}` : address;
}
