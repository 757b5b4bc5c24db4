import { NeonApi } from "../../provider/client/api.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { resolveOrganisation } from "../../provider/client/organisation.js";
import type { RecordedState } from "../../review/change/state.js";
import { type Applied, buildApplied, buildBaseline, type ManagedResource } from "../../review/drift/appliedRecord.js";
import { NOT_OBSERVED, readOmitted, recordOmitted } from "../../review/drift/observeOmitted.js";
import type { Configuration } from "../../provider/client/configuration.js";
import { readAppliedFile, writeApplied } from "./files.js";

export interface Recording {
  readonly applied: Applied;
  /** Openings since the record before that this one does not accept. */
  readonly kept: readonly string[];
}

/**
 * Records what is applied, and what is live of what the program leaves out. Throws what stops a look at an account; PAL_BAD_APPLIED where the
 * record before cannot be read: to start anew, delete it.
 */
export async function record(
  file: string,
  state: RecordedState,
  stack: string,
  settings: Pick<Configuration, "getAccount">,
): Promise<Recording> {
  const before = await readAppliedFile(file, stack);
  let applied = buildApplied(state, stack, Date.now());
  const { managed } = buildBaseline(applied, undefined);
  const kept: string[] = [];
  for (const [name, own] of groupByAccount(managed)) {
    const account = settings.getAccount(name);
    const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter: new RateLimiter() });
    const next = recordOmitted(applied, await readOmitted(api, await resolveOrganisation(api, account), own), before, own);
    applied = next.applied;
    kept.push(...next.kept);
  }
  await writeApplied(file, applied);
  return { applied, kept };
}

/** The same without a look: what the record before held of what the program leaves out stays. */
export async function recordWithoutLiveState(file: string, state: RecordedState, stack: string): Promise<void> {
  const applied = buildApplied(state, stack, Date.now());
  const before = await readAppliedFile(file, stack).catch(() => undefined);
  await writeApplied(file, recordOmitted(applied, NOT_OBSERVED, before, buildBaseline(applied, undefined).managed).applied);
}

/** The resources of each account by its name; the main one also where nothing uses it. */
export function groupByAccount(managed: readonly ManagedResource[]): ReadonlyMap<string | undefined, readonly ManagedResource[]> {
  const accounts = new Map<string | undefined, ManagedResource[]>(managed.length === 0 ? [[undefined, []]] : []);
  for (const one of managed) accounts.set(one.account, [...(accounts.get(one.account) ?? []), one]);
  return accounts;
}
