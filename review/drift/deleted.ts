import { lastPart } from "../../contract/ids.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import type { ReviewNote } from "../../provider/resources/reviewed.js";
import { type Bag, settled } from "../../provider/resources/settled.js";
import type { Managed } from "./applied.js";
import { type Closing, type Item, ruleOf } from "./item.js";
import { inProject, type LiveProject, mainOf, refOf } from "./observe.js";
import { TRACES } from "./traces.js";
import { withBranch, withCompute, withFacts, withoutBranch, withoutCompute } from "../reachability/edits.js";

/**
 * What it means that an object of a kind is not there any more, beside what reachability tells. `onDelete`: what the slice says of its
 * deletion. What destroying a resource leaves behind, the slice does not say: that stands here.
 */
const LOSS: Readonly<Record<Kind, "onDelete" | ((inputs: Bag) => Pick<ReviewNote, "message"> & Partial<ReviewNote>)>> = {
  ...{ Project: "onDelete", Branch: "onDelete", Database: "onDelete", Snapshot: "onDelete", BackupSchedule: "onDelete" },
  CustomerManagedKey: "onDelete",
  ...{ Role: "onDelete", RotatingRole: "onDelete", RoleGrants: "onDelete", ComputeEndpoint: "onDelete" },
  ...{
    ApiKey: "onDelete",
    OrganizationMember: "onDelete",
    ProjectPermission: "onDelete",
    JwksUrl: "onDelete",
    IpAllowlistEntry: "onDelete",
  },
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
export function lossOf({ kind, inputs, outputs }: Managed): Pick<Item, "says" | "means" | "severity"> {
  const loss = LOSS[kind];
  const applied = settled(kind, outputs, inputs);
  const { message, direction, severity } = loss === "onDelete" ? catalogue[kind].review.onDelete(applied, Date.now()) : loss(applied);
  return {
    says: `It was applied, and is not there any more. ${message}`,
    ...(direction && { means: direction }),
    ...(severity && { severity }),
  };
}

export function deletedItem(one: Managed, project: LiveProject | undefined): Item {
  const { kind, urn } = one;
  return {
    ...{ class: "deleted", rule: ruleOf(kind, "deleted"), resource: refOf(one), urn, before: "exists", after: "does not exist" },
    ...{ ...lossOf(one), traces: TRACES[kind](one) },
    remedy: "Find out who deleted it. pulumi up --refresh recreates it, but for data that went with it.",
    ...inProject(one),
    ...(project && reachOfLoss(one, project)),
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

function reachOfLoss({ kind, id, inputs }: Managed, live: LiveProject): Pick<Item, "edits" | "closing"> {
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
  return lifting(live.project.id, own, typeof inputs["label"] === "string" ? inputs["label"] : own);
}

/** The restriction of a project to a private endpoint, lifted. */
export function lifting(projectId: string, endpointId: string, label: string): Required<Pick<Item, "edits" | "closing">> {
  const others = (ids: readonly string[]) => ids.filter((each) => each !== endpointId);
  const revert = withFacts(({ vpcRestrictions }) => ({ vpcRestrictions: [...others(vpcRestrictions), endpointId] }));
  const apply = withFacts(({ vpcRestrictions }) => ({ vpcRestrictions: others(vpcRestrictions) }));
  const closing: Closing = {
    ...{ what: `restrict the project to ${endpointId} again`, projectId, edit: revert },
    call: async (api) => {
      await api.vpc.restrict(projectId, endpointId, label);
    },
  };
  return { edits: { revert, apply }, closing };
}
