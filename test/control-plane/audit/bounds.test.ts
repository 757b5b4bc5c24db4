import Database from "libsql";
import { join } from "node:path";
import { AUDIT_BOUNDS, type AuditBounds, AuditChain } from "../../../control-plane/audit/chain.js";
import { MIGRATIONS } from "../../../control-plane/store/migrations.js";
import { Store } from "../../../control-plane/store/store.js";
import { endPlanes, planeDirectory } from "../../support/plane.js";
import { AT, createChange, createConnection, createSigner, openChain } from "./scene.js";

afterAll(endPlanes);

const sign = createSigner();
const NOW = Date.parse(AT);
const ids = (chain: AuditChain, org = "org-a") => chain.listChanges({ org, limit: 10_000 }).map(({ object }) => object.id);

function prune(chain: AuditChain, bounds: Partial<AuditBounds>, now = NOW): void {
  while (chain.prune(now, sign, { ...AUDIT_BOUNDS, ...bounds }));
}

test("pages stay small where documents are large, and have at least a row", () => {
  const { chain } = openChain();
  for (const [index, mebibytes] of [1, 1, 1, 5].entries())
    chain.append("org-a", createChange(String(index), AT, { ips: "x".repeat(mebibytes * 1024 ** 2) }));
  const first = chain.listChanges({ org: "org-a", limit: 100 });
  expect(first.map(({ object }) => object.id)).toEqual(["3"]);
  const rest = chain.listChanges({ org: "org-a", below: first[0]?.seq, limit: 100 });
  expect(rest.map(({ object }) => object.id)).toEqual(["2", "1", "0"]);
  expect(chain.readEvents("org-a", 0, 100).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(chain.readEvents("org-a", 3, 100).map(({ seq }) => seq)).toEqual([4]);
});

test("the newest changes of an organisation are kept, whatever connects, and none of another's are pushed out", () => {
  const { chain } = openChain();
  chain.append("org-b", createChange("other"));
  for (let number = 0; number < 3_000; number++) chain.append("org-a", number % 2 ? createConnection("app") : createChange(String(number)));
  prune(chain, { changes: 100 });
  expect(ids(chain)).toEqual(Array.from({ length: 100 }, (_, index) => String(2_998 - 2 * index)));
  expect(ids(chain, "org-b")).toEqual(["other"]);
  prune(chain, { changes: 100 });
  expect(ids(chain)).toHaveLength(100);
});

test("no more than so many bytes are kept, and nothing older than so many days", () => {
  const { chain, database } = openChain();
  for (let number = 0; number < 500; number++) chain.append("org-a", createChange(String(number).padStart(3, "0"), AT, { name: "𝄞é" }));
  const [largest] = database.prepare("SELECT max(size) AS size FROM audit_event").all() as { size: number }[];
  prune(chain, { bytes: 10 * (largest?.size ?? 0) });
  expect(ids(chain).length).toBeGreaterThanOrEqual(10);
  expect(ids(chain).length).toBeLessThanOrEqual(11);
  const [counted] = database.prepare("SELECT bytes, (SELECT sum(size) FROM audit_event) AS kept FROM audit_stream").all() as {
    bytes: number;
    kept: number;
  }[];
  expect(counted?.bytes).toBe(counted?.kept);
  chain.append("org-a", createChange("new", "2026-01-03T00:00:00.000Z"));
  prune(chain, { days: 1 }, Date.parse("2026-01-03T00:00:01.000Z"));
  expect(ids(chain)).toEqual(["new"]);
});

test("where all rows were pruned the chain goes on after the checkpoint", () => {
  const { chain } = openChain();
  for (const id of ["a", "b"]) chain.append("org-a", createChange(id));
  const last = chain.findPlace("org-a");
  prune(chain, { days: 1 }, NOW + 10 * 86_400_000);
  expect(chain.readEvents("org-a", 0, 10)).toEqual([]);
  expect(chain.findPlace("org-a")).toMatchObject(last);
  expect(chain.append("org-a", createChange("c"))).toBe(3);
});

test("rows of a file of an earlier version come into the chains of their organisations, once", () => {
  const file = join(planeDirectory(), "plane.db");
  const database = new Database(file);
  const before = MIGRATIONS.findIndex((sql) => sql.includes("former_audit"));
  for (const sql of MIGRATIONS.slice(0, before)) database.exec(sql);
  database.exec(`PRAGMA user_version = ${before};`);
  const insert = database.prepare(
    `INSERT INTO audit (at, key, what, request, kind, id, before, after, owner, address, project, org, size)
     VALUES (?, 7, 'POST /x', 'r', 'branch', ?, NULL, ?, 'user/ann', '::1', 'p-1', ?, 0)`,
  );
  for (let number = 1; number <= 250; number++)
    insert.run(AT, `br-${number}`, `{"id":"br-${number}"}`, number % 5 === 0 ? null : number % 2 === 0 ? "org-a" : "org-b");
  database.close();
  for (const _ of ["migrates", "opens"]) {
    const store = new Store(file);
    const read = (stream: string | null) => store.transact((tx) => tx.audit.readEvents(stream, 0, 1_000));
    expect([read("org-a"), read("org-b"), read(null)].map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(read("org-a").slice(0, 2)).toMatchObject([
      {
        seq: 1,
        project_id: "p-1",
        key_id: 7,
        owner: { type: "user", id: "ann" },
        object: { kind: "branch", id: "br-2" },
        after: { id: "br-2" },
      },
      { seq: 2, object: { id: "br-4" } },
    ]);
    store.close();
  }
});

test("a backlog is measured by the row, estimated where it is long, and a share of the bound that is reached first", () => {
  const { chain } = openChain();
  for (let number = 0; number < 1_500; number++) chain.append("org-a", number % 3 ? createConnection("app") : createChange("x"));
  const rows = chain.readEvents("org-a", 0, 1_500).map(({ digest: _, ...row }) => Buffer.byteLength(JSON.stringify(row)));
  const sum = (from: number) => rows.slice(from).reduce((total, one) => total + one, 0);
  const measure = (after: number, over: Partial<AuditBounds> = {}, now = NOW) =>
    chain.measureBacklog("org-a", after, now, { ...AUDIT_BOUNDS, ...over });
  expect(measure(1_500)).toEqual({ bytes: 0, share: 0 });
  expect(measure(1_490).bytes).toBe(sum(1_490));
  expect(measure(0).bytes).toBe(sum(0));
  expect(Math.abs(measure(300).bytes - sum(300)) / sum(300)).toBeLessThan(0.01);
  expect(measure(1_200, { changes: 200 }).share).toBe(0.5);
  expect(measure(1_200, { bytes: 2 * sum(1_200) }).share).toBe(0.5);
  expect(measure(1_200, { days: 10 }, NOW + 9 * 86_400_000).share).toBeCloseTo(0.9, 6);
  prune(chain, { changes: 100 });
  expect(Math.abs(measure(0).bytes - sum(1_199)) / sum(1_199)).toBeLessThan(0.01);
});

test("what was undone has left no row, and the next one takes its place", () => {
  const store = new Store(join(planeDirectory(), "plane.db"));
  const told: unknown[] = [];
  store.watchAudit((streams) => told.push([...streams]));
  const append = (id: string) => store.writeAudit((chain) => chain.append("org-a", createChange(id)));
  append("a");
  expect(() =>
    store.writeAudit((chain) => {
      chain.append("org-b", createChange("undone"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(append("b")).toBe(2);
  expect(told).toEqual([["org-a"], ["org-a"]]);
  store.close();
});

test("no statement of the chains reads a whole table: each is found by an index", () => {
  const { database } = openChain();
  const asked = new Set<string>();
  const chain = new AuditChain((sql) => {
    asked.add(sql);
    return database.prepare(sql);
  });
  for (let number = 0; number < 5; number++) chain.append("org-a", createChange(String(number)));
  chain.readEvents("org-a", 0, 10);
  chain.findFirstSince("org-a", AT);
  chain.listChanges({ org: "org-a", since: AT, until: AT, below: 9, limit: 10 });
  chain.listChanges({ org: "org-a", project: "shop", limit: 10 });
  chain.measureBacklog("org-a", 0, NOW);
  prune(chain, { changes: 1 });
  // What counts the streams is as long as there are organisations.
  const statements = [...asked].filter((sql) => sql.includes("audit_event") && !sql.startsWith("INSERT"));
  expect(statements.length).toBeGreaterThan(8);
  for (const sql of statements) {
    const values = Array.from({ length: sql.split("?").length - 1 }, () => 1);
    const plan = (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]).map(({ detail }) => detail);
    expect([sql, plan.filter((step) => !/^SEARCH audit_event USING (?:COVERING )?INDEX audit_/.test(step))]).toEqual([sql, []]);
  }
});
