import { isBag } from "../../provider/resources/settled.js";
import { idsOf } from "./added.js";
import type { Managed, ProjectBefore } from "./applied.js";
import { enabling, isWriterOf } from "./changed.js";
import { lifting } from "./deleted.js";
import { type Item, LEFT_REMEDY, ruleOf } from "./item.js";
import { type LiveProject, mainOf } from "./observe.js";

/** What of a project has opened that no resource says: restrictions to private endpoints that were there, computes that were disabled. */
export function leftItems(live: LiveProject, members: readonly Managed[], before: ProjectBefore | undefined): Item[] {
  const { id: projectId, name, updated_at: changedAt } = live.project;
  const at = (kind: string, id: string) => ({ kind, id: `${projectId}/${id}`, name: `${name}/${id}` });
  const declared = idsOf(members, "VpcEndpointRestriction", "ComputeEndpoint");
  const restricted = new Set(live.restricted);
  const lifted = live.restricted ? (before?.restrictions ?? []).filter((id) => !restricted.has(id) && !declared.has(id)) : [];
  const wereDisabled = new Set(before?.disabledComputes);
  // What the project itself declares of its first compute, its own comparison tells.
  const first = members.some(declaresFirst) ? live.computes?.find((compute) => isWriterOf(compute, mainOf(live)?.id)) : undefined;
  const enabled = (live.computes ?? []).filter(
    ({ id, disabled }) => !disabled && wereDisabled.has(id) && !declared.has(id) && id !== first?.id,
  );
  return [
    ...lifted.map((id): Item => ({
      ...{
        class: "deleted",
        rule: ruleOf("VpcEndpointRestriction", "deleted"),
        resource: at("vpcEndpointRestriction", id),
        project: projectId,
      },
      ...{ before: "restricted", after: "not restricted", changedAt, left: true, remedy: LEFT_REMEDY },
      says: "The project was restricted to a private endpoint that no resource declares, and is no longer.",
      traces: [{ kind: "vpc_restriction", id: `${projectId}/${id}` }],
      ...lifting(projectId, id, id),
    })),
    ...enabled.map((compute): Item => ({
      ...{ class: "changed", rule: ruleOf("ComputeEndpoint", "changed"), resource: at("computeEndpoint", compute.id), project: projectId },
      ...{ property: "disabled", before: "true", after: "false", changedAt: compute.updated_at, left: true, remedy: LEFT_REMEDY },
      says: "The compute was disabled, and is on.",
      traces: [{ kind: "endpoint", id: compute.id }],
      ...enabling(projectId, compute, true),
    })),
  ];
}

function declaresFirst({ kind, inputs: { defaultBranch } }: Managed): boolean {
  const compute = kind === "Project" && isBag(defaultBranch) ? defaultBranch["compute"] : undefined;
  return isBag(compute) && compute["disabled"] !== undefined;
}
