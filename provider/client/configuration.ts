import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { withoutTrailingSlashes } from "../../contract/urls.js";

/** The stack's configuration as the dynamic host hands it over: `namespace:key` -> text, secrets decrypted. */
export interface Config {
  get(key: string): string | undefined;
}

/** One way into a control API. */
export interface Account {
  /** Base address without a slash at its end: `https://console.neon.tech/api/v2`. */
  apiUrl: string;
  apiKey: string;
  /** The organisation to work in; needed when the key sees several. */
  orgId: string | undefined;
}

export interface Configuration {
  /** `palisade:stackId`: a UUID that makes marks of this stack certain. */
  stackId: string | undefined;
  /** @throws PAL_NO_KEY, PAL_BAD_API_URL, PAL_UNKNOWN_ACCOUNT, PAL_BAD_ACCOUNTS */
  account: (name: string | undefined) => Account;
}

export const DEFAULT_API_URL = "https://console.neon.tech/api/v2";

const Accounts = z.record(
  z.string(),
  z.strictObject({ apiUrl: z.string().optional(), apiKey: z.string().min(1), orgId: z.string().optional() }),
);

/**
 * Reads `palisade:apiUrl`, `palisade:apiKey`, `palisade:orgId` and `palisade:accounts`; where the configuration is silent, the variables of
 * Neon's own tools (NEON_API_HOST, NEON_API_KEY, NEON_ORG_ID). A host taken from the environment is announced, because it decides where keys go.
 */
export function configurationFrom(config: Config, environment: NodeJS.ProcessEnv, announce: (line: string) => void): Configuration {
  const stated = (key: string, variable?: string) =>
    config.get(`palisade:${key}`) ?? (variable === undefined ? undefined : environment[variable] || undefined);
  if (config.get("palisade:apiUrl") === undefined && environment["NEON_API_HOST"])
    announce(`palisade: the control API is ${environment["NEON_API_HOST"]} (from NEON_API_HOST)`);
  return {
    stackId: stated("stackId"),
    account: (name) => {
      if (name !== undefined) return named(name, stated("accounts"));
      const apiKey = stated("apiKey", "NEON_API_KEY");
      const apiUrl = checkedUrl(stated("apiUrl", "NEON_API_HOST") ?? DEFAULT_API_URL);
      if (apiKey === undefined) throw new PalisadeError("PAL_NO_KEY", `for ${apiUrl}`);
      return { apiUrl, apiKey, orgId: stated("orgId", "NEON_ORG_ID") };
    },
  };
}

function named(name: string, text: string | undefined): Account {
  if (text === undefined) throw new PalisadeError("PAL_UNKNOWN_ACCOUNT", `"${name}"`);
  const account = accountsFrom(text)[name];
  if (!account) throw new PalisadeError("PAL_UNKNOWN_ACCOUNT", `"${name}"`);
  return { apiUrl: checkedUrl(account.apiUrl ?? DEFAULT_API_URL), apiKey: account.apiKey, orgId: account.orgId };
}

/** Names the path of a mistake, never the text around it: it holds keys. */
function accountsFrom(text: string): z.output<typeof Accounts> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_BAD_ACCOUNTS", "it is not JSON");
  }
  const parsed = Accounts.safeParse(json);
  if (!parsed.success)
    throw new PalisadeError("PAL_BAD_ACCOUNTS", parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  return parsed.data;
}

/** A key goes over TLS, or does not leave this machine. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && loopback)))
    throw new PalisadeError("PAL_BAD_API_URL", `"${text}"`);
  if (url.username || url.password || url.search || url.hash)
    throw new PalisadeError("PAL_BAD_API_URL", `${url.host}: it must hold no credentials, query or fragment`);
  return withoutTrailingSlashes(url);
}
