import fs, { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuditJournal, type JournalState } from "../../../control-plane/audit/journal.js";

let folder: string;
let path: string;
const open: AuditJournal[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-journal-"));
  path = join(folder, "audit.journal");
});
afterEach(() => {
  for (const journal of open.splice(0)) journal.close();
  rmSync(folder, { recursive: true, force: true });
  jest.restoreAllMocks();
});

/** What a store that knows `state` finds; the plane that wrote it is gone. */
function reopen(state: JournalState) {
  const { journal, lines } = AuditJournal.open(path, state);
  open.push(journal);
  return { journal, texts: lines.map(({ text }) => text), lines };
}

function begin(): AuditJournal {
  const { journal } = reopen({ generation: 0, bytes: 0 });
  journal.restart();
  return journal;
}

test("whatever was in the chains when the plane was killed, the rest is found, once", () => {
  const journal = begin();
  const ends = ["a", "b", "c"].map((text) => journal.append(text) ?? 0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const seen = [0, ...ends].map((end) => reopen(journal.getState(end)).texts);
  expect(seen).toEqual([["a", "b", "c"], ["b", "c"], ["c"], []]);
});

test("a kill at any step of emptying it repeats nothing and loses nothing", () => {
  const journal = begin();
  const end = journal.append("a") ?? 0;
  const [applied, next] = [journal.getState(end), journal.getNextState()];
  expect([reopen(applied).texts, reopen(next).texts]).toEqual([[], []]);
  const full = readFileSync(path);
  journal.restart();
  const header = readFileSync(path);
  for (let length = 0; length < header.length; length++) {
    writeFileSync(path, header.subarray(0, length));
    expect(reopen(next).texts).toEqual([]);
  }
  writeFileSync(path, header);
  journal.append("b");
  expect(reopen(next).texts).toEqual(["b"]);
  // The store is an older copy: it takes what it never saw.
  expect(reopen(applied).texts).toEqual(["b"]);
  writeFileSync(path, full);
  expect(reopen(next).texts).toEqual([]);
});

test("after a start that found anything it goes on with the next generation", () => {
  const journal = begin();
  journal.append("a");
  const { journal: second, lines } = reopen(journal.getState(0));
  expect(lines.map(({ text }) => text)).toEqual(["a"]);
  const next = second.getNextState();
  second.restart();
  second.append("b");
  expect(reopen(next).texts).toEqual(["b"]);
});

test("a line that was cut short is none", () => {
  const journal = begin();
  journal.append("a");
  appendFileSync(path, '{"stream":nul');
  expect(reopen(journal.getState(0)).texts).toEqual(["a"]);
});

test("a full disk takes no line until the next restart, and never throws", () => {
  const journal = begin();
  journal.append("a");
  const write = jest.spyOn(fs, "writeSync").mockImplementationOnce(() => {
    throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  });
  expect([journal.append("b"), journal.hasFailed]).toEqual([undefined, true]);
  expect(write).toHaveBeenCalledTimes(1);
  expect(journal.append("c")).toBeUndefined();
  expect(reopen(journal.getState(0)).texts).toEqual(["a"]);
  const next = journal.getNextState();
  journal.restart();
  expect(journal.append("d")).toBeDefined();
  expect([journal.hasFailed, reopen(next).texts]).toEqual([false, ["d"]]);
});

test("no link is followed", () => {
  writeFileSync(join(folder, "elsewhere"), "");
  symlinkSync(join(folder, "elsewhere"), path);
  expect(() => AuditJournal.open(path, { generation: 0, bytes: 0 })).toThrow("ELOOP");
});
