import type { Client } from "pg";
import type { SchemaTable } from "@palisade/neon/contract/wire/branchSchema";
import { Refusal } from "../domain/refusals.js";

/** Of the text of one schema, in bytes; ours. Postgres counts it, so that no more than this comes here. */
const MAX_BYTES = 4 * 1024 ** 2;
/** Of each statement, in milliseconds: the cluster is held meanwhile. */
const DEADLINE_MS = 5_000;

/**
 * The schema of a database as statements, from Postgres' own descriptions of its objects: no pg_dump comes with the embedded Postgres.
 * Schemas, extensions, types, functions, sequences, tables, views, constraints, indexes, triggers, rules, policies, owners and grants, each kind
 * by name: for reading and comparing. What belongs to an extension or to the plane is left out.
 */
export async function readSchemaSql(client: Client): Promise<string> {
  return (await queryBounded<string>(client, STATEMENTS)).map((statement) => `${statement}\n`).join("\n");
}

/** The tables of a database, as Neon describes them in JSON. */
export const readSchemaTables = (client: Client): Promise<SchemaTable[]> => queryBounded<SchemaTable>(client, TABLES);

/** @param sql gives `place` (bigints in the order of the result) and `body` */
async function queryBounded<T>(client: Client, sql: string): Promise<T[]> {
  await client.query(`SET statement_timeout = ${DEADLINE_MS}`);
  const { rows } = await client.query<{ body: T | null; total: string }>(
    `WITH found AS (${OURS} ${sql}),
     measured AS (SELECT place, body, sum(octet_length(body::text)) OVER (ORDER BY place) AS upto, sum(octet_length(body::text)) OVER () AS total FROM found)
     SELECT CASE WHEN total <= ${MAX_BYTES} THEN body END AS body, total FROM measured WHERE upto <= ${MAX_BYTES} OR place = 1 ORDER BY place`,
  );
  if (Number(rows[0]?.total ?? 0) > MAX_BYTES) throw new Refusal("schemaTooLarge");
  return rows.flatMap(({ body }) => (body === null ? [] : [body]));
}

/** Schemas and objects of the tenant. */
const OURS = `
WITH space AS (
  SELECT oid, nspname AS name, quote_ident(nspname) AS quoted, nspowner AS owner, nspacl AS acl FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'palisade') AND nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = pg_namespace.oid AND d.deptype = 'e')),
relation AS (
  SELECT c.*, s.name AS space, s.quoted || '.' || quote_ident(c.relname) AS called FROM pg_class c JOIN space s ON s.oid = c.relnamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
type AS (
  SELECT t.*, s.quoted || '.' || quote_ident(t.typname) AS called FROM pg_type t JOIN space s ON s.oid = t.typnamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')),
function AS (
  SELECT p.*, s.quoted || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS called
  FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
  WHERE p.prokind <> 'a' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))),
col AS (
  SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attgenerated,
    concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN 'COLLATE ' || a.attcollation::regcollation::text END,
      CASE WHEN a.attgenerated <> '' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(e.adbin, e.adrelid) || ')' || CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE '' END
           WHEN a.attidentity <> '' THEN 'GENERATED ' || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END || ' AS IDENTITY'
           WHEN e.adbin IS NOT NULL THEN 'DEFAULT ' || pg_get_expr(e.adbin, e.adrelid) END,
      CASE WHEN a.attnotnull THEN 'NOT NULL' END) AS line
  FROM pg_attribute a JOIN relation r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p', 'c') JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped)`;

const KINDS = "CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END";
const OPTIONS = "CASE WHEN reloptions IS NOT NULL THEN ' WITH (' || array_to_string(reloptions, ', ') || ')' ELSE '' END";

/** Each: its statements, by name. The order of kinds is that of pg_dump. */
const PARTS = [
  "SELECT quoted AS n, 'CREATE SCHEMA ' || quoted || ';' AS body FROM space WHERE name <> 'public'",
  `SELECT e.extname, 'CREATE EXTENSION ' || quote_ident(e.extname) || ' WITH SCHEMA ' || quote_ident(x.nspname) || ';'
   FROM pg_extension e JOIN pg_namespace x ON x.oid = e.extnamespace WHERE e.extname <> 'plpgsql'`,
  `SELECT called, 'CREATE TYPE ' || called || ' AS ENUM (' ||
     (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = type.oid) || ');'
   FROM type WHERE typtype = 'e'`,
  `SELECT called, 'CREATE TYPE ' || called || ' AS (' ||
     coalesce((SELECT string_agg(E'\\n    ' || line, ',' ORDER BY attnum) || E'\\n' FROM col WHERE attrelid = relation.oid), '') || ');'
   FROM relation WHERE relkind = 'c'`,
  `SELECT called, 'CREATE TYPE ' || called || ' AS RANGE (SUBTYPE = ' || format_type(g.rngsubtype, NULL) || ');'
   FROM type JOIN pg_range g ON g.rngtypid = type.oid`,
  `SELECT called, 'CREATE DOMAIN ' || called || ' AS ' || format_type(typbasetype, typtypmod) || coalesce(' DEFAULT ' || typdefault, '') ||
     coalesce((SELECT string_agg(E'\\n    CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(k.oid), '' ORDER BY conname)
               FROM pg_constraint k WHERE contypid = type.oid), '') || ';'
   FROM type WHERE typtype = 'd'`,
  "SELECT called, rtrim(pg_get_functiondef(oid), E'\\n') || ';' FROM function",
  `SELECT called, 'CREATE SEQUENCE ' || called || ' AS ' || format_type(q.seqtypid, NULL) || ' START WITH ' || q.seqstart || ' INCREMENT BY ' || q.seqincrement ||
     ' MINVALUE ' || q.seqmin || ' MAXVALUE ' || q.seqmax || ' CACHE ' || q.seqcache || CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END || ';'
   FROM relation JOIN pg_sequence q ON q.seqrelid = relation.oid
   WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = relation.oid AND d.deptype = 'i')`,
  `SELECT called, 'CREATE ' || CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END || 'TABLE ' || called ||
     CASE WHEN relispartition
       THEN ' PARTITION OF ' || (SELECT p.called FROM pg_inherits i JOIN relation p ON p.oid = i.inhparent WHERE i.inhrelid = relation.oid) ||
            ' ' || pg_get_expr(relpartbound, relation.oid)
       ELSE ' (' || coalesce((SELECT string_agg(E'\\n    ' || line, ',' ORDER BY attnum) || E'\\n' FROM col WHERE attrelid = relation.oid), '') || ')' ||
            coalesce((SELECT ' INHERITS (' || string_agg(p.called, ', ' ORDER BY i.inhseqno) || ')'
                      FROM pg_inherits i JOIN relation p ON p.oid = i.inhparent WHERE i.inhrelid = relation.oid), '')
     END || coalesce(' PARTITION BY ' || pg_get_partkeydef(relation.oid), '') || ${OPTIONS} || ';'
   FROM relation WHERE relkind IN ('r', 'p')`,
  `SELECT s.called, 'ALTER SEQUENCE ' || s.called || ' OWNED BY ' || r.called || '.' || quote_ident(a.attname) || ';'
   FROM relation s JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'a' AND d.refclassid = 'pg_class'::regclass
   JOIN relation r ON r.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S'`,
  `SELECT called, 'CREATE ' || ${KINDS} || ' ' || called || ${OPTIONS} || E' AS\\n' || rtrim(pg_get_viewdef(oid), ';') || ';'
   FROM relation WHERE relkind IN ('v', 'm')`,
  `SELECT r.called || ' ' || CASE k.contype WHEN 'f' THEN 1 ELSE 0 END || k.conname,
     'ALTER TABLE ONLY ' || r.called || E'\\n    ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) || ';'
   FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND k.conparentid = 0 AND k.conislocal`,
  `SELECT i.called, pg_get_indexdef(i.oid) || ';' FROM relation i WHERE i.relkind IN ('i', 'I') AND NOT i.relispartition
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))`,
  `SELECT r.called || ' ' || t.tgname, pg_get_triggerdef(t.oid) || ';' FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid
   WHERE NOT t.tgisinternal AND t.tgparentid = 0`,
  `SELECT r.called || ' ' || w.rulename, pg_get_ruledef(w.oid) FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'`,
  `SELECT called, 'ALTER TABLE ' || called || ' ENABLE ROW LEVEL SECURITY;' FROM relation WHERE relrowsecurity
   UNION ALL SELECT called, 'ALTER TABLE ONLY ' || called || ' FORCE ROW LEVEL SECURITY;' FROM relation WHERE relforcerowsecurity`,
  `SELECT r.called || ' ' || p.polname, 'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || r.called ||
     CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END ||
     CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END ||
     CASE WHEN p.polroles = '{0}' THEN '' ELSE ' TO ' || (SELECT string_agg(quote_ident(rolname), ', ' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (p.polroles)) END ||
     coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '') || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') || ';'
   FROM pg_policy p JOIN relation r ON r.oid = p.polrelid`,
  `SELECT called, 'ALTER ' || ${KINDS} || ' ' || called || ' OWNER TO ' || quote_ident(pg_get_userbyid(relowner)) || ';' FROM relation
   WHERE relkind IN ('r', 'p', 'v', 'm') OR relkind = 'S' AND NOT EXISTS
     (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = relation.oid AND d.deptype IN ('i', 'a'))
   UNION ALL SELECT called, 'ALTER ROUTINE ' || called || ' OWNER TO ' || quote_ident(pg_get_userbyid(proowner)) || ';' FROM function
   UNION ALL SELECT quoted, 'ALTER SCHEMA ' || quoted || ' OWNER TO ' || quote_ident(pg_get_userbyid(owner)) || ';' FROM space WHERE name <> 'public'`,
  `SELECT called || ' ' || grantee, 'GRANT ' || privileges || ' ON ' || what || ' ' || called || ' TO ' || grantee || option || ';' FROM (
     SELECT called, what, option, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS privileges,
       CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee
     FROM (
       SELECT called, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS what, relowner AS owner, relacl AS acl FROM relation
       UNION ALL SELECT called, 'ROUTINE', proowner, proacl FROM function
       UNION ALL SELECT quoted, 'SCHEMA', owner, acl FROM space) o
     CROSS JOIN LATERAL (SELECT *, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option FROM aclexplode(o.acl)) g
     WHERE g.grantee <> o.owner GROUP BY called, what, option, g.grantee) given`,
];

const STATEMENTS = `
SELECT row_number() OVER (ORDER BY part, n COLLATE "C", body COLLATE "C") AS place, body FROM (
  ${PARTS.map((part, index) => `SELECT ${index} AS part, p.* FROM (${part}) p (n, body)`).join("\n  UNION ALL ")}) each`;

const buildNamesSql = (keys: string, relation: string) =>
  `(SELECT json_agg(a.attname ORDER BY x.place) FROM unnest(${keys}) WITH ORDINALITY x (num, place)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = x.num)`;

const TABLES = `
SELECT row_number() OVER (ORDER BY called COLLATE "C") AS place, json_build_object('schema', space, 'name', relname,
  'columns', coalesce((SELECT json_agg(json_build_object('name', attname, 'type', type, 'nullable', NOT attnotnull, 'generated', attgenerated <> '') ORDER BY attnum)
             FROM col WHERE attrelid = relation.oid), '[]'),
  'constraints', coalesce((SELECT json_agg(json_strip_nulls(json_build_object(
      'type', CASE contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' ELSE 'foreign_key' END, 'name', conname, 'columns', ${buildNamesSql("conkey", "conrelid")},
      'referenced_table', CASE WHEN contype = 'f' THEN (SELECT json_build_object('schema', n.nspname, 'table', f.relname, 'columns', ${buildNamesSql("confkey", "confrelid")})
                          FROM pg_class f JOIN pg_namespace n ON n.oid = f.relnamespace WHERE f.oid = confrelid) END)) ORDER BY conname)
    FROM pg_constraint WHERE conrelid = relation.oid AND contype IN ('p', 'u', 'f') AND conparentid = 0), '[]')) AS body
FROM relation WHERE relkind IN ('r', 'p')`;
