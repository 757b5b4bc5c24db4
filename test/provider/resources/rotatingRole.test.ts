import { hostOf } from "./host.js";

const host = hostOf("RotatingRole");
const args = (rotation: string, more: Record<string, unknown> = {}) => ({ name: "app", rotation, ...more });

async function born(more: Record<string, unknown> = {}) {
  const inputs = await host.checked(args("one", more));
  return { inputs, ...(await host.hooks.create(inputs)) };
}

it("begins with one role", async () => {
  const { id, outs } = await born();
  expect(id).toBe(`${host.projectId}/${host.branchId}/app`);
  expect(outs).toMatchObject({ currentName: "app_1", currentRotation: "one" });
  expect(outs).not.toHaveProperty("password");
  expect([...(await host.roles()).keys()].sort()).toEqual(["app_1", "neondb_owner"]);
});

it("rotates onto the other role, and without an overlap the previous password ends in the same update", async () => {
  const { id, inputs, outs } = await born({ revealPassword: true });
  const before = await host.roles();
  const next = await host.hooks.update(id, outs, await host.checked(args("two", { revealPassword: true }), inputs));
  expect(next.outs).toMatchObject({ currentName: "app_2", currentRotation: "two" });
  expect(next.outs).not.toHaveProperty("previousName");
  expect(next.outs["password"]).not.toBe(outs["password"]);
  const after = await host.roles();
  expect(after.get("app_1")).not.toBe(before.get("app_1"));
  expect([...after.keys()].sort()).toEqual(["app_1", "app_2", "neondb_owner"]);
});

it("keeps the previous password for the overlap, refuses a rotation in it, and ends it with the first update after it", async () => {
  const { id, inputs, outs } = await born({ keepPreviousSeconds: 3_600 });
  const before = await host.roles();
  const two = await host.checked(args("two", { keepPreviousSeconds: 3_600 }), inputs);
  const next = await host.hooks.update(id, outs, two);
  expect(next.outs).toMatchObject({ currentName: "app_2", previousName: "app_1" });
  expect((await host.roles()).get("app_1")).toBe(before.get("app_1"));
  expect(await host.hooks.diff(id, next.outs, two)).toEqual({ changes: undefined, replaces: [] });

  const three = await host.checked(args("three", { keepPreviousSeconds: 3_600 }), two);
  await expect(host.hooks.update(id, next.outs, three)).rejects.toThrow(/PAL_OVERLAP/);

  // An hour and more ago.
  const later = { ...next.outs, rotatedAt: new Date(Date.now() - 3_601_000).toISOString() };
  expect(await host.hooks.diff(id, later, two)).toEqual({ changes: true, replaces: [] });
  const ended = await host.hooks.update(id, later, two);
  expect(ended.outs).not.toHaveProperty("previousName");
  expect((await host.roles()).get("app_1")).not.toBe(before.get("app_1"));
  expect(await host.hooks.diff(id, ended.outs, two)).toEqual({ changes: undefined, replaces: [] });
  expect((await host.hooks.update(id, ended.outs, three)).outs).toMatchObject({ currentName: "app_1", previousName: "app_2" });
});

it("rotates again when a run died before its result was recorded: what clients use is not touched", async () => {
  const { id, inputs, outs } = await born({ keepPreviousSeconds: 60 });
  const two = await host.checked(args("two", { keepPreviousSeconds: 60 }), inputs);
  const before = await host.roles();
  await host.hooks.update(id, outs, two);
  const again = await host.hooks.update(id, outs, two);
  expect(again.outs).toMatchObject({ currentName: "app_2", previousName: "app_1" });
  expect((await host.roles()).get("app_1")).toBe(before.get("app_1"));
});

it("keeps what a rotation told when a later call of the same update fails, and goes on from there", async () => {
  const { id, inputs, outs } = await born({ revealPassword: true });
  const two = await host.checked(args("two", { revealPassword: true }), inputs);
  await host.plane.api.call("POST", "/x-palisade/test/faults", {
    method: "POST",
    path: "/projects/*/branches/*/roles/app_1/reset_password",
    kind: "status",
    status: 400,
  });
  const failed = await host.hooks.update(id, outs, two).catch((error: unknown) => error as { properties: Record<string, unknown> });
  const { properties } = failed as { properties: Record<string, unknown> };
  expect(properties).toMatchObject({ currentName: "app_2", currentRotation: "two", previousName: "app_1" });
  expect(await host.hooks.diff(id, properties, two)).toMatchObject({ changes: true });
  const done = await host.hooks.update(id, properties, two);
  expect(done.outs).toMatchObject({ currentName: "app_2", password: properties["password"] });
  expect(done.outs).not.toHaveProperty("previousName");
});

it("makes the login anew when its current role was deleted by hand", async () => {
  const { id, inputs, outs } = await born();
  const two = await host.checked(args("two"), inputs);
  const next = await host.hooks.update(id, outs, two);
  await host.plane.api.call("DELETE", `/projects/${host.projectId}/branches/${host.branchId}/roles/app_2`);
  await host.plane.api.settled(host.projectId);
  const read = await host.hooks.read(id, next.outs);
  expect(read.inputs).not.toHaveProperty("rotation");
  expect((await host.hooks.update(id, read.props, two)).outs).toMatchObject({ currentName: "app_1", currentRotation: "two" });
});

it("goes with both roles", async () => {
  const { id, inputs, outs } = await born();
  const next = await host.hooks.update(id, outs, await host.checked(args("two"), inputs));
  await host.hooks.delete(id, next.outs);
  expect([...(await host.roles()).keys()]).toEqual(["neondb_owner"]);
  expect(await host.hooks.read(id, next.outs)).toEqual({ id: "", props: {} });
});
