import { redact } from "@palisade/neon/contract/redact";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";

/**
 * A row as it may leave the plane. What looks like a secret is replaced wherever a text stands; `application_name` is left out, because a client
 * writes there what it likes, and it identifies nobody. The digest stays that of the row as the plane keeps it.
 */
export function redactEvent(event: AuditEvent): AuditEvent {
  const { application_name: _, ...rest } = event as AuditEvent & { application_name?: string };
  return redactValue(rest) as AuditEvent;
}

function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redactValue(one)]));
}
