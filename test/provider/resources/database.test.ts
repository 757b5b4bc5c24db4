import { type Hooks, hooks } from "../../../provider/engine/hooks.js";
import { database } from "../../../provider/resources/database/lifecycle.js";
import { sessionOf } from "../../../provider/sessions.js";
import { removePlaneDirectories, startPlane, type TestPlane } from "../../support/plane.js";

let plane: TestPlane;
let provider: Hooks;
let args: Record<string, unknown>;

beforeAll(async () => {
  plane = await startPlane();
});
afterAll(async () => {
  await plane.stop();
  removePlaneDirectories();
});

beforeEach(async () => {
  const { apiUrl, apiKey, orgId } = plane.ready;
  const session = sessionOf({ apiUrl, apiKey, orgId }, undefined, new AbortController().signal);
  provider = hooks(database, () => Promise.resolve(session));
  const { project, branch } = await plane.api.project();
  await plane.api.settled(project.id);
  args = { projectId: project.id, branchId: branch.id, name: "archive", ownerName: "neondb_owner", managedBy: "urn:pulumi:d" };
});

const live = async () => {
  const { body } = await plane.api.call("GET", `/projects/${args["projectId"] as string}/branches/${args["branchId"] as string}/databases`);
  return (body as { databases: { name: string; owner_name: string }[] }).databases.map(({ name }) => name).sort();
};

describe("a database", () => {
  it("keeps its id when it is renamed, and goes", async () => {
    const { id, outs } = await provider.create(args);
    expect(await live()).toEqual(["archive", "neondb"]);
    await provider.update(id, outs, { ...args, name: "history" });
    expect(await live()).toEqual(["history", "neondb"]);
    expect((await provider.read(id, outs)).inputs).toMatchObject({ name: "history" });
    await provider.delete(id, outs);
    expect(await live()).toEqual(["neondb"]);
    expect(await provider.read(id, outs)).toEqual({ id: "", props: {} });
  });

  it("is not taken when the name is held already: adopt names it", async () => {
    const message = await provider.create({ ...args, name: "neondb" }).then(String, String);
    expect(message).toContain("PAL_NAME_HELD");
    const id = /Database (\S+)\./.exec(message)?.[1] ?? "";
    expect((await provider.create({ ...args, name: "neondb", adopt: id })).id).toBe(id);
  });

  it("is found again, once, when the answer of its creation is lost", async () => {
    await plane.api.call("POST", "/x-palisade/test/faults", {
      method: "POST",
      path: "/projects/*/branches/*/databases",
      times: 1,
      kind: "lost-after",
    });
    const { outs } = await provider.create(args);
    expect(outs).toMatchObject({ name: "archive" });
    expect(await live()).toEqual(["archive", "neondb"]);
  });
});
