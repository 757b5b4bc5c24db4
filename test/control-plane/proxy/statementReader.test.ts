import fc from "fast-check";
import { MAX_STATEMENT_BYTES, type SentStatement, StatementReader } from "../../../control-plane/proxy/statementReader.js";
import { loadNormalizer, type NormalizeStatement } from "../../../control-plane/audit/normalizeStatement.js";

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const text = (value: string) => Buffer.from(`${value}\0`);
function read(bytes: Buffer, cuts: readonly number[] = []): (string | number)[] {
  const found: SentStatement[] = [];
  const reader = new StatementReader((statement) => found.push(statement));
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  places.slice(1).forEach((end, at) => {
    reader.push(bytes.subarray(places[at], end));
  });
  return found.map(({ bytes: kept, length }) => kept?.toString() ?? length);
}

describe("what is read off a client's bytes", () => {
  const session = Buffer.concat([
    message("Q", text("SELECT 1")),
    message("P", Buffer.concat([text("name"), text("SELECT $1"), Buffer.alloc(2)])),
    message("B", text("MARKER")),
    message("d", Buffer.from("MARKER\n")),
    message("p", text("MARKER")),
    message("S", Buffer.alloc(0)),
    message("F", Buffer.alloc(12)),
    message("X", Buffer.alloc(0)),
  ]);

  it("is each text that is to be run, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(read(session, cuts)).toEqual(["SELECT 1", "SELECT $1", 12]);
      }),
    );
  });

  it("is the length of what is longer than the bound, and no more of it is kept than that", () => {
    const long = "x".repeat(MAX_STATEMENT_BYTES + 1);
    expect(read(Buffer.concat([message("Q", text(long)), message("Q", text("SELECT 2"))]), [7, 9_000])).toEqual([long.length, "SELECT 2"]);
    expect(read(message("P", Buffer.concat([text("n".repeat(5_000)), text("SELECT 1"), Buffer.alloc(2)])))).toHaveLength(1);
  });

  it("holds nothing for a length that no memory has", () => {
    const head = Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff]);
    const reader = new StatementReader(() => undefined);
    reader.push(head);
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 64; at += 1) reader.push(Buffer.alloc(1 << 20, 0x61));
    expect((reader as unknown as { kept: Buffer[] }).kept.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(20_000);
    expect(before).toBeGreaterThan(0);
  });

  it("takes any bytes at all without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        read(Buffer.from(bytes), [3, 17]);
      }),
    );
  });
});

describe("a statement without what is in it", () => {
  let normalize: NormalizeStatement;
  beforeAll(async () => {
    const loaded = await loadNormalizer();
    if (loaded === undefined) throw new Error("@libpg-query/parser is not installed");
    normalize = loaded;
  });
  const of = (sql: string) => normalize(Buffer.from(sql));

  it.each([
    ["constants of every kind", "SELECT 'MARKER', 1, 1.5, B'101', X'1f', U&'MARKER'", "SELECT $1 , $2 , $3 , $4 , $5 , $6"],
    ["dollar quotes", "SELECT $$MARKER$$, $t$MARKER $$ $t$", "SELECT $1 , $2"],
    ["comments, nested too", "SELECT /* MARKER /* MARKER */ */ 1 -- MARKER", "SELECT $1"],
    ["identifiers that look like dollar quotes", 'SELECT a$b$c, "$MAR$" FROM t', 'SELECT a$b$c , "$MAR$" FROM t'],
    ["passwords", "ALTER ROLE a PASSWORD 'MARKER'", "ALTER ROLE a PASSWORD $1"],
    ["a body of code", "DO $$ BEGIN PERFORM 'MARKER'; END $$", "DO $1"],
    ["prepared ones", "PREPARE p AS SELECT 'MARKER'; EXECUTE p('MARKER')", "PREPARE p AS SELECT $1 ; EXECUTE p ( $2 )"],
    ["own parameters", "SELECT $2, 'MARKER', $1", "SELECT $2 , $3 , $1"],
    ["text of other alphabets", "SELECT 'MARKER é', naïve FROM größe", "SELECT $1 , naïve FROM größe"],
  ])("has no %s", (_, sql, expected) => {
    expect(of(sql)).toBe(expected);
  });

  it.each([
    ["what cannot be parsed", "SELEC 'MARKER'"],
    ["an escape, which a setting of the session may read otherwise", "SELECT 'it\\' MARKER', '"],
    ["a string that is never closed", "SELECT 'MARKER"],
  ])("is not said of %s", (_, sql) => {
    expect(of(sql)).toBeUndefined();
  });

  it("is not said of what is no UTF-8", () => {
    expect(normalize(Buffer.from([0x53, 0x83, 0x5c, 0x27]))).toBeUndefined();
  });

  it("has no marker of a constant, whatever stands around it", () => {
    const piece = fc.constantFrom("'", "$$", "$a$", "--", "/*", "*/", '"', "\n", " ", "x", ",", "(", ")", ";", "E", "U&", "SELECT ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 12 }), (before, after) => {
        // A name between double quotes, and one alone, is no constant.
        const sql = `SELECT 1 ${before.join("")}'MARKER'${after.join("")}`;
        const said = of(sql);
        if (said?.includes("MARKER") === true) expect(said.replace(/"[^"]*"/g, "").replace(/\bE?MARKER\b/g, "")).not.toContain("MARKER");
      }),
    );
  });
});
