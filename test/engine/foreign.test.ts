import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import type { TestPlane } from "../support/plane.js";
import type { Stack } from "../support/pulumi.js";
import { newPlane, newStack, output, program, putAway, readRecorded } from "./lab.js";

/** Entries that somebody adds to allowlists by hand, as Pulumi's own output names them. */
let plane: TestPlane;
let stack: Stack;
let owned: string;
let shared: string;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

const declaring = (ranges: string) =>
  program(`
const project = (name) => new neon.Project(name, { name, regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } }).projectId;
new neon.IpAllowlist("office", { projectId: project("owned"), allow: "listed", ranges: ${ranges} });
new neon.IpAllowlistEntry("ci", { projectId: project("shared"), ranges: ${ranges} });`);

beforeAll(async () => {
  plane = await newPlane();
  stack = await newStack(declaring('["192.0.2.1"]'), plane.ready);
  await stack.up({ check: true });
  const state = await readRecorded(stack);
  [owned, shared] = ["owned", "shared"].map((name) => state[name]?.id ?? "") as [string, string];
  for (const id of [owned, shared]) {
    const settings = { allowed_ips: { ips: ["192.0.2.1", "203.0.113.9"] } };
    await plane.api.ok(ProjectResponse, "PATCH", `/projects/${id}`, { project: { settings } });
    await plane.api.settled(id);
  }
}, 120_000);

const listOf = async (id: string) =>
  (await plane.api.ok(ProjectResponse, "GET", `/projects/${id}`)).project.settings?.allowed_ips?.ips ?? [];

test("`preview --refresh` names them, with what would become of them", async () => {
  const said = output(await stack.preview({ args: ["--refresh"], check: true }));
  expect(said).toContain(`project ${owned}, allowlist: 203.0.113.9 (not recorded; the next update that does not name it removes it)`);
  expect(said).toContain(`project ${shared}, allowlist: 203.0.113.9 (not declared by an IpAllowlistEntry of this stack; left as it is)`);
});

test("an update that writes the lists says what it removed and what it left", async () => {
  await stack.setProgram(declaring('["192.0.2.1", "192.0.2.2"]'));
  const said = output(await stack.up({ check: true }));
  expect(said).toContain(`project ${owned}, allowlist: 203.0.113.9 (not declared; removed by this update)`);
  expect(said).toContain(`project ${shared}, allowlist: 203.0.113.9 (not declared by an IpAllowlistEntry of this stack; left as it is)`);
  expect(await listOf(owned)).toEqual(["192.0.2.1", "192.0.2.2"]);
  expect(await listOf(shared)).toEqual(["192.0.2.1", "203.0.113.9", "192.0.2.2"]);
});

test("a preview without a refresh asks nobody and names nobody", async () => {
  await plane.api.call("DELETE", "/x-palisade/test/calls");
  expect(output(await stack.preview({ check: true }))).not.toContain("allowlist:");
  expect((await plane.api.call("GET", "/x-palisade/test/calls")).body).toEqual({ calls: {}, refusals: {} });
});
