import { formatAddress } from "@palisade/neon/contract/addresses";
import { AZURE_ENDPOINT_GUID } from "@palisade/neon/contract/privateNetworking";
import type { Channel } from "./channel.js";
import { ProtocolError } from "./refusals.js";
import { formatPlainAddress } from "./addresses.js";
import type { TaggedOrigin } from "./rules.js";

/**
 * Reads a PROXY protocol header, version 2, of a connection that came in where private endpoints do; `local` is a health check.
 * A private endpoint is known by the cloud's own field: AWS 0xEA (0x01: VPC endpoint id), Azure 0xEE (0x01: link id, 32 bits, little-endian).
 * Without such a field, or one with an id, it is a private endpoint that is not named: nobody is public there, whatever address the header says.
 */
export async function readProxyHeader(channel: Channel): Promise<TaggedOrigin | "local"> {
  const head = await channel.readBytes(HEAD_BYTES);
  if (!head.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new ProtocolError("no PROXY header where private endpoints come in");
  const [command, family, length] = [head.readUInt8(12), head.readUInt8(13), head.readUInt16BE(14)];
  if (length > MAX_BYTES) throw new ProtocolError(`a PROXY header of ${length} bytes`);
  const rest = await channel.readBytes(length);
  if (command === LOCAL) return "local";
  const size = ADDRESS_BYTES.get(family >>> 4);
  if (command !== PROXY || size === undefined || rest.length < 2 * size + 4) throw new ProtocolError("a PROXY header without addresses");
  return { address: parseSourceAddress(rest.subarray(0, size)), via: parsePrivateOrigin(rest.subarray(2 * size + 4)) };
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const HEAD_BYTES = 16;
/** Far more than both clouds send. */
const MAX_BYTES = 2_048;
const [LOCAL, PROXY] = [0x20, 0x21];
/** By family; the lower half of the byte, stream or datagram, makes no difference. */
const ADDRESS_BYTES = new Map([
  [1, 4],
  [2, 16],
]);

function parseSourceAddress(bytes: Buffer): string {
  const value = BigInt(`0x${bytes.toString("hex")}`);
  return formatPlainAddress(formatAddress({ family: bytes.length === 4 ? 4 : 6, value }));
}

function parsePrivateOrigin(fields: Buffer): TaggedOrigin["via"] {
  let via: TaggedOrigin["via"] = { privateEndpoint: undefined };
  for (let at = 0; at < fields.length;) {
    if (at + 3 > fields.length) throw new ProtocolError("a PROXY field that is cut short");
    const [type, end] = [fields.readUInt8(at), at + 3 + fields.readUInt16BE(at + 1)];
    if (end > fields.length) throw new ProtocolError("a PROXY field that is cut short");
    if (type === AWS) via = { privateEndpoint: parseVpcEndpoint(fields.subarray(at + 3, end)) };
    if (type === AZURE) via = parseAzureLink(fields.subarray(at + 3, end));
    at = end;
  }
  return via;
}

const [AWS, AZURE, ENDPOINT_ID] = [0xea, 0xee, 0x01];

/** What has the form of another cloud's id names nobody: it would be believed as one. */
function parseVpcEndpoint(value: Buffer): string | undefined {
  const id = value[0] === ENDPOINT_ID ? value.toString("utf8", 1) : "";
  return id === "" || AZURE_ENDPOINT_GUID.test(id) ? undefined : id;
}

const parseAzureLink = (value: Buffer): TaggedOrigin["via"] =>
  value[0] === ENDPOINT_ID && value.length === 5 ? { azureLinkId: value.readUInt32LE(1) } : { privateEndpoint: undefined };
