import { createHash } from "node:crypto";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { omitUndefined } from "@palisade/neon/contract/values";
import type { AuditExport } from "@palisade/neon/contract/wire/auditExport";
import { revealAddress, toConfiguration } from "../../domain/auditExports.js";
import type { Sealed, StoredAuditExport } from "../../store/kinds.js";
import type { Store, Tx } from "../../store/store.js";
import type { AuditTrail } from "../auditTrail.js";
import type { AuditSource } from "./auditSource.js";
import { type ExportFailure, Exporter, type Timers } from "./exporter.js";
import { LateSink } from "./lateSink.js";
import { createSink, type SinkContext } from "./sinks/createSink.js";
import { createStoredSource } from "./storedSource.js";

export interface AuditExportsOptions {
  readonly store: Store;
  readonly audit: AuditTrail;
  readonly timers: Timers;
  readonly sinks: SinkContext;
  readonly log: (line: PlaneLogLine) => void;
}

type ExportStatus = Pick<
  AuditExport,
  "state" | "reason" | "since" | "blocked" | "position" | "behind" | "missed" | "last_success_at" | "last_failure"
>;
type Position = Required<Pick<Sealed["audit_export"], "position" | "missed">> & Pick<Sealed["audit_export"], "delivered_at">;

interface Run {
  readonly exporter: Exporter;
  readonly sink: LateSink;
  /** RFC 3339. */
  readonly since: string;
  /** Of the document that it is a run of. */
  readonly updatedAt: string;
  /** What earlier runs missed. */
  readonly missedBefore: number;
}

/**
 * The exports that the store has, each running as its document says. A document that changes ends the run and begins another from the same
 * position, so a new sink goes on where the one before ended; what was on the way to that may come to both.
 */
export class AuditExports {
  private readonly source: AuditSource;
  private readonly runs = new Map<string, Run>();
  private readonly turns = new Map<string, Promise<void>>();
  /** Of runs that ended, by export: what was changed to put it right should not make it forgotten. */
  private readonly failures = new Map<string, ExportFailure>();
  private isStopping = false;

  constructor(private readonly options: AuditExportsOptions) {
    this.source = createStoredSource(options.audit);
  }

  get allowed(): SinkContext["allowed"] {
    return this.options.sinks.allowed;
  }

  start(): void {
    const { store } = this.options;
    store.watch((kind, id) => {
      if (kind === "audit_export") void this.follow(id);
    });
    for (const { id } of store.transact((tx) => tx.list("audit_export"))) void this.follow(id);
  }

  /** Resolves when the export runs as its document says by now, and no longer as it said before. */
  follow(id: string): Promise<void> {
    const turn = (this.turns.get(id) ?? Promise.resolve())
      .then(() => this.apply(id))
      .catch((error: unknown) => {
        this.options.log({ level: "error", event: "audit-export-failed", export: id, error: formatErrorMessage(error) });
      });
    this.turns.set(id, turn);
    return turn.finally(() => {
      if (this.turns.get(id) === turn) this.turns.delete(id);
    });
  }

  /** Every run ends within some seconds, whatever its sink does; positions are on the disk. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all([...this.runs.values()].map(({ exporter }) => exporter.stop()));
    this.runs.clear();
  }

  describe(tx: Tx, document: StoredAuditExport): AuditExport {
    const kept = readKept(tx, document);
    const latest = tx.audit.findPlace(document.org_id).seq;
    const digest = kept.secret === undefined ? undefined : createHash("sha256").update(kept.secret).digest("hex");
    const shown = { ...document, sink: revealAddress(document.sink, kept), ...omitUndefined({ signing_secret_digest: digest }) };
    const status = this.getStatus(document, kept, latest);
    const backlog = tx.audit.measureBacklog(document.org_id, status.position, this.options.timers.now());
    return { ...shown, ...status, behind_bytes: backlog.bytes, backlog_share: backlog.share };
  }

  private getStatus({ id, enabled }: StoredAuditExport, kept: Position, latest: number): ExportStatus {
    const { position, missed, delivered_at: deliveredAt } = kept;
    const run = this.runs.get(id);
    if (run === undefined) {
      const ends = omitUndefined({ last_success_at: deliveredAt, last_failure: this.failures.get(id) });
      return { state: enabled ? "active" : "disabled", position, behind: Math.max(0, latest - position), missed, ...ends };
    }
    const { delivered, behind, ...status } = run.exporter.getStatus();
    const lastFailure = status.lastFailure ?? this.failures.get(id);
    const ends = omitUndefined({ last_success_at: status.lastSuccessAt ?? deliveredAt, last_failure: lastFailure });
    const counts = { position: delivered, behind, missed: run.missedBefore + status.missed, ...ends };
    if (status.state === "failing") return toFailing(status, status.since, counts);
    const { problem } = run.sink;
    return problem === undefined ? { state: "active", ...counts } : toFailing(problem, run.since, counts);
  }

  private async apply(id: string): Promise<void> {
    const { store } = this.options;
    const read = () => (this.isStopping ? undefined : store.transact((tx) => tx.get("audit_export", id)));
    const run = this.runs.get(id);
    const found = read();
    if (run !== undefined && found?.enabled === true && found.updated_at === run.updatedAt) return;
    if (run !== undefined) {
      await run.exporter.stop();
      this.runs.delete(id);
      const { lastFailure } = run.exporter.getStatus();
      if (lastFailure !== undefined) this.failures.set(id, lastFailure);
    }
    // As it is by now: what changed meanwhile has a turn of its own.
    const document = read();
    if (document === undefined) this.failures.delete(id);
    if (document?.enabled === true) this.begin(document);
  }

  private begin(document: StoredAuditExport): void {
    const { store, timers, log, sinks } = this.options;
    const { id, updated_at: updatedAt } = document;
    const { position, missed, secret, url, acknowledged } = store.transact((tx) => readKept(tx, document));
    const configuration = toConfiguration(document, omitUndefined({ secret, url }));
    const sink = new LateSink(() => createSink(configuration, sinks, acknowledged));
    const run: Run = {
      sink,
      since: new Date(timers.now()).toISOString(),
      updatedAt,
      missedBefore: missed,
      exporter: new Exporter({
        configuration,
        source: this.source,
        sink,
        position,
        savePosition: (seq) => {
          this.savePosition(id, run, seq);
          return Promise.resolve();
        },
        timers,
        log,
      }),
    };
    this.runs.set(id, run);
    run.exporter.start();
  }

  /** Of a run that was ended and would not end it says nothing: another has gone on from where it was. */
  private savePosition(id: string, run: Run, seq: number): void {
    if (this.runs.get(id) !== run) return;
    this.options.store.transact((tx) => {
      const [document, kept] = [tx.get("audit_export", id), tx.getSealed("audit_export", id)];
      const { missed, lastSuccessAt } = run.exporter.getStatus();
      const { acknowledged } = run.sink;
      const place = { position: seq, missed: run.missedBefore + missed, ...omitUndefined({ delivered_at: lastSuccessAt, acknowledged }) };
      if (document !== undefined) tx.put("audit_export", document, { ...kept, ...place });
    });
  }
}

const toFailing = <C extends object>({ reason, blocked }: { reason: string; blocked: boolean }, since: string, counts: C) => ({
  state: "failing" as const,
  reason,
  since,
  ...(blocked && { blocked: true as const }),
  ...counts,
});

/** A new export begins with the first row that is kept. */
function readKept(tx: Tx, { id, org_id: org }: StoredAuditExport): Sealed["audit_export"] & Position {
  const kept = tx.getSealed("audit_export", id);
  return { missed: 0, ...kept, position: kept?.position ?? tx.audit.findCheckpoint(org)?.seq ?? 0 };
}
