import { check, type Failure } from "./check.js";
import type { Properties, Resource } from "./define.js";
import { UNKNOWN } from "./fields.js";
import { toPlainJson } from "./sanitize.js";

/** Host and port of an account's API, by the configuration alone; undefined = the main account. */
export type HostResolver = (account: string | undefined) => Promise<string>;

/** What {@link check} answers, and what the configured host cannot have. An account that is known only after apply is refused by its API. */
export async function checkForHost(
  slice: Pick<Resource, "inputs" | "rules" | "explainUnsupportedHost">,
  olds: Properties,
  news: Properties,
  hostOf: HostResolver,
): Promise<{ inputs: Properties; failures: Failure[] }> {
  const { inputs, failures } = check(slice, olds, news);
  const { account } = inputs;
  const reason =
    slice.explainUnsupportedHost && account !== UNKNOWN
      ? slice.explainUnsupportedHost(await hostOf(account as string | undefined), inputs)
      : undefined;
  return { inputs: toPlainJson(inputs), failures: reason === undefined ? failures : [...failures, { property: "", reason }] };
}
