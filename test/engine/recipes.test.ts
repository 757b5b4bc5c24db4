import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { Stack } from "../support/pulumi.js";
import { atEnd, newPlane, putAway } from "./lab.js";

/**
 * The shell commands of examples/gitops, run as they stand: on the embedded plane, with the forge's own programs recorded. The program beside
 * them runs as JavaScript, which its text is but for one line: a compiler at each run would show nothing of the commands.
 */

const ROOT = resolve(__dirname, "../..");
const RECIPES = join(ROOT, "examples/gitops");
const run = promisify(execFile);

let stack: Stack;
let env: Record<string, string>;
let temporary: string;

jest.setTimeout(300_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  const plane = await newPlane();
  const text = await readFile(join(RECIPES, "index.ts"), "utf8");
  stack = await Stack.create({
    program: text.replace(/^import \* as (\w+) from ("[^"]+");$/gm, "const $1 = require($2);"),
    name: "palisade-gitops",
    env: { NEON_API_KEY: plane.ready.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  atEnd(() => stack.dispose());
  await writeFile(join(stack.project, "Pulumi.production.yaml"), `config:\n  palisade:apiUrl: ${JSON.stringify(plane.ready.apiUrl)}\n`);
  await stack.run(["stack", "init", "production"], { check: true });
  temporary = join(stack.root, "temporary");
  const bin = join(stack.root, "bin");
  for (const folder of [temporary, bin]) await mkdir(folder);
  const program = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  };
  await program("npx", `[ "$1" = palisade ] || exit 64\nshift\nexec "${process.execPath}" "${join(ROOT, "dist/cli/main.js")}" "$@"`);
  for (const forge of ["gh", "curl"]) await program(forge, `echo "${forge} $*" >> "${join(stack.root, "forge.log")}"`);
  env = {
    ...stack.env,
    PATH: `${bin}:${stack.env["PATH"] ?? ""}`,
    RUNNER_TEMP: temporary,
    GITHUB_OUTPUT: join(temporary, "output"),
    GITHUB_REPOSITORY: "example/shop",
    NUMBER: "7",
    CI_API_V4_URL: "https://gitlab.example.com/api/v4",
    CI_PROJECT_ID: "1",
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
    CI_MERGE_REQUEST_IID: "7",
    REVIEW_TOKEN: "token",
    GITHUB_BASE_REF: "main",
    BASE: "HEAD",
    HOME: temporary,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "reviewer", "-f", join(temporary, "reviewer")]);
  const ignore = "drift-ignore.yaml";
  const nextYear = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10);
  await writeFile(
    join(stack.project, ignore),
    (await readFile(join(RECIPES, ignore), "utf8")).replace(/expires: \S+/g, `expires: ${nextYear}`),
  );
  // What a review leaves in the checkout is no part of the program.
  await writeFile(join(stack.project, ".gitignore"), "node_modules\n.palisade/\nreview.*\n");
  await shell("git init --quiet && git add --all && git -c user.name=example -c user.email=example@example.com commit --quiet -m shop");
  await shell("git update-ref refs/remotes/origin/main HEAD");
}, 120_000);

/** Runs a script as the CI would: `sh -e`, in the checkout. @returns what it wrote */
async function shell(script: string, more: Record<string, string> = {}): Promise<string> {
  const child = spawn("sh", ["-ec", script], { cwd: stack.project, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (code !== 0) throw new Error(`${script}\nended with ${String(code)}:\n${said}`);
  return said;
}

const sign = () =>
  shell('npx palisade approve "$RUNNER_TEMP/review.json" --key "$RUNNER_TEMP/reviewer" --out "$RUNNER_TEMP/signed.json" --yes');
const signers = async () => `reviewer@example.com ${await readFile(join(temporary, "reviewer.pub"), "utf8")}`;

interface Step {
  run?: string;
}

test("GitHub Actions: a review with its comment, an approval, a guarded update, the hourly watch", async () => {
  const { jobs } = parse(await readFile(join(RECIPES, "github-actions.yml"), "utf8")) as { jobs: Record<string, { steps: Step[] }> };
  const scripts = (job: string): string[] =>
    (jobs[job]?.steps ?? []).flatMap(({ run: script }) => (script && script !== "npm ci" ? [script] : []));
  expect(Object.keys(jobs)).toEqual(["review", "prepare", "update", "watch"]);

  for (const script of scripts("review")) await shell(script, { FORK: "true" });
  expect(await readFile(join(stack.project, "review.md"), "utf8")).toMatch(/^<!-- palisade-review[^]*## Palisade: [A-Z ]+ \(advisory\)$/m);
  expect(JSON.parse(await readFile(join(stack.project, "review.sarif"), "utf8"))).toMatchObject({ version: "2.1.0" });
  expect(await readFile(join(stack.root, "forge.log"), "utf8")).toContain(
    "gh api --method POST repos/example/shop/issues/7/comments --field body=@review.md",
  );

  for (const script of scripts("prepare")) await shell(script);
  const [, code = ""] = /code=(\d+)/.exec(await readFile(join(temporary, "output"), "utf8")) ?? [];
  await sign();
  const given = { CODE: code, APPROVAL: await readFile(join(temporary, "signed.json"), "utf8"), PALISADE_SIGNERS: await signers() };
  for (const script of scripts("update")) await shell(script, given);
  expect(await shell("npx palisade verdicts")).toContain("applied");

  for (const script of scripts("watch")) await shell(script);
});

test("GitLab CI: the same", async () => {
  type Job = { script: string[] };
  const jobs = parse(await readFile(join(RECIPES, "gitlab-ci.yml"), "utf8")) as Record<"review" | "update" | "watch", Job>;
  await writeFile(
    join(stack.project, "index.js"),
    (await readFile(join(stack.project, "index.js"), "utf8")).replace('"203.0.113.0/24"', '"203.0.113.0/24", "198.51.100.7"'),
  );
  await shell("git -c user.name=example -c user.email=example@example.com commit --quiet --all -m office");

  await shell(jobs.review.script.join("\n"));
  expect(await readFile(join(stack.project, "review.xml"), "utf8")).toMatch(/<testsuite[^]*name="verdict: [A-Z ]+"/);
  expect(await readFile(join(stack.root, "forge.log"), "utf8")).toContain("/merge_requests/7/notes");

  await shell('npx palisade review --stack production --for-approval "$RUNNER_TEMP/review.json" || [ $? = 20 ]');
  await sign();
  await writeFile(join(temporary, "allowed"), await signers());
  await shell(jobs.update.script.join("\n"), { APPROVAL: join(temporary, "signed.json"), PALISADE_SIGNERS: join(temporary, "allowed") });
  await shell(jobs.watch.script.join("\n"));
});

test("the Kubernetes Operator: what the scheduled job runs", async () => {
  const documents = parseAllDocuments(await readFile(join(RECIPES, "operator.yaml"), "utf8")).map((document) => document.toJS() as object);
  const text = JSON.stringify(documents);
  const [, script = ""] = /"args":\["([^"]+)"\]/.exec(text) ?? [];
  expect(script).toContain("palisade enforce");
  await shell(JSON.parse(`"${script}"`) as string);
});
