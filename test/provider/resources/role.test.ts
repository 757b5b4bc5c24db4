import { hostOf } from "./host.js";

describe("a role", () => {
  const host = hostOf("Role");

  it("is made, found, and goes; its password is in no output", async () => {
    const { id, outs } = await host.hooks.create(await host.checked({ name: "app" }));
    expect(id).toBe(`${host.projectId}/${host.branchId}/app`);
    expect([...(await host.roles()).keys()].sort()).toEqual(["app", "neondb_owner"]);
    expect(outs).not.toHaveProperty("password");
    await host.hooks.delete(id, outs);
    expect(await host.hooks.read(id, outs)).toEqual({ id: "", props: {} });
  });

  it("shows its password only while the program asks for it, and the state forgets it afterwards", async () => {
    const asked = await host.checked({ name: "app", revealPassword: true });
    const { id, outs } = await host.hooks.create(asked);
    expect(outs["password"]).toMatch(/^npg_/);
    await host.plane.api.call("POST", `/projects/${host.projectId}/branches/${host.branchId}/roles/app/reset_password`);
    await host.plane.api.settled(host.projectId);
    const read = await host.hooks.read(id, outs);
    expect(read.props["password"]).toMatch(/^npg_/);
    expect(read.props["password"]).not.toBe(outs["password"]);
    const hidden = await host.hooks.update(id, read.props, await host.checked({ name: "app" }, asked));
    expect(hidden.outs).not.toHaveProperty("password");
    const again = await host.hooks.update(id, hidden.outs, asked);
    expect(again.outs["password"]).toBe(read.props["password"]);
  });

  it("that may not log in has none", async () => {
    const { outs } = await host.hooks.create(await host.checked({ name: "readers", login: false }));
    expect(outs).toMatchObject({ login: false });
  });

  it("is not taken when the name is held: adopt names it", async () => {
    const args = await host.checked({ name: "neondb_owner" });
    const message = await host.hooks.create(args).then(String, String);
    expect(message).toContain("PAL_NAME_HELD");
    const id = /Role (\S+)\./.exec(message)?.[1] ?? "";
    expect((await host.hooks.create({ ...args, adopt: id })).id).toBe(id);
  });

  it("keeps a refusal to delete an error: the role owns a database", async () => {
    const id = `${host.projectId}/${host.branchId}/neondb_owner`;
    const { outs } = await host.hooks.create(await host.checked({ name: "neondb_owner", adopt: id }));
    await expect(host.hooks.delete(id, outs)).rejects.toThrow("PAL_");
    expect((await host.roles()).has("neondb_owner")).toBe(true);
  });
});

describe("a role of a project that does not store passwords", () => {
  const host = hostOf("Role", { store_passwords: false });

  it("keeps over refreshes the password that its creation told", async () => {
    const { id, outs } = await host.hooks.create(await host.checked({ name: "app", revealPassword: true }));
    expect(outs["password"]).toMatch(/^npg_/);
    expect((await host.hooks.read(id, outs)).props["password"]).toBe(outs["password"]);
  });
});
