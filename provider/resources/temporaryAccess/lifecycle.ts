import type { z } from "zod";
import { isNeonHost } from "../../../contract/account.js";
import { PalisadeError } from "../../../contract/errors.js";
import { getLastPart } from "../../../contract/ids.js";
import { endBySql, giveBySql } from "../../client/accessBySql.js";
import type { NeonApi } from "../../client/api.js";
import type { AccessLocation } from "../../client/temporaryAccess.js";
import { generatePassword } from "../shared/password.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, isEndOverdue, toRequest } from "./wire.js";

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

  isDue: isEndOverdue,

  /** At Neon what was applied last, as of RoleGrants; the database itself is looked at in any case. */
  async observe({ api }, id, recorded) {
    if (!isNeonHost(api.host)) {
      const found = await api.temporaryAccess.find(id);
      return found && fromWire(found, recorded);
    }
    const declared = inputs.parse({ ...recorded, ...id });
    const databases = await api.listDatabases(id.projectId, id.branchId);
    if (!databases?.some(({ name }) => name === declared.databaseName)) return undefined;
    const status: "ended" | "active" = recorded["status"] === "ended" ? "ended" : "active";
    return { inputs: declared, outputs: { status } };
  },

  proveGone: proveGoneFromProject,

  /** The same approval again is the same access: a lost answer leaves nothing behind, and nothing is made twice. */
  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: getLastPart(wanted.branchId), roleName: wanted.roleName };
    const { password, settle } = await give(api, id, wanted);
    return { id, createOnlyOutputs: wanted.revealPassword ? { password } : {}, settle };
  },

  /** Closes first: what was approved before ends, then what is approved now is given. Without a change of the terms it is here because its end is due. */
  async update({ api }, id, wanted, changed, live, learn) {
    const isChanged = [...changed].some((name) => name !== REVEAL);
    if (!isChanged && changed.size > 0) return undefined;
    await end(api, id, { ...wanted, ...live.inputs });
    learn({ status: "ended" });
    if (!isChanged) return undefined;
    const { password, settle } = await give(api, id, wanted);
    learn({ status: "active", password: wanted.revealPassword ? password : undefined });
    await settle();
    return undefined;
  },

  async remove({ api }, id, recorded) {
    if (!isNeonHost(api.host) || recorded["status"] !== "ended") await end(api, id, inputs.parse({ ...recorded, ...id }));
  },
});

type Inputs = z.output<typeof inputs>;

async function give(
  api: NeonApi,
  id: AccessLocation,
  wanted: Inputs,
): Promise<{ password: string | undefined; settle: () => Promise<void> }> {
  if (wanted.approval === undefined) throw new PalisadeError("PAL_ACCESS_UNAPPROVED", `TemporaryAccess ${id.roleName} has no approval`);
  if (isNeonHost(api.host)) {
    const password = generatePassword();
    await giveBySql(api, { ...wanted, ...id }, { until: wanted.until, approval: wanted.approval, password });
    return { password, settle: () => Promise.resolve() };
  }
  const { answer, settle } = await api.temporaryAccess.give(id, toRequest(wanted));
  return { password: answer.password, settle: () => settle().then(() => assertGranted(api, id)) };
}

const end = (api: NeonApi, id: AccessLocation, last: Inputs): Promise<unknown> =>
  isNeonHost(api.host) ? endBySql(api, { ...last, ...id }) : api.temporaryAccess.end(id);

/** @throws PAL_ACCESS_NOT_GRANTED where Postgres refused a privilege: the role has none then */
async function assertGranted(api: NeonApi, id: AccessLocation): Promise<void> {
  const problem = (await api.temporaryAccess.find(id))?.problem;
  if (problem !== undefined) throw new PalisadeError("PAL_ACCESS_NOT_GRANTED", `${id.projectId}/${id.branchId}/${id.roleName}: ${problem}`);
}
