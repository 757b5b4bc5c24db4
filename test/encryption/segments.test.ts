import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { createOpeningStream, SEGMENT_BYTES, createSealingStream, STREAM_HEADER_BYTES, TAG_BYTES } from "../../encryption/sealedStream.js";
import { cut, throughStream } from "./bytes.js";

const KEY = Buffer.alloc(32, 9);
const CONTEXT = Buffer.from("a context");
const FIRST = SEGMENT_BYTES - STREAM_HEADER_BYTES - TAG_BYTES;
const NEXT = SEGMENT_BYTES - TAG_BYTES;

const seal = (plaintext: Buffer, pieces: readonly number[] = [65_536]) =>
  throughStream(cut(plaintext, pieces), createSealingStream(KEY, CONTEXT));
const open = (sealed: Buffer, pieces: readonly number[] = [65_536], key = KEY, context = CONTEXT) =>
  throughStream(cut(sealed, pieces), createOpeningStream(key, context));
const refused = { code: "PAL_SEALED_DAMAGED" };

/** Around every boundary of the format. */
const LENGTHS = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + NEXT, FIRST + NEXT + 1, 3 * SEGMENT_BYTES + 7];

it.each(LENGTHS)("%i bytes come back as they were, in segments of exactly 1 MiB", async (length) => {
  const plaintext = randomBytes(length);
  const sealed = await seal(plaintext);
  const segments = Math.max(1, Math.ceil((length - FIRST) / NEXT) + 1);
  expect(sealed.length).toBe(length + STREAM_HEADER_BYTES + segments * TAG_BYTES);
  expect((await open(sealed)).equals(plaintext)).toBe(true);
});

it("how the bytes arrive changes nothing", async () => {
  const piece = fc.oneof(
    fc.integer({ min: 1, max: 4_096 }),
    fc.constantFrom(FIRST, NEXT, SEGMENT_BYTES, SEGMENT_BYTES - 1, 2 * SEGMENT_BYTES),
  );
  const pieces = fc.array(piece, { minLength: 1, maxLength: 6 }).filter((lengths) => Math.max(...lengths) > 4_000);
  const length = fc.oneof(fc.constantFrom(...LENGTHS), fc.integer({ min: 0, max: 2 * SEGMENT_BYTES }));
  await fc.assert(
    fc.asyncProperty(length, pieces, pieces, async (bytes, into, back) => {
      const plaintext = Buffer.alloc(bytes, "palisade");
      return (await open(await seal(plaintext, into), back)).equals(plaintext);
    }),
    { numRuns: 30 },
  );
});

describe("what was changed does not open", () => {
  const plaintext = Buffer.alloc(2 * SEGMENT_BYTES + 1_000, "a row of a tenant");
  const sealing = seal(plaintext);
  const segment = (sealed: Buffer, number: number) => sealed.subarray(number * SEGMENT_BYTES, (number + 1) * SEGMENT_BYTES);

  it("by any single bit", async () => {
    const sealed = await seal(Buffer.alloc(500, 7));
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(open(changed)).rejects.toMatchObject(refused);
      }),
      { numRuns: 300 },
    );
  });

  it("by a bit in any segment of a longer one", async () => {
    const sealed = await sealing;
    for (const at of [3, 35, STREAM_HEADER_BYTES, SEGMENT_BYTES - 1, SEGMENT_BYTES, 2 * SEGMENT_BYTES + 5, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(open(changed)).rejects.toMatchObject(refused);
    }
  });

  it("by cutting it anywhere", async () => {
    const sealed = await sealing;
    const places = fc.oneof(
      fc.nat(sealed.length - 1),
      fc.constantFrom(0, 1, 39, 40, SEGMENT_BYTES, 2 * SEGMENT_BYTES, sealed.length - TAG_BYTES),
    );
    await fc.assert(
      fc.asyncProperty(places, async (length) => {
        await expect(open(sealed.subarray(0, length), [SEGMENT_BYTES])).rejects.toMatchObject(refused);
      }),
      { numRuns: 40 },
    );
  });

  it("by another order of its segments, a segment twice, and one more", async () => {
    const sealed = await sealing;
    const [first, second, last] = [segment(sealed, 0), segment(sealed, 1), segment(sealed, 2)];
    for (const parts of [
      [first, last, second],
      [second, first, last],
      [first, second, second, last],
      [first, last],
      [first, second, last, last],
      [sealed, Buffer.alloc(1)],
    ])
      await expect(open(Buffer.concat(parts), [SEGMENT_BYTES])).rejects.toMatchObject(refused);
  });

  it("by a segment of another stream under the same key", async () => {
    const [sealed, other] = [await sealing, await seal(plaintext)];
    const mixed = Buffer.concat([segment(sealed, 0), segment(other, 1), segment(sealed, 2)]);
    await expect(open(mixed, [SEGMENT_BYTES])).rejects.toMatchObject(refused);
  });

  it("under another key or another context", async () => {
    const sealed = await sealing;
    await expect(open(sealed, [SEGMENT_BYTES], randomBytes(32))).rejects.toMatchObject(refused);
    await expect(open(sealed, [SEGMENT_BYTES], KEY, Buffer.from("a context."))).rejects.toMatchObject(refused);
  });
});

it("gives nothing of a segment away before all of it is verified", async () => {
  const sealed = await seal(Buffer.alloc(2 * SEGMENT_BYTES, 5));
  sealed[SEGMENT_BYTES + 100] = (sealed[SEGMENT_BYTES + 100] ?? 0) ^ 1;
  const stream = createOpeningStream(KEY, CONTEXT);
  let given = 0;
  stream.on("data", (chunk: Buffer) => (given += chunk.length));
  const failed = new Promise<Error>((resolve) => stream.once("error", resolve));
  for (const piece of cut(sealed, [SEGMENT_BYTES])) stream.write(piece);
  stream.end();
  expect(await failed).toMatchObject(refused);
  expect(given).toBe(FIRST);
});
