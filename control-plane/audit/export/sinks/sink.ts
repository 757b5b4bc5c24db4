import { isPalisadeError, PalisadeError } from "@palisade/neon/contract/errors";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";

/** A row, written in the format of its export. */
export interface EncodedEvent {
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds; `-` of a row that was changed in the file and has none. */
  readonly at: string;
  /** `-` of a row that has none of them. */
  readonly type: AuditEvent["type"] | "-";
  readonly severity: "info" | "low" | "medium" | "high";
  /** Without its end. */
  readonly line: string;
}

/** What one call delivers: the rows of a stretch of the stream that the filter lets through. */
export interface Batch {
  readonly events: readonly EncodedEvent[];
  /** `seq` of the last row of the stretch, let through or not. */
  readonly through: number;
}

/** How much of an object that grows its receiver has acknowledged; bytes. It may have less later: after a fault of its own, or because somebody cut it. */
export interface Acknowledged {
  readonly object: string;
  readonly bytes: number;
}

/**
 * Where events go. Calls of `deliver` follow one another; each batch lies after the one before, except that a batch whose delivery failed is given
 * again, and that after a restart the stream goes on after the position that was stored last: what was delivered since comes a second time.
 */
export interface Sink {
  /** Rows of one batch together, in bytes of JSON. */
  readonly maxBatchBytes: number;
  /** How long rows are gathered before they are delivered; milliseconds. */
  readonly gatherMs: number;
  /** Every row up to this `seq` is at the receiver for certain: the position that may be stored. 0 before the first delivery. */
  readonly confirmed: number;
  /** Of a receiver whose objects grow: what is stored with the position, and given to the sink that goes on from there. */
  readonly acknowledged?: Acknowledged | undefined;
  /** @throws PAL_EXPORT_FAILED and other errors of the registry: the batch is to be given again */
  deliver(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Lets go of what is held open; bounded by itself. */
  close(): Promise<void>;
}

/** A delivery that did not succeed. @param reason half a sentence; without a text of the other side */
export const createDeliveryFailure = (target: string, reason: string): PalisadeError =>
  new PalisadeError("PAL_EXPORT_FAILED", `${target} ${reason}`);

/** Whether no further attempt helps before somebody changes something: the operator's entries, the packages, what lies at the sink. */
export const isBlocking = (error: unknown): boolean =>
  isPalisadeError(error, "PAL_EXPORT_NOT_ALLOWED", "PAL_EXPORT_CONFLICT", "PAL_EXPORT_SHORTENED", "PAL_EXPORT_NO_PACKAGE");

/** The words for an error of a socket: its code, never its text. */
export const describeSocketError = (error: unknown): string => {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
};
