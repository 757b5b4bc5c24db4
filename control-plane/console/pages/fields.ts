import type { AuditRow } from "@palisade/neon/contract/wire/audit";
import { cutText } from "./table.js";

/** A field of an audit row as a text. A row that somebody has changed in the file may lack anything, or have anything else in its place. */
export function readField(row: AuditRow, ...path: readonly string[]): string | undefined {
  let value: unknown = row;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return typeof value === "string" || typeof value === "number" ? cutText(String(value)) : undefined;
}

/** Names of what differs between two documents; of what was made or removed, none. */
export function listChangedFields(row: AuditRow): readonly string[] {
  const { before, after } = row;
  if (!isObject(before) || !isObject(after)) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => name !== "updated_at" && JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
