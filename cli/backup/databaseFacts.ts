import { createHash } from "node:crypto";
import type { Client } from "pg";
import type { DatabaseFacts, TableFacts } from "./documents.js";
import { quoteIdentifier } from "./database.js";

/** Not Postgres' own, not of a session, and not what CREATE EXTENSION makes again. `c` is of pg_class, `n` of pg_namespace. */
const OWN = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;
const notOfExtension = (catalogue: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

const TABLES = `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OWN} AND ${notOfExtension("pg_class", "c.oid")} ORDER BY 1, 2`;

/** Each definition as one row of text. Names of owners and grants are not among them: they are not restored. */
const DEFINITIONS = [
  `SELECT concat_ws(' ', 'column', n.nspname, c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
     a.attgenerated, pg_get_expr(f.adbin, f.adrelid))
   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND c.relpersistence <> 't' AND ${OWN}
     AND ${notOfExtension("pg_class", "c.oid")}`,
  `SELECT concat_ws(' ', 'constraint', n.nspname, t.conrelid::regclass, t.conname, pg_get_constraintdef(t.oid))
   FROM pg_constraint t JOIN pg_namespace n ON n.oid = t.connamespace
   WHERE t.contype <> 'n' AND ${OWN} AND ${notOfExtension("pg_class", "t.conrelid")} AND ${notOfExtension("pg_type", "t.contypid")}`,
  `SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
   JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relpersistence <> 't' AND ${OWN} AND ${notOfExtension("pg_class", "c.oid")}`,
  `SELECT concat_ws(' ', 'view', n.nspname, c.relname, pg_get_viewdef(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') AND ${OWN} AND ${notOfExtension("pg_class", "c.oid")}`,
  `SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.prokind IN ('f', 'p', 'w') AND ${OWN} AND ${notOfExtension("pg_proc", "p.oid")}`,
  `SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
   JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND ${OWN} AND ${notOfExtension("pg_class", "c.oid")}`,
  `SELECT concat_ws(' ', 'policy', n.nspname, c.relname, o.polname, o.polcmd, o.polpermissive, pg_get_expr(o.polqual, o.polrelid),
     pg_get_expr(o.polwithcheck, o.polrelid), c.relrowsecurity, c.relforcerowsecurity)
   FROM pg_policy o JOIN pg_class c ON c.oid = o.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN}`,
  `SELECT concat_ws(' ', 'enum', n.nspname, y.typname, string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder))
   FROM pg_enum e JOIN pg_type y ON y.oid = e.enumtypid JOIN pg_namespace n ON n.oid = y.typnamespace
   WHERE ${OWN} AND ${notOfExtension("pg_type", "y.oid")} GROUP BY n.nspname, y.typname`,
];

/** What a database is known by, as the transaction of this session sees it. One scan of each table. @param client with the settings of database.ts */
export async function readDatabaseFacts(client: Client): Promise<DatabaseFacts> {
  const tables: TableFacts[] = [];
  const { rows } = await client.query<{ schema: string; name: string }>(TABLES);
  for (const table of rows) tables.push(await readTableFacts(client, table));
  return { schema_version: await readSchemaVersion(client), tables };
}

/**
 * `record_out` and `textin` by name instead of a cast: a cast may be one that the table's owner has made, which would run here.
 */
async function readTableFacts(client: Client, { schema, name }: { schema: string; name: string }): Promise<TableFacts> {
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `SELECT count(*)::text AS rows, coalesce(sum(hashtextextended(textin(record_out(ROW(t.*))), 0)::numeric), 0)::text AS checksum
     FROM ONLY ${quoteIdentifier(schema)}.${quoteIdentifier(name)} t`,
  );
  return { schema, name, rows: rows[0]?.rows ?? "0", checksum: rows[0]?.checksum ?? "0" };
}

async function readSchemaVersion(client: Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(
    `SELECT line FROM (${DEFINITIONS.join(" UNION ALL ")}) AS all_of(line) ORDER BY line COLLATE "C"`,
  );
  return createHash("sha256")
    .update(JSON.stringify(rows.map(({ line }) => line)))
    .digest("hex");
}

/** What differs, as sentences; none where the restored database is what was dumped. */
export function compareFacts(database: string, before: DatabaseFacts, after: DatabaseFacts): string[] {
  const known = new Map(after.tables.map((table) => [JSON.stringify([table.schema, table.name]), table]));
  const differences = before.tables.flatMap((table) => {
    const key = JSON.stringify([table.schema, table.name]);
    const restored = known.get(key);
    known.delete(key);
    const what = `${database}: table ${table.schema}.${table.name}`;
    if (restored === undefined) return [`${what} is missing`];
    if (restored.rows !== table.rows) return [`${what} has ${restored.rows} rows, not ${table.rows}`];
    return restored.checksum === table.checksum ? [] : [`${what} has other rows: their checksum differs`];
  });
  const added = [...known.values()].map(({ schema, name }) => `${database}: table ${schema}.${name} was not in the backup`);
  const schema = before.schema_version === after.schema_version ? [] : [`${database}: the schema is not the one that was dumped`];
  return [...differences, ...added, ...schema];
}
