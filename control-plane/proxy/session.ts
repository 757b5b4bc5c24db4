import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { type Backend, type Lease, WakeRefusal } from "./backend.js";
import { type Channel, PeerClosed } from "./channel.js";
import { cancelQuery, ComputeRefusal, logIn, connectToSocket } from "./computeLogin.js";
import type { AuthenticatedRole } from "./loginAttempt.js";
import type { ProxyContext } from "./proxyContext.js";
import { createRefusal } from "./refusals.js";

/** A session with the compute, ready for the client's first query. */
export interface Session {
  readonly compute: Channel;
  /** What Postgres said to the client after AuthenticationOk. */
  readonly greeting: Buffer;
  /** Stops what it is doing. Rejects where the compute cannot be reached. */
  cancel: () => Promise<void>;
  /** Hangs up and lets the compute sleep. */
  end: () => void;
}

type SessionContext = Pick<ProxyContext, "backend" | "cancelKeys" | "limits" | "log" | "prewarmed">;

/**
 * Wakes the compute and logs in to it, within one deadline. A compute that died between the two is woken once more, and what fails while the API
 * is still at work on the branch is tried again once that is done: the compute, the role, its password or the database may be what is being made.
 * Throws a Refusal, or ComputeRefusal when Postgres itself says no; faults of the plane are logged.
 */
export async function openSession(
  proxy: SessionContext,
  who: AuthenticatedRole,
  parameters: readonly (readonly [string, string])[],
): Promise<Session> {
  const { endpointId } = who.rules;
  const late = AbortSignal.timeout(proxy.limits.computeMs);
  let impatient: AbortSignal | undefined;
  for (;;) {
    try {
      return await wakeAndLogIn(proxy, who, parameters, late);
    } catch (error) {
      impatient ??= AbortSignal.timeout(proxy.limits.settleMs);
      if (!late.aborted && (await proxy.backend.waitForOperations(endpointId, impatient))) continue;
      if (error instanceof ComputeRefusal) throw error;
      if (error instanceof WakeRefusal) throw createRefusal("wake-refused", error.message);
      proxy.log({ level: "error", event: "compute-unavailable", endpointId, error: formatErrorMessage(error) });
      throw createRefusal("compute-unavailable");
    }
  }
}

async function wakeAndLogIn(
  proxy: SessionContext,
  who: AuthenticatedRole,
  parameters: readonly (readonly [string, string])[],
  late: AbortSignal,
): Promise<Session> {
  const { endpointId } = who.rules;
  const names = new Map(parameters);
  const to = { pooled: who.pooled, database: names.get("database") ?? names.get("user") ?? "" };
  for (;;) {
    const { lease, compute, isPrewarmed } = await wakeAndConnect(proxy, endpointId, to, late);
    const session = new SessionAttempt(proxy, endpointId, lease, compute);
    try {
      const greeting = await raceWithDeadline(
        late,
        logIn(compute, parameters, who.proved, who.verifier, session.replaceKey),
        () => undefined,
      );
      // A pooler has sessions ready itself.
      if (!lease.pooled) proxy.prewarmed.refill(lease.socketPath);
      return { compute, greeting, cancel: session.cancel, end: session.end };
    } catch (error) {
      session.end();
      // It was let go, or its Postgres died, while it waited: whether Postgres itself refuses is for a connection of its own to say.
      if (!(isPrewarmed && (error instanceof PeerClosed || error instanceof ComputeRefusal))) throw error;
    }
  }
}

/** What one attempt holds, to be let go together. */
class SessionAttempt {
  private ownKey: Buffer | undefined;
  private computeKey: Buffer | undefined;

  constructor(
    private readonly proxy: SessionContext,
    private readonly endpointId: string,
    private readonly lease: Lease,
    private readonly compute: Channel,
  ) {}

  readonly replaceKey = (key: Buffer): Buffer => {
    this.computeKey = key;
    return (this.ownKey = this.proxy.cancelKeys.issue({ endpointId: this.endpointId, socketPath: this.lease.socketPath, key }));
  };

  readonly cancel = async (): Promise<void> => {
    if (this.computeKey) await cancelQuery(this.lease.socketPath, this.computeKey);
  };

  readonly end = (): void => {
    this.compute.stream.destroy();
    if (this.ownKey) this.proxy.cancelKeys.remove(this.ownKey);
    this.lease.release();
  };
}

async function wakeAndConnect(
  { backend, prewarmed: spares }: SessionContext,
  endpointId: string,
  to: Parameters<Backend["wake"]>[1],
  late: AbortSignal,
): Promise<{ lease: Lease; compute: Channel; isPrewarmed: boolean }> {
  for (let attempt = 1; ; attempt++) {
    // A pooler that has died this moment does not keep anybody out: the second attempt is a session with Postgres itself.
    const lease = await raceWithDeadline(late, backend.wake(endpointId, { ...to, pooled: to.pooled && attempt === 1 }), ({ release }) => {
      release();
    });
    const readyChannel = spares.take(lease.socketPath);
    if (readyChannel) return { lease, compute: readyChannel, isPrewarmed: true };
    try {
      const compute = await raceWithDeadline(late, connectToSocket(lease.socketPath), ({ stream }) => {
        stream.destroy();
      });
      return { lease, compute, isPrewarmed: false };
    } catch (error) {
      lease.release();
      if (attempt === 2) throw error;
    }
  }
}

/** What comes after the deadline is given to `unwanted`. */
async function raceWithDeadline<T>(late: AbortSignal, work: Promise<T>, unwanted: (value: T) => void): Promise<T> {
  let giveUp = (): void => undefined;
  const deadline = new Promise<never>((_, reject) => {
    giveUp = () => {
      work.then(unwanted, () => undefined);
      reject(new Error("not awake and logged in by the deadline"));
    };
    if (late.aborted) giveUp();
    else late.addEventListener("abort", giveUp);
  });
  try {
    return await Promise.race([deadline, work]);
  } finally {
    late.removeEventListener("abort", giveUp);
  }
}
