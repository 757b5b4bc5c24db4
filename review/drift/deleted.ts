import { getLastPart } from "../../contract/ids.js";
import { catalogue, type Kind, type ReviewNote, type Properties, mergeInputs } from "../../provider/introspection.js";
import type { ManagedResource } from "./appliedRecord.js";
import { type ClosingRepair, type DriftItem, formatRule } from "./driftItem.js";
import { toProjectField, type LiveProject, findDefaultBranch, toResourceRef } from "./observation.js";
import { TRACES } from "./auditTraces.js";
import { addBranch, setCompute, updateFacts, removeBranch, removeCompute } from "../reachability/edits.js";

/**
 * What it means that an object of a kind is not there any more, beside what reachability tells. `onDelete`: what the slice says of its
 * deletion. What destroying a resource leaves behind, the slice does not say: that stands here.
 */
const LOSS: Readonly<Record<Kind, "onDelete" | ((inputs: Properties) => Pick<ReviewNote, "message"> & Partial<ReviewNote>)>> = {
  Project: "onDelete",
  Branch: "onDelete",
  Database: "onDelete",
  Snapshot: "onDelete",
  BackupSchedule: "onDelete",
  AuditExport: "onDelete",
  CustomerManagedKey: "onDelete",
  Role: "onDelete",
  RotatingRole: "onDelete",
  RoleGrants: "onDelete",
  TemporaryAccess: "onDelete",
  ComputeEndpoint: "onDelete",
  ApiKey: "onDelete",
  OrganizationMember: "onDelete",
  ProjectPermission: "onDelete",
  JwksUrl: "onDelete",
  IpAllowlistEntry: "onDelete",
  // As if the destroy removed what it leaves.
  PrivateEndpoint: (inputs) => catalogue.PrivateEndpoint.review.onDelete({ ...inputs, release: true }, Date.now()),
  // Destroying these leaves branch and project where they are; here those are gone. A declared branch tells that itself.
  BranchProtection: () => ({ message: "The branch is gone, and the data that only it had.", direction: "destroys", severity: "high" }),
  IpAllowlist: () => ({ message: "The project is gone, and its list with it.", direction: "destroys", severity: "high" }),
  KeyVaultRotationPolicy: () => ({ message: "The key is gone from its vault.", direction: "destroys", severity: "high" }),
  // It opens where it was the last one, and closes otherwise: reachability tells.
  VpcEndpointRestriction: () => ({ message: "The project is no longer restricted to this endpoint." }),
};

/** What a lost object means, in the slice's own words. */
export function judgeLoss({ kind, inputs, outputs }: ManagedResource): Pick<DriftItem, "says" | "means" | "severity"> {
  const loss = LOSS[kind];
  const applied = mergeInputs(kind, outputs, inputs);
  const { message, direction, severity } = loss === "onDelete" ? catalogue[kind].review.onDelete(applied, Date.now()) : loss(applied);
  return {
    says: `It was applied, and is not there any more. ${message}`,
    ...(direction && { means: direction }),
    ...(severity && { severity }),
  };
}

export function buildDeletedItem(one: ManagedResource, project: LiveProject | undefined): DriftItem {
  const { kind, urn } = one;
  return {
    class: "deleted",
    rule: formatRule(kind, "deleted"),
    resource: toResourceRef(one),
    urn,
    before: "exists",
    after: "does not exist",
    ...judgeLoss(one),
    traces: TRACES[kind](one),
    remedy: "Find out who deleted it. pulumi up --refresh recreates it, without the data that was lost.",
    ...toProjectField(one),
    ...(project && buildLossEdits(one, project)),
  };
}

/** A project that is proved gone takes everything in it along: one finding. */
export function buildDeletedProject(id: string, members: readonly ManagedResource[]): DriftItem {
  const project = members.find(({ kind }) => kind === "Project");
  const others = members.length - (project ? 1 : 0);
  return {
    class: "deleted",
    rule: formatRule("Project", "deleted"),
    before: "exists",
    after: "does not exist",
    means: "destroys",
    project: id,
    resource: { kind: "project", id, name: project?.name ?? id },
    ...(project && { urn: project.urn }),
    says: `The project was deleted, and ${others === 1 ? "1 more resource" : `${others} more resources`} of the stack with it.`,
    remedy: "Neon can bring a deleted project back for seven days: POST /projects/{id}/recover.",
    traces: [{ kind: "project", id }],
  };
}

function buildLossEdits({ kind, id, inputs }: ManagedResource, live: LiveProject): Pick<DriftItem, "edits" | "closing"> {
  const own = getLastPart(id);
  if (kind === "Branch") {
    const parent = typeof inputs["parentBranchId"] === "string" ? getLastPart(inputs["parentBranchId"]) : findDefaultBranch(live)?.id;
    const facts = {
      id: own,
      protected: inputs["protected"] === true,
      schemaOnly: inputs["initSource"] === "schema-only",
      ...(parent !== undefined && { parentId: parent }),
    };
    const computes = inputs["compute"] === "none" ? [] : [{ id: `${own}/compute`, branchId: own, disabled: false }];
    return { edits: { revert: addBranch(facts, computes), apply: removeBranch(own) } };
  }
  if (kind === "ComputeEndpoint") {
    const branchId = typeof inputs["branchId"] === "string" ? getLastPart(inputs["branchId"]) : "";
    return { edits: { revert: setCompute({ id: own, branchId, disabled: inputs["disabled"] === true }), apply: removeCompute(own) } };
  }
  if (kind !== "VpcEndpointRestriction") return {};
  return buildLiftedRestriction(live.project.id, own, typeof inputs["label"] === "string" ? inputs["label"] : own);
}

/** The restriction of a project to a private endpoint, lifted. */
export function buildLiftedRestriction(
  projectId: string,
  endpointId: string,
  label: string,
): Required<Pick<DriftItem, "edits" | "closing">> {
  const others = (ids: readonly string[]) => ids.filter((each) => each !== endpointId);
  const revert = updateFacts(({ vpcRestrictions }) => ({ vpcRestrictions: [...others(vpcRestrictions), endpointId] }));
  const apply = updateFacts(({ vpcRestrictions }) => ({ vpcRestrictions: others(vpcRestrictions) }));
  const closing: ClosingRepair = {
    what: `restrict the project to ${endpointId} again`,
    projectId,
    edit: revert,
    call: async (api) => {
      await api.vpc.restrict(projectId, endpointId, label);
    },
  };
  return { edits: { revert, apply }, closing };
}
