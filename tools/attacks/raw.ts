import { once } from "node:events";
import { connect, type Socket } from "node:net";
import tls from "node:tls";
import type { Ground } from "./ground.js";

/** Bytes as they are, to a port of the plane; nothing of a client's good manners. */

/** Far above the proxy's own deadlines, which hang up. */
const DEADLINE_MS = 60_000;

export async function dialled(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/**
 * Everything that comes until the other side hangs up, or as much as `enough` asks for; the connection is closed.
 * @throws where it does neither: that is no refusal
 */
export async function heard(socket: Socket, enough: (text: string) => boolean = () => false): Promise<string> {
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
export async function http({ ready }: Ground, request: string, body: Buffer | string = ""): Promise<{ status: number; text: string }> {
  const socket = await dialled(Number(new URL(ready.apiUrl).port));
  socket.write(request.replaceAll("\n", "\r\n"));
  if (body.length > 0) socket.write(body);
  const text = await heard(socket, (sofar) => sofar.startsWith("HTTP/1.1 100") || /\r\n\r\n[^]*\}$/.test(sofar));
  return { status: Number(text.split(" ")[1] ?? 0), text };
}

/** The port of the proxy, after SSLRequest and TLS. */
export async function secured({ ready }: Ground, servername?: string): Promise<tls.TLSSocket> {
  const socket = await dialled(ready.proxyPort ?? 0);
  socket.write(SSL_REQUEST);
  await once(socket, "data");
  const secure = tls.connect({ socket, rejectUnauthorized: false, ...(servername !== undefined && { servername }) });
  secure.on("error", () => undefined);
  await once(secure, "secureConnect");
  return secure;
}

export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export const SSL_REQUEST = Buffer.concat([int32(8), int32(80877103)]);
export const GSS_REQUEST = Buffer.concat([int32(8), int32(80877104)]);

/** A startup packet of protocol 3.0, unless another is asked for. */
export function startup(parameters: Record<string, string>, protocol = 3 << 16): Buffer {
  const text = `${Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join("")}\0`;
  return Buffer.concat([int32(8 + Buffer.byteLength(text)), int32(protocol), Buffer.from(text)]);
}

/** SASLInitialResponse, by which a salt is asked for. */
export function saslFirst(nonce = "abcdefghijklmnopqrstuvwx"): Buffer {
  const first = Buffer.from(`n,,n=,r=${nonce}`);
  const body = Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), int32(first.length), first]);
  return Buffer.concat([Buffer.from("p"), int32(4 + body.length), body]);
}
