import { isPalisadeError } from "../contract/errors.js";
import { PlaneStatus } from "../contract/wire/planeStatus.js";
import { RateLimiter } from "../provider/client/rateLimiter.js";
import { createTransport } from "../provider/client/transport.js";
import { type Account, DEFAULT_API_URL } from "../contract/account.js";

/** Whether the account is Neon's own. */
export const isNeon = ({ apiUrl }: Account): boolean => new URL(apiUrl).host === new URL(DEFAULT_API_URL).host;

/** What an embedded plane tells of itself; undefined where something else answers, which is only asked when it is not Neon. */
export async function readPlaneStatus(account: Account): Promise<PlaneStatus | undefined> {
  if (isNeon(account)) return undefined;
  const call = createTransport({ apiKey: account.apiKey, limiter: new RateLimiter() });
  try {
    const answer = await call(new Request(`${account.apiUrl}/x-palisade/status`));
    return PlaneStatus.safeParse(await answer.json()).data;
  } catch (error) {
    if (isPalisadeError(error, "PAL_NOT_FOUND", "PAL_NOT_THE_API")) return undefined;
    throw error;
  }
}
