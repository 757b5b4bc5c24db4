import { randomBytes } from "node:crypto";
import fc from "fast-check";
import {
  decodeFields,
  encodeFields,
  encodeKeyContext,
  encodeSealContext,
  PURPOSES,
  type SealContext,
} from "../../encryption/sealContext.js";
import {
  parseHeaderLength,
  buildHeader,
  MAX_HEADER_BYTES,
  unwrapDataKey,
  parseHeader,
  buildStreamAssociatedData,
} from "../../encryption/header.js";
import { unwrapKey, wrapKey } from "../../encryption/keyWrap.js";
import { CONTEXT } from "./bytes.js";
import { anyText } from "../support/anyText.js";

const ERASURE = { id: "ek-1", key: randomBytes(32) };
const DATA_KEY = randomBytes(32);
const word = anyText({ maxLength: 40 });
const contexts: fc.Arbitrary<SealContext> = fc.record({
  organization: word,
  project: word,
  branch: word,
  purpose: fc.constantFrom(...PURPOSES),
  object: word,
});

it("a header says what it was made of, and its data key opens", () => {
  fc.assert(
    fc.property(contexts, word, (context, id) => {
      const bytes = buildHeader(context, { ...ERASURE, id }, DATA_KEY);
      const header = parseHeader(bytes);
      expect(parseHeaderLength(bytes.subarray(0, 10))).toBe(bytes.length);
      expect(header).toMatchObject({ context, erasureKeyId: id });
      expect(unwrapDataKey(header, ERASURE.key, context).equals(DATA_KEY)).toBe(true);
    }),
  );
});

it("no bit of a header can be changed", () => {
  const bytes = buildHeader(CONTEXT, ERASURE, DATA_KEY);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => unwrapDataKey(parseHeader(changed), ERASURE.key, CONTEXT)).toThrow(/PAL_SEALED_(DAMAGED|NEWER)/);
  }
});

it("a header of one object does not serve another, of any field", () => {
  const header = parseHeader(buildHeader(CONTEXT, ERASURE, DATA_KEY));
  for (const field of ["organization", "project", "branch", "object"] as const)
    expect(() => unwrapDataKey(header, ERASURE.key, { ...CONTEXT, [field]: "other" })).toThrow(`sealed for ${field}`);
  expect(() => unwrapDataKey(header, ERASURE.key, { ...CONTEXT, purpose: "snapshot" })).toThrow("sealed for purpose");
  // Nor when the header is edited to say so.
  expect(() =>
    unwrapDataKey({ ...header, context: { ...CONTEXT, object: "other" } }, ERASURE.key, { ...CONTEXT, object: "other" }),
  ).toThrow(/does not open/);
  expect(() => unwrapDataKey({ ...header, erasureKeyId: "ek-2" }, ERASURE.key, CONTEXT)).toThrow(/does not open/);
});

it("a later version is told apart from damage", () => {
  const bytes = buildHeader(CONTEXT, ERASURE, DATA_KEY);
  bytes[7] = 2;
  expect(() => parseHeader(bytes)).toThrow(expect.objectContaining({ code: "PAL_SEALED_NEWER" }) as Error);
});

it("what is no header is refused, whatever it is", () => {
  const whole = buildHeader(CONTEXT, ERASURE, DATA_KEY);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
      ),
      (bytes) => {
        expect(() => parseHeader(Buffer.from(bytes))).toThrow(/PAL_SEALED_/);
      },
    ),
  );
});

it("ids that would not fit are refused when sealing, not when opening", () => {
  expect(() => buildHeader({ ...CONTEXT, object: "x".repeat(MAX_HEADER_BYTES) }, ERASURE, DATA_KEY)).toThrow(RangeError);
});

it("two contexts never have the same bytes", () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), fc.array(word, { maxLength: 6 }), (a, b) => {
      expect(encodeFields(a).equals(encodeFields(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
      expect(decodeFields(encodeFields(a), 0, a.length)).toEqual({ fields: a, end: encodeFields(a).length });
    }),
  );
  expect(encodeSealContext(CONTEXT).subarray(0, encodeKeyContext(CONTEXT).length).equals(encodeKeyContext(CONTEXT))).toBe(true);
  expect(buildStreamAssociatedData(CONTEXT).subarray(0, 8).toString("latin1")).toBe("PALSEAL\x01");
});

it("a wrapped key opens with its key and its data alone, and no bit of it can be changed", () => {
  const [key, aad] = [randomBytes(32), Buffer.from("for this")];
  const wrapped = wrapKey(key, DATA_KEY, aad);
  expect(unwrapKey(key, wrapped, aad)?.equals(DATA_KEY)).toBe(true);
  expect(unwrapKey(randomBytes(32), wrapped, aad)).toBeUndefined();
  expect(unwrapKey(key, wrapped, Buffer.from("for that"))).toBeUndefined();
  for (let length = 0; length < wrapped.length; length++) expect(unwrapKey(key, wrapped.subarray(0, length), aad)).toBeUndefined();
  for (let bit = 0; bit < wrapped.length * 8; bit++) {
    const changed = Buffer.from(wrapped);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(unwrapKey(key, changed, aad)).toBeUndefined();
  }
});
