import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import tls from "node:tls";
import { encodeInt32 } from "../../../contract/values.js";
import { createScramClient } from "../../../control-plane/passwords/scram.js";
import { Channel } from "../../../control-plane/proxy/channel.js";
import {
  buildMessage,
  parseSaslInitialResponse,
  buildSaslInitialResponse,
  buildSaslResponse,
  buildStartupPacket,
} from "../../../control-plane/proxy/protocol.js";

/** Some tests look no further than a refusal: what they leave open must not be counted by a later file in the same process. */
const opened = new Set<Wire>();
afterAll(() => {
  for (const wire of opened) wire.destroy();
});

/** A client that says exactly what a test wants, byte by byte. */
export class Wire {
  private constructor(
    private channel: Channel,
    /** What this side sees as the server's certificate, hashed as `tls-server-end-point`. */
    private readonly raw: Socket,
  ) {}

  /** @param where a port, or the path of a socket */
  static async open(where: number | string, localAddress?: string): Promise<Wire> {
    const at = typeof where === "string" ? { path: where } : { port: where, host: "127.0.0.1" };
    const socket = connectTcp({ ...at, ...(localAddress && { localAddress }) });
    await once(socket, "connect");
    const wire = new Wire(new Channel(socket.on("error", () => undefined)), socket);
    opened.add(wire);
    socket.once("close", () => opened.delete(wire));
    return wire;
  }

  /** SSLRequest and TLS; `direct` leaves out the request. */
  static async secure(port: number, options: tls.ConnectionOptions & { direct?: boolean; localAddress?: string } = {}): Promise<Wire> {
    const wire = await Wire.open(port, options.localAddress);
    if (!options.direct) {
      wire.send(SSL_REQUEST);
      expect((await wire.take(1)).toString()).toBe("S");
    }
    await wire.upgrade(options);
    return wire;
  }

  async upgrade(options: tls.ConnectionOptions): Promise<void> {
    const secured = tls.connect({ socket: this.channel.release(), rejectUnauthorized: false, ...options });
    await once(secured, "secureConnect");
    this.channel = new Channel(secured.on("error", () => undefined));
  }

  get socket(): Socket {
    return this.channel.stream;
  }

  send(...bytes: Buffer[]): void {
    this.channel.send(Buffer.concat(bytes));
  }

  take(length: number): Promise<Buffer> {
    return this.channel.readBytes(length);
  }

  next(): Promise<{ type: string; body: Buffer }> {
    return this.channel.readMessage(1 << 20);
  }

  /** Sends a startup packet of protocol 3.0, or of another. */
  startup(parameters: Record<string, string>, protocol = 3 << 16): void {
    const packet = buildStartupPacket(Object.entries(parameters));
    packet.writeInt32BE(protocol, 4);
    this.send(packet);
  }

  /** Expects to be asked for a password in clear, and says it. */
  async sayInClear(password: string): Promise<void> {
    const { type, body } = await this.next();
    expect([type, body]).toEqual(["R", encodeInt32(3)]);
    this.send(buildMessage("p", `${password}\0`));
  }

  /** The next message, which must be an error, as "SEVERITY CODE text". */
  async refusal(): Promise<string> {
    const { type, body } = await this.next();
    if (type !== "E") throw new Error(`a message ${type} in the place of an error`);
    return errorText(body);
  }

  /** Answers the request for a password. Resolves to the error, or to "in" when the password was taken. */
  async prove(password: string, { mechanism = "SCRAM-SHA-256", channel }: { mechanism?: string; channel?: Buffer } = {}): Promise<string> {
    const offered = await this.next();
    if (offered.type === "E") return errorText(offered.body);
    const side = createScramClient({ password }, channel && { channel });
    this.send(buildSaslInitialResponse(mechanism, side.first));
    const first = await this.next();
    if (first.type === "E") return errorText(first.body);
    const answer = side.answer(first.body.toString("utf8", 4));
    if (answer === undefined) throw new Error("not an answer to our exchange");
    this.send(buildSaslResponse(answer.final));
    const last = await this.next();
    if (last.type === "E") return errorText(last.body);
    expect(last.body.toString("utf8", 4)).toBe(answer.serverFinal);
    expect((await this.next()).body).toEqual(encodeInt32(0));
    return "in";
  }

  /** Reads up to ReadyForQuery; resolves to the key for cancel requests. */
  async ready(): Promise<Buffer> {
    let key = Buffer.alloc(0);
    for (;;) {
      const { type, body } = await this.next();
      if (type === "E") throw new Error(errorText(body));
      if (type === "K") key = Buffer.from(body);
      if (type === "Z") return key;
    }
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const stream = this.channel.release();
    stream.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
    // A reset is an end like any other.
    if (!stream.closed) await new Promise((resolve) => stream.once("close", resolve));
    return Buffer.concat(chunks);
  }

  destroy(): void {
    this.channel.stream.destroy();
    this.raw.destroy();
  }
}

export const SSL_REQUEST = Buffer.concat([encodeInt32(8), encodeInt32(80877103)]);
export const GSS_REQUEST = Buffer.concat([encodeInt32(8), encodeInt32(80877104)]);
export const cancelPacket = (key: Buffer): Buffer => Buffer.concat([encodeInt32(8 + key.length), encodeInt32(80877102), key]);

export function errorText(body: Buffer): string {
  const field = (name: string) =>
    body
      .toString("utf8")
      .split("\0")
      .find((part) => part.startsWith(name))
      ?.slice(1);
  return `${field("S") ?? "?"} ${field("C") ?? "?"} ${field("M") ?? "?"}`;
}

/** A PROXY v2 header. */
export function proxyHeader(source: string, fields: Buffer = Buffer.alloc(0), command = 0x21): Buffer {
  const isIPv6 = source.includes(":");
  const address = isIPv6 ? ipv6Bytes(source) : Buffer.from(source.split(".").map(Number));
  const rest = Buffer.concat([address, Buffer.alloc(address.length), Buffer.from([0x10, 0x00, 0x15, 0x38]), fields]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(rest.length);
  return Buffer.concat([Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"), Buffer.from([command, isIPv6 ? 0x21 : 0x11]), length, rest]);
}

export function field(type: number, value: Buffer): Buffer {
  const head = Buffer.from([type, 0, 0]);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}

/** Written out in full. */
const ipv6Bytes = (address: string): Buffer =>
  Buffer.from(
    address
      .split(":")
      .map((group) => group.padStart(4, "0"))
      .join(""),
    "hex",
  );

/** A Postgres side of SCRAM that says yes to everybody who can prove `password`'s verifier; for tests of what reaches it. */
export const query = (sql: string): Buffer => buildMessage("Q", `${sql}\0`);
export { parseSaslInitialResponse };

/** A session of the database `app` that is logged in and may be asked. */
export async function logIn(port: number, who: { servername: string; user: string; password: string }): Promise<Wire> {
  const wire = await Wire.secure(port, { servername: who.servername });
  wire.startup({ user: who.user, database: "app" });
  expect(await wire.prove(who.password)).toBe("in");
  await wire.ready();
  return wire;
}
