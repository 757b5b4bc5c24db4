import { CreatedProject } from "@palisade/neon/contract/wire/project";
import { toProgram } from "../../review/scan/program.js";
import { type ScanReport, scan } from "../../review/scan/scan.js";
import { endPlanes, startPlane, type TestPlane } from "../support/plane.js";

/** That its `up` changes nothing is proved in test/engine/scan.test.ts; here is what it leaves alone. */
let plane: TestPlane;
beforeEach(async () => {
  plane = await startPlane();
});
afterEach(endPlanes);

const MARK = { managed_by: "urn:pulumi:prod::shop::x::shop", nonce: "n" };
const report = () =>
  scan({ apiUrl: plane.ready.apiUrl, apiKey: plane.ready.apiKey, orgId: undefined }, { now: 0, progress: () => undefined });
const rowsOf = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("  { id: ") || line.startsWith("    id: "));

/** As if the API had said so of every project. */
const saying = (from: ScanReport, facts: object): ScanReport => ({
  ...from,
  projects: from.projects.map((view) => ({ ...view, project: { ...view.project, ...facts } })),
});

const closed = { settings: { block_public_connections: true } };

test("what another stack has made is left to it, project or branch, and said", async () => {
  const { orgId } = plane.ready;
  const managed = await plane.api.ok(CreatedProject, "POST", "/projects", {
    project: { org_id: orgId, name: "managed", ...closed, branch: { annotations: MARK } },
  });
  await plane.api.settled(managed.project.id);
  const free = await plane.api.project({ name: "free", ...closed });
  await plane.api.call("POST", `/projects/${free.project.id}/branches`, {
    branch: { name: "theirs", protected: true },
    annotation_value: MARK,
  });
  await plane.api.settled(free.project.id);
  await plane.api.call("POST", `/projects/${free.project.id}/branches`, { branch: { name: "nobody's", protected: true } });
  await plane.api.settled(free.project.id);
  const { text, left } = toProgram(await report());
  expect(left).toEqual([
    { name: "free/theirs", why: `managed by ${MARK.managed_by}` },
    { name: "managed", why: `managed by ${MARK.managed_by}` },
  ]);
  expect(text).toContain(`// Left alone: "managed": managed by ${MARK.managed_by}`);
  expect(text).not.toContain(managed.project.id);
  expect(rowsOf(text)).toHaveLength(1);
  expect(text).toContain(`name: "nobody's"`);
  expect(text).not.toContain('name: "theirs"');
});

test("a project that no program can declare is left alone; a value that none can is left out", async () => {
  await plane.api.project({ name: "shop", ...closed });
  const read = await report();
  const unknownRegion = toProgram(saying(read, { region_id: "moon-1" }));
  expect([rowsOf(unknownRegion.text), unknownRegion.left]).toEqual([[], [{ name: "shop", why: '"moon-1" is not a region of Neon' }]]);
  const odd = toProgram(saying(read, { pg_version: 99, settings: { block_public_connections: true, audit_log_level: "verbose" } }));
  expect(odd.left).toEqual([]);
  expect(odd.text).not.toMatch(/pgVersion|auditLogLevel/);
});

test.each([
  ["an entry that cannot be read", ["192.0.2.1", "88.8.8"], /88\.8\.8/],
  ["an entry with host bits", ["10.0.0.1/8"], /host bits/],
  ["entries that are the whole internet", ["0.0.0.0/1", "128.0.0.0/1"], /admit every IPv4/],
])("a network with %s stays as it is: the project is taken with its network elsewhere", async (_, ips, why) => {
  await plane.api.project({ name: "shop", ...closed });
  const { text, left } = toProgram(saying(await report(), { settings: { allowed_ips: { ips } } }));
  expect(left).toEqual([{ name: "shop, its network", why: expect.stringMatching(why) as string }]);
  expect(text).toContain('network: { allow: "managedSeparately" }');
});

test("an open project is taken as what it is: open by name", async () => {
  await plane.api.project({ name: "shop" });
  expect(toProgram(await report()).text).toContain('network: { allow: "anywhere", privateEndpoints: "allowed" }');
});
