import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "recheck";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { ACCEPTED } from "./accepted.js";
import { collectRegularExpressions } from "./literals.js";

/** Beside this file: what was proved linear. A test holds the sources to it. */
export const LINEAR = "tools/regularExpressions/linear.json";

/** For each; ours. Milliseconds. */
const DEADLINE_MS = 20_000;

/** Proves of each regular expression of the product that its time is linear in the text, and writes down which are. */
async function main(root: string): Promise<number> {
  const known = new Set(JSON.parse(readFileSync(join(root, LINEAR), "utf8")) as string[]);
  const [linear, others]: [string[], string[]] = [[], []];
  for (const [text, places] of collectRegularExpressions(root)) {
    if (Object.hasOwn(ACCEPTED, text)) continue;
    const [, pattern, flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
    if (known.has(text)) linear.push(text);
    else if (pattern === undefined) others.push(`${text} is made at run time (${places.join(", ")})`);
    else {
      const judged = await check(pattern, flags, { timeout: DEADLINE_MS });
      if (judged.status === "safe") linear.push(text);
      else
        others.push(
          `${text} is ${judged.status === "vulnerable" ? judged.complexity.summary : "not proved linear"} (${places.join(", ")})`,
        );
    }
  }
  writeFileSync(join(root, LINEAR), `${JSON.stringify(linear.sort(), undefined, 2)}\n`);
  console.log(`${linear.length} regular expressions are linear, ${Object.keys(ACCEPTED).length} are accepted with a reason`);
  for (const other of others) console.log(`  ${other}`);
  return others.length === 0 ? 0 : 1;
}

void main(findPackageRoot(__dirname)).then((code) => {
  process.exitCode = code;
});
