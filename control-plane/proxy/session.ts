import { messageOf } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Proved, ScramVerifier } from "../passwords/scram.js";
import { type Backend, type EndpointRules, type Lease, WakeRefusal } from "./backend.js";
import type { CancelKeys } from "./cancelKeys.js";
import type { Channel } from "./channel.js";
import { ComputeRefusal, logIn, reach } from "./compute.js";
import type { Limits } from "./limits.js";
import { refusal } from "./refusals.js";

/** A session with the compute, ready for the client's first query. */
export interface Session {
  readonly compute: Channel;
  /** What Postgres said to the client after AuthenticationOk. */
  readonly greeting: Buffer;
  /** Hangs up and lets the compute sleep. */
  end: () => void;
}

/**
 * Wakes the compute and logs in to it, within one deadline. A compute that died between the two is woken once more.
 * Throws a Refusal, or ComputeRefusal when Postgres itself says no; faults of the plane are logged.
 */
export async function openSession(
  door: { backend: Backend; cancelKeys: CancelKeys; limits: Limits; log: (line: PlaneLogLine) => void },
  who: { rules: EndpointRules; verifier: ScramVerifier; proved: Proved },
  parameters: readonly (readonly [string, string])[],
): Promise<Session> {
  const { endpointId } = who.rules;
  const late = AbortSignal.timeout(door.limits.computeMs);
  try {
    const { lease, compute } = await reachAwake(door.backend, endpointId, late);
    let ownKey: Buffer | undefined;
    const end = () => {
      compute.stream.destroy();
      if (ownKey) door.cancelKeys.forget(ownKey);
      lease.release();
    };
    const newKey = (key: Buffer) => (ownKey = door.cancelKeys.issue({ endpointId, socketPath: lease.socketPath, key }));
    try {
      const greeting = await beforeLate(late, logIn(compute, parameters, who.proved, who.verifier, newKey), () => undefined);
      return { compute, greeting, end };
    } catch (error) {
      end();
      throw error;
    }
  } catch (error) {
    if (error instanceof ComputeRefusal) throw error;
    if (error instanceof WakeRefusal) throw refusal("wake-refused", error.message);
    door.log({ level: "error", event: "compute-unavailable", endpointId, error: messageOf(error) });
    throw refusal("compute-unavailable");
  }
}

async function reachAwake(backend: Backend, endpointId: string, late: AbortSignal): Promise<{ lease: Lease; compute: Channel }> {
  for (let attempt = 1; ; attempt++) {
    const lease = await beforeLate(late, backend.wake(endpointId), ({ release }) => {
      release();
    });
    try {
      const compute = await beforeLate(late, reach(lease.socketPath), ({ stream }) => {
        stream.destroy();
      });
      return { lease, compute };
    } catch (error) {
      lease.release();
      if (attempt === 2) throw error;
    }
  }
}

/** What comes after the deadline is given to `unwanted`. */
async function beforeLate<T>(late: AbortSignal, work: Promise<T>, unwanted: (value: T) => void): Promise<T> {
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
