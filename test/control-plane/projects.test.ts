import { ProjectOperations, ProjectRecoverResponse, ProjectResponse, ProjectsPage } from "@palisade/neon/contract/wire/project";
import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { sharedPlane, startPlane } from "../support/plane.js";
import { until } from "../support/until.js";

const plane = sharedPlane();

describe("projects", () => {
  const read = async (id: string) => (await plane.api.ok(ProjectResponse, "GET", `/projects/${id}`)).project;
  const patch = async (id: string, project: object) =>
    (await plane.api.ok(ProjectOperations, "PATCH", `/projects/${id}`, { project })).project;

  test("a project comes with a branch, a compute, an owner and a database", async () => {
    const made = await plane.api.project({ name: "whole", branch: { name: "production", database_name: "shop" } });
    expect(made).toMatchObject({
      project: { name: "whole", pg_version: 17, history_retention_seconds: 86_400, store_passwords: true },
      branch: { name: "production", default: true, protected: false, current_state: "init", pending_state: "ready" },
      endpoints: [{ type: "read_write", current_state: "init", pending_state: "active" }],
      roles: [{ name: "shop_owner" }],
      databases: [{ name: "shop", owner_name: "shop_owner" }],
      operations: [
        { action: "create_timeline", status: "running" },
        { action: "start_compute", status: "scheduling" },
      ],
    });
    const password = made.roles[0]?.password ?? "";
    expect(password).toMatch(/^npg_[A-Za-z0-9]{12}$/);
    expect(made.connection_uris[0]?.connection_uri).toBe(
      `postgresql://shop_owner:${password}@localhost:4432/shop?sslmode=require&channel_binding=require&options=endpoint%3D${made.endpoints[0]?.id}`,
    );
  });

  test("settings merge per key, and an allowlist comes back as it was sent", async () => {
    const ips = ["203.0.113.0/24", "198.51.100.1", "198.51.100.1", "2001:DB8::/48", " 192.0.2.1-192.0.2.9 "];
    const { project } = await plane.api.project({ settings: { allowed_ips: { ips, protected_branches_only: true } } });
    expect((await read(project.id)).settings?.allowed_ips).toEqual({ ips, protected_branches_only: true });
    await patch(project.id, { settings: { block_public_connections: true } });
    expect((await read(project.id)).settings).toMatchObject({
      allowed_ips: { ips, protected_branches_only: true },
      block_public_connections: true,
      block_vpc_connections: false,
    });
    await patch(project.id, { settings: { allowed_ips: { protected_branches_only: false } } });
    expect((await read(project.id)).settings?.allowed_ips).toEqual({ ips, protected_branches_only: false });
    await patch(project.id, { settings: { allowed_ips: { ips: [] }, block_public_connections: false } });
    expect((await read(project.id)).settings).toMatchObject({ allowed_ips: { ips: [] }, block_public_connections: false });
  });

  test("an entry that cannot be read changes nothing", async () => {
    const { project } = await plane.api.project({ name: "before" });
    const body = { project: { name: "after", settings: { allowed_ips: { ips: ["192.0.2.1", "10.0.0.0/33"] } } } };
    expect(await plane.api.refused("PATCH", `/projects/${project.id}`, body)).toMatchObject({
      status: 400,
      message: 'invalid entry in allowed_ips: "10.0.0.0/33"',
    });
    expect(await read(project.id)).toMatchObject({ name: "before", settings: { allowed_ips: { ips: [] } } });
  });

  test("only a new retention is work; HIPAA is dated", async () => {
    const { project } = await plane.api.project();
    const { operations } = await plane.api.ok(ProjectOperations, "PATCH", `/projects/${project.id}`, {
      project: { history_retention_seconds: 3_600 },
    });
    expect(operations.map(({ action }) => action)).toEqual(["apply_storage_config"]);
    expect((await patch(project.id, { settings: { hipaa: true } })).hipaa_enabled_at).toBe((await read(project.id)).updated_at);
  });

  test("logical replication suspends what runs", async () => {
    const { project } = await plane.api.project();
    const { operations } = await plane.api.ok(ProjectOperations, "PATCH", `/projects/${project.id}`, {
      project: { settings: { enable_logical_replication: true } },
    });
    expect(operations.map(({ action }) => action)).toEqual(["suspend_compute"]);
  });

  test("a list is paged by an opaque cursor, searched, and ends with a page without one", async () => {
    const other = await startPlane();
    for (let number = 0; number < 12; number++) await other.api.project({ name: `page-${number}` });
    const names: string[] = [];
    let path = `/projects?org_id=${other.ready.orgId}`;
    for (let page = 0; page < 2; page++) {
      const { projects, pagination } = await other.api.ok(ProjectsPage, "GET", path);
      names.push(...projects.map(({ name }) => name));
      path = `/projects?org_id=${other.ready.orgId}&cursor=${pagination?.cursor ?? ""}`;
    }
    expect(names).toEqual(Array.from({ length: 12 }, (_, number) => `page-${number}`));
    const { body } = await other.api.call("GET", path);
    expect(body).toEqual({ projects: [], applications: {}, integrations: {} });
    const found = await other.api.ok(ProjectsPage, "GET", `/projects?org_id=${other.ready.orgId}&limit=400&search=PAGE-1`);
    expect(found.projects.map(({ name }) => name)).toEqual(["page-1", "page-10", "page-11"]);
    for (const limit of ["0", "401", "1.5", "x"])
      expect(await other.api.refused("GET", `/projects?org_id=${other.ready.orgId}&limit=${limit}`)).toMatchObject({ status: 400 });
    expect(await other.api.refused("GET", `/projects?org_id=${other.ready.orgId}&cursor=nonsense`)).toMatchObject({ status: 400 });
    await other.stop();
  });

  test("a deleted project is gone for everyone, and can be recovered for seven days", async () => {
    const other = await startPlane();
    const { project, branch } = await other.api.project();
    const path = `/projects/${project.id}`;
    const list = async (query: string) =>
      (await other.api.ok(ProjectsPage, "GET", `/projects?org_id=${other.ready.orgId}${query}`)).projects.map(({ id }) => id);
    expect((await other.api.call("DELETE", path)).status).toBe(200);
    for (const below of ["", "/branches", `/branches/${branch.id}`, "/operations"])
      expect(await other.api.refused("GET", path + below)).toMatchObject({ status: 404, message: "project not found" });
    expect(await list("")).toEqual([]);
    expect(await list("&recoverable=true")).toEqual([project.id]);
    const recovered = await other.api.ok(ProjectRecoverResponse, "POST", `${path}/recover`);
    expect(recovered.branches.map(({ id }) => id)).toEqual([branch.id]);
    expect(await list("")).toEqual([project.id]);
    await other.api.call("DELETE", path);
    await other.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 7 * 86_400 });
    await until("the project is forgotten", async () => (await list("&recoverable=true")).length === 0);
    expect((await other.api.refused("POST", `${path}/recover`)).status).toBe(404);
    const { passwords } = (await other.api.call("GET", "/x-palisade/test/secrets")).body as { passwords: string[] };
    expect(passwords).toEqual([]);
    await other.stop();
  });

  test("a protected branch keeps its project", async () => {
    const { project, branch } = await plane.api.project();
    const path = `/projects/${project.id}/branches/${branch.id}`;
    await plane.api.call("PATCH", path, { branch: { protected: true } });
    expect(await plane.api.refused("DELETE", `/projects/${project.id}`)).toMatchObject({
      status: 422,
      message: `project has protected branches: ${branch.id}`,
    });
    expect((await plane.api.ok(BranchesPage, "GET", `/projects/${project.id}/branches`)).branches).toHaveLength(1);
    await plane.api.call("PATCH", path, { branch: { protected: false } });
    expect((await plane.api.call("DELETE", `/projects/${project.id}`)).status).toBe(200);
  });
});
