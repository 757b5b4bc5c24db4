import type { ConnectionClient } from "./connection.js";

/** What libpq 18 takes in a URI beside login and check: everything that a client may or may not have a word for. */
export const LIBPQ_PARAMETERS = [
  ...["application_name", "client_encoding", "connect_timeout", "fallback_application_name", "gssdelegation", "gssencmode", "gsslib"],
  ...["hostaddr", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts"],
  ...["max_protocol_version", "min_protocol_version", "oauth_client_id", "oauth_client_secret", "oauth_issuer", "oauth_scope"],
  ...["options", "passfile", "replication", "require_auth", "requirepeer", "scram_client_key", "scram_server_key", "service"],
  ...["ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir"],
  ...["sslkey", "sslkeylogfile", "sslnegotiation", "sslpassword", "sslsni", "target_session_attrs", "tcp_user_timeout"],
] as const;

/** Of those, what must not be shown unless secrets are asked for. */
export const SECRET_PARAMETERS: readonly string[] = ["oauth_client_secret", "scram_client_key", "scram_server_key", "sslpassword"];

export type Word = string | number | boolean;

/** undefined: the client has no word for this value. */
type Say = (value: string) => readonly [word: string, value: Word] | undefined;

const as =
  (word: string): Say =>
  (value) => [word, value];
const one = (word: string, values: Readonly<Record<string, Word>>): Say => {
  const known = new Map(Object.entries(values));
  return (value) => {
    const said = known.get(value);
    return said === undefined ? undefined : [word, said];
  };
};
const number =
  (word: string, factor = 1): Say =>
  (value) =>
    /^\d{1,9}$/.test(value) ? [word, Number(value) * factor] : undefined;
const same = (...names: readonly string[]): Record<string, Say> => Object.fromEntries(names.map((name) => [name, as(name)]));

/** Of `keepalives`. */
const ON_OFF = { "1": true, "0": false };
const NEGOTIATION = one("sslnegotiation", { postgres: "postgres", direct: "direct" });
const LIBPQ = same(...LIBPQ_PARAMETERS);

/** How each client says what libpq calls so. What is not here it has no word for, or one that means something else. */
const WORDS: Readonly<Record<ConnectionClient, Readonly<Record<string, Say>>>> = {
  ...{ psql: LIBPQ, libpq: LIBPQ, psycopg: LIBPQ, sqlalchemy: LIBPQ },
  jdbc: {
    ...same("options", "replication"),
    application_name: as("ApplicationName"),
    connect_timeout: number("connectTimeout"),
    gssencmode: as("gssEncMode"),
    keepalives: one("tcpKeepAlive", ON_OFF),
    krbsrvname: as("kerberosServerName"),
    target_session_attrs: one("targetServerType", {
      any: "any",
      primary: "primary",
      standby: "secondary",
      "prefer-standby": "preferSecondary",
    }),
  },
  npgsql: {
    application_name: as("Application Name"),
    client_encoding: as("Client Encoding"),
    connect_timeout: number("Timeout"),
    keepalives: one("Tcp Keepalive", ON_OFF),
    krbsrvname: as("Kerberos Service Name"),
    options: as("Options"),
    passfile: as("Passfile"),
    ...{ sslcert: as("SSL Certificate"), sslkey: as("SSL Key"), sslpassword: as("SSL Password") },
    target_session_attrs: as("Target Session Attributes"),
  },
  pgx: same(
    ...["application_name", "client_encoding", "connect_timeout", "krbsrvname", "options", "passfile", "replication", "service"],
    ...["sslcert", "sslkey", "sslnegotiation", "sslpassword", "sslsni", "target_session_attrs"],
  ),
  "lib/pq": same(
    ...["application_name", "client_encoding", "connect_timeout", "fallback_application_name", "krbsrvname", "options", "passfile"],
    ...["sslcert", "sslkey", "sslsni"],
  ),
  sqlx: same("application_name", "options", "sslcert", "sslkey"),
  "tokio-postgres": {
    ...same(
      "application_name",
      "connect_timeout",
      "hostaddr",
      "keepalives",
      "keepalives_idle",
      "keepalives_interval",
      "load_balance_hosts",
    ),
    ...same("options"),
    keepalives_count: as("keepalives_retries"),
    target_session_attrs: one("target_session_attrs", { any: "any", "read-write": "read-write", "read-only": "read-only" }),
  },
  prisma: same("application_name", "connect_timeout", "options"),
  "node-postgres": {
    ...same("application_name", "client_encoding", "fallback_application_name", "options", "replication"),
    sslnegotiation: NEGOTIATION,
    connect_timeout: number("connectionTimeoutMillis", 1_000),
    keepalives: one("keepAlive", ON_OFF),
    keepalives_idle: number("keepAliveInitialDelayMillis", 1_000),
  },
  "postgres.js": {
    ...same("application_name", "options"),
    connect_timeout: number("connect_timeout"),
    keepalives_idle: number("keep_alive"),
    sslnegotiation: NEGOTIATION,
    target_session_attrs: one(
      "target_session_attrs",
      Object.fromEntries(["read-write", "read-only", "primary", "standby", "prefer-standby"].map((word) => [word, word])),
    ),
  },
};

export interface Said {
  /** In the client's own words. */
  readonly words: Readonly<Record<string, Word>>;
  /** Names of the parameters, as they were given, that the client cannot be told. */
  readonly unsaid: readonly string[];
}

/** @param parameters in the words of libpq */
export function inWordsOf(client: ConnectionClient, parameters: Readonly<Record<string, string>>): Said {
  const known = new Map(Object.entries(WORDS[client]));
  const said = Object.entries(parameters).map(([name, value]) => ({ name, word: known.get(name)?.(value) }));
  return {
    words: Object.fromEntries(said.flatMap(({ word }) => (word ? [word] : []))),
    unsaid: said.flatMap(({ name, word }) => (word ? [] : [name])),
  };
}

/** Clients that cannot be told to insist on channel binding. */
const NO_BINDING: readonly ConnectionClient[] = ["lib/pq", "sqlx", "node-postgres", "postgres.js"];
/** Clients that are told of no root. */
const NO_ROOT: readonly ConnectionClient[] = ["tokio-postgres"];

/** What of the check a client is not told in its string. */
export const uncheckedBy = (
  client: ConnectionClient,
  asked: { channelBinding: string | undefined; rootCert: string | undefined },
): string[] => [
  ...(asked.channelBinding === "disable" || (asked.channelBinding === "require" && NO_BINDING.includes(client)) ? ["channel_binding"] : []),
  ...(asked.rootCert !== undefined && NO_ROOT.includes(client) ? ["sslrootcert"] : []),
];
