import { setImmediate as yieldToOthers, setTimeout as pause } from "node:timers/promises";
import { formatErrorMessage, isPalisadeError, PalisadeError } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { AuditSource } from "./auditSource.js";
import type { AuditExportConfiguration } from "./configuration.js";
import { getSeverity, isExported, readInstant, readType } from "./filter.js";
import { EVENT_FORMATS } from "./formats/format.js";
import { redactEvent } from "./redactEvent.js";
import type { EncodedEvent, Sink } from "./sinks/sink.js";

/** Of the plane; tests move it. */
export interface Timers {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without an error, when the signal does. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ExporterOptions {
  readonly configuration: AuditExportConfiguration;
  readonly source: AuditSource;
  readonly sink: Sink;
  /** `seq` that was stored last; 0 for a new export. */
  readonly position: number;
  /** Stores it durably. Called after what is up to there was delivered, never before. */
  readonly savePosition: (seq: number) => Promise<void>;
  readonly timers: Timers;
  readonly log: (line: PlaneLogLine) => void;
}

/** How an export does. */
export type ExporterStatus = (
  | { readonly state: "active" }
  /** `since`: RFC 3339, of the first of the failures in a row. */
  | { readonly state: "failing"; readonly reason: string; readonly since: string }
) & {
  /** `seq` of the last row that was delivered. */
  readonly delivered: number;
  /** Rows of the stream that are still to be looked at. */
  readonly behind: number;
  /** Rows that the plane no longer kept when their turn came. */
  readonly missed: number;
};

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 300_000;
const STOP_DEADLINE_MS = 5_000;
/** Some milliseconds of work. */
const ROWS_AT_ONCE = 64;

/**
 * Reads one stream from the stored position on and delivers it in order, one batch at a time, so that a slow sink holds one batch and nothing else
 * waits for it. A delivery that fails is made again, for ever, at growing distances.
 */
export class Exporter {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;
  private delivered: number;
  private saved: number;
  private latest: number;
  private missed = 0;
  private failure: { readonly reason: string; readonly since: string; count: number } | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly options: ExporterOptions) {
    this.delivered = this.saved = this.latest = options.position;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Ends within some seconds, whatever the sink does; what was not delivered comes after the next start. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.stopping.abort();
    this.wake();
    const ended = (async () => {
      await this.running;
      await this.options.sink.close();
    })();
    // Of the process, not of the injected clock: a plane that is told to stop does so.
    const deadline = pause(STOP_DEADLINE_MS, undefined, { ref: false });
    await Promise.race([ended, deadline]);
  }

  getStatus(): ExporterStatus {
    const counts = { delivered: this.delivered, behind: Math.max(0, this.latest - this.delivered), missed: this.missed };
    if (this.failure === undefined) return { state: "active", ...counts };
    return { state: "failing", reason: this.failure.reason, since: this.failure.since, ...counts };
  }

  private async run(): Promise<void> {
    const { source, configuration, timers } = this.options;
    const endListening = source.onAppended((org, latestSeq) => {
      if (org !== configuration.org_id) return;
      this.latest = Math.max(this.latest, latestSeq);
      this.wake();
    });
    try {
      while (!this.stopping.signal.aborted) {
        try {
          const wasIdle = !(await this.exportNext());
          this.recordSuccess();
          if (wasIdle) await this.waitForRows();
        } catch (error) {
          const retryMs = this.recordFailure(error);
          await timers.wait(retryMs, this.stopping.signal);
        }
      }
    } finally {
      endListening();
    }
  }

  /** @returns whether there was anything to read */
  private async exportNext(): Promise<boolean> {
    const { source, configuration, sink, timers } = this.options;
    // A position that could not be stored comes first: what a restart repeats stays within one batch.
    await this.savePosition();
    const latest = await source.readLatestSeq(configuration.org_id);
    if (latest < this.delivered)
      throw new PalisadeError("PAL_EXPORT_CONFLICT", `the audit ends with row ${latest}, and row ${this.delivered} was delivered from it`);
    this.latest = Math.max(this.latest, latest);
    if (this.latest <= this.delivered) return false;
    if (sink.gatherMs > 0) await timers.wait(sink.gatherMs, this.stopping.signal);
    const rows = await source.readFrom(configuration.org_id, this.delivered + 1, sink.maxBatchBytes);
    if (this.stopping.signal.aborted) return false;
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined || first.seq <= this.delivered)
      throw new Error(`the audit answers no rows after ${this.delivered}, and its newest is ${this.latest}`);
    await sink.deliver({ events: await this.encode(rows), through: last.seq }, this.stopping.signal);
    // Also where a row in the middle can no longer be read.
    this.recordMissed(last.seq - this.delivered - rows.length);
    this.delivered = last.seq;
    await this.savePosition();
    return true;
  }

  private async encode(rows: readonly AuditEvent[]): Promise<EncodedEvent[]> {
    const { filter, format } = this.options.configuration;
    const events: EncodedEvent[] = [];
    for (const [at, row] of rows.entries()) {
      // A whole batch at once would hold up the plane's connections for a tenth of a second.
      if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await yieldToOthers();
      if (!isExported(filter, row)) continue;
      const { seq } = row;
      events.push({
        seq,
        at: readInstant(row),
        type: readType(row),
        severity: getSeverity(row),
        line: EVENT_FORMATS[format].encode(redactEvent(row)),
      });
    }
    return events;
  }

  private async savePosition(): Promise<void> {
    const position = Math.min(this.options.sink.confirmed, this.delivered);
    if (position <= this.saved) return;
    await this.options.savePosition(position);
    this.saved = position;
  }

  private waitForRows(): Promise<void> {
    const { signal } = this.stopping;
    if (signal.aborted || this.latest > this.delivered) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private recordMissed(rows: number): void {
    if (rows <= 0) return;
    this.missed += rows;
    this.options.log({ level: "error", event: "audit-export-missed", export: this.options.configuration.id, rows });
  }

  private recordSuccess(): void {
    if (this.failure !== undefined)
      this.options.log({ level: "info", event: "audit-export-active", export: this.options.configuration.id });
    this.failure = undefined;
  }

  /** @returns how long to wait; milliseconds */
  private recordFailure(error: unknown): number {
    const { log, timers, configuration } = this.options;
    const reason = isPalisadeError(error) ? error.message : "the audit of the plane could not be read, or the position not be stored";
    if (this.failure?.reason !== reason)
      log({ level: "warn", event: "audit-export-failing", export: configuration.id, error: formatErrorMessage(error) });
    const since = this.failure?.since ?? new Date(timers.now()).toISOString();
    const count = (this.failure?.count ?? 0) + 1;
    this.failure = { reason, since, count };
    return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(count - 1, 20));
  }
}
