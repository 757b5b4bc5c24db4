/** What a visitor does so that its end fails, or goes on after it; and what it sends so that the audit forgets. */
import type { Client } from "pg";
import { type AccessTerms, AccessTerms as Terms } from "../../contract/temporaryAccess.js";
import { until } from "../support/until.js";
import { type Login, outcome, query, sql } from "./clients.js";
import { give, loginOf, pathOf, type Place, plane, readStatements, restartPlane, rolesIn, shop, termsOf } from "./temporaryAccessScene.js";

jest.setTimeout(120_000);

async function visit(given?: Place): Promise<{ place: Place; terms: AccessTerms; login: Login }> {
  const place = given ?? (await shop());
  const terms = termsOf(place, {
    privileges: Terms.shape.privileges.parse({
      database: ["CONNECT", "CREATE"],
      schemas: [{ name: "shop", privileges: ["USAGE", "CREATE"], tables: ["SELECT", "TRIGGER"] }],
    }),
  });
  return { place, terms, login: loginOf(place, await give(terms)) };
}
async function end(place: Place, terms: AccessTerms): Promise<void> {
  await plane.api.call("DELETE", pathOf(terms));
  await plane.api.settled(place.id);
}

const CALLED_BY_OTHERS: Record<string, string[]> = {
  "a trigger of a table of the owner's": [
    "CREATE FUNCTION shop.take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.loot SELECT n FROM public.secret; RETURN NEW; END $$",
    "CREATE TRIGGER t BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.take()",
  ],
  "a check of a table that it leaves": [
    "CREATE FUNCTION shop.take(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.loot SELECT n FROM public.secret; RETURN true; END $$",
    "ALTER TABLE shop.loot ADD CHECK (n = 42 OR shop.take(n))",
  ],
  "an operator": [
    "CREATE FUNCTION shop.take(int, int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.loot SELECT n FROM public.secret; RETURN true; END $$",
    "CREATE OPERATOR shop.=== (FUNCTION = shop.take, LEFTARG = int, RIGHTARG = int)",
  ],
  "a procedure": ["CREATE PROCEDURE shop.take() LANGUAGE sql AS 'INSERT INTO shop.loot SELECT n FROM public.secret'"],
};
const CALLS = [
  "INSERT INTO shop.orders VALUES (2)",
  "INSERT INTO shop.loot VALUES (1)",
  "SELECT 1 OPERATOR(shop.===) 2",
  "CALL shop.take()",
];

it.each(Object.entries(CALLED_BY_OTHERS))("leaves no code that runs with the power of whoever meets it: %s", async (_, statements) => {
  const { place, terms, login } = await visit();
  await sql(plane, place.owner, "CREATE TABLE secret (n int); INSERT INTO secret VALUES (42)");
  for (const statement of ["CREATE TABLE shop.loot (n int)", ...statements]) await sql(plane, login, statement);
  await end(place, terms);
  for (const call of CALLS) await sql(plane, place.owner, call).catch(() => undefined);
  const { rows } = await query(plane, place.owner, (client) => client.query("SELECT n FROM shop.loot WHERE n = 42"));
  expect([rows, await rolesIn(place)]).toEqual([[], []]);
});

const OWNED: readonly (readonly [string, string])[] = [
  ["a publication", "CREATE TABLE shop.published (n int); CREATE PUBLICATION p FOR TABLE shop.published"],
  ["an extension", "CREATE EXTENSION hstore SCHEMA shop"],
  ["a schema with a table", "CREATE SCHEMA own CREATE TABLE t (n serial)"],
  [
    "a domain, a range and a type",
    "CREATE DOMAIN shop.d AS int; CREATE TYPE shop.r AS RANGE (SUBTYPE = int); CREATE TYPE shop.c AS (n int)",
  ],
  ["text search", "CREATE TEXT SEARCH DICTIONARY shop.d (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION shop.t (COPY = english)"],
  [
    "an aggregate, a cast and a conversion",
    "CREATE AGGREGATE shop.a (int) (SFUNC = int4pl, STYPE = int); CREATE TYPE shop.k AS (n int); CREATE CAST (shop.k AS text) WITH INOUT; CREATE CONVERSION shop.v FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
  ],
  [
    "partitions, statistics and a view",
    "CREATE TABLE shop.p (n int, m int) PARTITION BY RANGE (n); CREATE TABLE shop.q PARTITION OF shop.p DEFAULT; CREATE STATISTICS shop.s ON n, m FROM shop.p; CREATE MATERIALIZED VIEW shop.m AS SELECT 1 AS n",
  ],
  ["large objects", "SELECT lo_create(0) FROM generate_series(1, 2000)"],
  ["default privileges", "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC"],
];
it("is dropped whatever it made, one after another in one place", async () => {
  const place = await shop();
  for (const [kind, statements] of OWNED) {
    const { terms, login } = await visit(place);
    await sql(plane, login, statements);
    await end(place, terms);
    expect([kind, await rolesIn(place)]).toEqual([kind, []]);
  }
});

/** 4,000 in four rounds; each locks itself, its index, its overflow and the index of that, and Postgres has room for 7,000 locks. */
const MANY = `DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE %s_%s (n text PRIMARY KEY)', 'SCHEMA.t' || txid_current(), i); END LOOP; END $$`;
it.each(["a visitor", "a role of the API"])("is dropped with more tables than Postgres has locks: %s", async (who) => {
  const { place, terms, login } = await visit();
  const role = `/projects/${place.id}/branches/${place.branchId}/roles`;
  if (who === "a visitor") for (let round = 0; round < 4; round++) await sql(plane, login, MANY.replace("SCHEMA", "shop"));
  else {
    const made = (await plane.api.call("POST", role, { role: { name: "app" } })).body as { role: { password: string } };
    await plane.api.settled(place.id);
    const app = { ...place.owner, role: "app", password: made.role.password };
    await sql(plane, place.owner, "CREATE SCHEMA of_app; GRANT ALL ON SCHEMA of_app TO app");
    for (let round = 0; round < 4; round++) await sql(plane, app, MANY.replace("SCHEMA", "of_app"));
    await plane.api.call("DELETE", `${role}/app`);
  }
  await end(place, terms);
  expect(await rolesIn(place)).toEqual([]);
  const { rows } = await query(plane, place.owner, (client) => client.query("SELECT FROM pg_roles WHERE rolname = 'app'"));
  expect(rows).toEqual([]);
  await restartPlane(() => undefined);
  expect(await outcome(plane, place.owner)).toBe("admitted");
});

it("is locked out while somebody holds what it owns, keeps nobody out, and is dropped once that is over", async () => {
  const { place, terms, login } = await visit();
  await sql(plane, login, "CREATE TABLE shop.mine (n int); GRANT SELECT ON shop.mine TO PUBLIC");
  await query(plane, place.owner, async (client) => {
    await client.query("BEGIN; LOCK TABLE shop.mine IN ACCESS SHARE MODE");
    await end(place, terms);
    expect(await outcome(plane, login)).toContain("password authentication failed");
    expect([await outcome(plane, place.owner), await rolesIn(place)]).toEqual(["admitted", ["visitor"]]);
  });
  await until("it is tried again", async () => (await rolesIn(place)).length === 0, 60_000);
  const { rows } = await query(plane, place.owner, (client) =>
    client.query("SELECT count(*)::int AS heirs FROM pg_roles WHERE rolname ~ '^palisade_ended_'"),
  );
  expect(rows).toEqual([{ heirs: 1 }]);
});

/** Parse messages of an empty text: the smallest that are recorded. */
const flood = (client: Client, count: number): void => {
  const { stream } = (client as unknown as { connection: { stream: NodeJS.WritableStream } }).connection;
  stream.write(Buffer.concat(Array<Buffer>(count).fill(Buffer.from([0x50, 0, 0, 0, 8, 0, 0, 0, 0]))));
};

it("is cut off before its statements push anybody's rows out of the audit", async () => {
  const { place, login } = await visit();
  await query(plane, login, async (client) => {
    const said: string[] = [];
    client.on("error", ({ message }) => said.push(message));
    const over = new Promise((done) => client.once("end", done));
    for (let round = 0; round < 10; round++) flood(client, 10_000);
    await over;
    expect(said.join()).toContain("Statements of temporary access are recorded");
  });
  await until("they are recorded", async () => (await readStatements(place)).length >= 20_000);
  expect((await readStatements(place)).length).toBeLessThan(40_000);
});
