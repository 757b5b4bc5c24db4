import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** In a process of its own, whose hooks the environment changes. */
const SCRIPT = `
const Environment = require(${JSON.stringify(join(__dirname, "environment.cjs"))});
const { AsyncLocalStorage, AsyncResource } = require("node:async_hooks");
// Node writes what each storage holds to every promise and resource.
const countAsked = () => Object.getOwnPropertySymbols(new AsyncResource("any")).filter((one) => one.description === "kResourceStore").length;
(async () => {
  const files = [];
  for (const file of ["first", "second"]) {
    const environment = new Environment({ projectConfig: { globals: {}, testEnvironmentOptions: {} } }, { docblockPragmas: {} });
    const storage = new AsyncLocalStorage();
    const during = await storage.run(file, async () => [await storage.getStore(), countAsked()]);
    const frames = environment.global.Error.stackTraceLimit;
    await environment.teardown();
    files.push({ during, frames, after: countAsked() });
  }
  console.log(JSON.stringify(files));
})();`;

it("no promise of a later file asks the storages of an earlier one, and a stack is as long as Node's", () => {
  expect(JSON.parse(execFileSync(process.execPath, ["-e", SCRIPT], { encoding: "utf8" }))).toEqual([
    { during: ["first", 1], frames: 10, after: 0 },
    { during: ["second", 1], frames: 10, after: 0 },
  ]);
});
