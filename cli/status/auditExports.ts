import { formatSink } from "../../contract/auditSinks.js";
import { isPalisadeError } from "../../contract/errors.js";
import type { AuditExport } from "../../contract/wire/auditExport.js";
import type { NeonApi } from "../../provider/client/api.js";

/** One export of the audit, an extension of the embedded plane, without what is secret of it. Instants are RFC 3339. */
export interface AuditExportStatus {
  id: string;
  name: string;
  /** Of a webhook scheme and host alone. */
  destination: string;
  state: AuditExport["state"];
  /** `failing`, and no further attempt helps before somebody changes something. */
  blocked: boolean;
  /** Number of the last row that was delivered. */
  position: number;
  /** What is still to be delivered. `share`: of what the plane keeps; from 1 on rows go unexported. Null where an earlier plane does not tell. */
  backlog: { rows: number; bytes: number | null; share: number | null };
  /** Rows that were gone when their turn came. */
  missed: number;
  /** Of `failing`: when the first of the failures in a row was. */
  failingSince: string | null;
  lastSuccessAt: string | null;
  /** Since the plane was started, whether it has been made good or not. */
  lastFailure: { at: string; reason: string } | null;
}

/** Null where the key may not read them: they are its administrators'. */
export async function readAuditExports(api: NeonApi, orgId: string): Promise<AuditExportStatus[] | null> {
  try {
    return (await api.auditExports.list(orgId)).map(toStatus);
  } catch (error) {
    if (isPalisadeError(error, "PAL_FORBIDDEN", "PAL_NOT_FOUND")) return null;
    throw error;
  }
}

const toStatus = (found: AuditExport): AuditExportStatus => ({
  id: found.id,
  name: found.name,
  destination: formatSink(found.sink),
  state: found.state,
  blocked: found.blocked === true,
  position: found.position,
  backlog: { rows: found.behind, bytes: found.behind_bytes ?? null, share: found.backlog_share ?? null },
  missed: found.missed,
  failingSince: found.since ?? null,
  lastSuccessAt: found.last_success_at ?? null,
  // Of a run that never got as far as an attempt, the state has the reason alone.
  lastFailure: found.last_failure ?? (found.reason === undefined ? null : { at: found.since ?? "", reason: found.reason }),
});
