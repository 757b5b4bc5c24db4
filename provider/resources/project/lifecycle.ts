import { PalisadeError } from "../../../contract/errors.js";
import { ProjectId } from "../../../contract/ids.js";
import type { Branch } from "../../../contract/wire/branch.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource, fromAnnotation, goneFromOrganization, hostsOf, knownHosts, projectAnnotation, annotationOf } from "../context.js";
import { REMOVED, removedBy, UNLESS_NAMED } from "../foreign.js";
import { inForce, networkKeys, removalDue, toNetworkUpdate, withEntriesOf } from "../network.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, ofProject, toBranchUpdate, toCreate, toUpdate } from "./wire.js";

export const project = defineResource({
  kind: "Project",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}",
  declares: { object: true, settings: ({ projectId }, { network }) => networkKeys(projectId, network) },
  follows: { create: [], remove: [] },

  async observe(neon, { projectId }, recorded) {
    const { api } = neon;
    const found = await api.project(projectId);
    if (!found) return undefined;
    const known = knownHosts(neon, recorded);
    // Which branch is the default one, where nothing is declared of it, only a refresh needs to know.
    if (known && !neon.isRefresh && recorded["defaultBranch"] === undefined && recorded["defaultBranchId"] !== undefined)
      return ofProject(found.project, recorded, { defaultBranchId: recorded["defaultBranchId"] as string, ...known });
    const { branch, annotation } = await defaultBranch(api, projectId);
    const hosts = known ?? hostsOf((await api.computes(projectId)).endpoints, branch.id);
    const seen = fromWire(found.project, branch, hosts, annotation, recorded);
    if (neon.isRefresh) neon.foreign?.inOwned(projectId, seen.foreign ?? [], UNLESS_NAMED);
    return seen;
  },

  proveGone: goneFromOrganization,

  async find({ api, orgId }, { name }) {
    const named = (await api.projects(await orgId(), name)).filter((candidate) => candidate.name === name);
    const found = await Promise.all(
      named.map(async ({ id }) => {
        const mark = fromAnnotation((await defaultBranch(api, id)).annotation);
        return mark ? [{ id: { projectId: id }, mark }] : [];
      }),
    );
    return found.flat();
  },

  async create({ api, orgId }, wanted, mark) {
    const own = await orgId();
    if (wanted.orgId !== undefined && wanted.orgId !== own)
      throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `orgId says ${wanted.orgId}, the account works in ${own}`);
    const network = inForce(wanted.network, Date.now());
    const { answer, settle } = await api.createProject(toCreate({ ...wanted, network }, own, mark), permission(wanted));
    const { project: made, branch, endpoints } = answer;
    const seen = fromWire(made, branch, hostsOf(endpoints, branch.id), annotationOf(branch.id, mark), wanted);
    return { id: { projectId: made.id }, seen, settle };
  },

  due: removalDue,

  /** Protects before and unprotects after the network moves: in between nothing is more open than at both ends. */
  async update({ api, foreign }, { projectId }, wanted, differing, live, _learn, others) {
    const now = Date.now();
    const sendsNetwork =
      differing.has("network") && (others.again() || toNetworkUpdate(wanted.network, live.inputs.network, now) !== undefined);
    const besides = [...differing].filter((path) => path !== "network" && !path.startsWith("network."));
    const changed = new Set(sendsNetwork || removalDue(live.outputs, now) ? [...besides, "network"] : besides);
    const branchFields = toBranchUpdate(wanted, changed);
    const recorded = [...(live.inputs.network?.ranges ?? []), ...(live.foreign ?? [])];
    const declared = inForce(wanted.network, now);
    const network = changed.has("network") ? withEntriesOf(declared, projectId, recorded, others) : declared;
    const fields = toUpdate({ ...wanted, network }, changed);
    let branch: Branch | undefined;
    const updateBranch = async () => {
      if (Object.keys(branchFields).length === 0) return;
      const id = live.outputs.defaultBranchId ?? (await defaultBranch(api, projectId)).branch.id;
      ({ branch } = await api.updateBranch(projectId, id, { branch: branchFields }));
    };
    if (branchFields.protected !== false) await updateBranch();
    const project =
      Object.keys(fields).length > 0 ? await api.updateProject(projectId, { project: fields }, permission(wanted)) : undefined;
    if (changed.has("network")) foreign?.inOwned(projectId, removedBy(network, live.foreign), REMOVED);
    if (branchFields.protected === false) await updateBranch();
    // Descriptions and ends have changed alone: no answer tells what follows from them.
    if (!project && differing.has("network")) return undefined;
    const after = project ? ofProject(project, wanted, live.outputs) : live;
    const ofBranch = branch ? { name: branch.name, protected: branch.protected } : live.inputs.defaultBranch;
    return { ...after, inputs: { ...after.inputs, ...(ofBranch && { defaultBranch: ofBranch }) } };
  },

  async remove({ api }, { projectId }) {
    await api.deleteProject(projectId);
  },
});

const permission = (wanted: { network: { allow: string } }) => ({ anywhere: wanted.network.allow === "anywhere" });

/** By its flag: names change and differ between accounts. */
export async function defaultBranch(api: NeonApi, projectId: string) {
  const { branches, annotations } = await api.branches(ProjectId.parse(projectId));
  const branch = branches.find((candidate) => candidate.default);
  if (!branch) throw new PalisadeError("PAL_BAD_ANSWER", `project ${projectId} has no default branch`);
  return { branch, annotation: projectAnnotation(branch.id, annotations) };
}
