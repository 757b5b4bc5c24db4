import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Palisade } from "../support/palisade.js";

/** A path that cannot be used is one plain sentence that names it: never a fault of ours, and never a process that does not end. */
const palisade = new Palisade();
const folder = mkdtempSync(join(tmpdir(), "palisade-paths-"));
const file = join(folder, "file");
writeFileSync(file, "text");
afterAll(async () => {
  await palisade.end();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

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
)("%s", async (_, words) => {
  const { code, stderr } = await palisade.run({ words, cwd: folder, env: { ...process.env, NEON_API_KEY: "k", NO_COLOR: "1" } });
  expect({ ended: code === 1 || code === 2, stderr }).toMatchObject({ ended: true });
  expect(stderr).not.toContain("PAL_INTERNAL");
  expect(stderr).toContain(words.at(-1));
});
