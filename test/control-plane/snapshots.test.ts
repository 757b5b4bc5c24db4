import { BackupSchedule } from "@palisade/neon/contract/wire/backupSchedule";
import { BranchesPage, BranchResponse, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { OperationResponse, Operations } from "@palisade/neon/contract/wire/common";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { CreatedSnapshot, RestoredSnapshot, SnapshotResponse, SnapshotsResponse } from "@palisade/neon/contract/wire/snapshot";
import { findNextSnapshotTime } from "../../control-plane/domain/snapshots.js";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";

const { api } = sharedPlane();

const DAY = 86_400;
const advance = (advanceSeconds: number) => api.call("POST", "/x-palisade/test/clock", { advanceSeconds });
const snapshots = async (project: string) => (await api.ok(SnapshotsResponse, "GET", `/projects/${project}/snapshots`)).snapshots;
const branches = async (project: string) => (await api.ok(BranchesPage, "GET", `/projects/${project}/branches`)).branches;

async function taken(query = "") {
  const { project, branch, endpoints } = await api.project();
  const at = `/projects/${project.id}`;
  const made = await api.ok(CreatedSnapshot, "POST", `${at}/branches/${branch.id}/snapshot${query}`);
  await api.settled(project.id);
  return { project, branch, endpoints, at, ...made };
}

test("a snapshot is made by query string, listed, renamed and deleted", async () => {
  const { branch, project, at, snapshot, operations } = await taken("?name=before&slug=one&expires_at=2100-01-01T00:00:00Z");
  expect(snapshot).toMatchObject({
    name: "before",
    slug: "one",
    source_branch_id: branch.id,
    manual: true,
    expires_at: "2100-01-01T00:00:00Z",
  });
  expect(operations.map(({ action }) => action)).toEqual(["create_branch"]);
  const path = `${at}/snapshots/${snapshot.id}`;
  const changed = await api.ok(SnapshotResponse, "PATCH", path, { snapshot: { name: "after", expires_at: null } });
  expect(changed.snapshot).toMatchObject({ name: "after" });
  expect(changed.snapshot.expires_at).toBeUndefined();
  expect(await snapshots(project.id)).toEqual([changed.snapshot]);
  const gone = await api.call("DELETE", path);
  expect([gone.status, Operations.parse(gone.body).operations.length]).toEqual([202, 1]);
  expect(await snapshots(project.id)).toEqual([]);
});

test("an answer tells nothing that only the plane knows", async () => {
  const { at } = await taken();
  const { body } = await api.call("GET", `${at}/snapshots`);
  expect(JSON.stringify(body)).not.toMatch(/is_past|project_id/);
});

test("a restore makes a root branch that is deletable, and names where it comes from", async () => {
  const { at, branch, snapshot, project } = await taken();
  const restored = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, { name: "look" });
  expect(restored.branch).toMatchObject({ name: "look", restore_status: "restored", restored_from: snapshot.id, restored_as: branch.id });
  expect([restored.branch.parent_id, restored.branch.default, restored.endpoints]).toEqual([undefined, false, undefined]);
  await api.settled(project.id);
  expect((await api.call("DELETE", `${at}/branches/${restored.branch.id}`)).status).toBe(200);
});

test("finalizing moves name, default, protection, computes and the passwords in use; the replaced branch can go", async () => {
  const { at, branch, endpoints, snapshot, project } = await taken();
  await api.ok(BranchResponse.partial(), "PATCH", `${at}/branches/${branch.id}`, { branch: { protected: true } });
  const { branch: restored } = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, {});
  await api.settled(project.id);
  const password = async (id: string) => (await api.call("GET", `${at}/branches/${id}/roles/neondb_owner/reveal_password`)).body;
  const used = await password(branch.id);
  expect(await password(restored.id)).not.toEqual(used);

  const schedule = [{ frequency: "daily", retention_seconds: DAY }];
  await api.call("PUT", `${at}/branches/${branch.id}/backup_schedule`, { schedule });
  const { operations } = await api.ok(Operations, "POST", `${at}/branches/${restored.id}/finalize_restore`, {});
  expect(operations.map(({ action }) => action)).toEqual(["suspend_compute", "start_compute"]);
  await api.settled(project.id);
  expect(await api.ok(BackupSchedule, "GET", `${at}/branches/${restored.id}/backup_schedule`)).toEqual({ schedule });
  expect(await api.ok(BackupSchedule, "GET", `${at}/branches/${branch.id}/backup_schedule`)).toEqual({ schedule: [] });
  const found = await branches(project.id);
  const current = found.find(({ id }) => id === restored.id);
  expect(current).toMatchObject({ name: branch.name, default: true, protected: true, restore_status: "finalized" });
  expect(current?.restricted_actions?.length).toBe(2);
  const old = found.find(({ id }) => id === branch.id);
  expect(old).toMatchObject({ name: `${branch.name} (old)`, default: false, protected: true });
  const { endpoints: now } = await api.ok(EndpointsResponse, "GET", `${at}/endpoints`);
  expect(now.map(({ id, host, branch_id }) => [id, host, branch_id])).toEqual([[endpoints[0]?.id, endpoints[0]?.host, restored.id]]);
  expect(now[0]).toMatchObject({ current_state: "active" });
  expect(await password(restored.id)).toEqual(used);

  expect((await api.refused("POST", `${at}/branches/${restored.id}/finalize_restore`, {})).message).toContain(restored.id);
  await api.call("PATCH", `${at}/branches/${branch.id}`, { branch: { protected: false } });
  expect((await api.call("DELETE", `${at}/branches/${branch.id}`)).status).toBe(200);
});

test("a restore in one step answers the branch as it is afterwards, and a second one numbers the replaced branch", async () => {
  const { at, branch, endpoints, snapshot, project } = await taken();
  const first = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, { finalize_restore: true });
  expect(first.branch).toMatchObject({ name: branch.name, default: true, restore_status: "finalized" });
  expect(first.endpoints?.map(({ id }) => id)).toEqual([endpoints[0]?.id]);
  await api.settled(project.id);
  const target_branch_id = first.branch.id;
  await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, { target_branch_id, finalize_restore: true });
  await api.settled(project.id);
  expect((await branches(project.id)).map(({ name }) => name).sort()).toEqual(
    [branch.name, `${branch.name} (old 2)`, `${branch.name} (old)`].sort(),
  );
});

test("the computes of a look go to the replaced branch: no host disappears", async () => {
  const { at, branch, endpoints, snapshot, project } = await taken();
  const { branch: restored } = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, {});
  await api.settled(project.id);
  await api.call("POST", `${at}/endpoints`, { endpoint: { branch_id: restored.id, type: "read_write" } });
  await api.settled(project.id);
  await api.call("POST", `${at}/branches/${restored.id}/finalize_restore`, { name: "kept" });
  await api.settled(project.id);
  const { endpoints: now } = await api.ok(EndpointsResponse, "GET", `${at}/endpoints`);
  expect(new Map(now.map(({ id, branch_id }) => [id, branch_id])).get(endpoints[0]?.id ?? "")).toBe(restored.id);
  expect(now.map(({ branch_id }) => branch_id).sort()).toEqual([branch.id, restored.id].sort());
  expect((await branches(project.id)).find(({ id }) => id === branch.id)?.name).toBe("kept");
});

test("a snapshot outlives its branch and ends at its expiry", async () => {
  const soon = new Date(Date.now() + 400 * DAY * 1_000).toISOString();
  const { project } = await taken(`?expires_at=${soon}`);
  await advance(401 * DAY);
  await until("the snapshot expires", async () => (await snapshots(project.id)).length === 0);
});

test("a schedule makes a snapshot when its hour has come, and lets it go when its retention is over", async () => {
  const { project, branch } = await api.project();
  const path = `/projects/${project.id}/branches/${branch.id}/backup_schedule`;
  expect(await api.ok(BackupSchedule, "GET", path)).toEqual({ schedule: [] });
  const schedule = [{ frequency: "daily", hour: 3, retention_seconds: 2 * DAY }];
  expect((await api.call("PUT", path, { schedule })).body).toEqual({});
  expect(await api.ok(BackupSchedule, "GET", path)).toEqual({ schedule });
  expect(await snapshots(project.id)).toEqual([]);
  await advance(DAY);
  await until("the snapshot is made", async () => (await snapshots(project.id)).length === 1);
  const [made] = await snapshots(project.id);
  expect(made).toMatchObject({ manual: false, source_branch_id: branch.id });
  await advance(2 * DAY + 1);
  await until("it is let go", async () => !(await snapshots(project.id)).some(({ id }) => id === made?.id));
  await api.call("PUT", path, { schedule: [] });
  expect(await api.ok(BackupSchedule, "GET", path)).toEqual({ schedule: [] });
});

test("when a schedule is due: at its hour, on its day, at the end of a month that lacks the day", () => {
  const at = "2026-01-31T12:00:00.000Z";
  expect(findNextSnapshotTime([{ frequency: "daily", hour: 12 }], at)).toBe("2026-02-01T12:00:00.000Z");
  expect(findNextSnapshotTime([{ frequency: "weekly", day: 1, hour: 0 }], at)).toBe("2026-02-02T00:00:00.000Z");
  expect(findNextSnapshotTime([{ frequency: "weekly", day: 7 }], at)).toBe("2026-02-01T00:00:00.000Z");
  expect(findNextSnapshotTime([{ frequency: "monthly", day: 31, hour: 23 }], at)).toBe("2026-01-31T23:00:00.000Z");
  expect(findNextSnapshotTime([{ frequency: "monthly", day: 31 }], at)).toBe("2026-02-28T00:00:00.000Z");
  expect(findNextSnapshotTime([{ frequency: "monthly", day: 31 }, { frequency: "daily" }], at)).toBe("2026-02-01T00:00:00.000Z");
  expect(findNextSnapshotTime([], at)).toBeUndefined();
});

test("a snapshot that cannot be made is not listed, and nothing of it stays", async () => {
  const { project, branch } = await api.project();
  await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_branch", times: 3 });
  const path = `/projects/${project.id}/branches/${branch.id}/snapshot`;
  const { snapshot, operations } = await api.ok(CreatedSnapshot, "POST", path);
  expect((await snapshots(project.id)).map(({ id }) => id)).toEqual([snapshot.id]);
  await api.settled(project.id);
  const { operation } = await api.ok(OperationResponse, "GET", `/projects/${project.id}/operations/${operations[0]?.id ?? ""}`);
  expect([operation.status, await snapshots(project.id)]).toEqual(["failed", []]);
});

test("a restore in one step that cannot be made leaves its target in place, with its computes and backups", async () => {
  const { at, branch, endpoints, snapshot, project } = await taken();
  const schedule = [{ frequency: "daily", retention_seconds: DAY }];
  await api.call("PUT", `${at}/branches/${branch.id}/backup_schedule`, { schedule });
  await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_branch", times: 3 });
  await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, { finalize_restore: true });
  await api.settled(project.id);
  expect((await branches(project.id)).map(({ id, name, default: isDefault }) => [id, name, isDefault])).toEqual([
    [branch.id, branch.name, true],
  ]);
  const { endpoints: now } = await api.ok(EndpointsResponse, "GET", `${at}/endpoints`);
  expect(now.map(({ id, branch_id, current_state }) => [id, branch_id, current_state])).toEqual([[endpoints[0]?.id, branch.id, "idle"]]);
  expect(await api.ok(BackupSchedule, "GET", `${at}/branches/${branch.id}/backup_schedule`)).toEqual({ schedule });
});

test("the passwords of a protected branch do not open a restore made for another one", async () => {
  const { at, branch, snapshot, project } = await taken();
  await api.ok(BranchResponse.partial(), "PATCH", `${at}/branches/${branch.id}`, { branch: { protected: true } });
  const { branch: other } = await api.ok(CreatedBranch, "POST", `${at}/branches`);
  await api.settled(project.id);
  const target = { target_branch_id: other.id };
  const { branch: restored } = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, target);
  await api.settled(project.id);
  const [used, made] = await Promise.all(
    [branch, restored].map(async ({ id }) => (await api.call("GET", `${at}/branches/${id}/roles/neondb_owner/reveal_password`)).body),
  );
  expect(used).toHaveProperty("password");
  expect(made).not.toEqual(used);
});

test("a child branch has neither snapshots nor a schedule", async () => {
  const { project } = await api.project();
  const { branch } = await api.ok(CreatedBranch, "POST", `/projects/${project.id}/branches`);
  await api.settled(project.id);
  const path = `/projects/${project.id}/branches/${branch.id}`;
  expect((await api.refused("POST", `${path}/snapshot`)).status).toBe(422);
  expect((await api.refused("PUT", `${path}/backup_schedule`, { schedule: [{ frequency: "daily" }] })).status).toBe(422);
});

test("what belongs to another project is not found", async () => {
  const mine = await taken();
  const other = await api.project();
  const path = `/projects/${other.project.id}/snapshots/${mine.snapshot.id}`;
  for (const [method, suffix, body] of [
    ["PATCH", "", { snapshot: { name: "x" } }],
    ["DELETE", "", undefined],
    ["POST", "/restore", {}],
  ] as const)
    expect((await api.refused(method, path + suffix, body)).message).toBe("snapshot not found");
  const cross = { target_branch_id: other.branch.id };
  expect((await api.refused("POST", `${mine.at}/snapshots/${mine.snapshot.id}/restore`, cross)).message).toBe("branch not found");
});
