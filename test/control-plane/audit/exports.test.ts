import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllowedSink } from "@palisade/neon/contract/auditSinks";
import type { AuditEvent } from "@palisade/neon/contract/wire/auditEvent";
import { type AuditExportCreateRequest, AuditExportResponse, AuditExports } from "@palisade/neon/contract/wire/auditExport";
import { AuditEventsPage } from "@palisade/neon/contract/wire/audit";
import { endPlanes, startPlane, type TestPlane } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { WebhookReceiver } from "../../support/webhookReceiver.js";

/** Exports as the plane runs them, by its API. What each sink does with rows is in ./export. */
jest.setTimeout(60_000);
const receivers: WebhookReceiver[] = [];
afterEach(async () => {
  await endPlanes();
  for (const receiver of receivers.splice(0)) await receiver.stop();
});
async function receive(tls?: WebhookReceiver["tls"]): Promise<WebhookReceiver> {
  const receiver = await WebhookReceiver.start(tls);
  receivers.push(receiver);
  return receiver;
}

let plane: TestPlane;
const path = (id?: string) => `/x-palisade/organizations/${plane.ready.orgId}/audit_exports${id === undefined ? "" : `/${id}`}`;
const create = (body: AuditExportCreateRequest) => plane.api.ok(AuditExportResponse, "POST", path(), body);
const change = (id: string, body: object) => plane.api.ok(AuditExportResponse, "PATCH", path(id), body);
const look = async (id: string) => (await plane.api.ok(AuditExportResponse, "GET", path(id))).audit_export;
/** One row each. */
const act = () => plane.api.call("POST", "/api_keys", { key_name: "noise" });

/** A plane whose operator allows its organisation these sinks: the id is known once it has started. */
async function start(...allows: string[]): Promise<void> {
  const first = await startPlane();
  await first.stop();
  await restart(first.directory, first.ready.orgId, allows);
}

async function restart(dataDirectory: string, org: string, allows: readonly string[]): Promise<void> {
  plane = await startPlane({ dataDirectory, allowedSinks: allows.map((sink) => parseAllowedSink(`${org}=${sink}`)) });
}

/** Rows of a file of the plane's organisation. */
function read(name: string): AuditEvent[] {
  const file = join(plane.directory, "exports", plane.ready.orgId, name);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}

const listEvents = async () =>
  (await plane.api.ok(AuditEventsPage, "GET", `/x-palisade/audit/events?org_id=${plane.ready.orgId}`)).events as unknown as AuditEvent[];

test("an export begins with the first row that is kept, goes on with each new one, and over a restart without a gap", async () => {
  await start("file");
  await act();
  const { audit_export: made, signing_secret: secret } = await create({ name: "archive", sink: { type: "file", name: "audit.jsonl" } });
  expect([made.state, made.format, made.enabled, secret]).toEqual(["active", "json", true, undefined]);
  await act();
  const all = await listEvents();
  await until("all rows", () => read("audit.jsonl").length === all.length);
  expect(read("audit.jsonl")).toEqual(all);
  expect(await look(made.id)).toMatchObject({ state: "active", position: all.length, behind: 0, missed: 0 });
  await plane.stop();
  await restart(plane.directory, plane.ready.orgId, ["file"]);
  await act();
  const more = await listEvents();
  await until("the new row", () => read("audit.jsonl").length === more.length);
  expect(read("audit.jsonl").map(({ seq }) => seq)).toEqual(more.map(({ seq }) => seq));
});

test("another sink goes on where the one before ended; what is disabled waits, and nothing is lost", async () => {
  await start("file");
  const { audit_export: made } = await create({ name: "archive", sink: { type: "file", name: "one.jsonl" } });
  await act();
  await until("the first file", () => read("one.jsonl").length === 2);
  await change(made.id, { sink: { type: "file", name: "two.jsonl" } });
  await act();
  await until("the second file", () => read("two.jsonl").length === 2);
  const { audit_export: off } = await change(made.id, { enabled: false });
  expect(off).toMatchObject({ state: "disabled", enabled: false });
  for (const _ of [1, 2, 3]) await act();
  expect(await look(made.id)).toMatchObject({ state: "disabled", position: 4, behind: 4 });
  expect(read("two.jsonl")).toHaveLength(2);
  await change(made.id, { enabled: true });
  await until("what had waited", () => read("two.jsonl").length === 7);
  expect([...read("one.jsonl"), ...read("two.jsonl")].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a deleted export delivers nothing after the answer, even one that waits for its receiver", async () => {
  const receiver = await receive();
  await start("file", `webhook:https://localhost:${receiver.port}`);
  receiver.answer = () => undefined;
  const { audit_export: file } = await create({ name: "file", sink: { type: "file", name: "audit.jsonl" } });
  const sink = { type: "webhook", url: receiver.url, ca_cert: receiver.tls.ca } as const;
  const made = await create({ name: "siem", sink, enabled: false });
  receiver.secret = made.signing_secret ?? "";
  await change(made.audit_export.id, { enabled: true });
  await until("both", () => read("audit.jsonl").length === 3 && receiver.messages.length === 1);
  for (const { id } of [file, made.audit_export]) {
    const { body } = await plane.api.call("DELETE", path(id));
    expect(body).toMatchObject({ audit_export: { id, state: "disabled" } });
  }
  const calls = receiver.calls;
  await act();
  expect([read("audit.jsonl").length, receiver.calls]).toEqual([3, calls]);
  expect((await plane.api.ok(AuditExports, "GET", path())).audit_exports).toEqual([]);
});

test("what the operator does not allow is refused with the entry to add, and fails where the entry is gone after a restart", async () => {
  await start("file");
  const refused = await plane.api.refused("POST", path(), {
    name: "logs",
    sink: { type: "syslog", host: "logs.palisade.test", port: 6514 },
  });
  expect(refused.message).toContain(`--allow-sink ${plane.ready.orgId}=syslog:logs.palisade.test:6514`);
  const { audit_export: made } = await create({ name: "archive", sink: { type: "file", name: "audit.jsonl" } });
  await plane.stop();
  await restart(plane.directory, plane.ready.orgId, []);
  await act();
  const failing = await look(made.id);
  expect(failing).toMatchObject({ state: "failing", since: expect.stringMatching(/^\d{4}-.*Z$/) as string });
  expect(failing.reason).toContain(`${plane.ready.orgId}=file`);
});

test("a webhook's secret is told once and signs what is sent; another host gets another, and no answer or row has either, or the path", async () => {
  const receiver = await receive();
  const other = await receive(receiver.tls);
  await start(...[receiver, other].map(({ port }) => `webhook:https://localhost:${port}`));
  const sink = { type: "webhook", url: `${receiver.url}/marker?token=marker`, ca_cert: receiver.tls.ca } as const;
  const { audit_export: made, signing_secret: first = "" } = await create({ name: "siem", sink, enabled: false });
  receiver.secret = first;
  await change(made.id, { enabled: true });
  await until("signed rows", () => receiver.sequence.length >= 2);
  expect((await look(made.id)).sink).toEqual(sink);
  const same = await change(made.id, { sink: { ...sink, url: receiver.url } });
  expect(same.signing_secret).toBeUndefined();
  const moved = await change(made.id, { sink: { ...sink, url: `${other.url}/marker` }, enabled: false });
  other.secret = moved.signing_secret ?? "";
  await change(made.id, { enabled: true });
  await act();
  await until("rows at the other", () => other.sequence.length > 0);
  await change(made.id, { enabled: false });
  const rotated = await plane.api.ok(AuditExportResponse, "POST", `${path(made.id)}/rotate_secret`);
  const secrets = [first, moved.signing_secret, rotated.signing_secret];
  expect([new Set(secrets).size, secrets.every((secret) => /^whsec_[A-Za-z0-9+/]{43}=$/.test(secret ?? ""))]).toEqual([3, true]);
  const seen = JSON.stringify([await listEvents(), await look(made.id), plane.logged]);
  for (const secret of secrets) expect(seen).not.toContain(secret);
  expect(JSON.stringify([await listEvents(), plane.logged])).not.toContain("marker");
});

test.each([
  [{ sink: { type: "file", name: "../../outside" } }, "sink.name"],
  [{ sink: { type: "webhook", url: "http://siem.palisade.test/" } }, "sink.url"],
  [{ sink: { type: "syslog", host: "a b", port: 1 } }, "sink.host"],
  [{ sink: { type: "syslog", host: "a", port: 6514, ca_cert: "no certificate" } }, "sink.ca_cert"],
  [{ sink: { type: "s3", bucket: "b", region: "eu-central-1/../" } }, "sink.bucket"],
  [{ filter: { types: ["everything"] } }, "filter.types"],
  [{ filter: { minimum_severity: "severe" } }, "filter.minimum_severity"],
])("%j is refused by the name of the field", async (body, field) => {
  await start("file");
  const { status, message } = await plane.api.refused("POST", path(), {
    name: "wrong",
    sink: { type: "file", name: "audit.jsonl" },
    ...body,
  });
  expect([status, message]).toEqual([400, expect.stringContaining(field)]);
});

test("another organisation's exports are not there, for its administrators as for others", async () => {
  await start("file");
  const { audit_export: made } = await create({ name: "archive", sink: { type: "file", name: "audit.jsonl" } });
  const foreign = path(made.id).replace(plane.ready.orgId, "org-no-such-00000000");
  for (const method of ["GET", "PATCH", "DELETE"])
    expect((await plane.api.refused(method, foreign, method === "GET" ? undefined : {})).status).toBe(404);
});
