import { execFile } from "node:child_process";
import { resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

/** Beside the other tests, since the compiler alone keeps one core busy for half a minute. What it has built of the sources is not checked again. */
test("the tests and the examples are right by their types", async () => {
  const compiler = resolve(ROOT, "node_modules/typescript/bin/tsc");
  const said = await new Promise<string>((done) => {
    execFile(
      process.execPath,
      [compiler, "-p", "tsconfig.test.json", "--pretty", "false", "--incremental", "false", "--tsBuildInfoFile", "null"],
      { cwd: ROOT },
      (error, output) => {
        done(error === null ? output : `${output}${error.message}`);
      },
    );
  });
  expect(said).toBe("");
}, 300_000);
