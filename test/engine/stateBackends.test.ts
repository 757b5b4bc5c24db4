import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import {
  buildS3Identity,
  STATE_BACKENDS,
  startStateBackend,
  type StateBackend,
  type StateBackendName,
} from "../../tools/counterparts/stateBackends.js";
import { Stack } from "../support/pulumi.js";
import type { TestPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { atEnd, newPlane, output, palisade, program, putAway } from "./lab.js";

/**
 * A stack whose state lies where teams keep it: review, guard, drift and enforce as with a folder, and a lock that is told. At S3 all of it is
 * done by two users who may do what the policies of examples/gitops say, and no more.
 */

const ROOT = resolve(__dirname, "../..");
const run = promisify(execFile);

jest.setTimeout(400_000);
afterAll(putAway, 60_000);

type Identity = Readonly<Record<string, string>>;

/** A program that holds the stack for as long as the file `held` is there, and says so with another: `PASSES` lets it through. */
const buildProgram = (root: string): string => {
  const [held, holds] = ["held", "holds"].map((name) => JSON.stringify(join(root, name)));
  return program(`
const { existsSync, writeFileSync } = require("node:fs");
if (!process.env.PASSES && existsSync(${held})) writeFileSync(${holds}, "");
while (!process.env.PASSES && existsSync(${held})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
const network = { allow: "listed", ranges: ["203.0.113.0/24"] };
new neon.Project("shop", { name: "shop", regionId: "aws-eu-central-1", network, defaultBranch: { protected: true } });`);
};

class Team {
  private constructor(
    readonly stack: Stack,
    private readonly plane: TestPlane,
    readonly reader: Identity,
    readonly writer: Identity,
  ) {}

  static async on(backend: StateBackend, name: StateBackendName): Promise<Team> {
    const plane = await newPlane();
    const stack = await Stack.create({
      program: "",
      name: "palisade-gitops",
      env: { NEON_API_KEY: plane.ready.apiKey, ...backend.env },
    });
    atEnd(() => stack.dispose());
    await stack.setProgram(buildProgram(stack.root));
    await stack.init({ "palisade:apiUrl": plane.ready.apiUrl });
    const identities =
      name === "s3" ? [await identityWith(backend, "state-read.json"), await identityWith(backend, "state-write.json")] : [];
    const [reader = {}, writer = {}] = identities;
    const team = new Team(stack, plane, reader, writer);
    await writeFile(join(stack.project, ".gitignore"), "node_modules\n.palisade/\n");
    await team.git("init", "--quiet");
    await team.commit("shop", "shop-eu");
    return team;
  }

  async commit(from: string, to: string): Promise<void> {
    const file = join(this.stack.project, "index.js");
    await writeFile(file, (await readFile(file, "utf8")).replace(`name: "${from}"`, `name: "${to}"`));
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", to);
  }

  read = (...words: string[]) => palisade(this.stack, words, this.reader);

  guard = (env: Identity = {}) => palisade(this.stack, ["guard", "--", "pulumi", "up"], { ...this.writer, ...env });

  async changeByHand(settings: object): Promise<void> {
    const { deployment } = await this.stack.exportState();
    const id = deployment.resources?.find(({ type }) => type.endsWith("palisade:Project"))?.id ?? "";
    expect((await this.plane.api.call("PATCH", `/projects/${id}`, { project: { settings } })).status).toBe(200);
  }

  private git(...words: string[]): Promise<unknown> {
    const env = { ...this.stack.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    return run("git", ["-c", "user.name=example", "-c", "user.email=example@example.com", ...words], { cwd: this.stack.project, env });
  }
}

test.each(STATE_BACKENDS)("%s: guarded, reviewed, drift found, enforced; and a run that holds the stack is named", async (name) => {
  const backend = await startStateBackend(name);
  atEnd(() => backend.stop());
  const team = await Team.on(backend, name);
  const { stack } = team;
  if (name === "s3") {
    expect((await stack.up({ env: team.reader })).stderr).toMatch(/AccessDenied|denied/i);
    expect((await stack.run(["stack", "export", "--stack", "other"], { env: team.reader })).code).not.toBe(0);
  }

  const held = join(stack.root, "held");
  await writeFile(held, "");
  const first = stack.startUp({ env: team.writer });
  await until("the first update holds the stack", () => readFile(join(stack.root, "holds")).catch(() => undefined));
  const refused = await team.guard({ PASSES: "yes" });
  await rm(held);
  expect(refused.code).toBe(1);
  expect(output(refused)).toMatch(/PAL_STACK_LOCKED/);
  expect(output(refused)).toMatch(/Another run holds the stack: by \S+@\S+ \(pid \d+\) since \d{4}-/);
  expect(output(refused)).toContain("pulumi cancel");
  expect((await first.result).code).toBe(0);

  await team.commit("shop-eu", "shop-de");
  expect(await team.read("review")).toMatchObject({ code: 0 });
  expect(await team.guard()).toMatchObject({ code: 0 });
  expect(await palisade(stack, ["enforce"], team.writer)).toMatchObject({ code: 0, stdout: "Nothing is overdue.\n" });
  await team.changeByHand({ allowed_ips: { ips: ["203.0.113.0/24", "192.0.2.1"] } });
  expect(output(await team.read("drift"))).toContain("192.0.2.1");
});

/** A user of the double who has what a file of examples/gitops/credentials says, for this stack. */
async function identityWith({ env }: StateBackend, file: string): Promise<Record<string, string>> {
  const endpoint = new URL(env["PULUMI_BACKEND_URL"] ?? "").searchParams.get("endpoint") ?? "";
  const iam = new IAMClient({ endpoint, region: REGION, credentials: ADMINISTRATOR });
  const [UserName] = file.split(".");
  const policy = await readFile(join(ROOT, "examples/gitops/credentials/aws", file), "utf8");
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = policy.replaceAll("shop/production", "palisade-gitops/dev");
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "state", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return buildS3Identity({ accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" });
}
