import fc, { type StringConstraints } from "fast-check";

/** One code point of Unicode, of which each is as likely. A surrogate alone is none. */
const codePoint = fc.integer({ min: 0, max: 0x10f7ff }).map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));

/** Any text. As fast-check's own unit `binary`, which makes a table of a million code points first, in each file that loads it: half a second. */
export const anyText = (constraints: Omit<StringConstraints, "unit"> = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: codePoint });
