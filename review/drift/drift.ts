import { PalisadeError } from "../../contract/errors.js";
import { NeonApi } from "../../provider/client/api.js";
import type { Account } from "../../contract/account.js";
import { organisationOf } from "../../provider/client/organisation.js";
import { hasUnknown, isBag } from "../../provider/resources/settled.js";
import type { ResourceRef } from "../finding.js";
import type { Unjudged } from "../scan/inventory.js";
import { CountingLimiter, lookedAt } from "../scan/scan.js";
import { elsewhere } from "./addedOutside.js";
import type { LiveBefore, Managed } from "./applied.js";
import { withAudit } from "./audit.js";
import { compare, type Judged } from "./compare.js";
import { type Observation, readLive, refOf } from "./observe.js";

/** What a drift run never looks at. */
export const NEVER_COMPARED = ["the data", "grants in Postgres (RoleGrants)", "the Data API", "Neon Auth", "passwords"] as const;

/** What is not as it was applied, in one account. */
export interface AccountDrift {
  readonly host: string;
  readonly organization: ResourceRef;
  readonly judged: readonly Judged[];
  readonly unjudged: readonly Unjudged[];
  /** Projects that other stacks say they made. */
  readonly elsewhere: readonly string[];
  /** Which API keys were looked at. */
  readonly keys: string;
  /** How many calls it took. */
  readonly calls: () => number;
  readonly api: NeonApi;
  readonly observation: Observation;
}

export interface DriftOptions {
  /** Resources of this account, and all of the stack. */
  readonly own: readonly Managed[];
  readonly all: readonly Managed[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly progress: (done: number, all: number) => void;
  /** What the record holds of what no resource says; nothing when left out. */
  readonly before?: LiveBefore;
}

/** Compares what was applied with what is there. Reads only. @throws PAL_ORIGIN when the resources live elsewhere */
export async function drift(account: Account, { own, all, nowMs, progress, before }: DriftOptions): Promise<AccountDrift> {
  const limiter = new CountingLimiter();
  const failed = new AbortController();
  const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter, signal: failed.signal });
  try {
    const orgId = await organisationOf(api, account);
    const host = new URL(account.apiUrl).host;
    mustLiveAt(host, orgId, own);
    const observation = await readLive(api, orgId, own, progress, before);
    const urnStart = /^urn:pulumi:.+?::.+?::/.exec(all[0]?.urn ?? "")?.[0] ?? "urn:";
    const judged = compare(observation, own, all, urnStart, nowMs);
    return {
      ...{ host, organization: observation.inventory.organization, elsewhere: elsewhere(observation, all, urnStart) },
      judged: await withAudit(api, orgId, judged),
      unjudged: [...observation.unjudged, ...hiddenNetworks(own)],
      keys: lookedAt(observation.inventory),
      ...{ calls: () => limiter.calls, api, observation },
    };
  } catch (error) {
    // What is still under way ends as well.
    failed.abort();
    throw error;
  }
}

/** Who may connect is the heart of it: where the state hides it, that is said. */
const hiddenNetworks = (own: readonly Managed[]): Unjudged[] =>
  own
    .filter(({ inputs }) => ["network", "allow", "ranges"].some((field) => hasUnknown(inputs[field])))
    .map((one) => ({ resource: refOf(one), what: "its network", reason: "it is encrypted in the state" }));

function mustLiveAt(host: string, accountId: string, own: readonly Managed[]): void {
  for (const { outputs } of own) {
    const { origin } = outputs;
    if (!isBag(origin) || (origin["host"] === host && origin["accountId"] === accountId)) continue;
    const recorded = `${String(origin["host"])} in ${String(origin["accountId"])}`;
    throw new PalisadeError("PAL_ORIGIN", `it was made at ${recorded}, the configuration says ${host} and ${accountId}`);
  }
}
