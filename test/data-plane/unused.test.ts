import { CreatedProject } from "@palisade/neon/contract/wire/project";
import { sharedPlane } from "../support/plane.js";
import { postmasters } from "../support/postmasters.js";
import { outcome, project, sql } from "./clients.js";

/** A compute is started by whoever connects: one that nobody uses costs no Postgres, and a plane full of them ends at once. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
const running = () => postmasters(`${plane.directory}/clusters/br-`);

describe("a compute that nobody has used", () => {
  it("runs no Postgres, whatever the API has made in it, and has all of it for the first who comes", async () => {
    const { id, branchId, owner } = await project(plane);
    const path = `/projects/${id}/branches/${branchId}`;
    const role = await plane.api.call("POST", `${path}/roles`, { role: { name: "app" } });
    await plane.api.settled(id);
    await plane.api.call("POST", `${path}/databases`, { database: { name: "orders", owner_name: "app" } });
    await plane.api.settled(id);
    await plane.api.call("DELETE", `${path}/databases/orders`);
    await plane.api.settled(id);
    await plane.api.call("POST", `${path}/databases`, { database: { name: "invoices", owner_name: "app" } });
    await plane.api.settled(id);
    expect(running()).toEqual([]);

    const { password } = (role.body as { role: { password: string } }).role;
    const app = { ...owner, role: "app", password, database: "invoices" };
    const { rows } = await sql(plane, app, "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()");
    expect(rows).toEqual([{ owner: "app" }]);
    expect(await outcome(plane, { ...app, database: "orders" })).toContain('database "orders" does not exist');
    expect(running()).toHaveLength(1);
  }, 60_000);

  it("shows its schema, with the database that the API has made", async () => {
    const { id, branchId, owner } = await project(plane);
    const { status } = await plane.api.call("GET", `/projects/${id}/branches/${branchId}/schema?db_name=${owner.database}`);
    expect(status).toBe(200);
  }, 60_000);

  it("is copied, restarted and suspended as one that was used", async () => {
    const { id, branchId, owner } = await project(plane);
    const before = running();
    await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/restart`);
    await plane.api.settled(id);
    await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/suspend`);
    await plane.api.settled(id);
    const made = await plane.api.call("POST", `/projects/${id}/branches`, {
      branch: { name: "copy", parent_id: branchId },
      endpoints: [{ type: "read_write" }],
    });
    await plane.api.settled(id);
    expect(running()).toEqual(before);
    const endpointId = (made.body as { endpoints: { id: string }[] }).endpoints[0]?.id ?? "";
    expect(await outcome(plane, { ...owner, endpointId })).toBe("admitted");
  }, 60_000);
});

describe("a plane with many unused projects", () => {
  it("runs no Postgres for any of them", async () => {
    const before = running();
    const made = await Promise.all(
      Array.from({ length: 20 }, () =>
        plane.api.ok(CreatedProject, "POST", "/projects", { project: { name: "many", org_id: plane.ready.orgId } }),
      ),
    );
    for (const each of made) await plane.api.settled(each.project.id);
    expect(running()).toEqual(before);
  }, 120_000);
});
