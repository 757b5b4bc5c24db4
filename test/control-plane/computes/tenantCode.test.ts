import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clusters } from "../../../control-plane/computes/clusters.js";
import { emptyCluster } from "../../../control-plane/computes/emptyCluster.js";
import { locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import { readSchemaSql, readSchemaTables } from "../../../control-plane/computes/databaseSchema.js";
import type { RunTenantSql } from "../../../control-plane/computes/tenantSql.js";
import { PLANE_DATABASE } from "../../../control-plane/computes/clusterSetup.js";
import { type DesiredState, reconcile } from "../../../control-plane/computes/reconcile.js";

/** The plane works in a tenant's databases as superuser: nothing a tenant has left there may run in such a session. */
let directory: string;
let clusters: Clusters;
const DESIRED: DesiredState = {
  branchId: "br-a",
  roles: [{ name: "mallory", verifier: undefined }],
  databases: [{ id: 1, name: "shop", owner: "mallory" }],
};
const run = <R>(database: string, work: Parameters<typeof clusters.runSql<R>>[2]) => clusters.runSql("br-a", database, work);
const within: RunTenantSql = (database, as, work) => clusters.runTenantSql("br-a", database, as, work);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "palisade-tenant-"));
  chmodSync(directory, 0o711);
  clusters = await Clusters.open(join(directory, "clusters"), locatePostgres(), () => undefined);
  await clusters.create("br-a");
  await reconcile(DESIRED, run, within);
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
    await emptyCluster(run, within);
    expect(await isSuperuser()).toBe(false);
    expect(await state()).toEqual(before);
    expect((await run("shop", (client) => client.query("SELECT n FROM own.t"))).rows).toEqual([]);
  },
  60_000,
);

it("rows of a role whose name is like one of the plane's are taken out as well", async () => {
  await run("shop", (client) =>
    client.query(
      "CREATE ROLE palisade_like; CREATE TABLE public.hidden (n int); INSERT INTO public.hidden VALUES (1); ALTER TABLE public.hidden OWNER TO palisade_like",
    ),
  );
  await emptyCluster(run, within);
  expect((await run("shop", (client) => client.query("SELECT n FROM public.hidden"))).rows).toEqual([]);
  await run("shop", (client) => client.query("DROP TABLE public.hidden; DROP ROLE palisade_like"));
}, 60_000);

it("a view in the database's search_path does not stand in for a catalogue", async () => {
  await asTenant(`CREATE SCHEMA evil;
    CREATE FUNCTION evil.grab() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN true; EXCEPTION WHEN insufficient_privilege THEN RETURN true; END $$;
    CREATE VIEW evil.pg_roles AS SELECT rolname FROM pg_catalog.pg_roles WHERE evil.grab();
    CREATE VIEW evil.pg_tables AS SELECT schemaname, tablename FROM pg_catalog.pg_tables WHERE evil.grab();
    CREATE VIEW evil.pg_matviews AS SELECT schemaname, matviewname FROM pg_catalog.pg_matviews WHERE evil.grab();
    ALTER DATABASE shop SET search_path = evil, pg_catalog`);
  const guest = { name: "guest", verifier: undefined };
  await reconcile({ ...DESIRED, roles: [...DESIRED.roles, guest] }, run, within);
  await reconcile(DESIRED, run, within);
  await emptyCluster(run, within);
  expect(await isSuperuser()).toBe(false);
}, 60_000);

/** Folded or run when the table is opened, whoever opens it. `IMMUTABLE` is what the tenant says, not what is so. */
const HOSTILE = `
DROP SCHEMA IF EXISTS trap CASCADE; CREATE SCHEMA trap; CREATE TABLE trap.seen (who text, super text);
CREATE FUNCTION trap.grab(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE TABLE trap.t (n int); CREATE INDEX ON trap.t ((n + trap.grab(1))); CREATE INDEX ON trap.t (n) WHERE trap.grab(2) = 1;
CREATE TABLE trap.parted (n int) PARTITION BY RANGE ((n + trap.grab(3)));
CREATE DOMAIN trap.checked AS int CHECK (trap.grab(VALUE) = 1); CREATE TABLE trap.d (n trap.checked DEFAULT trap.grab(4));
CREATE MATERIALIZED VIEW trap.m AS SELECT trap.grab(n) FROM trap.t;
ALTER TABLE trap.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON trap.t USING (trap.grab(n) = 1);
CREATE RULE r AS ON DELETE TO trap.d DO INSTEAD SELECT trap.grab(5);
INSERT INTO trap.t VALUES (1); INSERT INTO trap.d VALUES (1)`;

/** Afterwards: an `IMMUTABLE` function may call one that is not. */
const ARMED = `
CREATE FUNCTION trap.act() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  BEGIN EXECUTE 'ALTER ROLE mallory SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXECUTE 'ALTER ROLE mallory SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
  RETURN 1; END $$;
CREATE OR REPLACE FUNCTION trap.grab(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN trap.act(); END $$`;

it("what a tenant left in expressions has nothing to gain from schema reading, emptying and the drop of a role", async () => {
  await asTenant(HOSTILE);
  await asTenant(ARMED);
  await clusters.readDatabase("br-a", "shop", readSchemaSql);
  await clusters.readDatabase("br-a", "shop", readSchemaTables);
  const guest = { name: "guest", verifier: undefined };
  await reconcile({ ...DESIRED, roles: [...DESIRED.roles, guest] }, run, within);
  await run("shop", (client) =>
    client.query("GRANT ALL ON trap.t TO guest; CREATE TABLE trap.of_guest (n int); ALTER TABLE trap.of_guest OWNER TO guest"),
  );
  expect(await reconcile(DESIRED, run, within)).toEqual([]);
  await emptyCluster(run, within);
  expect(await isSuperuser()).toBe(false);
  const left = await run(PLANE_DATABASE, (client) =>
    client.query("SELECT rolname FROM pg_roles WHERE rolname ~ '^palisade_' OR rolname = 'guest'"),
  );
  expect(left.rows).toEqual([]);
}, 60_000);

it("a tenant's function that is called outright in such a session finds no power to take", async () => {
  await asTenant(HOSTILE);
  await asTenant(ARMED);
  await within("shop", ["mallory"], (client) => client.query("SELECT trap.act()"));
  expect(await isSuperuser()).toBe(false);
}, 60_000);

it("a role is dropped with its grants in databases that nobody may connect to, and with those it made", async () => {
  const guest = { name: "guest", verifier: undefined };
  await reconcile({ ...DESIRED, roles: [...DESIRED.roles, guest] }, run, within);
  await run(PLANE_DATABASE, (client) => client.query("CREATE DATABASE closed OWNER guest"));
  await run("closed", (client) => client.query("CREATE TABLE public.t (n int); ALTER TABLE public.t OWNER TO guest"));
  await run(PLANE_DATABASE, (client) => client.query("ALTER DATABASE closed ALLOW_CONNECTIONS false"));
  expect(await reconcile(DESIRED, run, within)).toEqual([]);
  const rows = await run(PLANE_DATABASE, (client) =>
    client.query("SELECT pg_get_userbyid(datdba) AS owner, datallowconn AS admits FROM pg_database WHERE datname = 'closed'"),
  );
  expect(rows.rows).toEqual([{ owner: "mallory", admits: false }]);
}, 60_000);

it("one bad object is a finding, and the rest of the branch is applied", async () => {
  const bad = { id: 7, name: "bad", owner: "nobody_there" };
  const good = { id: 8, name: "good", owner: "mallory" };
  expect(await reconcile({ ...DESIRED, databases: [...DESIRED.databases, bad, good] }, run, within)).toEqual([
    { object: 'database "bad"', error: expect.stringContaining("nobody_there") as string },
  ]);
  expect((await run("good", (client) => client.query("SELECT 1 AS one"))).rows).toEqual([{ one: 1 }]);
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
    await reconcile(DESIRED, run, within);
    expect(await ask("SELECT pg_get_userbyid(datdba)::text AS answer FROM pg_database WHERE datname = 'palisade'")).toBe("cloud_admin");
    expect(
      await ask("SELECT count(*)::int AS answer FROM pg_database WHERE datname LIKE 'palisade-%' AND pg_get_userbyid(datdba) = 'mallory'"),
    ).toBe(1);
  });

  it("a database that the plane has not made keeps its owner, whatever an earlier version's store says", async () => {
    await reconcile({ ...DESIRED, databases: [...DESIRED.databases, { id: 2, name: "postgres", owner: "mallory" }] }, run, within);
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
      await emptyCluster(run, within);
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
    await reconcile(DESIRED, run, within);
    expect(await names()).toEqual(["precious", "victim"]);
  }, 60_000);

  it("is begun anew where a cluster has it without that protection", async () => {
    await run(PLANE_DATABASE, (client) =>
      client.query("DROP TRIGGER trusted ON palisade.role; INSERT INTO palisade.role VALUES ('victim'), ('neon_superuser')"),
    );
    await reconcile(DESIRED, run, within);
    expect(await names()).toEqual(["precious", "victim"]);
    await expect(asTenantIn(PLANE_DATABASE, "INSERT INTO palisade.role VALUES ('victim')")).rejects.toThrow(/the plane alone writes/);
  }, 60_000);
});
