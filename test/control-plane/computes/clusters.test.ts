import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import { Clusters } from "../../../control-plane/computes/clusters.js";
import { locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import { reconcile } from "../../../control-plane/computes/reconcile.js";
import type { RunTenantSql } from "../../../control-plane/computes/tenantSql.js";
import { isRunning } from "../../support/processes.js";
import { until } from "../../support/until.js";

/** Real Postgres, started from the binaries that the package brings (or the system has). */
const VERIFIER = `SCRAM-SHA-256$4096:${Buffer.alloc(16, 1).toString("base64")}$${Buffer.alloc(32, 2).toString("base64")}:${Buffer.alloc(32, 3).toString("base64")}`;

let directory: string;
let clusters: Clusters;
const open = () => Clusters.open(join(directory, "clusters"), locatePostgres(), () => undefined);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "palisade-clusters-"));
  // Traversable for the user that runs Postgres, as the plane makes its own directory.
  chmodSync(directory, 0o711);
  clusters = await open();
}, 60_000);

afterAll(async () => {
  await clusters.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const rows = (branch: string) =>
  clusters.runSql(branch, "postgres", async (client) =>
    (await client.query<{ n: number }>("SELECT n FROM public.t ORDER BY n")).rows.map(({ n }) => n),
  );
const write = (branch: string, sql: string) => clusters.runSql(branch, "postgres", (client) => client.query(sql));
const pidOf = async (branch: string) =>
  Number(
    (
      await clusters.runSql(branch, "postgres", (client) =>
        client.query<{ pid: string }>("SELECT pg_read_file('postmaster.pid', 0, 16) AS pid"),
      )
    ).rows[0]?.pid.split("\n")[0],
  );

describe("clusters", () => {
  it("are made from a template, and listen to a Unix socket only", async () => {
    await clusters.create("br-parent");
    const { rows: settings } = await clusters.runSql("br-parent", "postgres", (client) =>
      client.query<{ setting: string }>("SELECT setting FROM pg_settings WHERE name = 'listen_addresses'"),
    );
    expect(settings).toEqual([{ setting: "" }]);
  }, 60_000);

  it("give a child what the parent has, and nothing the other way, from a stopped and from a running parent", async () => {
    await write("br-parent", "CREATE TABLE public.t (n int); INSERT INTO public.t VALUES (1)");
    await clusters.clone("br-online", "br-parent");
    await clusters.stop("br-parent");
    await clusters.clone("br-offline", "br-parent");
    await write("br-online", "INSERT INTO public.t VALUES (2)");
    await write("br-offline", "INSERT INTO public.t VALUES (3)");
    expect([await rows("br-parent"), await rows("br-online"), await rows("br-offline")]).toEqual([[1], [1, 2], [1, 3]]);
  }, 60_000);

  it("start once however many ask", async () => {
    await clusters.stop("br-parent");
    const addresses = await Promise.all(Array.from({ length: 20 }, () => clusters.start("br-parent")));
    expect(new Set(addresses.map(({ port }) => port)).size).toBe(1);
  }, 60_000);

  it("come back after Postgres was killed, with everything committed", async () => {
    process.kill(await pidOf("br-parent"), "SIGKILL");
    await until("the plane sees it", () => !clusters.isRunning("br-parent"));
    expect(await rows("br-parent")).toEqual([1]);
  }, 60_000);

  it("say what is wrong when the data is damaged, and leave the others alone", async () => {
    await clusters.create("br-damaged");
    rmSync(join(directory, "clusters/br-damaged/global/pg_control"));
    await expect(clusters.start("br-damaged")).rejects.toThrow(/PAL_COMPUTE/);
    expect(await rows("br-parent")).toEqual([1]);
  }, 60_000);

  it("are removed whole, and removing again is no error", async () => {
    await clusters.remove("br-damaged");
    await clusters.remove("br-damaged");
    expect(readdirSync(join(directory, "clusters"))).not.toContain("br-damaged");
  }, 60_000);

  it("leave no process when they are closed, and open again with their data", async () => {
    const pid = await pidOf("br-parent");
    await clusters.close();
    await until("Postgres ends", () => !isRunning(pid));
    clusters = await open();
    expect(await rows("br-parent")).toEqual([1]);
  }, 60_000);
});

describe("what the API says", () => {
  const run = <R>(database: string, work: (client: Client) => Promise<R>) => clusters.runSql("br-parent", database, work);
  const within: RunTenantSql = (database, as, work) => clusters.runTenantSql("br-parent", database, as, work);
  const names = async (sql: string) =>
    (await run("postgres", (client) => client.query<{ name: string }>(sql))).rows.map(({ name }) => name);
  const ours = () => names("SELECT rolname AS name FROM pg_roles WHERE rolname IN ('alice', 'bob', 'by_sql') ORDER BY 1");
  const databases = () => names("SELECT datname AS name FROM pg_database WHERE datname IN ('shop', 'store', 'by_sql') ORDER BY 1");

  it("becomes so in the cluster, twice the same", async () => {
    const desired = {
      branchId: "br-parent",
      roles: [
        { name: "alice", verifier: VERIFIER },
        { name: "bob", verifier: undefined },
      ],
      databases: [{ id: 1, name: "shop", owner: "alice" }],
    };
    await reconcile(desired, run, within);
    await reconcile(desired, run, within);
    expect(await ours()).toEqual(["alice", "bob"]);
    expect(
      await names(
        "SELECT rolname AS name FROM pg_authid WHERE rolname = 'alice' AND rolcanlogin AND rolpassword LIKE 'SCRAM-SHA-256$4096:%'",
      ),
    ).toEqual(["alice"]);
    expect(await names("SELECT rolname AS name FROM pg_roles WHERE rolname = 'bob' AND NOT rolcanlogin")).toEqual(["bob"]);
    expect(await names("SELECT pg_get_userbyid(datdba) AS name FROM pg_database WHERE datname = 'shop'")).toEqual(["alice"]);
  }, 60_000);

  it("renames by number, hands over, drops what the API made, and leaves alone what SQL made", async () => {
    await run("postgres", (client) => client.query("CREATE ROLE by_sql"));
    await run("postgres", (client) => client.query("CREATE DATABASE by_sql"));
    await run("shop", (client) => client.query("SET ROLE alice; CREATE TABLE public.kept (n int); INSERT INTO public.kept VALUES (7)"));
    await reconcile(
      { branchId: "br-parent", roles: [{ name: "bob", verifier: VERIFIER }], databases: [{ id: 1, name: "store", owner: "bob" }] },
      run,
      within,
    );
    expect([await ours(), await databases()]).toEqual([
      ["bob", "by_sql"],
      ["by_sql", "store"],
    ]);
    expect(
      (
        await run("store", (client) =>
          client.query<{ n: number; tableowner: string }>("SELECT n, tableowner FROM public.kept, pg_tables WHERE tablename = 'kept'"),
        )
      ).rows,
    ).toEqual([{ n: 7, tableowner: "bob" }]);
    await reconcile({ branchId: "br-parent", roles: [{ name: "bob", verifier: VERIFIER }], databases: [] }, run, within);
    expect(await databases()).toEqual(["by_sql"]);
  }, 60_000);
});
