import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Route } from "../api/route.js";
import { toRefusal } from "../api/server.js";
import type { PlaneContext } from "../planeContext.js";
import type { Console } from "./console.js";
import { ConsoleFailure } from "./failure.js";
import {
  acceptsHtml,
  AUDIT_PATH,
  type ConsoleAnswer,
  type ConsoleTarget,
  DECISIONS_PATH,
  PROJECT_PATH,
  SIGN_IN_PATH,
  SIGN_OUT_PATH,
} from "./requests.js";

/** A form with a key. */
const FORM_LIMIT_BYTES = 4_096;
/** For all of it to come; milliseconds. */
const FORM_DEADLINE_MS = 5_000;

const PAGES: readonly (readonly [path: string, target: ConsoleTarget])[] = [
  ["/", "overview"],
  ["/console", "missing"],
  [`${PROJECT_PATH}:project_id`, "project"],
  [DECISIONS_PATH, "decisions"],
  [AUDIT_PATH, "audit"],
  ["/console/*", "missing"],
];
const FORMS: readonly (readonly [path: string, target: ConsoleTarget])[] = [
  [SIGN_IN_PATH, "signIn"],
  [SIGN_OUT_PATH, "signOut"],
];

/** Puts the console beside the API. Its pages are loaded when the first of them is asked for: a start does not wait for them. */
export function mountConsole(app: FastifyInstance, plane: PlaneContext, routes: readonly Route[]): void {
  let loaded: Promise<Console> | undefined;
  const load = () => (loaded ??= import("./console.js").then(({ Console }) => new Console(plane, routes)));
  const answer = (target: ConsoleTarget) => async (request: FastifyRequest, reply: FastifyReply) => {
    if (!isForPeople(request)) {
      reply.callNotFound();
      return reply;
    }
    const { project_id: projectId } = request.params as { project_id?: string };
    const { url, headers, id, ip, body, raw } = request;
    const form = typeof body === "string" ? body : undefined;
    const { socket } = raw;
    const asked = { target, projectId, url, headers, form, id, ip, port: socket.localPort ?? 0, isAwaited: () => !socket.destroyed };
    const console = await load();
    return send(reply, await console.answer(asked));
  };
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: FORM_LIMIT_BYTES },
      (_request, text, parsed) => {
        parsed(null, text);
      },
    );
    scope.setErrorHandler(async (error, request, reply) => {
      if (!isForPeople(request)) throw error;
      const known = error instanceof ConsoleFailure ? error : isTooLarge(error) ? createTooLarge() : toRefusal(error, request, plane);
      return send(reply, (await load()).renderFailure(known));
    });
    for (const [url, target] of PAGES) scope.get(url, { exposeHeadRoute: true }, answer(target));
    for (const [url, target] of FORMS) scope.post(url, { onRequest: endLate }, answer(target));
    done();
  });
}

/** An SDK that has lost its path gets the API's answers at `/`, as ever, however the request spells it. */
const isForPeople = ({ routeOptions, headers }: FastifyRequest): boolean => routeOptions.url !== "/" || acceptsHtml(headers.accept);

const isTooLarge = (error: unknown): boolean => (error as { code?: unknown }).code === "FST_ERR_CTP_BODY_TOO_LARGE";

const createTooLarge = (): ConsoleFailure =>
  new ConsoleFailure(
    413,
    "Too large",
    `The form has more than ${FORM_LIMIT_BYTES} bytes, and a key is shorter. Give it the API key alone.`,
  );

/** Whoever sends a form byte by byte holds nothing open for long. */
function endLate({ raw }: FastifyRequest, _reply: FastifyReply, next: () => void): void {
  const timer = setTimeout(() => raw.destroy(), FORM_DEADLINE_MS).unref();
  raw.once("close", () => {
    clearTimeout(timer);
  });
  next();
}

const send = (reply: FastifyReply, { status, headers, body }: ConsoleAnswer): FastifyReply =>
  reply.status(status).headers(headers).send(body);
