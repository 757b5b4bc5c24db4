import { sharedPlane } from "../../support/plane.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";

const plane = sharedPlane();

const calls = async () => (await plane.api.call("GET", "/x-palisade/test/calls")).body as { calls: Record<string, number> };
const forget = () => plane.api.call("DELETE", "/x-palisade/test/calls");

test("a refresh of many branches asks once, and what is gone is asked for by itself", async () => {
  const { project } = await plane.api.project();
  const make = startProviderProcess(plane.ready).hooks.Branch;
  const made = [];
  for (const name of ["a", "b", "c"]) made.push(await make.create({ projectId: project.id, name, managedBy: `urn:${name}` }));
  const gone = made[2] as (typeof made)[number];
  await plane.api.call("DELETE", `/projects/${project.id}/branches/${gone.id.split("/")[1] ?? ""}`);
  await plane.api.settled(project.id);
  await forget();
  const read = startProviderProcess(plane.ready).hooks.Branch;
  const seen = await Promise.all(made.map(({ id, outs }) => read.read(id, outs)));
  expect(seen.map(({ id }) => id)).toEqual([made[0]?.id, made[1]?.id, ""]);
  expect((await calls()).calls).toEqual({
    "GET /users/me/organizations": 1,
    "GET /projects/:project_id/branches": 1,
    // Of the one that is gone, and the proof that its project is there.
    "GET /projects/:project_id/branches/:branch_id": 1,
    "GET /projects/:project_id": 1,
  });
});

test("what this process wrote is read anew", async () => {
  const { project } = await plane.api.project();
  const branch = startProviderProcess(plane.ready).hooks.Branch;
  const args = { projectId: project.id, name: "before", managedBy: "urn:x" };
  const { id, outs } = await branch.create(args);
  expect((await branch.read(id, outs)).inputs).toMatchObject({ name: "before" });
  const after = await branch.update(id, outs, { ...args, name: "after" });
  expect((await branch.read(id, after.outs)).inputs).toMatchObject({ name: "after" });
});

test("a declared compute is looked at, an undeclared one is not", async () => {
  const { project } = await plane.api.project();
  const make = startProviderProcess(plane.ready).hooks.Branch;
  const declared = await make.create({ projectId: project.id, name: "declared", compute: { maxCu: 1 }, managedBy: "urn:d" });
  const silent = await make.create({ projectId: project.id, name: "silent", managedBy: "urn:s" });
  await forget();
  const read = startProviderProcess(plane.ready).hooks.Branch;
  expect((await read.read(silent.id, silent.outs)).props).toMatchObject({ host: silent.outs["host"] });
  expect(Object.keys((await calls()).calls)).not.toContain("GET /projects/:project_id/endpoints");
  await read.read(declared.id, declared.outs);
  expect((await calls()).calls["GET /projects/:project_id/endpoints"]).toBe(1);
});
