import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BranchOperations } from "@palisade/neon/contract/wire/branch";
import { EndpointOperations } from "@palisade/neon/contract/wire/endpoint";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { branch, type Login, outcome, project, query, rows, sql } from "./clients.js";

/** Read-only computes: each a Postgres of its own that follows the branch's. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });

async function reader(projectId: string, branchId: string, owner: Login): Promise<Login> {
  const { endpoint } = await plane.api.ok(EndpointOperations, "POST", `/projects/${projectId}/endpoints`, {
    endpoint: { branch_id: branchId, type: "read_only" },
  });
  await plane.api.settled(projectId);
  return { ...owner, endpointId: endpoint.id };
}
const stateOf = async (projectId: string, { endpointId }: Login) => {
  const { body } = await plane.api.call("GET", `/projects/${projectId}/endpoints/${endpointId}`);
  return (body as { endpoint: { current_state: string } }).endpoint.current_state;
};
const folders = () => readdirSync(join(plane.directory, "clusters"));
const shows = (login: Login, wanted: number[]) =>
  until(`the reader shows ${wanted.join()}`, async () => JSON.stringify(await rows(plane, login)) === JSON.stringify(wanted));
const replication = (login: Login) =>
  query(plane, login, (client) => client.query("IDENTIFY_SYSTEM"), { replication: "true" }).then(
    () => "admitted",
    (error: unknown) => (error as Error).message,
  );

describe("a read-only compute", () => {
  it("shows what its branch has and what is committed later, and takes no write", async () => {
    const { id, branchId, owner } = await project(plane);
    await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    const login = await reader(id, branchId, owner);
    expect(await rows(plane, login)).toEqual([1]);
    await sql(plane, owner, "INSERT INTO t VALUES (2)");
    await shows(login, [1, 2]);
    expect(await outcome(plane, login, "INSERT INTO t VALUES (3)")).toBe("cannot execute INSERT in a read-only transaction");
    expect(await outcome(plane, login, "SELECT pg_promote()")).toBe("permission denied for function pg_promote");
  }, 120_000);

  it("sleeps, leaves no copy behind, and wakes with what was written meanwhile, however many connections ask", async () => {
    const { id, branchId, owner } = await project(plane);
    await sql(plane, owner, "CREATE TABLE t (n int)");
    const login = await reader(id, branchId, owner);
    expect(folders()).toContain(login.endpointId);
    await plane.api.call("POST", `/projects/${id}/endpoints/${login.endpointId}/suspend`);
    await plane.api.settled(id);
    expect([folders().includes(login.endpointId), await stateOf(id, login)]).toEqual([false, "idle"]);
    await sql(plane, owner, "INSERT INTO t VALUES (1)");
    expect(await Promise.all([1, 2, 3].map(() => rows(plane, login)))).toEqual([[1], [1], [1]]);
    expect(await stateOf(id, login)).toBe("active");
  }, 120_000);

  it("is enough for a branch whose other compute sleeps, and both sleep when nobody uses them", async () => {
    const { id, branchId, owner } = await project(plane);
    await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    const login = await reader(id, branchId, owner);
    await plane.api.call("POST", `/projects/${id}/endpoints/${login.endpointId}/restart`);
    await plane.api.settled(id);
    await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/suspend`);
    await plane.api.settled(id);
    expect([await rows(plane, login), await stateOf(id, owner)]).toEqual([[1], "idle"]);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 301 });
    await until("the reader sleeps", async () => (await stateOf(id, login)) === "idle");
    expect(folders()).not.toContain(login.endpointId);
    expect(await rows(plane, login)).toEqual([1]);
  }, 120_000);

  it("knows a new password, and not the one before", async () => {
    const { id, branchId, owner } = await project(plane);
    const login = await reader(id, branchId, owner);
    expect(await outcome(plane, login)).toBe("admitted");
    const { body } = await plane.api.call("POST", `/projects/${id}/branches/${branchId}/roles/${owner.role}/reset_password`);
    await plane.api.settled(id);
    const renewed = { ...login, password: (body as { role: { password: string } }).role.password };
    await until("the new password has come through", async () => (await outcome(plane, renewed)) === "admitted");
    expect(await outcome(plane, login)).toBe(`password authentication failed for user '${owner.role}'`);
  }, 120_000);

  it("follows its branch through a reset", async () => {
    const { id, branchId, owner } = await project(plane);
    await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    const child = await branch(plane, id, owner, { name: "child" });
    const login = await reader(id, child.id, owner);
    await sql(plane, child.login, "INSERT INTO t VALUES (2)");
    await shows(login, [1, 2]);
    await plane.api.ok(BranchOperations, "POST", `/projects/${id}/branches/${child.id}/restore`, { source_branch_id: branchId });
    await plane.api.settled(id);
    expect(await rows(plane, login)).toEqual([1]);
    await sql(plane, child.login, "INSERT INTO t VALUES (3)");
    await shows(login, [1, 3]);
  }, 120_000);

  it("goes with its endpoint and with its branch", async () => {
    const { id, owner } = await project(plane);
    const child = await branch(plane, id, owner, { name: "child" });
    const [one, other] = [await reader(id, child.id, owner), await reader(id, child.id, owner)];
    expect([await outcome(plane, one), await outcome(plane, other)]).toEqual(["admitted", "admitted"]);
    await plane.api.call("DELETE", `/projects/${id}/endpoints/${one.endpointId}`);
    await plane.api.settled(id);
    expect([folders().includes(one.endpointId), folders().includes(other.endpointId)]).toEqual([false, true]);
    await plane.api.ok(BranchOperations, "DELETE", `/projects/${id}/branches/${child.id}`);
    await plane.api.settled(id);
    expect(folders()).not.toContain(other.endpointId);
  }, 120_000);
});

describe("replication", () => {
  it("is open to no tenant, through either kind of compute, and nothing shows the plane's own way in", async () => {
    const { id, branchId, owner } = await project(plane);
    const login = await reader(id, branchId, owner);
    for (const way of [owner, login]) expect(await replication(way)).toMatch(/no pg_hba.conf entry for replication connection/);
    expect(await outcome(plane, owner, "CREATE ROLE spy REPLICATION")).toMatch(/permission denied|must be superuser/);
    const { rows: settings } = await query(plane, login, (client) => client.query("SELECT name, setting FROM pg_settings"));
    expect(JSON.stringify(settings)).toContain("primary_conninfo");
    expect(JSON.stringify(settings)).not.toMatch(/password=/);
  }, 120_000);
});
