import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import {
  type CustomerManagedKey,
  type CustomerManagedKeyRequest,
  CustomerManagedKeyResponse,
} from "../../contract/wire/customerManagedKey.js";
import { catchNotFound, type Calls } from "./calls.js";

/** Between two looks at a rewrap that is under way, in milliseconds; doubles up to the longest. Ours. */
const FIRST_STEP_MS = 250;
const LONGEST_STEP_MS = 2_000;
/** How long a rewrap may stand still, in milliseconds. Ours: keys are rewrapped in much less than a second each. */
const STANDSTILL_MS = 10 * 60_000;

const URL_OF_KEY = "/x-palisade/projects/{project_id}/customer_managed_key";

/** Called with the number of the project's keys that are rewrapped, and of all. */
export type ProgressListener = (done: number, all: number) => void;

export function createCustomerKeyCalls(calls: Calls) {
  const { client } = calls;
  const at = (projectId: string) => ({ url: URL_OF_KEY, path: { project_id: projectId } });
  const keyIn = async (call: Promise<unknown>): Promise<CustomerManagedKey> =>
    (await calls.ask(CustomerManagedKeyResponse, call)).customer_managed_key;
  /** undefined when the project has no key of its own, or does not exist. */
  const find = (projectId: string) => catchNotFound(keyIn(client.get(at(projectId))));

  /** Looks until nothing is put under another key any more. @throws PAL_DEADLINE when that stands still, PAL_CANCELLED */
  async function waitForRewrap(
    projectId: string,
    seen: CustomerManagedKey,
    tell: ProgressListener,
  ): Promise<CustomerManagedKey | undefined> {
    let [last, since, step] = [seen.erasure_keys_to_rewrap, Date.now(), FIRST_STEP_MS];
    let now: CustomerManagedKey | undefined = seen;
    while (now?.state === "rotating") {
      if (Date.now() - since > STANDSTILL_MS)
        throw new PalisadeError("PAL_DEADLINE", `${last} keys of project ${projectId} are not rewrapped yet`);
      tell(now.erasure_keys - now.erasure_keys_to_rewrap, now.erasure_keys);
      await sleep(step, undefined, calls.signal && { signal: calls.signal }).catch(() => {
        throw new PalisadeError("PAL_CANCELLED", `keys of project ${projectId} are still being rewrapped`);
      });
      step = Math.min(step * 2, LONGEST_STEP_MS);
      now = await find(projectId);
      if (now && now.erasure_keys_to_rewrap !== last) [last, since] = [now.erasure_keys_to_rewrap, Date.now()];
    }
    return now;
  }

  return {
    find,
    waitForRewrap,

    /** Takes the key once the plane has proved that it can use it. Data under another key is rewrapped afterwards: see `waitForRewrap`. */
    put: (projectId: string, body: CustomerManagedKeyRequest) =>
      calls.runSerially(projectId, () => keyIn(client.put({ ...at(projectId), body, headers: { "content-type": "application/json" } }))),

    /** Puts everything under the plane's own key and forgets this one. @param release gives up what cannot be opened */
    delete: (projectId: string, { release }: { release: boolean }) =>
      calls.runSerially(projectId, () => keyIn(client.delete({ ...at(projectId), ...(release && { query: { release: true } }) }))),
  };
}
