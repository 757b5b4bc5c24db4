import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";
import type { PlaneReady } from "../../contract/plane.js";
import { buildStoredProvider } from "../../contract/stored.js";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { countChanges, type Result, Stack } from "../../tools/pulumi/stack.js";
import { runStep, runTour } from "../../tools/tour.js";

/** The tour of `npm start`: the program beside this file, on the embedded plane, with the real Pulumi CLI, from creation to destruction. */

const ROOT = findPackageRoot(__dirname);
const PLANE_DEADLINE_MS = 30_000;

/** @throws with what the CLI wrote, when `holds` is false */
function expect(holds: boolean, what: string, result?: Result): void {
  if (!holds)
    throw new Error(`not as expected: ${what}\n${result ? `exit code ${String(result.code)}\n${result.stdout}\n${result.stderr}` : ""}`);
}

async function prove(stack: Stack, plane: PlaneReady): Promise<void> {
  const api = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${plane.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${plane.apiKey}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, never> };
  };
  let projectId = "";
  let branchId = "";
  let developmentId = "";
  /** One query as the owner of a branch's database, over TLS with everything checked; what the server said, when it refused. */
  const connect = async (branch: string, { ssl = true, sql = "SELECT version() AS said" } = {}): Promise<string> => {
    const { json: computes } = await api("GET", `/projects/${projectId}/branches/${branch}/endpoints`);
    const { json: revealed } = await api("GET", `/projects/${projectId}/branches/${branch}/roles/neondb_owner/reveal_password`);
    const servername = `${(computes["endpoints"] as { id: string }[] | undefined)?.[0]?.id ?? ""}.db.localhost`;
    const client = new Client({
      host: plane.proxyHost,
      port: plane.proxyPort ?? 0,
      user: "neondb_owner",
      database: "neondb",
      password: revealed["password"],
      ...(ssl && { ssl: { ca: readFileSync(plane.rootCert ?? "", "utf8"), servername } }),
      ...(!ssl && { options: `endpoint=${servername.split(".")[0] ?? ""}` }),
    });
    try {
      await client.connect();
      const { rows } = await client.query<{ said: string }>(sql);
      return rows[0]?.said.split(" ").slice(0, 2).join(" ") ?? "done";
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  await runStep("pulumi up: a project born closed, an allowlist, a protected branch, a development branch", async () => {
    const result = await stack.up();
    expect(result.code === 0 && countChanges(result).create === 5, "five resources created", result);
    const { deployment } = await stack.exportState();
    const idOf = (name: string) => deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`))?.id ?? "";
    projectId = idOf("shop");
    branchId = idOf("production").split("/")[1] ?? "";
    developmentId = idOf("development").split("/")[1] ?? "";
    const live = await api("GET", `/projects/${projectId}/branches/${branchId}`);
    expect((live.json["branch"] as { protected?: boolean } | undefined)?.protected === true, "production is protected at the plane");
    return "5 created";
  });

  await runStep("pulumi up again: nothing to do", async () => {
    const result = await stack.up({ args: ["--expect-no-changes"] });
    expect(result.code === 0, "no changes", result);
    return "0 changes";
  });

  await runStep("the state: no secret in clear, only known code", async () => {
    const state = await stack.exportState();
    const text = JSON.stringify(state);
    const passwords = text.match(/npg_\w+|postgres(ql)?:\/\/[^"]+@/g) ?? [];
    expect(!text.includes(plane.apiKey) && passwords.length === 0, "neither the API key nor a password in the state");
    const ours = (state.deployment.resources ?? []).filter(({ type }) => type.includes("/palisade:"));
    const known = ours.every(({ type, inputs, outputs }) =>
      [inputs, outputs].every((bag) => bag?.["__provider"] === buildStoredProvider(type.split(":").at(-1) ?? "")),
    );
    expect(known && ours.length === 4, "every stored text is the constant of its kind");
    return `${ours.length} texts, ${buildStoredProvider("Project").length} bytes for Project`;
  });

  await runStep("a client whose address is not on the list is refused, before its password is looked at", async () => {
    const said = await connect(branchId);
    expect(
      said.startsWith("This IP address 127.0.0.1 is not allowed to connect to this endpoint."),
      `refused in Neon's words, not "${said}"`,
    );
    return "This IP address … is not allowed";
  });

  await runStep("with the address on the list: a query on production, certificate and name checked; plaintext refused", async () => {
    await stack.setConfig({ "palisade-quickstart:range": "127.0.0.1" });
    const result = await stack.up();
    expect(result.code === 0, "the list is changed", result);
    const [said, plain] = [await connect(branchId), await connect(branchId, { ssl: false })];
    expect(/^PostgreSQL \d+/.test(said), `a version, not "${said}"`);
    expect(plain.startsWith("connection is insecure"), `plaintext refused, not "${plain}"`);
    return `${said}; plaintext refused`;
  });

  await runStep("a weak password set by SQL is refused inside Postgres", async () => {
    const { json } = await api("GET", "/x-palisade/status");
    if ((json["password_guard"] as string | undefined) === "none") return "not on this machine: it has no C compiler";
    const said = await connect(branchId, { sql: "ALTER ROLE neondb_owner PASSWORD 'short'" });
    const words = /insecure password[^"]*|password is too short/.exec(said)?.[0];
    expect(words !== undefined, `refused, not "${said}"`);
    return words ?? "";
  });

  await runStep("scope protectedBranches: production closed to the address, development open to everyone", async () => {
    await stack.run(["config", "rm", "palisade-quickstart:range", "--stack", "dev"], { check: true });
    await stack.setConfig({ "palisade-quickstart:scope": "protectedBranches" });
    const result = await stack.up();
    expect(result.code === 0, "the scope is changed", result);
    const [production, development] = [await connect(branchId), await connect(developmentId)];
    expect(
      production.startsWith("This IP address") && /^PostgreSQL/.test(development),
      `refused and admitted, not "${production}" and "${development}"`,
    );
    await stack.run(["config", "rm", "palisade-quickstart:scope", "--stack", "dev"], { check: true });
    const back = await stack.up();
    expect(back.code === 0, "the scope is back", back);
    return "refused / admitted";
  });

  await runStep("somebody opens the list behind Pulumi's back: a preview-only refresh finds it", async () => {
    const opened = await api("PATCH", `/projects/${projectId}`, {
      project: { settings: { allowed_ips: { ips: [], protected_branches_only: false } } },
    });
    expect(opened.status === 200, "the list was emptied by hand");
    const result = await stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] });
    expect(
      result.code === 7 && /allow\s*: "listed" => "anywhere"/.test(result.stdout),
      'exit code 7, allow: "listed" => "anywhere"',
      result,
    );
    return "exit code 7, listed => anywhere";
  });

  await runStep("pulumi up --refresh closes it again", async () => {
    const result = await stack.up({ args: ["--refresh"] });
    const { json } = await api("GET", `/projects/${projectId}`);
    const ips = (json["project"] as { settings?: { allowed_ips?: { ips?: string[] } } } | undefined)?.settings?.allowed_ips?.ips ?? [];
    expect(result.code === 0 && ips.length === 3, "the three ranges are back", result);
    return `${ips.length} ranges back`;
  });

  await runStep("pulumi destroy is refused: production is protected in Pulumi", async () => {
    const result = await stack.destroy({ args: ["--target", "**::production", "--target-dependents"] });
    expect(
      result.code !== 0 && /cannot be deleted[\s\S]*because it is protected/.test(result.stdout + result.stderr),
      "refused by Pulumi's protect",
      result,
    );
    return "refused by protect";
  });

  await runStep("with that lifted, the plane refuses: production is protected there too", async () => {
    await stack.run(["state", "unprotect", "--all", "--yes", "--stack", "dev"], { check: true });
    const result = await stack.destroy({ args: ["--target", "**::production", "--target-dependents"] });
    expect(
      result.code !== 0 && /422 "cannot delete protected branch/.test(result.stdout + result.stderr),
      "refused by the plane with 422",
      result,
    );
    const { status } = await api("GET", `/projects/${projectId}/branches/${branchId}`);
    expect(status === 200, "production still exists");
    return "422, state kept";
  });

  await runStep("protected: false, written in the program, then destroy", async () => {
    await stack.setConfig({ "palisade-quickstart:protected": "false" });
    const unprotected = await stack.up();
    expect(unprotected.code === 0, "unprotected", unprotected);
    const destroyed = await stack.destroy();
    expect(destroyed.code === 0, "destroyed", destroyed);
    const { json } = await api("GET", `/projects?org_id=${plane.orgId}`);
    expect((json["projects"] as unknown[] | undefined)?.length === 0, "the organisation is empty");
    return "organisation empty";
  });
}

/** `palisade dev` in a process of its own, as a user would start it. */
async function startPlane(data: string): Promise<{ child: ChildProcess; ready: PlaneReady }> {
  const words = ["dev", "--output", "json", "--api-port", "0", "--proxy-port", "0", "--data", data];
  const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PALISADE_QUICKSTART: data },
  });
  const ready = await new Promise<PlaneReady>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error("the plane did not start in time"));
    }, PLANE_DEADLINE_MS);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as PlaneReady);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the plane ended with ${String(code)}`));
    });
  });
  return { child, ready };
}

void runTour("Palisade's quickstart: examples/01-quickstart", async (clean) => {
  const data = mkdtempSync(join(tmpdir(), "palisade-quickstart-"));
  clean(() => rm(data, { recursive: true, force: true }));
  const { child, ready } = await startPlane(data);
  clean(async () => {
    if (child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  });
  const stack = await Stack.create({
    program: { directory: join(ROOT, "examples/01-quickstart") },
    name: "palisade-quickstart",
    env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  clean(() => stack.dispose());
  await stack.init({ "palisade:apiUrl": ready.apiUrl, "palisade:apiKey": { secret: ready.apiKey } });
  await prove(stack, ready);
});
