import type { EventFormat } from "../formats/format.js";
import type { Batch, EncodedEvent } from "./sink.js";

/**
 * Which rows of a batch are to be written after this last line: where a plane ended between a delivery and the storing of its position, the batch
 * is there, or its beginning. The position is stored before the next batch is made, so a last line beyond the batch is of another stream.
 * @param last of what the export wrote; `undefined` for nothing
 * @returns `foreign` where the line is not this export's
 */
export function selectMissing(
  { events, through }: Batch,
  last: string | undefined,
  format: EventFormat,
): readonly EncodedEvent[] | "foreign" {
  if (last === undefined) return events;
  const seq = format.readSeq(last);
  if (seq === undefined || seq > through) return "foreign";
  const same = events.find((event) => event.seq === seq);
  return same === undefined || same.line === last ? events.filter((event) => event.seq > seq) : "foreign";
}
