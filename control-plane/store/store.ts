import { chmodSync, closeSync, openSync } from "node:fs";
import Database from "libsql";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { AuditChain, type AuditReader, type Stream } from "../audit/chain.js";
import { appendChanges, type AuditContext, type DocumentChange, toChangeEvent } from "../audit/changes.js";
import type { JournalPlace } from "../audit/journal.js";
import { type Documents, type DocumentKind, type Sealed, type SealedKind, documentIdByKind } from "./kinds.js";
import { MIGRATIONS } from "./migrations.js";
import { type Query, buildSelect } from "./query.js";

/** One transaction: everything a request does, or nothing. */
export interface Tx {
  get<K extends DocumentKind>(kind: K, id: string): Documents[K] | undefined;
  getSealed<K extends SealedKind>(kind: K, id: string): Sealed[K] | undefined;
  findFirst<K extends DocumentKind>(kind: K, query?: Query): Documents[K] | undefined;
  list<K extends DocumentKind>(kind: K, query?: Query): Documents[K][];
  count(kind: DocumentKind, query?: Query): number;
  /** Inserts or replaces. Without `sealed` the sealed part stays as it is. */
  put<K extends DocumentKind>(kind: K, document: Documents[K], sealed?: K extends SealedKind ? Sealed[K] : never): void;
  remove(kind: DocumentKind, id: string): void;
  /** A number never given before: ids of keys and databases. */
  createNumber(): number;
  /** Projects with unfinished operations. */
  listProjectsAtWork(): string[];
  /** Forgets a project's finished operations but for the newest `keep`. */
  pruneOperations(projectId: string, keep: number): void;
  /** What happened, as the chains of the audit have it. */
  readonly audit: AuditReader;
}

/** The file that holds everything. It is locked for this process from the first statement on; the kernel frees it whatever way the process ends. */
export class Store {
  private readonly database: Database.Database;
  private readonly prepared = new Map<string, Database.Statement>();
  private changes: DocumentChange[] = [];
  private readonly chain = new AuditChain((sql) => this.prepare(sql));
  private readonly watchers: ((kind: DocumentKind, id: string) => void)[] = [];
  private readonly auditWatchers: ((streams: ReadonlySet<Stream>) => void)[] = [];

  /** Throws PAL_DATA_NEWER for a file of a later version, and the driver's SQLITE_BUSY where another process has it. */
  constructor(file: string) {
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    this.database = new Database(file);
    this.database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.database.exec("BEGIN EXCLUSIVE; COMMIT;");
    this.migrate(file);
    this.takeOverFormerAudit();
  }

  /**
   * Runs `work` as one transaction. It is synchronous, so requests cannot interleave inside it, and an answer leaves the process only after the
   * commit. A throw undoes everything. With `audit` every change leaves a row (documents only, never their sealed parts).
   */
  transact<R>(work: (tx: Tx) => R, audit?: AuditContext<Tx>): R {
    this.changes = [];
    this.chain.takeTouched();
    const result = this.database.transaction(() => {
      const value = work(this.tx);
      if (audit) appendChanges(this.chain, this.tx, audit, this.changes);
      return value;
    })();
    const streams = this.chain.takeTouched();
    for (const { kind, id } of this.changes) for (const changed of this.watchers) changed(kind, id);
    this.tellAuditWatchers(streams);
    return result;
  }

  /**
   * One transaction of the audit alone, for rows that no call makes. It is not flushed to the disk by itself (no fsync holds up the proxy): a crash
   * of the process loses nothing, a power cut may take the newest rows. The next {@link transact} that changes something flushes it, too.
   */
  writeAudit<R>(work: (chain: AuditChain, journal: JournalPlace) => R): R {
    this.chain.takeTouched();
    this.database.exec("PRAGMA synchronous = NORMAL;");
    let result: R;
    try {
      result = this.database.transaction(() => work(this.chain, this.journal))();
    } finally {
      this.database.exec("PRAGMA synchronous = FULL;");
    }
    this.tellAuditWatchers(this.chain.takeTouched());
    return result;
  }

  /** Flushes to the disk whatever is committed: a checkpoint of SQLite begins with its log. */
  flush(): void {
    this.database.exec("PRAGMA wal_checkpoint(PASSIVE);");
  }

  /** Told after every commit of each document it put or dropped, never of what was undone. For what is kept in memory; must not throw. */
  watch(changed: (kind: DocumentKind, id: string) => void): void {
    this.watchers.push(changed);
  }

  /** Told after every commit which streams of the audit have new rows; must not throw. */
  watchAudit(appended: (streams: ReadonlySet<Stream>) => void): void {
    this.auditWatchers.push(appended);
  }

  /** The driver keeps a closed connection, and its lock, as long as statements of it live; leaving the mode frees the lock now. */
  close(): void {
    this.database.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL;");
    this.database.prepare("SELECT count(*) FROM sqlite_schema").get();
    this.database.close();
  }

  private readonly tx: Tx = {
    get: <K extends DocumentKind>(kind: K, id: string) => {
      const text = this.findDocument(kind, id);
      return text === undefined ? undefined : (JSON.parse(text) as Documents[K]);
    },
    getSealed: <K extends SealedKind>(kind: K, id: string) => {
      const text = this.findRow("SELECT sealed FROM entity WHERE kind = ? AND id = ?", kind, id)?.sealed ?? undefined;
      return text === undefined ? undefined : (JSON.parse(text) as Sealed[K]);
    },
    findFirst: (kind, query) => this.tx.list(kind, { ...query, limit: 1 })[0],
    list: <K extends DocumentKind>(kind: K, query?: Query) => {
      const { sql, values } = buildSelect("document", kind, query);
      return this.listRows(sql, ...values).map((row) => JSON.parse(row.document) as Documents[K]);
    },
    count: (kind, query) => {
      const { sql, values } = buildSelect("1", kind, query);
      return this.findRow(`SELECT count(*) AS n FROM (${sql})`, ...values)?.n ?? 0;
    },
    put: (kind, document, sealed) => {
      const id = documentIdByKind[kind](document);
      const after = JSON.stringify(document);
      this.changes.push({ kind, id, before: this.findDocument(kind, id) ?? null, after });
      this.run(
        `INSERT INTO entity (kind, id, document, sealed) VALUES (?, ?, ?, ?)
         ON CONFLICT (id, kind) DO UPDATE SET document = excluded.document, sealed = coalesce(excluded.sealed, sealed)`,
        ...[kind, id, after, sealed === undefined ? null : JSON.stringify(sealed)],
      );
    },
    remove: (kind, id) => {
      this.changes.push({ kind, id, before: this.findDocument(kind, id) ?? null, after: null });
      this.run("DELETE FROM entity WHERE kind = ? AND id = ?", kind, id);
    },
    createNumber: () => this.findRow("UPDATE number SET last = last + 1 RETURNING last")?.last ?? 0,
    listProjectsAtWork: () =>
      this.listRows("SELECT DISTINCT project FROM entity WHERE kind = 'operation' AND open = 1").map((row) => row.project),
    pruneOperations: (projectId, keep) => {
      this.run(
        `DELETE FROM entity WHERE kind = 'operation' AND project = ? AND open = 0 AND created_at <=
         (SELECT created_at FROM entity WHERE kind = 'operation' AND project = ? ORDER BY created_at DESC LIMIT 1 OFFSET ?)`,
        ...[projectId, projectId, keep],
      );
    },
    audit: this.chain,
  };

  private readonly journal: JournalPlace = {
    read: () => {
      const { generation = 0, bytes = 0 } = this.findRow("SELECT generation, bytes FROM audit_journal") ?? {};
      return { generation, bytes };
    },
    write: ({ generation, bytes }) => {
      this.run("UPDATE audit_journal SET generation = ?, bytes = ?", generation, bytes);
    },
  };

  private migrate(file: string): void {
    const version = this.findRow("PRAGMA user_version")?.user_version ?? 0;
    if (version > MIGRATIONS.length) {
      this.close();
      throw new PalisadeError("PAL_DATA_NEWER", `${file} has version ${version}, this program knows ${MIGRATIONS.length}`);
    }
    MIGRATIONS.slice(version).forEach((sql, index) => {
      this.database.exec(`BEGIN; ${sql} PRAGMA user_version = ${version + index + 1}; COMMIT;`);
    });
  }

  private takeOverFormerAudit(): void {
    this.database.transaction(() => {
      this.chain.appendFormerRows(toChangeEvent);
      this.database.exec("DROP TABLE IF EXISTS former_audit;");
    })();
  }

  private tellAuditWatchers(streams: ReadonlySet<Stream>): void {
    if (streams.size > 0) for (const appended of this.auditWatchers) appended(streams);
  }

  private findDocument(kind: DocumentKind, id: string): string | undefined {
    return this.findRow("SELECT document FROM entity WHERE kind = ? AND id = ?", kind, id)?.document;
  }

  private findRow(sql: string, ...values: unknown[]): Row | undefined {
    return this.prepare(sql).get(...values) as Row | undefined;
  }

  private listRows(sql: string, ...values: unknown[]): Row[] {
    return this.prepare(sql).all(...values) as Row[];
  }

  private run(sql: string, ...values: unknown[]): void {
    this.prepare(sql).run(...values);
  }

  private prepare(sql: string): Database.Statement {
    const known = this.prepared.get(sql);
    if (known) return known;
    const made = this.database.prepare(sql);
    this.prepared.set(sql, made);
    return made;
  }
}

/** The columns our statements ask for; each row has those of its statement. */
interface Row {
  document: string;
  sealed: string | null;
  project: string;
  n: number;
  last: number;
  user_version: number;
  generation: number;
  bytes: number;
}
