import { redact } from "@palisade/neon/contract/redact";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";

/** What a client writes there as it likes, and what identifies nobody. */
const LEFT_OUT: ReadonlySet<string> = new Set(["application_name"]);

/**
 * A row as it may leave the plane: without what a client fills as it likes, and with what looks like a secret replaced wherever a text stands. Fields
 * that are not what they were are named in `redacted`, so that a digest which does not fit is not taken for an edit.
 */
export function redactEvent(event: AuditEvent): AuditEvent {
  const redacted: string[] = [];
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(event)) {
    const kept = LEFT_OUT.has(name) ? undefined : redactValue(value);
    if (kept !== undefined) fields.push([name, kept]);
    if (kept !== value) redacted.push(name);
  }
  return { ...Object.fromEntries(fields), ...(redacted.length > 0 && { redacted }) } as unknown as AuditEvent;
}

/** The value itself where there was nothing to replace. */
function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value !== "object" || value === null) return value;
  const before = Object.entries(value);
  const after = before.map(([name, one]) => [name, redactValue(one)] as const);
  if (after.every(([, one], at) => one === before[at]?.[1])) return value;
  return Array.isArray(value) ? after.map(([, one]) => one) : Object.fromEntries(after);
}
