import type { Channel } from "./channel.js";
import { connectToSocket } from "./computeLogin.js";

/** Milliseconds. Forking at once would compete with the first query of the login before it: measured, 6 % of the time to its answer. */
const REFILL_AFTER_MS = 20;
/** Half of what Postgres gives a client to say who it is (authentication_timeout). */
const KEEP_MS = 30_000;

/**
 * One silent connection to each compute in use, for which Postgres has forked already: the next login begins there and saves that time.
 * It is made only after somebody has logged in, so that unauthenticated clients start nothing; to Postgres it is a client that has not said a byte,
 * holds no place among the connections and is in nobody's list of sessions.
 */
export class PrewarmedConnections {
  /** `undefined` while it is being made. */
  private readonly connections = new Map<string, { channel: Channel; timer: NodeJS.Timeout } | undefined>();
  private isClosed = false;

  /** By the path of the socket, which is another at each start of a compute. */
  take(socketPath: string): Channel | undefined {
    const entry = this.connections.get(socketPath);
    if (entry === undefined) return undefined;
    this.connections.delete(socketPath);
    clearTimeout(entry.timer);
    // Postgres has nothing to say to a client that said nothing, but that it ends.
    if (!entry.channel.isOver && entry.channel.pending === 0) return entry.channel;
    entry.channel.stream.destroy();
    return undefined;
  }

  /** Makes one soon, unless there is one. */
  refill(socketPath: string): void {
    if (this.isClosed || this.connections.has(socketPath)) return;
    this.connections.set(socketPath, undefined);
    setTimeout(() => {
      if (this.isClosed) return;
      connectToSocket(socketPath).then(
        (channel) => {
          this.keep(socketPath, channel);
        },
        () => this.connections.delete(socketPath),
      );
    }, REFILL_AFTER_MS).unref();
  }

  close(): void {
    this.isClosed = true;
    for (const socketPath of this.connections.keys()) this.drop(socketPath);
  }

  get size(): number {
    return this.connections.size;
  }

  private keep(socketPath: string, channel: Channel): void {
    const drop = () => {
      if (this.connections.get(socketPath)?.channel === channel) this.drop(socketPath);
    };
    channel.stream.once("close", drop);
    this.connections.set(socketPath, { channel, timer: setTimeout(drop, KEEP_MS).unref() });
    if (this.isClosed || channel.isOver) this.drop(socketPath);
  }

  private drop(socketPath: string): void {
    const entry = this.connections.get(socketPath);
    this.connections.delete(socketPath);
    clearTimeout(entry?.timer);
    entry?.channel.stream.destroy();
  }
}
