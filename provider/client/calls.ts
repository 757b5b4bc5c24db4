import * as sdk from "@neon/sdk/raw";
import type { z } from "zod";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { type Operation, OperationResponse, OperationsPage } from "../../contract/wire/common.js";
import { assertAddressable } from "./address.js";
import { settled } from "./operations.js";
import { Queues } from "./queue.js";
import { LIMITS, transport, type TransportOptions } from "./transport.js";

/** An answer whose operations still run. */
export interface Started<R> {
  answer: R;
  settle: () => Promise<void>;
}

/** The newest of a project. Ours are among them unless others are very busy there. */
const OPERATIONS_PAGE = 100;

interface WithOperations {
  operations?: Operation[] | undefined;
}

/**
 * How calls are made. Answers are validated by the contract; changes of one project run one after another, each until its operations have
 * ended, so that our own calls never meet as 423.
 */
export class Calls {
  readonly client: sdk.Client;
  /** For calls that must not be repeated as they are. */
  readonly once: typeof fetch;
  readonly queues = new Queues();
  readonly signal: AbortSignal | undefined;
  private readonly apiKey: string;

  constructor(apiUrl: string, options: TransportOptions) {
    this.once = transport({ ...options, limits: { ...(options.limits ?? LIMITS), retry: 0 } });
    this.client = sdk.createClient(sdk.createConfig({ baseUrl: apiUrl, fetch: transport(options), requestValidator: assertAddressable }));
    this.signal = options.signal;
    this.apiKey = options.apiKey;
  }

  /** Whether these calls are made with this key. */
  uses = (key: unknown): boolean => key === this.apiKey;

  /** A change whose operations the caller waits for. The project's turn ends with them. */
  change<S extends z.ZodType<WithOperations>>(projectId: string, schema: S, call: () => Promise<unknown>): Promise<Started<z.output<S>>> {
    return new Promise((resolve, reject) => {
      const turn = async () => {
        const started = await this.send(schema, call);
        resolve(started);
        // Whoever awaits `settle` sees the failure; here it only ends the turn.
        await started.settle().catch(() => undefined);
      };
      this.queues.run(projectId, turn).catch(reject);
    });
  }

  async done<S extends z.ZodType<WithOperations>>(projectId: string, schema: S, call: () => Promise<unknown>): Promise<z.output<S>> {
    const { answer, settle } = await this.change(projectId, schema, call);
    await settle();
    return answer;
  }

  async send<S extends z.ZodType<WithOperations>>(schema: S, call: () => Promise<unknown>): Promise<Started<z.output<S>>> {
    const answer = await this.ask(schema, call());
    const ended = this.settled(answer.operations ?? []);
    ended.catch(() => undefined);
    return { answer, settle: () => ended };
  }

  private settled = (operations: readonly Operation[]) =>
    settled(
      operations,
      async ([{ project_id, id }, ...rest]) => {
        if (rest.length > 0) {
          const query = { limit: OPERATIONS_PAGE };
          const { operations: newest } = await this.ask(
            OperationsPage,
            sdk.listProjectOperations({ client: this.client, path: { project_id }, query }),
          );
          if (newest.some((operation) => operation.id === id)) return newest;
        }
        const path = { project_id, operation_id: id };
        return [(await this.ask(OperationResponse, sdk.getProjectOperation({ client: this.client, path }))).operation];
      },
      this.signal,
    );

  /** Unpacks the SDK's result: our transport's own errors come out as they went in, and the answer has the contract's shape. */
  async ask<S extends z.ZodType>(schema: S | undefined, call: Promise<unknown>): Promise<z.output<S>> {
    const { data, error } = (await call) as { data: unknown; error?: Error };
    if (error) throw error.cause instanceof PalisadeError ? error.cause : new PalisadeError("PAL_INTERNAL", error.message);
    if (!schema) return undefined as z.output<S>;
    const parsed = schema.safeParse(data);
    if (!parsed.success)
      throw new PalisadeError("PAL_BAD_ANSWER", parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    return parsed.data;
  }
}

/** undefined when the API's own 404 says that it is not there. */
export const absent = <R>(call: Promise<R>): Promise<R | undefined> =>
  call.catch((error: unknown) => {
    if (isPalisadeError(error, "PAL_NOT_FOUND")) return undefined;
    throw error;
  });
