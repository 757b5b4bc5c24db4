import { createHash } from "node:crypto";
import type Database from "libsql";
import { buildDigestText, GENESIS_DIGEST } from "@palisade/neon/contract/auditChain";
import { canonicalizeJson } from "@palisade/neon/contract/canonicalJson";
import type { AuditPoint } from "@palisade/neon/contract/wire/audit";
import type { AuditEvent, ChangeEvent } from "@palisade/neon/contract/wire/auditEvent";

/** The id of an organisation; null is the plane's own. */
export type Stream = string | null;
type WithoutPlace<E> = E extends AuditEvent ? Omit<E, "version" | "org_id" | "seq" | "digest"> : never;
/** A row before it has its place in a stream. */
export type NewAuditEvent = WithoutPlace<AuditEvent>;

/** The last row of a stream; `seq` 0 and `at` null where it never had one. */
export interface ChainPlace {
  readonly seq: number;
  readonly digest: string;
  readonly at: string | null;
}

/** The newest first. */
export interface ChangeQuery {
  org: string;
  project?: string | undefined;
  /** From this instant on. */
  since?: string | undefined;
  /** Up to, and without, this instant. */
  until?: string | undefined;
  /** Only rows written before this one. */
  below?: number | undefined;
  limit: number;
}

/** What is kept of a stream, at most; all ours. */
export interface AuditBounds {
  readonly days: number;
  /** Rows of changes: nobody's sessions push out what was changed before the bytes are used up. */
  readonly changes: number;
  /** Of all rows. */
  readonly bytes: number;
}
export const AUDIT_BOUNDS: AuditBounds = { days: 365, changes: 50_000, bytes: 256 * 1024 ** 2 };

/** What of the chains a transaction may read. */
export type AuditReader = Pick<
  AuditChain,
  "listChanges" | "readEvents" | "listStreams" | "findPlace" | "findFirstSince" | "findCheckpoint" | "findJudged"
>;

/** Of one page, so that an answer stays small whatever the documents are. */
const PAGE_BYTES = 4 * 1024 ** 2;
/** Rows that one pruning looks at: it never holds the event loop for long. */
const PRUNE_ROWS = 250;
const DAY_MS = 86_400_000;
/** Not so where somebody has changed the file: such a row is a gap. */
const HAS_PLACE = "typeof(seq) = 'integer'";

const computeDigest = (previous: string, event: Readonly<Record<string, unknown>>): string =>
  createHash("sha256").update(buildDigestText(previous, event)).digest("hex");

/**
 * The rows of every stream, each with a digest over the one before. A row is its canonical text and its digest: every column that is searched is
 * computed from the text, so that none says something else. What is no longer JSON is in no stream, hence a gap.
 */
export class AuditChain {
  private touched = new Set<Stream>();

  constructor(private readonly prepare: (sql: string) => Database.Statement) {}

  /** @returns its place in the stream */
  append(stream: Stream, event: NewAuditEvent): number {
    const last = this.findPlace(stream);
    const whole = { version: 1, org_id: stream, seq: last.seq + 1, ...event };
    const text = canonicalizeJson(whole);
    this.prepare("INSERT INTO audit_event (event, digest) VALUES (?, ?)").run(text, computeDigest(last.digest, whole));
    this.count(stream, event.type === "change" ? 1 : 0, Buffer.byteLength(text));
    this.touched.add(stream);
    return whole.seq;
  }

  /** Streams that got rows since it was last asked. */
  takeTouched(): ReadonlySet<Stream> {
    const { touched } = this;
    if (touched.size > 0) this.touched = new Set();
    return touched;
  }

  findPlace(stream: Stream): ChainPlace {
    const find = this.prepare(`SELECT seq, digest, at FROM audit_event WHERE stream = ? AND ${HAS_PLACE} ORDER BY seq DESC LIMIT 1`);
    const [last = this.findCheckpoint(stream) ?? { seq: 0, digest: GENESIS_DIGEST, at: null }] = find.all(toKey(stream)) as ChainPlace[];
    return last;
  }

  /** The first row that is not older; instants do not strictly follow the order of rows. */
  findFirstSince(stream: Stream, since: string): number | undefined {
    const find = this.prepare(`SELECT min(seq) AS seq FROM audit_event WHERE stream = ? AND at >= ? AND ${HAS_PLACE}`);
    const [first] = find.all(toKey(stream), since) as { seq: number | null }[];
    return first?.seq ?? undefined;
  }

  /** What the rows that are left follow; undefined where none was pruned, or where it names no place any more. */
  findCheckpoint(stream: Stream): AuditPoint | undefined {
    const [row] = this.prepare("SELECT checkpoint FROM audit_stream WHERE stream = ?").all(toKey(stream)) as {
      checkpoint: string | null;
    }[];
    // No schema: they are loaded after the plane is ready. Whoever is given it looks closer.
    const point = parseJson(row?.checkpoint ?? "") as Partial<AuditPoint> | null | undefined;
    return Number.isSafeInteger(point?.seq) && typeof point?.digest === "string" ? (point as AuditPoint) : undefined;
  }

  /** In order, after a place; a page may be shorter than its limit. */
  readEvents(stream: Stream, after: number, limit: number, maxBytes: number = PAGE_BYTES): AuditEvent[] {
    const found = `FROM audit_event WHERE stream = ? AND seq > ? AND ${HAS_PLACE} ORDER BY seq LIMIT ?`;
    const sizes = this.prepare(`SELECT size ${found}`).all(toKey(stream), after, limit) as { size: number }[];
    return this.listEvents(`SELECT event, digest ${found}`, toKey(stream), after, countFittingRows(sizes, maxBytes));
  }

  /** Those that ever had a row. */
  listStreams(): Stream[] {
    const rows = this.prepare("SELECT stream FROM audit_stream").all() as Pick<StreamCount, "stream">[];
    return rows.map(({ stream }) => (stream === "" ? null : stream));
  }

  /** `seq` of the last row that the rules for anomalies have looked at; 0 before the first. */
  findJudged(stream: Stream): number {
    const [row] = this.prepare("SELECT judged FROM audit_stream WHERE stream = ?").all(toKey(stream)) as { judged: number }[];
    return row?.judged ?? 0;
  }

  setJudged(stream: Stream, seq: number): void {
    this.prepare("UPDATE audit_stream SET judged = ? WHERE stream = ?").run(seq, toKey(stream));
  }

  listChanges({ org, project, since, until, below, limit }: ChangeQuery): ChangeEvent[] {
    const asked: [condition: string, value: string | number | undefined][] = [
      ["stream = ?", org],
      ["project = ?", project],
      ["at >= ?", since],
      ["at < ?", until],
      ["seq < ?", below],
    ];
    const given = asked.filter(([, value]) => value !== undefined);
    const conditions = ["type = 'change'", HAS_PLACE, ...given.map(([condition]) => condition)];
    const found = `FROM audit_event WHERE ${conditions.join(" AND ")} ORDER BY seq DESC LIMIT ?`;
    const values = given.map(([, value]) => value);
    const sizes = this.prepare(`SELECT size ${found}`).all(...values, limit) as { size: number }[];
    return this.listEvents(`SELECT event, digest ${found}`, ...values, countFittingRows(sizes)) as ChangeEvent[];
  }

  /**
   * Removes what is beyond the bounds from the beginning of every stream, and leaves a checkpoint of the last row that goes.
   * @returns whether there is more to remove
   */
  prune(now: number, sign: (place: ChainPlace, stream: Stream) => AuditPoint, bounds: AuditBounds = AUDIT_BOUNDS): boolean {
    const streams = this.prepare("SELECT stream, changes, bytes FROM audit_stream").all() as StreamCount[];
    const since = new Date(now - bounds.days * DAY_MS).toISOString();
    return streams.map((counted) => this.pruneStream(counted, since, sign, bounds)).includes(true);
  }

  /** Rows of a release that had no chain, in their order. */
  appendFormerRows(toEvent: (row: FormerRow) => NewAuditEvent): void {
    if (this.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'former_audit'").get() === undefined) return;
    const last = this.prepare("SELECT max(seq) AS seq FROM former_audit").get() as { seq: number | null };
    for (let seq = 0; seq < (last.seq ?? 0);) {
      const rows = this.prepare("SELECT * FROM former_audit WHERE seq > ? ORDER BY seq LIMIT 100").all(seq) as FormerRow[];
      for (const row of rows) this.append(row.org, toEvent(row));
      seq = rows.at(-1)?.seq ?? Infinity;
    }
  }

  private pruneStream(
    { stream: key, changes, bytes }: StreamCount,
    since: string,
    sign: (place: ChainPlace, stream: Stream) => AuditPoint,
    bounds: AuditBounds,
  ): boolean {
    const left = { changes, bytes };
    let last: PrunedRow | undefined;
    let rows = 0;
    for (const row of this.iterateOldest(key)) {
      if ((row.at ?? "") >= since && left.changes <= bounds.changes && left.bytes <= bounds.bytes) break;
      last = row;
      rows += 1;
      left.changes -= row.type === "change" ? 1 : 0;
      left.bytes -= row.size;
      if (rows === PRUNE_ROWS) break;
    }
    if (last === undefined) return false;
    const stream = key === "" ? null : key;
    const checkpoint = sign({ seq: last.seq, digest: last.digest, at: last.at }, stream);
    this.prepare("DELETE FROM audit_event WHERE stream = ? AND seq <= ?").run(key, last.seq);
    this.prepare("UPDATE audit_stream SET checkpoint = ? WHERE stream = ?").run(canonicalizeJson(checkpoint), key);
    this.count(stream, left.changes - changes, left.bytes - bytes);
    return rows === PRUNE_ROWS;
  }

  /** One at first: mostly there is nothing to remove. */
  private *iterateOldest(key: string): Generator<PrunedRow> {
    const find = this.prepare("SELECT seq, digest, at, type, size FROM audit_event WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?");
    for (let [after, limit] = [0, 1]; ; limit = Math.min(2 * limit, 256)) {
      const rows = find.all(key, after, limit) as PrunedRow[];
      yield* rows;
      if (rows.length < limit) return;
      after = rows.at(-1)?.seq ?? after;
    }
  }

  private count(stream: Stream, changes: number, bytes: number): void {
    this.prepare(
      `INSERT INTO audit_stream (stream, changes, bytes) VALUES (?, ?, ?)
       ON CONFLICT (stream) DO UPDATE SET changes = changes + excluded.changes, bytes = bytes + excluded.bytes`,
    ).run(toKey(stream), changes, bytes);
  }

  /** What cannot be read is left out: whoever verifies meets a gap. */
  private listEvents(sql: string, ...values: unknown[]): AuditEvent[] {
    const rows = this.prepare(sql).all(...values) as { event: string; digest: string }[];
    return rows.flatMap(({ event, digest }) => {
      const parsed = parseJson(event);
      return typeof parsed === "object" && parsed !== null ? [{ ...parsed, digest } as AuditEvent] : [];
    });
  }
}

/** A row of a release that had no chain. */
export interface FormerRow {
  readonly seq: number;
  readonly at: string;
  readonly key: number;
  readonly what: string;
  readonly request: string;
  readonly kind: string;
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly owner: string;
  readonly address: string;
  readonly project: string | null;
  readonly org: string | null;
}

interface StreamCount {
  readonly stream: string;
  readonly changes: number;
  readonly bytes: number;
}

interface PrunedRow extends ChainPlace {
  readonly type: string;
  readonly size: number;
}

const toKey = (stream: Stream): string => stream ?? "";

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many rows make a page: at least one. */
function countFittingRows(sizes: readonly { size: number }[], maxBytes: number = PAGE_BYTES): number {
  let [bytes, rows] = [0, 0];
  for (const { size } of sizes) {
    bytes += size;
    if (rows > 0 && bytes > maxBytes) break;
    rows += 1;
  }
  return rows;
}
