import { execFile, spawn } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(__dirname, "../..");

test("what is no terminal gets no colours, whatever the environment says of them", async () => {
  const program = `
    const { createColours, createPainter, createProgress } = require("./dist/cli/terminal.js");
    process.stdout.write(createColours(process.stdout).green("ok") + createPainter()("high", "!"));
    createProgress()(1, 2);
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", program], {
    cwd: ROOT,
    env: { ...process.env, CI: "true", FORCE_COLOR: "1" },
  });
  expect(stdout + stderr).toBe("ok!");
});

test("a reader that goes away costs nothing but the output", async () => {
  const child = spawn(process.execPath, [resolve(ROOT, "dist/cli/main.js"), "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  expect([await new Promise((done) => child.once("close", done)), stderr]).toEqual([0, ""]);
});
