import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseAllowedSink } from "@palisade/neon/contract/auditSinks";
import { type AuditExportCreateRequest, AuditExportResponse, type AuditExportSink } from "@palisade/neon/contract/wire/auditExport";
import { RESEND_WINDOW_BYTES } from "../../../../control-plane/audit/export/sinks/syslog.js";
import { Store } from "../../../../control-plane/store/store.js";
import { ensureRsyslog, Rsyslog } from "../../../support/counterparts/rsyslog.js";
import { buildPlane, endPlanes, planeDirectory, type PlaneProcess, startPlaneProcess } from "../../../support/plane.js";
import { until } from "../../../support/until.js";
import { createLocalCertificate, WebhookReceiver } from "../../../support/webhookReceiver.js";
import { createConnection } from "../scene.js";

/** A whole plane is killed in the middle of 20,000 rows, with exports to several sinks at once, of which some fail and some are slow. */
const ROWS = 20_000;
const PADDING = 600;
/** Of one row of JSON, at least. */
const ROW_BYTES = PADDING + 300;
jest.setTimeout(180_000);

const receivers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await endPlanes();
  for (const receiver of receivers.splice(0)) await receiver.stop();
});
beforeAll(buildPlane, 120_000);

/** A plane with exports, which begin with 20,000 rows that are there already. */
class Scene {
  private readonly directory = planeDirectory();
  private allows: string[] = [];
  org = "";
  plane!: PlaneProcess;

  static async open(sinks: readonly { sink: AuditExportSink; allows: string }[]) {
    const scene = new Scene();
    scene.plane = await startPlaneProcess({ dataDirectory: scene.directory });
    scene.org = scene.plane.ready.orgId;
    scene.allows = sinks.map(({ allows }) => `${scene.org}=${allows}`);
    await scene.plane.end("SIGTERM");
    await scene.start();
    const made = [];
    for (const [at, { sink }] of sinks.entries()) {
      const body: AuditExportCreateRequest = { name: `export ${at}`, sink, enabled: false, filter: { types: ["connection"] } };
      made.push(await scene.plane.api.ok(AuditExportResponse, "POST", scene.path(), body));
    }
    for (const { audit_export } of made)
      await scene.plane.api.ok(AuditExportResponse, "PATCH", scene.path(audit_export.id), { enabled: true });
    await scene.plane.end("SIGTERM");
    scene.fill();
    return { scene, made };
  }

  path = (id = "") => `/x-palisade/organizations/${this.org}/audit_exports${id && `/${id}`}`;

  async start(): Promise<void> {
    const allowedSinks = this.allows.map(parseAllowedSink);
    this.plane = await startPlaneProcess({ dataDirectory: this.directory, allowedSinks });
  }

  async look(id: string) {
    return (await this.plane.api.ok(AuditExportResponse, "GET", this.path(id))).audit_export;
  }

  /** Resolves when the export has delivered that many of the rows. */
  async reach(id: string, rows: number): Promise<void> {
    await until(`row ${rows}`, async () => (await this.look(id)).position >= rows, 120_000);
  }

  readFile(name: string): number[] {
    const file = join(this.directory, "exports", this.org, name);
    return existsSync(file) ? readNumbers(readFileSync(file, "utf8")) : [];
  }

  /** Rows as the proxy makes them, numbered in their `database`: those of calls are of other types. */
  private fill(): void {
    const store = new Store(join(this.directory, "plane.db"));
    for (let number = 1; number <= ROWS;)
      store.writeAudit((chain) => {
        for (let row = 0; row < 1_000; row++)
          chain.append(this.org, { ...createConnection("app"), database: `${number++} ${"x".repeat(PADDING)}` } as never);
      });
    store.close();
  }
}

/** Numbers of the rows in a text, in its order. */
const readNumbers = (text: string): number[] => [...text.matchAll(/"database":"(\d{1,6}) x/g)].map(([, number]) => Number(number));

/** Every row is there, and never a later one before it. @returns how many came twice */
function countDuplicates(numbers: readonly number[]): number {
  const seen = new Set<number>();
  let highest = 0;
  for (const number of numbers) {
    if (number > highest + 1) throw new Error(`row ${number} came after ${highest}`);
    highest = Math.max(highest, number);
    seen.add(number);
  }
  expect([seen.size, highest]).toEqual([ROWS, ROWS]);
  return numbers.length - seen.size;
}

it("a file has each row once, and a webhook that is slow and fails each at least once, though the plane is killed", async () => {
  const receiver = await WebhookReceiver.start();
  receivers.push(receiver);
  const taken: number[] = [];
  let [calls, again] = [0, 0];
  receiver.answer = (response, { body }) => {
    calls++;
    taken.push(...readNumbers(JSON.stringify(body)));
    // Some are taken, and the answer is lost; some are refused; some take their time.
    if (calls % 10 === 3 || calls % 10 === 6) {
      again++;
      if (calls % 10 === 3) response.socket?.destroy();
      else response.writeHead(503).end();
    } else setTimeout(() => response.writeHead(204).end(), calls % 5 === 1 ? 100 : 0);
  };
  const { scene, made } = await Scene.open([
    { sink: { type: "file", name: "audit.jsonl" }, allows: "file" },
    { sink: { type: "webhook", url: receiver.url, ca_cert: receiver.tls.ca }, allows: `webhook:https://localhost:${receiver.port}` },
  ]);
  const [file, webhook] = made;
  receiver.secret = webhook?.signing_secret ?? "";
  const [fileId, webhookId] = [file?.audit_export.id ?? "", webhook?.audit_export.id ?? ""];
  const KILLS = [2_000, 7_000];
  for (const place of KILLS) {
    await scene.start();
    await scene.reach(webhookId, place);
    await scene.plane.end("SIGKILL");
  }
  await scene.start();
  await scene.reach(fileId, ROWS);
  await scene.reach(webhookId, ROWS);
  await until("the last rows", () => taken.includes(ROWS) && scene.readFile("audit.jsonl").at(-1) === ROWS);
  expect(await scene.look(webhookId)).toMatchObject({ missed: 0 });
  expect(await scene.plane.end("SIGTERM")).toBe(0);
  expect(countDuplicates(scene.readFile("audit.jsonl"))).toBe(0);
  const rowsOfBatch = Math.ceil(262_144 / ROW_BYTES) + 1;
  expect(countDuplicates(taken)).toBeLessThanOrEqual((again + KILLS.length) * rowsOfBatch);
});

const rsyslog = ensureRsyslog();
const withRsyslog = "path" in rsyslog ? it : it.skip;
const why = "missing" in rsyslog ? ` (${rsyslog.missing})` : "";

withRsyslog(`a real rsyslog gets each row, twice what the window holds, though the plane is killed${why}`, async () => {
  const port = await findFreePort();
  const tls = await createLocalCertificate();
  const receiver = new Rsyslog("path" in rsyslog ? rsyslog.path : "", join(planeDirectory(), "rsyslog"), port, tls);
  await receiver.start();
  receivers.push({ stop: () => receiver.kill() });
  const { scene, made } = await Scene.open([
    { sink: { type: "syslog", host: "localhost", port, ca_cert: tls.ca }, allows: `syslog:localhost:${port}` },
  ]);
  const id = made[0]?.audit_export.id ?? "";
  for (const place of [3_000, 15_000]) {
    await scene.start();
    await scene.reach(id, place);
    await scene.plane.end("SIGKILL");
  }
  await scene.start();
  await scene.reach(id, ROWS);
  expect(await scene.plane.end("SIGTERM")).toBe(0);
  const read = () => (existsSync(receiver.output) ? readNumbers(readFileSync(receiver.output, "utf8")) : []);
  await until("the last row at the receiver", () => read().at(-1) === ROWS, 30_000);
  const rowsOfWindow = Math.ceil(RESEND_WINDOW_BYTES / ROW_BYTES) + Math.ceil(1_048_576 / ROW_BYTES);
  expect(countDuplicates(read())).toBeLessThanOrEqual(2 * rowsOfWindow);
});

it("a plane stops in time and with its positions though no receiver answers", async () => {
  const receiver = await WebhookReceiver.start();
  receivers.push(receiver);
  receiver.answer = () => undefined;
  const sink = { type: "webhook", url: receiver.url, ca_cert: receiver.tls.ca } as const;
  const allows = `webhook:https://localhost:${receiver.port}`;
  const { scene, made } = await Scene.open([
    { sink, allows },
    { sink: { type: "file", name: "audit.jsonl" }, allows: "file" },
  ]);
  receiver.secret = made[0]?.signing_secret ?? "";
  await scene.start();
  await scene.reach(made[1]?.audit_export.id ?? "", ROWS);
  const began = Date.now();
  expect(await scene.plane.end("SIGTERM")).toBe(0);
  expect(Date.now() - began).toBeLessThan(15_000);
  await scene.start();
  expect((await scene.look(made[1]?.audit_export.id ?? "")).position).toBeGreaterThanOrEqual(ROWS);
  expect((await scene.look(made[0]?.audit_export.id ?? "")).position).toBeLessThan(ROWS);
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
