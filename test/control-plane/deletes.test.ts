import { ROUTES } from "../../control-plane/api/routes.js";
import { EndpointOperations } from "@palisade/neon/contract/wire/endpoint";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { sharedPlane } from "../support/plane.js";

/** Deletions of what is not there: Neon's API answers 204 for some, 404 for the others (neon-api.md 1.2, 1.5). */
const BRANCH = "/projects/:project_id/branches/:branch_id";
const DONE_ALREADY = [
  BRANCH,
  "/projects/:project_id/endpoints/:endpoint_id",
  `${BRANCH}/roles/:role_name`,
  `${BRANCH}/databases/:database_name`,
];
const DELETIONS = ROUTES.filter(({ method }) => method === "DELETE").map(({ path }) => path);

const plane = sharedPlane();

const last = (path: string) =>
  path
    .split("/")
    .filter((part) => part.startsWith(":"))
    .at(-1);

test.each(DELETIONS)("DELETE %s of what is not there", async (path) => {
  const { project, branch } = await plane.api.project();
  const parts: Record<string, string> = {
    project_id: project.id,
    branch_id: branch.id,
    org_id: plane.ready.orgId,
    region_id: project.region_id,
  };
  const target = path.replace(/:(\w+)/g, (whole, name: string) => (whole === last(path) ? undefined : parts[name]) ?? "no-such-a0000000");
  const { status, body } = await plane.api.call("DELETE", target);
  if (DONE_ALREADY.includes(path)) expect([status, body]).toEqual([204, undefined]);
  else expect([status, body]).toMatchObject([404, { code: "" }]);
});

test("a second deletion of the same is done already, and queues nothing", async () => {
  const { project, branch } = await plane.api.project();
  const at = `/projects/${project.id}`;
  const made = await plane.api.ok(CreatedBranch, "POST", `${at}/branches`);
  await plane.api.settled(project.id);
  const { endpoint } = await plane.api.ok(EndpointOperations, "POST", `${at}/endpoints`, {
    endpoint: { branch_id: branch.id, type: "read_only" },
  });
  await plane.api.settled(project.id);
  await plane.api.call("POST", `${at}/branches/${branch.id}/roles`, { role: { name: "app" } });
  await plane.api.settled(project.id);
  const paths = ["databases/neondb", "roles/app"].map((path) => `${at}/branches/${branch.id}/${path}`);
  const operations = async () =>
    ((await plane.api.call("GET", `${at}/operations?limit=1000`)).body as { operations: unknown[] }).operations.length;
  for (const path of [...paths, `${at}/endpoints/${endpoint.id}`, `${at}/branches/${made.branch.id}`]) {
    expect([path, (await plane.api.call("DELETE", path)).status]).toEqual([path, 200]);
    await plane.api.settled(project.id);
    const before = await operations();
    expect([path, (await plane.api.call("DELETE", path)).status, await operations()]).toEqual([path, 204, before]);
  }
});
