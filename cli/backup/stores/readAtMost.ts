import { PalisadeError } from "../../../contract/errors.js";

/** All of it. @param what names it in the message @throws PAL_BACKUP_STORE for more than `most` bytes */
export async function readAtMost(source: AsyncIterable<unknown>, most: number, what: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of source) {
    pieces.push(piece as Buffer);
    length += (piece as Buffer).length;
    if (length > most) throw new PalisadeError("PAL_BACKUP_STORE", `${what} is larger than ${most} bytes`);
  }
  return Buffer.concat(pieces);
}
