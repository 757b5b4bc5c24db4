import { setTimeout as pause } from "node:timers/promises";
import { operationPending } from "../../contract/operations.js";
import type { Account } from "../../contract/account.js";

/** Milliseconds, ours. */
const ATTEMPT_MS = 60_000;
const BUSY_MS = 60_000;
const SETTLE_MS = 120_000;
const PAUSE_MS = 250;
/** Always safe to repeat, and no answer to the question. */
const WAITING = new Set([423, 429, 503]);

export interface Seen {
  status: number;
  code: string;
  message: string;
  headers: Headers;
  body: Record<string, unknown>;
}

/** One way to ask, without the provider's client: what the API says comes out as it says it. */
export interface Conformance {
  /** Waits while the project is busy or the account is too fast. */
  call(method: string, path: string, body?: object, key?: string): Promise<Seen>;
  /** @throws when the call is refused */
  ok(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Until no operation of the project is open. */
  settled(projectId: string): Promise<void>;
}

export function conformanceClient({ apiUrl, apiKey }: Pick<Account, "apiUrl" | "apiKey">, signal: AbortSignal): Conformance {
  async function once(method: string, path: string, body: object | undefined, key: string): Promise<Seen> {
    const answer = await fetch(apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${key}`, accept: "application/json", ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      // A redirect would carry the key elsewhere.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
    });
    const parsed = parse(await answer.text());
    const { code = "", message = "" } = parsed as { code?: string; message?: string };
    return { status: answer.status, code, message: message.replaceAll(key, "…"), headers: answer.headers, body: parsed };
  }

  const client: Conformance = {
    async call(method, path, body, key = apiKey) {
      const deadline = Date.now() + BUSY_MS;
      for (;;) {
        const seen = await once(method, path, body, key);
        if (!WAITING.has(seen.status) || Date.now() > deadline) return seen;
        await pause(PAUSE_MS, undefined, { signal });
      }
    },

    async ok(method, path, body) {
      const seen = await client.call(method, path, body);
      if (seen.status >= 300) throw new Error(`${method} ${path} was refused: ${shown(seen)}`);
      return seen.body;
    },

    async settled(projectId) {
      const deadline = Date.now() + SETTLE_MS;
      for (;;) {
        const { operations } = (await client.ok("GET", `/projects/${projectId}/operations`)) as { operations: { status: string }[] };
        if (!operations.some(({ status }) => operationPending(status))) return;
        if (Date.now() > deadline) throw new Error(`project ${projectId} is still busy after ${SETTLE_MS} ms`);
        await pause(PAUSE_MS, undefined, { signal });
      }
    },
  };
  return client;
}

/** `422 "" "cannot delete root branch"` */
export const shown = ({ status, code, message }: Pick<Seen, "status" | "code" | "message">): string =>
  status < 300 ? String(status) : `${status} ${JSON.stringify(code)} ${JSON.stringify(message)}`;

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
