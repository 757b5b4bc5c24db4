import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Transform } from "node:stream";
import type { SealContext } from "../../encryption/sealContext.js";

/** All that comes out of a transformation of these pieces. */
export async function throughStream(pieces: readonly Buffer[], stream: Transform): Promise<Buffer> {
  const out: Buffer[] = [];
  await pipeline(Readable.from(pieces), stream, async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) out.push(chunk);
  });
  return Buffer.concat(out);
}

/** The bytes in pieces of these lengths, over and over. */
export function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? bytes.length);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

export const CONTEXT: SealContext = {
  organization: "org-bold-sun-00000001",
  project: "calm-lake-00000002",
  branch: "br-calm-lake-a0000003",
  purpose: "stopped",
  object: "br-calm-lake-a0000003",
};
