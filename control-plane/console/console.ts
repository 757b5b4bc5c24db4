import { createHash } from "node:crypto";
import { type Actor, findOwner, noteUse } from "../api/actor.js";
import type { Route } from "../api/route.js";
import { Refusal } from "../domain/refusals.js";
import type { PlaneContext } from "../planeContext.js";
import { LeakyBuckets, type Rate } from "../proxy/limits.js";
import { ApiReader, collectReadRoutes } from "./apiReader.js";
import { ConsoleFailure, createNotFound } from "./failure.js";
import { renderAudit } from "./pages/audit.js";
import { renderDecisions } from "./pages/decisions.js";
import { HEADERS, type Page, type Place, renderFailure, renderFrame } from "./pages/frame.js";
import { renderOverview } from "./pages/overview.js";
import { renderProject } from "./pages/project.js";
import { renderSignIn } from "./pages/signIn.js";
import { type ConsoleAnswer, type ConsoleRequest, formatCookieName, isFromOwnPage, isLive, mayBeShown, readToken } from "./requests.js";
import { type FoundSession, Sessions } from "./sessions.js";
import { Turns } from "./turns.js";

/** When they are used up, no key is looked at, right or wrong. Sessions go on, and so does the API. */
const WRONG_KEYS: Rate = { perSecond: 1 / 6, burst: 10 };
/** All count together: who comes by loopback has 16 million addresses. */
const EVERYBODY = "everybody";
/** So old a page may be where nothing was written: private endpoints are accepted by time alone. Milliseconds. */
const FRESH_MS = 15_000;

const PLACES: Readonly<Record<string, Place>> = { overview: "overview", decisions: "decisions", audit: "audit" };

/** Pages for people, at `/` and below `/console`: they show what the API answers to a key, and change nothing. */
export class Console {
  private readonly sessions: Sessions;
  private readonly turns = new Turns();
  private readonly wrongKeys: LeakyBuckets;
  private readonly routes: ReadonlyMap<string, Route>;
  private changes = 0;

  constructor(
    private readonly plane: PlaneContext,
    routes: readonly Route[],
  ) {
    const { store, clock } = plane;
    this.sessions = new Sessions(store, clock);
    this.wrongKeys = new LeakyBuckets(WRONG_KEYS, () => clock.now());
    this.routes = collectReadRoutes(routes);
    const count = () => (this.changes += 1);
    store.watch(count);
    store.watchAudit(count);
  }

  /** Every request has an answer; what cannot be answered with its page throws a ConsoleFailure, a Refusal, or an error that nobody foresaw. */
  async answer(request: ConsoleRequest): Promise<ConsoleAnswer> {
    if (request.target === "signIn") return this.signIn(request);
    if (request.target === "signOut") return this.signOut(request);
    if (!mayBeShown(request)) throw createForeignPage();
    const token = readToken(request);
    const session = token === undefined ? undefined : this.sessions.find(token, !isLive(request));
    if (session !== undefined) return this.turns.take(session.owner, () => this.show(request, session));
    if (isLive(request)) return { status: 401, headers: HEADERS, body: "" };
    return request.target === "overview" ? this.renderSignIn(200, undefined) : redirectToOverview();
  }

  /** What went wrong, as a page. */
  renderFailure(error: ConsoleFailure | Refusal): ConsoleAnswer {
    const { status, message, retryAfterSeconds } = error;
    const isMissing = error instanceof Refusal && status === 404;
    const title = error instanceof ConsoleFailure ? error.title : (TITLES[status] ?? "Not done");
    const { title: shown, content } = isMissing
      ? renderFailure("Not found", createNotFound().message)
      : renderFailure(title, toSentence(message));
    const headers = { ...HEADERS, ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }) };
    return { status, headers, body: renderFrame({ title: shown, content }, undefined) };
  }

  private signIn(request: ConsoleRequest): ConsoleAnswer {
    if (!isFromOwnPage(request)) throw createForeignPage();
    const { store, clock, log } = this.plane;
    if (!this.wrongKeys.has(EVERYBODY))
      throw new ConsoleFailure(429, "Too many wrong keys", "Wait a minute, then sign in again.", Math.ceil(1 / WRONG_KEYS.perSecond));
    const key = (new URLSearchParams(request.form ?? "").get("key") ?? "").trim();
    const actor = store.transact((tx) => {
      const found = findOwner(tx, key);
      if (found) noteUse(tx, found, clock, request.ip);
      return found;
    });
    if (actor === undefined) {
      this.wrongKeys.take(EVERYBODY);
      log({ level: "warn", event: "console-key-refused", address: request.ip });
      return this.renderSignIn(401, "This is no key of this plane.");
    }
    // What the browser had before is never what it has after: nobody can plant a session that another then signs in to.
    const former = readToken(request);
    if (former !== undefined) this.sessions.end(former);
    log({ level: "info", event: "console-signed-in", key: actor.key.id, address: request.ip });
    const cookie = formatCookie(request, this.sessions.start(actor, key));
    return { ...redirectToOverview(), headers: { ...HEADERS, location: "/", "set-cookie": cookie } };
  }

  private signOut(request: ConsoleRequest): ConsoleAnswer {
    if (!isFromOwnPage(request)) throw createForeignPage();
    const token = readToken(request);
    if (token !== undefined) this.sessions.end(token);
    return { ...redirectToOverview(), headers: { ...HEADERS, location: "/", "set-cookie": `${formatCookie(request, "")}; Max-Age=0` } };
  }

  private async show(request: ConsoleRequest, session: FoundSession): Promise<ConsoleAnswer> {
    const state = `${this.changes} ${Math.floor(this.plane.clock.now() / FRESH_MS)}`;
    const asked = request.headers["if-none-match"];
    if (asked !== undefined && session.findView(request.url, state) === asked) return buildUnchanged(asked);
    const actor = getPresentActor(request, session);
    this.plane.store.transact((tx) => {
      noteUse(tx, actor, this.plane.clock, request.ip);
    });
    const page = await this.renderPage(request, session);
    const etag = `"${createHash("sha256").update(page.content.text).digest("base64url")}"`;
    session.rememberView(request.url, { state, etag });
    if (asked === etag) return buildUnchanged(etag);
    const place = PLACES[request.target] ?? "elsewhere";
    const frame = { place, withAudit: actor.kind !== "project", etag, at: this.plane.clock.formatNow() };
    return { status: 200, headers: { ...HEADERS, etag }, body: renderFrame(page, frame) };
  }

  private renderPage(request: ConsoleRequest, session: FoundSession): Promise<Page> {
    const { target, projectId = "", url, id, ip } = request;
    const reader = new ApiReader(this.plane, this.routes, () => getPresentActor(request, session), { id, ip });
    const query = new URL(url, "http://localhost").searchParams;
    if (target === "overview") return renderOverview(reader, query);
    if (target === "project") return renderProject(reader, projectId, query);
    if (target === "decisions") return renderDecisions(reader, query);
    if (target === "audit") return renderAudit(reader, query);
    throw createNotFound();
  }

  private renderSignIn(status: number, complaint: string | undefined): ConsoleAnswer {
    return { status, headers: HEADERS, body: renderFrame(renderSignIn(complaint), undefined) };
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  403: "Not for this key",
  421: "Not this host",
  500: "Something went wrong in the plane",
};

/** Who is signed in, at this moment of a page that is being made. Throws a failure where nobody is any more, or nobody waits for the page. */
function getPresentActor({ isAwaited }: ConsoleRequest, session: FoundSession): Actor {
  if (!isAwaited()) throw new ConsoleFailure(503, "Not awaited", "Whoever asked for this page has gone.");
  const actor = session.findActor();
  if (actor === undefined)
    throw new ConsoleFailure(401, "Signed out", "The session has ended while this page was made. Go to the overview and sign in again.");
  return actor;
}

const createForeignPage = (): ConsoleFailure =>
  new ConsoleFailure(
    403,
    "From another page",
    "This was asked for by a page that is not the console's own. Open the console itself and try again.",
  );

/** Messages of the API begin with a small letter. */
const toSentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;

const redirectToOverview = (): ConsoleAnswer => ({ status: 303, headers: { ...HEADERS, location: "/" }, body: "" });

const buildUnchanged = (etag: string): ConsoleAnswer => ({ status: 304, headers: { ...HEADERS, etag }, body: "" });

/** For this host alone, out of reach of scripts and of pages elsewhere. The plane speaks no HTTPS, so it cannot be `Secure`. */
const formatCookie = ({ port }: ConsoleRequest, token: string): string =>
  `${formatCookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
