import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInputChunks, readInputFile } from "../../cli/inputFile.js";
import { resolveDirectory } from "../../cli/pulumi/target.js";
import { readPreview } from "../../review/change/previewEvents.js";

/** What is given for a file or a folder and is none: one sentence that names the option. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-input-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const usage = (detail: string) => ({ code: "PAL_USAGE", detail });

describe.each(["--state", "--plan", "--policy-pack-config"])("%s", (option) => {
  test("refuses a folder, a device, and what does not exist", async () => {
    await expect(readInputFile(option, folder)).rejects.toMatchObject(usage(`${option}: ${folder} is a directory, not a file`));
    await expect(readInputFile(option, "/dev/zero")).rejects.toMatchObject(usage(`${option}: /dev/zero is a device, not a file`));
    const missing = join(folder, "missing.json");
    await expect(readInputFile(option, missing)).rejects.toMatchObject(usage(`${option}: ${missing} does not exist`));
    const below = join(folder, "file", "below");
    writeFileSync(join(folder, "file"), "text");
    await expect(readInputFile(option, below)).rejects.toMatchObject(usage(`${option}: ${below} does not exist`));
    expect(await readInputFile(option, join(folder, "file"))).toBe("text");
  });
});

test("--events refuses the same", async () => {
  for (const [path, why] of [
    [folder, "is a directory, not a file"],
    ["/dev/zero", "is a device, not a file"],
    [join(folder, "missing.jsonl"), "does not exist"],
  ] as const)
    await expect(readPreview(readInputChunks("--events", path))).rejects.toMatchObject(usage(`--events: ${path} ${why}`));
});

test("what may not be read is told so", async () => {
  const closed = join(folder, "closed");
  writeFileSync(closed, "");
  chmodSync(closed, 0);
  // The superuser may read everything.
  const answer = readInputFile("--state", closed);
  if (process.getuid?.() === 0) await expect(answer).resolves.toBe("");
  else await expect(answer).rejects.toMatchObject(usage(`--state: ${closed} may not be read`));
});

test("--cwd refuses a file and what does not exist", () => {
  const file = join(folder, "cwd");
  writeFileSync(file, "");
  for (const path of [file, join(folder, "nowhere")]) expect(() => resolveDirectory(path)).toThrow(`--cwd: ${path} is not a directory`);
  expect(resolveDirectory(folder)).toBe(folder);
});
