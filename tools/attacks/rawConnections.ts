import { once } from "node:events";
import { connect, type Socket } from "node:net";
import tls from "node:tls";
import type { AttackTarget } from "./attackTarget.js";

/** Raw bytes to a port of the plane, without a client that would correct them. */

/** Far above the proxy's own deadlines, which hang up. */
const DEADLINE_MS = 60_000;

export async function connectToPort(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/**
 * Everything that comes until the other side hangs up, or as much as `enough` asks for; the connection is closed.
 * @throws where it does neither: that is no refusal
 */
export async function readUntilClosed(socket: Socket, enough: (text: string) => boolean = () => false): Promise<string> {
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString("latin1");
  const late: Error[] = [];
  const timer = setTimeout(() => {
    late.push(new Error(`neither an answer nor an end within ${DEADLINE_MS} ms, after ${JSON.stringify(text().slice(0, 60))}`));
    socket.destroy();
  }, DEADLINE_MS);
  const ended = new Promise<void>((done) => socket.once("close", done));
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (enough(text())) socket.destroy();
  });
  if (!socket.closed) await ended;
  clearTimeout(timer);
  for (const failure of late) throw failure;
  return text();
}

/** One HTTP request, written by hand. */
export async function sendHttpRequest(
  { ready }: AttackTarget,
  request: string,
  body: Buffer | string = "",
): Promise<{ status: number; text: string }> {
  const socket = await connectToPort(Number(new URL(ready.apiUrl).port));
  socket.write(request.replaceAll("\n", "\r\n"));
  if (body.length > 0) socket.write(body);
  const text = await readUntilClosed(socket, (sofar) => sofar.startsWith("HTTP/1.1 100") || /\r\n\r\n[^]*\}$/.test(sofar));
  return { status: Number(text.split(" ")[1] ?? 0), text };
}

/** The port of the proxy, after SSLRequest and TLS. */
export async function connectWithTls({ ready }: AttackTarget, servername?: string): Promise<tls.TLSSocket> {
  const socket = await connectToPort(ready.proxyPort ?? 0);
  socket.write(SSL_REQUEST);
  await once(socket, "data");
  const secure = tls.connect({ socket, rejectUnauthorized: false, ...(servername !== undefined && { servername }) });
  secure.on("error", () => undefined);
  await once(secure, "secureConnect");
  return secure;
}

export const encodeInt32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export const SSL_REQUEST = Buffer.concat([encodeInt32(8), encodeInt32(80877103)]);
export const GSS_REQUEST = Buffer.concat([encodeInt32(8), encodeInt32(80877104)]);

/** A startup packet of protocol 3.0, unless another is asked for. */
export function buildStartupPacket(parameters: Record<string, string>, protocol = 3 << 16): Buffer {
  const text = `${Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join("")}\0`;
  return Buffer.concat([encodeInt32(8 + Buffer.byteLength(text)), encodeInt32(protocol), Buffer.from(text)]);
}

/** SASLInitialResponse, by which a salt is asked for. */
export function buildSaslInitialResponse(nonce = "abcdefghijklmnopqrstuvwx"): Buffer {
  const first = Buffer.from(`n,,n=,r=${nonce}`);
  const body = Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), encodeInt32(first.length), first]);
  return Buffer.concat([Buffer.from("p"), encodeInt32(4 + body.length), body]);
}
