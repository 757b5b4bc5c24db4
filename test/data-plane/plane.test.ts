import { Client } from "pg";
import { BranchOperations, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import * as clients from "./clients.js";
import type { Login } from "./clients.js";

/** The whole plane with real Postgres behind the real proxy: what the API says is what a client of Postgres meets. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });

const query = <R>(login: Login, work: (client: Client) => Promise<R>) => clients.query(plane, login, work);
const rows = (login: Login) => clients.rows(plane, login);
const sql = (login: Login, text: string) => clients.sql(plane, login, text);
const refusal = (login: Login) => clients.outcome(plane, login);
const project = (settings = {}) => clients.project(plane, { settings });

function loginOf(made: {
  endpoints: { id: string }[];
  roles: { name: string; password?: string | undefined }[];
  databases: { name: string }[];
}): Login {
  const [endpoint, role, database] = [made.endpoints[0], made.roles[0], made.databases[0]];
  if (!endpoint || !role?.password || !database) throw new Error("no way in was answered");
  return { endpointId: endpoint.id, role: role.name, password: role.password, database: database.name };
}

async function branch(projectId: string, fields: object): Promise<{ id: string; login: Login }> {
  const made = await plane.api.ok(CreatedBranch, "POST", `/projects/${projectId}/branches`, {
    branch: fields,
    endpoints: [{ type: "read_write" }],
  });
  await plane.api.settled(projectId);
  const role = made.roles[0];
  const { body } = await plane.api.call(
    "GET",
    `/projects/${projectId}/branches/${made.branch.id}/roles/${role?.name ?? ""}/reveal_password`,
  );
  return {
    id: made.branch.id,
    login: loginOf({ ...made, roles: [{ name: role?.name ?? "", password: (body as { password: string }).password }] }),
  };
}

describe("a branch", () => {
  it("has what its parent has, and shares nothing from then on", async () => {
    const { id, owner } = await project();
    await sql(owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    const child = await branch(id, { name: "child" });
    await sql(child.login, "INSERT INTO t VALUES (2)");
    await sql(owner, "INSERT INTO t VALUES (3)");
    expect([await rows(owner), await rows(child.login)]).toEqual([
      [1, 3],
      [1, 2],
    ]);
  }, 60_000);

  it("of the schema alone has no row, and no sample of one in the statistics", async () => {
    const { id, owner } = await project();
    await sql(
      owner,
      "CREATE TABLE t (n int, secret text); INSERT INTO t SELECT g, 'planted-secret' FROM generate_series(1, 100) g; ANALYZE t",
    );
    const child = await branch(id, { name: "schema", init_source: "schema-only" });
    expect(await rows(child.login)).toEqual([]);
    const { rows: samples } = await query(child.login, (client) => client.query("SELECT * FROM pg_stats WHERE tablename = 't'"));
    expect(JSON.stringify(samples)).not.toContain("planted-secret");
  }, 60_000);

  it("of a protected parent gets passwords of its own, and the parent's do not work there", async () => {
    const { id, branchId, owner } = await project();
    await plane.api.ok(BranchOperations, "PATCH", `/projects/${id}/branches/${branchId}`, { branch: { protected: true } });
    const child = await branch(id, { name: "child" });
    expect(child.login.password).not.toBe(owner.password);
    expect(await refusal(child.login)).toBe("admitted");
    expect(await refusal({ ...child.login, password: owner.password })).toBe(`password authentication failed for user '${owner.role}'`);
  }, 60_000);

  it("takes back its parent's state when it is reset, and lives on under another name when asked", async () => {
    const { id, branchId, owner } = await project();
    await sql(owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    const child = await branch(id, { name: "child" });
    await sql(child.login, "INSERT INTO t VALUES (2)");
    await plane.api.ok(BranchOperations, "POST", `/projects/${id}/branches/${child.id}/restore`, {
      source_branch_id: branchId,
      preserve_under_name: "kept",
    });
    await plane.api.settled(id);
    expect(await rows({ ...child.login, password: owner.password })).toEqual([1]);
  }, 60_000);
});

describe("the allowlist", () => {
  const set = async (id: string, settings: object) => {
    const { status } = await plane.api.call("PATCH", `/projects/${id}`, { project: { settings } });
    expect(status).toBe(200);
  };
  const SENTENCE =
    "This IP address 127.0.0.1 is not allowed to connect to this endpoint. Please add it to the allowed list in the Neon console. Make sure to check for IPv4 or IPv6 addresses.";

  it("holds at once when the API changes it, right password or wrong", async () => {
    const { id, owner } = await project();
    expect(await refusal(owner)).toBe("admitted");
    await set(id, { allowed_ips: { ips: ["203.0.113.0/24"] } });
    expect([await refusal(owner), await refusal({ ...owner, password: "wrong" })]).toEqual([SENTENCE, SENTENCE]);
    await set(id, { allowed_ips: { ips: ["203.0.113.0/24", "127.0.0.1"] } });
    expect(await refusal(owner)).toBe("admitted");
  }, 60_000);

  it("guards protected branches alone under that scope, and so opens the others", async () => {
    const { id, branchId, owner } = await project();
    const child = await branch(id, { name: "child" });
    await plane.api.ok(BranchOperations, "PATCH", `/projects/${id}/branches/${branchId}`, { branch: { protected: true } });
    await set(id, { allowed_ips: { ips: ["203.0.113.0/24"], protected_branches_only: true } });
    expect([await refusal(owner), await refusal(child.login)]).toEqual([SENTENCE, "admitted"]);
  }, 60_000);

  it("is outranked by the block of the public network", async () => {
    const { id, owner } = await project({ allowed_ips: { ips: ["127.0.0.1"] } });
    await set(id, { block_public_connections: true });
    expect(await refusal(owner)).toBe("This connection is trying to access this endpoint from a blocked network.");
  }, 60_000);
});

describe("roles and databases of the API", () => {
  it("are those of Postgres: a new role logs in, a reset password replaces the old one, a renamed database is found", async () => {
    const { id, branchId, owner } = await project();
    const at = `/projects/${id}/branches/${branchId}`;
    const { body: made } = await plane.api.call("POST", `${at}/roles`, { role: { name: "app user" } });
    await plane.api.settled(id);
    const app = { ...owner, role: "app user", password: (made as { role: { password: string } }).role.password };
    expect(await refusal(app)).toBe("admitted");
    const { body: reset } = await plane.api.call("POST", `${at}/roles/app%20user/reset_password`);
    await plane.api.settled(id);
    expect([await refusal(app), await refusal({ ...app, password: (reset as { role: { password: string } }).role.password })]).toEqual([
      "password authentication failed for user 'app user'",
      "admitted",
    ]);
    await plane.api.call("PATCH", `${at}/databases/neondb`, { database: { name: "renamed" } });
    await plane.api.settled(id);
    expect([await refusal({ ...owner, database: "renamed" }), await refusal(owner)]).toEqual([
      "admitted",
      'database "neondb" does not exist',
    ]);
  }, 60_000);
});

describe("a compute", () => {
  const states = async (id: string) => {
    const { body } = await plane.api.call("GET", `/projects/${id}/endpoints`);
    return (body as { endpoints: { current_state: string }[] }).endpoints.map(({ current_state }) => current_state);
  };

  it("sleeps when nobody uses it, and a connection wakes it", async () => {
    const { id, owner } = await project();
    await sql(owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 301 });
    await until("the compute sleeps", async () => (await states(id))[0] === "idle");
    expect(await rows(owner)).toEqual([1]);
    expect(await states(id)).toEqual(["active"]);
  }, 60_000);

  it("stays closed while it is disabled", async () => {
    const { id, owner } = await project();
    await plane.api.call("PATCH", `/projects/${id}/endpoints/${owner.endpointId}`, { endpoint: { disabled: true } });
    await plane.api.settled(id);
    expect(await refusal(owner)).toMatch(/endpoint is disabled/);
  }, 60_000);
});

describe("connection strings", () => {
  it("work as they are answered", async () => {
    const made = await plane.api.project({});
    const uri = made.connection_uris[0]?.connection_uri ?? "";
    const client = new Client({ connectionString: uri });
    await client.connect();
    const { rows: found } = await client.query<{ one: number }>("SELECT 1 AS one");
    await client.end();
    expect(found).toEqual([{ one: 1 }]);
    expect(uri).toContain("sslmode=verify-full");
  }, 60_000);
});
