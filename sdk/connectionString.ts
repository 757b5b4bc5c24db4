import { CONNECTION_CLIENTS, type ConnectionClient, SYSTEM_STORE } from "../contract/connection.js";
import { translateParameters, type ParameterValue } from "../contract/connectionParameters.js";
import { formatSuggestion } from "../contract/didYouMean.js";
import { PalisadeError } from "../contract/errors.js";
import { omitUndefined } from "../contract/values.js";

/** What to connect to, and with which client. */
export interface ConnectionArgs<C extends ConnectionClient = ConnectionClient> {
  /** The driver or tool: `psql`, `node-postgres`, `jdbc`, … */
  readonly client: C;
  /** Host name: the `host` of a branch or compute (`ep-….neon.tech`), or another name together with `endpointOption`. No address: certificates are checked against names. Of a branch without a compute it is undefined, and refused. */
  readonly host: string | undefined;
  /** Default: the client's own, 5432. */
  readonly port?: number | undefined;
  readonly database: string;
  readonly role: string;
  /** Left out when omitted: clients then take PGPASSWORD or their own way. */
  readonly password?: string | undefined;
  /**
   * The authority that must have signed the server's certificate. Default `system`: the store of the machine that connects. Otherwise the path
   * of a PEM file there; for `node-postgres` and `postgres.js`, which read no file, the text of one.
   */
  readonly rootCert?: string | undefined;
  /** Id of the compute (`ep-…`): sent as `options=endpoint=…` where the name of the host does not begin with it. */
  readonly endpointOption?: string | undefined;
  /** Through the pooler: adds `-pooler` to the compute's name. Default: false. */
  readonly pooled?: boolean | undefined;
  /** Ties the login to this very TLS session (SCRAM-SHA-256-PLUS), in clients that can. Default: true. */
  readonly channelBinding?: boolean | undefined;
  /**
   * What else the client is to be told, by libpq's names: `{ application_name: "billing", options: "-c search_path=billing" }`. Each client gets
   * it in its own words, and one that has none for it is refused.
   */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** For `new Client(…)` and `new Pool(…)` of pg. Channel binding is used whenever the server offers it. */
export interface NodePostgresConfig {
  host: string;
  port?: number;
  user: string;
  database: string;
  password?: string;
  options?: string;
  ssl: { rejectUnauthorized: true; ca?: string };
  enableChannelBinding: boolean;
  application_name?: string;
  fallback_application_name?: string;
  client_encoding?: string;
  replication?: string;
  sslnegotiation?: "postgres" | "direct";
  connectionTimeoutMillis?: number;
  keepAlive?: boolean;
  keepAliveInitialDelayMillis?: number;
}

/** For `postgres(…)`. It knows no channel binding. */
export interface PostgresJsOptions {
  host: string;
  port?: number;
  username: string;
  database: string;
  password?: string;
  ssl: { rejectUnauthorized: true; servername: string; ca?: string };
  connection?: { options?: string; application_name?: string };
  /** Seconds. */
  connect_timeout?: number;
  /** Seconds. */
  keep_alive?: number;
  sslnegotiation?: "postgres" | "direct";
  target_session_attrs?: "read-write" | "read-only" | "primary" | "standby" | "prefer-standby";
}

/** What each client is given. */
export type ConnectionForm<C extends ConnectionClient> = C extends "node-postgres"
  ? NodePostgresConfig
  : C extends "postgres.js"
    ? PostgresJsOptions
    : string;

/**
 * What the client needs to connect with `verify-full`: TLS, a certificate of a known authority, and the right name in it. There is no weaker
 * form. A function of plain values; with outputs of resources: `pulumi.all([host, password]).apply(([host, password]) => …)`.
 * @throws PAL_CONNECTION when the client is unknown or a value cannot be what it is given as
 */
export function connectionString<C extends ConnectionClient>(args: ConnectionArgs<C>): ConnectionForm<C> {
  const known = Object.keys(CONNECTION_CLIENTS);
  if (!known.includes(args.client))
    throw new PalisadeError(
      "PAL_CONNECTION",
      `no client "${args.client}"${formatSuggestion(args.client, known)} (there are ${known.join(", ")})`,
    );
  return FORMS[args.client](parseTarget(args));
}

/** The arguments, checked and with the compute named. */
interface ConnectionTarget {
  host: string;
  port: number | undefined;
  database: string;
  role: string;
  password: string | undefined;
  /** undefined: the system's store. */
  rootCert: string | undefined;
  options: string | undefined;
  binding: boolean;
  /** What else is asked for, in the client's words. */
  parameters: Readonly<Record<string, ParameterValue>>;
}

const FORMS: { readonly [C in ConnectionClient]: (to: ConnectionTarget) => ConnectionForm<C> } = {
  psql: (to) => buildLibpqUri(to),
  libpq: (to) => buildLibpqUri(to),
  psycopg: (to) => buildLibpqUri(to),
  // Before 2.1 SQLAlchemy does not decode the path: a name that would need it goes where psycopg reads it.
  sqlalchemy: (to) => buildUri("postgresql+psycopg", to, { ...buildLibpqParameters(to) }, "dbname"),
  jdbc: (to) => buildJdbcUrl(to),
  npgsql: (to) => buildNpgsqlString(to),
  // Go's own pool is the system's; a file named `system` is what older releases look for.
  pgx: (to) => buildUri("postgresql", to, { ...VERIFY_FULL, sslrootcert: to.rootCert, channel_binding: getChannelBinding(to) }),
  "lib/pq": (to) => buildUri("postgresql", to, { ...VERIFY_FULL, sslrootcert: to.rootCert }),
  sqlx: (to) => buildUri("postgresql", to, { ...VERIFY_FULL, sslrootcert: to.rootCert }, "dbname"),
  // It knows no further mode and refuses unknown words; its connectors check chain and name unless told not to.
  "tokio-postgres": (to) => buildUri("postgresql", to, { sslmode: "require", channel_binding: getChannelBinding(to) }),
  prisma: (to) => buildPrismaUrl(to),
  "node-postgres": (to) => buildNodePostgresConfig(to),
  "postgres.js": (to) => buildPostgresJsOptions(to),
};

const VERIFY_FULL = { sslmode: "verify-full" };
const getChannelBinding = ({ binding }: ConnectionTarget) => (binding ? "require" : undefined);

const buildLibpqParameters = (to: ConnectionTarget) => ({
  ...VERIFY_FULL,
  sslrootcert: to.rootCert ?? SYSTEM_STORE,
  channel_binding: getChannelBinding(to),
});

const buildLibpqUri = (to: ConnectionTarget) => buildUri("postgresql", to, buildLibpqParameters(to));

/** Its default factory reads one file and knows no store; Java's own store is behind another factory. */
function buildJdbcUrl(to: ConnectionTarget): string {
  const parameters = {
    user: to.role,
    password: to.password,
    ...VERIFY_FULL,
    ...(to.rootCert === undefined ? { sslfactory: "org.postgresql.ssl.DefaultJavaSSLFactory" } : { sslrootcert: to.rootCert }),
    channelBinding: getChannelBinding(to),
    options: to.options,
    ...to.parameters,
  };
  return `jdbc:postgresql://${formatAuthority(to)}/${encode(to.database)}?${formatQuery(parameters)}`;
}

/** Without Root Certificate .NET asks the system. */
function buildNpgsqlString(to: ConnectionTarget): string {
  const words: Parameters = {
    Host: to.host,
    Port: to.port?.toString(),
    Database: to.database,
    Username: to.role,
    Password: to.password,
    "SSL Mode": "VerifyFull",
    "Root Certificate": to.rootCert,
    "Channel Binding": to.binding ? "Require" : undefined,
    Options: to.options,
    ...to.parameters,
  };
  // DbConnectionStringBuilder: a value in double quotes holds anything, a double quote is written twice.
  const quoted = (value: string) => (/^[\w./-]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`);
  return Object.entries(words)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoted(String(value))}`]))
    .join(";");
}

/** Its engines read an unknown sslmode as `prefer` and take any certificate unless told to be strict; `sslcert` is the root. */
function buildPrismaUrl(to: ConnectionTarget): string {
  if (needsDecoding(to.database))
    throw new PalisadeError("PAL_CONNECTION", `Prisma's engines do not decode the name of a database, and "${to.database}" needs it`);
  return buildUri("postgresql", to, {
    sslmode: "require",
    sslaccept: "strict",
    sslcert: to.rootCert,
    channel_binding: getChannelBinding(to),
  });
}

/** An object, because pg does not decode every character of a database in a URI. What is written here outranks NODE_TLS_REJECT_UNAUTHORIZED. */
const buildNodePostgresConfig = ({
  host,
  port,
  database,
  role,
  password,
  rootCert,
  options,
  binding,
  parameters: words,
}: ConnectionTarget): NodePostgresConfig => ({
  host,
  ...omitUndefined({ port }),
  user: role,
  database,
  ...omitUndefined({ password, options }),
  ssl: { rejectUnauthorized: true, ...omitUndefined({ ca: rootCert }) },
  enableChannelBinding: binding,
  ...words,
});

const buildPostgresJsOptions = ({
  host,
  port,
  database,
  role,
  password,
  rootCert,
  options,
  parameters: words,
}: ConnectionTarget): PostgresJsOptions => {
  const { application_name: name, ...others } = words as { application_name?: string };
  const connection = omitUndefined({ options, application_name: name });
  return {
    host,
    ...omitUndefined({ port }),
    username: role,
    database,
    ...omitUndefined({ password }),
    ssl: { rejectUnauthorized: true, servername: host, ...omitUndefined({ ca: rootCert }) },
    ...(Object.keys(connection).length > 0 && { connection }),
    ...others,
  };
};

type Parameters = Readonly<Record<string, ParameterValue | undefined>>;

/** @param elsewhere parameter for a database whose name the client would not decode in the path */
function buildUri(scheme: string, to: ConnectionTarget, parameters: Parameters, elsewhere?: string): string {
  const login = encode(to.role) + (to.password === undefined ? "" : `:${encode(to.password)}`);
  const moved = elsewhere !== undefined && needsDecoding(to.database);
  const asked = { ...parameters, options: to.options, ...to.parameters, ...(moved && { [elsewhere]: to.database }) };
  return `${scheme}://${login}@${formatAuthority(to)}/${moved ? "" : encode(to.database)}?${formatQuery(asked)}`;
}

/** As a part of a path; dots alone would be taken for directories. */
const needsDecoding = (name: string) => encode(name) !== name || /^\.+$/.test(name);

const formatAuthority = ({ host, port }: ConnectionTarget) => (port === undefined ? host : `${host}:${port}`);

const formatQuery = (parameters: Parameters): string =>
  Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encode(String(value))}`]))
    .join("&");

/** Everything but letters, digits and `-._~`: what is left is safe in a shell's quotes too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const COMPUTE = /^ep-[a-z0-9-]+$/i;
const POOLER = "-pooler";
const READS_NO_FILE: readonly ConnectionClient[] = ["node-postgres", "postgres.js"];

function parseTarget(args: ConnectionArgs): ConnectionTarget {
  const { client, port, pooled = false, endpointOption, rootCert = SYSTEM_STORE } = args;
  const { host } = args;
  if (host === undefined) throw createConnectionError("host", "is missing: a branch without a compute has none");
  if (!HOST.test(host) || /^[\d.]+$/.test(host))
    throw createConnectionError("host", "must be a host name, against which the certificate is checked");
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw createConnectionError("port", "must be from 1 to 65535");
  for (const name of ["database", "role", "password"] as const) assertText(name, args[name]);
  if (endpointOption !== undefined && !COMPUTE.test(endpointOption))
    throw createConnectionError("endpointOption", 'must be the id of a compute, "ep-…"');
  const [label = "", ...domain] = host.split(".");
  const isNamed = COMPUTE.test(label);
  if (endpointOption !== undefined && isNamed && addPoolerSuffix(label, true) !== addPoolerSuffix(endpointOption, true))
    throw createConnectionError("endpointOption", "is another compute than the host names");
  const { options: ownOptions, ...parameters } = args.parameters ?? {};
  const { translated: words, unsupported: unsaid } = translateParameters(client, parameters);
  if (unsaid.length > 0) throw createConnectionError("parameters", `${client} cannot be told ${unsaid.join(", ")}`);
  const endpoint = endpointOption === undefined || isNamed ? [] : [`endpoint=${addPoolerSuffix(endpointOption, pooled)}`];
  const options = [...endpoint, ...(ownOptions ? [ownOptions] : [])].join(" ");
  if (pooled && endpointOption === undefined && !COMPUTE.test(label))
    throw createConnectionError("pooled", "needs a host that names the compute, or endpointOption");
  return {
    host: isNamed ? [addPoolerSuffix(label, pooled), ...domain].join(".") : host,
    port,
    database: args.database,
    role: args.role,
    password: args.password,
    rootCert: rootCert === SYSTEM_STORE ? undefined : parseRootCert(client, rootCert),
    options: options === "" ? undefined : options,
    binding: args.channelBinding ?? true,
    parameters: words,
  };
}

const addPoolerSuffix = (compute: string, pooled: boolean) => (pooled && !compute.endsWith(POOLER) ? compute + POOLER : compute);

/** A path where the client reads files, PEM text where it does not. */
function parseRootCert(client: ConnectionClient, rootCert: string): string {
  assertText("rootCert", rootCert);
  const isText = rootCert.includes("-----BEGIN CERTIFICATE-----");
  const wantsText = READS_NO_FILE.includes(client);
  if (wantsText && !isText) throw createConnectionError("rootCert", `must be the text of a PEM file: ${client} reads none`);
  if (!wantsText && isText) throw createConnectionError("rootCert", `must be the path of a PEM file: ${client} takes no text`);
  return rootCert;
}

/** Never shows the value: it may be the password. */
function assertText(name: string, text: string | undefined): void {
  if (text === undefined) return;
  if (text === "") throw createConnectionError(name, "is empty");
  if (text.includes("\0") || /\p{Surrogate}/u.test(text))
    throw createConnectionError(name, "holds what Postgres cannot take: a zero byte or half a character");
}

const createConnectionError = (name: string, problem: string) => new PalisadeError("PAL_CONNECTION", `${name} ${problem}`);
