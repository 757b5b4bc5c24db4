import { NeonApi } from "../../provider/client/api.js";
import { Limiter } from "../../provider/client/limits.js";
import { organisationOf } from "../../provider/client/organisation.js";
import type { RecordedState } from "../../review/change/state.js";
import { type Applied, appliedOf, baselineOf, type Managed } from "../../review/drift/applied.js";
import { NOT_LOOKED, readLeft, recordLeft } from "../../review/drift/observeLeft.js";
import type { Configuration } from "../../provider/client/configuration.js";
import { appliedIn, writeApplied } from "./files.js";

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
  settings: Pick<Configuration, "account">,
): Promise<Recording> {
  const before = await appliedIn(file, stack);
  let applied = appliedOf(state, stack, Date.now());
  const { managed } = baselineOf(applied, undefined);
  const kept: string[] = [];
  for (const [name, own] of byAccount(managed)) {
    const account = settings.account(name);
    const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter: new Limiter() });
    const next = recordLeft(applied, await readLeft(api, await organisationOf(api, account), own), before, own);
    applied = next.applied;
    kept.push(...next.kept);
  }
  await writeApplied(file, applied);
  return { applied, kept };
}

/** The same without a look: what the record before held of what the program leaves out stays. */
export async function recordBlindly(file: string, state: RecordedState, stack: string): Promise<void> {
  const applied = appliedOf(state, stack, Date.now());
  const before = await appliedIn(file, stack).catch(() => undefined);
  await writeApplied(file, recordLeft(applied, NOT_LOOKED, before, baselineOf(applied, undefined).managed).applied);
}

/** The resources of each account by its name; the main one also where nothing uses it. */
export function byAccount(managed: readonly Managed[]): ReadonlyMap<string | undefined, readonly Managed[]> {
  const accounts = new Map<string | undefined, Managed[]>(managed.length === 0 ? [[undefined, []]] : []);
  for (const one of managed) accounts.set(one.account, [...(accounts.get(one.account) ?? []), one]);
  return accounts;
}
