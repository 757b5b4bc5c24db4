import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clusters } from "../../../control-plane/computes/clusters.js";
import { empty } from "../../../control-plane/computes/empty.js";
import { locatePostgres } from "../../../control-plane/computes/postgres.js";
import { PLANE_DATABASE } from "../../../control-plane/computes/site.js";
import { type Desired, reconcile } from "../../../control-plane/computes/reconcile.js";

/** The plane works in a tenant's databases as superuser: nothing a tenant has left there may run in such a session. */
let directory: string;
let clusters: Clusters;
const DESIRED: Desired = {
  branchId: "br-a",
  roles: [{ name: "mallory", verifier: undefined }],
  databases: [{ id: 1, name: "shop", owner: "mallory" }],
};
const run = <R>(database: string, work: Parameters<typeof clusters.sql<R>>[2]) => clusters.sql("br-a", database, work);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "palisade-tenant-"));
  chmodSync(directory, 0o711);
  clusters = await Clusters.open(join(directory, "clusters"), locatePostgres(), () => undefined);
  await clusters.create("br-a");
  await reconcile(DESIRED, run);
}, 60_000);

afterAll(async () => {
  await clusters.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const isSuperuser = async () =>
  (
    await run(PLANE_DATABASE, (client) =>
      client.query<{ rolsuper: boolean }>("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'mallory'"),
    )
  ).rows[0]?.rolsuper;

/** As the tenant would, in a session of its own. */
const asTenantIn = (database: string, sql: string) => run(database, (client) => client.query(`SET SESSION AUTHORIZATION mallory; ${sql}`));
const asTenant = (sql: string) => asTenantIn("shop", sql);

const GRAB = "BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN NULL; EXCEPTION WHEN insufficient_privilege THEN RETURN NULL; END";

it.each(["ENABLE", "ENABLE REPLICA", "ENABLE ALWAYS"])(
  "a TRUNCATE trigger does not fire when a schema-only branch is emptied, and stays as it was: %s",
  async (how) => {
    await asTenant(`DROP SCHEMA IF EXISTS own CASCADE; CREATE SCHEMA own; CREATE TABLE own.t (n int); INSERT INTO own.t VALUES (1);
    CREATE FUNCTION own.grab() RETURNS trigger LANGUAGE plpgsql AS $$ ${GRAB} $$;
    CREATE TRIGGER grab BEFORE TRUNCATE ON own.t EXECUTE FUNCTION own.grab(); ALTER TABLE own.t ${how} TRIGGER grab`);
    const state = async () =>
      (
        await run("shop", (client) =>
          client.query<{ tgenabled: string }>("SELECT tgenabled FROM pg_catalog.pg_trigger WHERE tgname = 'grab'"),
        )
      ).rows;
    const before = await state();
    await empty(run);
    expect(await isSuperuser()).toBe(false);
    expect(await state()).toEqual(before);
    expect((await run("shop", (client) => client.query("SELECT n FROM own.t"))).rows).toEqual([]);
  },
  60_000,
);

it("a view in the database's search_path does not stand in for a catalogue", async () => {
  await asTenant(`CREATE SCHEMA evil;
    CREATE FUNCTION evil.grab() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN true; EXCEPTION WHEN insufficient_privilege THEN RETURN true; END $$;
    CREATE VIEW evil.pg_roles AS SELECT rolname FROM pg_catalog.pg_roles WHERE evil.grab();
    CREATE VIEW evil.pg_tables AS SELECT schemaname, tablename FROM pg_catalog.pg_tables WHERE evil.grab();
    CREATE VIEW evil.pg_matviews AS SELECT schemaname, matviewname FROM pg_catalog.pg_matviews WHERE evil.grab();
    ALTER DATABASE shop SET search_path = evil, pg_catalog`);
  const guest = { name: "guest", verifier: undefined };
  await reconcile({ ...DESIRED, roles: [...DESIRED.roles, guest] }, run);
  await reconcile(DESIRED, run);
  await empty(run);
  expect(await isSuperuser()).toBe(false);
}, 60_000);

describe("the database of the plane", () => {
  const ask = async <T>(sql: string) => (await run(PLANE_DATABASE, (client) => client.query<{ answer: T }>(sql))).rows[0]?.answer;

  it("admits no tenant, nor does template1, where a session would hold up every CREATE DATABASE", async () => {
    for (const database of [PLANE_DATABASE, "template1"])
      expect(await ask(`SELECT has_database_privilege('mallory', '${database}', 'CONNECT') AS answer`)).toBe(false);
  });

  it.each([
    "CREATE DATABASE palisade",
    "CREATE DATABASE mine TEMPLATE palisade",
    "ALTER DATABASE palisade OWNER TO mallory",
    "ALTER DATABASE palisade RENAME TO other",
    "ALTER DATABASE palisade SET session_preload_libraries = 'x'",
    "ALTER DATABASE palisade ALLOW_CONNECTIONS false",
    "GRANT CONNECT ON DATABASE palisade TO mallory",
    "DROP DATABASE palisade",
  ])("is not a tenant's to change: %s", async (sql) => {
    await expect(
      run("shop", async (client) => {
        await client.query("SET SESSION AUTHORIZATION mallory");
        await client.query(sql);
        // A GRANT without the right to it is a warning only.
        if (sql.startsWith("GRANT")) throw new Error("no privileges were granted");
      }),
    ).rejects.toThrow(/permission denied|must be owner|already exists|no privileges were granted/);
    expect(await ask("SELECT has_database_privilege('mallory', 'palisade', 'CONNECT') AS answer")).toBe(false);
  });

  it("is taken back where an earlier version gave a tenant one of this name: that one stays the tenant's, under another", async () => {
    await run("shop", (client) => client.query("ALTER DATABASE palisade OWNER TO mallory"));
    await reconcile(DESIRED, run);
    expect(await ask("SELECT pg_get_userbyid(datdba)::text AS answer FROM pg_database WHERE datname = 'palisade'")).toBe("cloud_admin");
    expect(
      await ask("SELECT count(*)::int AS answer FROM pg_database WHERE datname LIKE 'palisade-%' AND pg_get_userbyid(datdba) = 'mallory'"),
    ).toBe(1);
  });

  it("a database that the plane has not made keeps its owner, whatever an earlier version's store says", async () => {
    await reconcile({ ...DESIRED, databases: [...DESIRED.databases, { id: 2, name: "postgres", owner: "mallory" }] }, run);
    expect(await ask("SELECT pg_get_userbyid(datdba)::text AS answer FROM pg_database WHERE datname = 'postgres'")).toBe("cloud_admin");
  });
});

describe("a schema-only branch", () => {
  it.each(["IS_TEMPLATE true", "ALLOW_CONNECTIONS false"])(
    "holds no row of a database with %s, which keeps the flag",
    async (flag) => {
      await asTenant(
        "DROP SCHEMA IF EXISTS palisade CASCADE; CREATE SCHEMA palisade; CREATE TABLE palisade.t (n int); INSERT INTO palisade.t VALUES (1)",
      );
      await run(PLANE_DATABASE, (client) => client.query(`ALTER DATABASE shop ${flag}`));
      await empty(run);
      const flags = await run(PLANE_DATABASE, (client) =>
        client.query("SELECT datistemplate AS is_template, datallowconn AS allows FROM pg_database WHERE datname = 'shop'"),
      );
      await run(PLANE_DATABASE, (client) => client.query("ALTER DATABASE shop IS_TEMPLATE false ALLOW_CONNECTIONS true"));
      expect(flags.rows).toEqual([{ is_template: flag.startsWith("IS"), allows: flag.startsWith("IS") }]);
      expect((await run("shop", (client) => client.query("SELECT n FROM palisade.t"))).rows).toEqual([]);
    },
    60_000,
  );
});

describe("the memory of what the API made", () => {
  const names = async () =>
    (
      await run(PLANE_DATABASE, (client) =>
        client.query<{ name: string }>(
          "SELECT rolname AS name FROM pg_roles WHERE rolname = 'victim' UNION SELECT datname FROM pg_database WHERE datname = 'precious' ORDER BY 1",
        ),
      )
    ).rows.map(({ name }) => name);

  it("takes no row from a tenant, who could have the plane drop what is another's with it", async () => {
    await run(PLANE_DATABASE, (client) => client.query("CREATE ROLE victim"));
    await run(PLANE_DATABASE, (client) => client.query("CREATE DATABASE precious OWNER victim"));
    const attempts = [
      "INSERT INTO palisade.role VALUES ('victim')",
      "INSERT INTO palisade.database VALUES (99, 'br-a', 'precious')",
      "UPDATE palisade.database SET name = 'precious'",
      "DELETE FROM palisade.role",
      "COPY palisade.role FROM PROGRAM 'echo victim'",
      "ALTER TABLE palisade.role DISABLE TRIGGER trusted",
      "SET session_replication_role = replica",
      "CREATE OR REPLACE FUNCTION palisade.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
      "TRUNCATE palisade.role",
    ];
    for (const sql of attempts) {
      await expect(asTenantIn(PLANE_DATABASE, sql)).rejects.toThrow(/the plane alone writes|permission denied|must be owner/);
    }
    await reconcile(DESIRED, run);
    expect(await names()).toEqual(["precious", "victim"]);
  }, 60_000);

  it("is begun anew where a cluster has it without that protection", async () => {
    await run(PLANE_DATABASE, (client) =>
      client.query("DROP TRIGGER trusted ON palisade.role; INSERT INTO palisade.role VALUES ('victim'), ('neon_superuser')"),
    );
    await reconcile(DESIRED, run);
    expect(await names()).toEqual(["precious", "victim"]);
    await expect(asTenantIn(PLANE_DATABASE, "INSERT INTO palisade.role VALUES ('victim')")).rejects.toThrow(/the plane alone writes/);
  }, 60_000);
});
