import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";

/** What an export needs of the audit. A stream is an organisation's, or with `null` the plane's own. */
export interface AuditSource {
  /**
   * Rows of the stream in their order, the first being the one with this `seq` or, where that is no longer kept, the next one that is.
   * @param maxBytes of the rows' JSON together; one row is answered however long it is. None: there are no more yet.
   */
  readFrom(org: string | null, seq: number, maxBytes: number): Promise<readonly AuditEvent[]>;
  /** `seq` of the newest row; 0 before the first. */
  readLatestSeq(org: string | null): Promise<number>;
  /** The listener is told after rows were written durably, and must return at once. Answers how to end it. */
  onAppended(listener: (org: string | null, latestSeq: number) => void): () => void;
}

/** What a stream is called where a name is needed: in paths, in names of objects, in the operator's list. */
export const getStreamName = (org: string | null): string => org ?? "plane";
