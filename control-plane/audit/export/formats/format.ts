import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import type { FormatName } from "../configuration.js";
import { formatOcsf } from "./ocsf.js";

/** How a row is written, and how its place in the stream is found in what was written. */
export interface EventFormat {
  /** One line, without its end. */
  encode(event: AuditEvent): string;
  /** `seq` of the row; `undefined` for a line that this format did not write. */
  readSeq(line: string): number | undefined;
}

export const EVENT_FORMATS: Readonly<Record<FormatName, EventFormat>> = {
  json: {
    encode: (event) => JSON.stringify(event),
    readSeq: (line) => readNumber(line, ["seq"]),
  },
  ocsf: {
    encode: (event) => JSON.stringify(formatOcsf(event)),
    readSeq: (line) => readNumber(line, ["metadata", "sequence"]),
  },
};

function readNumber(line: string, path: readonly string[]): number | undefined {
  try {
    let found = JSON.parse(line) as unknown;
    for (const name of path) found = (found as Record<string, unknown>)[name];
    return Number.isSafeInteger(found) ? (found as number) : undefined;
  } catch {
    return undefined;
  }
}
