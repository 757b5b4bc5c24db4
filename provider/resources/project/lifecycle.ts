import type { z } from "zod";
import { PalisadeError } from "../../../contract/errors.js";
import { ProjectId } from "../../../contract/ids.js";
import type { Branch } from "../../../contract/wire/branch.js";
import type { Endpoint } from "../../../contract/wire/endpoint.js";
import type { NeonApi } from "../../client/api.js";
import type { Observed } from "../../engine/define.js";
import { ensureCompute, fromFirstCompute } from "../shared/compute.js";
import { buildBranchConnection, buildConnection, findKnownConnection, findReadWriteCompute } from "../shared/connection.js";
import { defineResource, fromAnnotation, proveGoneFromOrganization, findProjectAnnotation, buildAnnotation } from "../shared/context.js";
import { REMOVED, listRemoved, UNLESS_NAMED } from "../shared/unmanagedEntries.js";
import { assertNoLockOut } from "../shared/lockOut.js";
import {
  mayLockOut,
  dropEndedEntries,
  listNetworkKeys,
  isRemovalDue,
  toNetworkChange,
  toNetworkUpdate,
  addDeclaredEntries,
} from "../shared/network.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, fromProject, toBranchUpdate, toCreate, toUpdate } from "./wire.js";

export const project = defineResource({
  kind: "Project",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}",
  declares: { object: true, settings: ({ projectId }, { network }) => listNetworkKeys(projectId, network) },
  follows: { create: [], remove: [] },

  async observe(neon, { projectId }, recorded) {
    const { api } = neon;
    const found = await api.findProject(projectId);
    if (!found) return undefined;
    const known = await findKnownConnection(neon, recorded);
    // Which branch is the default one, where nothing is declared of it, only a refresh needs to know.
    if (known && !neon.isRefresh && recorded["defaultBranch"] === undefined && recorded["defaultBranchId"] !== undefined)
      return fromProject(found.project, recorded, { defaultBranchId: recorded["defaultBranchId"] as string, ...known });
    const { branch, annotation } = await getDefaultBranch(api, projectId);
    const { compute: declared } = (recorded["defaultBranch"] as Inputs["defaultBranch"]) ?? {};
    const computes = known && declared === undefined ? undefined : (await api.listBranchComputes(projectId, branch.id)).endpoints;
    const connection = computes ? buildBranchConnection(computes, branch.id, await neon.proxy()) : (known ?? {});
    const seen = fromWire(
      found.project,
      { branch, compute: findReadWriteCompute(computes ?? [], branch.id), connection, annotation },
      recorded,
    );
    if (neon.isRefresh) neon.unmanaged?.recordInOwnedList(projectId, seen.unmanagedEntries ?? [], UNLESS_NAMED);
    return seen;
  },

  proveGone: proveGoneFromOrganization,

  async find({ api, orgId }, { name }) {
    const named = (await api.listProjects(await orgId(), name)).filter((candidate) => candidate.name === name);
    const found = await Promise.all(
      named.map(async ({ id }) => {
        const mark = fromAnnotation((await getDefaultBranch(api, id)).annotation);
        return mark ? [{ id: { projectId: id }, ownershipTag: mark }] : [];
      }),
    );
    return found.flat();
  },

  async create({ api, orgId, proxy }, wanted, mark) {
    const own = await orgId();
    if (wanted.orgId !== undefined && wanted.orgId !== own)
      throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `orgId says ${wanted.orgId}, the account works in ${own}`);
    const network = dropEndedEntries(wanted.network, Date.now());
    const { answer, settle } = await api.createProject(toCreate({ ...wanted, network }, own, mark), toPermission(wanted));
    const { project: made, branch, endpoints } = answer;
    const compute = findReadWriteCompute(endpoints, branch.id);
    const id = { projectId: made.id };
    if (wanted.defaultBranch?.compute?.disabled)
      return {
        id,
        settle: () => settle().then(() => disableFirstCompute(api, wanted, { ...id, branchId: branch.id, endpointId: compute?.id })),
      };
    const connection = buildBranchConnection(endpoints, branch.id, await proxy());
    const seen = fromWire(made, { branch, compute, connection, annotation: buildAnnotation(branch.id, mark) }, wanted);
    return { id, seen, settle };
  },

  isDue: isRemovalDue,

  /** Disables and protects before, unprotects and enables after the network moves: in between nothing is more open than at both ends. */
  async update(neon, { projectId }, wanted, differing, live, _learn, others) {
    const { api, proxy, unmanaged: foreign } = neon;
    const now = Date.now();
    const sendsNetwork =
      differing.has("network") && (others.mustResend() || toNetworkUpdate(wanted.network, live.inputs.network, now) !== undefined);
    const besides = [...differing].filter((path) => path !== "network" && !path.startsWith("network."));
    const changed = new Set(sendsNetwork || isRemovalDue(live.outputs, now) ? [...besides, "network"] : besides);
    // Before anything else is sent.
    if (changed.has("network") && mayLockOut(wanted.network, live.inputs.network, now))
      await assertNoLockOut(neon, projectId, toNetworkChange(wanted.network), wanted.network);
    const branchFields = toBranchUpdate(wanted, changed);
    const recorded = [...(live.inputs.network?.ranges ?? []), ...(live.unmanagedEntries ?? [])];
    const declared = dropEndedEntries(wanted.network, now);
    const network = changed.has("network") ? addDeclaredEntries(declared, projectId, recorded, others) : declared;
    const fields = toUpdate({ ...wanted, network }, changed);
    let branch: Branch | undefined;
    const updateBranch = async () => {
      if (Object.keys(branchFields).length === 0) return;
      const id = live.outputs.defaultBranchId ?? (await getDefaultBranch(api, projectId)).branch.id;
      ({ branch } = await api.updateBranch(projectId, id, { branch: branchFields }));
    };
    const sized = [...changed].some((path) => path.startsWith("defaultBranch.compute")) ? wanted.defaultBranch?.compute : undefined;
    let compute: Endpoint | undefined;
    const updateCompute = async () => {
      if (sized) compute = await ensureCompute(api, await findFirstCompute(api, projectId, live), sized);
    };
    if (sized?.disabled) await updateCompute();
    if (branchFields.protected !== false) await updateBranch();
    const project =
      Object.keys(fields).length > 0 ? await api.updateProject(projectId, { project: fields }, toPermission(wanted)) : undefined;
    if (changed.has("network")) foreign?.recordInOwnedList(projectId, listRemoved(network, live.unmanagedEntries), REMOVED);
    if (branchFields.protected === false) await updateBranch();
    if (!sized?.disabled) await updateCompute();
    // Descriptions and ends have changed alone: no answer tells what follows from them.
    if (!project && differing.has("network")) return undefined;
    const after = project ? fromProject(project, wanted, live.outputs) : live;
    const ofBranch = {
      ...live.inputs.defaultBranch,
      ...(branch && { name: branch.name, protected: branch.protected }),
      ...(compute && { compute: fromFirstCompute(compute) }),
    };
    const outputs = { ...after.outputs, ...(compute && { endpointId: compute.id, ...buildConnection(compute, await proxy()) }) };
    return { ...after, inputs: { ...after.inputs, defaultBranch: ofBranch }, outputs };
  },

  async remove({ api }, { projectId }) {
    await api.deleteProject(projectId);
  },
});

type Inputs = z.output<typeof inputs>;
type ObservedProject = Observed<typeof inputs, typeof outputs>;

const toPermission = (wanted: { network: { allow: string } }) => ({ anywhere: wanted.network.allow === "anywhere" });

/** Opens nothing that was closed only until the compute is disabled, unless it is. */
async function disableFirstCompute(api: NeonApi, { network, defaultBranch }: Inputs, at: FirstComputeLocation): Promise<void> {
  await ensureCompute(api, at, defaultBranch?.compute ?? {});
  if (network.privateEndpoints === undefined)
    await api.updateProject(at.projectId, { project: { settings: { block_vpc_connections: false } } }, toPermission({ network }));
}

interface FirstComputeLocation {
  projectId: string;
  branchId: string;
  endpointId: string | undefined;
}

/** Where the default branch's compute is: as it was seen, or looked up where nobody has asked for it. */
async function findFirstCompute(
  api: NeonApi,
  projectId: string,
  { inputs: seen, outputs: { defaultBranchId, endpointId } }: ObservedProject,
): Promise<FirstComputeLocation> {
  if (defaultBranchId !== undefined && seen.defaultBranch?.compute) return { projectId, branchId: defaultBranchId, endpointId };
  const { branch } = await getDefaultBranch(api, projectId);
  const { endpoints } = await api.listBranchComputes(projectId, branch.id);
  return { projectId, branchId: branch.id, endpointId: findReadWriteCompute(endpoints, branch.id)?.id };
}

/** By its flag: names change and differ between accounts. */
export async function getDefaultBranch(api: NeonApi, projectId: string) {
  const { branches, annotations } = await api.listBranches(ProjectId.parse(projectId));
  const branch = branches.find((candidate) => candidate.default);
  if (!branch) throw new PalisadeError("PAL_BAD_ANSWER", `project ${projectId} has no default branch`);
  return { branch, annotation: findProjectAnnotation(branch.id, annotations) };
}
