import type { Channel } from "./channel.js";
import { buildAuthenticationCleartextPassword } from "./protocol.js";
import { createRefusal } from "./refusals.js";

/** Far more than any password has. */
const MAX_PASSWORD_BYTES = 2_048;

/** Asks for the password itself, inside of TLS. Throws a Refusal for what breaks the protocol. */
export async function readCleartextPassword(channel: Channel): Promise<string> {
  channel.send(buildAuthenticationCleartextPassword());
  const { type, body } = await channel.readMessage(MAX_PASSWORD_BYTES);
  if (type !== "p" || body.indexOf(0) !== body.length - 1) throw createRefusal("authentication-malformed");
  return body.toString("utf8", 0, body.length - 1);
}
