import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { RULE_TEXTS, getRuleText } from "../../../review/render/ruleTexts.js";

const ROOT = resolve(__dirname, "../../..");
/** Where rules are named: what a change does, and what the slices say of their inputs. */
const FOLDERS = ["review/change", "provider/resources"].map((folder) => join(ROOT, folder));

/** Every rule that the source names: `rule: "x"`, and both ends of `rule: condition ? "x" : "y"`. */
function rulesInSource(): Set<string> {
  const files = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)));
  const texts = files.filter((file) => file.endsWith(".ts")).map((file) => readFileSync(file, "utf8"));
  const values = texts.flatMap((text) => [...text.matchAll(/\brule:\s*([^,\n]*(?:\n\s*[?:][^,\n]*)*)/g)].map(([, value]) => value ?? ""));
  return new Set(values.flatMap((value) => [...value.matchAll(/"([a-z]+(?:-[a-z]+)*)"/g)].map(([, rule]) => rule ?? "")));
}

it("every rule of a review has a text, and every text a rule", () => {
  const found = rulesInSource();
  expect(found.size).toBeGreaterThan(50);
  expect([...found].filter((rule) => !Object.hasOwn(RULE_TEXTS, rule))).toEqual([]);
  expect(Object.keys(RULE_TEXTS).filter((rule) => !found.has(rule))).toEqual(["not-judged"]);
});

it("the guide lists each rule with its text", () => {
  const guide = readFileSync(join(ROOT, "docs/guides/review.md"), "utf8");
  const rows = [...guide.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, rule, text]) => [rule, text]);
  for (const [rule, text] of Object.entries(RULE_TEXTS)) expect(rows).toContainEqual([rule, text]);
});

it("a rule of a later version is named, not lost", () => {
  expect(getRuleText("unheard-of")).toBe("Rule unheard-of.");
  expect(getRuleText("constructor")).toBe("Rule constructor.");
});
