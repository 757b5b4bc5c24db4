import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { getProgramFolder, parseOutput } from "../../../cli/review/outputs.js";
import { buildStoredProvider } from "../../../contract/stored.js";
import type { ReviewJson } from "../../../review/render/json.js";

const MAIN = resolve(__dirname, "../../../dist/cli/main.js");
jest.setTimeout(30_000);

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-outputs-"))));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const TYPE = "pulumi-nodejs:dynamic/palisade:Project";
const STACK_URN = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod";

/** The event stream of a preview that makes a project called `name`, whose list is `network`. */
function stream(name: string, network: unknown): string {
  const urn = `urn:pulumi:prod::shop::${TYPE}::shop`;
  const inputs = { name, regionId: "aws-eu-central-1", network, __provider: buildStoredProvider("Project") };
  const side = (of: string, type: string, given: object) => ({ urn: of, type, inputs: given, outputs: {} });
  const step = (of: string, type: string, given: object) => ({
    resourcePreEvent: { metadata: { op: "create", urn: of, type, old: null, new: side(of, type, given), logical: true }, planning: true },
  });
  const events = [
    { preludeEvent: { config: {} } },
    step(STACK_URN, "pulumi:pulumi:Stack", {}),
    step(urn, TYPE, inputs),
    { summaryEvent: { resourceChanges: { create: 2 }, isPreview: true, result: "succeeded" } },
  ];
  return events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1, ...event })}\n`).join("");
}
const OPEN = { allow: "anywhere" };

async function review(events: string, ...words: string[]) {
  const child = spawn(process.execPath, [MAIN, "review", "--events", "-", ...words], { cwd: directory, env: {} });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (chunk: string) => (texts[name] += chunk));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  child.stdin.on("error", () => undefined).end(events);
  return { code: await ended, ...texts };
}
const read = (file: string): string => readFileSync(join(directory, file), "utf8");

it("makes several forms of one preview, and prints the text beside them", async () => {
  const words = [
    "--output",
    "markdown=review.md",
    "--output",
    "sarif=review.sarif",
    "--output",
    "junit=review.xml",
    "--output",
    "json=review.json",
  ];
  const { code, stdout, stderr } = await review(stream("shop", OPEN), ...words);
  expect([code, stderr]).toEqual([21, ""]);
  expect(stdout).toMatch(/^BLOCK: this opens or destroys\nshop\/prod: 2 to create\n/);
  expect(read("review.md")).toMatch(/^<!-- palisade-review:shop\/prod -->\n## Palisade: BLOCK\n/);
  expect(JSON.parse(read("review.sarif"))).toMatchObject({ version: "2.1.0" });
  expect(read("review.xml")).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites>/);
  expect((JSON.parse(read("review.json")) as ReviewJson).verdict).toBe("block");
});

it("prints the one form without a file instead of the text", async () => {
  const { stdout } = await review(stream("shop", OPEN), "--output", "github", "--output", "markdown=review.md");
  expect(stdout).toMatch(/^::error title=Palisade BLOCK%3A shop\/prod::/);
  expect(read("review.md")).toMatch(/^<!--/);
});

it("leaves no earlier answer behind when it fails", async () => {
  writeFileSync(join(directory, "review.md"), "## Palisade: APPROVE\n");
  const [whole = ""] = stream("shop", OPEN).split('{"sequence":3');
  const { code, stdout, stderr } = await review(whole, "--output", "markdown=review.md");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("PAL_PREVIEW_INCOMPLETE");
  expect(read("review.md")).toBe("");
});

it("approves no stream that holds no resource, not even the stack", async () => {
  const [prelude = ""] = stream("shop", OPEN).split("\n");
  const summary = JSON.stringify({
    sequence: 1,
    timestamp: 1,
    summaryEvent: { resourceChanges: {}, isPreview: true, result: "succeeded" },
  });
  const { code, stdout, stderr } = await review(`${prelude}\n${summary}\n`);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("PAL_PREVIEW_INCOMPLETE");
});

it.each([
  [["--output", "pdf"], "It must be one of text, json, markdown, sarif, junit, github"],
  [["--output", "json="], "A file must follow the ="],
  [["--output", "json", "--output", "github"], "Two forms cannot both be printed"],
  [["--output", "json=a", "--output", "sarif=./a"], "Two forms go to ./a"],
  [["--output", "json=missing/a"], "ENOENT"],
  [["--state", "a", "--output", "json=a"], "a is the file of another option"],
])("refuses %j, and empties no input", async (words, why) => {
  writeFileSync(join(directory, "a"), "precious");
  const { code, stderr } = await review("", ...words);
  expect(code).toBe(2);
  expect(stderr).toContain(why);
  if (words.includes("--state")) expect(read("a")).toBe("precious");
});

it("lets neither a secret nor a command of a name through, in any form", async () => {
  const name = "napi_plantedplanted1 ##vso[task.setvariable variable=x]y @everyone <script>";
  const files = ["markdown=a", "sarif=b", "junit=c", "json=d", "github=e"].flatMap((output) => ["--output", output]);
  const { code, stdout, stderr } = await review(stream(name, OPEN), ...files);
  expect([code, stderr]).toEqual([21, ""]);
  for (const text of [stdout, ...["a", "b", "c", "d", "e"].map(read)]) {
    expect(text).not.toMatch(/planted|##vso/);
    expect(text).toMatch(/napi_…/);
  }
  expect(read("c")).not.toContain("<script>");
});

it("reads a file's name with = in it", () => {
  expect(parseOutput("sarif=a=b", [])).toEqual([{ form: "sarif", file: "a=b" }]);
});

it("knows the folder of the program in its repository, and none where there is no repository", () => {
  const program = join(directory, "infra", "prod");
  mkdirSync(program, { recursive: true });
  expect(getProgramFolder(program)).toBe("");
  mkdirSync(join(directory, ".git"));
  expect(getProgramFolder(program)).toBe("infra/prod");
  expect(getProgramFolder(directory)).toBe("");
});

/** Nothing of Palisade, and of no plugin: a provider that is new would not be judged. */
const HARMLESS = stream("pet", {}).replaceAll(TYPE, "pulumi:pulumi:StackReference").replaceAll("__provider", "text");

describe("--advisory", () => {
  it("never approves, and says so in every form", async () => {
    expect((await review(HARMLESS, "--output", "json")).stdout).toContain('"verdict": "approve"');
    for (const form of ["text", "json", "markdown", "sarif", "junit", "github"]) {
      const { code, stdout } = await review(HARMLESS, "--advisory", "--output", form);
      expect([form, code]).toEqual([form, 20]);
      expect(stdout).toMatch(form === "json" || form === "sarif" ? /"advisory": true/ : /NEEDS REVIEW \(advisory\)/);
      expect(stdout).not.toMatch(/"verdict": "approve"|APPROVE/);
    }
  });

  it("leaves a block a block", async () => {
    const { code, stdout } = await review(stream("shop", OPEN), "--advisory");
    expect(code).toBe(21);
    expect(stdout).toMatch(/^BLOCK \(advisory\): this opens or destroys; the code of this preview can forge it/);
  });

  it("cannot be what is approved", async () => {
    const { code, stderr } = await review(HARMLESS, "--advisory", "--for-approval", "approval.json");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--advisory and --for-approval exclude each other")]);
  });
});
