import { setImmediate as yieldToOthers, setTimeout as pause } from "node:timers/promises";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { Clock } from "../../clock.js";
import type { AuditTrail } from "../auditTrail.js";
import type { Stream } from "../chain.js";
import { AnomalyDetector } from "./detector.js";
import type { Finding } from "./finding.js";

export interface AnomalyWatchOptions {
  readonly audit: AuditTrail;
  readonly clock: Pick<Clock, "formatNow">;
  readonly log: (line: PlaneLogLine) => void;
}

/** Of one look: some milliseconds of work, between which connections have their turn. */
const ROWS_AT_ONCE = 100;
/** Before the last row judged, that rules learn from again after a start: some seconds of work, and more than a year of most streams. */
export const REPLAYED_ROWS = 200_000;
/** After a failure of the store; milliseconds. */
const RETRY_MS = 1_000;

interface Judged {
  readonly detector: AnomalyDetector;
  /** `seq` of the last row that the detector has seen. */
  seen: number;
  /** `seq` of the last row whose findings are written. */
  judged: number;
}

/**
 * Looks at every row of every stream, and appends what the rules find to the same stream. What they have learnt is in memory: a new start gives
 * them the rows that are kept once more, and drops what it finds up to the row that was judged last.
 */
export class AnomalyWatch {
  private readonly streams = new Map<Stream, Judged>();
  private readonly due = new Set<Stream>();
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private readonly stopping = new AbortController();

  constructor(private readonly options: AnomalyWatchOptions) {}

  start(): void {
    const { audit } = this.options;
    for (const stream of audit.listStreams()) {
      // Before anything is appended, which could hide that rows were cut off.
      this.open(stream);
      this.due.add(stream);
    }
    audit.watch((streams) => {
      for (const stream of streams) this.due.add(stream);
      this.wake();
    });
    this.wake();
  }

  /** Rows that were not looked at are, after the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private wake(): void {
    if (this.isRunning || this.stopping.signal.aborted) return;
    this.isRunning = true;
    this.running = this.run();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (const stream of this.due) {
      await yieldToOthers();
      if (signal.aborted) break;
      this.due.delete(stream);
      try {
        // Rows are left: its turn comes again, after the other streams.
        if (this.judgeNext(stream)) this.due.add(stream);
      } catch (error) {
        this.options.log({ level: "error", event: "anomalies-failed", error: formatErrorMessage(error) });
        this.due.add(stream);
        await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    this.isRunning = false;
  }

  /** @returns whether there may be more */
  private judgeNext(stream: Stream): boolean {
    const { audit, clock } = this.options;
    const state = this.streams.get(stream) ?? this.open(stream);
    const rows = audit.readEvents(stream, state.seen, ROWS_AT_ONCE);
    const last = rows.at(-1);
    if (last === undefined) return false;
    const at = clock.formatNow();
    const found = rows.flatMap((row) => this.look(state, row)).map((finding) => ({ type: "anomaly" as const, at, ...finding }));
    state.seen = last.seq;
    if (last.seq > state.judged) {
      try {
        audit.appendFindings(stream, found, last.seq);
        state.judged = last.seq;
      } catch (error) {
        // The detector has seen them: what it found comes again from a new one.
        this.streams.delete(stream);
        throw error;
      }
    }
    return true;
  }

  private look({ detector, judged }: Judged, row: AuditEvent): readonly Finding[] {
    try {
      const findings = row.type === "anomaly" ? [] : detector.step(row);
      return row.seq > judged ? findings : [];
    } catch (error) {
      // A row that was changed in the file may lack anything: whoever verifies is told of that.
      this.options.log({ level: "warn", event: "anomalies-unreadable", seq: row.seq, error: formatErrorMessage(error) });
      return [];
    }
  }

  private open(stream: Stream): Judged {
    const { audit } = this.options;
    // Rows that were cut off the end and written anew have the places of others that were judged.
    const judged = Math.min(audit.readJudged(stream), audit.readLatestSeq(stream));
    const state = { detector: new AnomalyDetector(), seen: Math.max(0, judged - REPLAYED_ROWS), judged };
    this.streams.set(stream, state);
    return state;
  }
}
