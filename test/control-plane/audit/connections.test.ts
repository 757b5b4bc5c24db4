import { join } from "node:path";
import { AuditTrail } from "../../../control-plane/audit/auditTrail.js";
import { ConnectionRows, type RefusalLimits, REFUSAL_LIMITS } from "../../../control-plane/audit/connections.js";
import { PlaneSigner } from "../../../control-plane/encryption/planeSigner.js";
import type { AccessLogEntry, SessionEnd } from "../../../control-plane/proxy/backend.js";
import { Store } from "../../../control-plane/store/store.js";
import { endPlanes, planeDirectory } from "../../support/plane.js";

afterAll(endPlanes);

const AT = "2026-01-01T00:00:00.000Z";
const ORGANIZATIONS: Readonly<Record<string, string>> = { shop: "org-a", partner: "org-b" };

const decision = (more: Partial<AccessLogEntry> = {}): AccessLogEntry => ({
  at: AT,
  action: "connect",
  decision: "admitted",
  clientAddress: "203.0.113.7",
  via: "public",
  session: "00000000-0000-4000-8000-000000000000",
  endpointId: "ep-a",
  branchId: "br-a",
  projectId: "shop",
  role: "app",
  database: "neondb",
  ...more,
});
const refusal = (more: Partial<AccessLogEntry> = {}) => decision({ decision: "refused", reason: "password-failed", ...more });
const end = (more: Partial<SessionEnd> = {}): SessionEnd => ({
  ...decision(),
  durationMs: 5,
  bytesFromClient: 1,
  bytesToClient: 2,
  ...more,
});

let now = 0;
const open = (limits: Partial<RefusalLimits> = {}) =>
  new ConnectionRows(
    (id) => ORGANIZATIONS[id],
    { ...REFUSAL_LIMITS, ...limits },
    () => now,
  );
beforeEach(() => {
  now = 0;
});

test("a row is in the stream of the organisation that has the project, and in the plane's own where there is none", () => {
  const rows = open();
  const { projectId: _, branchId: __, ...unknown } = refusal({ endpointId: "ep-nowhere", reason: "endpoint-not-found" });
  expect(rows.decide(decision())).toEqual({
    stream: "org-a",
    event: {
      type: "connection",
      at: AT,
      action: "connect",
      decision: "admitted",
      session: "00000000-0000-4000-8000-000000000000",
      address: "203.0.113.7",
      via: "public",
      project_id: "shop",
      endpoint_id: "ep-a",
      branch_id: "br-a",
      role: "app",
      database: "neondb",
    },
  });
  expect(rows.decide(refusal({ projectId: "partner" }))).toMatchObject({ stream: "org-b", event: { reason: "password-failed" } });
  expect(rows.decide(unknown)).toMatchObject({ stream: null, event: { endpoint_id: "ep-nowhere" } });
});

test("the end of a session is where its beginning is, whoever has the project by then", () => {
  const owners = { shop: "org-a" };
  const rows = new ConnectionRows((id) => owners[id as "shop"]);
  rows.decide(decision({ session: "one" }));
  owners.shop = "org-b";
  expect(rows.end(end({ session: "one" }))).toMatchObject({ stream: "org-a", event: { type: "connection-end", duration_ms: 5 } });
  rows.decide(decision({ session: "two" }));
  expect(rows.end(end({ session: "two" })).stream).toBe("org-b");
});

test("what Postgres said is in no row, and long names are cut", () => {
  const row = open().decide(refusal({ detail: "no pg_hba.conf entry", role: "r".repeat(10_000), applicationName: "a".repeat(10_000) }));
  expect(JSON.stringify(row).length).toBeLessThan(700);
  expect(JSON.stringify(row)).not.toContain("pg_hba");
});

test("a flood of one source, and of all sources of one stream, is counted; other streams do not notice", () => {
  const rows = open({ source: { perSecond: 0, burst: 3 }, stream: { perSecond: 0, burst: 5 } });
  const told = (address: string, projectId = "shop") => rows.decide(refusal({ clientAddress: address, projectId })) !== undefined;
  expect([1, 2, 3, 4].map(() => told("203.0.113.7"))).toEqual([true, true, true, false]);
  expect([1, 2, 3].map((third) => told(`198.51.${third}.1`))).toEqual([true, true, false]);
  expect(told("203.0.113.7", "partner")).toBe(true);
  rows.decide(refusal({ at: "2026-01-01T00:00:09.000Z" }));
  expect(rows.decide(decision())).toBeDefined();
  expect(rows.takeCounts("due")).toEqual([
    { stream: "org-a", event: { type: "refusals-counted", refusals: 3, since: AT, at: "2026-01-01T00:00:09.000Z" } },
  ]);
});

test("counts are written once a minute at most", () => {
  const rows = open({ stream: { perSecond: 0, burst: 0 } });
  const count = (when: "due" | "now" = "due") => {
    rows.decide(refusal());
    return rows.takeCounts(when).length;
  };
  expect([count(), count()]).toEqual([1, 0]);
  now += 60_000;
  expect([count(), count(), count("now"), rows.takeCounts("now").length]).toEqual([1, 0, 1, 0]);
});

test("a flood without an end leaves less in a year than a stream keeps", () => {
  const year = 365 * 86_400;
  const rowBytes = JSON.stringify(
    open().decide(refusal({ applicationName: "a".repeat(200), role: "r".repeat(200), database: "d".repeat(200) })),
  ).length;
  const [rows, counts] = [REFUSAL_LIMITS.stream.burst + year * REFUSAL_LIMITS.stream.perSecond, (year * 1_000) / REFUSAL_LIMITS.countMs];
  expect(rows * (rowBytes + 200) + counts * 250).toBeLessThan(256 * 1024 ** 2);
});

describe("the trail", () => {
  async function openTrail(dataDirectory = planeDirectory()) {
    const store = new Store(join(dataDirectory, "plane.db"));
    const logged: unknown[] = [];
    const signer = await PlaneSigner.open(dataDirectory);
    const trail = AuditTrail.open({ dataDirectory, store, signer, clock: { now: () => Date.now() }, log: (line) => logged.push(line) });
    const close = () => {
      trail.close();
      store.close();
    };
    return { trail, store, logged, close, dataDirectory };
  }
  const put = (store: Store, id: string, org_id: string) => {
    store.transact((tx) => {
      tx.put("project", { id, org_id } as Parameters<typeof tx.put<"project">>[1]);
    });
  };

  test("a flood of refusals by one tenant leaves the rows of the others, and its own changes", async () => {
    const { trail, store, close } = await openTrail();
    put(store, "shop", "org-a");
    put(store, "partner", "org-b");
    trail.recordDecision(decision({ projectId: "partner", session: "b" }));
    for (let number = 0; number < 30_000; number++)
      trail.recordDecision(refusal({ clientAddress: `203.0.${number % 250}.1`, session: String(number) }));
    trail.recordDecision(decision({ projectId: "partner", session: "b2" }));
    trail.flush();
    expect(trail.readEvents("org-b", 0)).toMatchObject([
      { seq: 1, session: "b" },
      { seq: 2, session: "b2" },
    ]);
    expect(trail.readEvents("org-a", 0)).toHaveLength(REFUSAL_LIMITS.stream.burst);
    close();
  });

  test("reads from a place on, tells of new rows, and takes findings and statements", async () => {
    const { trail, store, close } = await openTrail();
    put(store, "shop", "org-a");
    const told: unknown[] = [];
    trail.watch((streams) => told.push([...streams]));
    for (let number = 0; number < 1_500; number++) trail.recordDecision(decision({ session: String(number) }));
    trail.flush();
    trail.appendFindings("org-a", [{ type: "anomaly", at: AT, rule: "r", severity: "low", summary: "s", evidence: [1] }], 1_500);
    expect([trail.readJudged("org-a"), trail.readJudged("org-b"), trail.listStreams()]).toEqual([1_500, 0, ["org-a"]]);
    trail.append("org-a", { type: "statement", at: AT, session: "x", branch_id: "br-a", role: "app", length: 8 });
    trail.flush();
    expect(told.length).toBeGreaterThan(10);
    expect(new Set(told.flat())).toEqual(new Set(["org-a"]));
    expect(trail.readEvents("org-a", 0, 5_000)).toHaveLength(1_000);
    expect(trail.readEvents("org-a", 1_499).map(({ seq, type }) => [seq, type])).toEqual([
      [1_500, "connection"],
      [1_501, "anomaly"],
      [1_502, "statement"],
    ]);
    close();
  });

  test("what was told and not yet in the chains is there at the next start, once", async () => {
    const { trail, store, dataDirectory } = await openTrail();
    put(store, "shop", "org-a");
    trail.recordDecision(decision({ session: "applied" }));
    trail.flush();
    for (const session of ["one", "two"]) trail.recordDecision(decision({ session }));
    // As a kill leaves it: nothing is flushed. The trail that is left behind finds its store closed.
    store.close();
    for (const _ of ["first", "second"]) {
      const next = await openTrail(dataDirectory);
      expect(next.trail.readEvents("org-a", 0)).toMatchObject([{ session: "applied" }, { session: "one" }, { session: "two" }]);
      next.close();
    }
    expect(() => {
      trail.close();
    }).not.toThrow();
  });

  test("rows wait while the store does not take them, which is told once", async () => {
    const { trail, store, logged, close } = await openTrail();
    const write = jest.spyOn(store, "writeAudit").mockImplementation(() => {
      throw new Error("database or disk is full");
    });
    for (const session of ["one", "two"]) trail.recordDecision(decision({ session }));
    trail.flush();
    trail.flush();
    expect(logged).toEqual([{ level: "error", event: "audit-failed", error: expect.stringContaining("disk is full") as string }]);
    write.mockRestore();
    trail.flush();
    expect(trail.readEvents(null, 0)).toMatchObject([{ session: "one" }, { session: "two" }]);
    close();
  });
});
