import type { Channel } from "./channel.js";
import { reach } from "./compute.js";

/** Milliseconds. Forking at once would compete with the first query of the login before it: measured, 6 % of the time to its answer. */
const REFILLED_AFTER_MS = 20;
/** Half of what Postgres gives a client to say who it is (authentication_timeout). */
const KEPT_MS = 30_000;

/**
 * One silent connection to each compute in use, for which Postgres has forked already: the next login begins there and saves that time.
 * It is made only after somebody has logged in, so that strangers start nothing; to Postgres it is a client that has not said a byte,
 * holds no place among the connections and is in nobody's list of sessions.
 */
export class Spares {
  /** `undefined` while it is being made. */
  private readonly spares = new Map<string, { channel: Channel; timer: NodeJS.Timeout } | undefined>();
  private isClosed = false;

  /** By the path of the socket, which is another at each start of a compute. */
  take(socketPath: string): Channel | undefined {
    const spare = this.spares.get(socketPath);
    if (spare === undefined) return undefined;
    this.spares.delete(socketPath);
    clearTimeout(spare.timer);
    // Postgres has nothing to say to a client that said nothing, but that it ends.
    if (!spare.channel.isOver && spare.channel.pending === 0) return spare.channel;
    spare.channel.stream.destroy();
    return undefined;
  }

  /** Makes one soon, unless there is one. */
  refill(socketPath: string): void {
    if (this.isClosed || this.spares.has(socketPath)) return;
    this.spares.set(socketPath, undefined);
    setTimeout(() => {
      if (this.isClosed) return;
      reach(socketPath).then(
        (channel) => {
          this.keep(socketPath, channel);
        },
        () => this.spares.delete(socketPath),
      );
    }, REFILLED_AFTER_MS).unref();
  }

  close(): void {
    this.isClosed = true;
    for (const socketPath of this.spares.keys()) this.drop(socketPath);
  }

  get size(): number {
    return this.spares.size;
  }

  private keep(socketPath: string, channel: Channel): void {
    const drop = () => {
      if (this.spares.get(socketPath)?.channel === channel) this.drop(socketPath);
    };
    channel.stream.once("close", drop);
    this.spares.set(socketPath, { channel, timer: setTimeout(drop, KEPT_MS).unref() });
    if (this.isClosed || channel.isOver) this.drop(socketPath);
  }

  private drop(socketPath: string): void {
    const spare = this.spares.get(socketPath);
    this.spares.delete(socketPath);
    clearTimeout(spare?.timer);
    spare?.channel.stream.destroy();
  }
}
