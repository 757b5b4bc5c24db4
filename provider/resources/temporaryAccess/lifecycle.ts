import { isNeonHost } from "../../../contract/account.js";
import { ERRORS, PalisadeError } from "../../../contract/errors.js";
import { getLastPart } from "../../../contract/ids.js";
import type { NeonApi } from "../../client/api.js";
import type { AccessLocation } from "../../client/temporaryAccess.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, toRequest } from "./wire.js";

const REVEAL = "revealPassword";

export const temporaryAccess = defineResource({
  kind: "TemporaryAccess",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{branchId}/{roleName}",
  declares: "its object",
  follows: { create: ["Database"], remove: [] },

  explainUnsupportedHost: (host) =>
    isNeonHost(host) ? `${ERRORS.PAL_EXTENSION.summary}. ${ERRORS.PAL_EXTENSION.remedy} [PAL_EXTENSION]` : undefined,

  async observe({ api }, id, recorded) {
    const found = await api.temporaryAccess.find(id);
    return found && fromWire(found, recorded);
  },

  proveGone: proveGoneFromProject,

  /** The same approval again is the same access: a lost answer leaves nothing behind, and nothing is made twice. */
  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: getLastPart(wanted.branchId), roleName: wanted.roleName };
    const { password, settle } = await give(api, id, wanted);
    return { id, createOnlyOutputs: wanted.revealPassword ? { password } : {}, settle };
  },

  /** Closes first: what was approved before ends, then what is approved now is given. */
  async update({ api }, id, wanted, changed, _live, learn) {
    if ([...changed].every((name) => name === REVEAL)) return undefined;
    await api.temporaryAccess.end(id);
    const { password, settle } = await give(api, id, wanted);
    learn({ password: wanted.revealPassword ? password : undefined });
    await settle();
    return undefined;
  },

  async remove({ api }, id) {
    await api.temporaryAccess.end(id);
  },
});

async function give(api: NeonApi, id: AccessLocation, wanted: Parameters<typeof toRequest>[0]) {
  if (wanted.approval === undefined) throw new PalisadeError("PAL_ACCESS_UNAPPROVED", `TemporaryAccess ${id.roleName} has no approval`);
  const { answer, settle } = await api.temporaryAccess.give(id, toRequest(wanted));
  return { password: answer.password, settle: () => settle().then(() => assertGranted(api, id)) };
}

/** @throws PAL_ACCESS_NOT_GRANTED where Postgres refused a privilege: the role has none then */
async function assertGranted(api: NeonApi, id: AccessLocation): Promise<void> {
  const problem = (await api.temporaryAccess.find(id))?.problem;
  if (problem !== undefined) throw new PalisadeError("PAL_ACCESS_NOT_GRANTED", `${id.projectId}/${id.branchId}/${id.roleName}: ${problem}`);
}
