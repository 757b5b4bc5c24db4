import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import { operationFailed, operationPending } from "../../contract/operations.js";
import type { Operation } from "../../contract/wire/common.js";

/** Milliseconds. Neon's operations take seconds; the longest seen (large branches, restores) minutes. */
const OPERATION_DEADLINE_MS = 10 * 60_000;
const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 2_000;

/**
 * Waits until every operation has ended well. One call a round, however many are open.
 * @param read those of them that are known, as they are now
 * @throws PAL_OPERATION_FAILED for one that did not, PAL_DEADLINE, PAL_CANCELLED: each names the operation and where it stood
 */
export async function settled(
  operations: readonly Operation[],
  read: (open: readonly [Operation, ...Operation[]]) => Promise<readonly Operation[]>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + OPERATION_DEADLINE_MS;
  let all = operations;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.5, LONGEST_POLL_MS)) {
    const failed = all.find(({ status }) => operationFailed(status));
    if (failed) throw new PalisadeError("PAL_OPERATION_FAILED", `${describe(failed)}${failed.error ? `: ${failed.error}` : ""}`);
    const [first, ...rest] = all.filter(({ status }) => operationPending(status));
    if (!first) return;
    if (signal?.aborted) throw new PalisadeError("PAL_CANCELLED", `while ${describe(first)}`);
    if (Date.now() > deadline) throw new PalisadeError("PAL_DEADLINE", describe(first));
    await sleep(pause, undefined, signal ? { signal } : {}).catch(() => undefined);
    const now = new Map((await read([first, ...rest])).map((operation) => [operation.id, operation]));
    all = all.map((operation) => now.get(operation.id) ?? operation);
  }
}

const describe = ({ action, id, project_id, status }: Operation) => `operation ${action} (${id}) of project ${project_id} is ${status}`;
