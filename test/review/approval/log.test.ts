import fc from "fast-check";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendLog, readLog } from "../../../review/approval/verdictLog.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-log-"));
  file = join(folder, "log", "verdicts.jsonl");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const entry = (stack: string) => ({
  stack,
  at: "2026-03-01T12:00:00.000Z",
  commit: "a",
  tree: "b",
  delta: "c",
  state: "d",
  live: "e",
  verdict: "approve",
  outcome: "applied" as const,
});

test("entries follow one another, in a file that only its user may read", async () => {
  for (const stack of ["one", "two", "three"]) await appendLog(file, entry(stack));
  expect((await readLog(file)).map(({ number, stack }) => [number, stack])).toEqual([
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a log that does not exist is empty", async () => {
  expect(await readLog(file)).toEqual([]);
});

test("any change of a byte, any line taken out, put in or moved is found; only the end can be cut off", async () => {
  for (const stack of ["one", "two", "three", "four"]) await appendLog(file, entry(stack));
  const text = readFileSync(file, "utf8");
  const lines = text.trimEnd().split("\n");
  const broken = async (changed: readonly string[]) => {
    writeFileSync(file, `${changed.join("\n")}\n`);
    await expect(readLog(file)).rejects.toThrow("PAL_LOG_BROKEN");
  };
  for (let at = 0; at < lines.length - 1; at++) await broken(lines.filter((_, index) => index !== at));
  await broken([...lines].reverse());
  await broken([...lines.slice(0, 2), lines[0] as string, ...lines.slice(2)]);
  // A change of the last line alone keeps the chain: it is the end that needs a copy elsewhere.
  const end = text.lastIndexOf("\n", text.length - 2);
  await fc.assert(
    fc.asyncProperty(fc.nat(end - 1), fc.integer({ min: 1, max: 94 }), async (at, shift) => {
      if (text[at] === "\n") return;
      const other = String.fromCharCode(32 + ((text.charCodeAt(at) - 32 + shift) % 95));
      writeFileSync(file, text.slice(0, at) + other + text.slice(at + 1));
      await expect(readLog(file)).rejects.toThrow("PAL_LOG_BROKEN");
    }),
    { numRuns: 100 },
  );
});

test("nothing is added to a broken log", async () => {
  await appendLog(file, entry("one"));
  await appendLog(file, entry("two"));
  writeFileSync(file, readFileSync(file, "utf8").replace('"one"', '"two"'));
  const before = readFileSync(file, "utf8");
  await expect(appendLog(file, entry("three"))).rejects.toThrow("PAL_LOG_BROKEN");
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("of many writers at once each gets a line of its own, and the chain holds", async () => {
  const stacks = Array.from({ length: 12 }, (_, number) => `stack-${number}`);
  await Promise.all(stacks.map((stack) => appendLog(file, entry(stack))));
  expect((await readLog(file)).map(({ stack }) => stack).sort()).toEqual([...stacks].sort());
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test("a link is followed once, and a log in a place that others may write is refused", async () => {
  await appendLog(file, entry("one"));
  symlinkSync(file, join(folder, "link"));
  await appendLog(join(folder, "link"), entry("two"));
  expect((await readLog(file)).map(({ stack }) => stack)).toEqual(["one", "two"]);
  chmodSync(file, 0o620);
  await expect(appendLog(file, entry("three"))).rejects.toThrow("PAL_OPEN_TO_OTHERS");
  chmodSync(file, 0o600);
  chmodSync(join(folder, "log"), 0o770);
  await expect(appendLog(file, entry("three"))).rejects.toThrow("PAL_OPEN_TO_OTHERS");
  // Beside the log come its lock and the claims: there, the sticky bit does not do.
  mkdirSync(join(folder, "shared"));
  chmodSync(join(folder, "shared"), 0o1777);
  await expect(appendLog(join(folder, "shared", "log"), entry("three"))).rejects.toThrow("PAL_OPEN_TO_OTHERS");
});
