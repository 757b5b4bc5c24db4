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

export type ParameterValue = string | number | boolean;

/** undefined: the client has no word for this value. */
type Translation = (value: string) => readonly [word: string, value: ParameterValue] | undefined;

const renameTo =
  (word: string): Translation =>
  (value) => [word, value];
const mapValues = (word: string, values: Readonly<Record<string, ParameterValue>>): Translation => {
  const known = new Map(Object.entries(values));
  return (value) => {
    const said = known.get(value);
    return said === undefined ? undefined : [word, said];
  };
};
const convertNumber =
  (word: string, factor = 1): Translation =>
  (value) =>
    /^\d{1,9}$/.test(value) ? [word, Number(value) * factor] : undefined;
const keepNames = (...names: readonly string[]): Record<string, Translation> =>
  Object.fromEntries(names.map((name) => [name, renameTo(name)]));

/** Of `keepalives`. */
const ON_OFF = { "1": true, "0": false };
const NEGOTIATION = mapValues("sslnegotiation", { postgres: "postgres", direct: "direct" });
const LIBPQ = keepNames(...LIBPQ_PARAMETERS);

/** How each client says what libpq calls so. What is not here it has no word for, or one that means something else. */
const TRANSLATIONS: Readonly<Record<ConnectionClient, Readonly<Record<string, Translation>>>> = {
  psql: LIBPQ,
  libpq: LIBPQ,
  psycopg: LIBPQ,
  sqlalchemy: LIBPQ,
  jdbc: {
    ...keepNames("options", "replication"),
    application_name: renameTo("ApplicationName"),
    connect_timeout: convertNumber("connectTimeout"),
    gssencmode: renameTo("gssEncMode"),
    keepalives: mapValues("tcpKeepAlive", ON_OFF),
    krbsrvname: renameTo("kerberosServerName"),
    target_session_attrs: mapValues("targetServerType", {
      any: "any",
      primary: "primary",
      standby: "secondary",
      "prefer-standby": "preferSecondary",
    }),
  },
  npgsql: {
    application_name: renameTo("Application Name"),
    client_encoding: renameTo("Client Encoding"),
    connect_timeout: convertNumber("Timeout"),
    keepalives: mapValues("Tcp Keepalive", ON_OFF),
    krbsrvname: renameTo("Kerberos Service Name"),
    options: renameTo("Options"),
    passfile: renameTo("Passfile"),
    sslcert: renameTo("SSL Certificate"),
    sslkey: renameTo("SSL Key"),
    sslpassword: renameTo("SSL Password"),
    target_session_attrs: renameTo("Target Session Attributes"),
  },
  pgx: keepNames(
    ...["application_name", "client_encoding", "connect_timeout", "krbsrvname", "options", "passfile", "replication", "service"],
    ...["sslcert", "sslkey", "sslnegotiation", "sslpassword", "sslsni", "target_session_attrs"],
  ),
  "lib/pq": keepNames(
    ...["application_name", "client_encoding", "connect_timeout", "fallback_application_name", "krbsrvname", "options", "passfile"],
    ...["sslcert", "sslkey", "sslsni"],
  ),
  sqlx: keepNames("application_name", "options", "sslcert", "sslkey"),
  "tokio-postgres": {
    ...keepNames(
      "application_name",
      "connect_timeout",
      "hostaddr",
      "keepalives",
      "keepalives_idle",
      "keepalives_interval",
      "load_balance_hosts",
    ),
    ...keepNames("options"),
    keepalives_count: renameTo("keepalives_retries"),
    target_session_attrs: mapValues("target_session_attrs", { any: "any", "read-write": "read-write", "read-only": "read-only" }),
  },
  prisma: keepNames("application_name", "connect_timeout", "options"),
  "node-postgres": {
    ...keepNames("application_name", "client_encoding", "fallback_application_name", "options", "replication"),
    sslnegotiation: NEGOTIATION,
    connect_timeout: convertNumber("connectionTimeoutMillis", 1_000),
    keepalives: mapValues("keepAlive", ON_OFF),
    keepalives_idle: convertNumber("keepAliveInitialDelayMillis", 1_000),
  },
  "postgres.js": {
    ...keepNames("application_name", "options"),
    connect_timeout: convertNumber("connect_timeout"),
    keepalives_idle: convertNumber("keep_alive"),
    sslnegotiation: NEGOTIATION,
    target_session_attrs: mapValues(
      "target_session_attrs",
      Object.fromEntries(["read-write", "read-only", "primary", "standby", "prefer-standby"].map((word) => [word, word])),
    ),
  },
};

export interface TranslatedParameters {
  /** In the client's own words. */
  readonly translated: Readonly<Record<string, ParameterValue>>;
  /** Names of the parameters, as they were given, that the client does not support. */
  readonly unsupported: readonly string[];
}

/** @param parameters in the words of libpq */
export function translateParameters(client: ConnectionClient, parameters: Readonly<Record<string, string>>): TranslatedParameters {
  const known = new Map(Object.entries(TRANSLATIONS[client]));
  const said = Object.entries(parameters).map(([name, value]) => ({ name, word: known.get(name)?.(value) }));
  return {
    translated: Object.fromEntries(said.flatMap(({ word }) => (word ? [word] : []))),
    unsupported: said.flatMap(({ name, word }) => (word ? [] : [name])),
  };
}

/** Clients that cannot require channel binding. */
const NO_BINDING: readonly ConnectionClient[] = ["lib/pq", "sqlx", "node-postgres", "postgres.js"];
/** Clients whose string names no root certificate. */
const NO_ROOT: readonly ConnectionClient[] = ["tokio-postgres"];

/** Checks that a client's string does not configure. */
export const listUnenforcedChecks = (
  client: ConnectionClient,
  asked: { channelBinding: string | undefined; rootCert: string | undefined },
): string[] => [
  ...(asked.channelBinding === "disable" || (asked.channelBinding === "require" && NO_BINDING.includes(client)) ? ["channel_binding"] : []),
  ...(asked.rootCert !== undefined && NO_ROOT.includes(client) ? ["sslrootcert"] : []),
];
