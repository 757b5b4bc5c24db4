import { setTimeout as sleep } from "node:timers/promises";
import { NeonApi } from "./client/api.js";
import { RateLimiter } from "./client/rateLimiter.js";
import { createCachingApi, createWriteAwareApi } from "./client/cachingApi.js";
import { resolveOrganisation, toProxyAddress } from "./client/organisation.js";
import type { TransportOptions } from "./client/transport.js";
import type { Account } from "../contract/account.js";
import type { Configuration } from "./client/configuration.js";
import type { Session, Sessions } from "./engine/session.js";
import type { NeonContext } from "./resources/shared/context.js";
import type { UnmanagedEntries } from "./resources/shared/unmanagedEntries.js";

/** One session for each account and process, so that its resources share one budget of calls. */
export function createSessions(
  configuration: Promise<Configuration>,
  signal: AbortSignal,
  foreign: UnmanagedEntries,
): Sessions<NeonContext> {
  const open = new Map<string | undefined, Session<NeonContext>>();
  return async (name) => {
    const { getAccount: account, stackId } = await configuration;
    const known = open.get(name);
    if (known) return known;
    const session = createSession(account(name), stackId, signal, undefined, foreign);
    open.set(name, session);
    return session;
  };
}

/** @param limits of every call; those of `LIMITS` when left out */
export function createSession(
  account: Account,
  stackId: string | undefined,
  signal: AbortSignal,
  limits?: TransportOptions["limits"],
  foreign?: UnmanagedEntries,
): Session<NeonContext> {
  const api: NeonApi = new NeonApi(account.apiUrl, {
    apiKey: account.apiKey,
    limiter: new RateLimiter(),
    signal,
    ...(limits && { limits }),
    onWrite: (method, path) => {
      reading.forget();
      before.forgetNames(method, path);
      changing.recordWrite(method, path);
    },
  });
  const { host } = new URL(account.apiUrl);
  const organizations = memoizeSuccess(() => api.listOrganizations());
  const origin = memoizeSuccess(async () => ({
    host,
    accountId: await resolveOrganisation({ listOrganizations: organizations }, account),
  }));
  const orgId = async () => (await origin()).accountId;
  const proxy = async () => toProxyAddress((await organizations()).x_palisade?.proxy);
  const [reading, before, changing] = [createCachingApi(api, orgId), createCachingApi(api, orgId), createWriteAwareApi(api, orgId)];
  api.onBranchCreated = before.seed;
  const progress = (line: string) => {
    console.log(line);
  };
  return {
    ctx: { api, orgId, proxy, trustsState: true, unmanaged: foreign, onProgress: progress },
    updateCtx: { api: changing.api, orgId, proxy, trustsState: true, unmanaged: foreign },
    refreshCtx: { api: reading.api, orgId, proxy, trustsState: true, isRefresh: true, unmanaged: foreign },
    initialCtx: { api: before.api, orgId, proxy, trustsState: false },
    configured: { host, accountId: account.orgId },
    runRemoval: createRemovalRunner(() => api.waitForDeletions()),
    stackId,
    getOrigin: origin,
  };
}

/** In milliseconds, ours: the engine begins the next deletion sooner, and that then waits for all. */
const NEXT_REMOVAL_MS = 50;

/** @param rest waits for what the deletions have set going, and fails when that did */
function createRemovalRunner(rest: () => Promise<void>): Session<NeonContext>["runRemoval"] {
  let running = 0;
  const left = async () => {
    running -= 1;
    if (running === 0) await sleep(NEXT_REMOVAL_MS);
    if (running === 0) await rest();
  };
  return async (remove) => {
    running += 1;
    try {
      await remove();
    } finally {
      // What failed of the others outranks its own refusal, which the next run meets again.
      await left();
    }
  };
}

/** Remembers what succeeded; a failure is asked again. */
function memoizeSuccess<R>(ask: () => Promise<R>): () => Promise<R> {
  let answer: Promise<R> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
