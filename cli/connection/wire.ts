import { connect, isIP, type Socket } from "node:net";
import { type Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Failure, type StepName } from "./steps.js";

/** As much of Postgres' protocol 3.0 as a client speaks before it proves who it is. Waits end when the socket is destroyed. */

/** The first of the addresses that accepts. */
export async function dial(addresses: readonly string[], port: number, signal: AbortSignal): Promise<{ socket: Socket; address: string }> {
  let failure: unknown;
  for (const address of addresses) {
    const socket = connect({ host: address, port });
    const giveUp = () => socket.destroy();
    signal.addEventListener("abort", giveUp);
    try {
      return { socket: await connected(socket), address };
    } catch (error) {
      failure = error;
    } finally {
      // The signal is of this act alone; the socket lives on.
      signal.removeEventListener("abort", giveUp);
    }
  }
  throw failure;
}

/** Asks for TLS in clear. @returns whether the server has it */
export async function askForTls(socket: Socket): Promise<boolean> {
  socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
  const answer = (await receive(socket, 1, "tls offered")).toString("latin1");
  // Whatever follows was sent in clear and must not pass for what is said in TLS (CVE-2021-23222).
  if (answer === "S" && socket.readableLength > 0)
    throw new Failure(
      "tls offered",
      "the server sent data in clear behind its answer",
      "Something on the way speaks for the server: do not use it",
    );
  if (answer !== "S" && answer !== "N") throw new Failure("tls offered", "what answers speaks no Postgres", "Correct host and port");
  return answer === "S";
}

/** TLS 1.2 or newer with everything checked: nothing is said to a server that did not prove its name. */
export function secure(socket: Socket, host: string, ca: string | undefined): Promise<TLSSocket> {
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connected(connectTls({ socket, host, ...name, ...(ca !== undefined && { ca }), minVersion: "TLSv1.2", rejectUnauthorized: true }));
}

/** What the server says first to who asks to come in. */
export type Answer = { refused: string } | { mechanisms: readonly string[] } | { wants: number; toNothing: string | undefined };

export async function introduce(socket: Duplex, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [name, value]);
  const body = Buffer.from(`${pairs.map((text) => `${text}\0`).join("")}\0`);
  socket.write(Buffer.concat([int32(body.length + 8), int32(3 << 16), body]));
  const { type, content } = await message(socket);
  if (type === "E") return { refused: messageIn(content) };
  const wants = content.readUInt32BE(0);
  if (wants === SASL) return { mechanisms: content.toString("latin1", 4).split("\0").filter(Boolean) };
  return { wants, toNothing: wants === CLEARTEXT ? await sayNothing(socket) : undefined };
}

/** Neon's proxy asks for a password in clear where no compute is named, and says so to whoever has none. No password is ever sent here. */
async function sayNothing(socket: Duplex): Promise<string | undefined> {
  socket.write(Buffer.from("p\0\0\0\x05\0", "latin1"));
  const { type, content } = await message(socket);
  return type === "E" ? messageIn(content) : undefined;
}

async function message(socket: Duplex): Promise<{ type: string; content: Buffer }> {
  const head = await receive(socket, 5, "endpoint");
  const [type, length] = [head.toString("latin1", 0, 1), head.readUInt32BE(1)];
  if ((type !== "E" && type !== "R") || length < 8 || length > MOST_BYTES)
    throw new Failure("endpoint", "the server breaks the protocol", "Correct host and port: this is no Postgres, nor a proxy for one");
  return { type, content: await receive(socket, length - 4, "endpoint") };
}

/** Postgres' own messages before authentication are below a kilobyte. */
const MOST_BYTES = 65_536;
const [CLEARTEXT, SASL] = [3, 10];

/** The field M of an ErrorResponse. */
const messageIn = (content: Buffer): string =>
  content
    .toString("utf8")
    .split("\0")
    .find((field) => field.startsWith("M"))
    ?.slice(1) ?? "refused without a word";

async function connected<S extends Socket>(socket: S): Promise<S> {
  const event = "encrypted" in socket ? "secureConnect" : "connect";
  await new Promise<void>((resolve, reject) => {
    socket.once(event, resolve).once("error", reject);
    socket.once("close", () => {
      reject(new Error("the server hung up"));
    });
  });
  // Later errors are seen by whoever reads.
  return socket.on("error", () => undefined);
}

async function receive(socket: Duplex, bytes: number, step: StepName): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null;
    if (chunk?.length === bytes) return chunk;
    if (chunk !== null || socket.readableEnded || socket.destroyed)
      throw new Failure(step, "the server hung up without an answer", "Correct host and port; the server's or proxy's log tells why");
    await stirred(socket);
  }
}

/** Resolves when there is more to read, or never will be. */
function stirred(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const events = ["readable", "end", "close"];
    const done = () => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
