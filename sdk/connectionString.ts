import { CONNECTION_CLIENTS, type ConnectionClient, SYSTEM_STORE } from "../contract/connection.js";
import { inWordsOf, type Word } from "../contract/connectionParameters.js";
import { didYouMean } from "../contract/didYouMean.js";
import { PalisadeError } from "../contract/errors.js";

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
      `no client "${args.client}"${didYouMean(args.client, known)} (there are ${known.join(", ")})`,
    );
  return FORMS[args.client](targetOf(args));
}

/** The arguments, checked and with the compute named. */
interface Target {
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
  words: Readonly<Record<string, Word>>;
}

const FORMS: { readonly [C in ConnectionClient]: (to: Target) => ConnectionForm<C> } = {
  psql: (to) => libpq(to),
  libpq: (to) => libpq(to),
  psycopg: (to) => libpq(to),
  // Before 2.1 SQLAlchemy does not decode the path: a name that would need it goes where psycopg reads it.
  sqlalchemy: (to) => uri("postgresql+psycopg", to, { ...libpqParameters(to) }, "dbname"),
  jdbc: (to) => jdbc(to),
  npgsql: (to) => npgsql(to),
  // Go's own pool is the system's; a file named `system` is what older releases look for.
  pgx: (to) => uri("postgresql", to, { ...VERIFY_FULL, sslrootcert: to.rootCert, channel_binding: required(to) }),
  "lib/pq": (to) => uri("postgresql", to, { ...VERIFY_FULL, sslrootcert: to.rootCert }),
  sqlx: (to) => uri("postgresql", to, { ...VERIFY_FULL, sslrootcert: to.rootCert }, "dbname"),
  // It knows no further mode and refuses unknown words; its connectors check chain and name unless told not to.
  "tokio-postgres": (to) => uri("postgresql", to, { sslmode: "require", channel_binding: required(to) }),
  prisma: (to) => prisma(to),
  "node-postgres": (to) => nodePostgres(to),
  "postgres.js": (to) => postgresJs(to),
};

const VERIFY_FULL = { sslmode: "verify-full" };
const required = ({ binding }: Target) => (binding ? "require" : undefined);

const libpqParameters = (to: Target) => ({
  ...VERIFY_FULL,
  sslrootcert: to.rootCert ?? SYSTEM_STORE,
  channel_binding: required(to),
});

const libpq = (to: Target) => uri("postgresql", to, libpqParameters(to));

/** Its default factory reads one file and knows no store; Java's own store is behind another factory. */
function jdbc(to: Target): string {
  const parameters = {
    user: to.role,
    password: to.password,
    ...VERIFY_FULL,
    ...(to.rootCert === undefined ? { sslfactory: "org.postgresql.ssl.DefaultJavaSSLFactory" } : { sslrootcert: to.rootCert }),
    channelBinding: required(to),
    options: to.options,
    ...to.words,
  };
  return `jdbc:postgresql://${authority(to)}/${encode(to.database)}?${query(parameters)}`;
}

/** Without Root Certificate .NET asks the system. */
function npgsql(to: Target): string {
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
    ...to.words,
  };
  // DbConnectionStringBuilder: a value in double quotes holds anything, a double quote is written twice.
  const quoted = (value: string) => (/^[\w./-]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`);
  return Object.entries(words)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quoted(String(value))}`]))
    .join(";");
}

/** Its engines read an unknown sslmode as `prefer` and take any certificate unless told to be strict; `sslcert` is the root. */
function prisma(to: Target): string {
  if (needsDecoding(to.database))
    throw new PalisadeError("PAL_CONNECTION", `Prisma's engines do not decode the name of a database, and "${to.database}" needs it`);
  return uri("postgresql", to, { sslmode: "require", sslaccept: "strict", sslcert: to.rootCert, channel_binding: required(to) });
}

/** An object, because pg does not decode every character of a database in a URI. What is written here outranks NODE_TLS_REJECT_UNAUTHORIZED. */
const nodePostgres = ({ host, port, database, role, password, rootCert, options, binding, words }: Target): NodePostgresConfig => ({
  host,
  ...given({ port }),
  user: role,
  database,
  ...given({ password, options }),
  ssl: { rejectUnauthorized: true, ...given({ ca: rootCert }) },
  enableChannelBinding: binding,
  ...words,
});

const postgresJs = ({ host, port, database, role, password, rootCert, options, words }: Target): PostgresJsOptions => {
  const { application_name: name, ...others } = words as { application_name?: string };
  const connection = given({ options, application_name: name });
  return {
    host,
    ...given({ port }),
    username: role,
    database,
    ...given({ password }),
    ssl: { rejectUnauthorized: true, servername: host, ...given({ ca: rootCert }) },
    ...(Object.keys(connection).length > 0 && { connection }),
    ...others,
  };
};

type Parameters = Readonly<Record<string, Word | undefined>>;

/** @param elsewhere parameter for a database whose name the client would not decode in the path */
function uri(scheme: string, to: Target, parameters: Parameters, elsewhere?: string): string {
  const login = encode(to.role) + (to.password === undefined ? "" : `:${encode(to.password)}`);
  const moved = elsewhere !== undefined && needsDecoding(to.database);
  const asked = { ...parameters, options: to.options, ...to.words, ...(moved && { [elsewhere]: to.database }) };
  return `${scheme}://${login}@${authority(to)}/${moved ? "" : encode(to.database)}?${query(asked)}`;
}

/** As a part of a path; dots alone would be taken for directories. */
const needsDecoding = (name: string) => encode(name) !== name || /^\.+$/.test(name);

const authority = ({ host, port }: Target) => (port === undefined ? host : `${host}:${port}`);

const query = (parameters: Parameters): string =>
  Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encode(String(value))}`]))
    .join("&");

/** Everything but letters, digits and `-._~`: what is left is safe in a shell's quotes too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

function given<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const COMPUTE = /^ep-[a-z0-9-]+$/i;
const POOLER = "-pooler";
const READS_NO_FILE: readonly ConnectionClient[] = ["node-postgres", "postgres.js"];

function targetOf(args: ConnectionArgs): Target {
  const { client, port, pooled = false, endpointOption, rootCert = SYSTEM_STORE } = args;
  const { host } = args;
  if (host === undefined) throw wrong("host", "is missing: a branch without a compute has none");
  if (!HOST.test(host) || /^[\d.]+$/.test(host)) throw wrong("host", "must be a host name, against which the certificate is checked");
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw wrong("port", "must be from 1 to 65535");
  for (const name of ["database", "role", "password"] as const) mustBeText(name, args[name]);
  if (endpointOption !== undefined && !COMPUTE.test(endpointOption)) throw wrong("endpointOption", 'must be the id of a compute, "ep-…"');
  const [label = "", ...domain] = host.split(".");
  const isNamed = COMPUTE.test(label);
  if (endpointOption !== undefined && isNamed && pool(label, true) !== pool(endpointOption, true))
    throw wrong("endpointOption", "is another compute than the host names");
  const { options: ownOptions, ...parameters } = args.parameters ?? {};
  const { words, unsaid } = inWordsOf(client, parameters);
  if (unsaid.length > 0) throw wrong("parameters", `${client} cannot be told ${unsaid.join(", ")}`);
  const endpoint = endpointOption === undefined || isNamed ? [] : [`endpoint=${pool(endpointOption, pooled)}`];
  const options = [...endpoint, ...(ownOptions ? [ownOptions] : [])].join(" ");
  if (pooled && endpointOption === undefined && !COMPUTE.test(label))
    throw wrong("pooled", "needs a host that names the compute, or endpointOption");
  return {
    host: isNamed ? [pool(label, pooled), ...domain].join(".") : host,
    port,
    database: args.database,
    role: args.role,
    password: args.password,
    rootCert: rootCert === SYSTEM_STORE ? undefined : rootOf(client, rootCert),
    options: options === "" ? undefined : options,
    binding: args.channelBinding ?? true,
    words,
  };
}

const pool = (compute: string, pooled: boolean) => (pooled && !compute.endsWith(POOLER) ? compute + POOLER : compute);

/** A path where the client reads files, PEM text where it does not. */
function rootOf(client: ConnectionClient, rootCert: string): string {
  mustBeText("rootCert", rootCert);
  const isText = rootCert.includes("-----BEGIN CERTIFICATE-----");
  const wantsText = READS_NO_FILE.includes(client);
  if (wantsText && !isText) throw wrong("rootCert", `must be the text of a PEM file: ${client} reads none`);
  if (!wantsText && isText) throw wrong("rootCert", `must be the path of a PEM file: ${client} takes no text`);
  return rootCert;
}

/** Never shows the value: it may be the password. */
function mustBeText(name: string, text: string | undefined): void {
  if (text === undefined) return;
  if (text === "") throw wrong(name, "is empty");
  if (text.includes("\0") || /\p{Surrogate}/u.test(text))
    throw wrong(name, "holds what Postgres cannot take: a zero byte or half a character");
}

const wrong = (name: string, problem: string) => new PalisadeError("PAL_CONNECTION", `${name} ${problem}`);
