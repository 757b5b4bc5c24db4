import { BackupSchedule } from "@palisade/neon/contract/wire/backupSchedule";
import { SnapshotsResponse } from "@palisade/neon/contract/wire/snapshot";
import type { Kind } from "../../../provider/resources/index.js";
import { type ProviderProcess, startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

const plane = sharedPlane();
let provider: ProviderProcess["hooks"];
let projectId: string;
let branchId: string;

beforeEach(async () => {
  provider = startProviderProcess(plane.ready).hooks;
  const made = await plane.api.project();
  [projectId, branchId] = [made.project.id, made.branch.id];
});

const path = () => `/projects/${projectId}/branches/${branchId}/backup_schedule`;
const live = async () => (await plane.api.ok(BackupSchedule, "GET", path())).schedule;

async function up(kind: Kind, args: Record<string, unknown>) {
  const { inputs, failures } = await provider[kind].check({}, { managedBy: "urn:x", projectId, branchId, ...args });
  expect(failures).toEqual([]);
  return { inputs, ...(await provider[kind].create(inputs)) };
}

/** Lets somebody act right after the first `times` writes of a schedule. @returns what ends it */
function afterEachWrite(times: number, act: () => Promise<unknown>): () => void {
  const real = globalThis.fetch;
  let left = times;
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init);
    const method = input instanceof Request ? input.method : init?.method;
    if (method === "PUT" && left > 0) {
      const before = left - 1;
      left = 0;
      await act();
      left = before;
    }
    return answer;
  };
  return () => (globalThis.fetch = real);
}

describe("the retention of a schedule is a ratchet", () => {
  const NIGHTLY = { frequency: "daily", hour: 3, retentionSeconds: 864_000 };

  it("may rise, and is refused to fall at check unless released", async () => {
    const { inputs } = await up("BackupSchedule", NIGHTLY);
    const checked = (retentionSeconds: number, release?: boolean) =>
      provider.BackupSchedule.check(inputs, { ...inputs, retentionSeconds, ...(release !== undefined && { release }) });
    expect((await checked(900_000)).failures).toEqual([]);
    expect((await checked(3_600)).failures.map(({ property }) => property)).toEqual(["retentionSeconds"]);
    expect((await checked(3_600, true)).failures).toEqual([]);
  });

  it("is not lowered below what somebody else has raised it to", async () => {
    const { id, inputs, outs } = await up("BackupSchedule", NIGHTLY);
    await plane.api.call("PUT", path(), { schedule: [{ frequency: "daily", hour: 3, retention_seconds: 3_024_000 }] });
    const wanted = { ...inputs, hour: 4 };
    await expect(provider.BackupSchedule.update(id, outs, wanted)).rejects.toThrow("PAL_BACKUP_RETENTION");
    expect((await live())[0]).toMatchObject({ hour: 3, retention_seconds: 3_024_000 });
    await provider.BackupSchedule.update(id, outs, { ...wanted, release: true });
    expect((await live())[0]).toMatchObject({ hour: 4, retention_seconds: 864_000 });
  });

  it("does not end by destroying the schedule, until release has been applied", async () => {
    const { id, inputs, outs } = await up("BackupSchedule", NIGHTLY);
    await expect(provider.BackupSchedule.delete(id, outs)).rejects.toThrow("PAL_BACKUP_RETENTION");
    expect(await live()).toHaveLength(1);
    const released = await provider.BackupSchedule.update(id, outs, { ...inputs, release: true });
    await provider.BackupSchedule.delete(id, released.outs);
    expect(await live()).toEqual([]);
  });

  it("stays as long as Neon allows when the program is silent", async () => {
    await up("BackupSchedule", { frequency: "weekly", day: 7 });
    expect(await live()).toEqual([{ frequency: "weekly", day: 7, hour: 0, retention_seconds: 3_024_000 }]);
  });

  it("a schedule that is there is not taken unasked, and its other entries stay", async () => {
    const monthly = { frequency: "monthly", day: 1, hour: 0, retention_seconds: 3_024_000 };
    await plane.api.call("PUT", path(), { schedule: [monthly, { frequency: "daily", hour: 3, retention_seconds: 864_000 }] });
    await expect(up("BackupSchedule", NIGHTLY)).rejects.toThrow("PAL_NAME_HELD");
    const { id, inputs, outs } = await up("BackupSchedule", { ...NIGHTLY, adopt: `${projectId}/${branchId}` });
    await provider.BackupSchedule.update(id, outs, { ...inputs, hour: 5 });
    expect((await live()).map(({ frequency, hour }) => [frequency, hour])).toEqual([
      ["monthly", 0],
      ["daily", 5],
    ]);
  });

  it("is written again when somebody writes the list in between, and theirs stays", async () => {
    const weekly = { frequency: "weekly", day: 1, hour: 0, retention_seconds: 3_024_000 };
    const { id, inputs, outs } = await up("BackupSchedule", { ...NIGHTLY, release: true });
    const restore = afterEachWrite(1, () => plane.api.call("PUT", path(), { schedule: [weekly] }));
    try {
      await provider.BackupSchedule.update(id, outs, { ...inputs, hour: 5 });
    } finally {
      restore();
    }
    expect((await live()).map(({ frequency, hour }) => [frequency, hour])).toEqual([
      ["weekly", 0],
      ["daily", 5],
    ]);
  });

  it("is given up with an error, when somebody takes it out each time", async () => {
    const { id, inputs, outs } = await up("BackupSchedule", NIGHTLY);
    const restore = afterEachWrite(Infinity, () => plane.api.call("PUT", path(), { schedule: [] }));
    try {
      await expect(provider.BackupSchedule.update(id, outs, { ...inputs, hour: 5 })).rejects.toThrow("PAL_LOST_UPDATE");
    } finally {
      restore();
    }
  });

  it("is not somebody else's entry, once its own was taken away", async () => {
    const { id, inputs, outs } = await up("BackupSchedule", { ...NIGHTLY, release: true });
    const weekly = { frequency: "weekly", day: 1, hour: 0, retention_seconds: 3_024_000 };
    await plane.api.call("PUT", path(), { schedule: [weekly] });
    await provider.BackupSchedule.delete(id, outs);
    expect(await live()).toEqual([weekly]);
    await plane.api.call("PUT", path(), { schedule: [weekly, { ...weekly, frequency: "monthly" }] });
    expect(await provider.BackupSchedule.read(id, outs)).toEqual({ id: "", props: {} });
    await expect(provider.BackupSchedule.update(id, outs, { ...inputs, hour: 5 })).rejects.toThrow("PAL_");
    expect(await live()).toHaveLength(2);
  });
});

describe("a snapshot", () => {
  const snapshots = async () => (await plane.api.ok(SnapshotsResponse, "GET", `/projects/${projectId}/snapshots`)).snapshots;

  it("carries its mark in the slug, and its name is the user's", async () => {
    const { id, outs } = await up("Snapshot", { name: "before" });
    const [found] = await snapshots();
    expect(found).toMatchObject({ name: "before", slug: expect.stringMatching(/^pal-[0-9a-f]{10}-/) as string });
    expect(id).toBe(`${projectId}/${found?.id ?? ""}`);
    expect(outs).toMatchObject({ createdAt: found?.created_at });
  });

  it("of a past moment says nothing else afterwards, and cannot be changed to another", async () => {
    const timestamp = new Date().toISOString();
    const { id, inputs, outs } = await up("Snapshot", { name: "past", from: { timestamp } });
    expect((await provider.Snapshot.read(id, outs)).inputs).toMatchObject({ from: { timestamp } });
    const moved = await provider.Snapshot.check(inputs, { ...inputs, from: { lsn: "0/1DE2850" } });
    const refused = moved.failures.length > 0 ? moved.failures : await provider.Snapshot.diff(id, outs, moved.inputs).catch(String);
    expect(JSON.stringify(refused)).toMatch(/from/);
  });

  it("that expired is gone after a refresh", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id, outs } = await up("Snapshot", { name: "brief", expiresAt });
    await plane.api.call("DELETE", `/projects/${projectId}/snapshots/${id.split("/")[1] ?? ""}`);
    expect(await provider.Snapshot.read(id, outs)).toEqual({ id: "", props: {} });
  });
});
