import { setTimeout as sleep } from "node:timers/promises";
import { NeonApi } from "./client/api.js";
import { Limiter } from "./client/limits.js";
import { cachingApi, lookingApi } from "./client/lists.js";
import { organisationOf, proxyOf } from "./client/organisation.js";
import type { TransportOptions } from "./client/transport.js";
import type { Account } from "../contract/account.js";
import type { Configuration } from "./client/configuration.js";
import type { Session, Sessions } from "./engine/session.js";
import type { Neon } from "./resources/context.js";
import type { Foreign } from "./resources/foreign.js";

/** One session for each account and process, so that its resources share one budget of calls. */
export function sessionsOf(configuration: Promise<Configuration>, signal: AbortSignal, foreign: Foreign): Sessions<Neon> {
  const open = new Map<string | undefined, Session<Neon>>();
  return async (name) => {
    const { account, stackId } = await configuration;
    const known = open.get(name);
    if (known) return known;
    const session = sessionOf(account(name), stackId, signal, undefined, foreign);
    open.set(name, session);
    return session;
  };
}

/** @param limits of every call; those of `LIMITS` when left out */
export function sessionOf(
  account: Account,
  stackId: string | undefined,
  signal: AbortSignal,
  limits?: TransportOptions["limits"],
  foreign?: Foreign,
): Session<Neon> {
  const api: NeonApi = new NeonApi(account.apiUrl, {
    ...{ apiKey: account.apiKey, limiter: new Limiter(), signal, ...(limits && { limits }) },
    written: (method, path) => {
      reading.forget();
      before.forgetNames(method, path);
      changing.written(method, path);
    },
  });
  const { host } = new URL(account.apiUrl);
  const organizations = once(() => api.organizations());
  const origin = once(async () => ({ host, accountId: await organisationOf({ organizations }, account) }));
  const orgId = async () => (await origin()).accountId;
  const proxy = async () => proxyOf((await organizations()).x_palisade?.proxy);
  const [reading, before, changing] = [cachingApi(api, orgId), cachingApi(api, orgId), lookingApi(api, orgId)];
  api.onBranchMade = before.seed;
  const progress = (line: string) => {
    console.log(line);
  };
  return {
    ctx: { api, orgId, proxy, trustsState: true, foreign, progress },
    changing: { api: changing.api, orgId, proxy, trustsState: true, foreign },
    reading: { api: reading.api, orgId, proxy, trustsState: true, isRefresh: true, foreign },
    before: { api: before.api, orgId, proxy, trustsState: false },
    configured: { host, accountId: account.orgId },
    removal: removals(() => api.rest()),
    stackId,
    origin,
  };
}

/** In milliseconds, ours: the engine begins the next deletion sooner, and that then waits for all. */
const NEXT_REMOVAL_MS = 50;

/** @param rest waits for what the deletions have set going, and fails when that did */
function removals(rest: () => Promise<void>): Session<Neon>["removal"] {
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
function once<R>(ask: () => Promise<R>): () => Promise<R> {
  let answer: Promise<R> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
