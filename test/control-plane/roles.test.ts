import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { DatabaseOperations, DatabasesResponse } from "@palisade/neon/contract/wire/database";
import { RoleOperations, RolePasswordResponse, RolesResponse } from "@palisade/neon/contract/wire/role";
import { sharedPlane } from "../support/plane.js";

const { api } = sharedPlane();

describe("roles and databases", () => {
  const branchPath = async (options: object = {}) => {
    const { project, branch } = await api.project(options);
    return `/projects/${project.id}/branches/${branch.id}`;
  };
  const reveal = async (path: string, role: string) =>
    (await api.ok(RolePasswordResponse, "GET", `${path}/roles/${role}/reveal_password`)).password;

  test("a password is shown by the call that makes it, and by no list", async () => {
    const path = await branchPath();
    const { role, operations } = await api.ok(RoleOperations, "POST", `${path}/roles`, { role: { name: "app" } });
    expect(operations.map(({ action }) => action)).toEqual(["apply_config"]);
    expect(await reveal(path, "app")).toBe(role.password);
    const { roles } = await api.ok(RolesResponse, "GET", `${path}/roles`);
    expect(roles.map(({ name, password }) => [name, password])).toEqual([
      ["neondb_owner", undefined],
      ["app", undefined],
    ]);
    const reset = await api.ok(RoleOperations, "POST", `${path}/roles/app/reset_password`);
    expect(reset.role.password).not.toBe(role.password);
    expect(await reveal(path, "app")).toBe(reset.role.password);
  });

  test("a role without login is told apart by its authentication method", async () => {
    const path = await branchPath();
    const { role } = await api.ok(RoleOperations, "POST", `${path}/roles`, { role: { name: "readers", no_login: true } });
    expect(role).toMatchObject({ authentication_method: "no_login" });
    expect(role).not.toHaveProperty("password");
    expect((await api.refused("POST", `${path}/roles/readers/reset_password`)).status).toBe(422);
  });

  test.each(["pg_admin", "PGbouncer", "neon_superuser", "cloud_admin", "zenith_admin", "public", "none"])(
    "the name %s is reserved",
    async (name) => {
      expect((await api.refused("POST", `${await branchPath()}/roles`, { role: { name } })).message).toBe(`role name is reserved: ${name}`);
    },
  );

  test("a project that stores no passwords shows them once", async () => {
    const { project, branch, roles } = await api.project({ store_passwords: false });
    const path = `/projects/${project.id}/branches/${branch.id}`;
    expect(roles[0]?.password).toMatch(/^npg_/);
    expect((await api.ok(RoleOperations, "POST", `${path}/roles`, { role: { name: "app" } })).role.password).toMatch(/^npg_/);
    await api.settled(project.id);
    expect((await api.refused("GET", `${path}/roles/app/reveal_password`)).status).toBe(412);
    const { body } = await api.call("GET", "/x-palisade/test/secrets");
    expect((body as { passwords: string[] }).passwords).not.toContain(roles[0]?.password);
  });

  test("a role that owns a database stays until the database has another owner; names and owners change", async () => {
    const path = await branchPath();
    await api.ok(RoleOperations, "POST", `${path}/roles`, { role: { name: "app" } });
    const made = await api.ok(DatabaseOperations, "POST", `${path}/databases`, { database: { name: "shop", owner_name: "app" } });
    expect(await api.refused("DELETE", `${path}/roles/app`)).toMatchObject({
      status: 422,
      message: expect.stringContaining("shop") as unknown,
    });
    const database = { name: "store", owner_name: "neondb_owner" };
    const changed = await api.ok(DatabaseOperations, "PATCH", `${path}/databases/shop`, { database });
    expect(changed.database).toMatchObject({ id: made.database.id, created_at: made.database.created_at, ...database });
    expect((await api.call("DELETE", `${path}/roles/app`)).status).toBe(200);
    expect((await api.refused("PATCH", `${path}/databases/store`, { database: { name: "neondb" } })).status).toBe(409);
    expect((await api.refused("PATCH", `${path}/databases/store`, { database: { owner_name: "app" } })).status).toBe(404);
    const { databases } = await api.ok(DatabasesResponse, "GET", `${path}/databases`);
    expect(databases.map(({ name }) => name)).toEqual(["neondb", "store"]);
  });

  test("names with signs of URLs work in paths and in connection strings", async () => {
    const path = await branchPath();
    const name = "a/b c?d#é@:%";
    await api.ok(RoleOperations, "POST", `${path}/roles`, { role: { name } });
    await api.ok(DatabaseOperations, "POST", `${path}/databases`, { database: { name, owner_name: name } });
    const query = `role_name=${encodeURIComponent(name)}&database_name=${encodeURIComponent(name)}`;
    const { body } = await api.call("GET", `${path.replace(/\/branches.*/, "")}/connection_uri?${query}&pooled=true`);
    const uri = new URL((body as { uri: string }).uri);
    expect([decodeURIComponent(uri.username), decodeURIComponent(uri.pathname.slice(1))]).toEqual([name, name]);
    expect(decodeURIComponent(uri.password)).toBe(await reveal(path, encodeURIComponent(name)));
    expect(uri.searchParams.get("options")).toMatch(/^endpoint=ep-.*-pooler$/);
  });

  test("a new branch offers a connection string only where there is no choice", async () => {
    const path = await branchPath();
    const branches = path.replace(/\/[^/]*$/, "");
    const body = { endpoints: [{ type: "read_write" }] };
    expect((await api.ok(CreatedBranch, "POST", branches, body)).connection_uris).toHaveLength(1);
    await api.ok(RoleOperations, "POST", `${path}/roles`, { role: { name: "second" } });
    expect(await api.ok(CreatedBranch, "POST", branches, body)).not.toHaveProperty("connection_uris");
  });
});
