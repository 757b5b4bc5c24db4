import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { PLANE_DATABASE } from "./clusterSetup.js";
import { type ConnectionSettings, type RunSql, runWhileOpen, type RunTenantSql } from "./tenantSql.js";

/** What is still a role's after it was locked out. */
export interface Remains {
  readonly places: readonly Place[];
  /** It had the power of the owners of databases. */
  readonly isPowerful: boolean;
}

/** From here on nobody logs in as the role, and its sessions are closed: that waits for nothing that a tenant can hold up. */
export const lockOutRole = (name: string, kept: readonly { readonly owner: string }[], run: RunSql): Promise<Remains> =>
  run(PLANE_DATABASE, (client) => lockOut(client, name, kept));

/**
 * Drops a role that is locked out. What it owned goes to the owner of the database it lies in, who had no less power: every role of Neon's API is
 * in `neon_superuser`. A role that is not, such as one of temporary access, may have left code behind (a function of its own power, a view, a rule,
 * an expression of an index) that would run with the power of the new owner: what it owned goes to a role that has no power at all and cannot log
 * in, of which the owner of the database is a member. Can be repeated.
 */
export async function dropRole(name: string, { places, isPowerful }: Remains, run: RunSql, within: RunTenantSql): Promise<void> {
  for (const place of places)
    await runWhileOpen(run, place, () =>
      isPowerful ? handOver(within, place, name, place.owner) : handOverWithoutPower(run, within, place, name),
    );
  await run(PLANE_DATABASE, async (client) => {
    const role = client.escapeIdentifier(name);
    if (await isRole(client, name)) await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await client.query("DELETE FROM palisade.role WHERE name = $1", [name]);
  });
}

async function lockOut(client: Client, name: string, kept: readonly { readonly owner: string }[]): Promise<Remains> {
  if (!(await isRole(client, name))) return { places: [], isPowerful: true };
  const role = client.escapeIdentifier(name);
  await client.query(`ALTER ROLE ${role} NOLOGIN PASSWORD NULL`);
  await client.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1", [name]);
  // Databases that it made by SQL: in this one there is nothing else of it.
  const heir = kept.find(({ owner }) => owner !== name)?.owner;
  if (heir !== undefined) await client.query(`REASSIGN OWNED BY ${role} TO ${client.escapeIdentifier(heir)}`);
  const { rows } = await client.query<{ powerful: boolean }>(
    "SELECT pg_catalog.pg_has_role($1::pg_catalog.name, 'neon_superuser', 'MEMBER') AS powerful",
    [name],
  );
  return { places: (await client.query<Place>(PLACES, [name])).rows, isPowerful: rows[0]?.powerful === true };
}

interface Place extends ConnectionSettings {
  owner: string;
}

/** The databases in which something is the role's, or is granted to it, whether anybody may connect to them or not. */
const PLACES = `
SELECT DISTINCT d.datname AS name, pg_catalog.pg_get_userbyid(d.datdba) AS owner, d.datallowconn AS admits, d.datconnlimit AS most
FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND r.rolname = $1
  AND d.datdba >= 16384 AND d.datname <> pg_catalog.current_database()`;

const handOver = (within: RunTenantSql, { name: database }: Place, name: string, heir: string): Promise<unknown> =>
  within(database, [name, heir], async (client) => {
    const [role, other] = [client.escapeIdentifier(name), client.escapeIdentifier(heir)];
    await handOverRelations(client, name, other);
    await client.query(`REASSIGN OWNED BY ${role} TO ${other}; DROP OWNED BY ${role}`);
  });

/** Each is locked until the transaction ends, with all of its indexes, and Postgres has room for some thousands of locks. */
const RELATIONS_AT_ONCE = 20;
/** Not the sequences of columns, which go with their tables. */
const RELATIONS = `
SELECT c.oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
WHERE r.rolname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
    AND d.refclassid = d.classid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))
LIMIT ${RELATIONS_AT_ONCE}`;

/** Bit by bit: whoever makes ten thousand tables does not keep a role from being dropped. */
async function handOverRelations(client: Client, name: string, heir: string, [open, close] = ["", ""]): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ name: string }>(RELATIONS, [name]);
    if (rows.length === 0) return;
    await client.query(`${open} ${rows.map((relation) => `ALTER TABLE ${relation.name} OWNER TO ${heir};`).join(" ")} ${close}`);
  }
}

/** Schemas of tenants that hold something of the role, or are its own: who takes it over must be allowed to create there. */
const SCHEMAS = `
SELECT n.nspname AS name, o.rolname AS owner FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner
WHERE NOT o.rolsuper AND (o.rolname = $1 OR EXISTS (
  SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_shdepend s ON s.classid = d.classid AND s.objid = d.objid
  JOIN pg_catalog.pg_database b ON b.oid = s.dbid JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid AND b.datname = pg_catalog.current_database()
    AND s.deptype = 'o' AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND r.rolname = $1))`;

/** What it has to do with objects of a database: whether it owns one, and who owns those that it has privileges on, who alone can take them away. */
const TIES = `
SELECT coalesce(bool_or(s.deptype = 'o'), false) AS owns, coalesce(array_agg(DISTINCT o.rolname::text) FILTER (WHERE NOT o.rolsuper), '{}') AS owners
FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
LEFT JOIN pg_catalog.pg_shdepend h ON h.dbid = s.dbid AND h.classid = s.classid AND h.objid = s.objid AND h.deptype = 'o' AND h.refclassid = s.refclassid
LEFT JOIN pg_catalog.pg_roles o ON o.oid = h.refobjid
WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.datname = $1 AND r.rolname = $2`;

/** Routines that run with the power of whoever calls them; a trigger asks nobody whether he may call it. */
const ROUTINES = `
SELECT p.oid::pg_catalog.regprocedure::text AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
WHERE r.rolname = $1 AND p.prokind <> 'a' AND NOT p.prosecdef`;

async function handOverWithoutPower(run: RunSql, within: RunTenantSql, place: Place, name: string): Promise<void> {
  const ties = await run(PLANE_DATABASE, (client) => client.query<{ owns: boolean; owners: string[] }>(TIES, [place.name, name]));
  const { owns = true, owners = [] } = ties.rows[0] ?? {};
  const own = [name, place.owner, ...owners];
  if (!owns) {
    await within(place.name, toRoles(own), (client) => client.query(`DROP OWNED BY ${client.escapeIdentifier(name)}`));
    return;
  }
  // Of a name that no tenant may make: nobody has prepared one.
  const heir = `palisade_ended_${randomBytes(8).toString("hex")}`;
  await run(PLANE_DATABASE, (client) => client.query(`CREATE ROLE ${heir}; GRANT ${heir} TO ${client.escapeIdentifier(place.owner)}`));
  try {
    const schemas = await within(
      place.name,
      [],
      async (client) => (await client.query<{ name: string; owner: string }>(SCHEMAS, [name])).rows,
    );
    await within(place.name, toRoles([...own, heir, ...schemas.map(({ owner }) => owner)]), (client) =>
      handOverTo(client, heir, name, place.name, schemas),
    );
  } catch (error) {
    // Postgres keeps it where it owns something by now; tried again and again, it leaves no others.
    await run(PLANE_DATABASE, (client) => client.query(`DROP ROLE ${heir}`)).catch(() => undefined);
    throw error;
  }
}

async function handOverTo(client: Client, heir: string, name: string, database: string, schemas: readonly { name: string }[]) {
  const role = client.escapeIdentifier(name);
  const rights = [
    `CREATE ON DATABASE ${client.escapeIdentifier(database)}`,
    ...schemas.map((schema) => `CREATE ON SCHEMA ${client.escapeIdentifier(schema.name)}`),
  ];
  // Whoever owns a thing must be allowed to make it, a publication in the database itself; of that nothing is left.
  const open = rights.map((right) => `GRANT ${right} TO ${heir};`).join(" ");
  const close = rights.map((right) => `REVOKE ${right} FROM ${heir};`).join(" ");
  await handOverRelations(client, name, heir, [open, close]);
  const { rows } = await client.query<{ name: string }>(ROUTINES, [name]);
  const disarm = rows.map((routine) => `ALTER ROUTINE ${routine.name} SECURITY DEFINER;`).join(" ");
  await client.query(`${open} REASSIGN OWNED BY ${role} TO ${heir}; ${disarm} ${close} DROP OWNED BY ${role}`);
}

/** Postgres' own word for whoever owns the database has no members of its own. */
const toRoles = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== "pg_database_owner");

const isRole = async (client: Client, name: string): Promise<boolean> =>
  (await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name])).rowCount === 1;
