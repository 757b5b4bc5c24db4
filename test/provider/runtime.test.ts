import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const RUNTIME = resolve(__dirname, "../../dist/provider/runtime.js");

it("a provider's process loads the slices of the kinds that it serves, and no other", () => {
  const program = `
require(${JSON.stringify(RUNTIME)}).Database;
console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.endsWith("lifecycle.js"))));
process.exit();`;
  const loaded = JSON.parse(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })) as string[];
  expect(loaded).toEqual([expect.stringMatching(/\/database\/lifecycle\.js$/)]);
});
