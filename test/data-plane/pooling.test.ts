import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { Client } from "pg";
import { encodeInt32 } from "../../contract/values.js";
import { locatePgbouncer } from "../../control-plane/pooler/locatePgbouncer.js";
import { cancelPacket, Wire } from "../control-plane/proxy/wire.js";
import { pgbouncer } from "../support/drivers/install.js";
import { type Api, buildPlane, planeDirectory, sharedPlane, startPlaneProcess } from "../support/plane.js";
import { isRunning } from "../support/processes.js";
import { until } from "../support/until.js";

/** `-pooler` hosts of the real plane: transactions of many clients over few sessions of a real compute. */
const installed = pgbouncer();
if ("path" in installed) process.env["PATH"] = `${installed.path}${delimiter}${process.env["PATH"] ?? ""}`;
const isHere = locatePgbouncer() !== undefined;
const why = isHere ? "" : ` (${"missing" in installed ? installed.missing : "the unpacked pgbouncer does not run"})`;

const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
afterAll(() => {
  expect(processes()).toEqual([]);
  expect(plane.logged.filter(({ event }) => event === "pooler-ended").length).toBeLessThanOrEqual(1);
});

interface Login {
  readonly endpointId: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

async function project(api: Api = plane.api): Promise<{ id: string; at: string; owner: Login }> {
  const made = await api.project({});
  const parameters = made.connection_uris[0]?.connection_parameters;
  const login = { user: parameters?.role ?? "", password: parameters?.password ?? "", database: parameters?.database ?? "" };
  const { id } = made.project;
  return { id, at: `/projects/${id}/branches/${made.branch.id}`, owner: { ...login, endpointId: made.endpoints[0]?.id ?? "" } };
}

const open = new Set<Client>();
afterEach(async () => {
  for (const client of open) await client.end();
  open.clear();
});

async function connected(
  { endpointId, ...login }: Login,
  host = `${endpointId}-pooler.db.localhost`,
  { proxyPort, rootCert } = plane.ready,
): Promise<Client> {
  const ssl = { ca: readFileSync(rootCert ?? "", "utf8"), servername: host };
  const client = new Client({ host: "127.0.0.1", port: proxyPort ?? 0, ...login, ssl });
  client.on("error", () => undefined);
  await client.connect();
  open.add(client);
  return client;
}

const pid = async (client: Client): Promise<number> =>
  (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0]?.pid ?? 0;
const refusal = (login: Login) =>
  connected(login).then(
    () => "admitted",
    (error: unknown) => (error as Error).message,
  );

const childrenOf = (parent: number): string[] =>
  spawnSync("pgrep", ["-P", String(parent), "pgbouncer"], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean);
/** Poolers that this process has started, by their configuration files. */
const processes = (): string[] =>
  childrenOf(process.pid).map(
    (child) => /\S+\.ini/.exec(spawnSync("ps", ["-ww", "-o", "args=", "-p", child], { encoding: "utf8" }).stdout)?.[0] ?? "",
  );
const folderOf = (files: readonly string[]) => dirname(files[0] ?? "/none/none");

(isHere ? describe : describe.skip)(`the pooler of a compute${why}`, () => {
  it("gives every transaction one session of Postgres, and many clients the same ones", async () => {
    const { owner } = await project();
    const clients = await Promise.all(Array.from({ length: 12 }, () => connected(owner)));
    const used = new Set<number>();
    for (const client of clients) used.add(await pid(client));
    expect(used.size).toBeLessThan(4);
    const [first, second] = clients as [Client, Client];
    await first.query("BEGIN");
    const held = await pid(first);
    await second.query("BEGIN");
    expect(await pid(second)).not.toBe(held);
    expect(await pid(first)).toBe(held);
    await first.query("COMMIT");
    await second.query("COMMIT");
    const direct = await Promise.all([1, 2, 3].map(() => connected(owner, `${owner.endpointId}.db.localhost`)));
    expect(new Set(await Promise.all(direct.map(pid))).size).toBe(3);
    expect(processes()).toHaveLength(1);
  }, 60_000);

  it("knows the roles and passwords of the moment", async () => {
    const { id, at, owner } = await project();
    await connected(owner);
    const name = `a "quoted" 'role'`;
    const { body: made } = await plane.api.call("POST", `${at}/roles`, { role: { name } });
    await plane.api.settled(id);
    const role = { ...owner, user: name, password: (made as { role: { password: string } }).role.password };
    const early = await connected(role);
    const { body: reset } = await plane.api.call("POST", `${at}/roles/${encodeURIComponent(role.user)}/reset_password`);
    await plane.api.settled(id);
    const renewed = { ...role, password: (reset as { role: { password: string } }).role.password };
    expect(await refusal(role)).toBe(`password authentication failed for user '${role.user}'`);
    const late = await connected(renewed);
    await Promise.all([early, late].map((client) => client.query("BEGIN")));
    expect((await late.query("SELECT current_user AS me")).rows).toEqual([{ me: role.user }]);
    await Promise.all([early, late].map((client) => client.query("COMMIT")));
    await plane.api.call("DELETE", `${at}/roles/${encodeURIComponent(role.user)}`);
    await plane.api.settled(id);
    expect(await refusal(renewed)).toBe(`password authentication failed for user '${role.user}'`);
  }, 60_000);

  it("cancels the query of the client that asks, through the proxy's key", async () => {
    const { owner } = await project();
    const client = await connected(owner);
    const sleeping = client.query("SELECT pg_sleep(60)").catch((error: unknown) => (error as Error).message);
    const other = await connected(owner, `${owner.endpointId}.db.localhost`);
    await until("the query", async () => (await other.query("SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")).rowCount);
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const canceller = await Wire.open(plane.ready.proxyPort ?? 0);
    canceller.send(cancelPacket(Buffer.concat([encodeInt32(processID), encodeInt32(secretKey)])));
    await canceller.rest();
    expect(await sleeping).toBe("canceling statement due to user request");
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  }, 60_000);

  it("has a console that no tenant reaches: the name of its database means one of Postgres", async () => {
    const { owner } = await project();
    const before = processes().length;
    expect(await refusal({ ...owner, database: "pgbouncer" })).toBe('database "pgbouncer" does not exist');
    expect(processes()).toHaveLength(before);
    const direct = await connected(owner);
    await direct.query("CREATE DATABASE pgbouncer");
    const client = await connected({ ...owner, database: "pgbouncer" });
    await expect(client.query("SHOW CONFIG")).rejects.toThrow('unrecognized configuration parameter "config"');
  }, 60_000);

  it("keeps its files to the user that runs Postgres, with no password in them", async () => {
    const { owner } = await project();
    const before = processes();
    await connected(owner);
    const folder = folderOf(processes().filter((file) => !before.includes(file)));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(folder).uid).toBe(statSync(dirname(folder)).uid);
    expect(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777])).toEqual([
      ["pgbouncer.ini", 0o600],
      ["users.txt", 0o600],
    ]);
    const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    expect(text.join()).toContain(`"${owner.user}" "SCRAM-SHA-256$4096:`);
    expect(text.join()).not.toContain(owner.password);
  }, 60_000);

  it("ends with the compute's sleep, and begins again with the next pooled connection", async () => {
    const { owner } = await project();
    const client = await connected(owner);
    const first = processes();
    await client.end();
    open.delete(client);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 301 });
    await until("no pooler", () => processes().length === 0);
    expect((await (await connected(owner)).query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    expect(processes()).toHaveLength(1);
    expect(processes()).not.toEqual([first.at(-1)]);
  }, 60_000);

  it("is started anew when somebody has killed it, and cuts off the clients it had", async () => {
    const { owner } = await project();
    const before = childrenOf(process.pid);
    const client = await connected(owner);
    const cut = new Promise((resolve) => client.once("end", resolve));
    open.delete(client);
    const [pooler] = childrenOf(process.pid).filter((child) => !before.includes(child));
    process.kill(Number(pooler), "SIGKILL");
    await cut;
    expect((await (await connected(owner)).query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await until("it is told of", () =>
      plane.logged.some(({ event, endpointId }) => event === "pooler-ended" && endpointId === owner.endpointId),
    );
    await connected(owner);
    expect(childrenOf(process.pid).filter((child) => !before.includes(child))).toHaveLength(1);
  }, 60_000);

  it("does not outlive a plane that is killed", async () => {
    buildPlane();
    const other = await startPlaneProcess({ dataDirectory: planeDirectory(), computes: "postgres", proxyPort: 0 });
    const { owner } = await project(other.api);
    const client = await connected(owner, undefined, other.ready);
    const poolers = childrenOf(other.child.pid ?? 0).map(Number);
    open.delete(client);
    await other.end("SIGKILL");
    expect(poolers).toHaveLength(1);
    await until("the pooler ends", () => !poolers.some(isRunning));
  }, 120_000);
});
