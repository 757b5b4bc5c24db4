import type { Direction, Severity } from "../../contract/findings.js";
import { lastPart } from "../../contract/ids.js";
import type { Kind } from "../../provider/resources/index.js";
import { type Difference, differences } from "../../provider/resources/observed.js";
import type { Bag } from "../../provider/resources/settled.js";
import { FIELD_RULES } from "../change/fields.js";
import type { Managed } from "./applied.js";
import { APPLY, type Closing, type Item, ruleOf, type Trace, wordOf } from "./item.js";
import { type LiveProject, type Observation, placeOf, refOf } from "./observe.js";
import {
  type ModelEdit,
  withBranch,
  withCompute,
  withFacts,
  withoutBranch,
  withoutCompute,
  withProtection,
} from "../reachability/edits.js";

/** Told by the network's own comparison, which knows sets of addresses. */
const NETWORK = /^(?:Project network\b|IpAllowlist (?:allow|ranges|scope|privateEndpoints)$|IpAllowlistEntry ranges$)/;

/** What differs in one live resource. */
export function changedItems(one: Managed, live: Bag, project: LiveProject | undefined): Item[] {
  const { kind, urn, inputs } = one;
  return differences(kind, live, inputs)
    .filter(({ path }) => !NETWORK.test(`${kind} ${path}`))
    .filter((difference) => !isCompute(kind, difference))
    .map((difference) => {
      const { path, declared, live: is } = difference;
      const [before, after] = difference.secret ? ["[secret]", "[another secret]"] : [wordOf(declared), wordOf(is)];
      const meaning = FIELD_RULES.find((rule) => rule.kind === kind && rule.property === path && rule.when(declared, is, true));
      return {
        ...{ class: "changed", rule: ruleOf(kind, "changed"), resource: refOf(one), urn, property: path, before, after },
        ...{ says: `${path} is not what was applied.`, remedy: APPLY, traces: tracesOf(one) },
        ...inProject(one),
        ...(meaning && { means: meaning.direction, severity: meaning.severity }),
        ...(PROTECTION.has(`${kind} ${path}`) && (declared === true ? LOST : GAINED)),
        ...effectOf(one, difference, project),
        ...changedAt(one, project),
      };
    });
}

/** Whether a branch has a compute is told by the list of computes. */
const isCompute = (kind: Kind, { path, declared, live }: Difference): boolean =>
  kind === "Branch" && path === "compute" && (declared === "none" || live === "none");

function effectOf(one: Managed, { path, declared, live }: Difference, project: LiveProject | undefined): Pick<Item, "edits" | "closing"> {
  const { projectId } = placeOf(one);
  if (!project || projectId === undefined) return {};
  const branchId = one.kind === "Project" ? mainOf(project)?.id : placeOf(one).branchId;
  if (branchId !== undefined && PROTECTION.has(`${one.kind} ${path}`)) {
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
  if (one.kind === "ComputeEndpoint" && path === "disabled") {
    const id = lastPart(one.id);
    const compute = project.computes?.find((candidate) => candidate.id === id);
    if (!compute) return {};
    const as = (disabled: boolean): ModelEdit => withCompute({ id, branchId: compute.branch_id, disabled });
    const edits = { revert: as(declared === true), apply: as(live === true) };
    if (declared !== true) return { edits };
    const closing: Closing = {
      ...{ what: `disable compute ${id}`, projectId, edit: edits.revert },
      call: async (api) => {
        await api.updateCompute(projectId, id, { endpoint: { disabled: true } });
      },
    };
    return { edits, closing };
  }
  return {};
}

/** Protection lost opens, whatever the reach: the branch can be deleted and reset, and its copies keep its passwords. */
const LOST = { means: "opens", severity: "high" } as const;
const GAINED = { means: "closes", severity: "low" } as const;
const PROTECTION: ReadonlySet<string> = new Set(["Project defaultBranch.protected", "Branch protected", "BranchProtection protected"]);

/** What the loss of one of a kind means, whoever reaches what. */
const LOSS: Partial<Record<Kind, { means: Direction; severity?: Severity }>> = {
  ...{ Project: { means: "destroys" }, Branch: { means: "destroys" }, Database: { means: "destroys" } },
  ...{ Role: { means: "closes", severity: "medium" }, RotatingRole: { means: "closes", severity: "medium" } },
  ...{
    ApiKey: { means: "closes" },
    OrganizationMember: { means: "closes" },
    ProjectPermission: { means: "closes" },
    JwksUrl: { means: "closes" },
  },
  VpcEndpointAssignment: { means: "closes", severity: "medium" },
};
/** Of kinds that hold something back from being lost. */
const KEEPS: ReadonlySet<string> = new Set(["Snapshot", "BackupSchedule"]);

export function deletedItem(one: Managed, project: LiveProject | undefined): Item {
  const { kind, urn } = one;
  return {
    ...{ class: "deleted", rule: ruleOf(kind, "deleted"), resource: refOf(one), urn, before: "exists", after: "does not exist" },
    ...{ says: "It was applied, and is not there any more.", traces: tracesOf(one) },
    remedy: "Find out who deleted it. pulumi up --refresh makes it anew, but for data that went with it.",
    ...inProject(one),
    ...(LOSS[kind] ?? (KEEPS.has(kind) ? { means: "destroys" as const, severity: "medium" as const } : {})),
    ...(project && lossOf(one, project)),
  };
}

/** A project that is proved gone takes everything in it along: one finding. */
export function goneProject(id: string, members: readonly Managed[]): Item {
  const project = members.find(({ kind }) => kind === "Project");
  const others = members.length - (project ? 1 : 0);
  return {
    ...{ class: "deleted", rule: ruleOf("Project", "deleted"), before: "exists", after: "does not exist", means: "destroys", project: id },
    resource: { kind: "project", id, name: project?.name ?? id },
    ...(project && { urn: project.urn }),
    says: `The project was deleted, and ${others === 1 ? "1 more resource" : `${others} more resources`} of the stack with it.`,
    remedy: "Neon can bring a deleted project back for seven days: POST /projects/{id}/recover.",
    traces: [{ kind: "project", id }],
  };
}

function lossOf({ kind, id, inputs }: Managed, live: LiveProject): Pick<Item, "edits" | "closing"> {
  const own = lastPart(id);
  if (kind === "Branch") {
    const parent = typeof inputs["parentBranchId"] === "string" ? lastPart(inputs["parentBranchId"]) : mainOf(live)?.id;
    const facts = {
      ...{ id: own, protected: inputs["protected"] === true, schemaOnly: inputs["initSource"] === "schema-only" },
      ...(parent !== undefined && { parentId: parent }),
    };
    const computes = inputs["compute"] === "none" ? [] : [{ id: `${own}/compute`, branchId: own, disabled: false }];
    return { edits: { revert: withBranch(facts, computes), apply: withoutBranch(own) } };
  }
  if (kind === "ComputeEndpoint") {
    const branchId = typeof inputs["branchId"] === "string" ? lastPart(inputs["branchId"]) : "";
    return { edits: { revert: withCompute({ id: own, branchId, disabled: inputs["disabled"] === true }), apply: withoutCompute(own) } };
  }
  if (kind !== "VpcEndpointRestriction") return {};
  const label = typeof inputs["label"] === "string" ? inputs["label"] : own;
  const others = (ids: readonly string[]) => ids.filter((each) => each !== own);
  const revert = withFacts(({ vpcRestrictions }) => ({ vpcRestrictions: [...others(vpcRestrictions), own] }));
  const apply = withFacts(({ vpcRestrictions }) => ({ vpcRestrictions: others(vpcRestrictions) }));
  const closing: Closing = {
    ...{ what: `restrict the project to ${own} again`, projectId: live.project.id, edit: revert },
    call: async (api) => {
      await api.vpc.restrict(live.project.id, own, label);
    },
  };
  return { edits: { revert, apply }, closing };
}

const mainOf = ({ branches }: LiveProject) => branches?.find((branch) => branch.default);

/** A branch that came with a compute and has none any more. */
export function lostComputes(live: LiveProject, members: readonly Managed[]): Item[] {
  const { computes } = live;
  if (!computes) return [];
  const running = new Set(computes.filter(({ type }) => type === "read_write").map(({ branch_id }) => branch_id));
  const present = new Set(live.branches?.map(({ id }) => id));
  return members.flatMap((one) => {
    const branchId = one.kind === "Project" ? mainOf(live)?.id : one.kind === "Branch" ? placeOf(one).branchId : undefined;
    if (branchId === undefined || !present.has(branchId) || running.has(branchId) || one.inputs["compute"] === "none") return [];
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

/** How the audit names the kinds. */
const TRACED: Partial<Record<Kind, string>> = {
  ...{ Project: "project", IpAllowlist: "project", IpAllowlistEntry: "project", Branch: "branch", BranchProtection: "branch" },
  ...{ ComputeEndpoint: "endpoint", Database: "database", JwksUrl: "jwks", ApiKey: "api_key", ProjectPermission: "project_permission" },
};

function tracesOf({ kind, id, outputs }: Managed): Trace[] {
  const parts = id.split("/");
  const [first = "", second = "", third = ""] = parts;
  const traced = TRACED[kind];
  if (kind === "Project") {
    const main = outputs["defaultBranchId"];
    return [{ kind: "project", id }, ...(typeof main === "string" ? [{ kind: "branch", id: main }] : [])];
  }
  if (traced === "project") return [{ kind: "project", id: first }];
  if (traced !== undefined) return [{ kind: traced, id: lastPart(id) }];
  if (kind === "Role") return [{ kind: "role", id: `${second}/${third}` }];
  if (kind === "RotatingRole") return ["_1", "_2"].map((end) => ({ kind: "role", id: `${second}/${third}${end}` }));
  if (kind === "VpcEndpointRestriction") return [{ kind: "vpc_restriction", id }];
  return kind === "VpcEndpointAssignment" ? [{ kind: "vpc_endpoint", id }] : [];
}

const inProject = (one: Managed): { project?: string } => {
  const { projectId } = placeOf(one);
  return projectId === undefined ? {} : { project: projectId };
};

/** What the API says of the object's last change. */
function changedAt(one: Managed, live: LiveProject | undefined): Pick<Item, "changedAt"> {
  if (!live) return {};
  const { kind, id } = one;
  const [own, branchId] = [lastPart(id), placeOf(one).branchId ?? ""];
  const times: (string | undefined)[] = [
    ...(kind === "Project" ? [live.project.updated_at, mainOf(live)?.updated_at] : []),
    ...(kind === "Branch" || kind === "BranchProtection" ? [live.branches?.find((branch) => branch.id === branchId)?.updated_at] : []),
    ...(kind === "ComputeEndpoint" ? [live.computes?.find((compute) => compute.id === own)?.updated_at] : []),
    ...(kind === "Database" ? [live.databases.get(branchId)?.find((database) => String(database.id) === own)?.updated_at] : []),
  ];
  // A change of the default branch shows there alone: the later one.
  const latest = times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return latest === undefined ? {} : { changedAt: latest };
}

export function resourceItems(managed: readonly Managed[], { resources, projects, gone }: Observation): Item[] {
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
        if (seen !== "gone") return changedItems(one, seen, project);
        return [deletedItem(one, project)];
      }),
  ];
}
