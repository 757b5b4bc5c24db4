import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import { Refusal } from "../domain/refusals.js";
import { enqueue } from "../operations/enqueue.js";
import type { PlaneContext } from "../planeContext.js";
import { admit } from "./access.js";
import type { Actor } from "./actor.js";
import { buildAuditContext } from "./audit.js";
import { AfterCommit, AfterCommitRead, type Route } from "./route.js";

/** What of a request a route is given. */
export type CallRequest = Pick<FastifyRequest, "id" | "ip" | "params" | "query"> & { readonly body?: unknown };

/** Validates the request, waits for its turn where it must, and runs the handler as one transaction. */
export async function perform(plane: PlaneContext, route: Route, what: string, actor: Actor, request: CallRequest): Promise<unknown> {
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
    exports: auditExports,
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
        exports: auditExports,
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
function parseRequest(route: Route, request: CallRequest, mustBeAdmitted: () => unknown): { body: unknown; query: unknown } {
  try {
    return { body: parseOrRefuse(route.body, request.body ?? {}), query: parseOrRefuse(route.query, request.query) };
  } catch (error) {
    mustBeAdmitted();
    throw error;
  }
}

function parseOrRefuse<T>(schema: z.ZodType<T> | undefined, value: unknown): T | undefined {
  const parsed = schema?.safeParse(value);
  if (!parsed || parsed.success) return parsed?.data;
  const detail = parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message)).join("; ");
  throw new Refusal("badRequest", { detail });
}
