import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { buildGrants, buildRevokes } from "../../contract/grantStatements.js";
import { quoteIdentifier } from "../../contract/names.js";
import { type AccessTerms, readApproval } from "../../contract/temporaryAccess.js";
import type { NeonApi } from "./api.js";
import { runAsOwner } from "./ownerSql.js";
import type { Sql } from "./sql.js";

/** Access where the API has no such object: SQL makes the role, and whoever runs `palisade enforce` ends it. */

type Role = Pick<AccessTerms, "projectId" | "branchId" | "databaseName" | "roleName" | "privileges">;

interface GivenAccess {
  /** RFC 3339. */
  readonly until: string;
  /** What `palisade approve-access` wrote; its signature is nobody's to prove here. */
  readonly approval: string;
  /** Letters, digits and underscores alone. */
  readonly password: string;
}

/**
 * Makes the role with what was approved, all or nothing. The same approval again makes a new password of the same role.
 * @throws PAL_ACCESS_UNAPPROVED once its end is past, PAL_NAME_HELD where a role of the name is there
 */
export async function giveBySql(api: NeonApi, role: Role, { until, approval, password }: GivenAccess): Promise<void> {
  const read = readApproval(approval);
  const end = new Date(until);
  if ("why" in read) throw new PalisadeError("PAL_ACCESS_UNAPPROVED", `TemporaryAccess ${role.roleName}: ${read.why}`);
  if (end.getTime() <= Date.now()) throw new PalisadeError("PAL_ACCESS_UNAPPROVED", `its approval ended at ${until}`);
  const name = quoteIdentifier(role.roleName);
  const comment = `${COMMENT}${read.approval.nonce}`;
  await runAsOwner(api, role, undefined, async (sql) => {
    const before = await findComment(sql, role.roleName);
    if (before === comment) return sql.query(`ALTER ROLE ${name} PASSWORD '${password}'`);
    if (before !== undefined) throw new PalisadeError("PAL_NAME_HELD", `role ${role.roleName} of branch ${role.branchId}`);
    await sql.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}' VALID UNTIL '${end.toISOString()}'`);
    await sql.query(`COMMENT ON ROLE ${name} IS '${comment}'`);
    for (const statement of buildGrants(role.privileges, role.databaseName, role.roleName)) await sql.query(statement);
    return [];
  });
}

/** Whose the role is; with the number of the approval behind it. */
const COMMENT = "palisade:TemporaryAccess ";

/** Empty for a role without one; undefined where there is no such role. */
async function findComment(sql: Sql, roleName: string): Promise<string | undefined> {
  const [row] = await sql.query<{ comment: string }>(
    "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') AS comment FROM pg_roles WHERE rolname = $1",
    [roleName],
  );
  return row?.comment;
}

/**
 * Locks the role out first and for good, then ends its sessions and takes its grants away, then drops it; a role of the name that is not ours
 * stays. What it owns is handed to nobody: code that it left would run with the new owner's power, and where Postgres keeps the role for it, it runs
 * with that of a role that was granted nothing. @throws PAL_ACCESS_REMAINS
 */
export async function endBySql(api: NeonApi, role: Role): Promise<void> {
  const name = quoteIdentifier(role.roleName);
  // Each is done when the next begins, and stays so where that fails.
  const inTurn = (work: (sql: Sql) => Promise<unknown>) => runAsOwner(api, role, undefined, work);
  const isOurs = await inTurn(async (sql) => {
    if (!(await findComment(sql, role.roleName))?.startsWith(COMMENT)) return false;
    await sql.query(`ALTER ROLE ${name} NOLOGIN PASSWORD NULL`);
    // Who made a role administers it, and is no member of it: without that no session of it may be ended.
    await sql.query(`GRANT ${name} TO CURRENT_USER`);
    return true;
  });
  if (!isOurs) return;
  try {
    await inTurn((sql) => sql.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [role.roleName]));
    await inTurn((sql) => revokeAll(sql, role));
    await inTurn((sql) => sql.query(`DROP ROLE ${name}`));
  } catch (error) {
    throw new PalisadeError("PAL_ACCESS_REMAINS", `${role.projectId}/${role.branchId}/${role.roleName}: ${formatErrorMessage(error)}`);
  }
}

async function revokeAll(sql: Sql, { privileges, databaseName, roleName }: Role): Promise<void> {
  const wanted = privileges.schemas.map((schema) => schema.name);
  const schemas = await sql.query<{ name: string }>("SELECT nspname AS name FROM pg_namespace WHERE nspname = ANY ($1)", [wanted]);
  const names = schemas.map((schema) => schema.name);
  for (const statement of buildRevokes(names, databaseName, roleName)) await sql.query(statement);
}
