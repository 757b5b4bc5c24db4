import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { type Acknowledged, type Batch, isBlocking, type Sink } from "./sinks/sink.js";

/** Until the sink is there, a batch is no larger than the smallest of them takes; bytes. */
const FIRST_BATCH_BYTES = 262_144;

/**
 * A sink that may not be had yet: its entry of the operator is missing, or another export still has its file. That is a failure of its deliveries,
 * told and tried again as every other.
 */
export class LateSink implements Sink {
  private sink: Sink | undefined;
  /** Why it is not there. */
  problem: { readonly reason: string; readonly blocked: boolean } | undefined;

  constructor(private readonly open: () => Sink) {
    try {
      this.ensure();
    } catch (error) {
      this.problem = { reason: formatErrorMessage(error), blocked: isBlocking(error) };
    }
  }

  get maxBatchBytes(): number {
    return this.sink?.maxBatchBytes ?? FIRST_BATCH_BYTES;
  }

  get gatherMs(): number {
    return this.sink?.gatherMs ?? 0;
  }

  get confirmed(): number {
    return this.sink?.confirmed ?? 0;
  }

  get acknowledged(): Acknowledged | undefined {
    return this.sink?.acknowledged;
  }

  deliver(batch: Batch, signal: AbortSignal): Promise<void> {
    return this.ensure().deliver(batch, signal);
  }

  async close(): Promise<void> {
    await this.sink?.close();
  }

  private ensure(): Sink {
    this.sink ??= this.open();
    this.problem = undefined;
    return this.sink;
  }
}
