import type { z } from "zod";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Operation } from "@palisade/neon/contract/wire/common";
import type { Clock } from "../clock.js";
import type { Hosts } from "../hosts.js";
import type { IdGenerator } from "../idGenerator.js";
import type { ReadDatabase } from "../computes/readDatabase.js";
import type { PgVersions } from "../domain/pgVersions.js";
import type { Refusal } from "../domain/refusals.js";
import type { Step } from "../domain/actions.js";
import type { Tx } from "../store/store.js";
import type { PlaneContext } from "../planeContext.js";
import type { AdmissionContext, Effect, LeastRole, CallerScope } from "./access.js";
import type { Actor } from "./actor.js";

/** Names of the `:name` parts of a path. */
type ParamNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a handler is given, besides what `who` admits it to. */
export interface Call<Path extends string, Body, Query, Prepared = undefined> {
  readonly tx: Tx;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly hosts: Hosts;
  /** How long one operation takes, in milliseconds. */
  readonly operationTimeMs: number;
  readonly pgVersions: PgVersions;
  readonly keys: PlaneContext["keys"];
  readonly audit: PlaneContext["audit"];
  readonly exports: PlaneContext["exports"];
  readonly verifyApproval: PlaneContext["verifyApproval"];
  readonly log: (line: PlaneLogLine) => void;
  /** Now: RFC 3339. */
  readonly at: string;
  readonly actor: Actor;
  readonly params: Readonly<Record<ParamNames<Path>, string>>;
  readonly body: Body;
  readonly query: Query;
  /** What `prepare` of the route has found. */
  readonly prepared: Prepared;
  /** Queues work for a project, in this transaction; it starts after the commit. */
  enqueue: (projectId: string, steps: readonly Step[]) => Operation[];
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One route, whole: who may call it, what it takes, what it answers, what it does. */
export interface RouteDeclaration<Path extends string, W extends CallerScope, E extends Effect, Body, Query, Prepared = undefined> {
  method: Method;
  /** Below /api/v2. */
  path: Path;
  who: W;
  /** The least role that its caller needs there; docs/access.md is made of it. */
  least: LeastRole<W, E>;
  /** Which organisation is meant, where `who` is `chosenOrganization`; undefined: the key's own. */
  readOrganizationId?(asked: { body: Body; query: Query }): string | undefined;
  effect: E;
  /** Waits for the project's open operations, and is refused with 423 when they take too long. */
  exclusive?: true;
  /** A body that is not sent counts as {}. */
  body?: z.ZodType<Body>;
  query?: z.ZodType<Query>;
  /** Shape per status. The first is success; a handler that returns undefined answers 204, where it is declared. */
  answers: Readonly<Record<number, z.ZodType>>;
  /** A more specific refusal than `busy` (423). */
  whenBusy?(tx: Tx, params: Readonly<Record<ParamNames<Path>, string>>): Refusal | undefined;
  /** For openapi.json, where the path and the shapes do not say enough. */
  description?: string;
  /**
   * Asks other services first: awaited before the transaction, for admitted callers. It changes nothing, and who may no longer call when
   * the transaction begins is refused then.
   */
  prepare?(
    asked: Pick<Call<Path, Body, Query>, "keys" | "audit" | "verifyApproval" | "actor" | "params" | "body" | "query"> & AdmissionContext[W],
  ): Promise<Prepared>;
  /** Runs inside one transaction, synchronously. A throw undoes everything. May return a FromPostgres or an AfterCommit. */
  handle(call: Call<Path, Body, Query, Prepared> & AdmissionContext[W]): unknown;
}

/** A read from Postgres that the answer needs: runs after the commit, and is awaited. */
export class AfterCommitRead {
  constructor(readonly read: (read: ReadDatabase) => Promise<unknown>) {}
}

/** Work outside of the store, done after the commit and awaited; its result is the call's answer. */
export class AfterCommit {
  constructor(readonly work: (plane: PlaneContext) => Promise<unknown>) {}
}

/** A route as the server mounts it. */
export type Route = RouteDeclaration<string, CallerScope, Effect, unknown, unknown, unknown>;

/** Checks a declaration against the types it implies. */
export const defineRoute = <
  Path extends string,
  W extends CallerScope,
  E extends Effect,
  Body = undefined,
  Query = undefined,
  Prepared = undefined,
>(
  declaration: RouteDeclaration<Path, W, E, Body, Query, Prepared>,
): Route => declaration;
