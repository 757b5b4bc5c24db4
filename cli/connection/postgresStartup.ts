import { connect, isIP, type Socket } from "node:net";
import { type Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { encodeInt32 } from "../../contract/values.js";
import { StepFailure, type StepName } from "./steps.js";

/** As much of Postgres' protocol 3.0 as a client speaks before it proves who it is. Waits end when the socket is destroyed. */

/** The first of the addresses that accepts. */
export async function connectToAny(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<{ socket: Socket; address: string }> {
  let failure: unknown;
  for (const address of addresses) {
    const socket = connect({ host: address, port });
    const giveUp = () => socket.destroy();
    signal.addEventListener("abort", giveUp);
    try {
      return { socket: await waitForConnection(socket), address };
    } catch (error) {
      failure = error;
    } finally {
      // The signal ends the connecting only; the socket stays open.
      signal.removeEventListener("abort", giveUp);
    }
  }
  throw failure;
}

/** Asks for TLS in clear. @returns whether the server has it */
export async function requestTls(socket: Socket): Promise<boolean> {
  socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
  const answer = (await receive(socket, 1, "tls offered")).toString("latin1");
  // Whatever follows was sent in clear and must not pass for what is said in TLS (CVE-2021-23222).
  if (answer === "S" && socket.readableLength > 0)
    throw new StepFailure(
      "tls offered",
      "the server sent data in clear behind its answer",
      "Something in between answers for the server: do not use this connection",
    );
  if (answer !== "S" && answer !== "N")
    throw new StepFailure("tls offered", "the server does not speak the Postgres protocol", "Correct host and port");
  return answer === "S";
}

/** TLS 1.2 or newer with full verification: nothing is sent to a server that has not proved its name. */
export function startTls(socket: Socket, host: string, ca: string | undefined): Promise<TLSSocket> {
  const name = isIP(host) === 0 ? { servername: host } : {};
  return waitForConnection(
    connectTls({ socket, host, ...name, ...(ca !== undefined && { ca }), minVersion: "TLSv1.2", rejectUnauthorized: true }),
  );
}

/** First answer of the server to a startup message. */
export type StartupAnswer = { refused: string } | { mechanisms: readonly string[] } | { wants: number; toNothing: string | undefined };

export async function sendStartup(socket: Duplex, parameters: Readonly<Record<string, string>>): Promise<StartupAnswer> {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [name, value]);
  const body = Buffer.from(`${pairs.map((text) => `${text}\0`).join("")}\0`);
  socket.write(Buffer.concat([encodeInt32(body.length + 8), encodeInt32(3 << 16), body]));
  const { type, content } = await receiveMessage(socket);
  if (type === "E") return { refused: parseErrorMessage(content) };
  const wants = content.readUInt32BE(0);
  if (wants === SASL) return { mechanisms: content.toString("latin1", 4).split("\0").filter(Boolean) };
  return { wants, toNothing: wants === CLEARTEXT ? await sendEmptyPassword(socket) : undefined };
}

/** Neon's proxy asks for a password in clear where no compute is named, and says so to whoever has none. No password is ever sent here. */
async function sendEmptyPassword(socket: Duplex): Promise<string | undefined> {
  socket.write(Buffer.from("p\0\0\0\x05\0", "latin1"));
  const { type, content } = await receiveMessage(socket);
  return type === "E" ? parseErrorMessage(content) : undefined;
}

async function receiveMessage(socket: Duplex): Promise<{ type: string; content: Buffer }> {
  const head = await receive(socket, 5, "endpoint");
  const [type, length] = [head.toString("latin1", 0, 1), head.readUInt32BE(1)];
  if ((type !== "E" && type !== "R") || length < 8 || length > MOST_BYTES)
    throw new StepFailure(
      "endpoint",
      "the server breaks the protocol",
      "Correct host and port: this is neither Postgres nor a proxy for it",
    );
  return { type, content: await receive(socket, length - 4, "endpoint") };
}

/** Postgres' own messages before authentication are below a kilobyte. */
const MOST_BYTES = 65_536;
const [CLEARTEXT, SASL] = [3, 10];

/** The field M of an ErrorResponse. */
const parseErrorMessage = (content: Buffer): string =>
  content
    .toString("utf8")
    .split("\0")
    .find((field) => field.startsWith("M"))
    ?.slice(1) ?? "refused without a message";

async function waitForConnection<S extends Socket>(socket: S): Promise<S> {
  const event = "encrypted" in socket ? "secureConnect" : "connect";
  await new Promise<void>((resolve, reject) => {
    socket.once(event, resolve).once("error", reject);
    socket.once("close", () => {
      reject(new Error("the server closed the connection"));
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
      throw new StepFailure(
        step,
        "the server closed the connection without an answer",
        "Correct host and port; the server's or proxy's log tells why",
      );
    await waitForReadable(socket);
  }
}

/** Resolves when there is more to read, or never will be. */
function waitForReadable(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const events = ["readable", "end", "close"];
    const done = () => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}
