import { z } from "zod";

/** What the store holds beside the sealed dumps: each of these documents is signed (signature.ts). */

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** `20261130T031432Z-0123456789abcdef`: when it was begun, and chance. */
export const BackupId = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{16}$/);

/** Of one table, from the snapshot that was dumped. */
export const TableFacts = z.object({
  schema: z.string(),
  name: z.string(),
  rows: z.string().regex(/^\d+$/),
  /** Sum of a 64-bit hash of each row as text: the same for the same rows in any order. It tells accidents, not forgery: the seal holds that off. */
  checksum: z.string().regex(/^-?\d+$/),
});
export type TableFacts = z.infer<typeof TableFacts>;

/** What a database is known by: in the source when it was dumped, and again where it was restored. */
export const DatabaseFacts = z.object({
  /** SHA-256 of the definitions of columns, constraints, indexes, views, functions, triggers, policies and enums. */
  schema_version: Sha256,
  tables: z.array(TableFacts),
});
export type DatabaseFacts = z.infer<typeof DatabaseFacts>;

export const DumpedDatabase = DatabaseFacts.extend({
  name: z.string(),
  /** Name of the sealed object in the store. */
  object: z.string(),
  /** Of the sealed object. */
  bytes: z.number().int(),
  sha256: Sha256,
  /** Of the dump itself. */
  dump_sha256: Sha256,
});
export type DumpedDatabase = z.infer<typeof DumpedDatabase>;

export const Manifest = z.object({
  kind: z.literal("palisade-backup"),
  version: z.literal(1),
  id: BackupId,
  /** RFC 3339. */
  taken_at: z.string(),
  /** Nothing of it is removed earlier. RFC 3339. */
  keep_until: z.string(),
  retention_days: z.number().int(),
  organization_id: z.string(),
  project_id: z.string(),
  branch: z.object({ id: z.string(), name: z.string(), protected: z.boolean() }),
  /** Who was admitted when it was taken. */
  admitted: z.object({
    ips: z.array(z.string()),
    protected_branches_only: z.boolean(),
    block_public_connections: z.boolean(),
    block_vpc_connections: z.boolean(),
  }),
  databases: z.array(DumpedDatabase),
  erasure_key: z.string(),
  /** Where its two copies lie. */
  erasure_key_places: z.array(z.string()),
  tools: z.object({ palisade: z.string(), pg_dump: z.string(), server: z.string() }),
});
export type Manifest = z.infer<typeof Manifest>;

/** One entry of the index: all backups that there are at that moment. The next one names its digest. */
export const IndexEntry = z.object({
  kind: z.literal("palisade-backup-index"),
  version: z.literal(1),
  number: z.number().int().positive(),
  /** SHA-256 of the entry before, as it lies in the store; null for the first. */
  previous: Sha256.nullable(),
  written_at: z.string(),
  backups: z.array(z.object({ id: BackupId, manifest_sha256: Sha256, taken_at: z.string(), keep_until: z.string() })),
});
export type IndexEntry = z.infer<typeof IndexEntry>;
export type ListedBackup = IndexEntry["backups"][number];

/** What a drill has found. */
export const Evidence = z.object({
  kind: z.literal("palisade-backup-drill"),
  version: z.literal(1),
  backup: BackupId,
  manifest_sha256: Sha256,
  begun_at: z.string(),
  ended_at: z.string(),
  passed: z.boolean(),
  /** In sentences; empty when it passed. */
  findings: z.array(z.string()),
  restored: z.array(z.object({ database: z.string(), tables: z.number().int(), rows: z.string() })),
  /** Whether the erasure key was there and opened, by place. */
  erasure_keys: z.array(z.object({ place: z.string(), present: z.boolean() })),
  tools: z.object({ palisade: z.string(), pg_restore: z.string() }),
});
export type Evidence = z.infer<typeof Evidence>;
