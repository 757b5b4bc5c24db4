import type { IncomingHttpHeaders } from "node:http";

/** The pages, and what is done. `missing`: every other address below /console. */
export type ConsoleTarget = "overview" | "project" | "decisions" | "audit" | "missing" | "signIn" | "signOut";

export const SIGN_IN_PATH = "/console/sign-in";
export const SIGN_OUT_PATH = "/console/sign-out";
export const DECISIONS_PATH = "/console/decisions";
export const AUDIT_PATH = "/console/audit";
/** Followed by the id. */
export const PROJECT_PATH = "/console/projects/";

/** What of a request the console looks at. */
export interface ConsoleRequest {
  readonly target: ConsoleTarget;
  /** Of a project's page. */
  readonly projectId: string | undefined;
  /** As it was asked for: path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a form that was sent, as it came. */
  readonly form: string | undefined;
  readonly id: string;
  /** The address it came from. */
  readonly ip: string;
  /** The port it came to. */
  readonly port: number;
  /** Whether somebody still waits for the answer. */
  readonly isAwaited: () => boolean;
}

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sent by our own script: such a request is nobody's doing, and keeps no session alive. */
export const LIVE_HEADER = "x-palisade-live";

export const isLive = ({ headers }: Pick<ConsoleRequest, "headers">): boolean => headers[LIVE_HEADER] !== undefined;

/** Browsers keep cookies by host and not by port: two planes on one machine would take each other's. */
export const formatCookieName = (port: number): string => `palisade_console_${port}`;

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token of a session. Of two cookies of one name, one was planted by somebody else on this host, and nobody can tell which. */
export function readToken({ headers, port }: Pick<ConsoleRequest, "headers" | "port">): string | undefined {
  const start = `${formatCookieName(port)}=`;
  const values = (headers.cookie ?? "")
    .split(";")
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(start))
    .map((cookie) => cookie.slice(start.length));
  const [value = ""] = values;
  return values.length === 1 && TOKEN.test(value) ? value : undefined;
}

/**
 * Whether a form was sent by a page of the console itself. Every browser says where a POST comes from, by one header or both; whoever says neither is
 * no browser, and is asked to say it.
 */
export function isFromOwnPage({ headers }: Pick<ConsoleRequest, "headers">): boolean {
  const { origin, host = "" } = headers;
  const site = headers["sec-fetch-site"];
  if (origin === undefined && site === undefined) return false;
  return (origin === undefined || origin === `http://${host}`) && (site === undefined || site === "same-origin");
}

/**
 * Whether a page may be given out: to a person who opens it as a page of its own, and to our own script. SameSite does not tell ports apart, so a page
 * of another server on this host would else have the cookie sent along with its frames and requests. What says nothing of it is no browser of today.
 */
export function mayBeShown({ headers }: Pick<ConsoleRequest, "headers">): boolean {
  const { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination } = headers;
  if (site === undefined || (mode === "navigate" && destination === "document")) return true;
  return site === "same-origin" && destination === "empty";
}

/** Whether HTML is asked for by name, as every browser does. What asks for anything, such as an SDK or curl, gets the API's answer at `/`. */
export const acceptsHtml = (accept: string | undefined): boolean => (accept ?? "").toLowerCase().includes("text/html");
