import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { CreatedProject } from "@palisade/neon/contract/wire/project";
import { RoleOperations } from "@palisade/neon/contract/wire/role";
import { sharedPlane } from "../support/plane.js";
import * as clients from "./clients.js";
import type { Login } from "./clients.js";

/** A pipeline that creates and then connects needs no sleep: operations take longer here than a connection. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0, operationTimeMs: 400 });
const me = (login: Login) =>
  clients.query(plane, login, async (client) => (await client.query<{ me: string }>("SELECT current_user AS me")).rows[0]?.me);

it("a connection made at once waits for its project, branch, compute, role, database and password", async () => {
  const made = await plane.api.ok(CreatedProject, "POST", "/projects", { project: { org_id: plane.ready.orgId } });
  const project = `/projects/${made.project.id}`;
  const owner: Login = {
    endpointId: made.endpoints[0]?.id ?? "",
    role: made.roles[0]?.name ?? "",
    password: made.roles[0]?.password ?? "",
    database: made.databases[0]?.name ?? "",
  };
  expect(await me(owner)).toBe(owner.role);

  const child = await plane.api.ok(CreatedBranch, "POST", `${project}/branches`, { endpoints: [{ type: "read_write" }] });
  const login = { ...owner, endpointId: child.endpoints[0]?.id ?? "" };
  expect(await me(login)).toBe(owner.role);
  await plane.api.settled(made.project.id);

  const branch = `${project}/branches/${child.branch.id}`;
  const { role } = await plane.api.ok(RoleOperations, "POST", `${branch}/roles`, { role: { name: "app" } });
  expect(await me({ ...login, role: "app", password: role.password ?? "" })).toBe("app");
  await plane.api.settled(made.project.id);
  await plane.api.call("POST", `${branch}/databases`, { database: { name: "shop", owner_name: "app" } });
  expect(await me({ ...login, role: "app", password: role.password ?? "", database: "shop" })).toBe("app");
  await plane.api.settled(made.project.id);
  const reset = await plane.api.ok(RoleOperations, "POST", `${branch}/roles/app/reset_password`);
  expect(await me({ ...login, role: "app", password: reset.role.password ?? "" })).toBe("app");
}, 60_000);

it("what is not being made is refused, and a branch that nobody makes holds nobody up", async () => {
  const { owner, id } = await clients.project(plane);
  expect(await clients.outcome(plane, { ...owner, database: "nowhere" })).toContain('database "nowhere" does not exist');
  await plane.api.call("POST", `/projects/${id}/branches`, {});
  expect(await me(owner)).toBe(owner.role);
  expect(await clients.outcome(plane, { ...owner, database: "nowhere" })).toContain('database "nowhere" does not exist');
}, 60_000);
