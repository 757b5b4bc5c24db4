import { getLastPart } from "../../../contract/ids.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire, toCreate } from "./wire.js";

export const jwksUrl = defineResource({
  kind: "JwksUrl",
  doc,
  inputs,
  outputs,
  review,
  id: "{projectId}/{jwksId}",
  declares: "its object",
  follows: { create: ["Role", "RotatingRole", "RoleGrants"], remove: [] },

  async observe({ api }, { projectId, jwksId }) {
    const found = (await api.listJwks(projectId))?.find(({ id }) => id === jwksId);
    return found && fromWire(found);
  },

  proveGone: proveGoneFromProject,

  /** Neon keeps one entry of a provider for each branch, and one for the project. */
  async findByName({ api }, { projectId, jwksUrl: url, branchId }, since) {
    const branch = branchId && getLastPart(branchId);
    const found = (await api.listJwks(projectId))?.find((jwks) => jwks.jwks_url === url && jwks.branch_id === branch);
    return found && api.isSince(found.created_at, since) ? { projectId, jwksId: found.id } : undefined;
  },

  getUniqueName: ({ projectId, branchId, jwksUrl: url }) => JSON.stringify([projectId, branchId && getLastPart(branchId), url]),

  async create({ api }, wanted) {
    const { answer, settle } = await api.addJwks(wanted.projectId, toCreate(wanted));
    return { id: { projectId: wanted.projectId, jwksId: answer.jwks.id }, seen: fromWire(answer.jwks), settle };
  },

  /** Every field replaces. */
  update: () => Promise.resolve(undefined),

  async remove({ api }, { projectId, jwksId }) {
    await api.deleteJwks(projectId, jwksId);
  },
});
