import { readFileSync, writeFileSync } from "node:fs";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { RolesResponse } from "@palisade/neon/contract/wire/role";
import { type AccessTerms, AccessTerms as Terms, formatSignedAccess } from "../../contract/temporaryAccess.js";
import { until } from "../support/until.js";
import { outcome, query, sql } from "./clients.js";
import {
  plane,
  at,
  shop,
  termsOf,
  sign,
  pathOf,
  bodyOf,
  give,
  stateOf,
  loginOf,
  advance,
  rolesIn,
  restartPlane,
} from "./temporaryAccessScene.js";

jest.setTimeout(120_000);

it("gives what was approved and nothing else, and tells the password once", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const given = await give(terms);
  expect(await stateOf(terms)).toMatchObject({ status: "active", approver: "bob@example.com", requester: "ada@example.com" });
  const login = loginOf(place, given);
  expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("admitted");
  expect(await outcome(plane, login, "DELETE FROM shop.orders")).toBe("permission denied for table orders");
  expect(await outcome(plane, login, "SELECT * FROM public.other")).toBe("permission denied for table other");
  expect(await outcome(plane, login, "CREATE ROLE more")).toContain("permission denied to create role");
  const revealed = await plane.api.call("GET", `/projects/${place.id}/branches/${place.branchId}/roles/visitor/reveal_password`);
  expect(JSON.stringify(revealed.body)).not.toContain(given.password);
  expect(JSON.stringify(await stateOf(terms))).not.toContain(given.password);
});

it("ends on time: no login, no session, no role, no grant", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  const ended = query(plane, login, async (client) => {
    await client.query("SELECT 1");
    const over = new Promise((done) => client.once("end", done));
    await advance(3_601);
    expect(await outcome(plane, login)).toContain("password authentication failed");
    return over;
  });
  await ended.catch(() => undefined);
  await until("the role is dropped", async () => (await rolesIn(place)).length === 0);
  expect(await stateOf(terms)).toMatchObject({ status: "ended", ended_by: "time" });
  const { roles } = await plane.api.ok(RolesResponse, "GET", `/projects/${place.id}/branches/${place.branchId}/roles`);
  expect(roles.map(({ name }) => name)).not.toContain("visitor");
});

it("is of its time when the clock is set back, too", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  expect(await outcome(plane, login)).toBe("admitted");
  const now = Date.now;
  const early = jest.spyOn(Date, "now").mockImplementation(() => now() - 86_400_000);
  try {
    expect(await outcome(plane, login)).toContain("password authentication failed");
  } finally {
    early.mockRestore();
  }
  expect(await outcome(plane, login)).toBe("admitted");
});

it("has ended before anything answers, where the end came while the plane was down", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3_600_000 + 4_000_000).toISOString() });
  const login = loginOf(place, await give(terms));
  expect(await outcome(plane, login)).toBe("admitted");
  const now = Date.now;
  let late = jest.spyOn(Date, "now");
  try {
    await restartPlane(() => {
      late = late.mockImplementation(() => now() + 3_600_000 + 5_000_000);
    });
    expect(await stateOf(terms)).toMatchObject({ status: "ended", ended_by: "time" });
    expect(await outcome(plane, login)).toContain("password authentication failed");
    await plane.api.settled(place.id);
    await until("the role is dropped", async () => (await rolesIn(place)).length === 0);
  } finally {
    late.mockRestore();
  }
});

it("takes no approval of a stranger, of the requester, for another purpose, of other terms, or used before", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const refused = async (approval: string, asked = terms) => {
    const { status, code, message } = await plane.api.refused("PUT", pathOf(asked), bodyOf(asked, approval));
    expect([status, code]).toEqual([422, "ACCESS_APPROVAL_REFUSED"]);
    return message;
  };
  expect(await refused(await sign(terms, { key: "stranger" }))).toContain("no approver of this plane has signed it");
  expect(await refused(await sign(terms, { namespace: "palisade-approval@v1" }))).toContain("no approver");
  // Bob's other name, his own in other letters, and with a word that his server ignores.
  for (const requester of ["Bob@Example.com", "robert@example.com", "bob+access@example.com"]) {
    const own = termsOf(place, { requester });
    expect(await refused(await sign(own), own)).toContain("who asks for it cannot approve it");
  }
  const lookalike = termsOf(place);
  const spelled = await plane.api.refused("PUT", pathOf(lookalike), bodyOf({ ...lookalike, requester: "b\u043eb@example.com" }, "x"));
  expect(spelled).toMatchObject({ status: 400, message: expect.stringContaining("list of allowed signers") as string });
  const signed = await sign(terms);
  const others: Partial<AccessTerms>[] = [
    { roleName: "other" },
    { reason: "another" },
    { requester: "eve@example.com" },
    { until: new Date(Date.now() + 7_200_000).toISOString() },
    { databaseName: "postgres" },
    { privileges: Terms.shape.privileges.parse({ schemas: [{ name: "shop", tables: ["DELETE"] }] }) },
  ];
  for (const other of others) expect(await refused(signed, termsOf(place, other))).toMatch(/it is of another /);
  expect(await refused(signed.replace("order 17", "order 18"), { ...terms, reason: "a look at order 18" })).toContain("no approver");
  const { access, signature } = JSON.parse(signed) as { access: string; signature: string };
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(access) as object).reverse()));
  const duplicated = access.replace("{", `{"until":"${new Date(0).toISOString()}",`);
  for (const other of [`${access} `, reordered, duplicated])
    expect(await refused(formatSignedAccess(other, signature))).toContain("it was not written by palisade approve-access");
  const listed = readFileSync(at("approvers"), "utf8");
  for (const [list, why] of [
    ["", "no approver of this plane has signed it"],
    [listed.replace("bob@", "*@"), "names nobody by"],
  ] as const) {
    writeFileSync(at("approvers"), list);
    expect(await refused(signed)).toContain(why);
  }
  writeFileSync(at("approvers"), listed);
  await give(terms, signed);
  await plane.api.call("DELETE", pathOf(terms));
  await plane.api.settled(place.id);
  expect(await refused(signed)).toContain("it was used before");
  const late = termsOf(place, { until: new Date(Date.now() + 8 * 86_400_000 + 10_000_000).toISOString() });
  expect((await plane.api.refused("PUT", pathOf(late), bodyOf(late, await sign(late)))).message).toContain("at most 7 days ahead");
});

it("makes of the same approval the same access again, with a new password, for a caller whose answer was lost", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const first = await give(terms);
  const second = await give(terms, first.approval);
  expect(await outcome(plane, loginOf(place, first))).toContain("password authentication failed");
  expect(await outcome(plane, loginOf(place, second))).toBe("admitted");
  expect(second.temporary_access.until).toBe(first.temporary_access.until);
});

it("is of one branch: no copy has the role, a new password by SQL keeps its end, and a role of the name made by SQL stays what it is", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const login = loginOf(place, await give(terms));
  const copy = await plane.api.ok(CreatedBranch, "POST", `/projects/${place.id}/branches`, {
    branch: {},
    endpoints: [{ type: "read_write" }],
  });
  await plane.api.settled(place.id);
  expect(copy.roles.map(({ name }) => name)).not.toContain("visitor");
  expect(await outcome(plane, { ...login, endpointId: copy.endpoints[0]?.id ?? "" })).toContain("password authentication failed");
  const own = "Zq7-fkd9-Lw81-mmZ7-pQ";
  await sql(plane, login, `ALTER ROLE visitor PASSWORD '${own}'`);
  await until("the new password is known", async () => (await outcome(plane, { ...login, password: own })) === "admitted");
  await advance(3_601);
  await until("its end came", async () => (await outcome(plane, { ...login, password: own })).includes("password authentication failed"));
  const taken = termsOf(place, { roleName: "taken", until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  await sql(plane, place.owner, "CREATE ROLE taken");
  const status = await plane.api.call("PUT", pathOf(taken), bodyOf(taken, await sign(taken)));
  await plane.api.settled(place.id);
  if (status.status === 200)
    expect(await stateOf(taken)).toMatchObject({ problem: "a role of this name is there already, made by SQL or not dropped yet" });
  else expect(status.status).toBe(409);
});

it("says what Postgres refuses, and gives nothing then", async () => {
  const place = await shop();
  const terms = termsOf(place, {
    until: new Date(Date.now() + 3 * 3_600_000).toISOString(),
    privileges: Terms.shape.privileges.parse({
      schemas: [
        { name: "shop", privileges: ["USAGE"], tables: ["SELECT"] },
        { name: "nowhere", privileges: ["USAGE"] },
      ],
    }),
  });
  const login = loginOf(place, await give(terms));
  expect(await stateOf(terms)).toMatchObject({
    status: "granting",
    problem: expect.stringContaining('schema "nowhere" does not exist') as string,
  });
  expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("permission denied for schema shop");
});
