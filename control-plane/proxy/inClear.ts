import type { Channel } from "./channel.js";
import { authenticationCleartextPassword } from "./protocol.js";
import { refusal } from "./refusals.js";

/** Far more than any password has. */
const MAX_PASSWORD_BYTES = 2_048;

/** Asks for the password itself, inside of TLS. Throws a Refusal for what breaks the protocol. */
export async function askInClear(channel: Channel): Promise<string> {
  channel.send(authenticationCleartextPassword());
  const { type, body } = await channel.message(MAX_PASSWORD_BYTES);
  if (type !== "p" || body.indexOf(0) !== body.length - 1) throw refusal("authentication-malformed");
  return body.toString("utf8", 0, body.length - 1);
}
