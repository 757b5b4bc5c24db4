import dns from "node:dns";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { parseAddress } from "../../../../contract/addresses.js";
import { isPublicAddress } from "../../../../control-plane/audit/export/sinks/publicAddresses.js";
import { WebhookSink } from "../../../../control-plane/audit/export/sinks/webhook.js";
import { createConnectionRow, encode, ORG } from "../../../support/auditRows.js";
import { NameServer } from "../../../support/nameServer.js";
import { until } from "../../../support/until.js";
import { WEBHOOK_SECRET, WebhookReceiver } from "../../../support/webhookReceiver.js";

const ROWS = [1, 2, 3].map((seq) => encode(createConnectionRow(seq)));
const BATCH = { events: ROWS, through: 3 };
const NEVER = new AbortController().signal;

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(async () => {
  await receiver.stop();
});

async function deliver(
  over: { url?: string; mayBePrivate?: boolean; ca_cert?: string; nameServers?: string[] } = {},
): Promise<WebhookSink> {
  const { url = receiver.url, mayBePrivate = true, ca_cert = receiver.tls.ca, nameServers } = over;
  const sink = new WebhookSink({
    id: "export-1",
    configuration: { type: "webhook", url, secret: WEBHOOK_SECRET, ca_cert },
    organization: ORG,
    mayBePrivate,
    ...(nameServers && { nameServers }),
  });
  try {
    await sink.deliver(BATCH, NEVER);
    return sink;
  } finally {
    await sink.close();
  }
}

describe("a webhook", () => {
  it("is one signed message for a batch, and says up to where", async () => {
    const sink = await deliver();
    expect(sink.confirmed).toBe(3);
    expect(receiver.messages).toEqual([
      {
        id: "export-1-1-3",
        body: {
          type: "audit.events",
          timestamp: ROWS[2]?.at,
          data: { organization: ORG, events: ROWS.map(({ line }) => JSON.parse(line) as object) },
        },
      },
    ]);
  });

  it.each([300, 301, 302, 400, 401, 410, 429, 500, 503])("is not delivered with status %i, and follows no redirect", async (status) => {
    receiver.answer = (response) => response.writeHead(status, { location: receiver.url }).end("a text of the other side");
    await expect(deliver()).rejects.toThrow(`status ${status}`);
    await expect(deliver()).rejects.not.toThrow("a text of the other side");
    expect(receiver.calls).toBe(2);
  });

  it("reads a bounded answer, and is delivered all the same", async () => {
    receiver.answer = (response) => {
      response.writeHead(200);
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    };
    expect((await deliver()).confirmed).toBe(3);
  });

  it("is not delivered where the connection is cut", async () => {
    receiver.answer = (response) => response.socket?.destroy();
    await expect(deliver()).rejects.toThrow("PAL_EXPORT_FAILED");
  });

  it.each([
    ["changes to another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n"],
    ["answers what is no HTTP", "220 smtp\r\n"],
    ["says hints and nothing more", "HTTP/1.1 103 Early Hints\r\n\r\n", "end"],
    ["cuts the head of its answer", "HTTP/1.1 204 No Con", "end"],
  ])("is not delivered where the receiver %s, and hangs nowhere", async (_, answer, end = "") => {
    receiver.answer = ({ socket }) => {
      socket?.write(answer, () => {
        if (end !== "") socket.destroy();
      });
    };
    const begun = performance.now();
    await expect(deliver()).rejects.toThrow("PAL_EXPORT_FAILED");
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it("ends with the export, where the receiver does not answer", async () => {
    receiver.answer = () => undefined;
    const { url, tls } = receiver;
    const configuration = { type: "webhook", url, secret: WEBHOOK_SECRET, ca_cert: tls.ca } as const;
    const sink = new WebhookSink({ id: "export-1", configuration, organization: ORG, mayBePrivate: true });
    const stopping = new AbortController();
    const delivery = sink.deliver(BATCH, stopping.signal);
    delivery.catch(() => undefined);
    await until("the message", () => receiver.messages.length === 1);
    stopping.abort();
    await expect(delivery).rejects.toThrow("does not answer in time");
    expect(sink.confirmed).toBe(0);
    await sink.close();
  });

  it("says of its address the host alone: the rest may be a secret", async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const url = `${receiver.url}/marker?token=marker`;
    await expect(deliver({ url })).rejects.toThrow(`localhost:${receiver.port}`);
    await expect(deliver({ url })).rejects.not.toThrow("marker");
    await expect(deliver({ url: "https://localhost:1/marker?token=marker", mayBePrivate: false })).rejects.not.toThrow("marker");
  });

  it("does not go to a server with another name or another authority", async () => {
    await expect(deliver({ url: receiver.url.replace("localhost", "localhost.localdomain") })).rejects.toThrow("PAL_EXPORT_FAILED");
    const other = await WebhookReceiver.start();
    await expect(deliver({ ca_cert: other.tls.ca })).rejects.toThrow("PAL_EXPORT_FAILED");
    await other.stop();
    expect(receiver.calls).toBe(0);
  });
});

describe("a webhook that the operator did not allow", () => {
  it.each([
    ...["localhost", "localhost.", "LOCALHOST", "siem.localhost", "siem.localhost.", "127.0.0.1", "127.0.0.1.", "2130706433", "0x7f.1"],
    ...[
      "0177.0.0.1",
      "127.1",
      "0",
      "[::]",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[64:ff9b::7f00:1]",
      "[2002:7f00:1::]",
      "１２７.0.0.1",
      "ⓛocalhost",
    ],
  ])("does not get to this machine by %s, not even to its port", async (host) => {
    let connections = 0;
    const listener = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((ready) => listener.listen(0, "localhost", ready));
    const url = `https://${host}:${(listener.address() as AddressInfo).port}/in`;
    await expect(deliver({ url, mayBePrivate: false })).rejects.toThrow("not public");
    expect(connections).toBe(0);
    await new Promise((closed) => listener.close(closed));
  });

  it("does not get in by a name with a public and a private address, nor by one that changes between two looks", async () => {
    for (const addresses of [["93.184.215.14", "127.0.0.1"], ["127.0.0.1"], []]) {
      // The name is looked up once, where the connection is made: there is no earlier look that could have another answer.
      const names = await NameServer.start(() => addresses);
      const url = "https://rebinding.example.com/in";
      await expect(deliver({ url, mayBePrivate: false, nameServers: [names.address] })).rejects.toThrow(
        addresses.length > 0 ? "not public" : "ENODATA",
      );
      expect(names.asked.sort()).toEqual(["rebinding.example.com 4", "rebinding.example.com 6"]);
      await names.stop();
    }
    expect(receiver.calls).toBe(0);
  });

  it("holds up nothing else while its name server does not answer, and fails in time", async () => {
    const names = await NameServer.start(() => "nothing");
    const begun = performance.now();
    // More at once than the process has threads for files and for names by getaddrinfo.
    const deliveries = Array.from({ length: 12 }, (_, at) =>
      deliver({ url: `https://slow-${at}.example.com/in`, mayBePrivate: false, nameServers: [names.address] }),
    );
    const failures = Promise.allSettled(deliveries);
    await until("a question for each", () => new Set(names.asked.map((asked) => asked.split(" ")[0])).size === 12);
    const asked = performance.now();
    for (let times = 0; times < 20; times++) await readFile(__filename);
    await dns.promises.lookup("localhost");
    expect(performance.now() - asked).toBeLessThan(1_000);
    for (const failure of await failures)
      expect(failure).toMatchObject({
        status: "rejected",
        reason: { message: expect.stringContaining("no name server answers in time") as string },
      });
    expect(performance.now() - begun).toBeLessThan(12_000);
    await names.stop();
  });
});

describe("public addresses", () => {
  it.each([
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "2002:808:808::1",
  ])("%s is one", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ...[
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "127.0.0.1",
      "169.254.169.254",
      "168.63.129.16",
      "172.16.0.1",
      "172.31.255.255",
      "192.0.0.192",
    ],
    ...[
      "192.168.1.1",
      "198.18.0.1",
      "224.0.0.1",
      "239.1.1.1",
      "240.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "fe80::1",
      "fe80::1%eth0",
      "fc00::1",
    ],
    ...["fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe"],
    ...[
      "64:ff9b:1::808:808",
      "2002:a00:1::1",
      "2002:7f00:1::",
      "2001:0:808:808::1",
      "2001:db8::1",
      "fec0::1",
      "100::1",
      "4000::1",
      "",
      "localhost",
    ],
  ])("%s is none", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it("are told alike however an address is written", () => {
    expect(parseAddress("::ffff:8.8.8.8")).toEqual(parseAddress("8.8.8.8"));
    expect(isPublicAddress("::ffff:8.8.8.8")).toBe(true);
  });
});
