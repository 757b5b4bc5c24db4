import { setTimeout as sleep } from "node:timers/promises";
import { type ApiAnswer, type ErrorCode, PalisadeError } from "../../contract/errors.js";
import { GeneralError } from "../../contract/wire/common.js";
import type { RateLimiter } from "./rateLimiter.js";

/** All in milliseconds, all ours. */
export const LIMITS = {
  /** One attempt, from the first byte sent to the last byte read. Neon answers mutations at once and works on afterwards. */
  attempt: 60_000,
  /** An API that cannot be reached at all is waited for this long: a plane or a network that is just starting. */
  unreachable: 10_000,
  /** 423, 429, 503 and lost answers of repeatable calls are retried for this long: three times Neon's longest usual operation. */
  retry: 120_000,
  /** First pause between attempts; doubles up to `longestPause`, with full jitter. */
  firstPause: 200,
  longestPause: 5_000,
} as const;

export interface TransportOptions {
  apiKey: string;
  limiter: RateLimiter;
  /** Ends every wait. */
  signal?: AbortSignal | undefined;
  limits?: { [name in keyof typeof LIMITS]: number };
  /** Called with the time of the API's clock, in milliseconds. */
  onServerTime?: (now: number) => void;
  /** Called after every call that may have changed something: `DELETE`, and the path below the API's own. */
  onWrite?: (method: string, path: string) => void;
  /** Called with every answer, refusals too, as it came: secrets may be in it. */
  onAnswer?: ((answer: ApiCallAnswer) => void) | undefined;
}

/** One attempt that was answered. */
export interface ApiCallAnswer {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

/**
 * The route of a path, which has a limit of its own: ids and names, whatever they look like, are no part of it. In Neon's paths they follow the
 * noun of a collection; the words that stand in their place are listed.
 */
export const getRoute = (path: string): string =>
  path.replace(
    /(?<=\/(?:[a-z]+s|jwks|region|api_keys|vpc_endpoints)\/)(?!(?<=users\/)me(?:\/|$)|(?<=projects\/)shared$|(?<=branches\/)count$)[^/]+/g,
    "*",
  );

/** How an attempt ended, when not well. */
type Outcome = { retry: "always" | "whenRepeatable" | "whileUnreachable" | "never"; error: PalisadeError; pauseMs?: number };

/**
 * A `fetch` for the SDK that sends the key, keeps to the limits, retries what may be repeated and throws typed errors.
 * 423, 429 and 503 are always safe to repeat (Neon's API reference); a POST without an answer never is: PAL_ANSWER_LOST.
 */
export function createTransport({
  apiKey,
  limiter,
  signal,
  limits = LIMITS,
  onServerTime: tellsTime,
  onWrite: written,
  onAnswer: answered,
}: TransportOptions): typeof fetch {
  return async (input) => {
    const request = input as Request;
    const { method } = request;
    const url = new URL(request.url);
    const where = `${method} ${url.pathname}`;
    const route = `${method} ${getRoute(url.pathname)}`;
    const body = method === "GET" || method === "DELETE" ? undefined : await request.text();
    const started = Date.now();
    for (let pause = limits.firstPause; ; pause = Math.min(pause * 2, limits.longestPause)) {
      if (signal?.aborted) throw new PalisadeError("PAL_CANCELLED", where);
      await limiter.take(route, signal);
      const ended = await attempt();
      if (method !== "GET") written?.(method, url.pathname);
      if (ended instanceof Response) return ended;
      if (ended.error.code === "PAL_RATE_LIMITED") limiter.slowDown(ended.pauseMs ?? pause);
      const patience = {
        always: limits.retry,
        whenRepeatable: method === "POST" ? 0 : limits.retry,
        whileUnreachable: limits.unreachable,
        never: 0,
      }[ended.retry];
      const wait = ended.pauseMs ?? Math.random() * pause;
      if (Date.now() - started + wait > patience)
        throw method === "POST" && ended.retry === "whenRepeatable" ? createLostAnswerError(where, ended.error) : ended.error;
      await sleep(wait, undefined, signal ? { signal } : {}).catch(() => undefined);
    }

    async function attempt(): Promise<Response | Outcome> {
      try {
        const timeout = AbortSignal.timeout(limits.attempt);
        const answer = await fetch(url, {
          method,
          headers: {
            authorization: `Bearer ${apiKey}`,
            accept: "application/json",
            "user-agent": "palisade",
            ...(body ? { "content-type": "application/json" } : {}),
          },
          ...(body ? { body } : {}),
          // A redirect would carry the key elsewhere.
          redirect: "manual",
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        });
        const time = Date.parse(answer.headers.get("date") ?? "");
        if (!Number.isNaN(time)) tellsTime?.(time);
        const text = await answer.text();
        answered?.({ method, url, status: answer.status, text });
        return classifyAnswer(answer, answer.ok ? text : text.replaceAll(apiKey, "…"), where, url);
      } catch (cause) {
        if (signal?.aborted)
          return { retry: "never", error: method === "GET" ? new PalisadeError("PAL_CANCELLED", where) : createLostAnswerError(where) };
        const reason = getFailureReason(cause);
        const unsent = NEVER_SENT.has(reason);
        return {
          retry: unsent ? "whileUnreachable" : "whenRepeatable",
          error: new PalisadeError("PAL_UNREACHABLE", `${where} at ${url.host}: ${reason}`),
        };
      }
    }
  };
}

/** Failures before the first byte of the request went out. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

const BY_STATUS: Record<number, ErrorCode> = {
  401: "PAL_KEY_REFUSED",
  403: "PAL_FORBIDDEN",
  404: "PAL_NOT_FOUND",
  409: "PAL_CONFLICT",
  423: "PAL_BUSY",
  429: "PAL_RATE_LIMITED",
};

/** What the embedded plane says of keys of customers, whatever the status. */
const BY_API_CODE: Readonly<Record<string, ErrorCode>> = {
  CUSTOMER_KEY_UNUSABLE: "PAL_CMK_UNUSABLE",
  ACCESS_APPROVAL_REFUSED: "PAL_ACCESS_UNAPPROVED",
};

/** The API has no code of its own for what a plan lacks: it says so in these words alone, as a 403 or a 4xx of another kind. */
const PLAN_LIMIT = /not allowed for this organization|limits? exceeded|\b(?:in|by|with|of) (?:the|your|this) (?:current )?plan\b/i;

/** Where Neon's API begins, on every host of it. */
export const API_PATH = "/api/v2";
/** What is usually wrong when something else answers. */
export const explainMissingApiPath = (pathname: string): string =>
  pathname.includes(`${API_PATH}/`) ? "" : `; the configured address has no ${API_PATH} at its end`;

/** Only the API's own error body makes a status mean something: a proxy's page with 404 is not "gone". */
function classifyAnswer(answer: Response, text: string, where: string, { host, pathname }: URL): Response | Outcome {
  const json = parseJson(text);
  const requestId = answer.headers.get("x-request-id") ?? answer.headers.get("x-neon-ret-request-id") ?? undefined;
  if (answer.ok && (json !== undefined || text === ""))
    return new Response(answer.status === 204 ? null : text || "{}", {
      status: answer.status,
      headers: { "content-type": "application/json" },
    });
  const general = GeneralError.safeParse(json);
  const { status } = answer;
  const transient = status >= 500;
  if (!general.success) {
    const error = new PalisadeError(
      "PAL_NOT_THE_API",
      `${where} at ${host} answered ${status} without the API's body${explainMissingApiPath(pathname)}`,
    );
    return { retry: transient ? "whenRepeatable" : "never", error };
  }
  const { code: apiCode, message: apiMessage } = general.data;
  const known: ApiAnswer = { status, apiCode, apiMessage, requestId };
  const detail = [`${where} answered ${status}`, apiCode, apiMessage && `"${apiMessage}"`, requestId && `(request ${requestId})`]
    .filter(Boolean)
    .join(" ");
  const missing = status === 404 ? explainMissingApiPath(pathname) : "";
  const byStatus = BY_API_CODE[apiCode] ?? BY_STATUS[status] ?? (transient ? "PAL_SERVER_FAILED" : "PAL_REFUSED");
  const ofPlan = (byStatus === "PAL_FORBIDDEN" || byStatus === "PAL_REFUSED") && PLAN_LIMIT.test(apiMessage);
  const error = new PalisadeError(ofPlan ? "PAL_PLAN_LIMIT" : byStatus, detail + missing, known);
  const seconds = Number(answer.headers.get("retry-after"));
  if (status === 423 || status === 429 || status === 503)
    return { retry: "always", error, ...(seconds > 0 ? { pauseMs: seconds * 1_000 } : {}) };
  return { retry: transient ? "whenRepeatable" : "never", error };
}

const createLostAnswerError = (where: string, cause?: PalisadeError) =>
  new PalisadeError("PAL_ANSWER_LOST", cause ? `${where} (${cause.detail})` : where);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `ECONNREFUSED` out of undici's "fetch failed". */
function getFailureReason(error: unknown): string {
  const { cause, name, message } = error as {
    cause?: { code?: string; errors?: { code?: string }[]; message?: string };
    name: string;
    message: string;
  };
  if (name === "TimeoutError") return "no answer in time";
  return cause?.code ?? cause?.errors?.[0]?.code ?? cause?.message ?? message;
}
