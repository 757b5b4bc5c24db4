import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildStreamAssociatedData } from "../../encryption/header.js";
import { createOpeningStream, SEGMENT_BYTES, createSealingStream } from "../../encryption/sealedStream.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { CONTEXT, cut, throughStream } from "./bytes.js";

/** The format is Tink's: the real one opens what is sealed here, and what it seals opens here. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";
const PROGRAM = resolve(__dirname, "../support/counterparts/openWithTink.py");

// The first start of the doubles, keys of 2048 bits and the real Tink take their time on a machine that is busy.
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "palisade-tink-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const [key, associatedData] = [randomBytes(32), buildStreamAssociatedData(CONTEXT)];

/** What Tink makes of these bytes; throws what it says where it refuses. */
function tink(verb: "seal" | "open", bytes: Buffer, data: Buffer = associatedData): Buffer {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  writeFileSync(from, bytes);
  const words = [PROGRAM, verb, key.toString("hex"), data.toString("hex"), from, to];
  execFileSync("path" in python ? python.path : "", words, { stdio: ["ignore", "ignore", "pipe"] });
  return readFileSync(to);
}

(why === "" ? describe : describe.skip)(`the real Tink${why}`, () => {
  // Nothing, one byte, a first segment just full, one byte more, several.
  it.each([0, 1, SEGMENT_BYTES - 56, SEGMENT_BYTES - 55, 3 * SEGMENT_BYTES + 5])(
    "opens %i bytes that were sealed here, and the other way round",
    async (length) => {
      const plaintext = randomBytes(length);
      const sealed = await throughStream(cut(plaintext, [65_536]), createSealingStream(key, associatedData));
      expect(tink("open", sealed).equals(plaintext)).toBe(true);
      const opened = await throughStream(cut(tink("seal", plaintext), [65_536]), createOpeningStream(key, associatedData));
      expect(opened.equals(plaintext)).toBe(true);
    },
  );

  it("refuses what is refused here", async () => {
    const sealed = await throughStream([Buffer.alloc(2 * SEGMENT_BYTES)], createSealingStream(key, associatedData));
    expect(tink("open", sealed).length).toBe(2 * SEGMENT_BYTES);
    const changed = Buffer.from(sealed);
    changed[SEGMENT_BYTES + 1] = (changed[SEGMENT_BYTES + 1] ?? 0) ^ 1;
    expect(() => tink("open", changed)).toThrow();
    expect(() => tink("open", sealed.subarray(0, SEGMENT_BYTES))).toThrow();
    expect(() => tink("open", sealed, Buffer.from("another context"))).toThrow();
  });
});
