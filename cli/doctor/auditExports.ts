import { type AuditExportStatus, readAuditExports } from "../status/auditExports.js";
import type { NeonApi } from "../../provider/client/api.js";
import { type Check, fail, pass, skip, warn } from "./checks.js";

/** A receiver that restarts is back by then; minutes. Ours. */
const TOLERATED_MINUTES = 15;
/** Of what the plane keeps of a stream: beyond it little time is left before rows go unexported. Ours. */
const NEARLY_FULL = 0.8;
const MINUTE_MS = 60_000;
export const AUDIT_EXPORT = "audit export";

/** How the exports of an organisation's audit do, one check each. At an embedded plane alone. @param now milliseconds since 1970 */
export async function checkAuditExports(api: NeonApi, orgId: string, now: number): Promise<Check[]> {
  const found = await readAuditExports(api, orgId);
  if (found === null) return [skip(AUDIT_EXPORT, "this key may not read them: they are the organisation's administrators'")];
  if (found.length === 0) return [skip(AUDIT_EXPORT, "none: the audit is on the plane's machine alone")];
  return found.map((one) => checkAuditExport(one, now));
}

function checkAuditExport(one: AuditExportStatus, now: number): Check {
  const { rows, share } = one.backlog;
  const route = `${one.name} to ${one.destination}`;
  const reason = one.lastFailure === null ? "" : ` (${one.lastFailure.reason})`;
  const percent = `${Math.floor((share ?? 0) * 100)} %`;
  const failingMs = one.failingSince === null ? 0 : now - Date.parse(one.failingSince);
  if (share !== null && share >= NEARLY_FULL)
    return fail(
      AUDIT_EXPORT,
      `${route}: its backlog of ${rows} rows is ${percent} of what the plane keeps, and what is beyond goes unexported${reason}`,
      "Put the receiver right now, or take the rows first: palisade audit --output json",
    );
  if (one.blocked)
    return fail(
      AUDIT_EXPORT,
      `${route}: blocked, ${rows} rows wait${reason}`,
      "Do what the reason says: no further attempt helps before that",
    );
  if (failingMs >= TOLERATED_MINUTES * MINUTE_MS)
    return fail(
      AUDIT_EXPORT,
      `${route}: failing since ${one.failingSince ?? ""}, ${rows} rows wait${reason}`,
      "Look at the receiver: what waits is kept in its order and delivered once it takes it",
    );
  if (one.state === "disabled")
    return warn(AUDIT_EXPORT, `${route}: disabled, ${rows} rows wait`, "Set enabled: true, or remove the export that nobody needs");
  if (one.missed > 0)
    return warn(
      AUDIT_EXPORT,
      `${route}: ${one.missed} rows were gone when their turn came`,
      "Say so where the rows are read: they are nowhere any more",
    );
  const failing = one.state === "failing" ? `, failing for less than ${TOLERATED_MINUTES} minutes${reason}` : "";
  return pass(AUDIT_EXPORT, `${route}: delivered up to row ${one.position}, ${rows} rows wait${failing}`);
}
