import { type SecureContext, TLSSocket } from "node:tls";
import { Channel, Gone } from "./channel.js";
import { MAX_STARTUP_BYTES, parseStartupPacket, type StartupPacket } from "./protocol.js";
import { Violation } from "./refusals.js";

/** What the client wants, once it has said so. */
export interface Greeting {
  readonly packet: Extract<StartupPacket, { kind: "startup" | "cancel" }> | { readonly kind: "http" };
  readonly secure: boolean;
  /** The name it asked for in TLS. */
  readonly sni: string | undefined;
}

/** The client's side of the conversation: in clear at first, in TLS after the upgrade. */
export interface Line {
  channel: Channel;
}

/**
 * Up to the startup packet, each upgrade at most once: SSLRequest is accepted, GSSENCRequest declined, direct TLS known by its first byte.
 * Throws Violation and Gone. A cancel request may come in clear: libpq before 17 knows no other way.
 */
export async function negotiate(line: Line, context: SecureContext): Promise<Greeting> {
  const asked = { tls: false, gss: false };
  let sni: string | undefined;
  for (;;) {
    const first = await line.channel.take(1);
    if (first[0] === TLS_HANDSHAKE && !asked.tls) {
      asked.tls = true;
      sni = await upgrade(line, context, first);
      continue;
    }
    if (asked.tls && isLetter(first)) {
      const { stream } = line.channel;
      stream.unshift(first);
      return { packet: { kind: "http" }, secure: true, sni };
    }
    const packet = await readPacket(line.channel, first);
    if (packet.kind === "startup" || packet.kind === "cancel") return { packet, secure: asked.tls, sni };
    if (asked[packet.kind]) throw new Violation(`${packet.kind} requested twice`);
    asked[packet.kind] = true;
    // What is here already was sent in clear before our answer: it must not pass for what is said in TLS.
    if (line.channel.pending > 0) throw new Violation("data before the answer to a request for encryption");
    if (packet.kind === "gss") line.channel.send(NO);
    else sni = await acceptTls(line, context);
  }
}

/** The startup packet of a client whose TLS ends before us: a second encryption is declined. Throws Violation and Gone. */
export async function greetInTls(channel: Channel, sni: string | undefined): Promise<Greeting> {
  for (let declined = 0; ; declined++) {
    const packet = await readPacket(channel, await channel.take(1));
    if (packet.kind === "startup" || packet.kind === "cancel") return { packet, secure: true, sni };
    if (declined > 1) throw new Violation("encryption requested again");
    channel.send(NO);
  }
}

/** A request of HTTP begins with its method; a packet of Postgres with the upper byte of a small length. */
const isLetter = (first: Buffer): boolean => /^[A-Z]$/.test(first.toString("latin1"));

const TLS_HANDSHAKE = 0x16;
const [YES, NO] = [Buffer.from("S"), Buffer.from("N")];

async function readPacket(channel: Channel, first: Buffer): Promise<StartupPacket> {
  const length = Buffer.concat([first, await channel.take(3)]).readUInt32BE(0);
  if (length < 8 || length > MAX_STARTUP_BYTES) throw new Violation(`a startup packet of ${length} bytes`);
  const packet = parseStartupPacket(await channel.take(length - 4));
  if (packet === undefined) throw new Violation("a malformed startup packet");
  return packet;
}

function acceptTls(line: Line, context: SecureContext): Promise<string | undefined> {
  line.channel.send(YES);
  return upgrade(line, context);
}

/** Resolves to the server name that the client asked for. `taken`: bytes of the handshake that were looked at. */
async function upgrade(line: Line, secureContext: SecureContext, taken?: Buffer): Promise<string | undefined> {
  const raw = line.channel.release().on("error", ignore);
  if (taken) raw.unshift(taken);
  const secured = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: ["postgresql", "http/1.1"] });
  await handshake(secured.on("error", ignore));
  line.channel = new Channel(secured);
  // Set on the server's side too, which the type does not say.
  const { servername } = secured as { servername?: string | false };
  return servername || undefined;
}

function handshake(secured: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    secured.once("secure", resolve);
    secured.once("close", () => {
      reject(new Gone());
    });
  });
}

const ignore = (): void => undefined;
