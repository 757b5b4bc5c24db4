import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SinkConfiguration } from "../../../../control-plane/audit/export/configuration.js";
import { RESEND_WINDOW_BYTES } from "../../../../control-plane/audit/export/sinks/syslog.js";
import { ensureRsyslog, Rsyslog } from "../../../support/counterparts/rsyslog.js";
import { ORG } from "../../../support/auditRows.js";
import { ExporterRuns, type RunOptions } from "../../../support/exporterRuns.js";
import { until } from "../../../support/until.js";
import { createLocalCertificate, WEBHOOK_SECRET, WebhookReceiver } from "../../../support/webhookReceiver.js";

/** The exporter is killed, and the receiver, in the middle of 20,000 rows: none is lost, their order is kept, what comes twice lies in the window. */
const ROWS = 20_000;
const PADDING = 600;
/** Of one row as a frame of syslog, at least. */
const ROW_BYTES = PADDING + 300;
jest.setTimeout(120_000);

let folder: string;
let started: ExporterRuns[];
beforeEach(() => {
  [folder, started] = [mkdtempSync(join(tmpdir(), "palisade-kills-")), []];
});
afterEach(async () => {
  for (const runs of started) await runs.kill();
});

function prepare(sink: SinkConfiguration, allows: string, over: Partial<RunOptions> = {}): ExporterRuns {
  const runs = new ExporterRuns(folder, { sink, allows, rows: ROWS, padding: PADDING, ...over });
  started.push(runs);
  return runs;
}

/**
 * Every row is there, and never a later one before it: what comes again comes from one row on, in order.
 * @returns how many came twice
 */
function countDuplicates(seqs: readonly number[]): number {
  const seen = new Set<number>();
  let highest = 0;
  for (const seq of seqs) {
    if (seq > highest + 1) throw new Error(`row ${seq} came after ${highest}`);
    highest = Math.max(highest, seq);
    seen.add(seq);
  }
  expect([seen.size, highest]).toEqual([ROWS, ROWS]);
  return seqs.length - seen.size;
}

it("a file has each row once, whenever the exporter is killed", async () => {
  await prepare({ type: "file", name: "audit.jsonl" }, "file").runWithKills([1, 4_000, 9_000, 15_000]);
  const lines = readFileSync(join(folder, "exports", ORG, "audit.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(Array.from({ length: ROWS }, (_, at) => at + 1));
});

it("a webhook that is slow, fails and is killed gets each row; twice at most one batch for each kill and each failure", async () => {
  let receiver = await WebhookReceiver.start();
  const { tls, port } = receiver;
  const taken: number[] = [];
  let [calls, again] = [0, 0];
  const serve = () => {
    receiver.answer = (response, { body }) => {
      calls++;
      // Some are taken, and the answer is lost; some are refused; some take their time.
      taken.push(...body.data.events.map(({ seq }) => seq));
      if (calls % 10 === 3) {
        again++;
        response.socket?.destroy();
      } else if (calls % 10 === 6) {
        again++;
        response.writeHead(503).end();
      } else setTimeout(() => response.writeHead(204).end(), calls % 5 === 1 ? 100 : 0);
    };
  };
  serve();
  const sink = { type: "webhook", url: receiver.url, secret: WEBHOOK_SECRET, ca_cert: tls.ca } as const;
  const runs = prepare(sink, `webhook:${sink.url}`);
  runs.start();
  await runs.reach(3_000);
  await runs.kill();
  runs.start();
  await runs.reach(8_000);
  await receiver.stop();
  receiver = await WebhookReceiver.start(tls, port);
  serve();
  await runs.reach(ROWS);
  await runs.kill("SIGTERM");
  await receiver.stop();
  const mostRows = Math.ceil(262_144 / ROW_BYTES) + 1;
  expect(countDuplicates(taken)).toBeLessThanOrEqual((again + 2) * mostRows);
});

const rsyslog = ensureRsyslog();
const withRsyslog = "path" in rsyslog ? it : it.skip;
const why = "missing" in rsyslog ? ` (${rsyslog.missing})` : "";

withRsyslog(`a real rsyslog that is killed, and an exporter that is, lose no row; twice comes what the window holds${why}`, async () => {
  const root = "path" in rsyslog ? rsyslog.path : "";
  const port = await findFreePort();
  const tls = await createLocalCertificate();
  const receiver = new Rsyslog(root, join(folder, "rsyslog"), port, tls);
  await receiver.start();
  const sink = { type: "syslog", host: "localhost", port, ca_cert: tls.ca } as const;
  const runs = prepare(sink, `syslog:localhost:${port}`);
  runs.start();
  await runs.reach(5_000);
  await receiver.kill();
  await receiver.start();
  await runs.reach(10_000);
  // Both at once.
  await Promise.all([runs.kill(), receiver.kill()]);
  await receiver.start();
  runs.start();
  await runs.reach(ROWS);
  await runs.kill("SIGTERM");
  const read = () => (existsSync(receiver.output) ? readFileSync(receiver.output, "utf8").trimEnd().split("\n") : []);
  await until("the last row at the receiver", () => read().at(-1)?.includes(`"seq":${ROWS},`) === true);
  const lines = read();
  await receiver.kill();
  expect(lines[0]).toMatch(/^110 palisade connection \[meta sequenceId="1"\] \| .*\{"version":1,.*"role":"zwölf\\n"/);
  // The line that was being written when the receiver was killed is torn; what it was to be came again.
  const whole = lines.flatMap((line) => /^110 palisade connection \[meta sequenceId="(\d+)"\].*\}$/.exec(line)?.[1] ?? []).map(Number);
  expect(lines.length - whole.length).toBeLessThanOrEqual(2);
  const mostRows = Math.ceil(RESEND_WINDOW_BYTES / ROW_BYTES) + Math.ceil(1_048_576 / ROW_BYTES);
  expect(countDuplicates(whole)).toBeLessThanOrEqual(2 * mostRows);
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
