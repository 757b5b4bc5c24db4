import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import { operationFailed, operationPending } from "../../contract/operations.js";
import type { Operation } from "../../contract/wire/common.js";

/** Milliseconds. Neon's operations take seconds; the longest seen (large branches, restores) minutes. */
const OPERATION_DEADLINE_MS = 10 * 60_000;
const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 2_000;

/**
 * Waits until every operation has ended well.
 * @throws PAL_OPERATION_FAILED for one that did not, PAL_DEADLINE, PAL_CANCELLED: each names the operation and where it stood
 */
export async function settled(
  operations: readonly Operation[],
  read: (operation: Operation) => Promise<Operation>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + OPERATION_DEADLINE_MS;
  for (const started of operations) {
    let now = started;
    for (let pause = FIRST_POLL_MS; operationPending(now.status); pause = Math.min(pause * 1.5, LONGEST_POLL_MS)) {
      if (signal?.aborted) throw new PalisadeError("PAL_CANCELLED", `while ${describe(now)}`);
      if (Date.now() > deadline) throw new PalisadeError("PAL_DEADLINE", describe(now));
      await sleep(pause, undefined, signal ? { signal } : {}).catch(() => undefined);
      now = await read(now);
    }
    if (operationFailed(now.status))
      throw new PalisadeError("PAL_OPERATION_FAILED", `${describe(now)}${now.error ? `: ${now.error}` : ""}`);
  }
}

const describe = ({ action, id, project_id, status }: Operation) => `operation ${action} (${id}) of project ${project_id} is ${status}`;
