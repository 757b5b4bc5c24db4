import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { RESEND_WINDOW_BYTES } from "../../../../control-plane/audit/export/sinks/syslog.js";
import { ensureRsyslog, Rsyslog } from "../../../support/counterparts/rsyslog.js";
import { buildPlane, endPlanes, planeDirectory } from "../../../support/plane.js";
import { until } from "../../../support/until.js";
import { createLocalCertificate, WebhookReceiver } from "../../../support/webhookReceiver.js";
import { countDuplicates, PlaneScene, readNumbers, ROW_BYTES } from "./planeScene.js";

/** A whole plane is killed in the middle of 20,000 rows, with exports to several sinks at once, of which some fail and some are slow. */
const ROWS = 20_000;
jest.setTimeout(180_000);

const receivers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await endPlanes();
  for (const receiver of receivers.splice(0)) await receiver.stop();
});
beforeAll(buildPlane, 120_000);

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
  const { scene, made } = await PlaneScene.open(
    [
      { sink: { type: "file", name: "audit.jsonl" }, allows: "file" },
      { sink: { type: "webhook", url: receiver.url, ca_cert: receiver.tls.ca }, allows: `webhook:https://localhost:${receiver.port}` },
    ],
    { rows: ROWS },
  );
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
  expect(countDuplicates(scene.readFile("audit.jsonl"), ROWS)).toBe(0);
  const rowsOfBatch = Math.ceil(262_144 / ROW_BYTES) + 1;
  expect(countDuplicates(taken, ROWS)).toBeLessThanOrEqual((again + KILLS.length) * rowsOfBatch);
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
  const { scene, made } = await PlaneScene.open(
    [{ sink: { type: "syslog", host: "localhost", port, ca_cert: tls.ca }, allows: `syslog:localhost:${port}` }],
    { rows: ROWS },
  );
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
  expect(countDuplicates(read(), ROWS)).toBeLessThanOrEqual(2 * rowsOfWindow);
});

it("a plane stops in time and with its positions though no receiver answers", async () => {
  const receiver = await WebhookReceiver.start();
  receivers.push(receiver);
  receiver.answer = () => undefined;
  const sink = { type: "webhook", url: receiver.url, ca_cert: receiver.tls.ca } as const;
  const allows = `webhook:https://localhost:${receiver.port}`;
  const { scene, made } = await PlaneScene.open(
    [
      { sink, allows },
      { sink: { type: "file", name: "audit.jsonl" }, allows: "file" },
    ],
    { rows: ROWS },
  );
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
