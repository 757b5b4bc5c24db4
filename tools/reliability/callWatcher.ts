/** Calls of the provider that may change something, seen from outside: from the moment before they leave to the moment after their answer. */

export interface Call {
  method: string;
  /** Below /api/v2, without the query. */
  path: string;
}

export interface Watcher {
  before(call: Call): Promise<void>;
  /** `answered` is false when the connection broke. */
  after(call: Call, answered: boolean): void;
}

const watchers = new Map<string, Watcher>();
/** Not watched: for what is not the provider's. */
export const plainFetch = globalThis.fetch;

/** Does the work while the watcher sees what goes to that API. */
export async function watchCalls<R>(apiUrl: string, watcher: Watcher, work: () => Promise<R>): Promise<R> {
  const { host } = new URL(apiUrl);
  globalThis.fetch = forwardAndNotify;
  watchers.set(host, watcher);
  try {
    return await work();
  } finally {
    watchers.delete(host);
    if (watchers.size === 0) globalThis.fetch = plainFetch;
  }
}

const forwardAndNotify: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const watcher = watchers.get(url.host);
  const method = init?.method ?? "GET";
  if (!watcher || method === "GET") return plainFetch(input, init);
  const call = { method, path: url.pathname.replace("/api/v2", "") };
  await watcher.before(call);
  try {
    const answer = await plainFetch(input, init);
    watcher.after(call, true);
    return answer;
  } catch (error) {
    watcher.after(call, false);
    throw error;
  }
};
