import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import { EXPORT_SEVERITIES } from "@palisade/neon/contract/wire/auditExport";
import type { AuditExportConfiguration } from "./configuration.js";

type Severity = (typeof EXPORT_SEVERITIES)[number];

/** Whether the filter of an export lets a row through. A filter by decisions says something of rows about connections alone. */
export function isExported(filter: AuditExportConfiguration["filter"], event: AuditEvent): boolean {
  if (filter?.types !== undefined && !filter.types.includes(event.type)) return false;
  if (filter?.minimum_severity !== undefined && isLess(getSeverity(event), filter.minimum_severity)) return false;
  const decision = getDecision(event);
  return decision === undefined || filter?.decisions === undefined || filter.decisions.includes(decision);
}

/** What is no severity is less than none: whoever changed a row in the file hides nothing by that. */
function isLess(severity: Severity, than: Severity): boolean {
  const place = EXPORT_SEVERITIES.indexOf(severity);
  return place !== -1 && place < EXPORT_SEVERITIES.indexOf(than);
}

/** As every format and filter has it. */
export function getSeverity(event: AuditEvent): Severity {
  if (event.type === "anomaly") return event.severity;
  if (event.type === "refusals-counted") return "low";
  return event.type === "connection" && event.decision === "refused" ? "low" : "info";
}

function getDecision(event: AuditEvent): "admitted" | "refused" | undefined {
  if (event.type === "connection") return event.decision;
  return event.type === "refusals-counted" ? "refused" : undefined;
}
