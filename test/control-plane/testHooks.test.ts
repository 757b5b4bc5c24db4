import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { sharedPlane, startPlane } from "../support/plane.js";

const TEST = "/x-palisade/test";

describe("the test hooks", () => {
  const plane = sharedPlane();
  let project: string;
  beforeAll(async () => {
    project = (await plane.api.project()).project.id;
  });
  afterEach(async () => {
    await plane.api.call("DELETE", `${TEST}/faults`);
  });

  const fault = async (body: object) => {
    expect((await plane.api.call("POST", `${TEST}/faults`, body)).status).toBe(200);
  };
  const branches = async () => (await plane.api.ok(BranchesPage, "GET", `/projects/${project}/branches`)).branches.map(({ name }) => name);
  const create = (name: string) => plane.api.call("POST", `/projects/${project}/branches`, { branch: { name } });

  test("are not there unless asked for", async () => {
    const plain = await startPlane({ testHooks: false });
    expect((await plain.api.refused("GET", `${TEST}/secrets`)).message).toBe("this route does not exist");
    await plain.stop();
  });

  test("need the administrator's key", async () => {
    const { body } = await plane.api.call("POST", `/organizations/${plane.ready.orgId}/api_keys`, { key_name: "org" });
    expect((await plane.api.withKey((body as { key: string }).key).refused("GET", `${TEST}/secrets`)).status).toBe(403);
  });

  test("a call lost before it is processed has done nothing; lost after, it has", async () => {
    await fault({ method: "POST", path: "/projects/*/branches", kind: "lost-before" });
    await expect(create("before")).rejects.toThrow();
    expect(await branches()).not.toContain("before");
    await fault({ method: "POST", path: "/projects/:project_id/branches", kind: "lost-after" });
    await expect(create("after")).rejects.toThrow();
    expect(await branches()).toContain("after");
    await plane.api.settled(project);
    expect((await create("third")).status).toBe(201);
    await plane.api.settled(project);
  });

  test("a status is answered as often as asked, with Retry-After, and nothing is done", async () => {
    await fault({ method: "POST", path: "/projects/*/branches", kind: "status", status: 503, retryAfter: 2, times: 2 });
    for (const name of ["one", "two"]) {
      const { status, headers } = await create(name);
      expect([status, headers.get("retry-after"), headers.get("x-request-id")?.length]).toEqual([503, "2", 36]);
    }
    expect((await create("three")).status).toBe(201);
    expect(await branches()).not.toContain("one");
    await plane.api.settled(project);
  });

  test("a fault can wait first, and is taken back", async () => {
    await fault({ method: "GET", path: "/auth", kind: "hang", hang: 200 });
    const started = performance.now();
    expect((await plane.api.call("GET", "/auth")).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(190);
    await fault({ method: "GET", path: "/auth", kind: "status", status: 500 });
    await plane.api.call("DELETE", `${TEST}/faults`);
    expect((await plane.api.call("GET", "/auth")).status).toBe(200);
  });

  test("calls are counted by route, and refusals by status", async () => {
    await plane.api.call("DELETE", `${TEST}/calls`);
    await branches();
    await branches();
    await plane.api.call("GET", "/no/route");
    expect((await plane.api.call("GET", `${TEST}/calls`)).body).toEqual({
      calls: { "GET /projects/:project_id/branches": 2 },
      refusals: {},
    });
    await plane.api.refused("GET", "/projects/no-such-project");
    expect((await plane.api.call("GET", `${TEST}/calls`)).body).toMatchObject({ refusals: { "404": 1 } });
  });

  test("the clock moves forward", async () => {
    const { body } = await plane.api.call("POST", `${TEST}/clock`, { advanceSeconds: 86_400 });
    expect(Date.parse((body as { now: string }).now) - Date.now()).toBeGreaterThan(86_000_000);
    expect((await plane.api.refused("POST", `${TEST}/clock`, { advanceSeconds: -1 })).status).toBe(400);
  });
});
