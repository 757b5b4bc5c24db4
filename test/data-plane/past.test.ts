import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BranchOperations, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { buildPlane, planeDirectory, sharedPlane, startPlaneProcess } from "../support/plane.js";
import { postmasters } from "../support/postmasters.js";
import { until } from "../support/until.js";
import { branch, type Login, moment, project, rows, sql } from "./clients.js";

/** Branches from a past moment: real recovery from the archived log, seen by clients of Postgres. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });

/** Rows 1, 2 and 3, and the moments after each of them. */
async function threeMoments(owner: Login) {
  await sql(plane, owner, "CREATE TABLE t (n int)");
  const moments = [];
  for (const n of [1, 2, 3]) {
    await sql(plane, owner, `INSERT INTO t VALUES (${n})`);
    moments.push(await moment(plane, owner));
  }
  const [first, second, third] = moments;
  if (!first || !second || !third) throw new Error("three moments");
  return { first, second, third };
}
const names = async (id: string) =>
  ((await plane.api.call("GET", `/projects/${id}/branches`)).body as { branches: { name: string }[] }).branches.map(({ name }) => name);

describe("a branch from a past moment", () => {
  it("has the rows of that moment, by time and by place in the log, and shares nothing from then on", async () => {
    const { id, owner } = await project(plane);
    const { first, second } = await threeMoments(owner);
    const one = await branch(plane, id, owner, { name: "one", parent_timestamp: first.timestamp });
    const two = await branch(plane, id, owner, { name: "two", parent_timestamp: second.timestamp });
    const byLsn = await branch(plane, id, owner, { name: "by-lsn", parent_lsn: first.lsn });
    await sql(plane, one.login, "INSERT INTO t VALUES (7)");
    expect([await rows(plane, one.login), await rows(plane, two.login), await rows(plane, byLsn.login), await rows(plane, owner)]).toEqual([
      [1, 7],
      [1, 2],
      [1],
      [1, 2, 3],
    ]);
  }, 120_000);

  it("can be of a branch that is from the past itself, and of a copy of one", async () => {
    const { id, owner } = await project(plane);
    const { second } = await threeMoments(owner);
    const past = await branch(plane, id, owner, { name: "past", parent_timestamp: second.timestamp });
    await sql(plane, past.login, "INSERT INTO t VALUES (8)");
    const after = await moment(plane, past.login);
    await sql(plane, past.login, "INSERT INTO t VALUES (9)");
    const copy = await branch(plane, id, owner, { name: "copy", parent_id: past.id });
    const ofPast = await branch(plane, id, owner, { name: "of-past", parent_id: past.id, parent_timestamp: after.timestamp });
    await sql(plane, copy.login, "INSERT INTO t VALUES (10)");
    const late = await moment(plane, copy.login);
    await sql(plane, copy.login, "INSERT INTO t VALUES (11)");
    const ofCopy = await branch(plane, id, owner, { name: "of-copy", parent_id: copy.id, parent_lsn: late.lsn });
    expect([await rows(plane, ofPast.login), await rows(plane, ofCopy.login)]).toEqual([
      [1, 2, 8],
      [1, 2, 8, 9, 10],
    ]);
  }, 120_000);

  it("can be of a parent that sleeps, and leaves it asleep", async () => {
    const { id, owner } = await project(plane);
    const { first, third } = await threeMoments(owner);
    await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/suspend`);
    await plane.api.settled(id);
    const past = await branch(plane, id, owner, { name: "past", parent_timestamp: first.timestamp });
    const last = await branch(plane, id, owner, { name: "last", parent_timestamp: third.timestamp });
    const { body } = await plane.api.call("GET", `/projects/${id}/endpoints/${owner.endpointId}`);
    expect((body as { endpoint: { current_state: string } }).endpoint.current_state).toBe("idle");
    expect([await rows(plane, past.login), await rows(plane, last.login), await rows(plane, owner)]).toEqual([[1], [1, 2, 3], [1, 2, 3]]);
  }, 120_000);

  it("can be of a parent that was reset, from then on and not from before", async () => {
    const { id, branchId, owner } = await project(plane);
    await threeMoments(owner);
    const child = await branch(plane, id, owner, { name: "child" });
    await sql(plane, child.login, "INSERT INTO t VALUES (4)");
    const before = await moment(plane, child.login);
    await plane.api.ok(BranchOperations, "POST", `/projects/${id}/branches/${child.id}/restore`, { source_branch_id: branchId });
    await plane.api.settled(id);
    await sql(plane, child.login, "INSERT INTO t VALUES (5)");
    const after = await moment(plane, child.login);
    await sql(plane, child.login, "INSERT INTO t VALUES (6)");
    const past = await branch(plane, id, owner, { name: "past", parent_id: child.id, parent_timestamp: after.timestamp });
    expect(await rows(plane, past.login)).toEqual([1, 2, 3, 5]);
    const refused = await plane.api.refused("POST", `/projects/${id}/branches`, {
      branch: { parent_id: child.id, parent_timestamp: before.timestamp },
    });
    expect(refused).toMatchObject({ status: 400, message: expect.stringMatching(/before the history of the branch/) as unknown });
  }, 120_000);

  it("is a restore of the branch itself, which lives on under another name", async () => {
    const { id, branchId, owner } = await project(plane);
    const { first } = await threeMoments(owner);
    await plane.api.ok(BranchOperations, "POST", `/projects/${id}/branches/${branchId}/restore`, {
      source_branch_id: branchId,
      source_timestamp: first.timestamp,
      preserve_under_name: "kept",
    });
    await plane.api.settled(id);
    expect(await rows(plane, owner)).toEqual([1]);
    const { body } = await plane.api.call("GET", `/projects/${id}/branches?search=kept`);
    const kept = (body as { branches: { id: string }[] }).branches[0]?.id;
    const later = await branch(plane, id, owner, { name: "of-kept", parent_id: kept });
    expect(await rows(plane, later.login)).toEqual([1, 2, 3]);
  }, 120_000);
});

describe("a moment outside of the history", () => {
  it("is refused in the future, before the branch, and beyond the retention", async () => {
    const { id, owner } = await project(plane, { history_retention_seconds: 3_600 });
    const { first } = await threeMoments(owner);
    const ask = (fields: object) => plane.api.refused("POST", `/projects/${id}/branches`, { branch: fields });
    expect((await ask({ parent_timestamp: "2100-01-01T00:00:00Z" })).message).toMatch(/is in the future/);
    expect((await ask({ parent_timestamp: "2026-01-01T00:00:00Z" })).message).toMatch(/before the history/);
    expect((await ask({ parent_timestamp: first.timestamp, parent_lsn: first.lsn })).status).toBe(400);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 3_700 });
    expect((await ask({ parent_timestamp: first.timestamp })).message).toMatch(/before the history/);
  }, 120_000);

  it.each([
    ["before the log of the branch", "0/100", /PAL_NO_HISTORY/],
    ["that was not reached yet", "F/0", /recovery ended before configured recovery target was reached/],
  ])(
    "fails the operation and leaves no branch: a place %s",
    async (_, lsn, words) => {
      const { id, owner } = await project(plane);
      await threeMoments(owner);
      await plane.api.call("POST", `/projects/${id}/branches`, { branch: { name: "past", parent_lsn: lsn } });
      await plane.api.settled(id);
      const { body } = await plane.api.call("GET", `/projects/${id}/operations`);
      const failed = (body as { operations: { status: string; error?: string; failures_count: number }[] }).operations.filter(
        ({ status }) => status === "failed",
      );
      expect(failed).toEqual([expect.objectContaining({ failures_count: 3, error: expect.stringMatching(words) as unknown })]);
      expect(await names(id)).toEqual(["main"]);
      expect(await rows(plane, owner)).toEqual([1, 2, 3]);
    },
    120_000,
  );
});

it("is made to the end when the plane is killed meanwhile, and nothing is left of the first try", async () => {
  buildPlane();
  const dataDirectory = planeDirectory();
  const [clusters, unfinished] = [join(dataDirectory, "clusters"), join(dataDirectory, "clusters/unfinished")];
  const start = () => startPlaneProcess({ dataDirectory, computes: "postgres", proxyPort: 0, operationTimeMs: 0 });
  let plane = await start();
  const { id, owner } = await project(plane);
  await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  const { timestamp } = await moment(plane, owner);
  await sql(plane, owner, "INSERT INTO t VALUES (2)");
  const made = await plane.api.ok(CreatedBranch, "POST", `/projects/${id}/branches`, {
    branch: { name: "past", parent_timestamp: timestamp },
    endpoints: [{ type: "read_write" }],
  });
  await until("the recovery has begun", () => readdirSync(unfinished).some((name) => existsSync(join(unfinished, name, "postmaster.pid"))));
  await plane.end("SIGKILL");
  await until("no Postgres outlives its plane", () => postmasters(dataDirectory).length === 0);
  expect(readdirSync(clusters)).not.toContain(made.branch.id);
  plane = await start();
  await plane.api.settled(id);
  expect(await rows(plane, { ...owner, endpointId: made.endpoints[0]?.id ?? "" })).toEqual([1]);
  expect([readdirSync(unfinished), readdirSync(join(clusters, "lineages"))]).toEqual([[], [expect.anything(), expect.anything()]]);
  expect(await plane.end("SIGTERM")).toBe(0);
}, 180_000);
