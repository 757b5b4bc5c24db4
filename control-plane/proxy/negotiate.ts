import { type SecureContext, TLSSocket } from "node:tls";
import { Channel, PeerClosed } from "./channel.js";
import { MAX_STARTUP_BYTES, parseStartupPacket, type StartupPacket } from "./protocol.js";
import { ProtocolError } from "./refusals.js";

/** What the client wants, once it has said so. */
export interface ClientGreeting {
  readonly packet: Extract<StartupPacket, { kind: "startup" | "cancel" }> | { readonly kind: "http" };
  readonly secure: boolean;
  /** The name it asked for in TLS. */
  readonly sni: string | undefined;
}

/** The client's side of the conversation: in clear at first, in TLS after the upgrade. */
export interface UpgradableChannel {
  channel: Channel;
}

/**
 * Up to the startup packet, each upgrade at most once: SSLRequest is accepted, GSSENCRequest declined, direct TLS known by its first byte.
 * Throws Violation and Gone. A cancel request may come in clear: libpq before 17 knows no other way.
 */
export async function negotiate(client: UpgradableChannel, context: SecureContext): Promise<ClientGreeting> {
  const asked = { tls: false, gss: false };
  let sni: string | undefined;
  for (;;) {
    const first = await client.channel.readBytes(1);
    if (first[0] === TLS_HANDSHAKE && !asked.tls) {
      asked.tls = true;
      sni = await upgrade(client, context, first);
      continue;
    }
    if (asked.tls && isLetter(first)) {
      const { stream } = client.channel;
      stream.unshift(first);
      return { packet: { kind: "http" }, secure: true, sni };
    }
    const packet = await readPacket(client.channel, first);
    if (packet.kind === "startup" || packet.kind === "cancel") return { packet, secure: asked.tls, sni };
    if (asked[packet.kind]) throw new ProtocolError(`${packet.kind} requested twice`);
    asked[packet.kind] = true;
    // What is here already was sent in clear before our answer: it must not pass for what is said in TLS.
    if (client.channel.pending > 0) throw new ProtocolError("data before the answer to a request for encryption");
    if (packet.kind === "gss") client.channel.send(NO);
    else sni = await acceptTls(client, context);
  }
}

/** The startup packet of a client whose TLS ends before us: a second encryption is declined. Throws Violation and Gone. */
export async function readGreetingInTls(channel: Channel, sni: string | undefined): Promise<ClientGreeting> {
  for (let declined = 0; ; declined++) {
    const packet = await readPacket(channel, await channel.readBytes(1));
    if (packet.kind === "startup" || packet.kind === "cancel") return { packet, secure: true, sni };
    if (declined > 1) throw new ProtocolError("encryption requested again");
    channel.send(NO);
  }
}

/** A request of HTTP begins with its method; a packet of Postgres with the upper byte of a small length. */
const isLetter = (first: Buffer): boolean => /^[A-Z]$/.test(first.toString("latin1"));

const TLS_HANDSHAKE = 0x16;
const [YES, NO] = [Buffer.from("S"), Buffer.from("N")];

async function readPacket(channel: Channel, first: Buffer): Promise<StartupPacket> {
  const length = Buffer.concat([first, await channel.readBytes(3)]).readUInt32BE(0);
  if (length < 8 || length > MAX_STARTUP_BYTES) throw new ProtocolError(`a startup packet of ${length} bytes`);
  const packet = parseStartupPacket(await channel.readBytes(length - 4));
  if (packet === undefined) throw new ProtocolError("a malformed startup packet");
  return packet;
}

function acceptTls(client: UpgradableChannel, context: SecureContext): Promise<string | undefined> {
  client.channel.send(YES);
  return upgrade(client, context);
}

/** Resolves to the server name that the client asked for. `taken`: bytes of the handshake that were looked at. */
async function upgrade(client: UpgradableChannel, secureContext: SecureContext, taken?: Buffer): Promise<string | undefined> {
  const raw = client.channel.release().on("error", ignore);
  if (taken) raw.unshift(taken);
  const secured = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: ["postgresql", "http/1.1"] });
  await waitForHandshake(secured.on("error", ignore));
  client.channel = new Channel(secured);
  // Set on the server's side too, which the type does not say.
  const { servername } = secured as { servername?: string | false };
  return servername || undefined;
}

function waitForHandshake(secured: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    secured.once("secure", resolve);
    secured.once("close", () => {
      reject(new PeerClosed());
    });
  });
}

const ignore = (): void => undefined;
