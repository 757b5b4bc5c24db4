import type { Client } from "pg";
import { PLANE_DATABASE } from "./site.js";

type Run = <R>(database: string, work: (client: Client) => Promise<R>) => Promise<R>;

/** Takes every row out of a cluster and leaves its schema: what a branch with `init_source: "schema-only"` begins with. Can be repeated. */
export async function empty(run: Run): Promise<void> {
  const databases = await run(PLANE_DATABASE, async (client) => (await client.query<Database>(DATABASES, [PLANE_DATABASE])).rows);
  for (const { name, admits } of databases) {
    // Its owner may have closed it, and open it again in the copy.
    if (!admits) await allowConnections(run, name, true);
    await run(name, emptyDatabase);
    if (!admits) await allowConnections(run, name, false);
  }
}

interface Database {
  name: string;
  admits: boolean;
}

/** Every one that may hold rows of a tenant, whatever flags it has. */
const DATABASES = `
SELECT datname AS name, datallowconn AS admits FROM pg_catalog.pg_database WHERE datname NOT IN ('template0', $1) AND datconnlimit <> -2`;

const allowConnections = (run: Run, name: string, isAllowed: boolean) =>
  run(PLANE_DATABASE, (client) => client.query(`ALTER DATABASE ${client.escapeIdentifier(name)} ALLOW_CONNECTIONS ${isAllowed}`));

async function emptyDatabase(client: Client): Promise<void> {
  await truncate(client);
  await client.query(MATERIALIZED);
  // Statistics hold samples of the rows, and an analysis of an empty table leaves them.
  await client.query("DELETE FROM pg_statistic; DELETE FROM pg_statistic_ext_data");
  await client.query("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
}

/** Triggers on TRUNCATE are the tenant's code and would run as superuser: they are off meanwhile, and afterwards as they were. */
async function truncate(client: Client): Promise<void> {
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

const TABLES = `
SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS tables FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;

const MATERIALIZED = `
DO $$ DECLARE view record; BEGIN
  FOR view IN SELECT schemaname, matviewname FROM pg_matviews LOOP
    EXECUTE format('REFRESH MATERIALIZED VIEW %I.%I WITH NO DATA', view.schemaname, view.matviewname);
  END LOOP;
END $$`;
