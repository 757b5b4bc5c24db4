import type { Client } from "pg";
import { PLANE_DATABASE } from "./clusterSetup.js";
import { type ConnectionSettings, runWhileOpen, type RunTenantSql } from "./tenantSql.js";

type RunSql = <R>(database: string, work: (client: Client) => Promise<R>) => Promise<R>;

/** Removes every row of a cluster and keeps its schema: what a branch with `init_source: "schema-only"` begins with. Can be repeated. */
export async function emptyCluster(run: RunSql, within: RunTenantSql): Promise<void> {
  const tenants = await run(PLANE_DATABASE, async (client) => (await client.query<{ name: string }>(TENANTS)).rows.map(({ name }) => name));
  const databases = await run(PLANE_DATABASE, async (client) => (await client.query<ConnectionSettings>(DATABASES, [PLANE_DATABASE])).rows);
  // A closed one, too: its owner may open it again in the copy.
  for (const database of databases)
    await runWhileOpen(run, database, async () => {
      await within(database.name, tenants, emptyDatabase);
      await run(database.name, removeStatistics);
    });
}

/** Every one that may hold rows of a tenant, whatever flags it has. */
const DATABASES = `
SELECT datname AS name, datallowconn AS admits, datconnlimit AS most FROM pg_catalog.pg_database WHERE datname NOT IN ('template0', $1) AND datconnlimit <> -2`;

async function emptyDatabase(client: Client): Promise<void> {
  await truncateTables(client);
  await client.query(MATERIALIZED);
  await client.query("SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata");
}

/**
 * Statistics hold samples of the rows, an analysis of an empty table leaves them, and the superuser alone may take them away. Only catalogues are
 * opened here, on which no tenant can put an index, a trigger, a rule or a policy.
 */
async function removeStatistics(client: Client): Promise<void> {
  await client.query("DELETE FROM pg_catalog.pg_statistic; DELETE FROM pg_catalog.pg_statistic_ext_data");
}

/** Whoever may own what holds rows, whatever the name: by SQL a tenant makes roles of any. */
const TENANTS = "SELECT rolname AS name FROM pg_catalog.pg_roles WHERE oid >= 16384 AND NOT rolsuper";

/** Triggers on TRUNCATE are the tenant's code, and may refuse: they are off meanwhile, and afterwards as they were. */
async function truncateTables(client: Client): Promise<void> {
  const { rows } = await client.query<{ tables: string | null }>(TABLES);
  const tables = rows[0]?.tables;
  if (!tables) return;
  await client.query("BEGIN");
  const { rows: triggers } = await client.query<{ relation: string; name: string; state: keyof typeof ENABLE }>(TRIGGERS);
  for (const { relation, name } of triggers) await client.query(`ALTER TABLE ${relation} DISABLE TRIGGER ${name}`);
  await client.query(`TRUNCATE ${tables} RESTART IDENTITY CASCADE`);
  for (const { relation, name, state } of triggers) await client.query(`ALTER TABLE ${relation} ${ENABLE[state]} TRIGGER ${name}`);
  await client.query("COMMIT");
}

/** By pg_trigger.tgenabled. */
const ENABLE = { O: "ENABLE", R: "ENABLE REPLICA", A: "ENABLE ALWAYS" } as const;

const TRIGGERS = `
SELECT t.tgrelid::pg_catalog.regclass::text AS relation, pg_catalog.quote_ident(t.tgname) AS name, t.tgenabled AS state
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relkind IN ('r', 'p')`;

/** Except the bookkeeping tables of an earlier version. */
const TABLES = `
SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS tables FROM pg_catalog.pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND NOT (schemaname = 'palisade' AND tableowner = 'cloud_admin')`;

const MATERIALIZED = `
DO $$ DECLARE view record; BEGIN
  FOR view IN SELECT schemaname, matviewname FROM pg_matviews LOOP
    EXECUTE format('REFRESH MATERIALIZED VIEW %I.%I WITH NO DATA', view.schemaname, view.matviewname);
  END LOOP;
END $$`;
