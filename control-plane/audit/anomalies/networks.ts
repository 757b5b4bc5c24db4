import { formatAddress, parseAddress, stripZone } from "@palisade/neon/contract/addresses";
import type { ConnectionEvent } from "@palisade/neon/contract/wire/auditEvent";

const PREFIX = { 4: 24, 6: 48 } as const;
const BITS = { 4: 32, 6: 128 } as const;

/** The network that an address counts for: `192.0.2.0/24`, or a /48 of IPv6, which is what one site has. */
export function getNetwork(address: string): string {
  const parsed = parseAddress(stripZone(address));
  if (parsed === undefined) return address;
  const { family, value } = parsed;
  const host = BigInt(BITS[family] - PREFIX[family]);
  return `${formatAddress({ family, value: (value >> host) << host })}/${PREFIX[family]}`;
}

/** Of a connection through a private endpoint it is the endpoint: addresses behind it are those of somebody's own network. */
export const getSource = ({ address, via }: ConnectionEvent): string => (via === "public" ? getNetwork(address) : via);
