import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { RolesResponse } from "@palisade/neon/contract/wire/role";
import { createGit } from "../../../cli/approval/git.js";
import type { AccessReport } from "../../../review/access/report.js";
import { sharedPlane } from "../../support/plane.js";
import { Palisade } from "../../support/palisade.js";

const palisade = new Palisade();
afterAll(() => palisade.end(), 30_000);

jest.setTimeout(60_000);

const plane = sharedPlane({ rateLimits: "off" });
let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-access-"));
  mkdirSync(at("program"));
  for (const name of ["reviewer", "stranger"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", at(name)]);
  writeFileSync(at("signers"), `reviewer@example.com ${readFileSync(at("reviewer.pub"), "utf8")}`, { mode: 0o600 });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function review(words: readonly string[], key = plane.ready.apiKey) {
  return palisade.run({
    words: ["access-review", "--state", at("state.json"), "--cwd", at("program"), ...words],
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: key },
  });
}
async function report(words: readonly string[] = []) {
  const { code, stdout, stderr } = await review(["--output", "json", ...words]);
  if (stdout === "") throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as AccessReport) };
}

const urnOf = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
const ours = (kind: string, name: string, id: string, inputs: object) => ({
  urn: urnOf(`pulumi-nodejs:dynamic/palisade:${kind}`, name),
  type: `pulumi-nodejs:dynamic/palisade:${kind}`,
  custom: true,
  id,
  inputs,
  outputs: inputs,
});
function writeState(...resources: object[]): void {
  const stack = { urn: urnOf("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" };
  writeFileSync(at("state.json"), JSON.stringify({ version: 3, deployment: { resources: [stack, ...resources] } }));
}
async function makeProject() {
  const { project, branch } = await plane.api.project({ name: "shop" });
  return { id: project.id, branchId: branch.id };
}
async function makeKey(name: string, projectId?: string) {
  const body = { key_name: name, ...(projectId !== undefined && { project_id: projectId }) };
  return plane.api.ok(CreatedApiKey, "POST", `/organizations/${plane.ready.orgId}/api_keys`, body);
}
async function commit(text: string, message: string): Promise<string> {
  writeFileSync(at("program", "index.ts"), text);
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"];
  if (!existsSync(at("program", ".git"))) execFileSync("git", ["init", "-q", at("program")]);
  execFileSync("git", ["-C", at("program"), "add", "."]);
  execFileSync("git", ["-C", at("program"), ...identity, "commit", "-q", "-m", message]);
  return (await createGit(at("program"))("rev-parse", "HEAD")).trim();
}

it("lists each key, person and role with what it can do, what declares it and the commit that explains it", async () => {
  const project = await makeProject();
  const [declared, undeclared] = [await makeKey("deploy", project.id), await makeKey("old laptop")];
  await plane.api.ok(RolesResponse.partial(), "POST", `/projects/${project.id}/branches/${project.branchId}/roles`, {
    role: { name: "app" },
  });
  await plane.api.settled(project.id);
  const roleId = `${project.id}/${project.branchId}/app`;
  writeState(
    ours("Project", "shop", project.id, { name: "shop" }),
    ours("ApiKey", "deploy", `${plane.ready.orgId}/${declared.id}`, { name: "deploy" }),
    ours("Role", "app", roleId, { projectId: project.id, branchId: project.branchId, name: "app" }),
  );
  const first = await commit(
    'new neon.Project("shop", {\n  name: "shop",\n});\nnew neon.ApiKey("deploy", { name: "deploy" });\n',
    "project: shop",
  );
  const second = await commit(
    'new neon.Project("shop", {\n  name: "shop",\n});\nnew neon.ApiKey("deploy", { name: "deploy" });\nnew neon.Role("app", { name: "app" });\n',
    "role for the application",
  );
  const { code, access, findings, notLookedAt, unjudged } = await report();
  expect([code, unjudged]).toEqual([23, []]);
  const find = (kind: string, id: string) => access.find((one) => one.kind === kind && one.id === id);
  expect(find("apiKey", `${plane.ready.orgId}/${declared.id}`)).toMatchObject({
    can: `calls the API: project ${project.id}`,
    lastUsed: "never",
    commits: [{ location: "index.ts:4", commit: first, author: "Ada", subject: "project: shop" }],
  });
  expect(find("role", roleId)).toMatchObject({ isWhole: false, commits: [{ commit: second, subject: "role for the application" }] });
  expect(find("role", `${project.id}/${project.branchId}/neondb_owner`)?.declaredBy).toEqual([
    urnOf("pulumi-nodejs:dynamic/palisade:Project", "shop"),
  ]);
  const rulesOf = (id: string) => findings.filter(({ resource }) => resource.id === id).map(({ rule }) => rule);
  expect(rulesOf(`${plane.ready.orgId}/${undeclared.id}`)).toEqual(["key-of-whole-organization", "undeclared-access"]);
  expect(rulesOf(`${plane.ready.orgId}/${declared.id}`)).toEqual([]);
  expect(notLookedAt).toMatchObject([{ what: expect.stringContaining(project.branchId) as string }]);
});

it("runs nothing that the repository's configuration names while it looks for commits", async () => {
  writeState(ours("ApiKey", "deploy", `${plane.ready.orgId}/${(await makeKey("deploy")).id}`, { name: "deploy" }));
  await commit('new neon.ApiKey("deploy", { name: "deploy" });\n', "key");
  const git = (...words: string[]) => execFileSync("git", ["-C", at("program"), "config", ...words]);
  for (const setting of ["diff.evil.textconv", "core.fsmonitor", "core.pager", "filter.evil.smudge", "gpg.program", "diff.evil.command"])
    git(setting, `touch ${at("ran")}; cat`);
  git("log.showSignature", "true");
  writeFileSync(at("program", ".gitattributes"), "*.ts diff=evil filter=evil\n");
  writeFileSync(at("program", ".git", "info", "attributes"), "*.ts diff=evil filter=evil\n");
  const { access } = await report();
  expect(access.flatMap(({ commits }) => commits.map(({ location }) => location))).toEqual(["index.ts:1"]);
  expect(existsSync(at("ran"))).toBe(false);
});

it("compares with the last signed review, and takes none that another signed, that was changed or that is of another stack", async () => {
  const project = await makeProject();
  writeState(ours("Project", "shop", project.id, { name: "shop" }));
  const signed = await review(["--sign", at("reviewer"), "--out", at("last.json"), "--output", "csv"]);
  expect([signed.code, statSync(at("last.json")).mode & 0o777]).toEqual([23, 0o600]);
  const key = await makeKey("came later", project.id);
  const compared = await report(["--last", at("last.json"), "--allowed-signers", at("signers")]);
  expect([compared.code, compared.last]).toMatchObject([
    23,
    {
      signer: "reviewer@example.com",
      changes: [{ change: "added", kind: "apiKey", id: `${plane.ready.orgId}/${key.id}`, name: "came later" }],
    },
  ]);
  const refuse = async (file: string, ...words: string[]) =>
    (await review(["--last", at(file), "--allowed-signers", at("signers"), ...words])).stderr;
  writeFileSync(at("changed.json"), readFileSync(at("last.json"), "utf8").replace("shop", "shed"));
  expect(await refuse("changed.json")).toContain("PAL_REVIEW_REFUSED");
  await review(["--sign", at("stranger"), "--out", at("strange.json")]);
  expect(await refuse("strange.json")).toContain("its signer is not in");
  const state = readFileSync(at("state.json"), "utf8");
  const [, from = ""] = /urn:pulumi:(dev::\w+)::/.exec(state) ?? [];
  for (const [to, name] of [
    ["prd::shop", "shop/prd"],
    ["dev::shed", "shed/dev"],
  ] as const) {
    writeFileSync(at("state.json"), state.replaceAll(`urn:pulumi:${from}::`, `urn:pulumi:${to}::`));
    expect(await refuse("last.json")).toContain(`it is of stack ${from.split("::").reverse().join("/")}, not of ${name}`);
  }
});

it("never overwrites, and takes no list of signers that whoever changes the program could change", async () => {
  writeState();
  writeFileSync(at("there"), "mine");
  expect((await review(["--sign", at("reviewer"), "--out", at("there")])).stderr).toMatch(/--out: .* exists, and is never overwritten/);
  expect(readFileSync(at("there"), "utf8")).toBe("mine");
  writeFileSync(at("program", "signers"), readFileSync(at("signers")));
  const inside = await review(["--last", at("there"), "--allowed-signers", at("program", "signers")]);
  expect([inside.code, inside.stderr]).toEqual([2, expect.stringContaining("must lie outside of the repository")]);
  expect((await review(["--last", at("there")])).code).toBe(2);
  expect((await review(["--allowed-signers", at("signers")])).code).toBe(2);
});

it("says that it cannot judge where the key may not see keys and people", async () => {
  const project = await makeProject();
  writeState(ours("Project", "shop", project.id, { name: "shop" }));
  const { key } = await makeKey("narrow", project.id);
  const { code, stdout } = await review(["--output", "json"], key);
  expect(code).toBe(22);
  expect((JSON.parse(stdout) as AccessReport).notLookedAt.map(({ what }) => what)).toContain("personal API keys");
  expect((JSON.parse(stdout) as AccessReport).unjudged.map(({ what }) => what)).toEqual(expect.arrayContaining(["API keys", "members"]));
});
