import { randomUUID } from "node:crypto";
import { type AccessTerms, AccessTerms as Terms, buildApprovalText, formatSignedAccess } from "../../contract/temporaryAccess.js";
import type { Hooks } from "../../provider/engine/hooks.js";
import type { Properties } from "../../provider/engine/define.js";
import { listOverdue } from "../../review/drift/overdue.js";
import { listOverdueAccess } from "../../review/drift/overdueAccess.js";
import { startProviderProcess } from "../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, query, sql } from "./clients.js";

/** The half of Neon's own API: the plane stands in for Neon, and its extension is not used. No account of Neon is needed, and none was. */
jest.mock("../../contract/account.js", () => ({
  ...jest.requireActual<object>("../../contract/account.js"),
  isNeonHost: () => true,
}));
jest.setTimeout(60_000);

const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let hooks: Hooks;
let owner: Login;
let terms: AccessTerms;

beforeEach(async () => {
  hooks = startProviderProcess(plane.ready).hooks.TemporaryAccess;
  const place = await project(plane);
  owner = place.owner;
  await sql(plane, owner, "CREATE SCHEMA shop; CREATE TABLE shop.orders (n int)");
  terms = Terms.parse({
    ...{ projectId: place.id, branchId: place.branchId, databaseName: owner.database, roleName: "visitor" },
    ...{ until: inSeconds(3_600), reason: "a look", requester: "ada@example.com" },
    privileges: { database: ["CONNECT"], schemas: [{ name: "shop", privileges: ["USAGE", "CREATE"], tables: ["SELECT"] }] },
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const approve = (wanted: AccessTerms) =>
  formatSignedAccess(buildApprovalText(wanted, randomUUID(), new Date().toISOString()), "nobody proves it at Neon");
async function check(wanted: AccessTerms, more: Properties = {}): Promise<Properties> {
  const { inputs, failures } = await hooks.check(
    {},
    { ...wanted, approval: approve(wanted), revealPassword: true, managedBy: "urn:x", ...more },
  );
  expect(failures).toEqual([]);
  return inputs;
}
async function give(wanted = terms) {
  const inputs = await check(wanted);
  const made = await hooks.create(inputs);
  const login: Login = { ...owner, role: "visitor", password: String(made.outs["password"]) };
  await until("the role is known to the proxy", async () => !(await outcome(plane, login)).startsWith("password authentication"));
  return { ...made, inputs, login };
}
const roles = () =>
  query(plane, owner, async (client) =>
    (await client.query<{ until: Date }>("SELECT rolvaliduntil AS until FROM pg_roles WHERE rolname = 'visitor'")).rows.map((row) =>
      row.until.toISOString(),
    ),
  );
const managed = ({ id, inputs, outs }: { id: string; inputs: Properties; outs: Properties }) => ({
  ...{ urn: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:TemporaryAccess::visitor", kind: "TemporaryAccess" as const },
  ...{ id, name: "visitor", inputs, outputs: outs, account: undefined },
});
const recorded = (one: ReturnType<typeof managed>) => ({ ...one, type: "pulumi-nodejs:dynamic/palisade:TemporaryAccess" });
const travel = (seconds: number) => {
  const now = Date.now();
  jest.spyOn(Date, "now").mockImplementation(() => now + seconds * 1_000);
};

it("makes a role with the grants alone, whose password Postgres itself takes no longer", async () => {
  const { login, outs } = await give();
  expect(outs).toMatchObject({ status: "active" });
  expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("admitted");
  expect(await outcome(plane, login, "INSERT INTO shop.orders VALUES (1)")).toBe("permission denied for table orders");
  expect(await roles()).toEqual([terms.until]);
});

it("is overdue for drift and for enforce until an update ends it, with its sessions; then it is over for good", async () => {
  const made = await give();
  const one = managed(made);
  expect([listOverdueAccess([one], Date.now()), listOverdue([recorded(one)] as never, Date.now())]).toEqual([[], []]);
  expect((await hooks.diff(made.id, made.outs, made.inputs)).changes).toBeUndefined();
  travel(3_700);
  expect(listOverdueAccess([one], Date.now())).toMatchObject([{ means: "opens", severity: "high", before: `ends at ${terms.until}` }]);
  expect(listOverdue([recorded(one)] as never, Date.now())).toMatchObject([{ access: { roleName: "visitor", until: terms.until } }]);
  expect((await hooks.diff(made.id, made.outs, made.inputs)).changes).toBe(true);
  const closed = query(plane, made.login, async (client) => {
    const over = new Promise((done) => client.once("end", done));
    const { outs } = await hooks.update(made.id, made.outs, made.inputs);
    await over;
    return outs;
  });
  const outs = await closed;
  expect(outs).toMatchObject({ status: "ended" });
  expect(await roles()).toEqual([]);
  const ended = managed({ ...made, outs });
  expect([listOverdueAccess([ended], Date.now()), listOverdue([recorded(ended)] as never, Date.now())]).toEqual([[], []]);
  expect((await hooks.diff(made.id, outs, made.inputs)).changes).toBeUndefined();
  await hooks.delete(made.id, outs);
});

it("takes the same approval again for the same role, and no role that is there already", async () => {
  const { inputs, login } = await give();
  const again = await hooks.create(inputs);
  expect(again.outs["password"]).not.toBe(login.password);
  await expect(hooks.create(await check(terms))).rejects.toThrow("PAL_NAME_HELD");
  await sql(plane, owner, "CREATE ROLE taken");
  await expect(hooks.create(await check({ ...terms, roleName: "taken" }))).rejects.toThrow("PAL_NAME_HELD");
});

it("leaves no code that has its power, where Postgres keeps the role for it", async () => {
  const { id, outs, login } = await give();
  await sql(plane, owner, "INSERT INTO shop.orders VALUES (42); CREATE ROLE stranger LOGIN; GRANT USAGE ON SCHEMA shop TO stranger");
  for (const statement of [
    "CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT max(n) FROM shop.orders'",
    "CREATE VIEW shop.v AS SELECT n FROM shop.orders; GRANT SELECT ON shop.v TO PUBLIC",
  ])
    await sql(plane, login, statement);
  await expect(hooks.delete(id, outs)).rejects.toThrow("PAL_ACCESS_REMAINS");
  for (const statement of ["SELECT shop.f()", "SELECT n FROM shop.v"])
    await expect(sql(plane, owner, `SET ROLE stranger; ${statement}`)).rejects.toThrow("permission denied");
});

it("is changed by ending it first, and not given where the approval has ended or is missing", async () => {
  const { id, outs, inputs } = await give();
  const longer = { ...terms, until: inSeconds(7_200) };
  const after = await hooks.update(id, outs, await check(longer));
  expect(await roles()).toEqual([longer.until]);
  expect(after.outs["password"]).not.toBe(outs["password"]);
  await expect(hooks.update(id, after.outs, await check({ ...terms, reason: "another" }, { approval: undefined }))).rejects.toThrow(
    "PAL_ACCESS_UNAPPROVED",
  );
  expect(await roles()).toEqual([]);
  travel(3_700);
  await expect(hooks.create(inputs)).rejects.toThrow(/its approval ended at .*PAL_ACCESS_UNAPPROVED/);
});

it("locks out what Postgres does not drop, hands it to nobody, and leaves a role of the name that somebody else made", async () => {
  const { id, outs, login } = await give();
  await sql(plane, login, "CREATE TABLE shop.mine (n int)");
  await expect(hooks.delete(id, outs)).rejects.toThrow(/cannot be dropped because some objects depend on it.*PAL_ACCESS_REMAINS/);
  await until("nobody logs in", async () => (await outcome(plane, login)).startsWith("password authentication failed"));
  await sql(plane, owner, "DROP TABLE shop.mine");
  await hooks.delete(id, outs);
  expect(await roles()).toEqual([]);
  await sql(plane, owner, "CREATE ROLE visitor VALID UNTIL '2030-01-01T00:00:00Z'");
  await hooks.delete(id, outs);
  expect(await roles()).toEqual(["2030-01-01T00:00:00.000Z"]);
});
