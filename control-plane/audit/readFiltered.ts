import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { AuditReader, Stream } from "./chain.js";

/** What rows have in common that are asked for; all of it must hold. */
export interface EventFilter {
  readonly type?: AuditEvent["type"] | undefined;
  /** Id of a key's owner, alone or as `user/…`, id of a key, or a role. */
  readonly actor?: string | undefined;
  readonly branch_id?: string | undefined;
  /** From this instant on. */
  readonly since?: string | undefined;
  /** Up to, and without, this instant. */
  readonly until?: string | undefined;
}

/** Rows that one page looks at: a filter that hits nothing does not hold up everybody else. */
const EXAMINED_ROWS = 1_000;

/** Rows after a place, in order, and the last place that was looked at: a page may be empty and have more after it. */
export function readFilteredEvents(
  audit: AuditReader,
  stream: Stream,
  after: number,
  limit: number,
  filter: EventFilter,
): { events: AuditEvent[]; examined: number; hasMore: boolean } {
  const events: AuditEvent[] = [];
  const begin = after === 0 && filter.since !== undefined ? findPlaceBefore(audit, stream, filter.since) : after;
  const rows = audit.readEvents(stream, begin, isEmpty(filter) ? limit : EXAMINED_ROWS);
  let examined = begin;
  for (const event of rows) {
    if (events.length === limit) break;
    examined = event.seq;
    if (isAskedFor(event, filter)) events.push(event);
  }
  return { events, examined, hasMore: rows.length > 0 && audit.findPlace(stream).seq > examined };
}

/** Older rows need not be looked at. */
function findPlaceBefore(audit: AuditReader, stream: Stream, since: string): number {
  const first = audit.findFirstSince(stream, since);
  return first === undefined ? audit.findPlace(stream).seq : first - 1;
}

const isEmpty = (filter: EventFilter): boolean => Object.values(filter).every((value) => value === undefined);

function isAskedFor(event: AuditEvent, { type, actor, branch_id, since, until }: EventFilter): boolean {
  if (type !== undefined && event.type !== type) return false;
  if (since !== undefined && event.at < since) return false;
  if (until !== undefined && event.at >= until) return false;
  if (actor !== undefined && !listActors(event).includes(actor)) return false;
  return branch_id === undefined || listBranches(event).includes(branch_id);
}

/** A row that was changed in the file may lack anything. */
function listActors(event: Partial<AuditEvent>): unknown[] {
  if (event.type !== "change") return [(event as { role?: unknown }).role];
  const { owner, key_id } = event;
  return [owner?.id, `${owner?.type ?? ""}/${owner?.id ?? ""}`, String(key_id)];
}

function listBranches(event: Partial<AuditEvent>): unknown[] {
  if (event.type !== "change") return [(event as { branch_id?: unknown }).branch_id];
  const { object, before, after } = event;
  return [...(object?.kind === "branch" ? [object.id] : []), before?.["branch_id"], after?.["branch_id"]];
}
