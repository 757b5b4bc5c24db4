import type { AuditSource } from "../../control-plane/audit/export/auditSource.js";
import type { EncodedEvent } from "../../control-plane/audit/export/sinks/sink.js";
import type { AuditEvent, ConnectionEvent } from "../../contract/wire/auditEvent.js";

export const ORG = "org-acme-12345678";

export const createConnectionRow = (seq: number, over: Partial<ConnectionEvent> = {}): ConnectionEvent => ({
  version: 1,
  type: "connection",
  org_id: ORG,
  seq,
  at: new Date(Date.UTC(2026, 0, 31, 9) + seq * 100).toISOString(),
  project_id: "quiet-lake-12345678",
  digest: seq.toString(16).padStart(64, "0"),
  action: "connect",
  decision: "admitted",
  session: "6f1c1e9a-6a1b-4d3c-9b39-0d8d6a1c2f10",
  address: "192.0.2.7",
  via: "public",
  endpoint_id: "ep-orange-wind-avthvs1g",
  branch_id: "br-wispy-sun-b343qpnf",
  role: "app",
  database: "zwölf",
  ...over,
});

const { version, org_id, project_id, at, digest } = createConnectionRow(1);
const BASE = { version, org_id, at, digest, project_id: project_id ?? "" };
const SESSION = "6f1c1e9a-6a1b-4d3c-9b39-0d8d6a1c2f10";

/** One of every kind, and of each kind those that differ in what they have. */
export const ALL_ROWS: readonly AuditEvent[] = [
  createConnectionRow(1),
  createConnectionRow(2, { decision: "refused", reason: "password-failed", via: "vpce-0123456789abcdef0", address: "2001:db8::7" }),
  {
    ...BASE,
    type: "connection",
    seq: 3,
    action: "cancel",
    decision: "refused",
    reason: "endpoint-not-found",
    session: SESSION,
    address: "",
    via: "public",
  },
  { ...BASE, type: "connection-end", seq: 4, session: SESSION, duration_ms: 1_500, bytes_from_client: 10, bytes_to_client: 20 },
  { ...BASE, org_id: null, type: "refusals-counted", seq: 5, refusals: 1_000, since: "2026-01-31T08:59:00.000Z" },
  { ...BASE, type: "statement", seq: 6, session: SESSION, branch_id: "br-a", role: "app", statement: "SELECT $1", length: 8 },
  { ...BASE, type: "statement", seq: 7, session: SESSION, branch_id: "br-a", role: "app", length: 9_000 },
  ...(["low", "medium", "high"] as const).map((severity, more): AuditEvent => ({
    ...BASE,
    ...{ type: "anomaly", seq: 8 + more, rule: "failed-logins", severity, summary: "30 logins failed", evidence: [1, 2], role: "app" },
  })),
  ...[{ after: { name: "a" } }, { before: { name: "a" }, after: { name: "b" } }, { before: { name: "b" } }].map(
    (documents, more): AuditEvent => ({
      ...BASE,
      ...{ type: "change", seq: 11 + more, key_id: 7, owner: { type: "organization", id: ORG }, call: "PATCH /projects/:project_id" },
      ...{ object: { kind: "project", id: "quiet-lake-12345678" }, request_id: "r-1", address: "127.0.0.1", ...documents },
    }),
  ),
];

export const encode = (row: AuditEvent): EncodedEvent => ({
  ...{ seq: row.seq, at: row.at, type: row.type, severity: "info", line: JSON.stringify(row) },
});

/** Rows in memory, which grow when a test says so. */
export class MemorySource implements AuditSource {
  private readonly rows: AuditEvent[] = [];
  private readonly listeners = new Set<(org: string | null, latestSeq: number) => void>();

  append(...rows: AuditEvent[]): void {
    this.rows.push(...rows);
    for (const listener of this.listeners) listener(ORG, this.rows.at(-1)?.seq ?? 0);
  }

  /** As a plane does that keeps no more. */
  forget(through: number): void {
    this.rows.splice(0, this.rows.filter(({ seq }) => seq <= through).length);
  }

  readFrom(_org: string | null, seq: number, maxBytes: number): Promise<readonly AuditEvent[]> {
    let bytes = 0;
    const rows: AuditEvent[] = [];
    for (const row of this.rows) {
      if (row.seq < seq) continue;
      bytes += JSON.stringify(row).length;
      if (rows.length > 0 && bytes > maxBytes) break;
      rows.push(row);
    }
    return Promise.resolve(rows);
  }

  readLatestSeq(): Promise<number> {
    return Promise.resolve(this.rows.at(-1)?.seq ?? 0);
  }

  onAppended(listener: (org: string | null, latestSeq: number) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
