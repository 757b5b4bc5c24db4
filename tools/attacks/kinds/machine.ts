import { defineAttacks, type Attack, reportHeld, reportOutcome, reportThrough } from "../attack.js";
import { buildStatementAttacks, type Statement } from "../privileges.js";

const PROGRAM = "a program of the machine, as the user of Postgres";
const FILE = "files of the machine, as the user of Postgres";
const NETWORK = "connections from inside, past the proxy and its allowlist";

const STATEMENTS: Statement[] = [
  { name: "COPY … TO PROGRAM", gain: PROGRAM, sql: "COPY (SELECT 1) TO PROGRAM 'true'" },
  {
    name: "COPY … FROM PROGRAM",
    gain: PROGRAM,
    before: ["CREATE TABLE IF NOT EXISTS taken (line text)"],
    sql: "COPY taken FROM PROGRAM 'id'",
  },
  {
    name: "COPY … FROM a file",
    gain: FILE,
    before: ["CREATE TABLE IF NOT EXISTS taken (line text)"],
    sql: "COPY taken FROM '/etc/passwd'",
  },
  { name: "COPY … TO a file", gain: FILE, sql: "COPY (SELECT 1) TO '/tmp/palisade-attack'" },
  { name: "pg_read_file", gain: FILE, sql: "SELECT pg_read_file('/etc/passwd')" },
  { name: "pg_read_file of the cluster's own", gain: "the plane's files beside the data", sql: "SELECT pg_read_file('postgresql.conf')" },
  { name: "pg_read_binary_file", gain: FILE, sql: "SELECT pg_read_binary_file('global/pg_control')" },
  { name: "pg_ls_dir", gain: "names of files", sql: "SELECT pg_ls_dir('/')" },
  { name: "pg_stat_file", gain: "what a file is", sql: "SELECT pg_stat_file('/etc/passwd')" },
  { name: "pg_hba_file_rules", gain: "how Postgres lets others in", sql: "SELECT * FROM pg_hba_file_rules" },
  { name: "lo_import", gain: FILE, sql: "SELECT lo_import('/etc/passwd')" },
  { name: "lo_export", gain: FILE, sql: "SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/palisade-attack')" },
  { name: "LOAD of a library", gain: PROGRAM, sql: "LOAD '/tmp/evil.so'" },
  { name: "LOAD of one of Postgres' own", gain: "hooks in every session", sql: "LOAD 'auth_delay'" },
  {
    name: "a function of a library",
    gain: PROGRAM,
    sql: "CREATE FUNCTION system(cstring) RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'system' LANGUAGE c",
  },
  {
    name: "a function of the server's own code",
    gain: "any function of C with any argument",
    sql: "CREATE FUNCTION raw(text) RETURNS text AS 'pg_read_file_all' LANGUAGE internal",
  },
  { name: "ALTER SYSTEM archive_command", gain: PROGRAM, sql: "ALTER SYSTEM SET archive_command = 'touch /tmp/palisade-attack'" },
  { name: "ALTER SYSTEM log_directory", gain: FILE, sql: "ALTER SYSTEM SET log_directory = '/tmp'" },
  {
    name: "session_preload_libraries of the database",
    gain: PROGRAM,
    sql: "ALTER DATABASE neondb SET session_preload_libraries = '/tmp/evil.so'",
  },
  {
    name: "session_preload_libraries of oneself",
    gain: PROGRAM,
    sql: "ALTER ROLE CURRENT_USER SET session_preload_libraries = '/tmp/evil.so'",
  },
  { name: "dynamic_library_path", gain: PROGRAM, sql: "SET dynamic_library_path = '/tmp'" },
  { name: "log_statement of the server", gain: "what others say, in the log", sql: "SET log_statement = 'all'" },
  { name: "a tablespace", gain: FILE, sql: "CREATE TABLESPACE t LOCATION '/tmp'" },
  { name: "a tablespace in the cluster itself", gain: "a tenant's files among the plane's", sql: "CREATE TABLESPACE t LOCATION ''" },
  ...["plperlu", "plpython3u", "pltclu"].map((language) => ({
    name: `the untrusted language ${language}`,
    gain: PROGRAM,
    sql: `CREATE EXTENSION ${language}`,
  })),
  ...["dblink", "postgres_fdw"].map((extension) => ({
    name: `the extension ${extension}`,
    gain: NETWORK,
    sql: `CREATE EXTENSION ${extension}`,
  })),
  { name: "the extension file_fdw", gain: FILE, sql: "CREATE EXTENSION file_fdw" },
  ...["pageinspect", "pg_surgery", "pg_walinspect", "pg_buffercache", "amcheck", "pg_visibility", "sslinfo"].map((extension) => ({
    name: `the extension ${extension}`,
    gain: "pages of tables, past every right to them",
    sql: `CREATE EXTENSION ${extension}`,
  })),
  { name: "an extension's script by a path", gain: "SQL as the superuser", sql: 'CREATE EXTENSION "../../../tmp/evil"' },
  {
    name: "a trusted extension with a prepared schema",
    gain: "SQL as the superuser, from an extension's script",
    before: [
      "CREATE SCHEMA IF NOT EXISTS evil",
      "CREATE OR REPLACE FUNCTION evil.format(text, variadic text[]) RETURNS text LANGUAGE sql AS $$ SELECT 'ALTER ROLE neondb_owner SUPERUSER' $$",
      "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA evil",
    ],
    sql: "ALTER EXTENSION hstore SET SCHEMA pg_catalog",
  },
  { name: "an extension of the plane's dropped", gain: "plpgsql of another's making", sql: "DROP EXTENSION plpgsql CASCADE" },
  { name: "a subscription", gain: NETWORK, sql: "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p" },
  { name: "a foreign data wrapper", gain: NETWORK, sql: "CREATE FOREIGN DATA WRAPPER w" },
  { name: "a language of one's own", gain: "C as one likes", sql: "CREATE LANGUAGE mine HANDLER plpgsql_call_handler" },
  {
    name: "a trusted language with a stored program",
    gain: PROGRAM,
    before: ["CREATE EXTENSION IF NOT EXISTS plperl", "CREATE OR REPLACE FUNCTION shell() RETURNS text LANGUAGE plperl AS 'return `id`;'"],
    sql: "SELECT shell()",
  },
];

export const machine: Attack[] = [
  ...buildStatementAttacks("machine", STATEMENTS),
  ...defineAttacks("machine", [
    {
      name: "nothing was left in /tmp by any of these",
      gain: FILE,
      attempt: async (target) => {
        const { existsSync } = await import("node:fs");
        return reportOutcome(!existsSync("/tmp/palisade-attack"), "there is no such file", `${target.directory}: a file was written`);
      },
    },
    {
      name: "local_preload_libraries with a path",
      gain: PROGRAM,
      attempt: async (target) => {
        const options = { options: "-c local_preload_libraries=../../../tmp/evil" };
        const answer = await target
          .withSession(target.tenant.owner, (client) => client.query("SELECT 1"), options)
          .then(
            () => undefined,
            (error: unknown) => (error as Error).message,
          );
        return answer === undefined ? reportThrough("the library was not refused") : reportHeld(answer);
      },
    },
    {
      name: "an entity of an XML document",
      gain: FILE,
      attempt: async (target) => {
        const text = `SELECT xmlparse(document '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')::text AS text`;
        const answer = await target.query(target.tenant.owner, text).then(
          (rows) => String(rows[0]?.["text"]),
          (error: unknown) => (error as Error).message,
        );
        return reportOutcome(!answer.includes("root:"), answer, answer);
      },
    },
    {
      name: "Postgres on the network",
      gain: NETWORK,
      attempt: async (target) => {
        const rows = await target.query(
          target.tenant.owner,
          "SELECT current_setting('listen_addresses') AS addresses, inet_server_addr()::text AS address",
        );
        const { addresses, address } = rows[0] ?? {};
        return reportOutcome(
          addresses === "" && address === null,
          "it listens on its Unix socket alone",
          `it listens on ${String(addresses)}`,
        );
      },
    },
    {
      name: "settings that a session may look at",
      gain: "where the plane's secrets are, or the secrets",
      attempt: async (target) => {
        const settings = await target.query(target.tenant.owner, "SELECT name || ' ' || setting AS text FROM pg_settings");
        const found = settings.filter(({ text }) => [...target.secrets].some((secret) => String(text).includes(secret)));
        return found.length === 0 ? reportHeld(`${settings.length} settings, none with a secret`) : { through: String(found[0]?.["text"]) };
      },
    },
  ]),
];
