import { readFileSync } from "node:fs";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { AccessTerms as Terms } from "../../contract/temporaryAccess.js";
import { until } from "../support/until.js";
import { outcome, query, sql } from "./clients.js";
import { plane, shop, termsOf, pathOf, give, stateOf, loginOf, rolesIn, readStatements, copyIn } from "./temporaryAccessScene.js";

jest.setTimeout(120_000);

it("leaves no code behind that runs with another's power, and loses nothing of what it made", async () => {
  const place = await shop();
  const terms = termsOf(place, {
    until: new Date(Date.now() + 3 * 3_600_000).toISOString(),
    privileges: Terms.shape.privileges.parse({
      database: ["CONNECT", "CREATE"],
      schemas: [{ name: "shop", privileges: ["USAGE", "CREATE"], tables: ["SELECT"] }],
    }),
  });
  await sql(plane, place.owner, "CREATE TABLE secret (n int); INSERT INTO secret VALUES (42)");
  const stranger = { ...place.owner, role: "stranger", password: "Zq7-fkd9-Lw81-mmZ7-pQ" };
  await sql(plane, place.owner, `CREATE ROLE stranger LOGIN PASSWORD '${stranger.password}'; GRANT USAGE ON SCHEMA shop TO stranger`);
  await until("the stranger is known", async () => (await outcome(plane, stranger)) === "admitted");
  const login = loginOf(place, await give(terms));
  const LEFT = [
    "CREATE FUNCTION shop.f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT max(n) FROM public.secret); END'",
    "CREATE VIEW shop.v AS SELECT n FROM public.secret; GRANT SELECT ON shop.v TO PUBLIC",
    "CREATE TABLE shop.notes (words text); INSERT INTO shop.notes VALUES ('kept'); GRANT INSERT ON shop.notes TO PUBLIC",
    "CREATE RULE r AS ON INSERT TO shop.notes DO ALSO DELETE FROM public.secret",
    "CREATE SCHEMA own; CREATE TYPE own.kind AS ENUM ('a'); CREATE TABLE own.t (k own.kind, words text)",
  ];
  for (const statement of LEFT) await sql(plane, login, statement);
  await plane.api.call("DELETE", pathOf(terms));
  await plane.api.settled(place.id);
  expect(await rolesIn(place)).toEqual([]);
  for (const statement of ["SELECT shop.f()", "SELECT n FROM shop.v", "INSERT INTO shop.notes VALUES ('mine')"])
    expect(await outcome(plane, stranger, statement)).toBe("permission denied for table secret");
  await sql(plane, place.owner, "DROP RULE r ON shop.notes; INSERT INTO shop.notes SELECT words FROM shop.notes; DROP SCHEMA own CASCADE");
  const { rows } = await query(plane, place.owner, (client) =>
    client.query(
      "SELECT n, (SELECT count(*)::int FROM shop.notes) AS notes, r.rolcanlogin AS login FROM secret, pg_roles r WHERE rolname ~ '^palisade_ended_'",
    ),
  );
  expect(rows).toEqual([{ n: 42, notes: 2, login: false }]);
});

it("owns no database, has no password by another call, and gives no standing role its password", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  const branch = `/projects/${place.id}/branches/${place.branchId}`;
  const snapshot = (await plane.api.call("POST", `${branch}/roles`, { role: { name: "visitor" } })).status;
  expect(snapshot).toBe(201);
  await plane.api.settled(place.id);
  const taken = await plane.api.ok(CreatedBranch, "POST", `/projects/${place.id}/branches`, { branch: { name: "kept" } });
  await plane.api.settled(place.id);
  await plane.api.call("PATCH", `/projects/${place.id}/branches/${taken.branch.id}`, { branch: { protected: true } });
  await plane.api.call("DELETE", `${branch}/roles/visitor`);
  await plane.api.settled(place.id);
  const login = loginOf(place, await give(terms));
  expect(await outcome(plane, login)).toBe("admitted");
  const [database] = [place.owner.database];
  const refusals = [
    await plane.api.refused("PATCH", `${branch}/databases/${database}`, { database: { owner_name: "visitor" } }),
    await plane.api.refused("POST", `${branch}/databases`, { database: { name: "theirs", owner_name: "visitor" } }),
    await plane.api.refused("POST", `${branch}/roles/visitor/reset_password`),
  ];
  for (const { status, message } of refusals) {
    expect(status).toBe(422);
    expect(message).toContain("the role is one of temporary access: visitor");
  }
  // A protected source has a standing role of the name; what is in use here keeps its password, but this one was to end.
  expect(
    (await plane.api.call("POST", `${branch}/restore`, { source_branch_id: taken.branch.id, preserve_under_name: "before" })).body,
  ).toMatchObject({
    branch: { id: place.branchId },
  });
  await plane.api.settled(place.id);
  expect(await outcome(plane, login)).toContain("password authentication failed");
  expect(await stateOf(terms)).toMatchObject({ status: "ended", ended_by: "role-removed" });
});

it("records its statements without constants, comments, parameters and COPY data, and those of no other role", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  await query(plane, login, async (client) => {
    await client.query(
      "SELECT 'MARKER', $tag$MARKER$tag$, 4711 /* MARKER */ -- MARKER\nFROM shop.orders; INSERT INTO shop.orders VALUES (4711)",
    );
    await client.query({ name: "prepared", text: "SELECT n FROM shop.orders WHERE n::text = $1 OR n = 4711", values: ["MARKER"] });
    await client.query("SELECT E'MARKER\\'' AS escaped");
    await client.query("SELEC 'MARKER'").catch(() => undefined);
    await client.query(`SELECT '${"MARKER".repeat(4_000)}'`);
    await copyIn(client, "COPY shop.orders FROM STDIN", "4711\n");
  });
  await sql(plane, place.owner, "SELECT 'MARKER of the owner'");
  const events = await readStatements(place);
  expect(JSON.stringify(events)).not.toMatch(/MARKER|4711/);
  const texts = events.map(({ statement, length }) => statement ?? length);
  expect(texts).toEqual([
    "SELECT $1 , $2 , $3 FROM shop . orders ; INSERT INTO shop . orders VALUES ( $4 )",
    "SELECT n FROM shop . orders WHERE n :: text = $1 OR n = $2",
    "SELECT E'MARKER\\'' AS escaped".length,
    "SELEC 'MARKER'".length,
    `SELECT '${"MARKER".repeat(4_000)}'`.length,
    "COPY shop . orders FROM STDIN",
  ]);
  expect(new Set(events.map(({ role }) => role))).toEqual(new Set(["visitor"]));
});

it("is told as recorded without constants", async () => {
  expect((await plane.api.call("GET", "/x-palisade/status")).body).toMatchObject({ statements: "normalised" });
});

it("records what is sent over HTTP as well", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  const { request } = await import("node:https");
  const status = await new Promise<number | undefined>((done, fail) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: plane.ready.proxyPort,
        path: "/sql",
        method: "POST",
        servername: `${login.endpointId}.db.localhost`,
        ca: readFileSync(plane.ready.rootCert ?? ""),
        headers: {
          "neon-raw-text-output": "true",
          "neon-connection-string": `postgres://visitor:${login.password}@${login.endpointId}.db.localhost/${login.database}`,
        },
      },
      (answer) => {
        answer.resume().once("end", () => {
          done(answer.statusCode);
        });
      },
    );
    asked.once("error", fail).end(JSON.stringify({ query: "SELECT 'MARKER', $1::text", params: ["MARKER"] }));
  });
  expect(status).toBe(200);
  const events = await readStatements(place);
  expect(events.map(({ statement }) => statement)).toEqual(["SELECT $2 , $1 :: text"]);
});
