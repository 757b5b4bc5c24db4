import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { AuditExportConfiguration } from "./configuration.js";

/** Whether the filter of an export lets a row through. A filter by decisions says something of rows about connections alone. */
export function isExported(filter: AuditExportConfiguration["filter"], event: AuditEvent): boolean {
  if (filter?.types !== undefined && !filter.types.includes(event.type)) return false;
  const decision = getDecision(event);
  return decision === undefined || filter?.decisions === undefined || filter.decisions.includes(decision);
}

function getDecision(event: AuditEvent): "admitted" | "refused" | undefined {
  if (event.type === "connection") return event.decision;
  return event.type === "refusals-counted" ? "refused" : undefined;
}
