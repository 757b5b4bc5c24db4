import type { FileHandle } from "node:fs/promises";

/** Node's own streams over a handle keep it from being closed by its owner, so these two are plain loops. */

/** Larger ones cost the cipher more memory than it saves calls: measured 0.9 of the raw cipher at 1 MiB, and 1.1 at this. */
const PIECE_BYTES = 1 << 18;

/** The rest of a file from an offset, in pieces that are never used again here. */
export async function* readFrom(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  for (let at = offset; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(PIECE_BYTES), 0, PIECE_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Writes all of it from the handle's position on, small pieces together. */
export async function writeAll(file: FileHandle, source: AsyncIterable<Buffer>): Promise<void> {
  let [waiting, bytes]: [Buffer[], number] = [[], 0];
  const write = async () => {
    const pieces = waiting;
    [waiting, bytes] = [[], 0];
    await writeEvery(file, pieces);
  };
  for await (const piece of source) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes >= PIECE_BYTES) await write();
  }
  await write();
}

/** The system may write less than it was given. */
async function writeEvery(file: FileHandle, pieces: Buffer[]): Promise<void> {
  for (let left = pieces; left.length > 0;) {
    let { bytesWritten } = await file.writev(left);
    left = left.flatMap((piece) => {
      const rest = piece.subarray(Math.min(bytesWritten, piece.length));
      bytesWritten -= piece.length - rest.length;
      return rest.length > 0 ? [rest] : [];
    });
  }
}
