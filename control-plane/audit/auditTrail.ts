import { join } from "node:path";
import { buildPointText } from "@palisade/neon/contract/auditChain";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { AuditPoint } from "@palisade/neon/contract/wire/audit";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { Clock } from "../clock.js";
import type { PlaneSigner } from "../encryption/planeSigner.js";
import type { AccessLogEntry, SessionEnd } from "../proxy/backend.js";
import type { Store } from "../store/store.js";
import type { ChainPlace, NewAuditEvent, Stream } from "./chain.js";
import { ConnectionRows, type PendingRow } from "./connections.js";
import { AuditJournal, type JournalLine } from "./journal.js";

export interface AuditTrailOptions {
  readonly dataDirectory: string;
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly signer: PlaneSigner;
  readonly log: (line: PlaneLogLine) => void;
}

/** In the data directory. */
export const JOURNAL_FILE = "audit.journal";
/** How long rows wait for others, to share a transaction; milliseconds. */
const BATCH_MS = 100;
/** Of one transaction, which takes some milliseconds of the event loop; between two of them the proxy has its turn. */
const BATCH_ROWS = 100;
const NEXT_BATCH_MS = 10;
/** After a failure of the store, such as a full disk. */
const RETRY_MS = 1_000;
/** Rows that wait while the store cannot take them; more are lost, which the log tells. */
const MAX_WAITING_ROWS = 50_000;
/** The journal is emptied when it is longer than this and has nothing that the chains lack. */
const JOURNAL_BYTES = 1_000_000;
/** Pruning waits for so many transactions, or rows that no call made. */
const PRUNE_EVERY = 1_000;
/** How often it is looked whether refusals are to be counted. */
const COUNT_CHECK_MS = 10_000;
/** Rows that {@link AuditTrail.readEvents} gives at most. */
export const MAX_EVENTS = 1_000;

interface WaitingRow extends PendingRow {
  /** Where its line in the journal ends. */
  readonly end: number | undefined;
}

/**
 * Everything that is done with the audit but for the rows of calls, which the store writes in the transaction of the change itself. Rows of the
 * proxy go to the journal at once and to the chains in batches: a connection waits for neither, and a killed plane forgets none that it told of.
 */
export class AuditTrail {
  private readonly waiting: WaitingRow[] = [];
  private readonly connections: ConnectionRows;
  private readonly countTimer: NodeJS.Timeout;
  private batchTimer: NodeJS.Timeout | undefined;
  private pruneTimer: NodeJS.Immediate | undefined;
  private untilPruned = 0;
  private lostRows = 0;
  private isFailing = false;
  private isClosed = false;

  private constructor(
    private readonly options: AuditTrailOptions,
    private readonly journal: AuditJournal,
  ) {
    const { store } = options;
    this.connections = new ConnectionRows((id) => store.transact((tx) => tx.get("project", id)?.org_id));
    this.countTimer = setInterval(() => {
      for (const row of this.connections.takeCounts("due")) this.enqueue(row);
    }, COUNT_CHECK_MS).unref();
    store.watchAudit(() => {
      this.schedulePruning(1);
    });
  }

  /** What the journal of a killed plane still has comes into the chains first. */
  static open(options: AuditTrailOptions): AuditTrail {
    const { store, dataDirectory } = options;
    const state = store.writeAudit((_, place) => place.read());
    const { journal, lines } = AuditJournal.open(join(dataDirectory, JOURNAL_FILE), state);
    const trail = new AuditTrail(options, journal);
    for (const line of lines) trail.waiting.push(...parseLine(line));
    trail.flush();
    if (trail.waiting.length === 0) trail.restartJournal();
    return trail;
  }

  recordDecision(entry: AccessLogEntry): void {
    const row = this.connections.decide(entry);
    if (row) this.enqueue(row);
  }

  recordEnd(entry: SessionEnd): void {
    this.enqueue(this.connections.end(entry));
  }

  /** For statements of temporary access. */
  append(stream: Stream, event: NewAuditEvent & { readonly type: "statement" }): void {
    this.enqueue({ stream, event });
  }

  /**
   * Rows of a stream after `after` (0: from the beginning), in order; fewer than `limit` where they are large, none where there are no more.
   * @param maxBytes of the rows together; one is answered however long it is. Default: 4 MiB
   */
  readEvents(stream: Stream, after: number, limit: number = MAX_EVENTS, maxBytes?: number): AuditEvent[] {
    return this.options.store.transact((tx) => tx.audit.readEvents(stream, after, Math.min(limit, MAX_EVENTS), maxBytes));
  }

  /** `seq` of the newest row; 0 before the first. */
  readLatestSeq(stream: Stream): number {
    return this.options.store.transact((tx) => tx.audit.findPlace(stream).seq);
  }

  listStreams(): Stream[] {
    return this.options.store.transact((tx) => tx.audit.listStreams());
  }

  /** `seq` of the last row that the rules for anomalies have looked at; 0 before the first. */
  readJudged(stream: Stream): number {
    return this.options.store.transact((tx) => tx.audit.findJudged(stream));
  }

  /** What rules have found in the rows up to `judged`, with that place in one transaction: none is told twice, and none is forgotten. */
  appendFindings(stream: Stream, findings: readonly (NewAuditEvent & { readonly type: "anomaly" })[], judged: number): void {
    this.options.store.writeAudit((chain) => {
      for (const finding of findings) chain.append(stream, finding);
      chain.setJudged(stream, judged);
    });
  }

  /** Flushes to the disk what is committed, so that no power cut takes back what was told elsewhere. */
  flushToDisk(): void {
    this.options.store.flush();
  }

  /** Calls back after each commit that brought rows, with their streams; must not throw. */
  watch(appended: (streams: ReadonlySet<Stream>) => void): void {
    this.options.store.watchAudit(appended);
  }

  signPlace(type: AuditPoint["type"], { seq, digest, at }: ChainPlace, stream: Stream): AuditPoint {
    const point = { version: 1 as const, type, org_id: stream, seq, digest, at };
    return { ...point, ...this.options.signer.sign(buildPointText(point)) };
  }

  /** Brings what waits into the chains. Where the store does not take it, it goes on waiting. */
  flush(): void {
    while (this.waiting.length > 0 && this.writeBatch());
  }

  /** The same, and flushes all to the disk: what is told of it is there after a power cut. */
  settle(): void {
    this.flush();
    this.options.store.flush();
  }

  close(): void {
    clearInterval(this.countTimer);
    for (const row of this.connections.takeCounts("now")) this.enqueue(row);
    clearTimeout(this.batchTimer);
    this.flush();
    this.isClosed = true;
    clearImmediate(this.pruneTimer);
    this.journal.close();
  }

  private enqueue(row: PendingRow): void {
    if (this.waiting.length >= MAX_WAITING_ROWS) {
      this.lostRows += 1;
      return;
    }
    this.waiting.push({ ...row, end: this.journal.append(JSON.stringify(row)) });
    this.scheduleBatch(BATCH_MS);
  }

  private scheduleBatch(milliseconds: number): void {
    this.batchTimer ??= setTimeout(() => {
      this.batchTimer = undefined;
      const isWritten = this.writeBatch();
      if (this.waiting.length > 0) this.scheduleBatch(isWritten ? NEXT_BATCH_MS : RETRY_MS);
    }, milliseconds).unref();
  }

  /** @returns whether the store took it */
  private writeBatch(): boolean {
    const batch = this.waiting.slice(0, BATCH_ROWS);
    const end = batch.reduce<number | undefined>((last, row) => row.end ?? last, undefined);
    try {
      this.options.store.writeAudit((chain, place) => {
        for (const { stream, event } of batch) chain.append(stream, event);
        if (end !== undefined) place.write(this.journal.getState(end));
      });
    } catch (error) {
      if (!this.isFailing) this.options.log({ level: "error", event: "audit-failed", error: formatErrorMessage(error) });
      this.isFailing = true;
      return false;
    }
    this.waiting.splice(0, batch.length);
    this.schedulePruning(batch.length);
    if (this.lostRows > 0) this.options.log({ level: "error", event: "audit-rows-lost", rows: this.lostRows });
    [this.isFailing, this.lostRows] = [false, 0];
    if (this.waiting.length === 0 && (this.journal.bytes > JOURNAL_BYTES || this.journal.hasFailed)) this.restartJournal();
    return true;
  }

  /** Without it rows wait in memory alone, until it works again. */
  private restartJournal(): void {
    try {
      this.options.store.writeAudit((_, place) => {
        place.write(this.journal.getNextState());
      });
      this.journal.restart();
    } catch (error) {
      this.options.log({ level: "error", event: "audit-journal-failed", error: formatErrorMessage(error) });
    }
  }

  private schedulePruning(rows: number): void {
    this.untilPruned -= rows;
    if (this.untilPruned > 0 || this.isClosed) return;
    this.untilPruned = PRUNE_EVERY;
    this.pruneTimer ??= setImmediate(() => {
      this.pruneTimer = undefined;
      this.prune();
    });
  }

  private prune(): void {
    const { store, clock, log } = this.options;
    const sign = (place: ChainPlace, stream: Stream) => this.signPlace("audit-checkpoint", place, stream);
    try {
      const hasMore = store.writeAudit((chain) => chain.prune(clock.now(), sign));
      if (hasMore) this.schedulePruning(PRUNE_EVERY);
    } catch (error) {
      log({ level: "error", event: "audit-pruning-failed", error: formatErrorMessage(error) });
    }
  }
}

/** A line that is no row is left out: it was cut short, or somebody else wrote it. */
function parseLine({ text, end }: JournalLine): WaitingRow[] {
  try {
    const { stream, event } = JSON.parse(text) as Partial<PendingRow>;
    const isRow = (stream === null || typeof stream === "string") && typeof event === "object" && typeof event.type === "string";
    return isRow ? [{ stream, event, end }] : [];
  } catch {
    return [];
  }
}
