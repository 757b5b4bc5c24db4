import type Database from "libsql";
import type { DocumentKind } from "./kinds.js";

/** What of the store is asked: whose a project is. */
interface ProjectReader {
  get(kind: "project", id: string): { readonly org_id?: string | undefined } | undefined;
}

/** Who changes what, for the rows of a request. */
export interface AuditContext<Tx> {
  at: string;
  /** Id of the API key; its text is nowhere. */
  key: number;
  /** Whose key: `user/…`, `organization/…` or `project/…`. */
  owner: string;
  /** Method and route. */
  what: string;
  /** Request id. */
  request: string;
  /** Where the call came from. */
  address: string;
  /** Project of the path, for what does not name its own. */
  project: string | undefined;
  /** Those of the key's owner: who is told of what belongs to no organisation, such as a personal key. */
  listOrganizations: (tx: Tx) => readonly string[];
}

export interface DocumentChange {
  kind: DocumentKind;
  id: string;
  before: string | null;
  after: string | null;
}

/** The newest first. */
export interface AuditQuery {
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

export interface AuditRow extends DocumentChange, Pick<AuditContext<never>, "at" | "key" | "owner" | "what" | "request" | "address"> {
  seq: number;
  project: string | null;
}

/** What is kept, at most; all ours. By organisation, so that nobody's calls push out the rows of another organisation. */
export const AUDIT_BOUNDS = { days: 365, rows: 50_000, bytes: 256 * 1024 ** 2 };
export type AuditBounds = typeof AUDIT_BOUNDS;
/** So many rows more may be there: pruning waits for them. */
export const PRUNE_EVERY_ROWS = 1_000;
/** Of one page, so that an answer stays small whatever the documents are. */
const PAGE_BYTES = 4 * 1024 ** 2;
const DAY_MS = 86_400_000;

/**
 * The rows that requests leave, one for each document changed and organisation concerned. A refused call changes nothing and leaves none:
 * otherwise anybody with a key could push out, for nothing, what did happen.
 */
export class AuditLog {
  /** The first row after a start prunes. */
  private sincePruned = PRUNE_EVERY_ROWS;
  private readonly touched = new Set<string | null>();

  constructor(
    private readonly prepare: (sql: string) => Database.Statement,
    private readonly bounds: AuditBounds = AUDIT_BOUNDS,
  ) {}

  write<Tx extends ProjectReader>(tx: Tx, audit: AuditContext<Tx>, changes: readonly DocumentChange[]): void {
    const { at, key, owner, what, request, address } = audit;
    const insert = this.prepare(
      `INSERT INTO audit (at, key, what, request, kind, id, before, after, owner, address, project, org, size)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const left = collectLeftOrganizations(changes);
    for (const { kind, id, before, after } of mergeChanges(changes)) {
      const document = JSON.parse(after ?? before ?? "{}") as OwnedDocument;
      const project = kind === "project" ? id : (document.project_id ?? audit.project);
      const former = project === undefined ? undefined : left.get(project);
      const current = project === undefined ? undefined : tx.get("project", project)?.org_id;
      const owning = kind === "organization" ? id : (document.org_id ?? (after === null ? (former ?? current) : current));
      const size = (before?.length ?? 0) + (after?.length ?? 0);
      const owners = [owning, ...(kind === "project" ? [former] : [])].filter((org) => org !== undefined);
      const concerned = owners.length > 0 ? owners : audit.listOrganizations(tx);
      for (const org of concerned.length > 0 ? concerned : [null]) {
        insert.run(at, key, what, request, kind, id, before, after, owner, address, project ?? null, org, size);
        this.touched.add(org);
        this.sincePruned += 1;
      }
    }
    if (this.sincePruned >= PRUNE_EVERY_ROWS) this.prune(at);
  }

  list({ org, project, since, until, below, limit }: AuditQuery): AuditRow[] {
    const asked: [condition: string, value: string | number | undefined][] = [
      ["org = ?", org],
      ["project = ?", project],
      ["at >= ?", since],
      ["at < ?", until],
      ["seq < ?", below],
    ];
    const given = asked.filter(([, value]) => value !== undefined);
    const found = `FROM audit WHERE ${given.map(([condition]) => condition).join(" AND ")} ORDER BY seq DESC LIMIT ?`;
    const values = given.map(([, value]) => value);
    const sizes = this.prepare(`SELECT size ${found}`).all(...values, limit) as { size: number }[];
    return this.prepare(`SELECT * ${found}`).all(...values, countFittingRows(sizes)) as AuditRow[];
  }

  private prune(at: string): void {
    const { days, rows, bytes } = this.bounds;
    this.prepare("DELETE FROM audit WHERE at < ?").run(new Date(Date.parse(at) - days * DAY_MS).toISOString());
    for (const org of this.touched)
      this.prepare(
        `DELETE FROM audit WHERE org IS ? AND seq <= (
           SELECT seq FROM (SELECT seq, row_number() OVER newest AS n, sum(size) OVER newest AS bytes FROM audit WHERE org IS ?
                            WINDOW newest AS (ORDER BY seq DESC))
           WHERE n > ? OR bytes > ? ORDER BY seq DESC LIMIT 1)`,
      ).run(org, org, rows, bytes);
    this.touched.clear();
    this.sincePruned = 0;
  }
}

interface OwnedDocument {
  org_id?: string;
  project_id?: string;
}

/** By project that moves: the organisation it leaves, which is told of that, and alone of what does not come along. */
function collectLeftOrganizations(changes: readonly DocumentChange[]): Map<string, string> {
  const left = new Map<string, string>();
  for (const { kind, id, before, after } of changes) {
    if (kind !== "project" || before === null || after === null) continue;
    const [was, is] = [before, after].map((text) => (JSON.parse(text) as OwnedDocument).org_id);
    if (was !== undefined && was !== is) left.set(id, was);
  }
  return left;
}

/** One for each document: as it was before the call and as it is after it. What came and went within it was never there. */
function mergeChanges(changes: readonly DocumentChange[]): DocumentChange[] {
  const byDocument = new Map<string, DocumentChange>();
  for (const change of changes) {
    const key = `${change.kind} ${change.id}`;
    const first = byDocument.get(key);
    byDocument.set(key, first ? { ...first, after: change.after } : change);
  }
  return [...byDocument.values()].filter(({ before, after }) => before !== null || after !== null);
}

/** How many rows make a page: at least one. */
function countFittingRows(sizes: readonly { size: number }[]): number {
  let [bytes, rows] = [0, 0];
  for (const { size } of sizes) {
    bytes += size;
    if (rows > 0 && bytes > PAGE_BYTES) break;
    rows += 1;
  }
  return rows;
}
