import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Kind } from "../../provider/resources/index.js";
import { type Running, Stack } from "../pulumi/stack.js";
import { adminOf, type Admin } from "./admin.js";
import { census, difference, Names } from "./census.js";
import { type StartPlane, withPlane } from "./plane.js";
import type { Access } from "./process.js";

/** The same with the real CLI: the provider's process is killed when the object is made and not yet recorded. */

export interface CliCell {
  kind: Kind;
  duplicates: number;
  lost: number;
  wrong: string[];
}

/** Long enough to be met while it runs: a creation is over only when its operations are. */
const OPERATION_MS = 1_500;
const DEADLINE_MS = 60_000;
const POLL_MS = 20;

/** Programs whose last resource is the one under test; what is there before it is declared by an earlier `up`. */
const PROJECT = `const shop = new neon.Project("shop", { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody" } });`;
const CASES: readonly { kind: Kind; first: string; then: string; route: string }[] = [
  { kind: "Project", first: "", then: PROJECT, route: "POST /projects" },
  {
    ...{ kind: "Branch", first: PROJECT, route: "POST /projects/:project_id/branches" },
    then: `${PROJECT}\nnew neon.Branch("dev", { projectId: shop.projectId, name: "dev" });`,
  },
  {
    ...{ kind: "ApiKey", first: PROJECT, route: "POST /organizations/:org_id/api_keys" },
    then: `${PROJECT}\nnew neon.ApiKey("ci", { name: "ci", projectId: shop.projectId });`,
  },
];

export async function cliCells(start: StartPlane): Promise<CliCell[]> {
  const cells: CliCell[] = [];
  for (const { kind, first, then } of CASES)
    cells.push(
      await withPlane(
        (options) => start({ ...options, operationTimeMs: OPERATION_MS }),
        ({ ready }) => killed(kind, ready, first, then),
      ),
    );
  return cells;
}

async function killed(kind: Kind, access: Access, first: string, then: string): Promise<CliCell> {
  const admin = adminOf(access);
  const program = (body: string) => `const neon = require("@palisade/neon");\n${body}\n`;
  const stack = await Stack.create({ program: program(first), env: { NEON_API_KEY: access.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
  try {
    await stack.init({ "palisade:apiUrl": access.apiUrl, "palisade:stackId": randomUUID() });
    await stack.up({ check: true });
    const names = new Names();
    const before = await census(admin, access.orgId, names);
    await stack.setProgram(program(then));
    // A key is made without operations: the look at it afterwards is what takes long here.
    if (kind === "ApiKey") await delaySecondLook(admin, access);
    await admin.ok("DELETE", "/x-palisade/test/calls");
    const running = stack.startUp();
    await until(`the ${kind} is there`, () => isThere(admin, access, kind));
    killProvider(running);
    const { code } = await running.result;
    const wrong = code === 0 ? ["the up was over before its provider was killed"] : [];
    await admin.ok("DELETE", "/x-palisade/test/faults");
    await stack.up({ check: true });
    const after = await census(admin, access.orgId, names);
    const count = difference(before, after).filter((line) => line.startsWith(`+ ${LABEL[kind] ?? ""} `)).length;
    await admin.ok("DELETE", "/x-palisade/test/calls");
    await stack.up({ check: true });
    const calls = Object.keys(await callsOf(admin)).filter((call) => !call.startsWith("GET "));
    if (calls.length > 0) wrong.push(`a further up calls ${calls.join(", ")}`);
    return { kind, duplicates: Math.max(0, count - 1), lost: count === 0 ? 1 : 0, wrong };
  } finally {
    await stack.dispose();
  }
}

/** How a census names the objects. A new project brings a branch of its own. */
const LABEL: Partial<Record<Kind, string>> = { Project: "project", Branch: "branch", ApiKey: "key" };

async function isThere(admin: Admin, { orgId }: Access, kind: Kind): Promise<boolean> {
  // Looking at the keys would take the delay away from the provider; its second look comes after the key is made.
  if (kind === "ApiKey") return (await callsOf(admin))["GET /organizations/:org_id/api_keys"] === 2;
  const { projects } = (await admin.ok("GET", `/projects?org_id=${orgId}`)) as { projects: { id: string }[] };
  const [project] = projects;
  if (!project || kind === "Project") return project !== undefined;
  return ((await admin.ok("GET", `/projects/${project.id}/branches/count`))["count"] as number) > 1;
}

const callsOf = async (admin: Admin) => (await admin.ok("GET", "/x-palisade/test/calls"))["calls"] as Record<string, number>;

async function delaySecondLook(admin: Admin, { orgId }: Access): Promise<void> {
  const look = { method: "GET", path: `/organizations/${orgId}/api_keys`, kind: "hang" };
  await admin.ok("POST", "/x-palisade/test/faults", { ...look, hang: 0 });
  await admin.ok("POST", "/x-palisade/test/faults", { ...look, hang: DEADLINE_MS });
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await pause(POLL_MS);
  }
}

/** Kills the one dynamic provider among the descendants of a CLI call. */
function killProvider({ pid }: Running): void {
  const provider = descendants(pid).find((child) => proc(child, "cmdline").includes("dynamic-provider"));
  if (provider === undefined) throw new Error("no provider runs");
  process.kill(provider, "SIGKILL");
}

function descendants(pid: number): number[] {
  const children = readdirSync("/proc")
    .map(Number)
    .filter((child) => child > 0 && Number(/\) \S (\d+)/.exec(proc(child, "stat"))?.[1] ?? 0) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Empty for a process that has ended meanwhile. */
function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
