import { createHash } from "node:crypto";
import type { Client } from "pg";
import { hasControlCharacter, isReservedDatabase, isReservedRole } from "@palisade/neon/contract/names";
import type { Role } from "@palisade/neon/contract/wire/role";
import type { Clock } from "../clock.js";
import { createDatabase } from "../domain/databases.js";
import { isCostly, parseVerifier } from "../passwords/scram.js";
import { endAccessOfRole } from "../services/temporaryAccess.js";
import { formatRoleId } from "../store/kinds.js";
import type { Store, Tx } from "../store/store.js";

/** What Postgres has, beside what this plane put there last. */
interface ObservedChanges {
  roles: ObservedRole[];
  databases: ObservedDatabase[];
}

interface ObservedRole {
  name: string;
  /** Absent where it was dropped. */
  verifier: string | null;
  login: boolean | null;
  /** Whether the plane made it, and the digest of the verifier that it set last. */
  made: boolean;
  applied: string | null;
}

/** Twice Neon's limit for each: more objects made by SQL are not imported. */
const MAX_OBJECTS = 1_000;

/** `owner` is absent where it was dropped, `known` (its number) where the plane did not make it. */
interface ObservedDatabase {
  name: string;
  owner: string | null;
  known: string | null;
}

const ROLES = `
SELECT coalesce(a.rolname, r.name) AS name, a.rolpassword AS verifier, a.rolcanlogin AS login, r.name IS NOT NULL AS made, r.applied
FROM (SELECT * FROM pg_catalog.pg_authid WHERE oid >= 16384 AND NOT rolsuper AND rolname NOT IN ('neon_superuser')) a
FULL JOIN palisade.role r ON r.name = a.rolname LIMIT ${MAX_OBJECTS}`;
const DATABASES = `
SELECT coalesce(d.datname, k.name) AS name, pg_catalog.pg_get_userbyid(d.datdba) AS owner, k.id AS known
FROM (SELECT * FROM pg_catalog.pg_database WHERE datname NOT IN ('palisade', 'postgres', 'template0', 'template1', 'pgbouncer')) d
FULL JOIN (SELECT * FROM palisade.database WHERE branch = $1) k ON k.name = d.datname LIMIT ${MAX_OBJECTS}`;

export interface ImportContext {
  store: Store;
  clock: Clock;
  branchId: string;
  /** Whether a hook has judged every password that was set by SQL: without one none of them opens anything. */
  isGuarded: boolean;
}

/**
 * Brings to the store what was made, changed or dropped by SQL: roles with their passwords, and databases. Neon's computes report it themselves.
 * What the API was told and Postgres was not yet wins: such an object is left as it is.
 */
export async function importSqlChanges(context: ImportContext, client: Client): Promise<void> {
  const seen: ObservedChanges = {
    roles: (await client.query<ObservedRole>(ROLES)).rows.filter(isChangedRole),
    databases: (await client.query<ObservedDatabase>(DATABASES, [context.branchId])).rows.filter(isChangedDatabase),
  };
  if (seen.roles.length + seen.databases.length === 0) return;
  // In one step with the look at what the API says now.
  const learnt = context.store.transact((tx) => ({
    roles: seen.roles.filter((role) => importRole(tx, context, role)),
    databases: seen.databases.flatMap((database) => importDatabase(tx, context, database)),
  }));
  for (const { name, login, verifier } of learnt.roles)
    if (login === null) await client.query("DELETE FROM palisade.role WHERE name = $1", [name]);
    else
      await client.query("INSERT INTO palisade.role VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET applied = excluded.applied", [
        name,
        computeVerifierDigest(verifier),
      ]);
  for (const { id, name, isGone } of learnt.databases)
    if (isGone) await client.query("DELETE FROM palisade.database WHERE id = $1", [id]);
    else await client.query("INSERT INTO palisade.database VALUES ($1, $2, $3)", [id, context.branchId, name]);
}

/** For the bookkeeping: what a tenant may read reveals nothing of the verifier. */
export const computeVerifierDigest = (verifier: string | null | undefined): string | null =>
  verifier == null ? null : createHash("sha256").update(verifier).digest("hex");

const isChangedRole = ({ name, verifier, login, made, applied }: ObservedRole) =>
  login === null || (made && computeVerifierDigest(verifier) !== applied) || (!made && !isReservedRole(name) && !hasControlCharacter(name));
const isChangedDatabase = ({ name, owner, known }: ObservedDatabase) => owner === null || (known === null && isTenantName(name));
/** A name that the API refuses is not imported: the object stays in Postgres alone. */
const isTenantName = (name: string) => !isReservedDatabase(name) && !hasControlCharacter(name);

/** @returns whether the store has changed */
function importRole(
  tx: Tx,
  { clock, branchId, isGuarded }: ImportContext,
  { name, login, verifier, made, applied }: ObservedRole,
): boolean {
  const id = formatRoleId(branchId, name);
  const before = tx.get("role", id);
  // Made, deleted or given a password through the API, and not yet in Postgres.
  if (made !== (before !== undefined)) return false;
  if (before && computeVerifierDigest(tx.getSealed("role", id)?.verifier) !== applied) return false;
  if (before && login !== null && !isGuarded) return false;
  const at = clock.formatNow();
  if (login === null) endAccessOfRole(tx, branchId, name, at);
  // The password itself is known to who set it alone: what was kept of an earlier one goes.
  tx.remove("role", id);
  if (login === null) return true;
  // The proxy speaks SCRAM alone.
  const parsed = verifier === null ? undefined : parseVerifier(verifier);
  const mayLogIn = isGuarded && login && parsed !== undefined && isCostly(parsed);
  const role: Role = {
    ...(before ?? { branch_id: branchId, name, protected: false, created_at: at }),
    authentication_method: mayLogIn ? "password" : "no_login",
    updated_at: at,
  };
  if (mayLogIn && verifier !== null) tx.put("role", role, { verifier });
  else tx.put("role", role);
  return true;
}

function importDatabase(tx: Tx, { clock, branchId }: ImportContext, { name, owner, known }: ObservedDatabase) {
  const before = tx.findFirst("database", { where: { branch: branchId, name }, order: "name" });
  if (owner === null) {
    // Renamed or deleted through the API, and not yet in Postgres.
    if (String(before?.id) !== known) return [];
    tx.remove("database", known);
    return [{ id: Number(known), name, isGone: true }];
  }
  if (before) return [];
  const database = createDatabase(tx.createNumber(), branchId, name, { name: owner }, clock.formatNow());
  tx.put("database", database);
  return [{ id: database.id, name, isGone: false }];
}
