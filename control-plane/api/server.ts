import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { Refusal } from "../domain/refusals.js";
import { isOwnHost } from "../hosts.js";
import { enqueue } from "../operations/enqueue.js";
import type { PlaneContext } from "../planeContext.js";
import type { ServedSecurityTxt } from "../securityTxt.js";
import { admit } from "./access.js";
import { getAccountId, type Actor, authenticate } from "./actor.js";
import { buildAuditContext } from "./audit.js";
import type { RateLimiter } from "./rateLimit.js";
import { AfterCommit, AfterCommitRead, type Route } from "./route.js";

export const PREFIX = "/api/v2";
const BODY_LIMIT_BYTES = 1_048_576;
/** A name of 63 bytes, each of them escaped. */
const MAX_PARAM_LENGTH = 3 * 63;
/** A client's own request id is taken over when it is fit for a log. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
/** `last_used_at` of a key is kept this fresh; more often would make every read a write. Milliseconds. */
const LAST_USED_MS = 60_000;

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

/** Validates the request, waits for its turn where it must, and runs the handler as one transaction. */
async function perform(plane: PlaneContext, route: Route, what: string, actor: Actor, request: FastifyRequest): Promise<unknown> {
  const {
    store,
    clock,
    ids,
    hosts,
    callQueue,
    worker,
    adminId,
    operationTimeMs,
    pgVersions,
    keys,
    audit: trail,
    exports,
    verifyApproval,
    readDatabase: read,
    log,
  } = plane;
  const params = request.params as Record<string, string>;
  const mustBeAdmitted = () => store.transact((tx) => admit(route, { tx, actor, params, adminId }));
  const { body, query } = parseRequest(route, request, mustBeAdmitted);
  const prepared = await route.prepare?.({ keys, audit: trail, verifyApproval, actor, params, body, query, ...mustBeAdmitted() });
  const atWork = new Set<string>();
  const work = () => {
    const at = clock.formatNow();
    const audit = route.effect === "mutation" ? buildAuditContext(actor, at, what, request) : undefined;
    const answer = store.transact((tx) => {
      const asked = { orgId: route.readOrganizationId?.({ body, query }) };
      const admitted = admit(route, { tx, actor, params, adminId, asked });
      return route.handle({
        tx,
        clock,
        ids,
        hosts,
        operationTimeMs,
        pgVersions,
        keys,
        audit: trail,
        exports,
        verifyApproval,
        log,
        at,
        actor,
        params,
        body,
        query,
        prepared,
        ...admitted,
        enqueue: (projectId, steps) => {
          atWork.add(projectId);
          return enqueue(tx, clock, ids, projectId, steps);
        },
      });
    }, audit);
    for (const projectId of atWork) worker.wake(projectId);
    return answer;
  };
  const answer = await (route.exclusive && params.project_id !== undefined ? runInTurn(params.project_id) : work());
  if (answer instanceof AfterCommit) return answer.work(plane);
  if (!(answer instanceof AfterCommitRead)) return answer;
  if (!read) throw new Refusal("schemaNeedsPostgres");
  return answer.read(read);

  function runInTurn(projectId: string): Promise<unknown> {
    // Before the wait: who cannot see a project must not learn from a 423 that it is there.
    mustBeAdmitted();
    return callQueue.run(projectId, work).catch((error: unknown) => {
      const isBusy = error instanceof Refusal && error.reason === "busy";
      throw (isBusy && store.transact((tx) => route.whenBusy?.(tx, params))) || error;
    });
  }
}

/** Missing permission is reported before invalid input: a message about the body would describe a route that is closed to the caller. */
function parseRequest(route: Route, request: FastifyRequest, mustBeAdmitted: () => unknown): { body: unknown; query: unknown } {
  try {
    return { body: parseOrRefuse(route.body, request.body ?? {}), query: parseOrRefuse(route.query, request.query) };
  } catch (error) {
    mustBeAdmitted();
    throw error;
  }
}

function identify({ store, clock }: PlaneContext, request: FastifyRequest): Actor {
  return store.transact((tx) => {
    const actor = authenticate(tx, request.headers.authorization);
    const { key } = actor;
    if (clock.now() - Date.parse(key.last_used_at ?? "1970-01-01") > LAST_USED_MS)
      tx.put("api_key", { ...key, last_used_at: clock.formatNow(), last_used_from_addr: request.ip });
    return actor;
  });
}

function parseOrRefuse<T>(schema: z.ZodType<T> | undefined, value: unknown): T | undefined {
  const parsed = schema?.safeParse(value);
  if (!parsed || parsed.success) return parsed?.data;
  const detail = parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message)).join("; ");
  throw new Refusal("badRequest", { detail });
}

function toRefusal(error: unknown, request: FastifyRequest, { log }: PlaneContext): Refusal {
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
