import { Client } from "pg";
import { BranchSchemaCompareResponse, BranchSchemaResponse } from "@palisade/neon/contract/wire/branchSchema";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { EndpointOperations } from "@palisade/neon/contract/wire/endpoint";
import type { CreatedProject } from "@palisade/neon/contract/wire/project";
import { sharedPlane } from "../support/plane.js";

/** The schema of a branch, read in its own Postgres. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let made: CreatedProject;
beforeAll(async () => {
  made = await plane.api.project();
  await sql(uri(), SHOP);
}, 60_000);

const SHOP = `
CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('new', 'it''s paid');
CREATE TYPE shop.place AS (street text, number int);
CREATE TYPE shop.span AS RANGE (SUBTYPE = int4);
CREATE DOMAIN shop.email AS text DEFAULT '' CONSTRAINT has_at CHECK (VALUE ~ '@');
CREATE SEQUENCE shop.numbers AS bigint START WITH 5 CYCLE;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE shop."Customer" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail shop.email NOT NULL UNIQUE, home shop.place);
CREATE TABLE shop.orders (
  id serial, customer int NOT NULL REFERENCES shop."Customer" ON DELETE CASCADE, state shop.state DEFAULT 'new',
  cents numeric(10,2) CHECK (cents >= 0), twice numeric GENERATED ALWAYS AS (cents * 2) STORED, note text COLLATE "C", PRIMARY KEY (customer, id));
CREATE TABLE shop.events (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2026 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX by_state ON shop.orders (state) WHERE cents > 5;
CREATE VIEW shop.due WITH (security_invoker=true) AS SELECT id, cents FROM shop.orders WHERE state = 'new';
CREATE MATERIALIZED VIEW shop.sums AS SELECT customer, sum(cents) AS cents FROM shop.orders GROUP BY customer;
CREATE TRIGGER touched BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE RULE quiet AS ON DELETE TO shop."Customer" DO INSTEAD NOTHING;
CREATE ROLE reader;
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE ONLY shop.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.orders AS RESTRICTIVE FOR SELECT TO reader USING (note = CURRENT_USER);
GRANT SELECT, UPDATE ON shop.orders TO reader WITH GRANT OPTION;
GRANT USAGE ON SCHEMA shop TO reader;
REVOKE EXECUTE ON FUNCTION shop.touch() FROM PUBLIC;
`;

const uri = (of: Pick<CreatedProject, "connection_uris"> = made) => of.connection_uris[0]?.connection_uri ?? "";

async function sql(connectionString: string, text: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

const at = (branchId: string, what: string) => `/projects/${made.project.id}/branches/${branchId}/${what}`;
const schemaOf = async (branchId = made.branch.id, database = "neondb") =>
  (await plane.api.ok(BranchSchemaResponse, "GET", at(branchId, `schema?db_name=${database}`))).sql ?? "";

async function child(body: object = {}): Promise<string> {
  const { branch } = await plane.api.ok(CreatedBranch, "POST", `/projects/${made.project.id}/branches`, body);
  await plane.api.settled(made.project.id);
  return branch.id;
}

it("says everything that makes a schema, and made anew from these statements it is the same", async () => {
  const text = await schemaOf();
  for (const part of SPOKEN) expect(text).toContain(part);
  await plane.api.call("POST", at(made.branch.id, "databases"), { database: { name: "copy", owner_name: "neondb_owner" } });
  await plane.api.settled(made.project.id);
  await sql(uri().replace("/neondb?", "/copy?"), `SET check_function_bodies = off; ${text}`);
  expect(await schemaOf(made.branch.id, "copy")).toBe(text);
}, 60_000);

const SPOKEN = [
  "CREATE TYPE shop.state AS ENUM ('new', 'it''s paid');",
  `CREATE TABLE shop."Customer" (\n    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,\n    mail shop.email NOT NULL,\n    home shop.place\n);`,
  "    twice numeric GENERATED ALWAYS AS ((cents * (2)::numeric)) STORED",
  "CREATE TABLE shop.events_2026 PARTITION OF shop.events FOR VALUES FROM",
  "CREATE VIEW shop.due WITH (security_invoker=true) AS",
  `    ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES shop."Customer"(id) ON DELETE CASCADE;`,
  "CREATE INDEX by_state ON shop.orders USING btree (state) WHERE (cents > (5)::numeric);",
  "ALTER TABLE ONLY shop.orders FORCE ROW LEVEL SECURITY;",
  "CREATE POLICY own ON shop.orders AS RESTRICTIVE FOR SELECT TO reader USING",
  "GRANT SELECT, UPDATE ON TABLE shop.orders TO reader WITH GRANT OPTION;",
  "ALTER TABLE shop.orders OWNER TO neondb_owner;",
];

it("describes tables in JSON", async () => {
  const { json } = await plane.api.ok(BranchSchemaResponse, "GET", at(made.branch.id, "schema?db_name=neondb&format=json"));
  expect(json?.tables.map(({ name }) => name)).toEqual(["Customer", "events", "events_2026", "orders"]);
  expect(json?.tables[3]).toMatchObject({
    schema: "shop",
    columns: expect.arrayContaining([
      { name: "twice", type: "numeric", nullable: true, generated: true },
      { name: "customer", type: "integer", nullable: false, generated: false },
    ]) as unknown,
    constraints: [
      {
        type: "foreign_key",
        name: "orders_customer_fkey",
        columns: ["customer"],
        referenced_table: { schema: "shop", table: "Customer", columns: ["id"] },
      },
      { type: "primary_key", name: "orders_pkey", columns: ["customer", "id"] },
    ],
  });
}, 60_000);

it("compares a branch with its parent, or with another, and starts no compute for that", async () => {
  const [quiet, other] = [await child(), await child({ endpoints: [{ type: "read_write" }] })];
  const compare = async (branchId: string, query = "") =>
    (await plane.api.ok(BranchSchemaCompareResponse, "GET", at(branchId, `compare_schema?db_name=neondb${query}`))).diff ?? "";
  expect(await compare(quiet)).toBe("");
  const wanted = `/projects/${made.project.id}/connection_uri?branch_id=${other}&role_name=neondb_owner&database_name=neondb`;
  const { body } = await plane.api.call("GET", wanted);
  await sql((body as { uri: string }).uri, "ALTER TABLE shop.orders ADD COLUMN paid_at date; DROP VIEW shop.due");
  const diff = await compare(other);
  const changes = diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
  expect(changes).toEqual(
    expect.arrayContaining([
      "+    paid_at date",
      "-CREATE VIEW shop.due WITH (security_invoker=true) AS",
      "-ALTER VIEW shop.due OWNER TO neondb_owner;",
    ]),
  );
  expect(diff.startsWith(`--- Database: neondb (Branch: ${made.branch.id})\n+++ Database: neondb (Branch: ${other})\n@@ -`)).toBe(true);
  expect(await compare(made.branch.id, `&base_branch_id=${other}`)).toContain("-    paid_at date");
  expect(await compare(quiet, `&base_branch_id=${other}`)).toContain("-    paid_at date");
  const { operations } = (await plane.api.call("GET", `/projects/${made.project.id}/operations?limit=1000`)).body as {
    operations: { branch_id: string; action: string }[];
  };
  expect(operations.filter(({ branch_id, action }) => branch_id === quiet && action === "start_compute")).toEqual([]);
}, 60_000);

it("runs no code of the tenant, whatever stands in the way of the plane's words", async () => {
  await sql(
    uri(),
    `CREATE SCHEMA trap; CREATE TABLE trap.sprung (who text);
     CREATE FUNCTION trap.spring(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO trap.sprung VALUES (session_user); RETURN $1; END $$;
     CREATE FUNCTION trap.quote_ident(text) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring($1) $$;
     CREATE FUNCTION trap.format_type(oid, integer) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring('int') $$;
     CREATE VIEW trap.pg_class AS SELECT trap.spring('x') AS relname;
     ALTER DATABASE neondb SET search_path = trap, pg_catalog; ALTER ROLE neondb_owner SET search_path = trap, pg_catalog`,
  );
  expect(await schemaOf()).toContain("CREATE VIEW trap.pg_class AS");
  const client = new Client({ connectionString: uri() });
  await client.connect();
  const { rows } = await client.query("SELECT * FROM trap.sprung").finally(() => client.end());
  expect(rows).toEqual([]);
}, 60_000);

it("does not stand in the way of a connection that wakes the compute meanwhile", async () => {
  const endpoint = made.endpoints[0]?.id ?? "";
  await plane.api.ok(EndpointOperations, "POST", `/projects/${made.project.id}/endpoints/${endpoint}/suspend`);
  await plane.api.settled(made.project.id);
  const [text] = await Promise.all([schemaOf(), sql(uri(), "SELECT 1"), schemaOf(), sql(uri(), "SELECT 2")]);
  expect(text).toContain("CREATE SCHEMA shop;");
  expect((await plane.api.call("GET", `/projects/${made.project.id}/endpoints/${endpoint}`)).body).toMatchObject({
    endpoint: { current_state: "active" },
  });
}, 60_000);
