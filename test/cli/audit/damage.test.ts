import type Database from "libsql";
import fc from "fast-check";
import { ChainVerifier, type ChainReport, type KeptHead } from "../../../cli/audit/chainVerifier.js";
import { AuditPoint, type AuditRow } from "../../../contract/wire/audit.js";
import type { AuditChain } from "../../../control-plane/audit/chain.js";
import { AT, createChange, createConnection, createSigner, openChain } from "../../control-plane/audit/scene.js";

/** Every kind of damage to the rows as the store has them is found by whoever reads them through the plane. */
const STREAM = "org-a";
const ROWS = 12;
const sign = createSigner();
const forger = createSigner();

/** Rows of two streams, the first of them pruned up to row 4 where asked for. */
function fill({ pruned = false } = {}) {
  const { chain, database } = openChain();
  for (let number = 1; number <= ROWS; number++) {
    chain.append(STREAM, number % 3 === 0 ? createConnection(`role "${number}" é`) : createChange(`id-${number}`));
    chain.append("org-b", createChange(`other-${number}`));
  }
  if (pruned) {
    const { size } = sizeOfFirst(database, 4);
    const { bytes } = database.prepare("SELECT bytes FROM audit_stream WHERE stream = ?").get(STREAM) as { bytes: number };
    // The other stream is as long: only this one is over it.
    chain.prune(Date.parse(AT), sign, { days: 365, changes: 50_000, bytes: bytes - size });
  }
  return { chain, database, kept: sign(chain.findPlace(STREAM), STREAM, "audit-head") };
}

const sizeOfFirst = (database: Database.Database, rows: number) =>
  database.prepare("SELECT sum(size) AS size FROM audit_event WHERE stream = ? AND seq <= ?").get(STREAM, rows) as { size: number };

/** As `palisade audit verify` reads a plane. */
function verify(chain: AuditChain, kept: KeptHead | undefined, key = sign): ChainReport {
  const verifier = new ChainVerifier(STREAM, { source: "plane" });
  const checkpoint = AuditPoint.safeParse(chain.findCheckpoint(STREAM)).data;
  if (checkpoint) verifier.addCheckpoint(checkpoint);
  for (const event of chain.readEvents(STREAM, 0, 1_000)) verifier.add(event as unknown as AuditRow);
  return verifier.finish(kept, key(chain.findPlace(STREAM), STREAM, "audit-head"));
}

describe.each([{ pruned: false }, { pruned: true }])("a chain that was pruned: $pruned", (form) => {
  /** One chain for all that is done to its rows alone: `damage` takes each back. */
  let whole: ReturnType<typeof fill>;
  beforeAll(() => {
    whole = fill(form);
  });
  function damage(work: (chain: ReturnType<typeof fill>) => void): void {
    whole.database.exec("BEGIN");
    try {
      work(whole);
    } finally {
      whole.database.exec("ROLLBACK");
    }
  }
  afterEach(() => {
    expect(verify(whole.chain, whole.kept)).toMatchObject({ findings: [], proved: true, proved_until: ROWS });
  });

  test("is proved by a head that was kept, as a whole or as its digest, also when rows came after it", () => {
    const { chain, kept } = fill(form);
    expect(verify(chain, kept)).toMatchObject({ findings: [], proved: true, proved_until: ROWS, unproved: [] });
    chain.append(STREAM, createChange("later"));
    expect(verify(chain, kept)).toMatchObject({ proved: true, proved_until: ROWS, last: { seq: ROWS + 1 } });
    expect(verify(chain, { digest: kept.digest })).toMatchObject({ proved: true, proved_until: ROWS });
  });

  test("is not proved complete without one", () => {
    const { chain } = fill(form);
    expect(verify(chain, undefined)).toMatchObject({
      findings: [],
      proved: false,
      proved_until: null,
      unproved: [expect.stringContaining("no head")],
    });
  });

  test("shows a change of any character of any stored column of any row", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: form.pruned ? 5 : 1, max: ROWS }),
        fc.constantFrom("event" as const, "digest" as const),
        fc.nat(),
        fc.constantFrom("0", "f", "x", '"', "}", " ", "é", "", "1"),
        (seq, column, at, put) => {
          damage(({ chain, database, kept }) => {
            const { text } = database
              .prepare(`SELECT ${column} AS text FROM audit_event WHERE stream = ? AND seq = ?`)
              .get(STREAM, seq) as {
              text: string;
            };
            const index = at % text.length;
            const changed = text.slice(0, index) + put + text.slice(index + 1);
            fc.pre(changed !== text && !isSameValue(column, changed, text));
            try {
              database.prepare(`UPDATE audit_event SET ${column} = ? WHERE stream = ? AND seq = ?`).run(changed, STREAM, seq);
            } catch (error) {
              // Another row of that stream has the place: the store itself does not take it.
              expect(String(error)).toContain("UNIQUE");
              return;
            }
            expect(verify(chain, kept)).toMatchObject({ proved: false, findings: [expect.anything(), ...anyOthers(verify(chain, kept))] });
          });
        },
      ),
      { numRuns: 250 },
    );
  });

  test("shows any row that was removed, the last ones too", () => {
    for (let from = form.pruned ? 5 : 1; from <= ROWS; from++)
      for (let to = from; to <= ROWS; to++)
        damage(({ chain, database, kept }) => {
          database.prepare("DELETE FROM audit_event WHERE stream = ? AND seq BETWEEN ? AND ?").run(STREAM, from, to);
          for (const head of [kept, { digest: kept.digest }])
            expect([from, to, verify(chain, head).findings.length > 0]).toEqual([from, to, true]);
        });
  });

  test("shows any two rows that changed places, with their digests or without", () => {
    for (let a = form.pruned ? 5 : 1; a < ROWS; a++)
      for (let b = a + 1; b <= ROWS; b++)
        for (const columns of [["event"], ["event", "digest"]])
          damage(({ chain, database, kept }) => {
            const read = (seq: number) =>
              database.prepare("SELECT event, digest FROM audit_event WHERE stream = ? AND seq = ?").get(STREAM, seq) as {
                event: string;
                digest: string;
              };
            const [first, second] = [read(a), read(b)];
            const move = (row: typeof first, seq: number) => row.event.replace(/"seq":\d+/, `"seq":${seq}`);
            const put = database.prepare("UPDATE audit_event SET event = ?, digest = ? WHERE stream = ? AND seq = ?");
            put.run(move(second, a), columns.includes("digest") ? second.digest : first.digest, STREAM, a);
            put.run(move(first, b), columns.includes("digest") ? first.digest : second.digest, STREAM, b);
            expect([a, b, verify(chain, kept).findings.length > 0]).toEqual([a, b, true]);
          });
  });

  test("shows a row that was put in, whoever computed its digest, and rows of another stream", () => {
    const { chain, database, kept } = fill(form);
    const row = database.prepare("SELECT event FROM audit_event WHERE stream = ? AND seq = 7").get(STREAM) as { event: string };
    database.prepare("UPDATE audit_event SET event = json_set(event, '$.seq', seq + 100) WHERE stream = ? AND seq >= 7").run(STREAM);
    database.prepare("UPDATE audit_event SET event = json_set(event, '$.seq', seq - 99) WHERE stream = ? AND seq >= 107").run(STREAM);
    database.prepare("INSERT INTO audit_event (event, digest) VALUES (?, ?)").run(row.event, "0".repeat(64));
    expect(verify(chain, kept).findings.length).toBeGreaterThan(0);
    const other = fill(form);
    other.database.prepare("UPDATE audit_event SET event = json_set(event, '$.org_id', 'org-c') WHERE stream = 'org-a' AND seq = 9").run();
    other.database.prepare("UPDATE audit_event SET event = json_set(event, '$.org_id', 'org-a') WHERE stream = 'org-b' AND seq = 9").run();
    expect(verify(other.chain, other.kept).findings.length).toBeGreaterThan(0);
  });

  test("shows that everything was written anew, by a head that was kept alone", () => {
    const { kept } = fill(form);
    const { chain } = openChain();
    for (let number = 1; number <= ROWS + 3; number++) chain.append(STREAM, createChange(`forged-${number}`));
    expect(verify(chain, undefined).findings).toEqual([]);
    expect(verify(chain, kept).findings).toMatchObject([{ rule: "head", seq: ROWS }]);
    expect(verify(chain, { digest: kept.digest }).findings).toMatchObject([{ rule: "head" }]);
  });
});

/** JSON that says the same in other characters is no change of a row. */
function isSameValue(column: string, changed: string, text: string): boolean {
  try {
    return column === "event" && JSON.stringify(JSON.parse(changed)) === JSON.stringify(JSON.parse(text));
  } catch {
    return false;
  }
}

const anyOthers = ({ findings }: ChainReport): unknown[] => findings.slice(1).map(() => expect.anything() as unknown);

describe("a checkpoint", () => {
  const store = (database: Database.Database, checkpoint: object | null) =>
    database.prepare("UPDATE audit_stream SET checkpoint = ? WHERE stream = ?").run(checkpoint && JSON.stringify(checkpoint), STREAM);

  test.each([
    ["removed", () => null],
    ["of another key", (point: AuditPoint) => forger({ seq: point.seq, digest: point.digest, at: point.at }, STREAM)],
    ["of a later row", (point: AuditPoint) => ({ ...point, seq: point.seq + 1 })],
    ["of another digest", (point: AuditPoint) => ({ ...point, digest: "0".repeat(64) })],
    ["of another instant", (point: AuditPoint) => ({ ...point, at: "2026-01-01T00:00:00.001Z" })],
    ["of another stream", (point: AuditPoint) => sign({ seq: point.seq, digest: point.digest, at: point.at }, "org-b")],
    ["a head", (point: AuditPoint) => sign({ seq: point.seq, digest: point.digest, at: point.at }, STREAM, "audit-head")],
    ["with a borrowed fingerprint", (point: AuditPoint) => ({ ...forger(point, STREAM), fingerprint: point.fingerprint })],
  ])("is not taken when it is %s", (_, change) => {
    const { chain, database, kept } = fill({ pruned: true });
    const point = chain.findCheckpoint(STREAM);
    if (!point) throw new Error("nothing was pruned");
    store(database, change(point));
    expect(verify(chain, kept).findings.length).toBeGreaterThan(0);
  });

  test("that was signed after rows were cut from the beginning is of the plane's key, or is found", () => {
    const { chain, database } = fill({ pruned: true });
    const [cut] = chain.readEvents(STREAM, 7, 1);
    database.prepare("DELETE FROM audit_event WHERE stream = ? AND seq <= 8").run(STREAM);
    store(database, forger({ seq: 8, digest: cut?.digest ?? "", at: AT }, STREAM));
    expect(verify(chain, undefined).findings).toMatchObject([{ rule: "checkpoint", seq: 8 }]);
  });

  test("leaves a head that is older than it unproved, and proves one of the same row", () => {
    const { chain } = fill();
    const [early, same] = [2, 4].map((seq) => {
      const [row] = chain.readEvents(STREAM, seq - 1, 1);
      return sign({ seq, digest: row?.digest ?? "", at: AT }, STREAM, "audit-head");
    });
    const { chain: pruned } = fill({ pruned: true });
    expect(pruned.findCheckpoint(STREAM)?.seq).toBe(4);
    expect(verify(pruned, early)).toMatchObject({ findings: [], proved: false, unproved: [expect.stringContaining("keep newer ones")] });
    expect(verify(pruned, same)).toMatchObject({ findings: [], proved: true, proved_until: 4 });
  });
});

test("an empty stream is proved by the head that it had then", () => {
  const { chain } = openChain();
  const kept = sign(chain.findPlace(STREAM), STREAM, "audit-head");
  expect(verify(chain, kept)).toMatchObject({ findings: [], proved: true, proved_until: 0, rows: 0 });
  chain.append(STREAM, createChange("a"));
  expect(verify(chain, kept)).toMatchObject({ proved: true, proved_until: 0, rows: 1 });
});
