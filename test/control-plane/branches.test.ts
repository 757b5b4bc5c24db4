import {
  type BranchCreateRequest,
  BranchOperations,
  BranchRecoverResponse,
  BranchResponse,
  BranchesPage,
  CreatedBranch,
} from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { RolePasswordResponse } from "@palisade/neon/contract/wire/role";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";

const { api } = sharedPlane();

describe("branches", () => {
  /** A project of its own, with short ways to its branches. */
  async function project() {
    const { project: made, branch: root } = await api.project();
    const path = `/projects/${made.id}/branches`;
    const settled = () => api.settled(made.id);
    return {
      id: made.id,
      path,
      root,
      settled,
      create: async (branch: BranchCreateRequest["branch"] = {}, rest: object = {}) => {
        const created = await api.ok(CreatedBranch, "POST", path, { branch, ...rest });
        await settled();
        return created;
      },
      read: async (id: string) => (await api.ok(BranchResponse, "GET", `${path}/${id}`)).branch,
      patch: async (id: string, branch: object) => (await api.ok(BranchOperations, "PATCH", `${path}/${id}`, { branch })).branch,
      password: async (id: string) =>
        (await api.ok(RolePasswordResponse, "GET", `${path}/${id}/roles/neondb_owner/reveal_password`)).password,
      list: async (query = "") => await api.ok(BranchesPage, "GET", `${path}${query}`),
    };
  }

  test("a branch needs no body: its parent is the default branch, its name its id, and it has no compute", async () => {
    const { path, root, settled, read } = await project();
    const { branch, endpoints, operations, roles, databases } = await api.ok(CreatedBranch, "POST", path);
    expect(branch).toMatchObject({ parent_id: root.id, name: branch.id, current_state: "init", pending_state: "ready" });
    expect(branch.id).toMatch(/^br-[a-z0-9]+-[a-z0-9]+-[a-z0-9]+$/);
    expect({ endpoints, operations: operations.map(({ action }) => action) }).toEqual({ endpoints: [], operations: ["create_branch"] });
    expect([roles.map(({ name }) => name), databases.map(({ name }) => name)]).toEqual([["neondb_owner"], ["neondb"]]);
    await settled();
    expect(await read(branch.id)).not.toHaveProperty("pending_state");
  });

  test("what is sent is echoed, and stays", async () => {
    const { root, create, read, patch } = await project();
    const sent = { parent_id: root.id, parent_timestamp: new Date().toISOString().replace("Z", "+00:00"), init_source: "parent-data" };
    const { branch } = await create(sent);
    await patch(branch.id, { name: "renamed" });
    expect(await read(branch.id)).toMatchObject({ ...sent, name: "renamed" });
    expect(await read((await create({ parent_lsn: "0/1DE2850" })).branch.id)).toMatchObject({ parent_lsn: "0/1DE2850" });
  });

  test("a schema-only branch is a root: it has no parent, does not hold its source, and can be deleted and recovered", async () => {
    const { create, path, settled, read } = await project();
    const source = (await create({ name: "source" })).branch;
    const copy = (await create({ parent_id: source.id, init_source: "schema-only" })).branch;
    for (const shown of [copy, await read(copy.id)]) {
      expect(shown).toMatchObject({ init_source: "schema-only" });
      expect(shown).not.toHaveProperty("parent_id");
    }
    await settled();
    expect((await api.call("DELETE", `${path}/${source.id}`)).status).toBe(200);
    await settled();
    expect((await api.call("DELETE", `${path}/${copy.id}`)).status).toBe(200);
    await settled();
    expect((await api.call("POST", `${path}/${copy.id}/recover`)).status).toBe(200);
    expect(await read(copy.id)).not.toHaveProperty("parent_id");
  });

  test("protection refuses deletion and reset, says so on the branch, and is taken away with one call", async () => {
    const { create, path, root, patch } = await project();
    const { branch, endpoints } = await create({ protected: true }, { endpoints: [{ type: "read_write" }] });
    expect(branch.restricted_actions?.map(({ name }) => name)).toEqual(["restore", "delete-rw-endpoint"]);
    expect(await api.refused("DELETE", `${path}/${branch.id}`)).toMatchObject({ message: `cannot delete protected branch: ${branch.id}` });
    expect((await api.refused("POST", `${path}/${branch.id}/restore`, { source_branch_id: root.id })).status).toBe(422);
    expect((await api.refused("DELETE", `${path.replace("branches", "endpoints")}/${endpoints[0]?.id ?? ""}`)).status).toBe(422);
    const open = await patch(branch.id, { name: "open", protected: false, expires_at: null });
    expect(open).toMatchObject({ name: "open", protected: false });
    expect(open).not.toHaveProperty("restricted_actions");
    expect((await api.call("DELETE", `${path}/${branch.id}`)).status).toBe(200);
  });

  test("a child of a protected branch gets passwords of its own, and keeps them in a reset", async () => {
    const { create, path, password, patch, root, settled } = await project();
    const open = (await create({ name: "open" })).branch.id;
    expect(await password(open)).toBe(await password(root.id));
    await patch(root.id, { protected: true });
    const child = await create({ name: "child" });
    const own = await password(child.branch.id);
    expect(own).toMatch(/^npg_/);
    expect(own).not.toBe(await password(root.id));
    expect(child.roles[0]?.password).toBe(own);
    await api.ok(BranchOperations, "POST", `${path}/${child.branch.id}/restore`, { source_branch_id: root.id });
    await settled();
    expect(await password(child.branch.id)).toBe(own);
  });

  test("an expired branch is deleted by the plane, a protected or default one never expires", async () => {
    const { create, path, read, list, patch } = await project();
    const { branch } = await create({ expires_at: "2100-01-01T02:00:00.5+02:00" });
    expect((await read(branch.id)).expires_at).toBe("2100-01-01T00:00:00Z");
    expect((await api.refused("PATCH", `${path}/${branch.id}`, { branch: { protected: true } })).code).toBe(
      "PROTECTED_BRANCH_EXPIRATION_NOT_ALLOWED",
    );
    const soon = (await create({ expires_at: new Date(Date.now() + 3_600_000).toISOString() })).branch;
    const parent = (await create({ expires_at: new Date(Date.now() + 3_600_000).toISOString() })).branch;
    const child = (await create({ parent_id: parent.id })).branch;
    const freed = (await create({ expires_at: new Date(Date.now() + 3_600_000).toISOString() })).branch;
    expect(await patch(freed.id, { expires_at: null })).not.toHaveProperty("expires_at");
    await api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 3_601 });
    await until("the branch expires", async () => (await api.call("GET", `${path}/${soon.id}`)).status === 404);
    const { branches } = await list("?include_deleted=true");
    expect(branches.find(({ id }) => id === soon.id)?.recovery?.deletion_method).toBe("ttl");
    expect(branches.filter(({ recovery }) => !recovery).map(({ id }) => id)).toEqual(
      expect.arrayContaining([branch.id, parent.id, child.id, freed.id]),
    );
  });

  test("a deleted branch frees its name, and comes back with its computes", async () => {
    const { create, path, settled, password } = await project();
    const { branch, endpoints } = await create({ name: "work" }, { endpoints: [{ type: "read_write" }] });
    const was = await password(branch.id);
    const { operations } = await api.ok(BranchOperations, "DELETE", `${path}/${branch.id}`);
    expect(operations.map(({ action }) => action)).toEqual(["suspend_compute", "delete_timeline"]);
    expect((await api.call("DELETE", `${path}/${branch.id}`)).status).toBe(204);
    const namesake = (await create({ name: "work" })).branch;
    expect(await api.refused("POST", `${path}/${branch.id}/recover`)).toMatchObject({ status: 409 });
    await api.call("PATCH", `${path}/${namesake.id}`, { branch: { name: "other" } });
    const recovered = await api.ok(BranchRecoverResponse, "POST", `${path}/${branch.id}/recover`);
    expect(recovered.endpoints?.map(({ id, current_state }) => [id, current_state])).toEqual([[endpoints[0]?.id, "idle"]]);
    expect(recovered.branch).not.toHaveProperty("recovery");
    await settled();
    expect(await password(branch.id)).toBe(was);
  });

  test("a restore under a preserved name moves the children to the state that was", async () => {
    const { create, path, read, root, settled, list } = await project();
    const parent = (await create({ name: "parent" }, { endpoints: [{ type: "read_write" }] })).branch;
    const child = (await create({ name: "child", parent_id: parent.id })).branch;
    const { branch, operations } = await api.ok(BranchOperations, "POST", `${path}/${parent.id}/restore`, {
      source_branch_id: root.id,
      preserve_under_name: "parent_old",
    });
    expect(branch).toMatchObject({ id: parent.id, current_state: "resetting", parent_id: root.id });
    expect(operations.map(({ action }) => action)).toEqual(["suspend_compute", "create_branch", "start_compute"]);
    await settled();
    const old = (await list()).branches.find(({ name }) => name === "parent_old");
    expect((await read(child.id)).parent_id).toBe(old?.id);
    expect(await read(parent.id)).toMatchObject({ current_state: "ready", name: "parent" });
    const { endpoints } = await api.ok(EndpointsResponse, "GET", `${path}/${parent.id}/endpoints`);
    expect(endpoints.map(({ current_state }) => current_state)).toEqual(["active"]);
  });

  test("one branch is the default; it moves", async () => {
    const { create, path, root, list } = await project();
    const { branch } = await create();
    await api.ok(BranchOperations, "POST", `${path}/${branch.id}/set_as_default`);
    expect((await list()).branches.filter((each) => each.default).map(({ id }) => id)).toEqual([branch.id]);
    expect((await create()).branch.parent_id).toBe(branch.id);
    expect(root.default).toBe(true);
  });

  test("a list comes whole without a limit, else in pages; sorted and searched", async () => {
    const { create, list } = await project();
    for (const name of ["c", "a", "b", "Delta"]) await create({ name });
    const names = async (query: string) => (await list(query)).branches.map(({ name }) => name);
    expect(await names("?sort_by=name&sort_order=asc")).toEqual(["Delta", "a", "b", "c", "main"]);
    expect(await names("?sort_by=created_at&sort_order=asc")).toEqual(["main", "c", "a", "b", "Delta"]);
    expect((await names("")).at(0)).toBe("Delta");
    expect(await names("?search=dELT")).toEqual(["Delta"]);
    const paged: string[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const page = await list(`?sort_by=name&limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.branches.length).toBeLessThanOrEqual(2);
      paged.push(...page.branches.map(({ name }) => name));
      cursor = page.pagination?.next;
    }
    expect(paged).toEqual(["main", "c", "b", "a", "Delta"]);
  });

  test("every branch of a list has its annotation", async () => {
    const { create, list, root } = await project();
    const { branch } = await create({}, { annotation_value: { team: "red" } });
    const { annotations } = await list();
    expect(annotations[branch.id]).toMatchObject({ object: { type: "console/branch", id: branch.id }, value: { team: "red" } });
    expect(annotations[root.id]?.value).toEqual({});
  });
});
