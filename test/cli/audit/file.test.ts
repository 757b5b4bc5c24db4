import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatReport } from "../../../cli/audit/formatReport.js";
import { readKeptHead, verifyFile } from "../../../cli/audit/verify.js";
import { type AuditChain, AUDIT_BOUNDS, type NewAuditEvent, type Stream } from "../../../control-plane/audit/chain.js";
import { redactEvent } from "../../../control-plane/audit/export/redactEvent.js";
import { AT, createChange, createConnection, createSigner, openChain } from "../../control-plane/audit/scene.js";

/** Rows that were exported, verified without a plane. */
const sign = createSigner();
const [OWN, OTHER] = ["org-a", "org-b"];
let folder: string;
let chain: AuditChain;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-audit-"));
  ({ chain } = openChain());
  for (let number = 1; number <= 6; number++) for (const org of [OWN, OTHER]) chain.append(org, createChange(`${org} ${number}`));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lines = (stream: Stream): string[] => chain.readEvents(stream, 0, 100).map((event) => JSON.stringify(event));
const headOf = (stream: Stream) => sign(chain.findPlace(stream), stream, "audit-head");

function write(content: readonly string[] | string): string {
  const file = join(folder, "rows.jsonl");
  writeFileSync(file, typeof content === "string" ? content : content.join("\n"));
  return file;
}

test("rows of several streams in one file are verified one by one, in whatever order the streams come", async () => {
  const mixed = lines(OWN).flatMap((line, index) => [lines(OTHER)[index] ?? "", line]);
  const [other, own] = await verifyFile(write(mixed), headOf(OWN));
  expect([own, other]).toMatchObject([
    { org_id: OWN, proved: true, proved_until: 6, findings: [] },
    { org_id: OTHER, proved: false, findings: [], unproved: [expect.stringContaining("no head")] },
  ]);
  const byDigest = await verifyFile(write(mixed), { digest: headOf(OWN).digest });
  expect(byDigest.map(({ org_id, proved }) => [org_id, proved])).toEqual([
    [OTHER, false],
    [OWN, true],
  ]);
  const unknown = await verifyFile(write(mixed), { digest: "0".repeat(63) + "1" });
  expect(unknown.map(({ findings }) => findings.map(({ rule }) => rule))).toEqual([["head"], ["head"]]);
  await expect(verifyFile(write(lines(OTHER)), headOf(OWN))).rejects.toThrow("the rows are of org-b");
});

test("a row that was given to another stream is missing in its own", async () => {
  const moved = lines(OWN).map((line, index) => (index === 3 ? line.replace('"org_id":"org-a"', '"org_id":"org-c"') : line));
  for (const kept of [headOf(OWN), { digest: headOf(OWN).digest }]) {
    const [report] = await verifyFile(write(moved), kept);
    expect(report?.findings).toMatchObject([{ rule: "missing", message: "row 4 is missing" }]);
  }
});

test("a file that begins late proves nothing of what it begins with; behind a checkpoint it does", async () => {
  const late = lines(OWN).slice(2);
  const [alone] = await verifyFile(write(late), headOf(OWN));
  expect(alone).toMatchObject({ proved: false, proved_until: 6, findings: [], unproved: [expect.stringContaining("begins with row 3")] });
  const [row] = chain.readEvents(OWN, 1, 1);
  const checkpoint = sign({ seq: 2, digest: row?.digest ?? "", at: AT }, OWN);
  const [whole] = await verifyFile(write([JSON.stringify(checkpoint), ...late]), headOf(OWN));
  expect(whole).toMatchObject({ proved: true, checkpoint: { seq: 2 } });
  const foreign = createSigner()({ seq: 2, digest: row?.digest ?? "", at: AT }, OWN);
  const [forged] = await verifyFile(write([JSON.stringify(foreign), ...late]), headOf(OWN));
  expect(forged?.findings).toMatchObject([{ rule: "checkpoint" }]);
});

test("a checkpoint among rows must be of the row that is there", async () => {
  const [row] = chain.readEvents(OWN, 2, 1);
  const point = (digest: string) => JSON.stringify(sign({ seq: 3, digest, at: AT }, OWN));
  const [right] = await verifyFile(write([...lines(OWN), point(row?.digest ?? "")]), headOf(OWN));
  const [wrong] = await verifyFile(write([...lines(OWN), point("0".repeat(64))]), headOf(OWN));
  expect([right?.findings, wrong?.findings]).toMatchObject([[], [{ rule: "checkpoint", seq: 3 }]]);
});

test("rows that an export redacted are links with the digest they state, and are counted", async () => {
  chain.append(OWN, { ...createConnection("app"), application_name: "psql" } as NewAuditEvent);
  chain.append(OWN, { ...createConnection("app"), application_name: "psql" } as NewAuditEvent);
  chain.append(OWN, createChange("last"));
  const exported = chain.readEvents(OWN, 0, 100).map((event) => JSON.stringify(redactEvent(event)));
  const [report] = await verifyFile(write([...exported, exported[6] ?? ""]), headOf(OWN));
  expect(report).toMatchObject({ proved: true, rows: 9, redacted: 2, findings: [] });
  expect(report && formatReport(report)).toContain("2 rows whose content was redacted are proved by the chain's links alone");
  // The digest that it states is what the next row follows.
  const forged = exported.map((line, at) => (at === 7 ? line.replace(/"digest":"../, '"digest":"00') : line));
  expect((await verifyFile(write(forged), headOf(OWN)))[0]?.findings).toMatchObject([{ rule: "changed", seq: 9 }]);
  // Nothing redacted is no excuse.
  const claimed = exported.map((line, at) => (at === 2 ? line.replace("org-a 3", "org-a x").replace(/}$/, ',"redacted":[]}') : line));
  expect((await verifyFile(write(claimed), headOf(OWN)))[0]?.findings).toMatchObject([{ rule: "changed", seq: 3 }]);
});

test("a row that comes again must be the same row", async () => {
  const all = lines(OWN);
  const [same] = await verifyFile(write([...all, all[2] ?? ""]), headOf(OWN));
  const [other] = await verifyFile(write([...all, (all[2] ?? "").replace("org-a 3", "org-a x")]), headOf(OWN));
  expect([same?.proved, other?.findings]).toMatchObject([true, [{ rule: "order", seq: 3 }]]);
});

test.each([
  ["no file of rows", "a,b\n1,2\n"],
  ["JSON of something else", '{"seq":"1"}\n[]\nnull\n1\n'],
  ["a row whose place is no number", '{"version":1,"org_id":null,"seq":1.5,"digest":"x"}\n'],
])("%s is found, not an internal error", async (_, text) => {
  const [report] = await verifyFile(write(text), undefined);
  expect(report?.findings.length).toBeGreaterThan(0);
});

test("an empty file is not proved, and says that the rows of the head are missing", async () => {
  const [report] = await verifyFile(write(""), headOf(OWN));
  expect(report?.findings).toMatchObject([{ rule: "missing", seq: 6 }]);
  const without = await verifyFile(write(""), undefined);
  expect(without).toMatchObject([{ proved: false, rows: 0 }]);
});

test("what is no head is refused", async () => {
  const file = join(folder, "head.json");
  for (const text of [
    "",
    "{}",
    JSON.stringify(sign(chain.findPlace(OWN), OWN)),
    JSON.stringify({ ...headOf(OWN), digest: "0".repeat(64) }),
  ]) {
    writeFileSync(file, text);
    await expect(readKeptHead(file)).rejects.toMatchObject({ code: "PAL_AUDIT_HEAD" });
  }
});

test("what is said of a chain shows no more than twenty findings, and no character that moves a cursor", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `{"seq":${index},"org_id":"org-\u001b[2J","digest":"x"}`);
  const [report] = await verifyFile(write(names), undefined);
  const text = report ? formatReport(report) : "";
  expect(text).toContain("and 20 more");
  expect(text).not.toContain("\u001b");
  chain.prune(Date.parse(AT) + 400 * 86_400_000, sign, AUDIT_BOUNDS);
  expect(chain.findCheckpoint(OWN)?.seq).toBe(6);
});

test("a hostile file ends in findings, soon and in words: nested deep, far apart, or with places that are none", async () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const own = lines(OWN);
  const [first = "", second = ""] = own;
  const far = second.replace('"seq":2', '"seq":4000000000');
  const hostile = [first, first.replace('"type"', `"more":${deep},"type"`), far, first.replace('"seq":1', '"seq":9007199254740991')];
  const begun = performance.now();
  for (const kept of [{ digest: "1".repeat(64) }, headOf(OWN)]) {
    const [report] = await verifyFile(write(hostile), kept);
    expect(report?.findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(["unreadable", "missing"]));
    expect(report).toMatchObject({ rows: 3, first: 1, proved: false, last: { seq: 9007199254740991 } });
    expect(formatReport(report as never)).toContain("The chain does not hold");
  }
  expect(performance.now() - begun).toBeLessThan(10_000);
});
