import { buildTypeToken } from "../contract/typeToken.js";
import { performance } from "node:perf_hooks";
import { z } from "zod";
import type { PlaneReady } from "../contract/plane.js";
import { CreatedBranch } from "../contract/wire/branch.js";
import { CreatedProject } from "../contract/wire/project.js";
import type { ManagedResource } from "../review/drift/appliedRecord.js";
import { detectDrift } from "../review/drift/drift.js";
import type { Row } from "./row.js";
import { withPlane } from "../tools/pulumi/withStack.js";

export const title = "palisade drift over 100 projects: calls of the API, by the plane's own count";

const PROJECTS = 100;
/** Of each project: the default branch and a declared one. */
const BRANCHES = 2;
/** Every tenth project gets a branch that the stack does not declare, to be found. */
const UNDECLARED_EVERY = 10;

/** Lists alone could answer it with so many: one of projects; branches, computes, permissions and JWKS of each; roles and databases of each branch. */
const FLOOR = 1 + PROJECTS * 4 + PROJECTS * BRANCHES * 2;
const GOAL_RATIO = 1.05;

export const run = (): Promise<{ rows: Row[] }> =>
  withPlane(async (plane) => {
    const own: ManagedResource[] = [];
    for (let number = 0; number < PROJECTS; number++) own.push(...(await createDeclaredProject(plane, number)));
    await call(plane, "DELETE", "/x-palisade/test/calls");
    const started = performance.now();
    const { judged, unjudged } = await detectDrift(plane, { own, all: own, nowMs: Date.now(), progress: () => undefined });
    const tookMs = performance.now() - started;
    const { calls } = z.object({ calls: z.record(z.string(), z.number()) }).parse(await call(plane, "GET", "/x-palisade/test/calls"));
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    const found = judged.filter(({ finding }) => finding.rule === "branch-added").length;
    return {
      rows: [
        { name: "projects, and resources declared in them", value: `${PROJECTS}, ${own.length}` },
        { name: "calls", value: String(total) },
        { name: "floor with list calls", value: String(FLOOR) },
        { name: "ratio to the floor", value: (total / FLOOR).toFixed(2), goal: `<= ${GOAL_RATIO}` },
        { name: "undeclared branches found", value: `${found} of ${PROJECTS / UNDECLARED_EVERY}` },
        { name: "parts that could not be read", value: String(unjudged.length) },
        { name: "wall time, under the client's own limit of 700 calls a minute", value: `${(tookMs / 1_000).toFixed(1)} s` },
        ...Object.entries(calls).map(([route, count]) => ({ name: `calls of ${route}`, value: String(count) })),
      ],
    };
  });

/** A project with a branch, as it is; the state of a stack would say the same. */
async function createDeclaredProject(plane: PlaneReady, number: number): Promise<ManagedResource[]> {
  const settings = { allowed_ips: { ips: ["192.0.2.0/24"] } };
  const made = await call(plane, "POST", "/projects", { project: { name: `p${number}`, org_id: plane.orgId, settings } });
  const { project } = CreatedProject.parse(made);
  const branchOf = async (name: string) =>
    CreatedBranch.parse(await call(plane, "POST", `/projects/${project.id}/branches`, { branch: { name } })).branch;
  const dev = await branchOf("dev");
  if (number % UNDECLARED_EVERY === 0) await branchOf("undeclared");
  const managed = (kind: ManagedResource["kind"], id: string, inputs: ManagedResource["inputs"]): ManagedResource => ({
    urn: `urn:pulumi:dev::bench::${buildTypeToken(kind)}::${id}`,
    kind,
    id,
    name: id,
    inputs,
    outputs: {},
    account: undefined,
  });
  const network = { allow: "listed", ranges: ["192.0.2.0/24"] };
  return [
    managed("Project", project.id, { name: project.name, regionId: project.region_id, network }),
    managed("Branch", `${project.id}/${dev.id}`, { projectId: project.id, name: "dev", compute: "none" }),
    managed("IpAllowlistEntry", `${project.id}/0a1b2c3d`, { projectId: project.id, ranges: ["192.0.2.0/24"] }),
  ];
}

async function call({ apiUrl, apiKey }: PlaneReady, method: string, path: string, body?: object): Promise<unknown> {
  for (;;) {
    const answer = await fetch(apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    // An operation of the project still runs.
    if (answer.status === 423) continue;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.json();
  }
}
