import { isIP } from "node:net";
import { PalisadeError } from "../../contract/errors.js";

/** What a connection URI of libpq's form says. */
export interface Login {
  /** A name or an address, as the certificate is to be checked against. */
  host: string;
  /** An address to connect to instead of looking `host` up. */
  hostAddress: string | undefined;
  port: number | undefined;
  database: string;
  role: string;
  password: string | undefined;
  sslMode: string | undefined;
  /** A path, or `system`. */
  rootCert: string | undefined;
  options: string | undefined;
  channelBinding: string | undefined;
  connectTimeoutSeconds: number | undefined;
  /** All that it asks for beside host, login and check, `options` included, as it is written. */
  parameters: Readonly<Record<string, string>>;
}

/** What is told by the fields of a login. `ssl` is what JDBC's URIs write for `sslmode`. */
const OWN = ["host", "port", "user", "dbname", "password", "sslmode", "ssl", "sslrootcert", "channel_binding"];

const FORM = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?(\[[^\]]*\]|[^:/?@[\]]*)(?::(\d*))?(?:\/([^?]*))?(?:\?(.*))?$/s;
/** libpq's default. */
export const DEFAULT_PORT = 5432;
/** Longer than any that works. */
const MOST_CHARACTERS = 16_384;

/** Reads it as libpq does: parameters outrank the parts before them. @throws PAL_USAGE, which never shows the text: it may hold a password */
export function parseUri(text: string): Login {
  const uri = unwrapUri(text);
  if (uri.length > MOST_CHARACTERS) throw createUriError(`it is longer than ${MOST_CHARACTERS} characters`);
  const parts = FORM.exec(uri);
  if (!parts) throw createUriError('it must have the form postgresql://role@host/database, with %40 for every "@" of a name or password');
  const [, login = "", authority = "", port, path = "", query = ""] = parts;
  const asked = parseParameters(query);
  const [role = "", ...secret] = login.split(":");
  const host = asked.get("host") ?? decodePart(authority.replace(/^\[(.*)\]$/s, "$1"));
  const user = asked.get("user") ?? decodePart(role);
  if (host === "") throw createUriError("it names no host");
  if (host.startsWith("/") || host.includes(",")) throw createUriError("it must name one host, and no socket");
  if (user === "") throw createUriError("it names no role");
  const hostAddress = asked.get("hostaddr");
  if (hostAddress !== undefined && isIP(hostAddress) === 0) throw createUriError("hostaddr is not an IP address");
  return {
    host,
    hostAddress,
    role: user,
    port: parseWholeNumber("the port", asked.get("port") ?? port, 65_535),
    database: asked.get("dbname") ?? (decodePart(path) || user),
    password: asked.get("password") ?? (secret.length > 0 ? decodePart(secret.join(":")) || undefined : undefined),
    sslMode: asked.get("sslmode"),
    rootCert: asked.get("sslrootcert") || undefined,
    options: asked.get("options") || undefined,
    channelBinding: asked.get("channel_binding"),
    connectTimeoutSeconds: parseWholeNumber("connect_timeout", asked.get("connect_timeout"), 3_600),
    parameters: Object.fromEntries([...asked].filter(([name]) => !OWN.includes(name))),
  };
}

/** Strips what consoles and .env files put around it: `psql '…'`, quotes, `DATABASE_URL=…`, `export`. */
function unwrapUri(text: string): string {
  const inner = text
    .trim()
    .replace(/^export\s+/, "")
    .replace(/^(?:[A-Za-z_]\w*\s*=|psql\s)\s*/, "")
    .replace(/(["'`]);$/, "$1");
  const [quote = ""] = inner;
  const uri = /^["'`]$/.test(quote) && inner.length > 1 && inner.endsWith(quote) ? inner.slice(1, -1).trim() : inner;
  const at = uri.search(/postgres(?:ql)?:\/\//);
  if (at > 0) throw createUriError(`there is text before it; give it alone, or as psql '…' or NAME="…"`);
  if (at === 0 && /\s/.test(uri))
    throw createUriError(`there is text after it, or it contains a space; give it alone, or as psql '…' or NAME="…"`);
  return uri;
}

function parseParameters(query: string): Map<string, string> {
  const pairs = query.split("&").filter((pair) => pair !== "");
  return new Map(
    pairs.map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [decodePart(name), decodePart(value.join("="))];
    }),
  );
}

function decodePart(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    throw createUriError('a "%" in it is not followed by two hexadecimal digits of UTF-8');
  }
  if (plain.includes("\0")) throw createUriError("it holds a zero byte");
  return plain;
}

/** 0 and nothing mean: not given. */
function parseWholeNumber(what: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined || text === "" || text === "0") return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw createUriError(`${what} must be a whole number up to ${most}`);
  return value;
}

const createUriError = (problem: string) => new PalisadeError("PAL_USAGE", `the connection URI: ${problem}`);
