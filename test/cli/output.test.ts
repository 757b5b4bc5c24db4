import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const VERBS = resolve(__dirname, "../../cli/verbs");

/** Names that others chose stand in what is printed: JSON.stringify leaves what steers a terminal (C1, marks of direction) as it is. */
it.each(readdirSync(VERBS).filter((name) => name.endsWith(".ts")))("%s prints JSON by toSafeJson alone", (name) => {
  const lines = readFileSync(join(VERBS, name), "utf8").split("\n");
  const printed = lines.filter((line) => line.includes("JSON.stringify(") && !/writeFile\(|new PalisadeError\(/.test(line));
  expect(printed).toEqual([]);
});
