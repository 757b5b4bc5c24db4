import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RestoredSnapshot, CreatedSnapshot } from "@palisade/neon/contract/wire/snapshot";
import { EndpointResponse } from "@palisade/neon/contract/wire/endpoint";
import { buildPlane, planeDirectory, type PlaneProcess, sharedPlane, startPlaneProcess } from "../support/plane.js";
import { postmasters } from "../support/postmasters.js";
import { until } from "../support/until.js";
import { type Login, moment, outcome, project, rows, sql } from "./clients.js";

/** Snapshots hold rows: what is restored is read by clients of Postgres. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });

type Reached = Pick<PlaneProcess, "api" | "ready">;

async function snap({ api }: Reached, id: string, branchId: string, query = ""): Promise<string> {
  const { snapshot } = await api.ok(CreatedSnapshot, "POST", `/projects/${id}/branches/${branchId}/snapshot${query}`);
  await api.settled(id);
  return snapshot.id;
}

/** A look at what the snapshot holds, with a compute of its own. */
async function look({ api }: Reached, id: string, snapshotId: string, owner: Login): Promise<{ branchId: string; login: Login }> {
  const { branch } = await api.ok(RestoredSnapshot, "POST", `/projects/${id}/snapshots/${snapshotId}/restore`, {});
  await api.settled(id);
  const made = await api.ok(EndpointResponse, "POST", `/projects/${id}/endpoints`, {
    endpoint: { branch_id: branch.id, type: "read_write" },
  });
  await api.settled(id);
  return { branchId: branch.id, login: { ...owner, endpointId: made.endpoint.id } };
}

it("of now, and of past moments by time and by place in the log, has the rows of its moment whatever comes later", async () => {
  const { id, branchId, owner } = await project(plane);
  await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  const first = await moment(plane, owner);
  await sql(plane, owner, "INSERT INTO t VALUES (2)");
  const now = await snap(plane, id, branchId);
  await sql(plane, owner, "INSERT INTO t VALUES (3)");
  const byTime = await snap(plane, id, branchId, `?timestamp=${encodeURIComponent(first.timestamp)}`);
  const byLsn = await snap(plane, id, branchId, `?lsn=${encodeURIComponent(first.lsn)}`);
  await sql(plane, owner, "DROP TABLE t");
  const seen = [];
  for (const each of [now, byTime, byLsn]) seen.push(await rows(plane, (await look(plane, id, each, owner)).login));
  expect(seen).toEqual([[1, 2], [1], [1]]);
  // What a look writes is not in the snapshot.
  const { login } = await look(plane, id, now, owner);
  await sql(plane, login, "INSERT INTO t VALUES (9)");
  expect(await rows(plane, (await look(plane, id, now, owner)).login)).toEqual([1, 2]);
}, 180_000);

it("finalized, gives the same host and password the rows of the snapshot; those from before are with the old branch", async () => {
  const { id, branchId, owner } = await project(plane);
  await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  const snapshot = await snap(plane, id, branchId);
  await plane.api.call("PATCH", `/projects/${id}/branches/${branchId}`, { branch: { protected: true } });
  await sql(plane, owner, "INSERT INTO t VALUES (2)");
  const { branchId: restored, login } = await look(plane, id, snapshot, owner);
  // A look at a protected branch's data needs the password that the look was given.
  expect(await outcome(plane, login)).toMatch(/password authentication failed/);
  await plane.api.call("POST", `/projects/${id}/branches/${restored}/finalize_restore`, {});
  await plane.api.settled(id);
  expect(await rows(plane, owner)).toEqual([1]);
  expect(await rows(plane, login)).toEqual([1, 2]);
  // The restored branch has a past of its own, and the snapshot is still whole.
  await sql(plane, owner, "INSERT INTO t VALUES (4)");
  const { branch } = await plane.api.ok(RestoredSnapshot, "POST", `/projects/${id}/snapshots/${snapshot}/restore`, {
    target_branch_id: restored,
    finalize_restore: true,
  });
  await plane.api.settled(id);
  expect([branch.restored_as, await rows(plane, owner)]).toEqual([restored, [1]]);
}, 180_000);

it("keeps its data when its branch is gone, and nothing of it stays once it is deleted", async () => {
  const { id, branchId, owner } = await project(plane);
  await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  const snapshot = await snap(plane, id, branchId);
  const clusters = join(plane.directory, "clusters");
  expect(readdirSync(clusters)).toContain(snapshot);
  expect(readdirSync(join(clusters, snapshot))).not.toContain("palisade.lineage");
  await plane.api.call("DELETE", `/projects/${id}/snapshots/${snapshot}`);
  await plane.api.settled(id);
  expect(readdirSync(clusters)).not.toContain(snapshot);
  expect(await rows(plane, owner)).toEqual([1]);
}, 120_000);

it("is made to the end when the plane is killed meanwhile, and so is its restore", async () => {
  buildPlane();
  const dataDirectory = planeDirectory();
  const clusters = join(dataDirectory, "clusters");
  const start = () => startPlaneProcess({ dataDirectory, computes: "postgres", proxyPort: 0, operationTimeMs: 0 });
  let killed = await start();
  const { id, branchId, owner } = await project(killed);
  await sql(killed, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  const again = async () => {
    await until("the copy has begun", () => readdirSync(join(clusters, "unfinished")).length > 0);
    await killed.end("SIGKILL");
    await until("no Postgres outlives its plane", () => postmasters(dataDirectory).length === 0);
    killed = await start();
    await killed.api.settled(id);
  };
  const { snapshot } = await killed.api.ok(CreatedSnapshot, "POST", `/projects/${id}/branches/${branchId}/snapshot`);
  await again();
  expect(readdirSync(clusters)).toContain(snapshot.id);
  const { branch } = await killed.api.ok(RestoredSnapshot, "POST", `/projects/${id}/snapshots/${snapshot.id}/restore`, {
    finalize_restore: true,
  });
  await again();
  expect(readFileSync(join(clusters, branch.id, "palisade.lineage"), "utf8").trim()).not.toBe("");
  expect(await rows(killed, owner)).toEqual([1]);
  expect(readdirSync(join(clusters, "unfinished"))).toEqual([]);
  expect(await killed.end("SIGTERM")).toBe(0);
}, 180_000);
