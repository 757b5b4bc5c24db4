/** Random statements of a tenant about roles, databases and schemas: most are refused, all are valid to send. */

/** A whole number below the given one. */
export type Random = (below: number) => number;

export const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)] as T;

/** Few of each, so that statements meet. */
const ROLES = ["neondb_owner", "r1", "r2", "r3", '"R 4"', "palisade_5", '"a""b"'];
const GROUPS = [
  ...ROLES,
  "neon_superuser",
  "cloud_admin",
  "pg_read_all_data",
  "pg_write_server_files",
  "pg_execute_server_program",
  "pg_monitor",
  "PUBLIC",
];
const DATABASES = ["neondb", "d1", "d2", '"D 3"', "postgres", "palisade", "template1"];
const SCHEMAS = ["public", "s1", "palisade", '"s;2"'];
const PRIVILEGES = ["ALL", "CREATE", "CONNECT", "TEMPORARY"];
const ATTRIBUTES = [
  "SUPERUSER",
  "CREATEROLE",
  "NOCREATEROLE",
  "CREATEDB",
  "NOINHERIT",
  "INHERIT",
  "REPLICATION",
  "BYPASSRLS",
  "NOBYPASSRLS",
  "LOGIN",
  "NOLOGIN",
  "CONNECTION LIMIT 0",
  "VALID UNTIL '2001-01-01'",
  "PASSWORD NULL",
  "PASSWORD 'correct-Horse7battery'",
];
const FLAGS = [
  "IS_TEMPLATE true",
  "IS_TEMPLATE false",
  "ALLOW_CONNECTIONS false",
  "ALLOW_CONNECTIONS true",
  "CONNECTION LIMIT 0",
  "CONNECTION LIMIT -1",
];
const SETTINGS = [
  "search_path = 's1, pg_catalog'",
  "role = 'r1'",
  "statement_timeout = 1",
  "default_transaction_read_only = on",
  "row_security = off",
  "session_preload_libraries = 'x'",
  "local_preload_libraries = 'x'",
  "client_encoding = 'LATIN1'",
  "event_triggers = off",
  "transaction_timeout = 1",
  "idle_session_timeout = 1",
];

type StatementGenerator = (random: Random) => string;

const pickRole: StatementGenerator = (random) => pick(random, ROLES);
const pickDatabase: StatementGenerator = (random) => pick(random, DATABASES);
const pickSchema: StatementGenerator = (random) => pick(random, SCHEMAS);

const STATEMENT_GENERATORS: readonly StatementGenerator[] = [
  (random) => `CREATE ROLE ${pickRole(random)} ${pick(random, ATTRIBUTES)}`,
  (random) => `ALTER ROLE ${pick(random, GROUPS)} ${pick(random, ATTRIBUTES)}`,
  (random) => `ALTER ROLE ${pick(random, GROUPS)} RENAME TO ${pick(random, [...ROLES, "pg_x", "cloud_admin2"])}`,
  (random) => `ALTER ROLE ${pick(random, [...ROLES, "ALL"])} SET ${pick(random, SETTINGS)}`,
  (random) => `DROP ROLE ${pick(random, GROUPS)}`,
  (random) =>
    `GRANT ${pick(random, GROUPS)} TO ${pickRole(random)} ${pick(random, ["", "WITH ADMIN OPTION", "WITH INHERIT FALSE", "WITH SET FALSE", "GRANTED BY neondb_owner"])}`,
  (random) => `REVOKE ${pick(random, GROUPS)} FROM ${pickRole(random)} ${pick(random, ["", "CASCADE"])}`,
  (random) => `GRANT ${pick(random, PRIVILEGES)} ON DATABASE ${pickDatabase(random)} TO ${pick(random, GROUPS)}`,
  (random) => `REVOKE ${pick(random, PRIVILEGES)} ON DATABASE ${pickDatabase(random)} FROM ${pick(random, GROUPS)}`,
  (random) =>
    `CREATE DATABASE ${pickDatabase(random)} ${pick(random, ["", `OWNER ${pickRole(random)}`, `TEMPLATE ${pickDatabase(random)}`, "IS_TEMPLATE true", "ALLOW_CONNECTIONS false"])}`,
  (random) => `ALTER DATABASE ${pickDatabase(random)} OWNER TO ${pick(random, GROUPS)}`,
  (random) => `ALTER DATABASE ${pickDatabase(random)} RENAME TO ${pickDatabase(random)}`,
  (random) => `ALTER DATABASE ${pickDatabase(random)} ${pick(random, FLAGS)}`,
  (random) => `ALTER DATABASE ${pickDatabase(random)} SET ${pick(random, SETTINGS)}`,
  (random) => `DROP DATABASE ${pickDatabase(random)} ${pick(random, ["", "WITH (FORCE)"])}`,
  (random) => `CREATE SCHEMA ${pickSchema(random)} ${pick(random, ["", `AUTHORIZATION ${pickRole(random)}`])}`,
  (random) => `ALTER SCHEMA ${pickSchema(random)} OWNER TO ${pick(random, GROUPS)}`,
  (random) => `ALTER SCHEMA ${pickSchema(random)} RENAME TO ${pickSchema(random)}`,
  (random) => `DROP SCHEMA ${pickSchema(random)} ${pick(random, ["", "CASCADE"])}`,
  (random) => `CREATE TABLE ${pickSchema(random)}.t${random(3)} (n int)`,
  (random) => `INSERT INTO ${pickSchema(random)}.t${random(3)} VALUES (${random(9)})`,
  (random) => `ALTER TABLE ${pickSchema(random)}.t${random(3)} OWNER TO ${pick(random, GROUPS)}`,
  (random) => `ALTER TABLE ${pickSchema(random)}.t${random(3)} ${pick(random, ["ENABLE", "FORCE"])} ROW LEVEL SECURITY`,
  (random) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${pick(random, GROUPS)} GRANT ALL ON TABLES TO ${pick(random, GROUPS)}`,
  (random) => `REASSIGN OWNED BY ${pick(random, GROUPS)} TO ${pick(random, GROUPS)}`,
  (random) => `DROP OWNED BY ${pickRole(random)}`,
  (random) => `SET ROLE ${pick(random, GROUPS)}`,
  () => "RESET ROLE",
  (random) => `COMMENT ON DATABASE ${pickDatabase(random)} IS 'x'`,
];

/** Of one session. */
export const generateStatements = (random: Random, count: number): string[] =>
  Array.from({ length: count }, () => pick(random, STATEMENT_GENERATORS)(random));
