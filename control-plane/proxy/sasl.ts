import {
  checkClientFinal,
  createNonce,
  parseClientFirst,
  type ScramProof,
  buildServerFirst,
  type ScramVerifier,
} from "../passwords/scram.js";
import type { Channel } from "./channel.js";
import { buildAuthenticationContinue, buildAuthenticationSasl, parseSaslInitialResponse } from "./protocol.js";
import { createRefusal } from "./refusals.js";

/**
 * Asks the client to prove its password by SCRAM-SHA-256, bound to the channel when both can (`endPoint`: `tls-server-end-point` of our certificate,
 * undefined when it has none). `undefined` when the password is wrong. Throws a Refusal for what breaks the protocol.
 */
export async function authenticateBySasl(
  channel: Channel,
  verifier: ScramVerifier,
  endPoint: Buffer | undefined,
): Promise<ScramProof | undefined> {
  channel.send(buildAuthenticationSasl(endPoint ? [BOUND, PLAIN] : [PLAIN]));
  const initial = parseSaslInitialResponse(await readSaslMessage(channel));
  const client = initial && parseClientFirst(initial.text);
  if (initial === undefined || client === undefined) throw createRefusal("authentication-malformed");
  assertBinding(initial.mechanism, client.binding, endPoint);

  const first = buildServerFirst(client, createNonce(), verifier);
  channel.send(buildAuthenticationContinue(first));
  const bound = typeof client.binding === "object" ? endPoint : undefined;
  const exchange = { client, serverFirst: first, channel: bound ?? NOTHING, verifier };
  const outcome = checkClientFinal(exchange, (await readSaslMessage(channel)).toString("utf8"));
  if (outcome === "malformed") throw createRefusal("authentication-malformed");
  if (outcome === "wrong-channel") throw createRefusal("channel-binding-failed");
  return outcome === "wrong-password" ? undefined : outcome;
}

const [PLAIN, BOUND] = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] as const;
const NOTHING = Buffer.alloc(0);
/** Far more than any client sends. */
const MAX_MESSAGE_BYTES = 2_048;

async function readSaslMessage(channel: Channel): Promise<Buffer> {
  const { type, body } = await channel.readMessage(MAX_MESSAGE_BYTES);
  if (type !== "p") throw createRefusal("authentication-malformed");
  return body;
}

/** A client that could bind but was told that we cannot has been lied to by somebody in between (RFC 5802, section 6). */
function assertBinding(mechanism: string, binding: "n" | "y" | { readonly name: string }, endPoint: Buffer | undefined): void {
  if (mechanism === BOUND && endPoint) {
    if (typeof binding !== "object") throw createRefusal("authentication-malformed");
    if (binding.name !== "tls-server-end-point") throw createRefusal("channel-binding-failed");
  } else {
    if (mechanism !== PLAIN || typeof binding === "object") throw createRefusal("authentication-malformed");
    if (binding === "y" && endPoint) throw createRefusal("channel-binding-failed");
  }
}
