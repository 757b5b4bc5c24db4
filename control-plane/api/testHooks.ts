import type { FastifyReply, FastifyRequest } from "fastify";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Operation } from "@palisade/neon/contract/wire/common";
import { VpcEndpointOutcome } from "@palisade/neon/contract/wire/vpcEndpoint";
import { findPassword } from "../services/roles.js";
import { decideEndpoint } from "../services/vpcEndpoints.js";
import { AfterCommit, type Route, defineRoute } from "./route.js";
import { type CallInterceptor, PREFIX } from "./server.js";

const TEST = "/x-palisade/test";

/**
 * Something that happens to matching calls, in the order the faults were set, `times` times (default 1).
 * `lost-before`: cut off, nothing done. `lost-after`: done, then cut off. `status`: answered with `status` and, in seconds, `retryAfter`; nothing done.
 * `hang`: only the wait. Each waits `hang` milliseconds first.
 */
const Fault = z.object({
  method: z.enum(["GET", "POST", "PATCH", "PUT", "DELETE"]),
  /** Below /api/v2; `*` or `:name` stands for one part. */
  path: z.string().startsWith("/"),
  times: z.number().int().min(1).default(1),
  kind: z.enum(["lost-before", "lost-after", "status", "hang"]),
  status: z.number().int().min(400).max(599).default(503),
  retryAfter: z.number().int().min(0).optional(),
  hang: z.number().int().min(0).default(0),
});
type Fault = z.infer<typeof Fault>;

/** What tests may do to a plane from outside. */
export class TestHooks implements CallInterceptor {
  private faults: Fault[] = [];
  private readonly calls = new Map<string, number>();
  /** Answers of 400 and above, by status. */
  private readonly refusals = new Map<string, number>();
  private readonly failures = new Map<string, number>();
  private readonly lost = new WeakSet<FastifyRequest>();

  /** @param advance moves the clock by that many seconds */
  constructor(private readonly advance: (seconds: number) => void) {}

  async before(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const url = request.routeOptions.url?.slice(PREFIX.length) ?? "";
    if (url.startsWith(TEST)) return true;
    const what = `${request.method} ${url}`;
    increment(this.calls, what);
    reply.raw.once("finish", () => {
      if (reply.raw.statusCode >= 400) increment(this.refusals, String(reply.raw.statusCode));
    });
    const fault = this.takeFault(request);
    if (!fault) return true;
    if (fault.hang > 0) await delay(fault.hang, undefined, { ref: false });
    switch (fault.kind) {
      case "hang":
        return true;
      case "lost-after":
        this.lost.add(request);
        return true;
      case "lost-before":
        cutConnection(request, reply);
        return false;
      case "status":
        if (fault.retryAfter !== undefined) void reply.header("retry-after", fault.retryAfter);
        await reply.status(fault.status).send({ request_id: request.id, code: "", message: "a fault set by a test" });
        return false;
    }
  }

  after(request: FastifyRequest, reply: FastifyReply): boolean {
    if (!this.lost.has(request)) return true;
    cutConnection(request, reply);
    return false;
  }

  /** Throws as often as a test has asked for this action: three times make an operation fail for good. */
  throwRequestedFailure({ action }: Operation): void {
    const left = this.failures.get(action) ?? 0;
    if (left === 0) return;
    this.failures.set(action, left - 1);
    throw new Error(`a failure of ${action} set by a test`);
  }

  readonly routes: readonly Route[] = [
    defineRoute({
      method: "POST",
      path: `${TEST}/faults`,
      who: "plane",
      least: "none",
      effect: "read",
      body: Fault,
      answers: { 200: z.object({}) },
      handle: ({ body }) => {
        this.faults.push(body);
        return {};
      },
    }),
    defineRoute({
      method: "DELETE",
      path: `${TEST}/faults`,
      who: "plane",
      least: "none",
      effect: "read",
      answers: { 200: z.object({}) },
      handle: () => {
        this.faults = [];
        return {};
      },
    }),
    defineRoute({
      method: "GET",
      path: `${TEST}/calls`,
      who: "plane",
      least: "none",
      effect: "read",
      answers: { 200: z.object({ calls: z.record(z.string(), z.number()), refusals: z.record(z.string(), z.number()) }) },
      handle: () => ({ calls: Object.fromEntries(this.calls), refusals: Object.fromEntries(this.refusals) }),
    }),
    defineRoute({
      method: "DELETE",
      path: `${TEST}/calls`,
      who: "plane",
      least: "none",
      effect: "read",
      answers: { 200: z.object({}) },
      handle: () => {
        this.calls.clear();
        this.refusals.clear();
        return {};
      },
    }),
    defineRoute({
      method: "POST",
      path: `${TEST}/clock`,
      who: "plane",
      least: "none",
      effect: "read",
      body: z.object({ advanceSeconds: z.number().min(0) }),
      answers: { 200: z.object({ now: z.string() }) },
      // What is due then begins at once, with transactions of its own.
      handle: ({ body }) =>
        new AfterCommit(({ clock }) => {
          this.advance(body.advanceSeconds);
          return Promise.resolve({ now: clock.formatNow() });
        }),
    }),
    defineRoute({
      method: "POST",
      path: `${TEST}/operations/fail`,
      who: "plane",
      least: "none",
      effect: "read",
      body: z.object({ action: z.string(), times: z.number().int().min(1).default(3) }),
      answers: { 200: z.object({}) },
      handle: ({ body }) => {
        this.failures.set(body.action, body.times);
        return {};
      },
    }),
    defineRoute({
      method: "POST",
      path: `${TEST}/vpc_endpoints`,
      who: "plane",
      least: "none",
      effect: "read",
      body: VpcEndpointOutcome.extend({ vpc_endpoint_id: z.string() }),
      answers: { 200: z.object({}) },
      /** What becomes of an endpoint: of one that is assigned from now on, or once its time has passed. */
      handle: ({ tx, clock, operationTimeMs, body: { vpc_endpoint_id, becomes, reason } }) => {
        decideEndpoint(tx, vpc_endpoint_id, { becomes, ...(reason !== undefined && { reason }) }, clock.now(), operationTimeMs);
        return {};
      },
    }),
    defineRoute({
      method: "GET",
      path: `${TEST}/secrets`,
      who: "plane",
      least: "none",
      effect: "read",
      answers: { 200: z.object({ passwords: z.array(z.string()), keys: z.array(z.string()) }) },
      /** Keys are those this process has seen made: the store has only their hashes. */
      handle: ({ tx, ids }) => ({
        passwords: tx
          .list("role")
          .map((role) => findPassword(tx, role))
          .filter((password) => password !== undefined),
        keys: [...ids.keys],
      }),
    }),
  ];

  private takeFault(request: FastifyRequest): Fault | undefined {
    const [path = ""] = request.url.slice(PREFIX.length).split("?", 1);
    const fault = this.faults.find((each) => each.method === request.method && isMatch(each.path, path));
    if (fault && --fault.times === 0) this.faults = this.faults.filter((other) => other !== fault);
    return fault;
  }
}

function isMatch(pattern: string, path: string): boolean {
  const [wanted, parts] = [pattern.split("/"), path.split("/")];
  return wanted.length === parts.length && wanted.every((part, index) => part === "*" || part.startsWith(":") || part === parts[index]);
}

function cutConnection(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
