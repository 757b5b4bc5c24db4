import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Kind } from "../../provider/resources/index.js";
import { type RunningCommand, Stack } from "../pulumi/stack.js";
import { createAdmin, type Admin } from "./admin.js";
import { readInventory, compareInventories, ObjectNames } from "./inventory.js";
import { type StartPlane, withPlane } from "./testPlane.js";
import type { Access } from "./providerProcess.js";

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
    kind: "Branch",
    first: PROJECT,
    route: "POST /projects/:project_id/branches",
    then: `${PROJECT}\nnew neon.Branch("dev", { projectId: shop.projectId, name: "dev" });`,
  },
  {
    kind: "ApiKey",
    first: PROJECT,
    route: "POST /organizations/:org_id/api_keys",
    then: `${PROJECT}\nnew neon.ApiKey("ci", { name: "ci", projectId: shop.projectId });`,
  },
];

export async function runCliCells(start: StartPlane): Promise<CliCell[]> {
  const cells: CliCell[] = [];
  for (const { kind, first, then } of CASES)
    cells.push(
      await withPlane(
        (options) => start({ ...options, operationTimeMs: OPERATION_MS }),
        ({ ready }) => runCellWithKill(kind, ready, first, then),
      ),
    );
  return cells;
}

async function runCellWithKill(kind: Kind, access: Access, first: string, then: string): Promise<CliCell> {
  const admin = createAdmin(access);
  const program = (body: string) => `const neon = require("@palisade/neon");\n${body}\n`;
  const stack = await Stack.create({ program: program(first), env: { NEON_API_KEY: access.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
  try {
    await stack.init({ "palisade:apiUrl": access.apiUrl, "palisade:stackId": randomUUID() });
    await stack.up({ check: true });
    const names = new ObjectNames();
    const before = await readInventory(admin, access.orgId, names);
    await stack.setProgram(program(then));
    // A key is created without operations: here the list call that follows is delayed instead.
    if (kind === "ApiKey") await delaySecondList(admin, access);
    await admin.callOrThrow("DELETE", "/x-palisade/test/calls");
    const running = stack.startUp();
    await waitUntil(`the ${kind} is there`, () => isCreated(admin, access, kind));
    killProvider(running);
    const { code } = await running.result;
    const wrong = code === 0 ? ["the up was over before its provider was killed"] : [];
    await admin.callOrThrow("DELETE", "/x-palisade/test/faults");
    await stack.up({ check: true });
    const after = await readInventory(admin, access.orgId, names);
    const count = compareInventories(before, after).filter((line) => line.startsWith(`+ ${LABEL[kind] ?? ""} `)).length;
    await admin.callOrThrow("DELETE", "/x-palisade/test/calls");
    await stack.up({ check: true });
    const calls = Object.keys(await readCallCounts(admin)).filter((call) => !call.startsWith("GET "));
    if (calls.length > 0) wrong.push(`a further up calls ${calls.join(", ")}`);
    return { kind, duplicates: Math.max(0, count - 1), lost: count === 0 ? 1 : 0, wrong };
  } finally {
    await stack.dispose();
  }
}

/** How a census names the objects. A new project brings a branch of its own. */
const LABEL: Partial<Record<Kind, string>> = { Project: "project", Branch: "branch", ApiKey: "key" };

async function isCreated(admin: Admin, { orgId }: Access, kind: Kind): Promise<boolean> {
  // Looking at the keys would take the delay away from the provider; its second look comes after the key is made.
  if (kind === "ApiKey") return (await readCallCounts(admin))["GET /organizations/:org_id/api_keys"] === 2;
  const { projects } = (await admin.callOrThrow("GET", `/projects?org_id=${orgId}`)) as { projects: { id: string }[] };
  const [project] = projects;
  if (!project || kind === "Project") return project !== undefined;
  return ((await admin.callOrThrow("GET", `/projects/${project.id}/branches/count`))["count"] as number) > 1;
}

const readCallCounts = async (admin: Admin) =>
  (await admin.callOrThrow("GET", "/x-palisade/test/calls"))["calls"] as Record<string, number>;

async function delaySecondList(admin: Admin, { orgId }: Access): Promise<void> {
  const look = { method: "GET", path: `/organizations/${orgId}/api_keys`, kind: "hang" };
  await admin.callOrThrow("POST", "/x-palisade/test/faults", { ...look, hang: 0 });
  await admin.callOrThrow("POST", "/x-palisade/test/faults", { ...look, hang: DEADLINE_MS });
}

async function waitUntil(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await pause(POLL_MS);
  }
}

/** Kills the one dynamic provider among the descendants of a CLI call. */
function killProvider({ pid }: RunningCommand): void {
  const provider = listDescendants(pid).find((child) => readProc(child, "cmdline").includes("dynamic-provider"));
  if (provider === undefined) throw new Error("no provider runs");
  process.kill(provider, "SIGKILL");
}

function listDescendants(pid: number): number[] {
  const children = readdirSync("/proc")
    .map(Number)
    .filter((child) => child > 0 && Number(/\) \S (\d+)/.exec(readProc(child, "stat"))?.[1] ?? 0) === pid);
  return children.flatMap((child) => [child, ...listDescendants(child)]);
}

/** Empty for a process that has ended meanwhile. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
