import { execFile } from "node:child_process";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { buildS3Identity, STATE_BACKENDS, startStateBackend, type StateBackend } from "../../tools/counterparts/stateBackends.js";
import { Stack } from "../support/pulumi.js";
import type { TestPlane } from "../support/plane.js";
import { atEnd, newPlane, putAway } from "./lab.js";

/** A stack whose state lies where teams keep it: review, guard, drift and enforce as with a folder, and a lock that is told. */

const ROOT = resolve(__dirname, "../..");
const run = promisify(execFile);

jest.setTimeout(400_000);
afterAll(putAway, 60_000);

interface Said {
  readonly code: number;
  readonly text: string;
}

class Team {
  private constructor(
    readonly stack: Stack,
    private readonly plane: TestPlane,
  ) {}

  static async on(backend: StateBackend, plane: TestPlane): Promise<Team> {
    const stack = await Stack.create({
      program: { directory: join(ROOT, "examples/gitops") },
      name: "palisade-gitops",
      env: { NEON_API_KEY: plane.ready.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true", ...backend.env },
    });
    atEnd(() => stack.dispose());
    await stack.init({ "palisade:apiUrl": plane.ready.apiUrl });
    const team = new Team(stack, plane);
    await writeFile(join(stack.project, ".gitignore"), "node_modules\n.palisade/\n");
    await team.git("init", "--quiet");
    return team;
  }

  async commit(from: string, to: string): Promise<void> {
    const file = join(this.stack.project, "index.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", to);
  }

  async palisade(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
    const options = { cwd: this.stack.project, env: { ...this.stack.env, ...env } };
    return run(process.execPath, [join(ROOT, "dist/cli/main.js"), ...words], options).then(
      ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, text: stdout + stderr };
      },
    );
  }

  guard = (): Promise<Said> => this.palisade(["guard", "--stack", "dev", "--", "pulumi", "up"]);

  async liveProject(method: "GET" | "PATCH", body?: object): Promise<unknown> {
    const { deployment } = await this.stack.exportState();
    const id = deployment.resources?.find(({ type }) => type.endsWith("palisade:Project"))?.id ?? "";
    const answer = await this.plane.api.call(method, `/projects/${id}`, body);
    return answer.body;
  }

  private git(...words: string[]): Promise<unknown> {
    const env = { ...this.stack.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    return run("git", ["-c", "user.name=example", "-c", "user.email=example@example.com", ...words], { cwd: this.stack.project, env });
  }
}

test.each(STATE_BACKENDS)("%s: guarded, reviewed, drift found, enforced; and a run that holds the stack is named", async (name) => {
  const backend = await startStateBackend(name);
  atEnd(() => backend.stop());
  const team = await Team.on(backend, await newPlane());
  await team.commit('name: "shop"', 'name: "shop-eu"');
  await team.stack.up({ check: true });

  await team.commit('"shop-eu"', '"shop-de"');
  expect(await team.palisade(["review", "--stack", "dev"])).toMatchObject({ code: 0 });
  expect(await team.guard()).toMatchObject({ code: 0 });
  expect(await team.palisade(["enforce", "--stack", "dev"])).toMatchObject({ code: 0, text: "Nothing is overdue.\n" });
  await team.liveProject("PATCH", { project: { settings: { allowed_ips: { ips: ["203.0.113.0/24", "192.0.2.1"] } } } });
  expect((await team.palisade(["drift", "--stack", "dev"])).text).toContain("192.0.2.1");
  await team.liveProject("PATCH", { project: { settings: { allowed_ips: { ips: ["203.0.113.0/24"] } } } });

  // A program that waits for a file to go holds the stack for as long.
  const held = join(team.stack.root, "held");
  await writeFile(held, "");
  const waits = `\nif (!process.env.PASSES) while (require("node:fs").existsSync(${JSON.stringify(held)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);`;
  await appendFile(join(team.stack.project, "index.ts"), waits);
  await team.commit('"shop-de"', '"shop"');
  const first = team.stack.startUp();
  const refused = await firstRefusal(() => team.palisade(["guard", "--stack", "dev", "--", "pulumi", "up"], { PASSES: "yes" }));
  await rm(held);
  expect(refused.code).toBe(1);
  expect(refused.text).toMatch(/PAL_STACK_LOCKED/);
  expect(refused.text).toMatch(/Another run holds the stack: by \S+@\S+ \(pid \d+\) since \d{4}-/);
  expect(refused.text).toContain("pulumi cancel");
  expect((await first.result).code).toBe(0);
  expect(await team.guard()).toMatchObject({ code: 0 });
});

/** The run that holds the stack may not have begun: a guarded update that does nothing ends well until it has. */
async function firstRefusal(attempt: () => Promise<Said>): Promise<Said> {
  for (let left = 5; ; left--) {
    const said = await attempt();
    if (said.code !== 0 || left === 0) return said;
  }
}

test("S3: the policies of the pipeline let it do its work, and what reads cannot write", async () => {
  const backend = await startStateBackend("s3");
  atEnd(() => backend.stop());
  const team = await Team.on(backend, await newPlane());
  await team.commit('name: "shop"', 'name: "shop-eu"');
  const [reader, writer] = [await identityWith(backend, "state-read.json"), await identityWith(backend, "state-write.json")];

  expect((await team.stack.up({ env: reader })).stderr).toMatch(/AccessDenied|denied/i);
  await team.stack.up({ env: writer, check: true });
  await team.commit('"shop-eu"', '"shop-de"');
  expect(await team.palisade(["review", "--stack", "dev"], reader)).toMatchObject({ code: 0 });
  expect(await team.palisade(["guard", "--stack", "dev", "--", "pulumi", "up"], writer)).toMatchObject({ code: 0 });
  expect((await team.stack.run(["stack", "export", "--stack", "other"], { env: reader })).code).not.toBe(0);
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
