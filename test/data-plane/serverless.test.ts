import { readFileSync } from "node:fs";
import { request } from "node:https";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import WebSocket from "ws";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, sql } from "./clients.js";

/** Statements over HTTP, and WebSockets: the same doors as for Postgres' own protocol. What Neon's own driver does with them: drivers.test.ts. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let id: string;
let branchId: string;
let owner: Login;
beforeAll(async () => {
  ({ id, branchId, owner } = await project(plane));
}, 60_000);

interface Reply {
  status: number;
  body: { message?: string; rows?: unknown[]; results?: { rows: unknown[] }[] } & Record<string, unknown>;
}

const uriOf = ({ endpointId, role, password, database }: Login, options = `endpoint=${endpointId}`): string => {
  const uri = new URL(`postgresql://localhost:${plane.ready.proxyPort ?? 0}/${encodeURIComponent(database)}`);
  [uri.username, uri.password] = [encodeURIComponent(role), encodeURIComponent(password)];
  uri.searchParams.set("options", options);
  return uri.href;
};

const headersOf = (login: Login) => ({
  "Neon-Connection-String": uriOf(login),
  "Neon-Raw-Text-Output": "true",
  "Neon-Array-Mode": "true",
});

const tls = () => ({
  ca: readFileSync(plane.ready.rootCert ?? "", "utf8"),
  host: "127.0.0.1",
  port: plane.ready.proxyPort ?? 0,
  servername: "localhost",
});

function post(
  body: string | object,
  headers: Record<string, string> = {},
  { path = "/sql", method = "POST", hangUpAfterMs = 0 } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(
      { ...tls(), path, method, headers: { host: "localhost", ...headersOf(owner), ...headers }, agent: false },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text || "{}") as Reply["body"] });
        });
      },
    );
    call.on("error", reject);
    call.end(typeof body === "string" ? body : JSON.stringify(body));
    if (hangUpAfterMs > 0) setTimeout(() => call.destroy(), hangUpAfterMs);
  });
}

const ask = (query: string, params: unknown[] = [], headers = {}) => post({ query, params }, headers);
const accesses = () => plane.logged.filter(({ event }) => event === "access");

describe("statements over HTTP", () => {
  it("answer a row, with parameters, and several in one transaction or not at all", async () => {
    expect((await ask("SELECT $1::int + 1, $2::text, NULL", [41, "x"])).body).toMatchObject({
      command: "SELECT",
      rowCount: 1,
      rowAsArray: true,
      rows: [["42", "x", null]],
    });
    await sql(plane, owner, "CREATE TABLE batch (n int PRIMARY KEY)");
    const insert = (n: number) => ({ query: "INSERT INTO batch VALUES ($1)", params: [n] });
    expect((await post({ queries: [insert(1), insert(2)] })).body.results).toHaveLength(2);
    expect(await post({ queries: [insert(3), insert(1)] })).toMatchObject({ status: 400, body: { code: "23505" } });
    expect((await ask("SELECT count(*) FROM batch")).body.rows).toEqual([["2"]]);
    const isolation = { "Neon-Batch-Isolation-Level": "Serializable", "Neon-Batch-Read-Only": "true" };
    const shown = await post({ queries: [{ query: "SHOW transaction_isolation" }, { query: "SHOW transaction_read_only" }] }, isolation);
    expect(shown.body.results?.map(({ rows }) => rows)).toEqual([[["serializable"]], [["on"]]]);
  }, 60_000);

  it("leave nothing behind for the next: settings, temporary tables, locks, an open transaction", async () => {
    await ask("SET search_path = pg_catalog");
    await ask("CREATE TEMPORARY TABLE left_behind (n int)");
    await ask("SELECT pg_advisory_lock(7)");
    await ask("BEGIN");
    expect((await ask("SHOW search_path")).body.rows).toEqual([['"$user", public']]);
    expect((await ask("SELECT to_regclass('left_behind')")).body.rows).toEqual([[null]]);
    expect((await ask("SELECT pg_try_advisory_lock(7)")).body.rows).toEqual([["t"]]);
    await until("no transaction is open", async () => {
      const { body } = await ask("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'");
      return JSON.stringify(body.rows) === '[["0"]]';
    });
  }, 60_000);

  it("are one statement a message", async () => {
    expect(await ask("SELECT 1; SELECT 2")).toMatchObject({ status: 400, body: { code: "42601" } });
  });

  it("are stopped in Postgres when the client hangs up", async () => {
    await expect(post({ query: "SELECT pg_sleep(50)" }, {}, { hangUpAfterMs: 500 })).rejects.toThrow("socket hang up");
    await until("it is stopped", async () => {
      const { body } = await ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(50)%'");
      return JSON.stringify(body.rows) === '[["0"]]';
    });
  }, 60_000);

  it("have bounds: of the request, and of what comes back", async () => {
    expect(await post({ query: `SELECT '${"x".repeat(10 * 1024 * 1024)}'` })).toMatchObject({ status: 413 });
    expect(await ask("SELECT repeat('x', 11 * 1024 * 1024)")).toEqual({
      status: 507,
      body: { message: "response is too large (max is 10485760 bytes)" },
    });
    expect((await ask("SELECT length(repeat('x', 9 * 1024 * 1024))")).body.rows).toEqual([[String(9 * 1024 * 1024)]]);
  }, 60_000);

  it.each([
    ["no connection string", { "Neon-Connection-String": "" }, "Neon-Connection-String is no URI of a database"],
    ["a connection string that is spelt wrong", { "Neon-Connection-String": "postgresql://a%zz:b@localhost/c" }, "spelt wrong"],
    ["typed values", { "Neon-Raw-Text-Output": "false" }, "Only Neon-Raw-Text-Output: true is answered"],
    ["an isolation level that is none", { "Neon-Batch-Isolation-Level": "Chaos; DROP TABLE batch" }, "names no isolation level"],
  ])("with %s are no request of ours", async (_, headers, words) => {
    const { status, body } = await post({ query: "SELECT 1" }, headers);
    expect([status, body.message]).toEqual([400, expect.stringContaining(words)]);
  });

  it.each(["", "{", "[]", '{"query": 1}', '{"queries": [{}]}'])("that are not JSON of a statement (%s) are refused", async (text) => {
    expect((await post(text)).status).toBe(400);
  });
});

describe("who may come in by HTTP and WebSocket", () => {
  const message = async (login: Login) => (await post({ query: "SELECT 1" }, headersOf(login))).body.message;

  it("is decided by the words of the proxy: wrong password, unknown role, unknown compute", async () => {
    expect(await message({ ...owner, password: "wrong" })).toBe(`password authentication failed for user '${owner.role}'`);
    expect(await message({ ...owner, role: "nobody" })).toBe("password authentication failed for user 'nobody'");
    expect(await message({ ...owner, endpointId: "ep-none-none-1" })).toBe("Control plane request failed: endpoint cannot be found");
    expect(await message({ ...owner, database: "none" })).toBe('database "none" does not exist');
  });

  it("is decided by the list, before a statement is read and before the password is looked at", async () => {
    await plane.api.call("PATCH", `/projects/${id}`, {
      project: { settings: { allowed_ips: { ips: ["198.51.100.7"], protected_branches_only: false } } },
    });
    await plane.api.settled(id);
    const words = expect.stringContaining("This IP address 127.0.0.1 is not allowed to connect to this endpoint.") as string;
    expect(await message(owner)).toEqual(words);
    expect(await message({ ...owner, password: "wrong" })).toEqual(words);
    expect(await post("no JSON")).toMatchObject({ status: 400, body: { message: words } });
    expect(await outcome(plane, owner)).toEqual(words);
    expect(accesses().at(-1)).toMatchObject({ decision: "refused", reason: "ip-address-not-allowed", branchId });
    await plane.api.call("PATCH", `/projects/${id}`, { project: { settings: { allowed_ips: { ips: [] } } } });
    await plane.api.settled(id);
    expect(await message(owner)).toBeUndefined();
  }, 60_000);

  it("is the role of a branch, not of another", async () => {
    const { branch, endpoints } = await plane.api.ok(CreatedBranch, "POST", `/projects/${id}/branches`, {
      branch: { name: "copy" },
      endpoints: [{ type: "read_write" }],
    });
    await plane.api.settled(id);
    await plane.api.call("POST", `/projects/${id}/branches/${branch.id}/roles/${owner.role}/reset_password`);
    await plane.api.settled(id);
    expect(await message({ ...owner, endpointId: endpoints[0]?.id ?? "" })).toBe(`password authentication failed for user '${owner.role}'`);
  }, 60_000);

  it("is written down like every connection, and the connection string nowhere", async () => {
    await ask("SELECT 1");
    expect(accesses().at(-1)).toMatchObject({ action: "connect", decision: "admitted", role: owner.role, branchId });
    const said = JSON.stringify(plane.logged);
    expect(said).not.toContain(owner.password);
    expect(said).not.toContain("postgresql://");
  });

  it("is written down also where what follows the password is no request", async () => {
    for (const text of ["", "{}"]) {
      const before = accesses().length;
      expect((await post(text)).status).toBe(400);
      expect(accesses().slice(before)).toMatchObject([{ decision: "refused", reason: "protocol-violation", role: owner.role, branchId }]);
    }
  });

  it("is no page of a stranger's: neither by its host nor by its origin", async () => {
    for (const headers of [{ host: "rebound.example.com" }, { origin: "https://evil.example" }, { origin: "null" }])
      expect(await post({ query: "SELECT 1" }, headers)).toMatchObject({ status: 403 });
    expect(await post({ query: "SELECT 1" }, { origin: "http://localhost:3000" })).toMatchObject({ status: 200 });
    expect((await post("", { origin: "http://localhost:3000" }, { method: "OPTIONS" })).status).toBe(204);
    expect((await post("", {}, { path: "/" })).status).toBe(404);
    expect((await post("", {}, { method: "PUT" })).status).toBe(405);
  });

  it.each([
    ["at another path", "/v3", {}],
    ["by a stranger's page", "/v2", { origin: "https://evil.example" }],
    ["by another host", "/v2", { headers: { host: "rebound.example.com" } }],
  ])("opens no WebSocket %s", async (_, path, options) => {
    const { ca, port } = tls();
    const socket = new WebSocket(`wss://localhost:${port}${path}`, { ca, ...options });
    const ended = await new Promise((resolve) => {
      socket.once("open", () => {
        resolve("open");
      });
      socket.once("error", (error) => {
        resolve(error.message);
      });
    });
    expect(ended).toBe("Unexpected server response: 404");
  });
});
