import { PalisadeError } from "../../../contract/errors.js";
import { getLastPart } from "../../../contract/ids.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { readPasswordOutput, pickPassword } from "../shared/password.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire, getRoleNames, getOtherName, computeOverlapEnd } from "./wire.js";

export const rotatingRole = defineResource({
  kind: "RotatingRole",
  doc,
  inputs,
  outputs,
  review,
  id: "{projectId}/{branchId}/{name}",
  declares: "its object",
  follows: { create: [], remove: ["Database", "RoleGrants"] },

  async observe({ api }, id, recorded) {
    const [first, second] = await listPair(api, id);
    if (!first) return undefined;
    const seen = fromWire(second ? [first, second] : [first], id, recorded);
    const secret = await readPasswordOutput(api, { ...id, name: seen.outputs.currentName }, recorded);
    return { ...seen, outputs: { ...seen.outputs, ...secret } };
  },

  proveGone: proveGoneFromProject,

  async findByName({ api }, { projectId, branchId, name }, since) {
    const id = { projectId, branchId: getLastPart(branchId), name };
    return (await listPair(api, id)).some((one) => api.isSince(one.created_at, since)) ? id : undefined;
  },

  getUniqueName: ({ projectId, branchId, name }) => `${projectId}/${getLastPart(branchId)}/${name}`,

  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: getLastPart(wanted.branchId), name: wanted.name };
    const [currentName] = getRoleNames(wanted.name);
    const { answer, settle } = await api.createRole(id.projectId, id.branchId, { role: { name: currentName } });
    const once = { currentName, currentRotation: wanted.rotation, ...pickPassword(wanted, answer) };
    const isTold = !wanted.revealPassword || once.password !== undefined;
    const seen = fromWire([answer.role], id, { ...wanted, ...once });
    const secret = wanted.revealPassword ? { password: once.password } : { password: undefined };
    return { id, createOnlyOutputs: once, settle, ...(isTold && { seen: { ...seen, outputs: { ...seen.outputs, ...secret } } }) };
  },

  isDue: (recorded, nowMs) => computeOverlapEnd(recorded, (recorded["keepPreviousSeconds"] as number | undefined) ?? 0) <= nowMs,

  /** The new password first, then the end of the old one. */
  async update({ api }, id, wanted, changed, { outputs: live }, learn) {
    const { projectId, branchId, name } = id;
    const exists = async (role: string) => (await listPair(api, id)).some((one) => one.name === role);
    let overlap = live;
    if (changed.has("rotation")) {
      const ends = computeOverlapEnd(live, wanted.keepPreviousSeconds);
      if (ends !== Infinity && ends > Date.now())
        throw new PalisadeError("PAL_OVERLAP", `${live.previousName ?? ""} until ${new Date(ends).toISOString()}`);
      const previousName = live.currentName ?? getRoleNames(name)[1];
      const currentName = getOtherName(name, previousName);
      const { answer, settle } = (await exists(currentName))
        ? await api.resetRolePassword(projectId, branchId, currentName)
        : await api.createRole(projectId, branchId, { role: { name: currentName } });
      overlap = { previousName, rotatedAt: new Date().toISOString() };
      learn({ ...overlap, currentName, currentRotation: wanted.rotation, ...pickPassword(wanted, answer) });
      await settle();
    }
    if (overlap.previousName === undefined || computeOverlapEnd(overlap, wanted.keepPreviousSeconds) > Date.now()) return undefined;
    if (await exists(overlap.previousName)) await (await api.resetRolePassword(projectId, branchId, overlap.previousName)).settle();
    learn({ previousName: undefined });
    return undefined;
  },

  /** The current one first: where it owns a database the refusal comes before anything is gone. */
  async remove({ api }, id, { currentName }) {
    const pair = await listPair(api, id);
    if (pair.length === 0)
      throw new PalisadeError("PAL_NOT_FOUND", `roles ${getRoleNames(id.name).join(" and ")} of branch ${id.branchId}`);
    for (const role of pair.sort((a) => (a.name === currentName ? -1 : 1))) await api.deleteRole(id.projectId, id.branchId, role.name);
  },
});

async function listPair(api: NeonApi, { projectId, branchId, name }: { projectId: string; branchId: string; name: string }) {
  const names = getRoleNames(name);
  return ((await api.listRoles(projectId, branchId)) ?? []).filter((role) => names.includes(role.name));
}
