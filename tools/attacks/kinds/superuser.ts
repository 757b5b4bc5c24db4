import type { Attack } from "../attack.js";
import { buildStatementAttacks, type Statement } from "../privileges.js";

const SUPERUSER = "the superuser: every row of the branch, programs and files of the machine";
const PREDEFINED = ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_create_subscription", "pg_maintain"];

/** A role's attributes, and roles of others. */
const ROLES: Statement[] = [
  ...["SUPERUSER", "REPLICATION"].flatMap((attribute) => [
    { name: `ALTER ROLE … ${attribute} of oneself`, gain: SUPERUSER, sql: `ALTER ROLE CURRENT_USER ${attribute}` },
    { name: `CREATE ROLE … ${attribute}`, gain: SUPERUSER, sql: `CREATE ROLE privileged ${attribute}` },
  ]),
  ...PREDEFINED.map((role) => ({
    name: `GRANT ${role}`,
    gain: "programs and files of the machine, as the user of Postgres",
    sql: `GRANT ${role} TO CURRENT_USER`,
  })),
  { name: "GRANT of the superuser", gain: SUPERUSER, sql: "GRANT cloud_admin TO CURRENT_USER" },
  { name: "a new role IN ROLE of the superuser", gain: SUPERUSER, sql: "CREATE ROLE heir IN ROLE cloud_admin" },
  { name: "a new role with a predefined role", gain: SUPERUSER, sql: "CREATE ROLE heir IN ROLE pg_execute_server_program" },
  { name: "SET ROLE to the superuser", gain: SUPERUSER, sql: "SET ROLE cloud_admin" },
  { name: "SET SESSION AUTHORIZATION", gain: SUPERUSER, sql: "SET SESSION AUTHORIZATION cloud_admin" },
  { name: "set_config('role')", gain: SUPERUSER, sql: "SELECT set_config('role', 'cloud_admin', false)" },
  { name: "the superuser's password", gain: SUPERUSER, sql: "ALTER ROLE cloud_admin PASSWORD 'correct-Horse7battery'" },
  {
    name: "the superuser renamed",
    gain: "a superuser of the old name is made by the next session",
    sql: "ALTER ROLE cloud_admin RENAME TO other",
  },
  { name: "the superuser dropped", gain: "a branch without a superuser", sql: "DROP ROLE cloud_admin" },
  {
    name: "settings of the superuser",
    gain: "a library in the plane's sessions",
    sql: "ALTER ROLE cloud_admin SET session_preload_libraries = 'x'",
  },
  { name: "settings of all roles", gain: "a search path in the plane's sessions", sql: "ALTER ROLE ALL SET search_path = 'evil'" },
  { name: "the group of all owners made superuser", gain: SUPERUSER, sql: "ALTER ROLE neon_superuser SUPERUSER" },
  { name: "the group of all owners given away", gain: "the rights of an owner for any role", sql: "GRANT neon_superuser TO pg_monitor" },
  {
    name: "settings of the group of all owners",
    gain: "settings of the others' sessions",
    sql: "ALTER ROLE neon_superuser SET search_path = 'evil'",
  },
  { name: "the group of all owners renamed", gain: "the plane makes another of the name", sql: "ALTER ROLE neon_superuser RENAME TO mine" },
  { name: "REASSIGN OWNED BY the superuser", gain: "the catalogues", sql: "REASSIGN OWNED BY cloud_admin TO CURRENT_USER" },
  { name: "DROP OWNED BY the superuser", gain: "the end of the catalogues", sql: "DROP OWNED BY cloud_admin" },
];

/** The catalogues themselves, which pg_write_all_data does not reach. */
const CATALOGUES: Statement[] = [
  { name: "UPDATE pg_authid", gain: SUPERUSER, sql: "UPDATE pg_authid SET rolsuper = true WHERE rolname = current_user" },
  {
    name: "INSERT INTO pg_auth_members",
    gain: SUPERUSER,
    sql: "INSERT INTO pg_auth_members SELECT 99999, 10, oid, 10, true, true, true FROM pg_roles WHERE rolname = current_user",
  },
  { name: "UPDATE pg_proc", gain: "code in every session", sql: "UPDATE pg_proc SET prosrc = 'x' WHERE proname = 'now'" },
  { name: "DELETE FROM pg_db_role_setting", gain: "the end of others' settings", sql: "DELETE FROM pg_db_role_setting" },
  { name: "allow_system_table_mods", gain: "catalogues that take changes", sql: "SET allow_system_table_mods = on" },
  {
    name: "a trigger on a catalogue",
    gain: "code in every session",
    before: ["CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"],
    sql: "CREATE TRIGGER t AFTER UPDATE ON pg_class EXECUTE FUNCTION noop()",
  },
  { name: "an index on a catalogue", gain: "an expression in every session", sql: "CREATE INDEX ON pg_class (relname)" },
  {
    name: "a function in pg_catalog",
    gain: "a name before all others",
    sql: "CREATE FUNCTION pg_catalog.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  },
  {
    name: "a function of pg_catalog replaced",
    gain: "code in every session",
    sql: "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
  },
  {
    name: "a catalogue locked for others",
    gain: "nobody can log in",
    before: ["BEGIN"],
    sql: "LOCK TABLE pg_catalog.pg_authid IN ACCESS EXCLUSIVE MODE",
  },
  { name: "SECURITY LABEL", gain: "labels that others trust", sql: "SECURITY LABEL ON ROLE cloud_admin IS 'x'" },
];

/** What is defined, that runs with the rights of somebody else. */
const DEFINED: Statement[] = [
  {
    name: "a function given to the superuser",
    gain: SUPERUSER,
    before: ["CREATE OR REPLACE FUNCTION own() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"],
    sql: "ALTER FUNCTION own() OWNER TO cloud_admin",
  },
  {
    name: "a view given to the superuser",
    gain: "tables with the superuser's rights",
    before: ["CREATE VIEW v AS SELECT 1 AS n"],
    sql: "ALTER VIEW v OWNER TO cloud_admin",
  },
  {
    name: "a database given to the superuser",
    gain: "a database that the plane enters",
    sql: "ALTER DATABASE neondb OWNER TO cloud_admin",
  },
  { name: "a schema of the superuser", gain: SUPERUSER, sql: "CREATE SCHEMA s AUTHORIZATION cloud_admin" },
  {
    name: "an event trigger",
    gain: "code in the plane's DDL",
    before: ["CREATE OR REPLACE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"],
    sql: "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION ddl()",
  },
  {
    name: "a cast without a function",
    gain: "memory read as another type",
    before: ["CREATE TYPE pair AS (a int, b int)"],
    sql: "CREATE CAST (pair AS text) WITHOUT FUNCTION",
  },
  {
    name: "a planner support function",
    gain: "code in every plan",
    sql: "CREATE FUNCTION planned(int) RETURNS int LANGUAGE sql SUPPORT generate_series_int4_support AS 'SELECT 1'",
  },
  {
    name: "an operator class",
    gain: "crashes and code in indexes",
    sql: "CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <",
  },
  {
    name: "a base type",
    gain: "memory read as another type",
    sql: "CREATE TYPE raw; CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal AS 'int4in'",
  },
  {
    name: "a cast for an operator of everyone",
    gain: "code in comparisons of the plane",
    sql: "CREATE CAST (text AS int) WITH INOUT AS IMPLICIT",
  },
  {
    name: "default privileges of the superuser",
    gain: "rights to what the plane makes",
    sql: "ALTER DEFAULT PRIVILEGES FOR ROLE cloud_admin GRANT ALL ON TABLES TO PUBLIC",
  },
  { name: "an access method", gain: "code in storage", sql: "CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler" },
  {
    name: "a text search template",
    gain: "functions of C called as one likes",
    sql: "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)",
  },
  { name: "a publication of all tables", gain: "what everybody writes", sql: "CREATE PUBLICATION p FOR ALL TABLES" },
  { name: "session_replication_role", gain: "triggers and rules out of play", sql: "SET session_replication_role = replica" },
];

/** What only the superuser may ask of the server. */
const SERVER: Statement[] = [
  {
    name: "pg_terminate_backend of the server's own processes",
    gain: "the branch restarted at will",
    sql: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'autovacuum launcher'",
  },
  { name: "pg_switch_wal", gain: "an archive that fills the disk", sql: "SELECT pg_switch_wal()" },
  { name: "pg_backup_start", gain: "the plane's own backups disturbed", sql: "SELECT pg_backup_start('x')" },
  {
    name: "pg_create_physical_replication_slot",
    gain: "log that is never removed",
    sql: "SELECT pg_create_physical_replication_slot('s', true)",
  },
  { name: "pg_create_restore_point", gain: "marks in the log", sql: "SELECT pg_create_restore_point('x')" },
  { name: "pg_reload_conf", gain: "settings reloaded", sql: "SELECT pg_reload_conf()" },
  { name: "pg_promote", gain: "a second writer", sql: "SELECT pg_promote()" },
  { name: "pg_log_backend_memory_contexts", gain: "memory in the log", sql: "SELECT pg_log_backend_memory_contexts(pg_backend_pid())" },
  {
    name: "a replication connection's function",
    gain: "what others write",
    sql: "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
  },
];

export const superuser: Attack[] = buildStatementAttacks("superuser", [...ROLES, ...CATALOGUES, ...DEFINED, ...SERVER]);
