import { reachContains } from "../../contract/reachability.js";
import { NOBODY, reachesOf } from "./compare.js";
import { REACH_INPUTS } from "./fields.js";
import type { ChangeFinding } from "./finding.js";
import type { ResourceChange } from "./model.js";
import { type ProjectScene, type Scene, sceneAfter } from "./scene.js";

/** More changes of one project than this are not tried one by one: the finding then points at the branch. */
const MOST_TRIED = 50;

/** Points each finding at the resource whose change alone does what it says, and at the input of it. */
export function causesIn(resources: readonly ResourceChange[], before: Scene, after: Scene): (finding: ChangeFinding) => ChangeFinding {
  const byProject = new Map<string, ResourceChange[]>();
  const shared: ResourceChange[] = [];
  for (const resource of resources) {
    const key = after.projectOf.get(resource.urn) ?? before.projectOf.get(resource.urn);
    if (key === undefined) {
      if (resource.kind === "VpcEndpointAssignment") shared.push(resource);
      continue;
    }
    const others = byProject.get(key);
    if (others) others.push(resource);
    else byProject.set(key, [resource]);
  }
  return (finding) => {
    const { project } = finding;
    if (project === undefined) return finding;
    const scope = [...(byProject.get(project) ?? []), ...shared];
    const moving = scope.filter(({ op }) => op !== "same" && op !== "read");
    if (moving.length > MOST_TRIED) return finding;
    const was = before.projects.get(project);
    const cause = moving.find((one) => {
      const alone = sceneAfter(scope, before, ({ urn }) => urn === one.urn).projects.get(project);
      return finding.direction === "closes" ? differs(alone, was) : differs(was, alone);
    });
    if (cause === undefined) return finding;
    const property = propertyOf(cause);
    return { ...finding, urn: cause.urn, ...(property !== undefined && { property }) };
  };
}

/** Whether `b` has a branch that more reach, now or latently, or that protection left, seen from `a`. */
function differs(a: ProjectScene | undefined, b: ProjectScene | undefined): boolean {
  const olds = reachesOf(a);
  return [...reachesOf(b)].some(([key, { branch, reaches }]) => {
    const old = olds.get(key)?.reaches;
    if (olds.get(key)?.branch.facts.protected === true && !branch.facts.protected) return true;
    return (["reach", "latent", "dataReach"] as const).some((kind) => !reachContains(old?.[kind] ?? NOBODY, reaches[kind]));
  });
}

function propertyOf({ kind, before, after }: ResourceChange): string | undefined {
  if (kind === undefined || after === undefined) return undefined;
  return REACH_INPUTS[kind]?.find((name) => JSON.stringify(before?.inputs[name]) !== JSON.stringify(after.inputs[name]));
}
