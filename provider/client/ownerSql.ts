import { PalisadeError } from "../../contract/errors.js";
import type { NeonApi } from "./api.js";
import { runInTransaction, type Sql } from "./sql.js";

export interface DatabaseLocation {
  readonly projectId: string;
  readonly branchId: string;
  readonly databaseName: string;
}

/**
 * Runs SQL in a database of a branch as its owner, or as another role whose password the API knows; one transaction, one at a time.
 * @throws PAL_NOT_FOUND without the database, PAL_NO_PASSWORD, PAL_SQL
 */
export async function runAsOwner<R>(
  api: NeonApi,
  { projectId, branchId, databaseName }: DatabaseLocation,
  roleName: string | undefined,
  work: (sql: Sql) => Promise<R>,
): Promise<R> {
  const owner = roleName ?? (await api.listDatabases(projectId, branchId))?.find(({ name }) => name === databaseName)?.owner_name;
  if (owner === undefined) throw new PalisadeError("PAL_NOT_FOUND", `database ${databaseName} of branch ${branchId}`);
  const uri = await api.getConnectionUri(projectId, branchId, databaseName, owner);
  if (new URL(uri).password === "") throw new PalisadeError("PAL_NO_PASSWORD", `role ${owner} of branch ${branchId}`);
  return runInTransaction(uri, async (sql) => {
    // Two at once would change the same rows of the catalogue, which Postgres refuses.
    await sql.query("SELECT pg_advisory_xact_lock(hashtext('palisade.RoleGrants'))");
    return work(sql);
  });
}
