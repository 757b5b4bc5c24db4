import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import { AUDIT_EVENT_TYPES } from "@palisade/neon/contract/wire/audit";
import { EXPORT_SEVERITIES } from "@palisade/neon/contract/wire/auditExport";
import type { AuditExportConfiguration } from "./configuration.js";

type Severity = (typeof EXPORT_SEVERITIES)[number];

/** Whether the filter of an export lets a row through. A filter by decisions says something of rows about connections alone. */
export function isExported(filter: AuditExportConfiguration["filter"], event: AuditEvent): boolean {
  const type = readType(event);
  if (filter?.types !== undefined && type !== "-" && !filter.types.includes(type)) return false;
  if (filter?.minimum_severity !== undefined && isLess(getSeverity(event), filter.minimum_severity)) return false;
  const decision = getDecision(event);
  return decision === undefined || filter?.decisions === undefined || filter.decisions.includes(decision);
}

const isLess = (severity: Severity, than: Severity): boolean => EXPORT_SEVERITIES.indexOf(severity) < EXPORT_SEVERITIES.indexOf(than);

/** `-` of a row that was changed in the file: no filter keeps it back for its type. */
export const readType = ({ type }: AuditEvent): AuditEvent["type"] | "-" => (AUDIT_EVENT_TYPES.includes(type) ? type : "-");

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** `-` where it was changed: names and headers are made of it. */
export const readInstant = ({ at }: AuditEvent): string => (INSTANT.test(at) ? at : "-");

/** As every format and filter has it. What is no severity is the most severe: whoever changed a row in the file hides nothing by that. */
export function getSeverity(event: AuditEvent): Severity {
  if (event.type === "anomaly") return EXPORT_SEVERITIES.includes(event.severity) ? event.severity : "high";
  if (event.type === "refusals-counted") return "low";
  return event.type === "connection" && event.decision === "refused" ? "low" : "info";
}

function getDecision(event: AuditEvent): "admitted" | "refused" | undefined {
  if (event.type === "connection") return event.decision;
  return event.type === "refusals-counted" ? "refused" : undefined;
}
