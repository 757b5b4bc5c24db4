import { defineResource, fromAnnotation, proveGoneFromProject, assertBranchNameFree, buildAnnotation } from "../shared/context.js";
import { updateCompute } from "../shared/compute.js";
import { buildBranchConnection, findKnownConnection } from "../shared/connection.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, toCreate, toUpdate } from "./wire.js";

export const branch = defineResource({
  kind: "Branch",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{branchId}",
  declares: "its object",
  follows: { create: [], remove: ["Branch", "ComputeEndpoint"] },

  async observe(neon, { projectId, branchId }, recorded) {
    const found = await neon.api.findBranch(projectId, branchId);
    if (!found) return undefined;
    // Undeclared and known: not asked for. A compute that came or went by hand is found by drift's own list.
    const known = recorded["compute"] === undefined ? await findKnownConnection(neon, recorded) : undefined;
    const computes = known ? undefined : (await neon.api.listBranchComputes(projectId, branchId)).endpoints;
    const connection = known ?? buildBranchConnection(computes ?? [], branchId, await neon.proxy());
    return fromWire(found.branch, computes, connection, found.annotation, recorded);
  },

  proveGone: proveGoneFromProject,

  async find({ api }, { projectId }) {
    const { branches, annotations } = await api.listBranches(projectId);
    return branches.flatMap(({ id }) => {
      const mark = fromAnnotation(annotations[id]);
      return mark ? [{ id: { projectId, branchId: id }, ownershipTag: mark }] : [];
    });
  },

  async create({ api, proxy }, wanted, mark) {
    const { answer, settle } = await api.createBranch(wanted.projectId, toCreate(wanted, mark));
    const { branch: made, endpoints } = answer;
    const connection = buildBranchConnection(endpoints, made.id, await proxy());
    const seen = fromWire(made, endpoints, connection, buildAnnotation(made.id, mark), wanted);
    return { id: { projectId: wanted.projectId, branchId: made.id }, seen, settle };
  },

  async update({ api }, { projectId, branchId }, wanted, changed, live) {
    const fields = toUpdate(wanted, changed);
    if (fields.name !== undefined) await assertBranchNameFree(api, { projectId, branchId }, fields.name);
    const updateBranch = async () =>
      Object.keys(fields).length > 0 ? (await api.updateBranch(projectId, branchId, { branch: fields })).branch : undefined;
    // Neon keeps the compute of a protected branch: what is to go goes before the branch is protected.
    const last = fields.protected === true && wanted.compute === "none";
    const first = last ? undefined : await updateBranch();
    if (changed.has("compute") && wanted.compute !== undefined) await updateCompute(api, { projectId, branchId }, wanted.compute);
    const after = last ? await updateBranch() : first;
    // Of computes an answer tells one alone.
    if (after === undefined || changed.has("compute")) return undefined;
    return { ...live, inputs: { ...live.inputs, name: after.name, protected: after.protected, expiresAt: after.expires_at } };
  },

  remove: ({ api }, { projectId, branchId }) => api.deleteBranch(projectId, branchId),
});
