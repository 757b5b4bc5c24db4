import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";

/** How long the other side may take, in milliseconds. */
const LIMIT_MS = 10_000;

/** Findings leave over TLS, or do not leave this machine. Throws PAL_USAGE. */
export function parseWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && loopback)) || url.username || url.password)
    throw new PalisadeError(
      "PAL_USAGE",
      "--webhook must be an https address, or http on this machine, without credentials before its host",
    );
  return url;
}

/** Posts JSON. @returns why it failed, without the address: its path is often the secret; undefined when it was taken */
export async function notify(url: URL, body: unknown, limitMs: number = LIMIT_MS): Promise<string | undefined> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
      // A redirect could lead anywhere.
      redirect: "manual",
      signal: limit,
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `${url.host} answered ${answer.status}`;
  } catch (error) {
    return `${url.host}: ${limit.aborted ? `no answer within ${limitMs} ms` : formatErrorMessage(error)}`;
  }
}
