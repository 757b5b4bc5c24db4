import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENT_FORMATS } from "../../../../control-plane/audit/export/formats/format.js";
import { FileSink } from "../../../../control-plane/audit/export/sinks/file.js";
import type { Batch } from "../../../../control-plane/audit/export/sinks/sink.js";
import { createConnectionRow, encode, ORG } from "../../../support/auditRows.js";

const batchOf = (first: number, last: number): Batch => ({
  events: Array.from({ length: last - first + 1 }, (_, at) => encode(createConnectionRow(first + at))),
  through: last,
});

let folder: string;
let path: string;
let sinks: FileSink[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "palisade-export-")), "exports");
  path = join(folder, ORG, "audit.jsonl");
});
afterEach(async () => {
  for (const sink of sinks) await sink.close();
  sinks = [];
});

function open(): FileSink {
  const sink = new FileSink({ folder, organization: ORG, name: "audit.jsonl", format: EVENT_FORMATS.json });
  sinks.push(sink);
  return sink;
}
/** As after a restart. */
async function reopen(): Promise<FileSink> {
  for (const sink of sinks) await sink.close();
  return open();
}
const readSeqs = (at = path): number[] =>
  readFileSync(at, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
const CONFLICT = "PAL_EXPORT_CONFLICT";

describe("a file", () => {
  it("is its user's alone, in a folder of the organisation", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 3));
    await sink.deliver(batchOf(4, 5));
    expect([readSeqs(), sink.confirmed]).toEqual([[1, 2, 3, 4, 5], 5]);
    expect([path, join(folder, ORG), folder].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o700, 0o700]);
  });

  it("goes on wherever it was cut, at every byte of a line", async () => {
    await open().deliver(batchOf(1, 2));
    const whole = readFileSync(path);
    const [line = ""] = whole.toString().split("\n").slice(1);
    for (let cut = 1; cut <= line.length + 1; cut += 7) {
      writeFileSync(path, whole.subarray(0, whole.length - cut));
      await (await reopen()).deliver(batchOf(1, 3));
      expect(readSeqs()).toEqual([1, 2, 3]);
    }
  });

  it("writes nothing twice that a batch before the crash left there", async () => {
    await open().deliver(batchOf(1, 4));
    await (await reopen()).deliver(batchOf(1, 6));
    expect(readSeqs()).toEqual([1, 2, 3, 4, 5, 6]);
    await (await reopen()).deliver(batchOf(1, 6));
    expect(readSeqs()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("takes lines longer than what is read at once", async () => {
    const long = encode(createConnectionRow(1, { database: "x".repeat(200_000) }));
    await open().deliver({ events: [long], through: 1 });
    appendFileSync(path, "y".repeat(150_000));
    await (await reopen()).deliver({ events: [long, encode(createConnectionRow(2))], through: 2 });
    expect(readSeqs()).toEqual([1, 2]);
  });

  it("may be moved away at any time", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 2));
    renameSync(path, `${path}.1`);
    await sink.deliver(batchOf(3, 4));
    expect([readSeqs(`${path}.1`), readSeqs()]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe("what is not the export's is left alone, loudly:", () => {
  it.each([
    ["bytes with ends of lines among them, such as what was exported and then compressed", Buffer.from([31, 139, 8, 10, 7, 10, 200, 3])],
    ["bytes without any", Buffer.from([31, 139, 8, 0, 7, 200, 3])],
    ["lines of somebody else, the last without an end", Buffer.from("one\ntwo\nthr")],
    ["one line of somebody else, without an end", Buffer.from("kept")],
  ])("%s", async (_, content) => {
    mkdirSync(join(folder, ORG), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
    await expect(open().deliver(batchOf(1, 2))).rejects.toThrow(CONFLICT);
    expect(readFileSync(path)).toEqual(content);
  });

  const prepare = () => {
    mkdirSync(join(folder, ORG), { recursive: true, mode: 0o700 });
    const other = join(folder, "..", "other");
    writeFileSync(other, "kept\n", { mode: 0o600 });
    return other;
  };

  it.each([
    [
      "a link in its place",
      (other: string) => {
        symlinkSync(other, path);
      },
    ],
    [
      "a link to nothing",
      () => {
        symlinkSync(join(folder, "nothing"), path);
      },
    ],
    [
      "a second name of another file",
      (other: string) => {
        linkSync(other, path);
      },
    ],
    [
      "a folder",
      () => {
        mkdirSync(path);
      },
    ],
    [
      "a file that others may read",
      () => {
        writeFileSync(path, "", { mode: 0o644 });
      },
    ],
    [
      "a file of other lines",
      () => {
        writeFileSync(path, "hello\n", { mode: 0o600 });
      },
    ],
    [
      "a stream that is further on",
      () => {
        writeFileSync(path, `${encode(createConnectionRow(9)).line}\n`, { mode: 0o600 });
      },
    ],
    [
      "another row of the same number",
      () => {
        writeFileSync(path, `${encode(createConnectionRow(2, { role: "x" })).line}\n`, { mode: 0o600 });
      },
    ],
  ])("%s", async (_, put) => {
    const other = prepare();
    put(other);
    const sink = open();
    await expect(sink.deliver(batchOf(1, 3))).rejects.toThrow(CONFLICT);
    expect(sink.confirmed).toBe(0);
    expect(readFileSync(other, "utf8")).toBe("kept\n");
  });

  it("a folder that is a link, or that others may open", async () => {
    prepare();
    chmodSync(join(folder, ORG), 0o755);
    await expect(open().deliver(batchOf(1, 1))).rejects.toThrow(CONFLICT);
    renameSync(join(folder, ORG), join(folder, "moved"));
    chmodSync(join(folder, "moved"), 0o700);
    symlinkSync(join(folder, "moved"), join(folder, ORG));
    await expect((await reopen()).deliver(batchOf(1, 1))).rejects.toThrow(CONFLICT);
  });

  it("a file that another export of this plane writes", () => {
    open();
    expect(open).toThrow(CONFLICT);
  });
});
