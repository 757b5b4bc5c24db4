import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Stack, STACK } from "../support/pulumi.js";
import { newPlane, newStack, output, program, project, putAway } from "./lab.js";

/** What the program marks secret is in clear nowhere: not in what Pulumi keeps, nor in what our verbs write and say. */

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

const ROOT = resolve(__dirname, "../..");
const [HOME, END, ROTATION] = ["198.51.100.77", "2037-04-05T06:07:08Z", "rotation-7f3a9c"];
const PROGRAM = `
const config = new pulumi.Config();
const [home, end, rotation] = ["home", "end", "rotation"].map((key) => config.requireSecret(key));
const owned = new neon.Project("owned", { name: "owned", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: [{ range: home, removeAfter: end }] } });
const shop = ${project("shop").replace('allow: "nobody"', 'allow: "managedSeparately"')};
const list = new neon.IpAllowlist("list", { projectId: shop.projectId, allow: "listed", ranges: [{ range: home, description: "flat", removeAfter: end }] });
const entry = new neon.IpAllowlistEntry("entry", { projectId: owned.projectId, ranges: [home] });
const branch = new neon.Branch("branch", { projectId: shop.projectId, name: "b" });
const login = new neon.RotatingRole("login", { projectId: shop.projectId, branchId: branch.branchId, name: "login", rotation });
exports.outputs = [list.effectiveRanges, list.nextRemovalAt, owned.nextRemovalAt, entry.nextRemovalAt, login.currentRotation];
exports.plain = login.currentName;
const ending = new neon.Project("ending", { name: "ending", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: [{ range: home, removeAfter: "2038-01-01T00:00:00Z" }] } });
exports.ends = ending.nextRemovalAt;
`;

let stack: Stack;
beforeAll(async () => {
  stack = await newStack(program(PROGRAM), (await newPlane()).ready, {
    config: { home: { secret: HOME }, end: { secret: END }, rotation: { secret: ROTATION } },
  });
  await stack.up({ check: true });
}, 180_000);

const SECRETS = [HOME, END, END.replace("Z", ".000Z"), ROTATION];
const seenIn = (text: string) => SECRETS.filter((secret) => text.includes(secret));

function palisade(...words: string[]): Promise<string> {
  const args = [join(ROOT, "dist/cli/main.js"), ...words, "--cwd", stack.project, "--stack", STACK];
  return new Promise((done) => {
    execFile(process.execPath, args, { env: stack.env, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => {
      done(stdout + stderr);
    });
  });
}

/** Every file below a folder, as text. */
async function filesIn(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = found.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

test("the state holds it encrypted alone, after an update and after a refresh, and what is no secret stays plain", async () => {
  expect(seenIn(await filesIn(join(stack.root, "state")))).toEqual([]);
  const { stdout } = await stack.run(["stack", "output", "--json"], { check: true });
  expect(JSON.parse(stdout)).toMatchObject({ plain: "login_1", ends: "2038-01-01T00:00:00.000Z" });
  expect(seenIn(output(await stack.refresh({ check: true })))).toEqual([]);
  expect(seenIn(await filesIn(join(stack.root, "state")))).toEqual([]);
});

test("previews, reviews, the record and the findings of drift do not say it", async () => {
  expect(seenIn(output(await stack.preview({ args: ["--diff"] })))).toEqual([]);
  const recorded = await palisade("drift", "--record", "--applied", join(stack.root, "applied.json"));
  expect({ seen: seenIn(recorded), failed: recorded.includes("PAL_") }).toEqual({ seen: [], failed: false });
  expect(seenIn(await readFile(join(stack.root, "applied.json"), "utf8"))).toEqual([]);
  for (const words of [["review", "--output", "json"], ["review"], ["drift"], ["drift", "--output", "json"], ["doctor"]])
    await palisade(...words).then((said) => {
      expect({ words, seen: seenIn(said), failed: said.includes("PAL_INTERNAL") }).toEqual({ words, seen: [], failed: false });
    });
});

test("a secret that would become a part of an id is refused, by field", async () => {
  await stack.setProgram(
    program(
      `${PROGRAM}new neon.Role("r", { projectId: shop.projectId, branchId: branch.branchId, name: config.requireSecret("rotation") });`,
    ),
  );
  const said = output(await stack.preview());
  expect(said).toMatch(/name of Role ".+"\. .*\[PAL_SECRET_IN_ID\]/);
  expect(seenIn(said)).toEqual([]);
});
