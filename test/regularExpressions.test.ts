import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ACCEPTED } from "../tools/regularExpressions/accepted.js";
import { collectRegularExpressions } from "../tools/regularExpressions/literals.js";

const ROOT = resolve(__dirname, "..");

/** `npm run regular-expressions` proves those that are new, and writes them down. */
test("every regular expression of the product is proved linear in the text, or accepted with a reason", () => {
  const linear = new Set(JSON.parse(readFileSync(join(ROOT, "tools/regularExpressions/linear.json"), "utf8")) as string[]);
  const found = collectRegularExpressions(ROOT);
  expect(found.size).toBeGreaterThan(100);
  const unproved = [...found].filter(([text]) => !linear.has(text) && !Object.hasOwn(ACCEPTED, text));
  expect(unproved.map(([text, places]) => `${text} ${places.join(" ")}`)).toEqual([]);
  expect([...linear, ...Object.keys(ACCEPTED)].filter((text) => !found.has(text))).toEqual([]);
});
