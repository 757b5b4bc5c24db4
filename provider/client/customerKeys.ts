import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import {
  type CustomerManagedKey,
  type CustomerManagedKeyRequest,
  CustomerManagedKeyResponse,
} from "../../contract/wire/customerManagedKey.js";
import { absent, type Calls } from "./calls.js";

/** Between two looks at a rewrap that is under way, in milliseconds; doubles up to the longest. Ours. */
const FIRST_STEP_MS = 250;
const LONGEST_STEP_MS = 2_000;
/** How long a rewrap may stand still, in milliseconds. Ours: keys are rewrapped in much less than a second each. */
const STANDSTILL_MS = 10 * 60_000;

const URL_OF_KEY = "/x-palisade/projects/{project_id}/customer_managed_key";

/** Told how many of the project's keys are under the key that is to be. */
export type TellsProgress = (done: number, all: number) => void;

export function customerKeyCalls(calls: Calls) {
  const { client } = calls;
  const at = (projectId: string) => ({ url: URL_OF_KEY, path: { project_id: projectId } });
  const keyIn = async (call: Promise<unknown>): Promise<CustomerManagedKey> =>
    (await calls.ask(CustomerManagedKeyResponse, call)).customer_managed_key;
  /** undefined when the project has no key of its own, or does not exist. */
  const get = (projectId: string) => absent(keyIn(client.get(at(projectId))));

  /** Looks until nothing is put under another key any more. @throws PAL_DEADLINE when that stands still, PAL_CANCELLED */
  async function settled(projectId: string, seen: CustomerManagedKey, tell: TellsProgress): Promise<CustomerManagedKey | undefined> {
    let [last, since, step] = [seen.erasure_keys_to_rewrap, Date.now(), FIRST_STEP_MS];
    let now: CustomerManagedKey | undefined = seen;
    while (now?.state === "rotating") {
      if (Date.now() - since > STANDSTILL_MS)
        throw new PalisadeError("PAL_DEADLINE", `${last} keys of project ${projectId} are not under its key yet`);
      tell(now.erasure_keys - now.erasure_keys_to_rewrap, now.erasure_keys);
      await sleep(step, undefined, calls.signal && { signal: calls.signal }).catch(() => {
        throw new PalisadeError("PAL_CANCELLED", `keys of project ${projectId} are still put under another key`);
      });
      step = Math.min(step * 2, LONGEST_STEP_MS);
      now = await get(projectId);
      if (now && now.erasure_keys_to_rewrap !== last) [last, since] = [now.erasure_keys_to_rewrap, Date.now()];
    }
    return now;
  }

  return {
    get,
    settled,

    /** Takes the key once the plane has proved that it can use it. What is under another one is put under it afterwards: see `settled`. */
    put: (projectId: string, body: CustomerManagedKeyRequest) =>
      calls.turn(projectId, () => keyIn(client.put({ ...at(projectId), body, headers: { "content-type": "application/json" } }))),

    /** Puts everything under the plane's own key and forgets this one. @param release gives up what cannot be opened */
    remove: (projectId: string, { release }: { release: boolean }) =>
      calls.turn(projectId, () => keyIn(client.delete({ ...at(projectId), ...(release && { query: { release: true } }) }))),
  };
}
