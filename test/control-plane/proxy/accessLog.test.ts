import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { ACCESS_LOG_LIMITS, AccessLog, type AccessLogLimits } from "../../../control-plane/proxy/accessLog.js";
import type { AccessLogEntry } from "../../../control-plane/proxy/backend.js";

let folder: string;
let said: PlaneLogLine[];
let now: number;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "palisade-log-")), "log");
  [said, now] = [[], 0];
});
afterEach(() => {
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

const open = (limits: Partial<AccessLogLimits> = {}) =>
  new AccessLog(
    folder,
    (line) => said.push(line),
    { ...ACCESS_LOG_LIMITS, ...limits },
    () => now,
  );
const file = () => join(folder, "access.jsonl");
const lines = () =>
  readFileSync(file(), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const ENTRY: AccessLogEntry = {
  at: "2026-01-02T03:04:05.678Z",
  session: "7d1f",
  clientAddress: "192.0.2.1",
  via: "public",
  endpointId: "ep-1",
  branchId: "br-1",
  projectId: "p-1",
  role: "alice",
  database: "app",
  applicationName: "psql",
  action: "connect",
  decision: "admitted",
};
const REFUSED: AccessLogEntry = { ...ENTRY, decision: "refused", reason: "password-failed" };

describe("the access log", () => {
  it("has a line for each decision and for the end of each session, in a file for its owner alone", async () => {
    const log = open();
    log.logDecision(ENTRY);
    log.logDecision(REFUSED);
    log.logDecision({ ...ENTRY, action: "cancel" });
    log.logEnd({ ...ENTRY, at: "2026-01-02T03:04:06.000Z", durationMs: 322, bytesFromClient: 10, bytesToClient: 2_000 });
    await log.close();
    const who = { session: "7d1f", client_addr: "192.0.2.1", via: "public" };
    const where = { endpoint: "ep-1", branch: "br-1", project: "p-1", role: "alice", database: "app", application_name: "psql" };
    const at = { time: "2026-01-02T03:04:05.678Z", ...who, ...where };
    expect(lines()).toEqual([
      { event: "connect", ...at, decision: "admitted" },
      { event: "connect", ...at, decision: "refused", reason: "password-failed" },
      { event: "cancel", ...at, decision: "admitted" },
      { event: "end", ...at, time: "2026-01-02T03:04:06.000Z", duration_ms: 322, bytes_from_client: 10, bytes_to_client: 2_000 },
    ]);
    expect([statSync(file()).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(said).toEqual([]);
  });

  it("goes on where it ended, on a new line when the last one was cut short", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file(), '{"event":"conn');
    const log = open();
    log.logDecision(ENTRY);
    await log.close();
    const [cut, whole, ...more] = readFileSync(file(), "utf8").split("\n");
    expect([cut, JSON.parse(whole ?? ""), more]).toEqual(['{"event":"conn', expect.objectContaining({ event: "connect" }), [""]]);
  });

  it("is moved aside when it is full, and the oldest file is forgotten", async () => {
    for (let round = 0; round < 9; round++) {
      const log = open({ maxBytes: 400, files: 3 });
      log.logDecision({ ...ENTRY, role: `role${round}` });
      await log.close();
    }
    const roles = (name: string) =>
      readFileSync(join(folder, name), "utf8")
        .match(/role\d/g)
        ?.join();
    expect(readdirSync(folder).sort()).toEqual(["access.jsonl", "access.jsonl.1", "access.jsonl.2"]);
    expect([roles("access.jsonl.2"), roles("access.jsonl.1"), roles("access.jsonl")]).toEqual(["role6", "role7", "role8"]);
  });

  it("keeps names from forging lines, hiding in a terminal, and growing", async () => {
    const log = open();
    const forged = 'x"}\n{"event":"connect","decision":"admitted"}\r\u001b[2J\u009b2J\u2028\u202etxt\u0000\u{e0041}';
    log.logDecision({
      ...REFUSED,
      role: forged,
      database: "d".repeat(9_000),
      endpointId: "ep-\n",
      applicationName: "\ud800",
      via: "vpce\n",
    });
    await log.close();
    const text = readFileSync(file(), "utf8");
    expect(text.split("\n")).toHaveLength(2);
    expect(text).toMatch(/^[\x20-\x7e…]*\n$/);
    expect(lines()).toEqual([expect.objectContaining({ role: forged, endpoint: "ep-\n", via: "vpce\n", database: `${"d".repeat(126)}…` })]);
  });

  it("is not grown by a flood of refusals, which are counted, and keeps the admitted", async () => {
    const log = open({ refusals: { perSecond: 1, burst: 5 }, allRefusals: { perSecond: 1, burst: 12 } });
    for (let at = 0; at < 1_000; at++) log.logDecision({ ...REFUSED, clientAddress: `192.0.2.${at % 250}` });
    for (let at = 0; at < 1_000; at++) log.logDecision({ ...REFUSED, clientAddress: `2001:db8:${at.toString(16)}::1` });
    log.logDecision(ENTRY);
    now += ACCESS_LOG_LIMITS.countMs;
    log.logDecision(ENTRY);
    await log.close();
    const written = lines();
    const counted = written.filter(({ event }) => event === "not-written").map(({ refusals }) => Number(refusals));
    const refused = written.filter(({ decision }) => decision === "refused");
    expect(counted.length).toBeLessThanOrEqual(3);
    expect(refused.length + counted.reduce((sum, count) => sum + count, 0)).toBe(2_000);
    expect(refused.length).toBeLessThanOrEqual(12);
    expect(refused.filter(({ client_addr: address }) => String(address).startsWith("192.")).length).toBeLessThanOrEqual(5);
    expect(written.filter(({ decision }) => decision === "admitted")).toHaveLength(2);
  });

  it("drops what a slow disk cannot take, and counts it", async () => {
    const log = open({ maxWaitingBytes: 1_000 });
    for (let at = 0; at < 50; at++) log.logDecision(ENTRY);
    await log.close();
    const written = lines();
    expect(written.length).toBeLessThan(10);
    const counted = written.reduce((sum, { lines: lost }) => sum + Number(lost ?? 0), 0);
    expect(written.filter(({ event }) => event === "connect").length + counted).toBe(50);
  });

  it("says once that it cannot be written, takes entries all the same, and works again when it can", async () => {
    mkdirSync(join(file(), "in the way"), { recursive: true });
    const log = open();
    const flushed = () => log.close();
    for (let at = 0; at < 3; at++) {
      log.logDecision(ENTRY);
      await flushed();
    }
    expect(said).toEqual([{ level: "error", event: "access-log-failed", error: expect.stringContaining("EISDIR") as string }]);
    rmSync(file(), { recursive: true });
    log.logDecision(ENTRY);
    await flushed();
    expect(lines()).toHaveLength(1);
  });

  (existsSync("/dev/full") ? it : it.skip)("says once that the disk is full", async () => {
    mkdirSync(folder, { recursive: true });
    symlinkSync("/dev/full", file());
    const log = open();
    for (let at = 0; at < 3; at++) {
      log.logDecision(ENTRY);
      await log.close();
    }
    expect(said.map(({ error }) => error)).toEqual([expect.stringContaining("ENOSPC")]);
  });
});
