import { check, type Failure } from "./check.js";
import type { Bag, Resource } from "./define.js";
import { UNKNOWN } from "./fields.js";
import { plain } from "./show.js";

/** Host and port of an account's API, by the configuration alone; undefined = the main account. */
export type HostOf = (account: string | undefined) => Promise<string>;

/** What {@link check} answers, and what the configured host cannot have. An account that is known only after apply is refused by its API. */
export async function checkAt(
  slice: Pick<Resource, "inputs" | "rules" | "refusedAt">,
  olds: Bag,
  news: Bag,
  hostOf: HostOf,
): Promise<{ inputs: Bag; failures: Failure[] }> {
  const { inputs, failures } = check(slice, olds, news);
  const { account } = inputs;
  const reason = slice.refusedAt && account !== UNKNOWN ? slice.refusedAt(await hostOf(account as string | undefined), inputs) : undefined;
  return { inputs: plain(inputs), failures: reason === undefined ? failures : [...failures, { property: "", reason }] };
}
