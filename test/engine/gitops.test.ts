import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const RUN = resolve(__dirname, "../../dist/examples/gitops/run.js");

test("examples/gitops: change, review, approval, guarded up; refused when the program or the live objects moved in between", async () => {
  // The tour throws where anything is not as it says.
  const { stdout } = await promisify(execFile)(process.execPath, [RUN], { timeout: 600_000 });
  expect(stdout.split("\n").filter((line) => line.includes(" … ok"))).toHaveLength(11);
  expect(stdout).toContain("the live objects have moved");
  expect(stdout).toContain("the program has changed");
  expect(stdout).toContain("the approval was used");
}, 620_000);
