import { isProperties } from "../../provider/introspection.js";
import { collectIds } from "./added.js";
import type { ManagedResource, ProjectBefore } from "./appliedRecord.js";
import { buildComputeSwitch, isReadWriteComputeOf } from "./changed.js";
import { buildLiftedRestriction } from "./deleted.js";
import { type DriftItem, LEFT_REMEDY, formatRule } from "./driftItem.js";
import { type LiveProject, findDefaultBranch } from "./observation.js";

/** Openings of a project that no resource declares: restrictions that were lifted, disabled computes that were enabled. */
export function listUndeclaredOpenings(
  live: LiveProject,
  members: readonly ManagedResource[],
  before: ProjectBefore | undefined,
): DriftItem[] {
  const { id: projectId, name, updated_at: changedAt } = live.project;
  const at = (kind: string, id: string) => ({ kind, id: `${projectId}/${id}`, name: `${name}/${id}` });
  const declared = collectIds(members, "VpcEndpointRestriction", "ComputeEndpoint");
  const restricted = new Set(live.restricted);
  const lifted = live.restricted ? (before?.restrictions ?? []).filter((id) => !restricted.has(id) && !declared.has(id)) : [];
  const wereDisabled = new Set(before?.disabledComputes);
  // What the project itself declares of its first compute, its own comparison tells.
  const first = members.some(hasDeclaredFirstCompute)
    ? live.computes?.find((compute) => isReadWriteComputeOf(compute, findDefaultBranch(live)?.id))
    : undefined;
  const enabled = (live.computes ?? []).filter(
    ({ id, disabled }) => !disabled && wereDisabled.has(id) && !declared.has(id) && id !== first?.id,
  );
  return [
    ...lifted.map((id): DriftItem => ({
      class: "deleted",
      rule: formatRule("VpcEndpointRestriction", "deleted"),
      resource: at("vpcEndpointRestriction", id),
      project: projectId,
      before: "restricted",
      after: "not restricted",
      changedAt,
      left: true,
      remedy: LEFT_REMEDY,
      says: "The project was restricted to a private endpoint that no resource declares, and is no longer.",
      traces: [{ kind: "vpc_restriction", id: `${projectId}/${id}` }],
      ...buildLiftedRestriction(projectId, id, id),
    })),
    ...enabled.map((compute): DriftItem => ({
      class: "changed",
      rule: formatRule("ComputeEndpoint", "changed"),
      resource: at("computeEndpoint", compute.id),
      project: projectId,
      property: "disabled",
      before: "true",
      after: "false",
      changedAt: compute.updated_at,
      left: true,
      remedy: LEFT_REMEDY,
      says: "The compute was disabled, and is on.",
      traces: [{ kind: "endpoint", id: compute.id }],
      ...buildComputeSwitch(projectId, compute, true),
    })),
  ];
}

function hasDeclaredFirstCompute({ kind, inputs: { defaultBranch } }: ManagedResource): boolean {
  const compute = kind === "Project" && isProperties(defaultBranch) ? defaultBranch["compute"] : undefined;
  return isProperties(compute) && compute["disabled"] !== undefined;
}
