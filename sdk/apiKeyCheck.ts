import * as pulumi from "@pulumi/pulumi";
import { type Account, readMainAccount } from "../contract/account.js";
import { PalisadeError } from "../contract/errors.js";

/** How long the API may take to accept the key; ours. Without an answer the run goes on: whatever it needs of the API says more. */
const LONGEST_MS = 5_000;

/** By the engine of a run: one process may run several stacks. */
const checks = new WeakMap<object, Promise<void>>();

/**
 * Settles before anything of the run is registered: an `up` with a key that the API refuses ends in one sentence, also with nothing to change,
 * and the key is not recorded. Undefined in previews, which ask the API nothing, and in unit tests.
 */
export function assertKeyAcceptedOnce(): Promise<void> | undefined {
  const engine = pulumi.runtime.isDryRun() ? undefined : pulumi.runtime.getEngine();
  if (engine === undefined) return undefined;
  const answer = checks.get(engine) ?? assertKeyAccepted();
  checks.set(engine, answer);
  return answer;
}

async function assertKeyAccepted(): Promise<void> {
  const account = findMainAccount();
  const why = account && (await findRefusal(account));
  if (why === undefined) return;
  // Pulumi prints the stack of what is thrown after the program's last line.
  throw Object.assign(new PalisadeError("PAL_KEY_REFUSED", why), { stack: "" });
}

/** Undefined where the configuration is not right, which the provider says. */
function findMainAccount(): Account | undefined {
  try {
    return readMainAccount({ get: (key) => pulumi.runtime.getConfig(key) }, process.env);
  } catch {
    return undefined;
  }
}

/** What the API says against the key. A proxy's page with 401, or no answer, says nothing of it. */
async function findRefusal({ apiUrl, apiKey }: Account): Promise<string | undefined> {
  try {
    const answer = await fetch(`${apiUrl}/auth`, {
      headers: { authorization: `Bearer ${apiKey}`, accept: "application/json", "user-agent": "palisade" },
      // A redirect would carry the key elsewhere.
      redirect: "manual",
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const { message } = (await answer.json()) as { message?: unknown };
    const isRefusal = answer.status === 401 && typeof message === "string";
    return isRefusal ? `GET /auth at ${new URL(apiUrl).host} answered 401 "${message.replaceAll(apiKey, "…")}"` : undefined;
  } catch {
    return undefined;
  }
}
