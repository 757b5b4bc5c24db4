import { z } from "zod";
import { type Account, parseApiUrl, type Config, DEFAULT_API_URL, readMainAccount, readMainApiUrl } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";

export interface Configuration {
  /** `palisade:stackId`: a UUID that makes marks of this stack certain. */
  stackId: string | undefined;
  /** @throws PAL_NO_KEY, PAL_BAD_API_URL, PAL_UNKNOWN_ACCOUNT, PAL_BAD_ACCOUNTS */
  getAccount: (name: string | undefined) => Account;
  /** Host and port of an account's API, whether or not there is a key for it. @throws PAL_BAD_API_URL, PAL_UNKNOWN_ACCOUNT, PAL_BAD_ACCOUNTS */
  getHost: (name: string | undefined) => string;
}

const Accounts = z.record(
  z.string(),
  z.strictObject({ apiUrl: z.string().optional(), apiKey: z.string().min(1), orgId: z.string().optional() }),
);

/**
 * Reads `palisade:apiUrl`, `palisade:apiKey`, `palisade:orgId` and `palisade:accounts`; where the configuration is silent, the variables of
 * Neon's own tools (NEON_API_HOST, NEON_API_KEY, NEON_ORG_ID). A host taken from the environment is announced, because it decides where keys go.
 */
export function readConfiguration(config: Config, environment: NodeJS.ProcessEnv, announce: (line: string) => void): Configuration {
  if (config.get("palisade:apiUrl") === undefined && environment["NEON_API_HOST"])
    announce(`palisade: the control API is ${environment["NEON_API_HOST"]} (from NEON_API_HOST)`);
  return {
    stackId: config.get("palisade:stackId"),
    getAccount: (name) =>
      name === undefined ? readMainAccount(config, environment) : readNamedAccount(name, config.get("palisade:accounts")),
    getHost: (name) => {
      const apiUrl =
        name === undefined ? readMainApiUrl(config, environment) : readNamedAccount(name, config.get("palisade:accounts")).apiUrl;
      return new URL(apiUrl).host;
    },
  };
}

function readNamedAccount(name: string, text: string | undefined): Account {
  if (text === undefined) throw new PalisadeError("PAL_UNKNOWN_ACCOUNT", `"${name}"`);
  const account = parseAccounts(text)[name];
  if (!account) throw new PalisadeError("PAL_UNKNOWN_ACCOUNT", `"${name}"`);
  return { apiUrl: parseApiUrl(account.apiUrl ?? DEFAULT_API_URL), apiKey: account.apiKey, orgId: account.orgId };
}

/** Names the path of a mistake, never the text around it: it holds keys. */
function parseAccounts(text: string): z.output<typeof Accounts> {
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
