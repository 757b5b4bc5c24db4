import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { DatabasesResponse } from "@palisade/neon/contract/wire/database";
import { RolesResponse } from "@palisade/neon/contract/wire/role";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, sql } from "./clients.js";

/** What is made by SQL is known to the API and to the proxy, as Neon's computes report it. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let id: string;
let branchId: string;
let owner: Login;
beforeEach(async () => {
  ({ id, branchId, owner } = await project(plane));
}, 60_000);

const STRONG = "correct-Horse7battery";
const OTHER = "another-Horse8battery";
const branchPath = () => `/projects/${id}/branches/${branchId}`;
const roles = async () => {
  const { roles: all } = await plane.api.ok(RolesResponse, "GET", `${branchPath()}/roles`);
  return Object.fromEntries(all.map(({ name, authentication_method }) => [name, authentication_method]));
};
const databases = async () =>
  (await plane.api.ok(DatabasesResponse, "GET", `${branchPath()}/databases`)).databases.map(({ name, owner_name }) => [name, owner_name]);
const role = (name: string, password: string): Login => ({ ...owner, role: name, password });

it("a role made by SQL logs in, is in the API's list, and is gone with DROP ROLE", async () => {
  await sql(plane, owner, `CREATE ROLE app LOGIN PASSWORD '${STRONG}'; CREATE ROLE readers`);
  await until("both are known", async () => Object.keys(await roles()).length === 3);
  expect(await roles()).toEqual({ neondb_owner: "password", app: "password", readers: "no_login" });
  expect(await outcome(plane, role("app", STRONG))).toBe("admitted");
  expect(await outcome(plane, role("app", OTHER))).toBe("password authentication failed for user 'app'");
  expect(await outcome(plane, role("readers", STRONG))).toBe("password authentication failed for user 'readers'");
  // Its password is known to who set it, and to nobody else.
  expect((await plane.api.call("GET", `${branchPath()}/roles/app/reveal_password`)).status).not.toBe(200);
  await sql(plane, owner, "DROP ROLE app");
  await until("it is gone", async () => !("app" in (await roles())));
  expect(await outcome(plane, role("app", STRONG))).toBe("password authentication failed for user 'app'");
}, 60_000);

it("a password set by SQL replaces the one that the API made, and the API's next one replaces it", async () => {
  await sql(plane, owner, `ALTER ROLE neondb_owner PASSWORD '${STRONG}'`);
  await until("the new one works", async () => (await outcome(plane, { ...owner, password: STRONG })) === "admitted");
  expect(await outcome(plane, owner)).toBe("password authentication failed for user 'neondb_owner'");
  const { body } = await plane.api.call("POST", `${branchPath()}/roles/neondb_owner/reset_password`);
  await plane.api.settled(id);
  const { password } = (body as { role: { password: string } }).role;
  expect(await outcome(plane, { ...owner, password })).toBe("admitted");
  expect(await outcome(plane, { ...owner, password: STRONG })).toBe("password authentication failed for user 'neondb_owner'");
}, 60_000);

it("survives sleep, and a restart of the plane's knowledge is not needed: what was learnt is what is applied", async () => {
  await sql(plane, owner, `CREATE ROLE app LOGIN PASSWORD '${STRONG}'`);
  await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/suspend`);
  await plane.api.settled(id);
  expect(await roles()).toMatchObject({ app: "password" });
  expect(await outcome(plane, role("app", STRONG))).toBe("admitted");
}, 60_000);

it("a database made by SQL is the API's too, and one that was dropped is not", async () => {
  await sql(plane, owner, "CREATE DATABASE archive");
  await until("it is known", async () => (await databases()).length === 2);
  expect(await databases()).toEqual(expect.arrayContaining([["archive", "neondb_owner"]]));
  expect(await outcome(plane, { ...owner, database: "archive" })).toBe("admitted");
  await plane.api.call("POST", `${branchPath()}/databases`, { database: { name: "third", owner_name: "neondb_owner" } });
  await plane.api.settled(id);
  expect((await databases()).map(([name]) => name).sort()).toEqual(["archive", "neondb", "third"]);
  await sql(plane, owner, "DROP DATABASE archive");
  await until("it is gone", async () => (await databases()).length === 2);
}, 60_000);

it("a role that the API deleted does not come back by what SQL does to it at that moment", async () => {
  await plane.api.call("POST", `${branchPath()}/roles`, { role: { name: "brief" } });
  await plane.api.settled(id);
  await Promise.all([
    plane.api.call("DELETE", `${branchPath()}/roles/brief`),
    outcome(plane, owner, `ALTER ROLE brief PASSWORD '${STRONG}'`),
  ]);
  await plane.api.settled(id);
  await sql(plane, owner, "CREATE ROLE mark");
  await until("what came later is known", async () => "mark" in (await roles()));
  expect(await roles()).not.toHaveProperty("brief");
  expect(await outcome(plane, role("brief", STRONG))).toBe("password authentication failed for user 'brief'");
}, 60_000);

it("a role of a protected branch that was made the moment before it was copied does not bring its password along", async () => {
  await plane.api.call("PATCH", branchPath(), { branch: { protected: true } });
  // Both at once: the copy holds the role, the API does not know it.
  await sql(plane, owner, `CREATE ROLE app LOGIN PASSWORD '${STRONG}'`);
  const { branch: child, endpoints } = await plane.api.ok(CreatedBranch, "POST", `/projects/${id}/branches`, {
    branch: { parent_id: branchId },
    endpoints: [{ type: "read_write" }],
  });
  await plane.api.settled(id);
  const { body } = await plane.api.call("GET", `/projects/${id}/branches/${child.id}/roles/neondb_owner/reveal_password`);
  const own = { ...owner, endpointId: endpoints[0]?.id ?? "", password: (body as { password: string }).password };
  await sql(plane, own, "CREATE ROLE mark");
  await until("what came later is known", async () => {
    const { roles: all } = await plane.api.ok(RolesResponse, "GET", `/projects/${id}/branches/${child.id}/roles`);
    return all.some(({ name }) => name === "mark");
  });
  expect(await outcome(plane, { ...own, role: "app", password: STRONG })).toBe("password authentication failed for user 'app'");
}, 60_000);
