import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { getPinnedDirectory, getPulumiHome } from "../../cli/pulumi/findPulumi.js";
import type { ReviewJson } from "../../review/render/json.js";
import { ensurePulumi } from "../../tools/pulumi/main.js";
import { type Stack, STACK } from "../support/pulumi.js";
import { newPlane, newStack, palisade, program, project, putAway, readRecorded } from "./lab.js";

/** Ordinary changes under the real engine: none is held up, and each is called what it is. Each test goes on from the state of the one before. */

const ROOT = resolve(__dirname, "../..");
jest.setTimeout(240_000);
afterAll(putAway, 60_000);

const SHOP = `const shop = ${project()};\nconst other = ${project("other")};\n`;
let stack: Stack;

beforeAll(async () => {
  stack = await newStack(program(SHOP), (await newPlane()).ready);
  await stack.up({ check: true });
}, 180_000);

interface Answer {
  readonly code: number | null;
  readonly stderr: string;
  readonly verdict: ReviewJson["verdict"] | undefined;
  /** `rule resource` */
  readonly findings: readonly string[];
  readonly json: ReviewJson;
}

async function review(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { code, stdout, stderr } = await palisade(stack, ["review", "--output", "json", ...words], env);
  const json = (stdout === "" ? {} : JSON.parse(stdout)) as ReviewJson;
  const findings = (stdout === "" ? [] : json.findings).map(({ rule, resource }) => `${rule} ${resource.name}`);
  return { code, stderr, verdict: json.verdict, findings, json };
}

/** The review of a program, once another one is applied where it is given. */
async function reviewed(after: string, { applied, words = [] }: { applied?: string; words?: string[] } = {}): Promise<Answer> {
  if (applied !== undefined) {
    await stack.setProgram(program(SHOP + applied));
    await stack.up({ check: true });
  }
  await stack.setProgram(program(SHOP + after));
  return review(words);
}

const GET = 'const seen = neon.Project.get("seen", shop.projectId);';

test("what a program begins to read, reads again, reads elsewhere and ceases to read is approved", async () => {
  const reference = `const me = new pulumi.StackReference("organization/test/${STACK}"); exports.one = me.getOutput("one");`;
  // The name in full, as a stack of an organisation has it.
  const words = ["--stack", `organization/test/${STACK}`];
  for (const [after, applied, read] of [
    [GET + reference, undefined, 2],
    [GET + reference, GET + reference, 2],
    [GET.replace("shop.", "other.") + reference, undefined, 2],
    ["", undefined, undefined],
  ] as const) {
    const { code, stderr, findings, json } = await reviewed(after, { ...(applied !== undefined && { applied }), words });
    expect({ code, stderr, findings }).toEqual({ code: 0, stderr: "", findings: [] });
    expect(json.counts["read"]).toBe(read);
  }
});

const MANAGED = 'new neon.Project("seen", { name: "seen", regionId: "aws-eu-central-1", network: { allow: "nobody" } });\n';
const COMPONENT = `class Web extends pulumi.ComponentResource { constructor(name, branch, opts, own) {
  super("acme:index:Web", name, {}, opts);
  new neon.Branch(branch, { projectId: shop.projectId, name: "copy" }, { parent: this, ...own });
} }\n`;
const WEB = `${COMPONENT}new Web("a", "one");\n`;

test("what was read and is managed from then on is created; the other way round it is no longer managed, or destroyed", async () => {
  const created = await reviewed(MANAGED + WEB);
  expect([created.code, created.findings.filter((one) => one.includes("destroyed"))]).toEqual([0, []]);
  await stack.up({ check: true });
  const { seen } = await readRecorded(stack);
  const relinquished = await reviewed(`${WEB}neon.Project.get("seen", "${seen?.id ?? ""}");`);
  expect([relinquished.code, relinquished.findings]).toEqual([20, ["no-longer-managed seen"]]);
  const replaced = await reviewed(WEB + GET);
  expect(replaced.code).toBe(21);
  expect(replaced.findings).toContain("data-destroyed seen");
});

test("a rename with an alias and a move between components are no deletion, and components are no resources of others", async () => {
  const renamed = await reviewed(
    `${MANAGED}${COMPONENT}new Web("b", "two", { aliases: [{ name: "a" }] }, { aliases: [{ name: "one" }] });`,
  );
  expect([renamed.code, renamed.findings, renamed.json.others]).toEqual([0, [], 0]);
  expect(renamed.json.counts["delete"]).toBeUndefined();
  const gone = await reviewed(MANAGED);
  expect([gone.code, gone.findings, gone.json.others]).toEqual([21, ["data-destroyed one"], 0]);
});

test("what a mandatory policy refuses is blocked with the policy's words", async () => {
  const { code, json } = await reviewed(MANAGED + WEB, { words: ["--policy-pack", join(ROOT, "policy-pack")] });
  expect([code, json.verdict]).toEqual([21, "block"]);
  const says = json.findings.filter(({ rule }) => rule === "policy-violated").map((finding) => finding.says);
  expect(says).toContainEqual(expect.stringContaining("The option protect is not set."));
  expect(json.policyPacks).not.toEqual({});
});

test("what an update left unfinished is told with the command that clears it, and cleared by it", async () => {
  await stack.setProgram(program(SHOP + MANAGED + WEB));
  const file = join(stack.root, "state/.pulumi/stacks/test", `${STACK}.json`);
  interface Checkpoint {
    checkpoint: { latest: { resources: { type: string; urn: string }[]; pending_operations?: object[] } };
  }
  const state = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
  const shop = state.checkpoint.latest.resources.find(({ urn }) => urn.endsWith("Project::shop"));
  state.checkpoint.latest.pending_operations = [
    { type: "creating", resource: { ...shop, urn: shop?.urn.replace("::shop", "::late"), id: undefined } },
    { type: "updating", resource: shop },
  ];
  await writeFile(file, JSON.stringify(state));
  const { code, json } = await review();
  expect(code).toBe(22);
  const commands = json.unjudged.map(({ why }) => /clear it with: pulumi (refresh(?: --[a-z-]+)?)/.exec(why)?.[1]?.split(" "));
  expect(commands).toEqual([["refresh", "--clear-pending-creates"], ["refresh"]]);
  for (const command of commands) await stack.run([...(command ?? []), "--stack", STACK, "--yes", "--skip-preview"], { check: true });
  expect((await review()).code).toBe(0);
});

test("a CLI on PATH that is too old is passed over, whatever it made of the preview; without another one it is named", async () => {
  const folder = join(stack.project, "old-cli");
  await mkdir(folder);
  const forged = { sequence: 0, timestamp: 0, summaryEvent: { resourceChanges: {}, PolicyPacks: {} } };
  const script = `#!/bin/sh\n[ "$1" = version ] && echo v3.100.0 || echo '${JSON.stringify(forged)}'\n`;
  await writeFile(join(folder, "pulumi"), script, { mode: 0o755 });
  const env = { PATH: [folder, stack.env["PATH"]].join(delimiter) };
  await stack.setProgram(program(SHOP + MANAGED + WEB));
  const none = await review([], env);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("version 3.100.0 is not supported")]);
  const { binDirectory } = await ensurePulumi({ log: () => undefined });
  const versions = getPinnedDirectory(getPulumiHome(stack.env));
  await mkdir(versions, { recursive: true });
  await symlink(binDirectory, join(versions, "bin"));
  const other = await review([], env);
  expect([other.code, other.verdict, other.stderr]).toEqual([0, "approve", ""]);
});
