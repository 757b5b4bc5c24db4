import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { type Api, type PlaneProcess, buildPlane, endPlanes, planeDirectory, startPlaneProcess } from "../support/plane.js";
import { until } from "../support/until.js";

const ROUNDS = 6;
const WRITERS = 4;

beforeAll(buildPlane, 120_000);
afterAll(endPlanes);

test("a plane killed at any moment has lost no acknowledged write, and finishes what it began", async () => {
  const dataDirectory = planeDirectory();
  const start = () => startPlaneProcess({ dataDirectory, operationTimeMs: 3 });
  const acknowledged = new Set<string>();

  const setUp = await start();
  const projects = await Promise.all(Array.from({ length: WRITERS }, async () => (await setUp.api.project()).project.id));
  await setUp.end("SIGKILL");

  for (let round = 0; round < ROUNDS; round++) {
    const plane = await start();
    const before = acknowledged.size;
    // Killed after a number of answers that differs from round to round, in the middle of the writers' next calls.
    const enough = before + WRITERS * (3 + round);
    const writing = Promise.all(projects.map((project) => write(plane, project, acknowledged)));
    await until("enough writes are acknowledged", () => acknowledged.size >= enough);
    await plane.end("SIGKILL");
    await writing;
  }

  const last = await start();
  const found = await Promise.all(projects.map((project) => whole(last.api, project)));
  const ids = new Set(found.flat());
  expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * WRITERS * 3);
  expect(await last.end("SIGTERM")).toBe(0);
}, 40_000);

/** Creates branches with computes until the plane is gone. */
async function write({ api, child }: PlaneProcess, project: string, acknowledged: Set<string>): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await api.call("POST", `/projects/${project}/branches`, { endpoints: [{ type: "read_write" }] }).catch(() => undefined);
    if (answer?.status === 201) acknowledged.add(CreatedBranch.parse(answer.body).branch.id);
  }
}

/** The branches of a project once everything is settled: all ready, each with its compute. */
async function whole(api: Api, project: string): Promise<string[]> {
  await api.settled(project);
  const { branches } = await api.ok(BranchesPage, "GET", `/projects/${project}/branches`);
  const { endpoints } = await api.ok(EndpointsResponse, "GET", `/projects/${project}/endpoints`);
  expect(branches.filter(({ current_state, pending_state }) => current_state !== "ready" || pending_state !== undefined)).toEqual([]);
  expect(endpoints.filter(({ current_state }) => current_state !== "active")).toEqual([]);
  expect(new Set(endpoints.map(({ branch_id }) => branch_id)).size).toBe(branches.length);
  return branches.map(({ id }) => id);
}
