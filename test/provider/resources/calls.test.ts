import { randomUUID } from "node:crypto";
import type { Plane } from "../../../contract/plane.js";
import { NeonApi } from "../../../provider/client/api.js";
import { RateLimiter } from "../../../provider/client/rateLimiter.js";
import { toProxyAddress } from "../../../provider/client/organisation.js";
import { catalogue } from "../../../provider/resources/index.js";
import { withPlane } from "../../../tools/reliability/testPlane.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { API_KINDS, type ApiKind } from "../../../tools/reliability/resourcePrograms.js";
import { SiteFactory, type Phase, SCENARIOS } from "../../../tools/reliability/site.js";
import { createEmptyState, type State, runUp } from "../../../tools/reliability/pulumiUp.js";
import { start } from "../../reliability/start.js";
import { sharedPlane } from "../../support/plane.js";

/** What each kind asks of the API beside what it changes there. */
let lane: SiteFactory;
let stop: () => void;
let stopped: Promise<void>;

beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    stopped = withPlane(start, (plane: Plane) => {
      lane = new SiteFactory(plane.ready);
      ready();
      return new Promise<void>((end) => (stop = end));
    });
    stopped.catch(failed);
  });
});
afterAll(async () => {
  stop();
  await stopped;
});

/** Of these no answer of a write tells everything, or what it tells may not be all there is. */
const NOT_TOLD: Partial<Record<ApiKind, string>> = {
  ApiKey: "when it was used is told by the list alone",
  BackupSchedule: "the answer of a write is empty, and others write the same list",
  IpAllowlistEntry: "others write the same list: what is in it is compared once more",
  ProjectPermission: "the level is told by the list of members",
  PrivateEndpoint: "the answer of a write is empty, and only Neon knows whether it is accepted",
};
const KINDS = API_KINDS.filter((kind) => kind !== "OrganizationMember").map((kind): [ApiKind, string | undefined] => [
  kind,
  NOT_TOLD[kind],
]);

/** The calls of a phase in their order, without those that ask for operations. */
async function callsOf(kind: ApiKind, phase: Phase): Promise<string[]> {
  const scenario = SCENARIOS.find((each) => each.kind === kind);
  if (!scenario) throw new Error(kind);
  const site = await lane.createSite(scenario);
  const real = globalThis.fetch;
  const calls: string[] = [];
  try {
    const state: State = createEmptyState();
    if (phase !== "create") await runUp(startProviderProcess(site.access, site), kind, state, site.program("create"));
    globalThis.fetch = (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (!pathname.includes("/operations")) calls.push(`${init?.method ?? "GET"} ${pathname}`);
      return real(input, init);
    };
    await runUp(startProviderProcess(site.access, site), kind, state, site.program(phase));
    return calls;
  } finally {
    globalThis.fetch = real;
    await site.clear();
  }
}

const isRead = (call: string): boolean => call.startsWith("GET ");
const afterLastWrite = (calls: readonly string[]): string[] =>
  calls.slice(calls.length - [...calls].reverse().findIndex((call) => !isRead(call)));

describe.each(["create", "update"] as const)("what is read after a %s", (phase) => {
  it.each(KINDS.filter(([, reason]) => reason === undefined))("%s: nothing", async (kind) => {
    const calls = await callsOf(kind, phase);
    // A branch whose compute changed with it is looked at as a whole.
    if (kind === "Branch" && phase === "update") return;
    // Nothing changes of a role but whether its password is an output, and of a pair only SQL or time does.
    if (["Role", "RotatingRole"].includes(kind) && phase === "update") return;
    expect(calls.every(isRead) ? [] : afterLastWrite(calls)).toEqual([]);
  });
});

describe("on a plane that counts", () => {
  const plane = sharedPlane({ operationTimeMs: 20 });
  const counted = async () => ((await plane.api.call("GET", "/x-palisade/test/calls")).body as { calls: Record<string, number> }).calls;
  const forget = () => plane.api.call("DELETE", "/x-palisade/test/calls");
  const programs = (projectId: string, branchId: string) =>
    Array.from({ length: 6 }, (_, index) => ({ projectId, branchId, name: `r${index}`, managedBy: `urn:r${index}` }));
  const network = (count: number) => ({
    allow: "listed",
    ranges: Array.from({ length: count }, (_, index) => `203.0.113.${index}`),
  });

  test("a project and its roles: nothing is looked up, and nothing is read after", async () => {
    const { hooks } = startProviderProcess(plane.ready);
    await forget();
    const { id, outs } = await hooks.Project.create({ name: "p", regionId: "aws-eu-central-1", network: network(2), managedBy: "urn:p" });
    await Promise.all(programs(id, outs["defaultBranchId"] as string).map((program) => hooks.Role.create(program)));
    const { "GET /projects/:project_id/operations": looks = 0, ...calls } = await counted();
    expect(calls).toEqual({
      "GET /users/me/organizations": 1,
      "GET /projects": 1,
      "POST /projects": 1,
      "POST /projects/:project_id/branches/:branch_id/roles": 6,
    });
    // One list answers for all that wait.
    expect(looks).toBeLessThanOrEqual(8);
  });

  test("a role that is held is found by one list, and so is none of a branch that was there before", async () => {
    const { project, branch } = await plane.api.project();
    const { hooks } = startProviderProcess(plane.ready);
    await forget();
    const [first, ...others] = programs(project.id, branch.id);
    await Promise.all(others.map((program) => hooks.Role.create(program)));
    await expect(hooks.Role.create({ ...first, name: "neondb_owner" })).rejects.toThrow("PAL_NAME_HELD");
    expect((await counted())["GET /projects/:project_id/branches/:branch_id/roles"]).toBe(1);
  });

  test.each(["Role", "Database"] as const)("two declarations of one %s in one program: one is made, the other refused", async (kind) => {
    const { project, branch } = await plane.api.project();
    const hooks = startProviderProcess(plane.ready).hooks[kind];
    const program = { projectId: project.id, branchId: branch.id, name: "twice", ownerName: "neondb_owner" };
    const own = kind === "Role" ? { ...program, ownerName: undefined } : program;
    const [a, b] = await Promise.allSettled(
      ["urn:a", "urn:b"].map((managedBy) => hooks.create(JSON.parse(JSON.stringify({ ...own, managedBy })) as Record<string, unknown>)),
    );
    expect(a?.status).toBe("fulfilled");
    expect(b).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("PAL_NAME_HELD") as string } });
  });

  test("a role that somebody else makes meanwhile is held, and not taken", async () => {
    const { project, branch } = await plane.api.project();
    const { hooks } = startProviderProcess(plane.ready);
    const [first, second] = programs(project.id, branch.id);
    await hooks.Role.create(first ?? {});
    await plane.api.call("POST", `/projects/${project.id}/branches/${branch.id}/roles`, { role: { name: "r1" } });
    await expect(hooks.Role.create(second ?? {})).rejects.toThrow("PAL_NAME_HELD");
  });

  test("after a lost answer a role that was made before the call is not taken", async () => {
    const { project, branch } = await plane.api.project();
    const api = new NeonApi(plane.ready.apiUrl, { apiKey: plane.ready.apiKey, limiter: new RateLimiter() });
    const proxy = () => Promise.resolve(toProxyAddress(undefined));
    const neon = { api, orgId: () => Promise.resolve(plane.ready.orgId), proxy, trustsState: true };
    const wanted = { projectId: project.id, branchId: branch.id, name: "neondb_owner", login: true, revealPassword: false };
    const asked = Date.parse(project.created_at);
    expect(await catalogue.Role.findByName?.(neon, wanted as never, asked)).toMatchObject({ name: "neondb_owner" });
    expect(await catalogue.Role.findByName?.(neon, wanted as never, asked + 3_600_000)).toBeUndefined();
  });

  test("what this process has deleted can be made again by it", async () => {
    const { project, branch } = await plane.api.project();
    const { hooks } = startProviderProcess(plane.ready);
    const [program = {}] = programs(project.id, branch.id);
    const { id, outs } = await hooks.Role.create(program);
    await hooks.Role.delete(id, outs);
    expect((await hooks.Role.create(program)).id).toBe(id);
  });

  test("one change of an allowlist is a reading and a write, by its owner of either kind", async () => {
    const program = { name: "p", regionId: "aws-eu-central-1", network: network(2), managedBy: `urn:p${randomUUID()}` };
    const made = await startProviderProcess(plane.ready).hooks.Project.create(program);
    await forget();
    await startProviderProcess(plane.ready).hooks.Project.update(made.id, made.outs, { ...program, network: network(3) });
    const { "GET /projects/:project_id/operations": _, ...calls } = await counted();
    expect(calls).toEqual({ "GET /projects/:project_id": 1, "PATCH /projects/:project_id": 1 });
    const { project } = await plane.api.project({ settings: { allowed_ips: { ips: ["192.0.2.1"] } } });
    const list = { projectId: project.id, ...network(2), managedBy: "urn:l" };
    const own = await startProviderProcess(plane.ready).hooks.IpAllowlist.create(list);
    await forget();
    await startProviderProcess(plane.ready).hooks.IpAllowlist.update(own.id, own.outs, { ...list, ...network(3) });
    const { "GET /projects/:project_id/operations": __, ...again } = await counted();
    expect(again).toEqual(calls);
  });

  test("branches of one project are unprotected after one list, also where they have no compute", async () => {
    const { project } = await plane.api.project();
    const program = (index: number, isProtected: boolean) => ({
      projectId: project.id,
      name: `b${index}`,
      compute: "none",
      protected: isProtected,
      managedBy: `urn:b${index}`,
    });
    const { hooks } = startProviderProcess(plane.ready);
    const made = await Promise.all([0, 1, 2].map((index) => hooks.Branch.create(program(index, true))));
    await forget();
    const next = startProviderProcess(plane.ready).hooks.Branch;
    const after = await Promise.all(made.map(({ id, outs }, index) => next.update(id, outs, program(index, false))));
    expect(after.map(({ outs }) => outs["protected"])).toEqual([false, false, false]);
    expect(await counted()).toEqual({
      "GET /users/me/organizations": 1,
      "GET /projects/:project_id/branches": 1,
      "GET /projects/:project_id/endpoints": 1,
      "PATCH /projects/:project_id/branches/:branch_id": 3,
    });
  });

  test("deletions of one project are waited for together, and one that failed is told", async () => {
    const { project, branch } = await plane.api.project();
    const { hooks } = startProviderProcess(plane.ready);
    const made = await Promise.all(programs(project.id, branch.id).map((program) => hooks.Role.create(program)));
    await forget();
    await Promise.all(made.slice(1).map(({ id, outs }) => hooks.Role.delete(id, outs)));
    expect((await counted())["GET /projects/:project_id/operations"]).toBeLessThan(made.length - 1);
    await plane.api.call("POST", "/x-palisade/test/operations/fail", { action: "apply_config", times: 3 });
    await expect(hooks.Role.delete(made[0]?.id ?? "", made[0]?.outs ?? {})).rejects.toThrow("PAL_OPERATION_FAILED");
  });

  test("an object that names another account than the recorded one is not changed", async () => {
    const program = { name: "p", regionId: "aws-eu-central-1", network: network(2), managedBy: `urn:p${randomUUID()}` };
    const { id, outs } = await startProviderProcess(plane.ready).hooks.Project.create(program);
    const elsewhere = { ...outs, origin: { ...(outs["origin"] as object), accountId: "org-else-where-1" } };
    const update = startProviderProcess({ ...plane.ready, orgId: undefined as never }).hooks.Project.update;
    await expect(update(id, elsewhere, { ...program, network: network(3) })).rejects.toThrow("PAL_ORIGIN");
  });
});
