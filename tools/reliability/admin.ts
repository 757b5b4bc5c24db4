import { plainFetch } from "./callWatcher.js";
import type { Access } from "./providerProcess.js";

export interface Answer {
  status: number;
  /** Parsed JSON; empty where there is none. */
  body: Record<string, unknown>;
}

/** The administrator beside the provider: reads the plane, prepares it and restores it. */
export interface Admin {
  call(method: string, path: string, body?: object): Promise<Answer>;
  /** @throws unless the call succeeds */
  callOrThrow(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

export function createAdmin({ apiUrl, apiKey }: Access): Admin {
  const call: Admin["call"] = async (method, path, body) => {
    const answer = await plainFetch(apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  return {
    call,
    callOrThrow: async (method, path, body) => {
      const answer = await call(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
  };
}
