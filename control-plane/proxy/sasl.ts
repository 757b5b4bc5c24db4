import { checkClientFinal, newNonce, parseClientFirst, type Proved, serverFirst, type ScramVerifier } from "../passwords/scram.js";
import type { Channel } from "./channel.js";
import { authenticationContinue, authenticationSasl, parseSaslInitialResponse } from "./protocol.js";
import { refusal } from "./refusals.js";

/**
 * Asks the client to prove its password by SCRAM-SHA-256, bound to the channel when both can (`endPoint`: `tls-server-end-point` of our certificate,
 * undefined when it has none). `undefined` when the password is wrong. Throws a Refusal for what breaks the protocol.
 */
export async function authenticate(channel: Channel, verifier: ScramVerifier, endPoint: Buffer | undefined): Promise<Proved | undefined> {
  channel.send(authenticationSasl(endPoint ? [BOUND, PLAIN] : [PLAIN]));
  const initial = parseSaslInitialResponse(await saslMessage(channel));
  const client = initial && parseClientFirst(initial.text);
  if (initial === undefined || client === undefined) throw refusal("authentication-malformed");
  mustBind(initial.mechanism, client.binding, endPoint);

  const first = serverFirst(client, newNonce(), verifier);
  channel.send(authenticationContinue(first));
  const bound = typeof client.binding === "object" ? endPoint : undefined;
  const exchange = { client, serverFirst: first, channel: bound ?? NOTHING, verifier };
  const outcome = checkClientFinal(exchange, (await saslMessage(channel)).toString("utf8"));
  if (outcome === "malformed") throw refusal("authentication-malformed");
  if (outcome === "wrong-channel") throw refusal("channel-binding-failed");
  return outcome === "wrong-password" ? undefined : outcome;
}

const [PLAIN, BOUND] = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] as const;
const NOTHING = Buffer.alloc(0);
/** Far more than any client sends. */
const MAX_MESSAGE_BYTES = 2_048;

async function saslMessage(channel: Channel): Promise<Buffer> {
  const { type, body } = await channel.message(MAX_MESSAGE_BYTES);
  if (type !== "p") throw refusal("authentication-malformed");
  return body;
}

/** A client that could bind but was told that we cannot has been lied to by somebody in between (RFC 5802, section 6). */
function mustBind(mechanism: string, binding: "n" | "y" | { readonly name: string }, endPoint: Buffer | undefined): void {
  if (mechanism === BOUND && endPoint) {
    if (typeof binding !== "object") throw refusal("authentication-malformed");
    if (binding.name !== "tls-server-end-point") throw refusal("channel-binding-failed");
  } else {
    if (mechanism !== PLAIN || typeof binding === "object") throw refusal("authentication-malformed");
    if (binding === "y" && endPoint) throw refusal("channel-binding-failed");
  }
}
