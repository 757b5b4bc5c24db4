import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { Refusal } from "../domain/refusals.js";
import { isOwnHost } from "../hosts.js";
import type { PlaneContext } from "../planeContext.js";
import type { ServedSecurityTxt } from "../securityTxt.js";
import { getAccountId, type Actor, authenticate, noteUse } from "./actor.js";
import { perform } from "./perform.js";
import type { RateLimiter } from "./rateLimit.js";
import type { Route } from "./route.js";

export const PREFIX = "/api/v2";
const BODY_LIMIT_BYTES = 1_048_576;
/** A name of 63 bytes, each of them escaped. */
const MAX_PARAM_LENGTH = 3 * 63;
/** A client's own request id is taken over when it is fit for a log. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** Intercepts calls, for tests. */
export interface CallInterceptor {
  /** Before anything is looked at. Resolves to false when the call has been answered or cut off. */
  before(request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
  /** After the commit, before the answer. False: the answer is lost. */
  after(request: FastifyRequest, reply: FastifyReply): boolean;
}

export interface ServerOptions {
  routes: readonly Route[];
  limiter?: RateLimiter | undefined;
  interference?: CallInterceptor | undefined;
  securityTxt?: ServedSecurityTxt | undefined;
}

/** Answers calls through `routing`; it has no port of its own. */
export function buildServer(plane: PlaneContext, { routes, limiter, interference, securityTxt }: ServerOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    // zod checks what comes in and nothing filters what goes out: fastify's own compilers would cost a third of the start.
    schemaController: { compilersFactory: { buildValidator: rejectSchema, buildSerializer: rejectSchema } },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    genReqId: ({ headers }) => {
      const sent = headers["x-request-id"];
      return typeof sent === "string" && REQUEST_ID.test(sent) ? sent : randomUUID();
    },
    frameworkErrors: (error, request, reply) => {
      setRequestIdHeaders(request, reply);
      void refuse(request, reply, new Refusal("badRequest", { detail: error.message }));
    },
  });
  app.addHook("onRequest", (request, reply, done) => {
    setRequestIdHeaders(request, reply);
    done(isOwnHost(request.headers.host) ? undefined : new Refusal("foreignHost", { host: JSON.stringify(request.headers.host ?? "") }));
  });
  app.removeAllContentTypeParsers();
  // Whatever type is announced: clients send `application/json` with empty DELETEs, and JSON without a type.
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, text === "" ? undefined : (JSON.parse(text as string) as unknown));
    } catch {
      done(new Refusal("badJson"));
    }
  });
  app.setErrorHandler((error, request, reply) => refuse(request, reply, toRefusal(error, request, plane)));
  app.setNotFoundHandler((request, reply) => refuse(request, reply, new Refusal("unknownRoute")));
  for (const route of routes) mount(app, plane, route, limiter, interference);
  if (securityTxt) mountSecurityTxt(app, plane, securityTxt);
  return app;
}

function mount(
  app: FastifyInstance,
  plane: PlaneContext,
  route: Route,
  limiter: RateLimiter | undefined,
  interference: CallInterceptor | undefined,
): void {
  const what = `${route.method} ${route.path}`;
  const [success = 200] = Object.keys(route.answers)
    .map(Number)
    .sort((a, b) => a - b);
  app.route({
    method: route.method,
    url: PREFIX + route.path,
    handler: async (request, reply) => {
      if (interference && !(await interference.before(request, reply))) return reply;
      if (Object.values(request.params as object).includes("")) return reply.redirect(removeEmptyParts(request.url), 301);
      const actor = identify(plane, request);
      limiter?.take(getAccountId(actor), what);
      const answer = await perform(plane, route, what, actor, request);
      if (interference && !interference.after(request, reply)) return reply;
      return answer === undefined && 204 in route.answers ? reply.status(204).send() : reply.status(success).send(answer);
    },
  });
}

/** Ours, and for whoever asks: RFC 9116 has readers without a key. A stale file is not to be used, so it is not there. */
function mountSecurityTxt(app: FastifyInstance, { clock }: PlaneContext, { text, expiresMs }: ServedSecurityTxt): void {
  app.get("/.well-known/security.txt", (_request, reply) => {
    if (clock.now() >= expiresMs) throw new Refusal("unknownRoute");
    return reply.type("text/plain; charset=utf-8").send(text);
  });
}

/** Neon redirects a path with an empty parameter to the path without it (README of @neon/sdk). */
function removeEmptyParts(url: string): string {
  const [path = "", ...query] = url.split("?");
  return [path.replace(/\/{2,}/g, "/").replace(/\/$/, ""), ...query].join("?");
}

function identify({ store, clock }: PlaneContext, request: FastifyRequest): Actor {
  return store.transact((tx) => {
    const actor = authenticate(tx, request.headers.authorization);
    noteUse(tx, actor, clock, request.ip);
    return actor;
  });
}

/** What an error of a handler, or of fastify, is for the caller; what nobody foresaw goes to the log. */
export function toRefusal(error: unknown, request: FastifyRequest, { log }: PlaneContext): Refusal {
  if (error instanceof Refusal) return error;
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message: string };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new Refusal("bodyTooLarge");
  if (statusCode !== undefined && statusCode < 500) return new Refusal("badRequest", { detail: message });
  log({ level: "error", event: "request-failed", request: request.id, error: formatErrorMessage(error) });
  return new Refusal("internal");
}

function refuse(request: FastifyRequest, reply: FastifyReply, { status, code, message, retryAfterSeconds, more }: Refusal) {
  if (retryAfterSeconds !== undefined) void reply.header("retry-after", retryAfterSeconds);
  return reply.status(status).send({ request_id: request.id, code, message, ...more });
}

function rejectSchema(): never {
  throw new Error("no route declares a schema of fastify's");
}

/** One client reads the one header, another the other. */
function setRequestIdHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({ "x-request-id": request.id, "x-neon-ret-request-id": request.id });
}
