import { PalisadeError } from "../../../contract/errors.js";
import { lastPart } from "../../../contract/ids.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource, goneFromProject } from "../context.js";
import { passwordOutput, told } from "../password.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire, namesOf, other, overlapEnds } from "./wire.js";

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
    const [first, second] = await pairOf(api, id);
    if (!first) return undefined;
    const seen = fromWire(second ? [first, second] : [first], id, recorded);
    const secret = await passwordOutput(api, { ...id, name: seen.outputs.currentName }, recorded);
    return { ...seen, outputs: { ...seen.outputs, ...secret } };
  },

  proveGone: goneFromProject,

  async findByName({ api }, { projectId, branchId, name }, since) {
    const id = { projectId, branchId: lastPart(branchId), name };
    return (await pairOf(api, id)).some((one) => api.isSince(one.created_at, since)) ? id : undefined;
  },

  uniqueName: ({ projectId, branchId, name }) => `${projectId}/${lastPart(branchId)}/${name}`,

  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: lastPart(wanted.branchId), name: wanted.name };
    const [currentName] = namesOf(wanted.name);
    const { answer, settle } = await api.createRole(id.projectId, id.branchId, { role: { name: currentName } });
    const once = { currentName, currentRotation: wanted.rotation, ...told(wanted, answer) };
    const isTold = !wanted.revealPassword || once.password !== undefined;
    const seen = fromWire([answer.role], id, { ...wanted, ...once });
    const secret = wanted.revealPassword ? { password: once.password } : { password: undefined };
    return { id, once, settle, ...(isTold && { seen: { ...seen, outputs: { ...seen.outputs, ...secret } } }) };
  },

  due: (recorded, nowMs) => overlapEnds(recorded, (recorded["keepPreviousSeconds"] as number | undefined) ?? 0) <= nowMs,

  /** The new password first, then the end of the old one. */
  async update({ api }, id, wanted, changed, { outputs: live }, learn) {
    const { projectId, branchId, name } = id;
    const exists = async (role: string) => (await pairOf(api, id)).some((one) => one.name === role);
    let overlap = live;
    if (changed.has("rotation")) {
      const ends = overlapEnds(live, wanted.keepPreviousSeconds);
      if (ends !== Infinity && ends > Date.now())
        throw new PalisadeError("PAL_OVERLAP", `${live.previousName ?? ""} until ${new Date(ends).toISOString()}`);
      const previousName = live.currentName ?? namesOf(name)[1];
      const currentName = other(name, previousName);
      const { answer, settle } = (await exists(currentName))
        ? await api.resetRolePassword(projectId, branchId, currentName)
        : await api.createRole(projectId, branchId, { role: { name: currentName } });
      overlap = { previousName, rotatedAt: new Date().toISOString() };
      learn({ ...overlap, currentName, currentRotation: wanted.rotation, ...told(wanted, answer) });
      await settle();
    }
    if (overlap.previousName === undefined || overlapEnds(overlap, wanted.keepPreviousSeconds) > Date.now()) return undefined;
    if (await exists(overlap.previousName)) await (await api.resetRolePassword(projectId, branchId, overlap.previousName)).settle();
    learn({ previousName: undefined });
    return undefined;
  },

  /** The current one first: where it owns a database the refusal comes before anything is gone. */
  async remove({ api }, id, { currentName }) {
    const pair = await pairOf(api, id);
    if (pair.length === 0) throw new PalisadeError("PAL_NOT_FOUND", `roles ${namesOf(id.name).join(" and ")} of branch ${id.branchId}`);
    for (const role of pair.sort((a) => (a.name === currentName ? -1 : 1))) await api.deleteRole(id.projectId, id.branchId, role.name);
  },
});

async function pairOf(api: NeonApi, { projectId, branchId, name }: { projectId: string; branchId: string; name: string }) {
  const names = namesOf(name);
  return ((await api.roles(projectId, branchId)) ?? []).filter((role) => names.includes(role.name));
}
