import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import type { DriftReport } from "../../review/drift/report.js";
import type { TestPlane } from "../support/plane.js";
import { type Stack, STACK } from "../support/pulumi.js";
import { atEnd, forgetCalls, mutations, newPlane, newStack, palisade, program, project, putAway, readRecorded } from "./lab.js";

jest.setTimeout(300_000);
afterAll(putAway, 60_000);

async function drift(stack: Stack, ...words: string[]) {
  const { code, stdout, stderr } = await palisade(stack, ["drift", "--output", "json", "--ignore", "ignore.yaml", ...words]);
  if (!stdout.startsWith("{")) throw new Error(`no report: ${code} ${stdout} ${stderr}`);
  const report = JSON.parse(stdout) as DriftReport;
  return { code, stderr, report, told: report.findings.map(({ rule, direction }) => `${rule} ${direction}`).sort() };
}

/** What a plane has from its start: its key and its owner. */
const IGNORE = `
- { rule: api-key-added, resource: "*", reason: the key of this test, expires: 2999-01-01 }
- { rule: organization-member-added, resource: "org-*", reason: the owner of the plane, expires: 2999-01-01T00:00:00Z }
- { rule: project-added, resource: "*", reason: an old exception, expires: 2020-01-01 }
`;

const SHOP = program(
  `
const shop = new neon.Project("shop", {
  name: "shop", regionId: "aws-eu-central-1", defaultBranch: { protected: true },
  network: { allow: "listed", ranges: ["192.0.2.0/24", "198.51.100.7"], privateEndpoints: "blocked" },
});
const dev = new neon.Branch("dev", { projectId: shop.projectId, name: "dev" });
new neon.Branch("short", { projectId: shop.projectId, name: "short", compute: "none" });
new neon.Role("app", { projectId: shop.projectId, branchId: dev.id, name: "app", revealPassword: true });
new neon.Database("app", { projectId: shop.projectId, branchId: dev.id, name: "app", ownerName: "app" });
`.replace('ownerName: "app" }', 'ownerName: "neondb_owner" }'),
);

const settingsOf = async ({ api }: TestPlane, id: string) =>
  (await api.ok(ProjectResponse, "GET", `/projects/${id}`)).project.settings ?? {};

test("drift of each class is found with its direction; a refresh launders none of it; a repair closes without opening", async () => {
  const plane = await newPlane();
  const stack = await newStack(SHOP, plane.ready);
  await writeFile(join(stack.project, "ignore.yaml"), IGNORE);
  await stack.up({ check: true });

  const first = await drift(stack);
  expect([first.code, first.told, first.report.against.source]).toEqual([0, [], "state"]);
  expect(first.report.ignored.length).toBe(2);
  expect(first.report.expiredRules.map(({ rule }) => rule)).toEqual(["project-added"]);
  expect((await palisade(stack, ["drift", "--record"])).code).toBe(0);
  const file = join(stack.project, ".palisade", `applied-${STACK}.json`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { body: secrets } = await plane.api.call("GET", "/x-palisade/test/secrets");
  for (const secret of Object.values(secrets as { passwords: string[] }).flat()) expect(await readFile(file, "utf8")).not.toContain(secret);
  await writeFile(join(stack.project, "state.json"), JSON.stringify(await stack.exportState()));
  const recorded = await drift(stack, "--state", "state.json");
  expect(recorded).toMatchObject({ code: 0, told: [], report: { against: { source: "applied", unrecorded: [] } } });

  const at = await readRecorded(stack);
  const id = at["shop"]?.id ?? "";
  const branchId = String(at["shop"]?.outputs?.["defaultBranchId"]);
  const send = async (method: string, path: string, sent?: object) => {
    expect((await plane.api.call(method, `/projects/${id}${path}`, sent)).status).toBeLessThan(300);
    await plane.api.settled(id);
  };
  await send("PATCH", "", {
    project: { settings: { allowed_ips: { ips: ["192.0.2.0/24", "203.0.113.9"] }, block_vpc_connections: false } },
  });
  await send("PATCH", `/branches/${branchId}`, { branch: { protected: false } });
  await send("DELETE", `/branches/${at["short"]?.id?.split("/")[1] ?? ""}`);
  await send("POST", "/branches", { branch: { name: "\u001b[2Jcopy\u202e" }, endpoints: [{ type: "read_write" }] });
  await send("POST", `/branches/${at["dev"]?.id?.split("/")[1] ?? ""}/roles`, { role: { name: "backdoor" } });
  await plane.api.project({ name: "stray" });

  const EXPECTED = [
    "branch-added opens",
    "branch-deleted destroys",
    "private-access-unblocked opens",
    "project-added opens",
    "project-changed opens",
    "range-added opens",
    "range-removed closes",
    "role-added opens",
  ];
  const before = await drift(stack);
  expect([before.code, before.told]).toEqual([23, EXPECTED]);
  const added = before.report.findings.find(({ rule }) => rule === "range-added");
  expect(added).toMatchObject({
    resource: { id: `${id}/203.0.113.9` },
    changedAt: expect.any(String) as string,
    changedBy: expect.stringMatching(/^user .+, API key \d+$/) as string,
  });

  // The state says now that all of this was wanted; the record does not.
  await stack.refresh({ check: true });
  await forgetCalls(plane.api);
  const after = await drift(stack, "--repair", "closing", "--max-changes", "9", "--grace", "0");
  expect([after.code, after.told]).toEqual([23, EXPECTED]);
  const bare = ({ report }: typeof before) =>
    report.findings.map(({ rule, resource, before, after }) => [rule, resource.id, before, after]);
  expect(bare(after)).toEqual(bare(before));
  expect(after.report.repair?.steps.map(({ what }) => what).sort()).toEqual([
    "block private endpoints",
    `protect branch ${branchId}`,
    "take 203.0.113.9 out of the list",
  ]);
  await rename(file, `${file}.away`);
  const laundered = await drift(stack);
  expect(laundered.told).not.toContain("range-added opens");
  expect(laundered.report.against.source).toBe("state");
  await rename(`${file}.away`, file);

  const few = await palisade(stack, ["drift", "--repair", "closing", "--apply", "--max-changes", "2", "--grace", "0"]);
  expect([few.code, few.stderr]).toEqual([1, expect.stringContaining("PAL_TOO_MANY_REPAIRS")]);
  const young = await drift(stack, "--repair", "closing", "--apply", "--max-changes", "9", "--grace", "100000");
  expect(young.report.repair).toMatchObject({ steps: [], done: [] });
  expect(await mutations(plane.api)).toEqual([]);
  expect((await palisade(stack, ["drift", "--repair", "closing"])).code).toBe(2);

  const repaired = await drift(stack, "--repair", "closing", "--apply", "--max-changes", "3", "--grace", "0");
  expect(repaired.report.repair?.done.map(({ outcome }) => outcome)).toEqual(["done", "done", "done"]);
  expect((await settingsOf(plane, id)).allowed_ips?.ips).toEqual(["192.0.2.0/24"]);

  const hook = await listener();
  const posted = await drift(stack, "--webhook", `${hook.url}/secret-path`);
  expect(posted).toMatchObject({
    code: 23,
    told: ["branch-added opens", "branch-deleted destroys", "project-added opens", "range-removed closes", "role-added opens"],
  });
  expect(hook.bodies.map((each) => (JSON.parse(each) as DriftReport).findings.length)).toEqual([5]);
  hook.answer(500);
  const failing = await palisade(stack, ["drift", "--ignore", "ignore.yaml", "--webhook", `${hook.url}/secret-path`]);
  expect([failing.code, failing.stderr]).toEqual([23, expect.stringContaining("the webhook did not take the findings")]);
  expect(failing.stderr).not.toContain("secret-path");
  expect(failing.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(failing.stdout).toContain("copy");
  expect(failing.stdout).toContain("Rules that have expired and ignore nothing:");
});

test("a first run without changes is green; what came since goes into a draft that accepts nothing until it is filled in", async () => {
  const plane = await newPlane();
  const stack = await newStack(program(project("quiet")), plane.ready);
  await stack.up({ check: true });
  const blind = await palisade(stack, ["drift"]);
  expect(blind.code).toBe(0);
  expect(words(blind.stdout)).toContain("Not known: whether somebody has opened what the program leaves out");
  expect((await palisade(stack, ["drift", "--record"])).code).toBe(0);
  const first = await palisade(stack, ["drift", "--write-ignore", "none.yaml"]);
  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(words(first.stdout)).toContain("Nothing has drifted.");
  expect(words(first.stdout)).not.toContain("Not known");
  expect(words(first.stdout)).toMatch(
    /Reported, but not drift: .*The key that runs this command.*The only administrator of the organisation/,
  );
  await expect(stat(join(stack.project, "none.yaml"))).rejects.toThrow("ENOENT");

  const { orgId } = plane.ready;
  await plane.api.call("POST", `/organizations/${orgId}/api_keys`, { key_name: "by hand" });
  await plane.api.project({ name: "stray", settings: { block_public_connections: true, block_vpc_connections: true } });
  const second = await palisade(stack, ["drift"]);
  expect(second.code).toBe(23);
  expect(words(second.stdout)).toContain("draft an ignore file of the rest with palisade drift --write-ignore");
  const drafted = await palisade(stack, ["drift", "--write-ignore", "--output", "json"]);
  const file = join(stack.project, "drift-ignore.yaml");
  expect([drafted.code, (JSON.parse(drafted.stdout) as DriftReport).draft]).toMatchObject([0, { file, entries: 1, commented: 1 }]);
  const draft = await readFile(file, "utf8");
  const refused = await palisade(stack, ["drift", "--ignore", "drift-ignore.yaml"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/entry 1 \(project-added .+\).*PAL_BAD_IGNORE/s)]);
  expect((await palisade(stack, ["drift", "--write-ignore"])).code).toBe(2);
  expect(await readFile(file, "utf8")).toBe(draft);
  await writeFile(file, draft.replaceAll('reason: ""', "reason: known to the owner"));
  expect((await palisade(stack, ["drift", "--ignore", "drift-ignore.yaml"])).code).toBe(23);
  await writeFile(file, draft.replaceAll('reason: ""', "reason: known to the owner").replace(/^# (- rule|  [a-z]+:)/gm, "$1"));
  expect((await palisade(stack, ["drift", "--ignore", "drift-ignore.yaml"])).code).toBe(0);
});

const words = (text: string): string => text.replace(/\s+/g, " ");

async function listener() {
  const bodies: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let text = "";
    request
      .on("data", (chunk: Buffer) => (text += chunk.toString()))
      .on("end", () => {
        bodies.push(text);
        response.writeHead(status).end();
      });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  atEnd(() => new Promise((done) => server.close(done)));
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answer: (code: number) => (status = code) };
}

const FUTURE = "2999-01-01T00:00:00.000Z";
const PAST = "2020-01-01T00:00:00.000Z";
const BOXED = (removeAfter: string, name = "box") =>
  program(`
const box = new neon.Project("box", { name: "${name}", regionId: "aws-eu-central-1",
  network: { allow: "listed", ranges: ["192.0.2.0/24", { range: "198.51.100.7", description: "repair", removeAfter: "${removeAfter}" }] } });
const last = new neon.Project("last", { name: "last", regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
new neon.IpAllowlist("list", { projectId: last.projectId, allow: "listed", ranges: [{ range: "198.51.100.9", removeAfter: "${removeAfter}" }] });
new neon.Project("other", { name: "other-${name}", regionId: "aws-eu-central-1", network: { allow: "nobody" } });
`);

test("enforce removes what has ended by an up of exactly these resources, and then finds nothing more to do", async () => {
  const plane = await newPlane();
  const stack = await newStack(BOXED(FUTURE), plane.ready);
  await stack.up({ check: true });
  const ids = await readRecorded(stack);
  const ips = async (name: string) => (await settingsOf(plane, ids[name]?.id ?? "")).allowed_ips?.ips;
  expect([await ips("box"), await ips("last")]).toEqual([["192.0.2.0/24", "198.51.100.7"], ["198.51.100.9"]]);
  expect(await palisade(stack, ["enforce"])).toMatchObject({ code: 0, stdout: "Nothing is overdue.\n" });

  // Time passes: the program and the state say the same as before, and the end is over.
  const state = JSON.stringify(await stack.exportState()).replaceAll(FUTURE, PAST);
  await stack.importState(JSON.parse(state) as Awaited<ReturnType<Stack["exportState"]>>);
  await stack.setProgram(BOXED(PAST));
  await forgetCalls(plane.api);
  const dry = await palisade(stack, ["enforce", "--dry-run"]);
  expect([dry.code, dry.stdout]).toEqual([
    0,
    `would remove 198.51.100.9 from ipAllowlist list: ended ${PAST}\nwould remove 198.51.100.7 (repair) from project box: ended ${PAST}\n`,
  ]);
  expect(await mutations(plane.api)).toEqual([]);

  // What else the program has become is not applied along with it.
  await stack.setProgram(BOXED(PAST).replace("other-box", "renamed"));
  const { code, stdout } = await palisade(stack, ["enforce", "--output", "json"]);
  expect(code).toBe(0);
  const { removed } = JSON.parse(stdout) as { removed: { entries: { range: string }[] }[] };
  expect(removed.flatMap(({ entries }) => entries.map(({ range }) => range)).sort()).toEqual(["198.51.100.7", "198.51.100.9"]);
  expect(await ips("box")).toEqual(["192.0.2.0/24"]);
  expect(await settingsOf(plane, ids["last"]?.id ?? "")).toMatchObject({ block_public_connections: true });
  expect(await ips("last")).not.toEqual([]);
  expect((await plane.api.ok(ProjectResponse, "GET", `/projects/${ids["other"]?.id ?? ""}`)).project.name).toBe("other-box");

  await forgetCalls(plane.api);
  expect(await palisade(stack, ["enforce"])).toMatchObject({ code: 0, stdout: "Nothing is overdue.\n" });
  expect(await mutations(plane.api)).toEqual([]);
  await stack.refresh({ check: true, args: ["--expect-no-changes"] });

  // Somebody puts it back by hand: the next refresh makes it overdue again, and enforce takes it out once more.
  await plane.api.call("PATCH", `/projects/${ids["box"]?.id ?? ""}`, {
    project: { settings: { allowed_ips: { ips: ["192.0.2.0/24", "198.51.100.7"] } } },
  });
  await plane.api.settled(ids["box"]?.id ?? "");
  await stack.refresh({ check: true });
  expect((await palisade(stack, ["enforce"])).stdout).toBe(`removed 198.51.100.7 (repair) from project box: ended ${PAST}\n`);
  expect(await ips("box")).toEqual(["192.0.2.0/24"]);

  await stack.importState(JSON.parse(state) as Awaited<ReturnType<Stack["exportState"]>>);
  await stack.setProgram(`throw new Error("broken");`);
  const failed = await palisade(stack, ["enforce"]);
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("PAL_ENFORCE_FAILED")]);
});
