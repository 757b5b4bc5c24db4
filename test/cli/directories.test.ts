import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDirectory } from "../../cli/directories.js";
import { writeApplied } from "../../cli/drift/files.js";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "palisade-directories-"))));
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

it("makes what is missing, with the mode, and tells the topmost", async () => {
  expect(await makeDirectory(join(root, "a", "b"), 0o700)).toBe(join(root, "a"));
  expect(statSync(join(root, "a", "b")).mode & 0o777).toBe(0o700);
  expect(await makeDirectory(join(root, "a", "b"))).toBeUndefined();
});

it("is made once by many at the same time", async () => {
  const made = await Promise.all(Array.from({ length: 20 }, (_, n) => makeDirectory(join(root, "a", "b", String(n % 3)), 0o700)));
  expect(made.length).toBe(20);
  expect(readdirSync(join(root, "a", "b")).sort()).toEqual(["0", "1", "2"]);
});

it("makes nothing where it cannot make all", async () => {
  await expect(makeDirectory(join(root, "a", "x".repeat(300)))).rejects.toMatchObject({ code: "ENAMETOOLONG" });
  mkdirSync(join(root, "b"));
  writeFileSync(join(root, "b", "file"), "");
  await expect(makeDirectory(join(root, "b", "file", "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  expect(readdirSync(root)).toEqual(["b"]);
});

it("ends where the system has no such directory and takes none, for every verb that makes one", async () => {
  await expect(makeDirectory("/proc/palisade/below")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(writeApplied("/proc/palisade/applied.json", {} as never)).rejects.toMatchObject({ code: "ENOENT" });
});
