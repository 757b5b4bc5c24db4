import { lastPart } from "../../contract/ids.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import type { Kind } from "../../provider/resources/index.js";
import { type Difference, differences } from "../../provider/resources/observed.js";
import type { Bag } from "../../provider/resources/settled.js";
import { FIELD_RULES } from "../change/fields.js";
import type { Managed } from "./applied.js";
import { deletedItem, goneProject } from "./deleted.js";
import { APPLY, type Closing, type Item, LEFT_REMEDY, ruleOf, wordOf } from "./item.js";
import { filled, leftOut } from "./leftSwitches.js";
import { inProject, type LiveProject, mainOf, type Observation, placeOf, refOf } from "./observe.js";
import { changedAt, TRACES } from "./traces.js";
import { withCompute, withoutCompute, withProtection } from "../reachability/edits.js";

/** Told by the network's own comparison, which knows sets of addresses. */
const NETWORK = /^(?:Project network\b|IpAllowlist (?:allow|ranges|scope|privateEndpoints)$|IpAllowlistEntry ranges$)/;

/** What differs in one live resource from what was applied and, of what the program leaves out, from what was live when the record was made. */
export function changedItems(one: Managed, live: Bag, project: LiveProject | undefined): Item[] {
  const { kind, urn, inputs, left = {} } = one;
  const leftPaths = new Set(leftOut(kind, inputs));
  return differences(kind, live, filled(inputs, left))
    .filter(({ path }) => !NETWORK.test(`${kind} ${path}`))
    .filter((difference) => !isCompute(kind, difference))
    .map((difference) => {
      const { path, declared, live: after } = difference;
      const [beforeText, afterText] = difference.secret ? ["[secret]", "[another secret]"] : [wordOf(declared), wordOf(after)];
      const rule = FIELD_RULES.find((each) => each.kind === kind && isAt(path, each.property) && each.when(declared, after, true));
      return {
        ...{ class: "changed", rule: ruleOf(kind, "changed"), resource: refOf(one), urn, property: path },
        ...{ before: beforeText, after: afterText, says: `${path} is not what was applied.`, remedy: APPLY, traces: TRACES[kind](one) },
        ...inProject(one),
        ...(rule && { means: rule.direction, severity: rule.severity }),
        ...(isProtection(path) && (declared === true ? LOST : GAINED)),
        ...effectOf(one, difference, project),
        ...changedAt(one, project),
        ...(leftPaths.has(path) && {
          left: true as const,
          says: `${path} is not what it was, and the program leaves it out.`,
          remedy: LEFT_REMEDY,
        }),
      };
    });
}

/** A rule of an input holds of what lies in it. */
const isAt = (path: string, property: string): boolean => path === property || path.startsWith(`${property}.`);

/** Whether a branch has a compute is told by the list of computes. */
const isCompute = (kind: Kind, { path, declared, live }: Difference): boolean =>
  kind === "Branch" && path === "compute" && (declared === "none" || live === "none");

function effectOf(one: Managed, { path, declared, live }: Difference, project: LiveProject | undefined): Pick<Item, "edits" | "closing"> {
  const { projectId } = placeOf(one);
  if (!project || projectId === undefined) return {};
  const branchId = one.kind === "Project" ? mainOf(project)?.id : placeOf(one).branchId;
  if (branchId !== undefined && isProtection(path)) {
    const edits = { revert: withProtection(branchId, declared === true), apply: withProtection(branchId, live === true) };
    if (declared !== true) return { edits };
    const closing: Closing = {
      ...{ what: `protect branch ${branchId}`, projectId, edit: edits.revert },
      call: async (api) => {
        await api.updateBranch(projectId, branchId, { branch: { protected: true } });
      },
    };
    return { edits, closing };
  }
  if (!isDisabled(path)) return {};
  const compute = project.computes?.find((candidate) =>
    one.kind === "Project" ? isWriterOf(candidate, branchId) : candidate.id === lastPart(one.id),
  );
  return compute ? enabling(projectId, compute, declared === true) : {};
}

/** Of a ComputeEndpoint, and of the compute that a project is born with. */
const isDisabled = (path: string): boolean => path === "disabled" || path.endsWith(".disabled");

export const isWriterOf = ({ type, branch_id }: Endpoint, branchId: string | undefined): boolean =>
  type === "read_write" && branch_id === branchId;

/** @param disabled as it should be */
export function enabling(
  projectId: string,
  { id, branch_id: branchId, disabled: live }: Endpoint,
  disabled: boolean,
): Pick<Item, "edits" | "closing"> {
  const edits = { revert: withCompute({ id, branchId, disabled }), apply: withCompute({ id, branchId, disabled: live }) };
  if (!disabled) return { edits };
  const closing: Closing = {
    ...{ what: `disable compute ${id}`, projectId, edit: edits.revert },
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
export function lostComputes(live: LiveProject, members: readonly Managed[]): Item[] {
  const { computes } = live;
  if (!computes) return [];
  const running = new Set(computes.filter(({ type }) => type === "read_write").map(({ branch_id }) => branch_id));
  const present = new Set(live.branches?.map(({ id }) => id));
  return members.flatMap((one) => {
    const branchId = one.kind === "Project" ? mainOf(live)?.id : one.kind === "Branch" ? placeOf(one).branchId : undefined;
    if (
      branchId === undefined ||
      !present.has(branchId) ||
      running.has(branchId) ||
      filled(one.inputs, one.left ?? {})["compute"] === "none"
    )
      return [];
    const compute = { id: `${branchId}/compute`, branchId, disabled: false };
    return [
      {
        ...{ class: "deleted", rule: ruleOf("ComputeEndpoint", "deleted"), resource: refOf(one), urn: one.urn, property: "compute" },
        ...{ before: "exists", after: "does not exist", says: "The read-write compute of the branch is not there any more." },
        ...{ remedy: APPLY, means: "closes", traces: [], project: live.project.id },
        edits: { revert: withCompute(compute), apply: withoutCompute(compute.id) },
      },
    ];
  });
}

/** A key that is declared as it was, and that its owner does not let the plane use, or whose service does not answer. */
function unusableKey(one: Managed, { state, reason }: Bag): Item[] {
  if (state !== "revoked" && state !== "unavailable") return [];
  return [
    {
      ...{ class: "changed", rule: ruleOf(one.kind, "changed"), resource: refOf(one), urn: one.urn, property: "state" },
      ...{ before: "active", after: state, says: `The key of the project cannot be used: ${wordOf(reason ?? state)}.` },
      remedy:
        "Let the plane use the key again: enable it, give the permission back, or cancel its deletion. Until then no compute of the project starts.",
      ...{ means: "closes", severity: state === "revoked" ? "high" : "medium", traces: [], ...inProject(one) },
    },
  ];
}

export function resourceItems(managed: readonly Managed[], { resources, customerKeys, projects, gone }: Observation): Item[] {
  const lost = new Set(gone);
  const inGone = (one: Managed) => lost.has(placeOf(one).projectId ?? "");
  return [
    ...gone.map((id) =>
      goneProject(
        id,
        managed.filter((one) => placeOf(one).projectId === id),
      ),
    ),
    ...managed
      .filter((one) => !inGone(one))
      .flatMap((one) => {
        const seen = resources.get(one.urn);
        const project = projects.get(placeOf(one).projectId ?? "");
        if (seen === undefined) return [];
        if (seen !== "gone") return [...changedItems(one, seen, project), ...unusableKey(one, customerKeys.get(one.urn) ?? {})];
        return [deletedItem(one, project)];
      }),
  ];
}
