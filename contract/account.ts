import { PalisadeError } from "./errors.js";
import { stripTrailingSlashes } from "./urls.js";

/** The stack's configuration as the dynamic host hands it over: `namespace:key` -> text, secrets decrypted. */
export interface Config {
  get(key: string): string | undefined;
}

/** Address and credentials of one control API. */
export interface Account {
  /** Base address without a slash at its end: `https://console.neon.tech/api/v2`. */
  apiUrl: string;
  apiKey: string;
  /** The organisation to work in; needed when the key sees several. */
  orgId: string | undefined;
}

export const DEFAULT_API_URL = "https://console.neon.tech/api/v2";

/**
 * The main account: `palisade:apiUrl`, `palisade:apiKey` and `palisade:orgId`; where they are silent, the variables of Neon's own tools
 * (NEON_API_HOST, NEON_API_KEY, NEON_ORG_ID). @throws PAL_NO_KEY, PAL_BAD_API_URL
 */
export function readMainAccount(config: Config, environment: NodeJS.ProcessEnv): Account {
  const stated = (key: string, variable: string) => config.get(`palisade:${key}`) ?? (environment[variable] || undefined);
  const apiKey = stated("apiKey", "NEON_API_KEY");
  const apiUrl = readMainApiUrl(config, environment);
  if (apiKey === undefined) throw new PalisadeError("PAL_NO_KEY", `for ${apiUrl}`);
  return { apiUrl, apiKey, orgId: stated("orgId", "NEON_ORG_ID") };
}

/** The address that {@link readMainAccount} has, whether or not there is a key. @throws PAL_BAD_API_URL */
export const readMainApiUrl = (config: Config, environment: NodeJS.ProcessEnv): string =>
  parseApiUrl(config.get("palisade:apiUrl") ?? (environment["NEON_API_HOST"] || undefined) ?? DEFAULT_API_URL);

/** Whether a host, with or without a port, is of Neon itself. */
export const isNeonHost = (host: string): boolean => {
  const [name = ""] = host.toLowerCase().split(":");
  return name === "neon.tech" || name.endsWith(".neon.tech");
};

/** The address as it is used: a key goes over TLS, or does not leave this machine. @throws PAL_BAD_API_URL */
export function parseApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && loopback)))
    throw new PalisadeError("PAL_BAD_API_URL", `"${text}"`);
  if (url.username || url.password || url.search || url.hash)
    throw new PalisadeError("PAL_BAD_API_URL", `${url.host}: it must hold no credentials, query or fragment`);
  return stripTrailingSlashes(url);
}
