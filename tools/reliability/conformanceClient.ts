import { setTimeout as pause } from "node:timers/promises";
import { isOperationPending } from "../../contract/operations.js";
import type { Account } from "../../contract/account.js";

/** Milliseconds, ours. */
const ATTEMPT_MS = 60_000;
const BUSY_MS = 60_000;
const SETTLE_MS = 120_000;
const PAUSE_MS = 250;
/** Always safe to repeat, and no answer to the question. */
const WAITING = new Set([423, 429, 503]);

export interface ObservedResponse {
  status: number;
  code: string;
  message: string;
  headers: Headers;
  body: Record<string, unknown>;
}

/** One way to ask, without the provider's client: what the API says comes out as it says it. */
export interface ConformanceClient {
  /** Waits while the project is busy or the account is too fast. */
  call(method: string, path: string, body?: object, key?: string): Promise<ObservedResponse>;
  /** @throws when the call is refused */
  callOrThrow(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Until no operation of the project is open. */
  waitForOperations(projectId: string): Promise<void>;
}

export function createConformanceClient({ apiUrl, apiKey }: Pick<Account, "apiUrl" | "apiKey">, signal: AbortSignal): ConformanceClient {
  async function once(method: string, path: string, body: object | undefined, key: string): Promise<ObservedResponse> {
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

  const client: ConformanceClient = {
    async call(method, path, body, key = apiKey) {
      const deadline = Date.now() + BUSY_MS;
      for (;;) {
        const seen = await once(method, path, body, key);
        if (!WAITING.has(seen.status) || Date.now() > deadline) return seen;
        await pause(PAUSE_MS, undefined, { signal });
      }
    },

    async callOrThrow(method, path, body) {
      const seen = await client.call(method, path, body);
      if (seen.status >= 300) throw new Error(`${method} ${path} was refused: ${formatResponse(seen)}`);
      return seen.body;
    },

    async waitForOperations(projectId) {
      const deadline = Date.now() + SETTLE_MS;
      for (;;) {
        const { operations } = (await client.callOrThrow("GET", `/projects/${projectId}/operations`)) as {
          operations: { status: string }[];
        };
        if (!operations.some(({ status }) => isOperationPending(status))) return;
        if (Date.now() > deadline) throw new Error(`project ${projectId} is still busy after ${SETTLE_MS} ms`);
        await pause(PAUSE_MS, undefined, { signal });
      }
    },
  };
  return client;
}

/** `422 "" "cannot delete root branch"` */
export const formatResponse = ({ status, code, message }: Pick<ObservedResponse, "status" | "code" | "message">): string =>
  status < 300 ? String(status) : `${status} ${JSON.stringify(code)} ${JSON.stringify(message)}`;

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
