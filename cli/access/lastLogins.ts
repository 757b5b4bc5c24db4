import type { Account } from "../../contract/account.js";
import { isPalisadeError } from "../../contract/errors.js";
import { AuditApi } from "../audit/auditApi.js";

/** So many pages are read: with more, the newest logins would be missing, and nothing is said at all. */
const MOST_PAGES = 200;

export type FindLastLogin = (branchId: string, role: string) => string | undefined;

/**
 * When each role last logged in, by the audit of an embedded plane. Neon's API does not tell: there it is not known. A plane keeps connections for
 * a bounded time, so a role without a row is not said to have never logged in.
 */
export async function readLastLogins(account: Account): Promise<FindLastLogin> {
  const last = new Map<string, string>();
  const nothing: FindLastLogin = () => undefined;
  try {
    const audit = await AuditApi.open(account, undefined);
    let pages = 0;
    for await (const { rows } of audit.readPages(0, { type: "connection" })) {
      if ((pages += 1) > MOST_PAGES) return nothing;
      for (const row of rows) {
        const { decision, action, branch_id: branchId, role, at } = row as Record<string, unknown>;
        if (decision !== "admitted" || action !== "connect") continue;
        if (typeof branchId === "string" && typeof role === "string" && typeof at === "string") last.set(`${branchId} ${role}`, at);
      }
    }
  } catch (error) {
    if (isPalisadeError(error, "PAL_NOT_A_PLANE", "PAL_NOT_FOUND", "PAL_FORBIDDEN", "PAL_NOT_THE_API")) return nothing;
    throw error;
  }
  return (branchId, role) => last.get(`${branchId} ${role}`);
}
