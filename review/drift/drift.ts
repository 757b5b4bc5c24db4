import { PalisadeError } from "../../contract/errors.js";
import { NeonApi } from "../../provider/client/api.js";
import type { Account } from "../../contract/account.js";
import type { TransportOptions } from "../../provider/client/transport.js";
import { resolveOrganisation } from "../../provider/client/organisation.js";
import { hasUnknown, isProperties } from "../../provider/introspection.js";
import type { ResourceRef } from "../finding.js";
import type { UnjudgedPart } from "../scan/inventory.js";
import { CountingLimiter, formatKeysRead } from "../scan/scan.js";
import { listProjectsElsewhere } from "./addedOutside.js";
import type { LiveBefore, ManagedResource } from "./appliedRecord.js";
import { addAuditTrail } from "./audit.js";
import { compare, type JudgedItem } from "./compare.js";
import { type Observation, readObservation, toResourceRef } from "./observation.js";

/** What a drift run never looks at. */
export const NEVER_COMPARED = ["the data", "grants in Postgres (RoleGrants)", "the Data API", "Neon Auth", "passwords"] as const;

/** What is not as it was applied, in one account. */
export interface AccountDrift {
  readonly host: string;
  readonly organization: ResourceRef;
  readonly judged: readonly JudgedItem[];
  readonly unjudged: readonly UnjudgedPart[];
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
  readonly own: readonly ManagedResource[];
  readonly all: readonly ManagedResource[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly progress: (done: number, all: number) => void;
  /** What the record holds of what no resource says; nothing when left out. */
  readonly before?: LiveBefore;
  /** Told of each answer of the API. */
  readonly onAnswer?: TransportOptions["onAnswer"];
}

/** Compares what was applied with what is there. Reads only. @throws PAL_ORIGIN when the resources live elsewhere */
export async function detectDrift(account: Account, { own, all, nowMs, progress, before, onAnswer }: DriftOptions): Promise<AccountDrift> {
  const limiter = new CountingLimiter();
  const failed = new AbortController();
  const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter, signal: failed.signal, onAnswer });
  try {
    const orgId = await resolveOrganisation(api, account);
    const host = new URL(account.apiUrl).host;
    assertOrigin(host, orgId, own);
    const observation = await readObservation(api, orgId, own, progress, before);
    const urnStart = /^urn:pulumi:.+?::.+?::/.exec(all[0]?.urn ?? "")?.[0] ?? "urn:";
    const judged = compare(observation, own, all, urnStart, nowMs);
    return {
      host,
      organization: observation.inventory.organization,
      elsewhere: listProjectsElsewhere(observation, all, urnStart),
      judged: await addAuditTrail(api, orgId, judged),
      unjudged: [...observation.unjudged, ...listHiddenParts(own)],
      keys: formatKeysRead(observation.inventory),
      calls: () => limiter.calls,
      api,
      observation,
    };
  } catch (error) {
    // What is still under way ends as well.
    failed.abort();
    throw error;
  }
}

/** Who may connect is the heart of it, and until when: where the state hides it, that is said. */
const HIDDEN_PARTS = { "its network": ["network", "allow", "ranges"], "its end": ["until"] } as const;

const listHiddenParts = (own: readonly ManagedResource[]): UnjudgedPart[] =>
  Object.entries(HIDDEN_PARTS).flatMap(([what, fields]) =>
    own
      .filter(({ inputs }) => fields.some((field) => hasUnknown(inputs[field])))
      .map((one) => ({ resource: toResourceRef(one), what, reason: "it is encrypted in the state" })),
  );

function assertOrigin(host: string, accountId: string, own: readonly ManagedResource[]): void {
  for (const { outputs } of own) {
    const { origin } = outputs;
    if (!isProperties(origin) || (origin["host"] === host && origin["accountId"] === accountId)) continue;
    const recorded = `${String(origin["host"])} in ${String(origin["accountId"])}`;
    throw new PalisadeError("PAL_ORIGIN", `it was created at ${recorded}, but the configuration says ${host} and ${accountId}`);
  }
}
