import { randomBytes } from "node:crypto";

/** Whose work a cancel request stops. */
export interface Cancellable {
  readonly endpointId: string;
  readonly socketPath: string;
  /** Postgres' own key, which no client ever sees. */
  readonly key: Buffer;
}

/** The keys that the proxy hands out: 8 random bytes each, good as long as the session. */
export class CancelKeys {
  private readonly sessions = new Map<string, Cancellable>();

  issue(session: Cancellable): Buffer {
    const key = randomBytes(8);
    this.sessions.set(key.toString("hex"), session);
    return key;
  }

  find(key: Buffer): Cancellable | undefined {
    return this.sessions.get(key.toString("hex"));
  }

  remove(key: Buffer): void {
    this.sessions.delete(key.toString("hex"));
  }

  get size(): number {
    return this.sessions.size;
  }
}
