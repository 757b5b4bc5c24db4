import { hostOf } from "./host.js";

const host = hostOf("Database");
let args: Record<string, unknown>;

beforeEach(() => {
  args = { projectId: host.projectId, branchId: host.branchId, name: "archive", ownerName: "neondb_owner", managedBy: "urn:pulumi:d" };
});

const live = async () => {
  const { body } = await host.plane.api.call(
    "GET",
    `/projects/${args["projectId"] as string}/branches/${args["branchId"] as string}/databases`,
  );
  return (body as { databases: { name: string; owner_name: string }[] }).databases.map(({ name }) => name).sort();
};

describe("a database", () => {
  it("keeps its id when it is renamed, and goes", async () => {
    const { id, outs } = await host.hooks.create(args);
    expect(await live()).toEqual(["archive", "neondb"]);
    await host.hooks.update(id, outs, { ...args, name: "history" });
    expect(await live()).toEqual(["history", "neondb"]);
    expect((await host.hooks.read(id, outs)).inputs).toMatchObject({ name: "history" });
    await host.hooks.delete(id, outs);
    expect(await live()).toEqual(["neondb"]);
    expect(await host.hooks.read(id, outs)).toEqual({ id: "", props: {} });
  });

  it("is not taken when the name is held already: adopt names it", async () => {
    const message = await host.hooks.create({ ...args, name: "neondb" }).then(String, String);
    expect(message).toContain("PAL_NAME_HELD");
    const id = /Database (\S+)\./.exec(message)?.[1] ?? "";
    expect((await host.hooks.create({ ...args, name: "neondb", adopt: id })).id).toBe(id);
  });

  it("is found again, once, when the answer of its creation is lost", async () => {
    await host.plane.api.call("POST", "/x-palisade/test/faults", {
      method: "POST",
      path: "/projects/*/branches/*/databases",
      times: 1,
      kind: "lost-after",
    });
    const { outs } = await host.hooks.create(args);
    expect(outs).toMatchObject({ name: "archive" });
    expect(await live()).toEqual(["archive", "neondb"]);
  });
});
