import Database from "libsql";
import { join } from "node:path";
import type { AnomalyEvent } from "@palisade/neon/contract/wire/auditEvent";
import { AnomalyWatch } from "../../../control-plane/audit/anomalies/anomalyWatch.js";
import { AuditTrail } from "../../../control-plane/audit/auditTrail.js";
import type { NewAuditEvent } from "../../../control-plane/audit/chain.js";
import { PlaneSigner } from "../../../control-plane/encryption/planeSigner.js";
import { Store } from "../../../control-plane/store/store.js";
import { endPlanes, planeDirectory } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { createConnection } from "./scene.js";

afterAll(endPlanes);

const ORG = "org-a";
const clock = { now: () => Date.UTC(2026, 0, 1), formatNow: () => new Date(Date.UTC(2026, 0, 1)).toISOString() };
/** A wrong password each, some seconds apart: 30 within ten minutes are a finding. */
const failures = (from: number, to: number): NewAuditEvent[] =>
  Array.from({ length: to - from + 1 }, (_, at) =>
    createConnection("app", new Date(Date.UTC(2026, 0, 1) + (from + at) * 5_000).toISOString()),
  );

/** The rules over one data directory, as a plane has them. */
async function open(dataDirectory = planeDirectory()) {
  const logged: object[] = [];
  const log = (line: object) => logged.push(line);
  const store = new Store(join(dataDirectory, "plane.db"));
  const audit = AuditTrail.open({ dataDirectory, store, clock, signer: await PlaneSigner.open(dataDirectory), log });
  const watch = new AnomalyWatch({ audit, clock, log });
  const append = (events: readonly NewAuditEvent[], org: string | null = ORG) => {
    store.writeAudit((chain) => {
      for (const event of events) chain.append(org, event);
    });
  };
  const find = (org: string | null = ORG) => audit.readEvents(org, 0).filter((event): event is AnomalyEvent => event.type === "anomaly");
  const judged = async (seq: number, org: string | null = ORG) => {
    await until(`row ${seq} judged`, () => audit.readJudged(org) >= seq);
  };
  const end = async () => {
    await watch.stop();
    audit.close();
    store.close();
  };
  return { dataDirectory, store, audit, watch, append, find, judged, end, logged };
}

test("what the rules find is a row of the same stream, of each stream and of the plane's own", async () => {
  const { watch, append, find, judged, end } = await open();
  append(failures(1, 30));
  watch.start();
  await judged(30);
  append(failures(1, 30), null);
  await judged(30, null);
  for (const org of [ORG, null]) {
    const [found, ...more] = find(org);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      org_id: org,
      seq: 31,
      type: "anomaly",
      rule: "failed-logins",
      severity: "medium",
      at: clock.formatNow(),
    });
    expect(found?.evidence.length).toBeGreaterThan(0);
  }
  await end();
});

test("a restart forgets nothing that led to a finding, and tells none twice", async () => {
  const first = await open();
  first.watch.start();
  first.append(failures(1, 29));
  await first.judged(29);
  expect(first.find()).toEqual([]);
  await first.end();
  const second = await open(first.dataDirectory);
  second.watch.start();
  second.append(failures(30, 30));
  await second.judged(30);
  expect(second.find()).toHaveLength(1);
  await second.end();
  const third = await open(first.dataDirectory);
  third.watch.start();
  third.append(failures(31, 40));
  await third.judged(41);
  expect(third.find()).toHaveLength(1);
  await third.end();
});

test("rows that came while no rule was looking are judged at the next start", async () => {
  const first = await open();
  first.append(failures(1, 30));
  await first.end();
  const second = await open(first.dataDirectory);
  second.watch.start();
  await second.judged(30);
  expect(second.find()).toHaveLength(1);
  await second.end();
});

test("rows that take the place of others, which somebody cut off the end, are judged as well", async () => {
  const first = await open();
  first.watch.start();
  first.append(failures(1, 40).map((row) => ({ ...row, reason: "endpoint-not-found" }) as NewAuditEvent));
  await first.judged(40);
  await first.end();
  const database = new Database(join(first.dataDirectory, "plane.db"));
  database.exec("DELETE FROM audit_event WHERE seq > 2");
  database.close();
  const second = await open(first.dataDirectory);
  second.watch.start();
  second.append(failures(3, 34));
  await until("the finding", () => second.find().length > 0);
  expect(second.find().map(({ rule }) => rule)).toEqual(["failed-logins"]);
  await second.end();
});

test("a store that fails delays a finding and does not lose it", async () => {
  const { store, watch, append, find, judged, end, logged } = await open();
  watch.start();
  append(failures(1, 29));
  await judged(29);
  const write = store.writeAudit.bind(store);
  let refused = 0;
  store.writeAudit = ((work: Parameters<typeof write>[0]) => {
    if (refused++ === 0) throw new Error("disk full");
    return write(work);
  }) as typeof store.writeAudit;
  write((chain) => chain.append(ORG, failures(30, 30)[0] as NewAuditEvent));
  await judged(30);
  expect([refused > 1, find().length, logged]).toEqual([true, 1, [expect.objectContaining({ event: "anomalies-failed" })]]);
  await end();
});

test("a row that somebody changed in the file stops no rule", async () => {
  const first = await open();
  first.append(failures(1, 5));
  await first.end();
  const database = new Database(join(first.dataDirectory, "plane.db"));
  database.exec(`UPDATE audit_event SET event = json_remove(event, '$.at', '$.address', '$.via', '$.role') WHERE seq = 3`);
  database.close();
  const second = await open(first.dataDirectory);
  second.watch.start();
  second.append(failures(6, 40));
  await second.judged(40);
  expect(second.find().map(({ rule }) => rule)).toEqual(["failed-logins"]);
  await second.end();
});
