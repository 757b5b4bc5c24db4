import type { Client } from "pg";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { isReservedDatabase } from "@palisade/neon/contract/names";
import { computeVerifierDigest } from "./importSqlChanges.js";
import { PLANE_DATABASE } from "./clusterSetup.js";
import { dropRole, lockOutRole } from "./dropRole.js";
import type { RunSql, RunTenantSql } from "./tenantSql.js";

/** What the API says a branch holds. */
export interface DesiredState {
  /** Whose databases the numbers are: a clone carries the memory of its parent, which is not its own. */
  branchId: string;
  /** `verifier` as Postgres keeps it; undefined for a role that cannot log in. */
  roles: readonly DesiredRole[];
  databases: readonly { id: number; name: string; owner: string }[];
}

export interface DesiredRole {
  name: string;
  verifier: string | undefined;
  /** Of a temporary one, which has only what it is granted. `isGranted`: it was made before. */
  temporary?: { until: string; isGranted: boolean };
}

/**
 * What the API made, recorded where the data is: so a past state has the records of its time. Every tenant may write to every table
 * (pg_write_all_data), and with this one could have the plane drop what is another's: so only the owner, in a session of its own, changes it.
 */
const BOOKKEEPING = `
DROP SCHEMA IF EXISTS palisade CASCADE;
CREATE SCHEMA palisade;
CREATE TABLE palisade.role (name text PRIMARY KEY, applied text);
CREATE TABLE palisade.database (id bigint PRIMARY KEY, branch text NOT NULL, name text NOT NULL);
CREATE FUNCTION palisade.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN
  IF session_user <> (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'palisade') THEN
    RAISE insufficient_privilege USING MESSAGE = 'the plane alone writes to this table';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER trusted BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON palisade.role EXECUTE FUNCTION palisade.refuse();
CREATE TRIGGER trusted BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON palisade.database EXECUTE FUNCTION palisade.refuse();`;

/** Both tables, each with its trigger, and of the present shape. */
const IS_TRUSTED = `
SELECT count(*) = 2 AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('palisade.role') AND attname = 'applied') AS trusted
FROM pg_trigger WHERE tgname = 'trusted' AND tgenabled = 'O' AND tgrelid IN (to_regclass('palisade.role'), to_regclass('palisade.database'))`;

/**
 * Brings roles, passwords, databases and owners of a cluster to what the API says. What was made by SQL is left alone: only what this function
 * made before, as remembered in the schema `palisade`, is renamed or dropped. Can be repeated.
 * @param run runs SQL in the plane's own database of the cluster as its superuser
 * @param within runs SQL in a tenant's
 * @returns the objects that could not be reconciled
 */
export async function reconcile(desired: DesiredState, run: RunSql, within: RunTenantSql): Promise<RejectedObject[]> {
  const findings: RejectedObject[] = [];
  await run(PLANE_DATABASE, async (client) => {
    const { rows } = await client.query<{ trusted: boolean }>(IS_TRUSTED);
    if (rows[0]?.trusted !== true) await client.query(BOOKKEEPING);
    await clearUnknownPasswords(client, desired);
    await reconcileRoles(client, desired, findings);
    await reconcileDatabases(client, desired, findings);
  });
  await dropRoles(desired, run, within, findings);
  return findings;
}

/** An object that Postgres did not take; the rest of the branch is as it should be. */
export interface RejectedObject {
  object: string;
  error: string;
  /** A role that is locked out and could not be dropped yet. */
  isLeft?: true;
}

const isPostgresError = (error: unknown): error is { code: string } => {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code);
};
const LOST_SESSION = /^(08|57|XX)/;

/** Skips an object that cannot be reconciled: one of them never makes a whole branch unreachable. */
async function attempt(findings: RejectedObject[], object: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // Postgres' own refusal of this object; what is wrong with the session is wrong with all.
    if (!isPostgresError(error)) throw error;
    // And what another session holds up is tried again: a password that was taken back must not stay because somebody keeps a lock.
    if (/^(08|40|53|55P03|57|XX)/.test(error.code)) throw error;
    findings.push({ object, error: formatErrorMessage(error) });
  }
}

/**
 * A copy of another branch may hold a role that was made there by SQL a moment before, and of which the API knows nothing yet: it does not bring
 * its password along, which may be that of a protected branch.
 */
async function clearUnknownPasswords(client: Client, { branchId, roles: wanted }: DesiredState): Promise<void> {
  if ((await client.query("SELECT FROM palisade.database WHERE branch = $1 LIMIT 1", [branchId])).rowCount !== 0) return;
  const { rows } = await client.query<{ rolname: string }>(
    "SELECT rolname FROM pg_authid WHERE oid >= 16384 AND NOT rolsuper AND rolpassword IS NOT NULL AND rolname <> ALL ($1)",
    [wanted.map(({ name }) => name)],
  );
  for (const { rolname } of rows) await client.query(`ALTER ROLE ${client.escapeIdentifier(rolname)} PASSWORD NULL`);
}

interface LiveRole {
  readonly rolname: string;
  readonly rolpassword: string | null;
  readonly rolcanlogin: boolean;
  /** When its password ends; the driver's number where that is never. */
  readonly rolvaliduntil: Date | null;
}

async function reconcileRoles(client: Client, { roles: wanted }: DesiredState, findings: RejectedObject[]): Promise<void> {
  const { rows } = await client.query<LiveRole>("SELECT rolname, rolpassword, rolcanlogin, rolvaliduntil FROM pg_authid");
  const present = new Map(rows.map((row) => [row.rolname, row]));
  for (const { name, verifier, temporary } of wanted)
    await attempt(findings, `role ${JSON.stringify(name)}`, async () => {
      const role = client.escapeIdentifier(name);
      const live = present.get(name);
      // Made by SQL a moment before, or one that could not be dropped, with whatever powers: it does not become the one that was approved.
      if (temporary && !temporary.isGranted && live && live.rolvaliduntil?.getTime() !== Date.parse(temporary.until)) {
        findings.push({
          object: `role ${JSON.stringify(name)}`,
          error: "a role of this name is there already, made by SQL or not dropped yet",
        });
        return;
      }
      // Postgres itself takes its password no longer than that. What it is granted comes later, and is all that it has.
      if (!live && temporary) await client.query(`CREATE ROLE ${role} VALID UNTIL ${client.escapeLiteral(temporary.until)}`);
      // As Neon's computes make them: each its own administrator, all of them in one group.
      else if (!live) await client.query(`CREATE ROLE ${role} INHERIT CREATEROLE CREATEDB BYPASSRLS IN ROLE neon_superuser`);
      const [login, password] = [
        verifier === undefined ? "NOLOGIN" : "LOGIN",
        verifier === undefined ? "NULL" : client.escapeLiteral(verifier),
      ];
      if (live?.rolpassword !== (verifier ?? null) || live.rolcanlogin !== (verifier !== undefined))
        await client.query(`ALTER ROLE ${role} ${login} PASSWORD ${password}`);
      await client.query("INSERT INTO palisade.role VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET applied = excluded.applied", [
        name,
        computeVerifierDigest(verifier),
      ]);
    });
}

async function reconcileDatabases(client: Client, { branchId, databases: asked }: DesiredState, findings: RejectedObject[]): Promise<void> {
  // A store of an earlier version may hold one of these: no tenant gets it, and it is not dropped as one that nobody wants.
  const wanted = asked.filter(({ name }) => !isReservedDatabase(name));
  const known = new Map(
    (await client.query<{ id: string; name: string }>("SELECT id, name FROM palisade.database WHERE branch = $1", [branchId])).rows.map(
      ({ id, name }) => [Number(id), name],
    ),
  );
  const live = new Map(
    (await client.query<{ datname: string; owner: string }>("SELECT datname, pg_get_userbyid(datdba) AS owner FROM pg_database")).rows.map(
      ({ datname, owner }) => [datname, owner],
    ),
  );
  for (const [id, name] of known) {
    if (isReservedDatabase(name) || wanted.some((database) => database.id === id)) continue;
    await attempt(findings, `database ${JSON.stringify(name)}`, async () => {
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      await client.query("DELETE FROM palisade.database WHERE id = $1", [id]);
      live.delete(name);
    });
  }
  for (const { id, name, owner } of wanted)
    await attempt(findings, `database ${JSON.stringify(name)}`, async () => {
      const before = known.get(id);
      const [database, role] = [client.escapeIdentifier(name), client.escapeIdentifier(owner)];
      if (before !== undefined && before !== name && live.has(before) && !isReservedDatabase(before)) {
        await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [before]);
        await client.query(`ALTER DATABASE ${client.escapeIdentifier(before)} RENAME TO ${database}`);
        live.set(name, live.get(before) ?? "");
      }
      if (!live.has(name)) await client.query(`CREATE DATABASE ${database} OWNER ${role}`);
      else if (live.get(name) !== owner) await client.query(`ALTER DATABASE ${database} OWNER TO ${role}`);
      await client.query("INSERT INTO palisade.database VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name", [
        id,
        branchId,
        name,
      ]);
    });
}

/** Each is locked out first: where something of it cannot be taken away, it stays, nobody can log in as it, and it is tried again. */
async function dropRoles(
  { roles: wanted, databases: kept }: DesiredState,
  run: RunSql,
  within: RunTenantSql,
  findings: RejectedObject[],
): Promise<void> {
  const made = await run(PLANE_DATABASE, async (client) =>
    (await client.query<{ name: string }>("SELECT name FROM palisade.role")).rows.map(({ name }) => name),
  );
  for (const name of made.filter((candidate) => !wanted.some((role) => role.name === candidate))) {
    const object = `role ${JSON.stringify(name)}`;
    await attempt(findings, object, async () => {
      const remains = await lockOutRole(name, kept, run);
      try {
        await dropRole(name, remains, run, within);
      } catch (error) {
        // It is out: whatever keeps its objects, a lock of somebody or their number, keeps nobody from the branch.
        if (!isPostgresError(error) || LOST_SESSION.test(error.code)) throw error;
        findings.push({ object, error: formatErrorMessage(error), isLeft: true });
      }
    });
  }
}
