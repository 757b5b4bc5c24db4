import { quoteIdentifier } from "@palisade/neon/contract/names";

/** What pgbouncer reads. Pure text; nothing in it is a password. */

export interface Login {
  readonly name: string;
  /** As Postgres keeps it. The client proves its password against it, and what that proof gives away logs in to Postgres. */
  readonly verifier: string;
}

export interface PgbouncerSettings {
  /** Folder of Postgres' Unix socket and of pgbouncer's own. */
  readonly socketDirectory: string;
  /** Parts of the names of the two sockets. */
  readonly postgresPort: number;
  readonly port: number;
  readonly usersFile: string;
  readonly administrator: string;
  readonly preparesStatements: boolean;
}

/** The database that pgbouncer takes for its console. */
export const CONSOLE = "pgbouncer";

/** Server connections: nine tenths of what a compute takes, as Neon has it; the rest is for sessions of their own. */
const MAX_SERVER_CONNECTIONS = 90;
const MAX_CLIENTS = 1_000;
const SERVER_IDLE_SECONDS = 60;

export const formatConfiguration = (settings: PgbouncerSettings): string => `[databases]
* = host=${settings.socketDirectory} port=${settings.postgresPort}
[pgbouncer]
listen_port = ${settings.port}
unix_socket_dir = ${settings.socketDirectory}
unix_socket_mode = 0700
auth_type = scram-sha-256
auth_file = ${settings.usersFile}
admin_users = ${settings.administrator}
pool_mode = transaction
max_client_conn = ${MAX_CLIENTS}
default_pool_size = ${MAX_SERVER_CONNECTIONS}
max_db_connections = ${MAX_SERVER_CONNECTIONS}
server_login_retry = 1
server_idle_timeout = ${SERVER_IDLE_SECONDS}
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
log_stats = 0
${settings.preparesStatements ? "max_prepared_statements = 1000\n" : ""}`;

/** A name with a zero byte, which no client can say and Postgres does not take, would end the file. */
export const formatUsers = (logins: readonly Login[]): string =>
  logins
    .filter(({ name }) => !name.includes("\0"))
    .map(({ name, verifier }) => `${quoteIdentifier(name)} ${quoteIdentifier(verifier)}\n`)
    .join("");
