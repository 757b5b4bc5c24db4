import { existsSync } from "node:fs";
import { CreatedProject, ProjectsPage } from "@palisade/neon/contract/wire/project";
import { buildPlane, endPlanes, planeDirectory, sharedPlane, startPlane, startPlaneProcess } from "./plane.js";

/** What every test of the plane relies on: a test that fails leaves nothing behind. */
const plane = sharedPlane({ seed: { projects: [{ name: "shop" }] } });
const { api } = plane;

test("a shared plane is there for the tests, through an api taken out before, with its seed", async () => {
  const { projects } = await api.ok(ProjectsPage, "GET", `/projects?org_id=${plane.ready.orgId}`);
  expect(projects.map(({ name }) => name)).toEqual(["shop"]);
});

test("planes that nobody has stopped are ended, in this process and in others, and their directories are gone", async () => {
  buildPlane();
  const one = await startPlane({ operationTimeMs: 60_000 });
  await one.api.ok(CreatedProject, "POST", "/projects", { project: { org_id: one.ready.orgId } });
  const other = await startPlaneProcess({ dataDirectory: planeDirectory() });
  const stopped = await startPlane();
  await stopped.stop();
  await endPlanes();
  for (const each of [plane, one, other, stopped]) await expect(each.api.call("GET", "/auth")).rejects.toThrow("fetch failed");
  expect(other.child.exitCode).toBe(0);
  expect([plane, one, stopped].filter(({ directory }) => existsSync(directory))).toEqual([]);
}, 60_000);
