import { listOpenAccess } from "../services/temporaryAccess.js";
import { listRoles } from "../services/roles.js";
import type { StoredTemporaryAccess } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { DesiredState } from "./reconcile.js";

/** What the API says a branch holds, and the access to it that ends by itself. */
export function readDesiredState(tx: Tx, branchId: string): { desired: DesiredState; access: StoredTemporaryAccess[] } {
  const access = listOpenAccess(tx, branchId);
  const temporary = new Map(access.map((one) => [one.name, { until: one.until, isGranted: one.granted_at !== undefined }]));
  const roles = listRoles(tx, branchId).map(({ role: { name }, verifier }) => {
    const end = temporary.get(name);
    return { name, verifier, ...(end && { temporary: end }) };
  });
  const databases = tx.list("database", { where: { branch: branchId } }).map(({ id, name, owner_name: owner }) => ({ id, name, owner }));
  return { desired: { branchId, roles, databases }, access };
}
