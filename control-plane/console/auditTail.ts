import { type AuditHead, AuditEventsPage, type AuditRow } from "@palisade/neon/contract/wire/audit";
import type { ApiReader } from "./apiReader.js";

/** The newest first. */
export interface Tail {
  readonly rows: readonly AuditRow[];
  /** Older rows, if there are any, are those before this place. */
  readonly older: number | undefined;
}

interface TailQuery {
  readonly orgId: string;
  readonly type?: "connection" | undefined;
  /** Only rows before this place. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Rows that are looked through at once; each next time twice as many, because rows of one type may be rare. */
const [FIRST_WINDOW, WIDEST_WINDOW] = [64, 512];
/** Answers of the API for one page of the console; who wants older rows goes on from there. */
const MAX_ANSWERS = 16;

/** Rows from the end of a stream backwards: the API gives them forwards. */
export async function readTail(reader: ApiReader, { head, checkpoint }: AuditHead, query: TailQuery): Promise<Tail> {
  const first = checkpoint?.seq ?? 0;
  const rows: AuditRow[] = [];
  let end = Math.min(query.before ?? Infinity, head.seq + 1);
  let answers = 0;
  for (let window = FIRST_WINDOW; end > first + 1 && rows.length < query.limit && answers < MAX_ANSWERS;) {
    const after = Math.max(first, end - 1 - window);
    const found = await readBetween(reader, query, after, end);
    rows.push(...found.rows.reverse());
    answers += found.answers;
    end = after + 1;
    window = Math.min(2 * window, WIDEST_WINDOW);
  }
  const kept = rows.slice(0, query.limit);
  const last = rows.length > kept.length ? kept.at(-1)?.seq : end;
  return { rows: kept, older: last !== undefined && last > first + 1 ? last : undefined };
}

/** Rows behind `after` and before `end`, in order. An answer is cut short where rows are large; a filter of the API would look at a thousand. */
async function readBetween(reader: ApiReader, { orgId, type }: TailQuery, after: number, end: number) {
  const rows: AuditRow[] = [];
  let [place, answers, hasMore] = [after, 0, true];
  while (hasMore && place < end - 1) {
    const { events, pagination } = await reader.read(
      AuditEventsPage,
      "/x-palisade/audit/events",
      {},
      { org_id: orgId, after: String(place), limit: String(end - 1 - place) },
    );
    rows.push(...events.filter((row) => row.seq < end && (type === undefined || row["type"] === type)));
    answers += 1;
    hasMore = pagination.next !== undefined && pagination.examined > place;
    place = pagination.examined;
  }
  return { rows, answers };
}
