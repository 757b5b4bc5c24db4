import * as sdk from "@neon/sdk/raw";
import type { z } from "zod";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { type Operation, OperationResponse, OperationsPage } from "../../contract/wire/common.js";
import { assertAddressable } from "./address.js";
import { OperationPoller } from "./operationPoller.js";
import { SerialQueues } from "./serialQueues.js";
import { LIMITS, createTransport, type TransportOptions } from "./transport.js";

/** An answer whose operations still run. */
export interface StartedChange<R> {
  answer: R;
  settle: () => Promise<void>;
}

/** The newest of a project. Ours are among them unless others are very busy there. */
const OPERATIONS_PAGE = 100;

/** Of two clocks that are compared by whole seconds. */
const CLOCK_DOUBT_MS = 2_000;

interface WithOperations {
  operations?: Operation[] | undefined;
}

/**
 * How calls are made. Answers are validated by the contract; changes of one project run one after another, each when the operations
 * of the one before have ended, so that our own calls never meet as 423.
 */
export class Calls {
  readonly client: sdk.Client;
  /** Host and port of the API. */
  readonly host: string;
  /** For calls that must not be repeated as they are. */
  readonly singleAttemptFetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
  private readonly apiKey: string;
  private readonly inFlight = new Map<string, Promise<unknown>>();
  private readonly deletions: Promise<void>[] = [];
  private readonly queues = new SerialQueues();
  protected readonly operations: OperationPoller;

  /** By how much the API's clock is ahead of ours. Milliseconds. */
  private clockAheadMs = 0;

  constructor(apiUrl: string, given: TransportOptions) {
    const tellsTime = (now: number) => {
      this.clockAheadMs = now - Date.now();
    };
    const options = { ...given, onServerTime: tellsTime };
    this.host = new URL(apiUrl).host;
    this.singleAttemptFetch = createTransport({ ...options, limits: { ...(options.limits ?? LIMITS), retry: 0 } });
    this.client = sdk.createClient(
      sdk.createConfig({ baseUrl: apiUrl, fetch: createTransport(options), requestValidator: assertAddressable }),
    );
    this.signal = options.signal;
    this.apiKey = options.apiKey;
    this.operations = new OperationPoller((projectId, ids) => this.listOperations(projectId, ids), options.signal);
  }

  /** Whether these calls are made with this key. */
  isOwnKey = (key: unknown): boolean => key === this.apiKey;

  /** Whether the API made something after a moment of ours; in doubt it did. An answer tells the time in whole seconds. */
  isSince = (createdAt: string, momentMs: number | undefined): boolean =>
    momentMs === undefined || Date.parse(createdAt) >= momentMs + this.clockAheadMs - CLOCK_DOUBT_MS;

  /** Work on a project when it is its turn: nothing else of ours is under way there. */
  runSerially = <R>(projectId: string, work: () => Promise<R>): Promise<R> =>
    this.queues.run(projectId, () => this.operations.runAfterPending(projectId, work));

  /** A change whose operations the caller waits for. */
  startChange = <S extends z.ZodType<WithOperations>>(
    projectId: string,
    schema: S,
    call: () => Promise<unknown>,
  ): Promise<StartedChange<z.output<S>>> => this.runSerially(projectId, () => this.send(schema, call));

  /** Who asks while the same is being asked gets the same answer. */
  protected shareInFlight<R>(what: string, ask: () => Promise<R>): Promise<R> {
    const asked = (this.inFlight.get(what) as Promise<R> | undefined) ?? ask().finally(() => this.inFlight.delete(what));
    this.inFlight.set(what, asked);
    return asked;
  }

  async completeChange<S extends z.ZodType<WithOperations>>(
    projectId: string,
    schema: S,
    call: () => Promise<unknown>,
  ): Promise<z.output<S>> {
    const { answer, settle } = await this.startChange(projectId, schema, call);
    await settle();
    return answer;
  }

  /** A deletion: gone once it is answered. What it set going is waited for by {@link waitForDeletions}. */
  async startDeletion(projectId: string, schema: z.ZodType<WithOperations>, call: () => Promise<unknown>): Promise<void> {
    await this.runSerially(projectId, async () => {
      const operations = (await this.ask(schema, call())).operations ?? [];
      const [first] = operations;
      if (first) this.deletions.push(this.operations.waitForOperations(first.project_id, operations, false));
      // Whoever awaits them all sees the failure.
      this.deletions.at(-1)?.catch(() => undefined);
    });
  }

  /** How all deletions so far have ended. @throws what {@link OperationPoller.waitForOperations} throws */
  async waitForDeletions(): Promise<void> {
    const ends = this.deletions.splice(0);
    if (ends.length > 0) this.operations.pollAll();
    const failed = (await Promise.allSettled(ends)).find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  }

  async send<S extends z.ZodType<WithOperations>>(schema: S, call: () => Promise<unknown>): Promise<StartedChange<z.output<S>>> {
    const answer = await this.ask(schema, call());
    const operations = answer.operations ?? [];
    const [first] = operations;
    const ended = first ? this.operations.waitForOperations(first.project_id, operations) : Promise.resolve();
    // Whoever awaits `settle` sees the failure.
    ended.catch(() => undefined);
    return { answer, settle: () => ended };
  }

  private async listOperations(project_id: string, ids: readonly string[]): Promise<Operation[]> {
    const query = { limit: OPERATIONS_PAGE };
    const { operations } = await this.ask(OperationsPage, sdk.listProjectOperations({ client: this.client, path: { project_id }, query }));
    const missing = ids.filter((id) => !operations.some((operation) => operation.id === id));
    const others = missing.map(async (operation_id) => {
      const path = { project_id, operation_id };
      return (await this.ask(OperationResponse, sdk.getProjectOperation({ client: this.client, path }))).operation;
    });
    return [...operations, ...(await Promise.all(others))];
  }

  /** Unpacks the SDK's result: our transport's own errors come out as they went in, and the answer has the contract's shape. */
  async ask<S extends z.ZodType>(schema: S | undefined, call: Promise<unknown>): Promise<z.output<S>> {
    const { data, error } = (await call) as { data: unknown; error?: Error };
    // Neon's own functions wrap it; calls beside them do not.
    if (error instanceof PalisadeError) throw error;
    if (error) throw error.cause instanceof PalisadeError ? error.cause : new PalisadeError("PAL_INTERNAL", error.message);
    if (!schema) return undefined as z.output<S>;
    const parsed = schema.safeParse(data);
    if (!parsed.success)
      throw new PalisadeError("PAL_BAD_ANSWER", parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    return parsed.data;
  }
}

/** undefined when the API's own 404 says that it is not there. */
export const catchNotFound = <R>(call: Promise<R>): Promise<R | undefined> =>
  call.catch((error: unknown) => {
    if (isPalisadeError(error, "PAL_NOT_FOUND")) return undefined;
    throw error;
  });
