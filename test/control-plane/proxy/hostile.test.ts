import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { encodeInt32 } from "../../../contract/values.js";
import { computeVerifier } from "../../../control-plane/passwords/scram.js";
import {
  buildAuthenticationOk,
  buildSaslInitialResponse,
  buildSaslResponse,
  buildStartupPacket,
} from "../../../control-plane/proxy/protocol.js";
import { listFuzzCases } from "../../../bench/fuzzCases.js";
import { until } from "../../support/until.js";
import { DOMAIN, openDoor, type TestDoor } from "./door.js";
import { SSL_REQUEST, Wire } from "./wire.js";

/** Short, so that the tests of slowness are quick; the default of both is 15 seconds. */
const DEADLINE_MS = 400;
const SNI = { servername: `ep-open.${DOMAIN}` };

/** Stands where Postgres would, and counts who comes. */
const compute = { connections: 0, bytes: 0, hangsUp: true };
const tally = new Map<string, number>();
let listener: Server;
let folder: string;
let door: TestDoor;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-hostile-"));
  const socketPath = join(folder, "compute.sock");
  listener = createServer((socket) => {
    compute.connections++;
    socket.on("data", (bytes) => (compute.bytes += bytes.length));
    if (compute.hangsUp) socket.end();
  }).listen(socketPath);
  await once(listener, "listening");
  const plenty = { perSecond: 1e9, burst: 1e9 };
  door = await openDoor(() => socketPath, {
    limits: {
      handshakeMs: DEADLINE_MS,
      authenticationMs: DEADLINE_MS,
      computeMs: DEADLINE_MS,
      connections: plenty,
      wrongPasswords: plenty,
    },
  });
  door.backend.open("ep-open");
  door.backend.verifiers.set("alice", computeVerifier("right"));
});
beforeEach(() => {
  Object.assign(compute, { connections: 0, bytes: 0, hangsUp: true });
  door.backend.wakes = 0;
  door.backend.entries.length = 0;
});
afterAll(async () => {
  await door.stop();
  listener.close();
  rmSync(folder, { recursive: true, force: true });
  console.log(`thrown at the proxy: ${[...tally].map(([what, count]) => `${count.toLocaleString("en")} ${what}`).join(", ")}`);
});

const note = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

/** Sends it all at once and hangs up; resolves to everything that came back. */
async function thrown(what: string, bytes: Buffer, secure: boolean): Promise<Buffer> {
  note(what);
  const wire = secure ? await Wire.secure(door.port, SNI) : await Wire.open(door.port);
  const back = wire.rest();
  wire.socket.end(bytes);
  return back;
}

/** After any nonsense: nobody was let in, nothing reached Postgres, and the next client is served as ever. */
async function unharmed(): Promise<void> {
  expect(compute).toMatchObject({ connections: 0, bytes: 0 });
  expect(door.backend.wakes).toBe(0);
  const wire = await Wire.secure(door.port, SNI);
  wire.startup({ user: "alice" });
  expect(await wire.prove("wrong")).toBe("ERROR XX000 password authentication failed for user 'alice'");
  wire.destroy();
  expect(door.log.filter(({ event }) => event === "connection-failed")).toEqual([]);
}

describe("nonsense before authentication", () => {
  const login = Buffer.concat([
    buildStartupPacket([
      ["user", "alice"],
      ["database", "app"],
      ["options", "-c a=b"],
    ]),
    buildSaslInitialResponse("SCRAM-SHA-256", "n,,n=,r=abcdefghijkl"),
    buildSaslResponse(`c=biws,r=abcdefghijkl,p=${Buffer.alloc(32).toString("base64")}`),
  ]);
  it.each(listFuzzCases(login).map((kind) => [kind.what, kind] as const))(
    "%s",
    async (what, { secure, inputs, runs }) => {
      await fc.assert(
        fc.asyncProperty(inputs, async (input) => {
          expect((await thrown(what, input, secure)).includes(buildAuthenticationOk())).toBe(false);
        }),
        { numRuns: runs },
      );
      await unharmed();
    },
    30_000,
  );

  it.each([
    ["a length of 0", encodeInt32(0)],
    ["a length of 7", Buffer.concat([encodeInt32(7), randomBytes(3)])],
    ["a length of 10,001", Buffer.concat([encodeInt32(10_001), randomBytes(9_997)])],
    ["a negative length", encodeInt32(-1)],
    ["a length of 2 GB", encodeInt32(0x7fffffff)],
    ["SSLRequest with early data", Buffer.concat([SSL_REQUEST, buildStartupPacket([["user", "alice"]])])],
    ["SSLRequest twice", Buffer.concat([SSL_REQUEST, SSL_REQUEST])],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ])("%s is cut off without a word", async (what, noise) => {
    const back = await thrown("packets of wrong length or order", noise, false);
    expect([what, back.toString()]).toEqual([what, ""]);
    expect(door.backend.last).toMatchObject({ reason: "protocol-violation" });
    await unharmed();
  });

  it("a password message of 100 kB is cut off before it is read", async () => {
    const wire = await Wire.secure(door.port, SNI);
    wire.startup({ user: "alice" });
    await wire.next();
    wire.send(buildSaslInitialResponse("SCRAM-SHA-256", "n".repeat(100_000)));
    expect(await wire.rest()).toHaveLength(0);
    expect(door.backend.last).toMatchObject({ reason: "protocol-violation" });
    await unharmed();
  });

  it("TLS within TLS is cut off", async () => {
    for (const inner of [SSL_REQUEST, Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05])])
      expect(await thrown("upgrades within TLS", inner, true)).toHaveLength(0);
    await unharmed();
  });
});

describe("slowness", () => {
  const begun = async (wire: Wire): Promise<number> => {
    const start = performance.now();
    const back = await wire.rest();
    expect(back).toHaveLength(0);
    return performance.now() - start;
  };
  const inTime = async (milliseconds: number) => {
    expect(milliseconds).toBeGreaterThan(DEADLINE_MS / 4);
    expect(milliseconds).toBeLessThan(DEADLINE_MS * 5);
    await until("the decision", () => door.backend.last?.reason === "timed-out");
    door.backend.entries.length = 0;
  };

  it("silence, a startup packet byte by byte, and a TLS handshake that never ends are cut off by the deadline", async () => {
    await inTime(await begun(await Wire.open(door.port)));
    const dripping = await Wire.open(door.port);
    const packet = buildStartupPacket([["user", "alice"]]);
    let sent = 0;
    const drip = setInterval(() => {
      if (!dripping.socket.destroyed) dripping.send(packet.subarray(sent, ++sent));
    }, 20);
    await inTime(
      await begun(dripping).finally(() => {
        clearInterval(drip);
      }),
    );
    const stuck = await Wire.open(door.port);
    stuck.send(SSL_REQUEST);
    await stuck.take(1);
    stuck.send(Buffer.from("160301020001000100", "hex"));
    await inTime(await begun(stuck));
  });

  it("a password that is never given is waited for no longer", async () => {
    const wire = await Wire.secure(door.port, SNI);
    wire.startup({ user: "alice" });
    await wire.next();
    await inTime(await begun(wire));
    await unharmed();
  });

  it("of the compute: one that accepts and says nothing, and one that hangs up, end in Neon's sentence and in the log", async () => {
    const sentence =
      "ERROR XX000 Control plane request failed: endpoint is temporarily unavailable. Check your quotas and/or contact our support.";
    for (const hangsUp of [false, true]) {
      compute.hangsUp = hangsUp;
      const wire = await Wire.secure(door.port, SNI);
      wire.startup({ user: "alice" });
      expect(await wire.prove("right")).toBe("in");
      expect(await wire.refusal()).toBe(sentence);
      expect(door.backend.last).toMatchObject({ reason: "compute-unavailable" });
      wire.destroy();
    }
    expect(door.log.filter(({ event }) => event === "compute-unavailable")).toHaveLength(2);
    expect(door.backend.leases).toBe(0);
  });

  it("of the plane: a compute that wakes after the deadline is let go at once", async () => {
    let awake: (socketPath: string) => void = () => undefined;
    const slow = await openDoor(() => new Promise((resolve) => (awake = resolve)), { limits: { computeMs: DEADLINE_MS } });
    slow.backend.open("ep-open");
    slow.backend.verifiers.set("alice", computeVerifier("right"));
    const wire = await Wire.secure(slow.port, SNI);
    wire.startup({ user: "alice" });
    expect(await wire.prove("right")).toBe("in");
    expect(await wire.refusal()).toContain("endpoint is temporarily unavailable");
    awake(join(folder, "compute.sock"));
    await until("the lease to end", () => slow.backend.released === 1);
    expect(compute.connections).toBe(0);
    await slow.stop();
  });

  it("of nobody: an access log that cannot be written ends the connection, not the plane", async () => {
    const broken = await openDoor(() => "");
    broken.backend.onDecision = () => {
      throw new Error("disk full");
    };
    const wire = await Wire.open(broken.port);
    wire.startup({ user: "alice" });
    expect(await wire.rest()).toHaveLength(0);
    await until("the log", () => broken.log.some(({ error }) => error === "disk full"));
    await broken.stop();
  });
});

it("10,000 connections opened and dropped at every stage leave nothing behind", async () => {
  const stages: ((wire: Wire) => Promise<unknown> | undefined)[] = [
    () => undefined,
    (wire) => {
      wire.send(Buffer.from([0, 0]));
      return undefined;
    },
    (wire) => {
      wire.send(SSL_REQUEST);
      return wire.take(1);
    },
    async (wire) => {
      wire.send(SSL_REQUEST);
      await wire.take(1);
      wire.send(Buffer.from("1603010200010001", "hex"));
    },
  ];
  const visit = async (at: number) => {
    note("connections dropped");
    if (at % 20 === 0) {
      const secure = await Wire.secure(door.port, SNI);
      secure.startup({ user: "alice" });
      if (at % 40 === 0) await secure.next();
      secure.destroy();
      return;
    }
    const wire = await Wire.open(door.port);
    await stages[at % stages.length]?.(wire);
    wire.destroy();
  };
  const visits = async (count: number) => {
    let at = 0;
    const one = async () => {
      while (at < count) await visit(at++);
    };
    await Promise.all(Array.from({ length: 32 }, one));
    await until("all of them to close", () => openSockets() === 0);
    door.backend.entries.length = 0;
    gc();
    return process.memoryUsage().heapUsed + process.memoryUsage().external;
  };
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  await until("earlier tests to end", () => openSockets() === 0);
  const before = await visits(2_000);
  const after = await visits(8_000);
  console.log(`8,000 connections changed the heap by ${((after - before) / 1e6).toFixed(1)} MB`);
  expect((after - before) / 1e6).toBeLessThan(8);
  expect(openTimers()).toBeLessThan(20);
  expect(compute.connections).toBe(0);
  await unharmed();
}, 60_000);

const kinds = () => process.getActiveResourcesInfo();
const openSockets = () => kinds().filter((kind) => /TCPSocketWrap|TLSWrap/.test(kind)).length;
const openTimers = () => kinds().filter((kind) => kind === "Timeout").length;
