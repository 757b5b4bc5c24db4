import type { z } from "zod";
import { PalisadeError } from "../../../contract/errors.js";
import { ProjectId } from "../../../contract/ids.js";
import type { Branch } from "../../../contract/wire/branch.js";
import type { Endpoint } from "../../../contract/wire/endpoint.js";
import type { NeonApi } from "../../client/api.js";
import type { Observed } from "../../engine/define.js";
import { ensureCompute, fromFirstCompute } from "../compute.js";
import { branchConnection, connectionTo, knownConnection, writerOf } from "../connection.js";
import { defineResource, fromAnnotation, goneFromOrganization, projectAnnotation, annotationOf } from "../context.js";
import { REMOVED, removedBy, UNLESS_NAMED } from "../foreign.js";
import { assertNoLockOut } from "../lockOut.js";
import { closesWay, inForce, networkKeys, removalDue, toClosing, toNetworkUpdate, withEntriesOf } from "../network.js";
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
    const known = await knownConnection(neon, recorded);
    // Which branch is the default one, where nothing is declared of it, only a refresh needs to know.
    if (known && !neon.isRefresh && recorded["defaultBranch"] === undefined && recorded["defaultBranchId"] !== undefined)
      return ofProject(found.project, recorded, { defaultBranchId: recorded["defaultBranchId"] as string, ...known });
    const { branch, annotation } = await defaultBranch(api, projectId);
    const { compute: declared } = (recorded["defaultBranch"] as Inputs["defaultBranch"]) ?? {};
    const computes = known && declared === undefined ? undefined : (await api.branchComputes(projectId, branch.id)).endpoints;
    const connection = computes ? branchConnection(computes, branch.id, await neon.proxy()) : (known ?? {});
    const seen = fromWire(found.project, { branch, compute: writerOf(computes ?? [], branch.id), connection, annotation }, recorded);
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

  async create({ api, orgId, proxy }, wanted, mark) {
    const own = await orgId();
    if (wanted.orgId !== undefined && wanted.orgId !== own)
      throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `orgId says ${wanted.orgId}, the account works in ${own}`);
    const network = inForce(wanted.network, Date.now());
    const { answer, settle } = await api.createProject(toCreate({ ...wanted, network }, own, mark), permission(wanted));
    const { project: made, branch, endpoints } = answer;
    const compute = writerOf(endpoints, branch.id);
    const id = { projectId: made.id };
    if (wanted.defaultBranch?.compute?.disabled)
      return { id, settle: () => settle().then(() => disableFirst(api, wanted, { ...id, branchId: branch.id, endpointId: compute?.id })) };
    const connection = branchConnection(endpoints, branch.id, await proxy());
    const seen = fromWire(made, { branch, compute, connection, annotation: annotationOf(branch.id, mark) }, wanted);
    return { id, seen, settle };
  },

  due: removalDue,

  /** Disables and protects before, unprotects and enables after the network moves: in between nothing is more open than at both ends. */
  async update(neon, { projectId }, wanted, differing, live, _learn, others) {
    const { api, proxy, foreign } = neon;
    const now = Date.now();
    const sendsNetwork =
      differing.has("network") && (others.again() || toNetworkUpdate(wanted.network, live.inputs.network, now) !== undefined);
    const besides = [...differing].filter((path) => path !== "network" && !path.startsWith("network."));
    const changed = new Set(sendsNetwork || removalDue(live.outputs, now) ? [...besides, "network"] : besides);
    // Before anything else is sent.
    if (changed.has("network") && closesWay(wanted.network, live.inputs.network, now))
      await assertNoLockOut(neon, projectId, toClosing(wanted.network), wanted.network);
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
    const sized = [...changed].some((path) => path.startsWith("defaultBranch.compute")) ? wanted.defaultBranch?.compute : undefined;
    let compute: Endpoint | undefined;
    const updateCompute = async () => {
      if (sized) compute = await ensureCompute(api, await firstCompute(api, projectId, live), sized);
    };
    if (sized?.disabled) await updateCompute();
    if (branchFields.protected !== false) await updateBranch();
    const project =
      Object.keys(fields).length > 0 ? await api.updateProject(projectId, { project: fields }, permission(wanted)) : undefined;
    if (changed.has("network")) foreign?.inOwned(projectId, removedBy(network, live.foreign), REMOVED);
    if (branchFields.protected === false) await updateBranch();
    if (!sized?.disabled) await updateCompute();
    // Descriptions and ends have changed alone: no answer tells what follows from them.
    if (!project && differing.has("network")) return undefined;
    const after = project ? ofProject(project, wanted, live.outputs) : live;
    const ofBranch = {
      ...live.inputs.defaultBranch,
      ...(branch && { name: branch.name, protected: branch.protected }),
      ...(compute && { compute: fromFirstCompute(compute) }),
    };
    const outputs = { ...after.outputs, ...(compute && { endpointId: compute.id, ...connectionTo(compute, await proxy()) }) };
    return { ...after, inputs: { ...after.inputs, defaultBranch: ofBranch }, outputs };
  },

  async remove({ api }, { projectId }) {
    await api.deleteProject(projectId);
  },
});

type Inputs = z.output<typeof inputs>;
type Seen = Observed<typeof inputs, typeof outputs>;

const permission = (wanted: { network: { allow: string } }) => ({ anywhere: wanted.network.allow === "anywhere" });

/** Opens nothing that was closed only until the compute is disabled, unless it is. */
async function disableFirst(api: NeonApi, { network, defaultBranch }: Inputs, at: FirstComputePlace): Promise<void> {
  await ensureCompute(api, at, defaultBranch?.compute ?? {});
  if (network.privateEndpoints === undefined)
    await api.updateProject(at.projectId, { project: { settings: { block_vpc_connections: false } } }, permission({ network }));
}

interface FirstComputePlace {
  projectId: string;
  branchId: string;
  endpointId: string | undefined;
}

/** Where the default branch's compute is: as it was seen, or looked up where nobody has asked for it. */
async function firstCompute(
  api: NeonApi,
  projectId: string,
  { inputs: seen, outputs: { defaultBranchId, endpointId } }: Seen,
): Promise<FirstComputePlace> {
  if (defaultBranchId !== undefined && seen.defaultBranch?.compute) return { projectId, branchId: defaultBranchId, endpointId };
  const { branch } = await defaultBranch(api, projectId);
  const { endpoints } = await api.branchComputes(projectId, branch.id);
  return { projectId, branchId: branch.id, endpointId: writerOf(endpoints, branch.id)?.id };
}

/** By its flag: names change and differ between accounts. */
export async function defaultBranch(api: NeonApi, projectId: string) {
  const { branches, annotations } = await api.branches(ProjectId.parse(projectId));
  const branch = branches.find((candidate) => candidate.default);
  if (!branch) throw new PalisadeError("PAL_BAD_ANSWER", `project ${projectId} has no default branch`);
  return { branch, annotation: projectAnnotation(branch.id, annotations) };
}
