import { once } from "node:events";
import { connect } from "node:net";
import { createScramClient, type ScramClient, type ScramProof, type ScramVerifier } from "../passwords/scram.js";
import { Channel } from "./channel.js";
import {
  buildCancelRequest,
  buildMessage,
  parseErrorResponse,
  buildSaslInitialResponse,
  buildSaslResponse,
  buildStartupPacket,
} from "./protocol.js";
import { Refusal, ProtocolError } from "./refusals.js";

/** Postgres itself refuses; its ErrorResponse goes to the client as it is. */
export class ComputeRefusal extends Error {
  constructor(readonly response: Buffer) {
    super("refused by Postgres");
  }
}

/** What Postgres, or what wakes it, says of a refusal; undefined for the proxy's own, whose reason tells everything. */
export function findRefusalText(error: unknown): string | undefined {
  if (error instanceof ComputeRefusal) return parseErrorResponse(error.response)["message"];
  return error instanceof Refusal && error.reason === "wake-refused" ? error.message : undefined;
}

/** Connects to the Unix socket of a Postgres. */
export async function connectToSocket(socketPath: string): Promise<Channel> {
  const socket = connect(socketPath);
  await once(socket, "connect");
  return new Channel(socket);
}

/**
 * Asks the Postgres or the pooler there to cancel what the holder of this key is doing; resolves when it has hung up.
 * It must hang up first: pgbouncer 1.18 ends altogether when the asker closes while the request is on its way (pgbouncer/pgbouncer#801).
 */
export async function cancelQuery(socketPath: string, key: Buffer): Promise<void> {
  const { stream } = await connectToSocket(socketPath);
  stream.setTimeout(CANCEL_DEADLINE_MS, () => stream.destroy());
  stream.resume().write(buildCancelRequest(key));
  if (!stream.closed) await once(stream, "close");
}

const CANCEL_DEADLINE_MS = 15_000;

/**
 * Logs in as the client, with the ClientKey that its proof gave away: no password is known here. Both sides prove themselves.
 * Resolves when Postgres is ready for a query, to all it said after AuthenticationOk, in which `newKey` puts a cancel key of ours in the place of its own.
 * Throws ComputeRefusal.
 */
export async function logIn(
  channel: Channel,
  parameters: readonly (readonly [string, string])[],
  { clientKey }: ScramProof,
  { serverKey }: ScramVerifier,
  newKey: (key: Buffer) => Buffer,
): Promise<Buffer> {
  const side = createScramClient({ clientKey, serverKey });
  // The first step is sent with the startup packet, before Postgres asks: it saves a round trip of every connection.
  channel.send(Buffer.concat([buildStartupPacket(parameters), buildSaslInitialResponse("SCRAM-SHA-256", side.first)]));
  await prove(channel, side);
  const greeting: Buffer[] = [];
  for (;;) {
    const { type, body } = await readNext(channel);
    greeting.push(buildMessage(type, type === "K" ? newKey(body) : body));
    if (type === "Z") return Buffer.concat(greeting);
  }
}

/** A Postgres that asks for less than SCRAM is not the one that keeps this verifier. */
async function prove(channel: Channel, side: ScramClient): Promise<void> {
  await readAuthentication(channel, SASL);
  const answer = side.answer(await readAuthentication(channel, SASL_CONTINUE));
  if (answer === undefined) throw new ProtocolError("Postgres answered another exchange");
  channel.send(buildSaslResponse(answer.final));
  if ((await readAuthentication(channel, SASL_FINAL)) !== answer.serverFinal)
    throw new ProtocolError("Postgres did not prove that it knows the verifier");
  await readAuthentication(channel, OK);
}

const [OK, SASL, SASL_CONTINUE, SASL_FINAL] = [0, 10, 11, 12];

async function readAuthentication(channel: Channel, step: number): Promise<string> {
  const { type, body } = await readNext(channel);
  if (type !== "R" || body.length < 4 || body.readInt32BE(0) !== step)
    throw new ProtocolError("Postgres does not authenticate by SCRAM-SHA-256");
  return body.toString("utf8", 4);
}

/** Far more than any message before the first query has. */
const MAX_MESSAGE_BYTES = 1 << 20;

async function readNext(channel: Channel): Promise<{ type: string; body: Buffer }> {
  const { type, body } = await channel.readMessage(MAX_MESSAGE_BYTES);
  if (type === "E") throw new ComputeRefusal(buildMessage(type, body));
  return { type, body };
}
