import { getLastPart } from "../../../contract/ids.js";
import { PalisadeError } from "../../../contract/errors.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire, toCreate, toUpdate } from "./wire.js";

export const database = defineResource({
  kind: "Database",
  doc,
  inputs,
  outputs,
  review,
  // By number: a renamed database stays the same resource.
  id: "{projectId}/{branchId}/{databaseId}",
  declares: "its object",
  follows: { create: ["Role", "RotatingRole", "RoleGrants"], remove: [] },

  async observe({ api }, id) {
    const found = await findById(api, id);
    return found && fromWire(found, id.projectId);
  },

  proveGone: proveGoneFromProject,

  async findByName({ api }, { projectId, branchId, name }, since) {
    const found = (await api.listDatabases(projectId, getLastPart(branchId)))?.find((candidate) => candidate.name === name);
    if (!found || !api.isSince(found.created_at, since)) return undefined;
    return { projectId, branchId: found.branch_id, databaseId: String(found.id) };
  },

  getUniqueName: ({ projectId, branchId, name }) => `${projectId}/${getLastPart(branchId)}/${name}`,

  async create({ api }, wanted) {
    const branchId = getLastPart(wanted.branchId);
    const { answer, settle } = await api.createDatabase(wanted.projectId, branchId, toCreate(wanted));
    const id = { projectId: wanted.projectId, branchId, databaseId: String(answer.database.id) };
    return { id, seen: fromWire(answer.database, id.projectId), settle };
  },

  async update({ api }, id, wanted, changed, live) {
    const name = live.inputs.name ?? wanted.name;
    const { database: after } = await api.updateDatabase(id.projectId, id.branchId, name, toUpdate(wanted, changed));
    return fromWire(after, id.projectId);
  },

  async remove({ api }, id) {
    const found = await findById(api, id);
    if (!found) throw new PalisadeError("PAL_NOT_FOUND", `database ${id.databaseId} of branch ${id.branchId}`);
    await api.deleteDatabase(id.projectId, id.branchId, found.name);
  },
});

async function findById(api: NeonApi, { projectId, branchId, databaseId }: { projectId: string; branchId: string; databaseId: string }) {
  return (await api.listDatabases(projectId, branchId))?.find((candidate) => String(candidate.id) === databaseId);
}
