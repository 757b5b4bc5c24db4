import fc from "fast-check";
import { canonicalizeJson } from "../../contract/canonicalJson.js";

/** The same value with its keys in another order. */
const reverseKeys = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reverseKeys)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, each]) => [key, reverseKeys(each)]),
        )
      : value;

test("one text for equal values, which parses back to the same", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalizeJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalizeJson(reverseKeys(JSON.parse(text)))).toBe(text);
    }),
  );
});

test("keys are sorted by their UTF-16 units, those that look like numbers too, and nothing is between the tokens", () => {
  expect(canonicalizeJson({ b: [1, { z: 1, a: null }], 10: true, 9: "é\u2028\u0000", "\u{1d11e}": 1, "\ufb33": 2 })).toBe(
    '{"10":true,"9":"é\u2028\\u0000","b":[1,{"a":null,"z":1}],"\u{1d11e}":1,"\ufb33":2}',
  );
});

test("what is undefined is as if absent, and null in a list", () => {
  expect(canonicalizeJson({ a: undefined, b: [undefined, 1] })).toBe('{"b":[null,1]}');
  expect(canonicalizeJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
});
