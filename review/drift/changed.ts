import { getLastPart } from "../../contract/ids.js";
import { getValueAt } from "../../contract/values.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import { type Kind, type Difference, computeDifferences, type Properties } from "../../provider/introspection.js";
import { FIELD_RULES } from "../change/fieldRules.js";
import type { ManagedResource } from "./appliedRecord.js";
import { buildDeletedItem, buildDeletedProject } from "./deleted.js";
import { APPLY, type ClosingRepair, type DriftItem, LEFT_REMEDY, formatRule, formatValue } from "./driftItem.js";
import { fillOmitted, listOmittedSwitches } from "./omittedSwitches.js";
import { toProjectField, type LiveProject, findDefaultBranch, type Observation, getLocation, toResourceRef } from "./observation.js";
import { findChangedAt, TRACES } from "./auditTraces.js";
import { setCompute, removeCompute, setProtection } from "../reachability/edits.js";

/** Told by the network's own comparison, which knows sets of addresses. */
const NETWORK = /^(?:Project network\b|IpAllowlist (?:allow|ranges|scope|privateEndpoints)$|IpAllowlistEntry ranges$)/;

/** What differs in one live resource from what was applied and, of what the program leaves out, from what was live when the record was made. */
export function listChangedItems(one: ManagedResource, live: Properties, project: LiveProject | undefined): DriftItem[] {
  const { kind, urn, inputs, left = {} } = one;
  const leftPaths = new Set(listOmittedSwitches(kind, inputs));
  const applied = fillOmitted(inputs, left);
  return computeDifferences(kind, live, applied)
    .filter(({ path }) => !NETWORK.test(`${kind} ${path}`))
    .filter((difference) => !isComputePresence(kind, difference))
    .map((difference) => {
      const { path, declared, live: after } = difference;
      const [beforeText, afterText] = difference.secret ? ["[secret]", "[another secret]"] : [formatValue(declared), formatValue(after)];
      const rule = FIELD_RULES.find(
        (each) =>
          each.kind === kind &&
          isWithin(path, each.property) &&
          each.when(getValueAt(applied, each.property), getValueAt(live, each.property), true),
      );
      return {
        class: "changed",
        rule: formatRule(kind, "changed"),
        resource: toResourceRef(one),
        urn,
        property: path,
        before: beforeText,
        after: afterText,
        says: `${path} is not what was applied.`,
        remedy: APPLY,
        traces: TRACES[kind](one),
        ...toProjectField(one),
        ...(rule && { means: rule.direction, severity: rule.severity }),
        ...(isProtection(path) && (declared === true ? LOST : GAINED)),
        ...buildEffect(one, difference, project),
        ...findChangedAt(one, project),
        ...(leftPaths.has(path) && {
          left: true as const,
          says: `${path} is not what it was, and the program leaves it out.`,
          remedy: LEFT_REMEDY,
        }),
      };
    });
}

/** A rule of an input holds of what lies in it, and is asked for the input as a whole. */
const isWithin = (path: string, property: string): boolean => path === property || path.startsWith(`${property}.`);

/** Whether a branch has a compute is told by the list of computes. */
const isComputePresence = (kind: Kind, { path, declared, live }: Difference): boolean =>
  kind === "Branch" && path === "compute" && (declared === "none" || live === "none");

function buildEffect(
  one: ManagedResource,
  { path, declared, live }: Difference,
  project: LiveProject | undefined,
): Pick<DriftItem, "edits" | "closing"> {
  const { projectId } = getLocation(one);
  if (!project || projectId === undefined) return {};
  const branchId = one.kind === "Project" ? findDefaultBranch(project)?.id : getLocation(one).branchId;
  if (branchId !== undefined && isProtection(path)) {
    const edits = { revert: setProtection(branchId, declared === true), apply: setProtection(branchId, live === true) };
    if (declared !== true) return { edits };
    const closing: ClosingRepair = {
      what: `protect branch ${branchId}`,
      projectId,
      edit: edits.revert,
      call: async (api) => {
        await api.updateBranch(projectId, branchId, { branch: { protected: true } });
      },
    };
    return { edits, closing };
  }
  if (!isDisabledSwitch(path)) return {};
  const compute = project.computes?.find((candidate) =>
    one.kind === "Project" ? isReadWriteComputeOf(candidate, branchId) : candidate.id === getLastPart(one.id),
  );
  return compute ? buildComputeSwitch(projectId, compute, declared === true) : {};
}

/** Of a ComputeEndpoint, and of the initial compute of a project. */
const isDisabledSwitch = (path: string): boolean => path === "disabled" || path.endsWith(".disabled");

export const isReadWriteComputeOf = ({ type, branch_id }: Endpoint, branchId: string | undefined): boolean =>
  type === "read_write" && branch_id === branchId;

/** @param disabled as it should be */
export function buildComputeSwitch(
  projectId: string,
  { id, branch_id: branchId, disabled: live }: Endpoint,
  disabled: boolean,
): Pick<DriftItem, "edits" | "closing"> {
  const edits = { revert: setCompute({ id, branchId, disabled }), apply: setCompute({ id, branchId, disabled: live }) };
  if (!disabled) return { edits };
  const closing: ClosingRepair = {
    what: `disable compute ${id}`,
    projectId,
    edit: edits.revert,
    call: async (api) => {
      await api.updateCompute(projectId, id, { endpoint: { disabled: true } });
    },
  };
  return { edits, closing };
}

/** Protection lost opens, whatever the reach: the branch can be deleted and reset, and its copies keep its passwords. */
const LOST = { means: "opens", severity: "high" } as const;
const GAINED = { means: "closes", severity: "low" } as const;
const isProtection = (path: string): boolean => path === "protected" || path.endsWith(".protected");

/** A branch that came with a compute and has none any more. */
export function listLostComputes(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const { computes } = live;
  if (!computes) return [];
  const running = new Set(computes.filter(({ type }) => type === "read_write").map(({ branch_id }) => branch_id));
  const present = new Set(live.branches?.map(({ id }) => id));
  return members.flatMap((one) => {
    const branchId = one.kind === "Project" ? findDefaultBranch(live)?.id : one.kind === "Branch" ? getLocation(one).branchId : undefined;
    if (
      branchId === undefined ||
      !present.has(branchId) ||
      running.has(branchId) ||
      fillOmitted(one.inputs, one.left ?? {})["compute"] === "none"
    )
      return [];
    const compute = { id: `${branchId}/compute`, branchId, disabled: false };
    return [
      {
        class: "deleted",
        rule: formatRule("ComputeEndpoint", "deleted"),
        resource: toResourceRef(one),
        urn: one.urn,
        property: "compute",
        before: "exists",
        after: "does not exist",
        says: "The read-write compute of the branch is not there any more.",
        remedy: APPLY,
        means: "closes",
        traces: [],
        project: live.project.id,
        edits: { revert: setCompute(compute), apply: removeCompute(compute.id) },
      },
    ];
  });
}

/** A declared key that the plane may no longer use, or whose service does not answer. */
function listUnusableKey(one: ManagedResource, { state, reason }: Properties): DriftItem[] {
  if (state !== "revoked" && state !== "unavailable") return [];
  return [
    {
      class: "changed",
      rule: formatRule(one.kind, "changed"),
      resource: toResourceRef(one),
      urn: one.urn,
      property: "state",
      before: "active",
      after: state,
      says: `The key of the project cannot be used: ${formatValue(reason ?? state)}.`,
      remedy:
        "Let the plane use the key again: enable it, give the permission back, or cancel its deletion. Until then no compute of the project starts.",
      means: "closes",
      severity: state === "revoked" ? "high" : "medium",
      traces: [],
      ...toProjectField(one),
    },
  ];
}

export function listResourceItems(
  managed: readonly ManagedResource[],
  { resources, customerKeys, projects, gone }: Observation,
): DriftItem[] {
  const lost = new Set(gone);
  const inGone = (one: ManagedResource) => lost.has(getLocation(one).projectId ?? "");
  return [
    ...gone.map((id) =>
      buildDeletedProject(
        id,
        managed.filter((one) => getLocation(one).projectId === id),
      ),
    ),
    ...managed
      .filter((one) => !inGone(one))
      .flatMap((one) => {
        const seen = resources.get(one.urn);
        const project = projects.get(getLocation(one).projectId ?? "");
        if (seen === undefined) return [];
        if (seen !== "gone") return [...listChangedItems(one, seen, project), ...listUnusableKey(one, customerKeys.get(one.urn) ?? {})];
        return [buildDeletedItem(one, project)];
      }),
  ];
}
