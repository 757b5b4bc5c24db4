import fc from "fast-check";
import { countColumns, truncate, padToWidth, toSafeJson, escapeForTerminal, wrapLines } from "../../review/terminalText.js";
import { anyText } from "../support/anyText.js";

const HOSTILE = [
  "\u001b[31mred",
  "a\rb",
  "a\nb",
  "\u202etxt.exe",
  "\u2066x",
  "\u200b",
  "\u0085",
  "\u2028",
  "\ud800",
  "\u{e0041}",
  "\ufeff",
  "\u009b2J",
  "prod\u3164",
  "prod\u115f",
  "prod\uffa0",
  "prod\u17b4",
  "pro\u034fd",
  "pro\ufe00d",
  "1\ufe0f",
  `z${"\u0335".repeat(5)}`,
  `z${"\u0e31\u0e34".repeat(50)}`,
];
/** Nothing that draws nothing, but for the selector that makes a picture of a picture, and no heap of marks. */
const SAFE = /^(?:(?!\p{M}{5})[^\p{C}\p{Zl}\p{Zp}])*$/u;
const INVISIBLE = /(?!\ufe0f)\p{DI}|(?:^|\P{ExtPict})\ufe0f/u;

it.each(HOSTILE)("a text that would steer a terminal is shown as what it is: %j", (text) => {
  expect(escapeForTerminal(text)).toMatch(SAFE);
  expect(escapeForTerminal(text)).not.toMatch(INVISIBLE);
  expect(escapeForTerminal(text)).toContain("\\u{");
});

it("ordinary names stay as they are", () => {
  for (const name of ["shop", "Größe", "注文", "заказы", "a b-c_d/e", "naïve 🙂", "❤️", "Việt".normalize("NFD"), "नमस्ते", "ก็ที่นี่", "שָׁלוֹם"])
    expect(escapeForTerminal(name)).toBe(name);
});

it("JSON carries every text unchanged and none that steers a terminal", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const json = toSafeJson({ text });
      expect(json).toMatch(SAFE);
      expect(json).not.toMatch(INVISIBLE);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
  for (const text of HOSTILE) expect(toSafeJson(text)).toMatch(SAFE);
});

it("a field never takes more columns than it has, whatever is in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 30 }), (text, width) => {
      expect(countColumns(truncate(text, width))).toBeLessThanOrEqual(width);
      expect(countColumns(padToWidth(text, width))).toBe(width);
      for (const line of wrapLines(text, width)) expect(countColumns(line)).toBeLessThanOrEqual(width);
    }),
  );
  expect(truncate("abcdef", 4)).toBe("abc…");
  expect(truncate("注文注文", 5)).toBe("注文…");
  expect(wrapLines("one two three", 7)).toEqual(["one two", "three"]);
});
