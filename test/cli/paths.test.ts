import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A path that cannot be used is one plain sentence that names it: never a fault of ours, and never a process that does not end. */
const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "palisade-paths-"));
const file = join(folder, "file");
writeFileSync(file, "text");
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const DEV = ["dev", "--api-port", "0", "--proxy-port", "0"];
const BAD_DATA = [file, join(file, "below"), "/dev/null", "/proc/palisade"].map((path) => [...DEV, "--data", path]);
const BAD_SEED = [folder, "/dev/zero", join(folder, "missing")].map((path) => [...DEV, "--data", join(folder, "data"), "--seed", path]);
const BAD_CWD = ["doctor", "review", "drift", "enforce", "rebind"].flatMap((verb) =>
  [file, join(file, "below"), join(folder, "missing"), "/dev/null"].map((path) => [verb, "--cwd", path]),
);
const BAD_INPUT = [folder, "/dev/zero", join(folder, "missing"), join(file, "below")].flatMap((path) => [
  ["review", "--cwd", folder, "--events", path],
  ["drift", "--cwd", folder, "--state", path],
]);
const BAD_SECURITY_TXT = [folder, "/dev/zero", join(folder, "missing")].flatMap((path) => [
  [...DEV, "--data", join(folder, "data"), "--security-txt", path],
  ["security-txt", "--check", path],
]);
const BAD_POSTURE = [folder, "/dev/zero", join(folder, "missing")].flatMap((path) =>
  ["--exceptions", "--findings"].map((option) => ["posture", "--cwd", folder, option, path]),
);
const BAD_LOG = [["verdicts", "--log", folder]];

it.each(
  [...BAD_DATA, ...BAD_SEED, ...BAD_CWD, ...BAD_INPUT, ...BAD_SECURITY_TXT, ...BAD_POSTURE, ...BAD_LOG].map(
    (words) => [words.join(" "), words] as const,
  ),
)("%s", (_, words) => {
  const { status, signal, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    encoding: "utf8",
    input: "",
    timeout: 60_000,
    env: { ...process.env, NEON_API_KEY: "k", NO_COLOR: "1" },
  });
  expect({ ended: signal === null && (status === 1 || status === 2), stderr }).toMatchObject({ ended: true });
  expect(stderr).not.toContain("PAL_INTERNAL");
  expect(stderr).toContain(words.at(-1));
});
