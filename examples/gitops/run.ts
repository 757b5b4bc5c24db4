import { execFile, spawn } from "node:child_process";
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ControlPlaneModule, PlaneReady } from "../../contract/plane.js";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { Stack } from "../../tools/pulumi/stack.js";
import { STATE_BACKENDS, startStateBackend, type StateBackendName } from "../../tools/counterparts/stateBackends.js";
import { runStep, runTour } from "../../tools/tour.js";

/**
 * The tour of `npm run gitops`: the program beside this file in a repository of its own, changed, reviewed, approved and guarded.
 * `-- --state s3` and `-- --state azblob` keep the stack's state on a double of that cloud; it is a folder otherwise.
 */

const ROOT = findPackageRoot(__dirname);
const run = promisify(execFile);

interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

function expect(said: Said, code: number, text: string | RegExp): void {
  const all = said.stdout + said.stderr;
  const holds = typeof text === "string" ? all.includes(text) : text.test(all);
  if (said.code !== code || !holds)
    throw new Error(`expected exit code ${code} and ${String(text)}, got ${String(said.code)}:\n${said.stdout}\n${said.stderr}`);
}

type Clean = Parameters<Parameters<typeof runTour>[1]>[0];

async function prove(stack: Stack, plane: PlaneReady, clean: Clean): Promise<void> {
  const { project: directory, root } = stack;
  const env = { ...stack.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const [signers, key, strangersKey] = ["allowed_signers", "reviewer", "stranger"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const approval = join(root, "approval.json");
  const forApproval = join(root, "review.json");

  const palisade = (...words: string[]): Promise<Said> => {
    const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...words], {
      cwd: directory,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: an interruption reaches what it has started as well, and is waited for.
      detached: true,
    });
    clean(async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((done) => child.once("close", done));
      process.kill(-child.pid, "SIGINT");
      await ended;
    });
    const said: Said = { code: null, stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk: Buffer) => (said[name] += chunk.toString()));
    return new Promise((done, fail) => {
      child.once("error", fail).once("close", (code) => {
        done({ ...said, code });
      });
    });
  };
  const git = (...words: string[]) =>
    run("git", ["-c", "user.name=example", "-c", "user.email=example@example.com", ...words], { cwd: directory, env });
  const commit = async (message: string) => {
    await git("add", "--all");
    await git("commit", "--quiet", "--message", message);
  };
  const edit = async (from: string, to: string) => {
    const file = join(directory, "index.ts");
    const text = await readFile(file, "utf8");
    if (!text.includes(from)) throw new Error(`the program does not hold ${from}`);
    await writeFile(file, text.replace(from, to));
  };
  const append = (text: string) => appendFile(join(directory, "index.ts"), `${text}\n`);
  const review = () => palisade("review", "--stack", "dev", "--for-approval", forApproval);
  const approve = (with_: string = key) =>
    palisade("approve", forApproval, "--key", with_, "--out", approval, "--yes", "--reason", "the new office");
  const guard = (...words: string[]) =>
    palisade("guard", "--stack", "dev", "--approval", approval, "--allowed-signers", signers, ...words, "--", "pulumi", "up", "--yes");
  const live = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${plane.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${plane.apiKey}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return (await answer.json()) as { project: { settings: { allowed_ips: { ips: string[] } } } };
  };
  let shop = "";

  await runStep("the stack is up and its program is a commit", async () => {
    for (const [file, name] of [
      [key, "reviewer@example.com"],
      [strangersKey, "stranger@example.com"],
    ] as const)
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
    await writeFile(signers, `reviewer@example.com ${await readFile(`${key}.pub`, "utf8")}`, { mode: 0o644 });
    await writeFile(join(directory, ".gitignore"), "node_modules\n.palisade/\n");
    await git("init", "--quiet");
    await commit("the shop");
    await stack.up({ check: true });
    const { deployment } = await stack.exportState();
    shop = deployment.resources?.find(({ type }) => type.endsWith("palisade:Project"))?.id ?? "";
    return "3 resources";
  });

  await runStep("a range is added: the review says who comes in, and at which line", async () => {
    await edit('"203.0.113.0/24"', '"203.0.113.0/24", "198.51.100.7"');
    await commit("the new office");
    const said = await review();
    expect(said, 20, /198\.51\.100\.7 \(1 IPv4 address\) may then try to connect/);
    expect(said, 20, "index.ts:13");
    return "exit code 20, index.ts:13";
  });

  await runStep("the guard lets it through only with an approval, and not with a stranger's", async () => {
    expect(await palisade("guard", "--stack", "dev", "--", "pulumi", "up"), 20, "no approval was given");
    expect(await approve(strangersKey), 0, "approval.json");
    expect(await guard(), 1, "PAL_APPROVAL_REFUSED");
    await mkdir(join(directory, ".palisade"), { recursive: true });
    const inside = join(directory, ".palisade", "signers");
    await writeFile(inside, await readFile(signers, "utf8"));
    const said = await palisade("guard", "--stack", "dev", "--approval", approval, "--allowed-signers", inside, "--", "pulumi", "up");
    expect(said, 2, "must lie outside of the repository");
    await rm(inside);
    return "refused, refused, refused";
  });

  await runStep("signed by somebody who may: guarded up", async () => {
    expect(await approve(), 0, "holds until");
    expect(await guard(), 0, "approved by reviewer@example.com");
    const { project } = await live("GET", `/projects/${shop}`);
    if (!project.settings.allowed_ips.ips.includes("198.51.100.7")) throw new Error("the range is not on the live list");
    return "198.51.100.7 admitted";
  });

  await runStep(
    "reverted, which needs nobody, and made again with the same approval: refused, as an approval is for one update",
    async () => {
      await git("revert", "--no-edit", "HEAD");
      expect(await palisade("guard", "--stack", "dev", "--", "pulumi", "up"), 0, "nothing here needs an approval");
      await git("revert", "--no-edit", "HEAD");
      expect(await guard(), 20, "was used at");
      return "the approval was used";
    },
  );

  await runStep("approved again, but somebody changes the live list in between: refused", async () => {
    await edit('"198.51.100.7"', '"198.51.100.8"');
    await commit("the office moved");
    expect(await review(), 20, "198.51.100.8");
    expect(await approve(), 0, "holds until");
    const path = `/projects/${shop}`;
    const { project } = await live("GET", path);
    const { ips } = project.settings.allowed_ips;
    await live("PATCH", path, { project: { settings: { allowed_ips: { ips: [...ips, "192.0.2.1"] } } } });
    expect(await guard(), 20, "the live objects have moved");
    await live("PATCH", path, { project: { settings: { allowed_ips: { ips } } } });
    return "the live objects have moved";
  });

  await runStep("the program is changed after the approval: refused", async () => {
    await edit('"198.51.100.8"', '"198.51.100.0/24"');
    expect(await guard(), 1, "PAL_NOT_A_COMMIT");
    await commit("a little more");
    expect(await guard(), 20, "the program has changed, and what the change does has changed");
    await git("reset", "--quiet", "--hard", "HEAD~1");
    expect(await guard(), 0, "approved by reviewer@example.com");
    return "the program has changed";
  });

  await runStep("the code in the state is tampered with: refused, whoever approves", async () => {
    const state = await stack.exportState();
    const tampered = structuredClone(state);
    for (const { inputs, outputs, type } of tampered.deployment.resources ?? [])
      if (type.endsWith("palisade:Project"))
        for (const bag of [inputs, outputs]) if (bag) bag["__provider"] = `exports.handler=()=>require("evil").Project`;
    await stack.importState(tampered);
    expect(await review(), 21, "stored-code-changed");
    expect(await approve(), 0, "holds until");
    expect(await guard(), 21, "No approval makes that right");
    await stack.importState(state);
    return "refused";
  });

  await runStep("a second owner takes the protection away that the first one gives: blocked", async () => {
    await append('new neon.BranchProtection("main", { projectId: project.projectId, branch: project.defaultBranchId, protected: false });');
    await commit("protection, once more");
    const said = await palisade("review", "--stack", "dev");
    expect(said, 21, "unprotected");
    expect(said, 21, "declared-twice");
    await git("reset", "--quiet", "--hard", "HEAD~1");
    return "exit code 21";
  });

  await runStep("a reference that lies where the preview cannot see it: stopped in the update, before the call", async () => {
    await append(`
const decoy = new neon.Project("decoy", {
  name: "decoy",
  regionId: "aws-eu-central-1",
  network: { allow: "nobody", privateEndpoints: "blocked" },
});
new neon.IpAllowlistEntry("decoy", { projectId: decoy.projectId.apply(() => "${shop}"), ranges: ["192.0.2.66"] });`);
    await commit("a small project of our own");
    const said = await palisade("guard", "--stack", "dev", "--", "pulumi", "up");
    expect(said, 1, "nothing here needs an approval");
    expect(said, 1, /projectId is not the project of urn:pulumi:\S+::decoy/);
    const { project } = await live("GET", `/projects/${shop}`);
    if (project.settings.allowed_ips.ips.includes("192.0.2.66")) throw new Error("the entry is on the live list of another project");
    await git("reset", "--quiet", "--hard", "HEAD~1");
    return "the list of the shop is as it was";
  });

  await runStep("the log holds together, and shows when it does not", async () => {
    const said = await palisade("verdicts");
    expect(said, 0, "approved by reviewer@example.com");
    const file = join(directory, ".palisade", "verdicts.jsonl");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("refused", "applied"));
    expect(await palisade("verdicts"), 1, "PAL_LOG_BROKEN");
    await writeFile(file, text);
    await appendFile(file, "{}\n");
    expect(await palisade("verdicts"), 1, "PAL_LOG_BROKEN");
    await writeFile(file, text);
    return `${said.stdout.trimEnd().split("\n").length} entries`;
  });
}

/** Throws where `--state` names no backend. */
function stateOption([flag, name]: readonly string[]): StateBackendName | undefined {
  if (flag === undefined) return undefined;
  const found = STATE_BACKENDS.find((one) => one === name);
  if (flag !== "--state" || found === undefined) throw new Error(`usage: npm run gitops -- --state ${STATE_BACKENDS.join("|")}`);
  return found;
}

void runTour("examples/gitops", async (clean) => {
  const kept = stateOption(process.argv.slice(2));
  const backend = kept && (await startStateBackend(kept));
  if (backend) clean(() => backend.stop());
  const data = join(ROOT, ".palisade", `gitops-${process.pid}`);
  clean(() => rm(data, { recursive: true, force: true }));
  // By a name the compiler does not follow: the plane is a package of its own.
  const name = "@palisade/control-plane";
  const { startPlane } = (await import(name)) as ControlPlaneModule;
  const plane = await startPlane({
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    hosts: "universal",
    plan: "scale",
    rateLimits: "off",
    operationTimeMs: 5,
    computes: "records",
    testHooks: false,
    dataDirectory: data,
    log: () => undefined,
  });
  clean(() => plane.stop());
  const stack = await Stack.create({
    program: { directory: join(ROOT, "examples/gitops") },
    name: "palisade-gitops",
    env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true", ...backend?.env },
  });
  clean(() => stack.dispose());
  await stack.init({ "palisade:apiUrl": plane.ready.apiUrl, "palisade:apiKey": { secret: plane.ready.apiKey } });
  await prove(stack, plane.ready, clean);
});
