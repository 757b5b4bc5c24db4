import { PalisadeError } from "../contract/errors.js";
import { NeonApi } from "./client/api.js";
import { Limiter } from "./client/limits.js";
import type { Account, Configuration } from "./configuration.js";
import type { Session, Sessions } from "./engine/session.js";
import type { Neon } from "./resources/context.js";

/** One session for each account and process, so that its resources share one budget of calls. */
export function sessionsOf(configuration: Promise<Configuration>, signal: AbortSignal): Sessions<Neon> {
  const open = new Map<string | undefined, Session<Neon>>();
  return async (name) => {
    const { account, stackId } = await configuration;
    const known = open.get(name);
    if (known) return known;
    const session = sessionOf(account(name), stackId, signal);
    open.set(name, session);
    return session;
  };
}

export function sessionOf(account: Account, stackId: string | undefined, signal: AbortSignal): Session<Neon> {
  const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter: new Limiter(), signal });
  const origin = once(async () => ({ host: new URL(account.apiUrl).host, accountId: await organisationOf(api, account) }));
  return { ctx: { api, orgId: async () => (await origin()).accountId }, stackId, origin };
}

/** The organisation that the key works in: the configured one when the key sees it, else the only one. */
async function organisationOf(api: NeonApi, { orgId, apiUrl }: Account): Promise<string> {
  const seen = (await api.organizations()).organizations.map(({ id }) => id);
  if (orgId !== undefined) {
    if (!seen.includes(orgId)) throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `${orgId} at ${apiUrl}`);
    return orgId;
  }
  const [only] = seen;
  if (only === undefined) throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `none at ${apiUrl}`);
  if (seen.length > 1) throw new PalisadeError("PAL_ORG_AMBIGUOUS", `${seen.join(", ")} at ${apiUrl}`);
  return only;
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
