import type { Hooks } from "../../provider/engine/hooks.js";
import { startProviderProcess } from "../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, sql } from "./clients.js";

/** Least privilege, as the role itself sees it through the proxy. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let provider: Hooks;
let owner: Login;
let place: Record<string, unknown>;
beforeEach(async () => {
  provider = startProviderProcess(plane.ready).hooks.RoleGrants;
  const made = await project(plane);
  owner = made.owner;
  place = { projectId: made.id, branchId: made.branchId, databaseName: owner.database, managedBy: "urn:x" };
  await sql(
    plane,
    owner,
    "CREATE SCHEMA shop; CREATE TABLE shop.orders (n int); CREATE TABLE shop.customers (n int); CREATE TABLE public.other (n int)",
  );
}, 60_000);

const READER = { schemas: [{ name: "shop", privileges: ["USAGE"], tables: ["SELECT"] }] };
async function checked(args: Record<string, unknown>, olds: Record<string, unknown> = {}) {
  const { inputs, failures } = await provider.check(olds, { ...place, roleName: "reader", ...args });
  expect(failures).toEqual([]);
  return inputs;
}
async function up(args: Record<string, unknown>) {
  const inputs = await checked({ revealPassword: true, database: ["CONNECT"], ...args });
  const made = await provider.create(inputs);
  const login: Login = { ...owner, role: "reader", password: made.outs["password"] as string };
  await until("the new role is known to the proxy", async () => !(await outcome(plane, login)).startsWith("password authentication"));
  return { ...made, inputs, login };
}

it("makes a role that may do what is declared and nothing else, and takes all of it away again", async () => {
  const { id, outs, login } = await up({ ...READER, revokePublic: true });
  expect(outs).toMatchObject({ madeRole: true });
  expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("admitted");
  expect(await outcome(plane, login, "INSERT INTO shop.orders VALUES (1)")).toBe("permission denied for table orders");
  expect(await outcome(plane, login, "SELECT * FROM public.other")).toBe("permission denied for table other");
  expect(await outcome(plane, login, "CREATE TABLE shop.mine (n int)")).toBe("permission denied for schema shop");
  expect(await outcome(plane, login, "CREATE TEMPORARY TABLE t (n int)")).toContain("permission denied to create temporary tables");
  await provider.delete(id, outs);
  await until("the role is gone", async () => (await outcome(plane, login)).startsWith("password authentication failed"));
}, 60_000);

it("changes privileges in one step, later tables included where that is declared", async () => {
  const { id, outs, inputs, login } = await up(READER);
  await sql(plane, owner, "CREATE TABLE shop.later (n int)");
  expect(await outcome(plane, login, "SELECT * FROM shop.later")).toBe("permission denied for table later");
  const wider = await checked(
    { ...inputs, schemas: [{ name: "shop", privileges: ["USAGE"], tables: ["SELECT", "INSERT"], future: true }] },
    inputs,
  );
  const after = await provider.update(id, outs, wider);
  await sql(plane, owner, "CREATE TABLE shop.latest (n int)");
  for (const table of ["later", "latest"]) expect(await outcome(plane, login, `INSERT INTO shop.${table} VALUES (1)`)).toBe("admitted");
  const none = await checked({ ...inputs, schemas: [] }, wider);
  await provider.update(id, after.outs, none);
  await sql(plane, owner, "CREATE TABLE shop.last (n int)");
  for (const table of ["orders", "latest", "last"])
    expect(await outcome(plane, login, `SELECT * FROM shop.${table}`)).toBe("permission denied for schema shop");
}, 60_000);

it("sees drift only where the program asked for a look, and mends it", async () => {
  const { id, outs, inputs } = await up({ ...READER, liveCheck: true });
  expect((await provider.read(id, outs)).inputs).toMatchObject(READER);
  await sql(plane, owner, "GRANT DELETE ON ALL TABLES IN SCHEMA shop TO reader; REVOKE USAGE ON SCHEMA shop FROM reader");
  const drifted = await provider.read(id, outs);
  expect(drifted.inputs).toMatchObject({ schemas: [{ name: "shop", privileges: [], tables: ["DELETE", "SELECT"] }] });
  const mended = await provider.update(id, drifted.props, inputs);
  expect((await provider.read(id, mended.outs)).inputs).toMatchObject(READER);
  const blind = { ...mended.outs, liveCheck: false };
  await sql(plane, owner, "GRANT DELETE ON ALL TABLES IN SCHEMA shop TO reader");
  expect((await provider.read(id, blind)).inputs).toMatchObject(READER);
}, 60_000);

it("refuses a role that may do everything anyway, and changes nothing when a statement fails", async () => {
  await expect(provider.create(await checked({ ...READER, roleName: "neondb_owner" }))).rejects.toThrow("PAL_ROLE_SUPERUSER");
  await expect(provider.create(await checked({ schemas: [{ name: "nowhere", privileges: ["USAGE"] }] }))).rejects.toThrow(
    /schema "nowhere" does not exist.*PAL_SQL/,
  );
  expect(await outcome(plane, owner, "CREATE ROLE reader")).toBe("admitted");
}, 60_000);

it("says so where no password is kept, before it connects", async () => {
  const { project: bare, branch } = await plane.api.project({ store_passwords: false });
  const elsewhere = await checked({ ...READER, projectId: bare.id, branchId: branch.id });
  await expect(provider.create(elsewhere)).rejects.toThrow(/role neondb_owner of branch br-.*PAL_NO_PASSWORD/);
  const { outs } = await up(READER);
  const id = `${bare.id}/${branch.id}/${owner.database}/reader`;
  const recorded = { ...outs, ...elsewhere };
  expect((await provider.read(id, recorded)).id).toBe(id);
  await expect(provider.read(id, { ...recorded, liveCheck: true })).rejects.toThrow("PAL_NO_PASSWORD");
}, 60_000);

it("takes names as names, whatever is in them", async () => {
  const name = `a"; DROP TABLE shop.orders; --`;
  await sql(plane, owner, `CREATE SCHEMA "${name.replaceAll('"', '""')}"`);
  const inputs = await checked({
    roleName: name,
    schemas: [{ name, privileges: ["USAGE"], tables: ["SELECT"], routines: ["EXECUTE"], future: true }],
  });
  const { id, outs } = await provider.create(inputs);
  expect(await outcome(plane, owner, "SELECT * FROM shop.orders")).toBe("admitted");
  await provider.delete(id, outs);
}, 60_000);

describe("a role that a declaration has made", () => {
  const urn = (name: string, stack = "dev") => `urn:pulumi:${stack}::shop::pulumi-nodejs:dynamic/palisade:RoleGrants::${name}`;
  /** Another process, which has recorded nothing. */
  const later = () => startProviderProcess(plane.ready).hooks.RoleGrants;

  it("is not taken for its own by another one of the stack, which is told the alias that keeps it", async () => {
    const { inputs, login } = await up({ ...READER, managedBy: urn("before") });
    await expect(later().create({ ...inputs, managedBy: urn("after") })).rejects.toThrow(/aliases: \[\{ name: "before" \}\].*PAL_RENAMED/);
    expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("admitted");
  }, 60_000);

  it("is its own again after a run that could not record it, with a password that opens", async () => {
    provider = startProviderProcess(plane.ready, { stackId: "one" }).hooks.RoleGrants;
    const first = await up({ ...READER, managedBy: urn("same") });
    const next = startProviderProcess(plane.ready, { stackId: "one" }).hooks.RoleGrants;
    const again = await next.create(first.inputs);
    expect(again.outs).toMatchObject({ madeRole: true });
    const login: Login = { ...first.login, password: again.outs["password"] as string };
    await until("the new password opens", async () => (await outcome(plane, login, "SELECT * FROM shop.orders")) === "admitted");
    await next.delete(again.id, again.outs);
    await until("the role is gone", async () => (await outcome(plane, login)).startsWith("password authentication failed"));
  }, 60_000);

  it("is not taken where its mark may be of a stack of the same name elsewhere, and keeps its password", async () => {
    for (const [made, asked] of [
      [undefined, undefined],
      ["one", "two"],
      [undefined, "one"],
      ["one", undefined],
    ] as const) {
      provider = startProviderProcess(plane.ready, { stackId: made }).hooks.RoleGrants;
      const { inputs, login, id, outs } = await up({ ...READER, managedBy: urn("same") });
      const { outs: second } = await startProviderProcess(plane.ready, { stackId: asked }).hooks.RoleGrants.create(inputs);
      expect(second).toMatchObject({ madeRole: false });
      expect(second["password"]).toBeUndefined();
      expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("admitted");
      await provider.delete(id, outs);
    }
  }, 60_000);

  it("stays where people, another stack or another database made it", async () => {
    const { inputs } = await up({ ...READER, managedBy: urn("mine") });
    expect((await later().create({ ...inputs, managedBy: urn("mine", "prod") })).outs).toMatchObject({ madeRole: false });
    for (const comment of ["the reader", '{"database":"elsewhere","managed_by":"urn:x","nonce":"1"}', '{"database":1}', "{"]) {
      await sql(plane, owner, `COMMENT ON ROLE reader IS '${comment}'`);
      const { outs } = await later().create({ ...inputs, managedBy: urn("theirs") });
      expect(outs).toMatchObject({ madeRole: false });
    }
  }, 60_000);

  it("has a mark that is a mark, whatever is in it", async () => {
    const name = `a'; DROP TABLE shop.orders; -- \\' $$`;
    await sql(plane, owner, `ALTER DATABASE ${owner.database} SET standard_conforming_strings = off`);
    const inputs = await checked({ ...READER, roleName: name, managedBy: urn(name) });
    await provider.create(inputs);
    await expect(later().create({ ...inputs, managedBy: urn("after") })).rejects.toThrow("PAL_RENAMED");
    expect(await outcome(plane, owner, "SELECT * FROM shop.orders")).toBe("admitted");
  }, 60_000);
});
