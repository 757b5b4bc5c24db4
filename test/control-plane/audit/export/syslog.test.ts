import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { SyslogSink } from "../../../../control-plane/audit/export/sinks/syslog.js";
import type { Batch, EncodedEvent } from "../../../../control-plane/audit/export/sinks/sink.js";
import { createConnectionRow, encode } from "../../../support/auditRows.js";
import { until } from "../../../support/until.js";
import { createLocalCertificate } from "../../../support/webhookReceiver.js";

const NEVER = new AbortController().signal;
const batchOf = (first: number, last: number, over: Partial<EncodedEvent> = {}): Batch => ({
  events: Array.from({ length: last - first + 1 }, (_, at) => ({ ...encode(createConnectionRow(first + at)), ...over })),
  through: last,
});

/** Reads RFC 5425 strictly: a length in bytes, a space, so many bytes. What is left is an incomplete frame. */
function parseFrames(received: Buffer): string[] {
  const frames: string[] = [];
  for (let at = 0; at < received.length;) {
    const space = received.indexOf(" ", at);
    const length = Number(received.subarray(at, space).toString());
    if (space < 0 || space + 1 + length > received.length) break;
    if (!Number.isInteger(length)) throw new Error(`no length at ${at}`);
    frames.push(received.subarray(space + 1, space + 1 + length).toString());
    at = space + 1 + length;
  }
  return frames;
}
const seqOf = (frame: string): number => Number(/sequenceId="(\d+)"/.exec(frame)?.[1]);

let tls: Awaited<ReturnType<typeof createLocalCertificate>>;
let server: Server;
let sockets: TLSSocket[];
let received: Buffer[];
let isReading: boolean;
let sinks: SyslogSink[];
beforeAll(async () => {
  tls = await createLocalCertificate();
});
beforeEach(async () => {
  [sockets, received, isReading, sinks] = [[], [], true, []];
  server = createServer(tls, (socket) => {
    const at = sockets.push(socket) - 1;
    received[at] = Buffer.alloc(0);
    socket.on("error", () => undefined);
    if (isReading) socket.on("data", (chunk: Buffer) => (received[at] = Buffer.concat([received[at] ?? Buffer.alloc(0), chunk])));
    else socket.pause();
  });
  server.on("tlsClientError", () => undefined);
  await listen(server);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const sink of sinks) await sink.close();
  await new Promise((closed) => server.close(closed));
});

const listen = async (one: Server): Promise<void> => {
  one.listen(0, "127.0.0.1");
  await once(one, "listening");
};
const portOf = (one: Server): number => (one.address() as AddressInfo).port;

function open(over: { host?: string; port?: number; ca_cert?: string; windowBytes?: number } = {}): SyslogSink {
  const { host = "localhost", port = portOf(server), ca_cert = tls.ca, windowBytes } = over;
  const sink = new SyslogSink({
    configuration: { type: "syslog", host, port, ca_cert },
    ...(windowBytes !== undefined && { windowBytes }),
  });
  sinks.push(sink);
  return sink;
}

describe("syslog", () => {
  it("is one counted frame for each row, with its number, type and severity", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 2), NEVER);
    await sink.deliver(batchOf(3, 3, { severity: "high", type: "anomaly" }), NEVER);
    const frames = await until("three frames", () => {
      const found = parseFrames(received[0] ?? Buffer.alloc(0));
      return found.length === 3 && found;
    });
    const [first, , third] = frames;
    expect(first).toMatch(
      /^<110>1 2026-01-31T09:00:00\.100Z [!-~]+ palisade \d+ connection \[meta sequenceId="1"\] \ufeff\{"version":1,.*zwölf.*\}$/,
    );
    expect(third).toMatch(/^<106>1 .* palisade \d+ anomaly \[meta sequenceId="3"\] \ufeff/);
  });

  it("begins its numbers again where RFC 5424 has no more", async () => {
    await open().deliver(batchOf(2_147_483_647, 2_147_483_648), NEVER);
    const frames = await until("two frames", () => {
      const found = parseFrames(received[0] ?? Buffer.alloc(0));
      return found.length === 2 && found;
    });
    expect(frames.map(seqOf)).toEqual([2_147_483_647, 1]);
  });

  it("confirms what so many bytes were written after, and nothing before", async () => {
    const sink = open({ windowBytes: 5_000 });
    await sink.deliver(batchOf(1, 5), NEVER);
    expect(sink.confirmed).toBe(0);
    await sink.deliver(batchOf(6, 20), NEVER);
    const bytes = parseFrames(received[0] ?? Buffer.alloc(0)).length;
    expect(sink.confirmed).toBeGreaterThan(5);
    expect((20 - sink.confirmed) * 800).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThanOrEqual(20);
  });

  it("sends the window again on the next connection, in order, before what is new", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 50), NEVER);
    await until("the first connection", () => sockets.length === 1);
    sockets[0]?.destroy();
    // A row may still go where nobody is any more; it is kept like the others.
    await until("the end to be noticed", async () => {
      await sink.deliver(batchOf(51, 51), NEVER).catch(() => undefined);
      return sockets.length === 2;
    });
    const seqs = await until("the window", () => {
      const found = parseFrames(received[1] ?? Buffer.alloc(0)).map(seqOf);
      return found.includes(51) && found;
    });
    expect(seqs.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    expect(sink.confirmed).toBe(0);
  });

  it("says at once that a stretch without rows is done, where nothing waits before it", async () => {
    const sink = open();
    await sink.deliver({ events: [], through: 9 }, NEVER);
    expect([sink.confirmed, sockets.length]).toEqual([9, 0]);
    await sink.deliver(batchOf(10, 10), NEVER);
    await sink.deliver({ events: [], through: 12 }, NEVER);
    expect(sink.confirmed).toBe(9);
  });

  it("waits for a receiver that reads nothing, with one batch in hand, and gives up when it is told to", async () => {
    isReading = false;
    const sink = open();
    const stopping = new AbortController();
    const rows = batchOf(1, 200, { line: "x".repeat(200_000) });
    const delivery = sink.deliver(rows, stopping.signal);
    delivery.catch(() => undefined);
    await until("the connection", () => sockets.length === 1);
    stopping.abort();
    await expect(delivery).rejects.toThrow("PAL_EXPORT_FAILED");
    expect(sink.confirmed).toBe(0);
  });

  it("goes to no server of another name, of another authority, or without TLS", async () => {
    const other = await createLocalCertificate(["logs.example.com"]);
    const named = createServer(other, (socket) => socket.on("error", () => undefined).resume()).on("tlsClientError", () => undefined);
    await listen(named);
    await expect(open({ port: portOf(named), ca_cert: other.ca }).deliver(batchOf(1, 1), NEVER)).rejects.toThrow(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
    await expect(open({ ca_cert: other.ca }).deliver(batchOf(1, 1), NEVER)).rejects.toThrow("PAL_EXPORT_FAILED");
    const plain = createTcpServer((socket) =>
      socket
        .on("error", () => undefined)
        .resume()
        .end("hello"),
    );
    await listen(plain);
    await expect(open({ port: portOf(plain) }).deliver(batchOf(1, 1), NEVER)).rejects.toThrow("PAL_EXPORT_FAILED");
    for (const one of [named, plain]) await new Promise((closed) => one.close(closed));
    expect(received.map((one) => one.length).every((length) => length === 0)).toBe(true);
  });
});
