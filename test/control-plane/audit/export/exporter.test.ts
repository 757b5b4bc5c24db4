import type { AuditExportConfiguration } from "../../../../control-plane/audit/export/configuration.js";
import type { AnomalyEvent, AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import { isExported } from "../../../../control-plane/audit/export/filter.js";
import { EVENT_FORMATS } from "../../../../control-plane/audit/export/formats/format.js";
import { Exporter, type ExporterOptions, type Timers } from "../../../../control-plane/audit/export/exporter.js";
import type { Batch, Sink } from "../../../../control-plane/audit/export/sinks/sink.js";
import { createDeliveryFailure } from "../../../../control-plane/audit/export/sinks/sink.js";
import { redactEvent } from "../../../../control-plane/audit/export/redactEvent.js";
import { ALL_ROWS, createConnectionRow, MemorySource, ORG } from "../../../support/auditRows.js";
import { until } from "../../../support/until.js";

const CONFIGURATION: AuditExportConfiguration = { id: "export-1", org_id: ORG, format: "json", sink: { type: "file", name: "a" } };

/** Time that passes only as it is waited for. */
class ManualTimers implements Timers {
  readonly waits: number[] = [];
  private at = Date.UTC(2026, 0, 31);
  now = (): number => this.at;
  wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.at += ms;
    // Others have their turn, too.
    return new Promise((resolve) => setImmediate(resolve));
  }
}

/** What was delivered, and what to do before. */
class RecordingSink implements Sink {
  readonly maxBatchBytes = 2_000;
  gatherMs = 0;
  confirmed = 0;
  readonly batches: Batch[] = [];
  isClosed = false;
  before: (batch: Batch, signal: AbortSignal) => Promise<void> | void = () => undefined;

  async deliver(batch: Batch, signal: AbortSignal): Promise<void> {
    await this.before(batch, signal);
    this.batches.push(batch);
    this.confirmed = batch.through;
  }
  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
  get lines(): string[] {
    return this.batches.flatMap(({ events }) => events.map(({ line }) => line));
  }
  get seqs(): number[] {
    return this.batches.flatMap(({ events }) => events.map(({ seq }) => seq));
  }
}

let source: MemorySource;
let sink: RecordingSink;
let timers: ManualTimers;
let saved: number[];
let logged: object[];
let exporters: Exporter[];
beforeEach(() => {
  [source, sink, timers, saved, logged, exporters] = [new MemorySource(), new RecordingSink(), new ManualTimers(), [], [], []];
});
afterEach(async () => {
  for (const one of exporters) await one.stop();
});

function start(over: Partial<ExporterOptions> = {}): Exporter {
  const savePosition = (seq: number) => {
    saved.push(seq);
    return Promise.resolve();
  };
  const log = (line: object) => void logged.push(line);
  const exporter = new Exporter({ configuration: CONFIGURATION, source, sink, position: 0, savePosition, timers, log, ...over });
  exporters.push(exporter);
  exporter.start();
  return exporter;
}
const rows = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => createConnectionRow(first + at));
const range = (first: number, last: number) => rows(first, last).map(({ seq }) => seq);

describe("an exporter", () => {
  it("delivers in order, goes on with what comes, and stores each position after its delivery", async () => {
    source.append(...rows(1, 10));
    sink.before = ({ through }) => {
      expect(saved.every((position) => position < through)).toBe(true);
    };
    const exporter = start();
    await until("the first rows", () => saved.at(-1) === 10);
    source.append(...rows(11, 12));
    await until("the others", () => saved.at(-1) === 12);
    expect(sink.seqs).toEqual(range(1, 12));
    expect(sink.batches.length).toBeGreaterThan(2);
    expect(exporter.getStatus()).toEqual({ state: "active", delivered: 12, behind: 0, missed: 0 });
  });

  it("goes on from the stored position", async () => {
    source.append(...rows(1, 6));
    start({ position: 4 });
    await until("the rest", () => saved.at(-1) === 6);
    expect(sink.seqs).toEqual([5, 6]);
  });

  it("delivers a batch again until it is taken, at growing distances, and tells why and since when", async () => {
    source.append(...rows(1, 3));
    let failures = 12;
    const states: unknown[] = [];
    sink.before = () => {
      if (failures-- <= 0) return;
      states.push(exporter.getStatus());
      throw createDeliveryFailure("siem", "answers with status 503");
    };
    const exporter = start();
    await until("the delivery", () => saved.at(-1) === 3);
    expect(sink.seqs).toEqual([1, 2, 3]);
    expect(timers.waits.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000));
    expect(states.at(-1)).toEqual({
      ...{ state: "failing", since: "2026-01-31T00:00:00.000Z", delivered: 0, behind: 3, missed: 0 },
      reason: expect.stringContaining("siem answers with status 503") as string,
    });
    expect(exporter.getStatus().state).toBe("active");
    // One line for the row of failures, one for their end.
    expect(logged).toHaveLength(2);
  });

  it("makes no next batch before the position is stored", async () => {
    source.append(...rows(1, 20));
    let failures = 3;
    const savePosition = (seq: number) => {
      if (failures-- > 0) return Promise.reject(new Error("disk full"));
      saved.push(seq);
      return Promise.resolve();
    };
    start({ savePosition });
    await until("the end", () => saved.at(-1) === 20);
    expect(sink.seqs).toEqual(range(1, 20));
    expect(saved[0]).toBe(sink.batches[0]?.through);
  });

  it("lets rows through from the least severity on, and no severity that somebody made up is less than it", () => {
    const passes = (minimum_severity: "info" | "low" | "medium" | "high", row: AuditEvent) => isExported({ minimum_severity }, row);
    const anomaly = ALL_ROWS.find((row): row is AnomalyEvent => row.type === "anomaly") as AnomalyEvent;
    const severities = ALL_ROWS.filter((row) => passes("low", row)).map(({ type }) => type);
    expect(new Set(severities)).toEqual(new Set(["connection", "refusals-counted", "anomaly"]));
    expect(ALL_ROWS.filter((row) => !passes("info", row))).toEqual([]);
    expect([passes("high", { ...anomaly, severity: "medium" }), passes("high", { ...anomaly, severity: "high" })]).toEqual([false, true]);
    expect(passes("high", { ...anomaly, severity: "harmless" as "low" })).toBe(true);
  });

  it("passes over what the filter keeps back, and counts it as done", async () => {
    source.append(...rows(1, 3), createConnectionRow(4, { decision: "refused" }), ...rows(5, 6));
    start({ configuration: { ...CONFIGURATION, filter: { types: ["connection"], decisions: ["refused"] } } });
    await until("the end", () => saved.at(-1) === 6);
    expect(sink.seqs).toEqual([4]);
  });

  it("tells rows that the plane no longer had", async () => {
    source.append(...rows(1, 9));
    source.forget(5);
    const exporter = start();
    await until("the rest", () => saved.at(-1) === 9);
    expect([sink.seqs, exporter.getStatus().missed]).toEqual([[6, 7, 8, 9], 5]);
    expect(logged).toContainEqual({ level: "error", event: "audit-export-missed", export: "export-1", rows: 5 });
  });

  it("does not run in circles where the audit promises rows and answers none", async () => {
    source.append(...rows(1, 2));
    source.readFrom = () => Promise.resolve([]);
    const exporter = start();
    await until("the failures", () => timers.waits.length > 5);
    expect(exporter.getStatus().state).toBe("failing");
    expect(sink.batches).toEqual([]);
  });

  it("tells that rows which it has delivered are no longer there", async () => {
    source.append(...rows(1, 3));
    const exporter = start({ position: 7 });
    await until("the failures", () => timers.waits.length > 2);
    expect(exporter.getStatus()).toMatchObject({
      state: "failing",
      reason: expect.stringContaining("ends with row 3, and row 7") as string,
    });
    expect(sink.batches).toEqual([]);
  });

  it.each(["json", "ocsf"] as const)("is stopped by no row that somebody changed in the file: %s", async (format) => {
    const damaged = ALL_ROWS.flatMap((row) => [
      ...Object.keys(row).map((name) => Object.fromEntries(Object.entries(row).filter(([other]) => other !== name || name === "seq"))),
      ...Object.keys(row).map((name) => ({ ...row, ...(name !== "seq" && { [name]: { a: [7] } }) })),
    ]).map((row, at) => ({ ...row, seq: at + 1 }) as never);
    source.append(...(damaged as AuditEvent[]));
    start({ configuration: { ...CONFIGURATION, format } });
    await until("all rows", () => saved.at(-1) === damaged.length);
    expect(sink.lines.map((line) => EVENT_FORMATS[format].readSeq(line))).toEqual(damaged.map((_, at) => at + 1));
    for (const { at, type } of sink.batches.flatMap(({ events }) => events))
      expect([at, type]).toEqual([expect.any(String), expect.any(String)]);
  });

  it("gathers rows where each delivery has a price", async () => {
    sink.gatherMs = 10_000;
    source.append(...rows(1, 2));
    start();
    await until("the delivery", () => saved.at(-1) === 2);
    expect(timers.waits).toEqual([10_000]);
  });

  it("that hangs delays no other, and stops all the same", async () => {
    source.append(...rows(1, 3));
    const slow = new RecordingSink();
    slow.before = () => new Promise(() => undefined);
    const hanging = start({ sink: slow, savePosition: () => Promise.resolve() });
    start();
    await until("the other", () => saved.at(-1) === 3);
    const begun = Date.now();
    await hanging.stop();
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(slow.batches).toEqual([]);
  });

  it("ends a delivery that listens when it stops, and closes the sink", async () => {
    source.append(...rows(1, 3));
    let isAborted = false;
    sink.before = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          isAborted = true;
          reject(createDeliveryFailure("siem", "was given up"));
        });
      });
    const exporter = start();
    await until("the delivery", () => exporter.getStatus().behind === 3);
    await exporter.stop();
    expect([isAborted, sink.isClosed, saved]).toEqual([true, true, []]);
  });
});

describe("no secret leaves the plane", () => {
  const MARKERS = ["napi_markermarkermarker", "npg_markermarker", "postgresql://app:marker@host/db", "Bearer markermarker"];

  it("in any text of any kind of row, nor in the format of OCSF", async () => {
    const poison = (value: unknown): unknown => {
      if (typeof value === "string") return `${value} ${MARKERS.join(" ")}`;
      if (Array.isArray(value)) return value.map(poison);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => [name, ["type", "at", "since", "org_id"].includes(name) ? one : poison(one)]),
      );
    };
    for (const format of ["json", "ocsf"] as const) {
      [source, sink, saved] = [new MemorySource(), new RecordingSink(), []];
      source.append(...ALL_ROWS.map((row) => poison(row) as typeof row));
      start({ configuration: { ...CONFIGURATION, format } });
      await until("all rows", () => saved.at(-1) === ALL_ROWS.length);
      expect(sink.lines).toHaveLength(ALL_ROWS.length);
      expect(sink.lines.join("\n")).not.toMatch(/marker/);
    }
  });

  it("in what a client calls itself; what was left out or replaced is named, and nothing else is touched", () => {
    const row = createConnectionRow(1, { application_name: "marker", role: "napi_markermarker" });
    expect(redactEvent(row)).toEqual({ ...createConnectionRow(1, { role: "napi_…" }), redacted: ["role", "application_name"] });
    for (const plain of ALL_ROWS) expect(JSON.stringify(redactEvent(plain))).toBe(JSON.stringify(plain));
    const change = ALL_ROWS.find(({ type }) => type === "change");
    expect(redactEvent({ ...change, after: { list: ["a", { key: "npg_markermarker" }] } } as never)).toEqual({
      ...{ ...change, after: { list: ["a", { key: "npg_…" }] } },
      redacted: ["after"],
    });
  });
});
