import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";

/** Bytes of one file of the log: small, because a file is archived whole. The clusters are made with it (template.ts). */
export const SEGMENT_MIB = 4;
const SEGMENT_BYTES = BigInt(SEGMENT_MIB << 20);
const SEGMENTS_PER_LOG = Number((1n << 32n) / SEGMENT_BYTES);

/** A place in the log, as Postgres writes it: `0/1DE2850`. */
export type Lsn = string;

export const parseLsn = (lsn: Lsn): bigint => {
  const [high = "", low = ""] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
};

/** The number of the file in which the place lies. */
export const computeSegment = (lsn: Lsn): number => Number(parseLsn(lsn) / SEGMENT_BYTES);

/** Where the file with this number begins. */
export const computeSegmentStart = (segment: number): Lsn => formatLsn(BigInt(segment) * SEGMENT_BYTES);

const formatLsn = (bytes: bigint): Lsn => [bytes >> 32n, bytes & 0xffffffffn].map((part) => part.toString(16).toUpperCase()).join("/");

/** The name of a file of the log on a timeline. */
export const formatSegmentName = (timeline: number, segment: number): string =>
  [timeline, Math.floor(segment / SEGMENTS_PER_LOG), segment % SEGMENTS_PER_LOG]
    .map((part) => part.toString(16).toUpperCase().padStart(8, "0"))
    .join("");

/** The number of the file with this name; undefined for names of other files (`….history`, `….partial`, `….backup`). */
export function parseSegmentName(name: string): number | undefined {
  if (!/^[0-9A-F]{24}$/.test(name)) return undefined;
  return Number.parseInt(name.slice(8, 16), 16) * SEGMENTS_PER_LOG + Number.parseInt(name.slice(16), 16);
}

export const parseTimeline = (name: string): number => Number.parseInt(name.slice(0, 8), 16);

/** What a cluster that does not run says of itself. */
export interface ControlFile {
  /** Stopped in order: its files are whole without the log. */
  isClean: boolean;
  /** Where the log goes on after the last checkpoint. */
  redo: Lsn;
}

/** Of `global/pg_control`, whose first fields are the same in every version that is supported (src/include/catalog/pg_control.h). */
const [STATE, REDO, LEAST_BYTES] = [16, 40, 8_192];
const SHUT_DOWN = 1;

/** @throws PAL_COMPUTE when the file is not one of Postgres */
export async function readControlFile(directory: string): Promise<ControlFile> {
  const file = join(directory, "global", "pg_control");
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  if (bytes.length < LEAST_BYTES) throw new PalisadeError("PAL_COMPUTE", `${file} is damaged`);
  return { isClean: bytes.readUInt32LE(STATE) === SHUT_DOWN, redo: formatLsn(bytes.readBigUInt64LE(REDO)) };
}
