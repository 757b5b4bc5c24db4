import { isNeonHost } from "../../../contract/account.js";
import { ERRORS, PalisadeError } from "../../../contract/errors.js";
import type { CustomerManagedKey } from "../../../contract/wire/customerManagedKey.js";
import { NameConflictError } from "../../engine/nameConflicts.js";
import { defineResource, proveGoneFromProject, type NeonContext } from "../shared/context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, findOwnershipTag, toRequest } from "./wire.js";

const KIND = "CustomerManagedKey";
/** What the plane is told; the rest is the program's own. */
const SETTINGS = ["awsKms", "azureKeyVault", "onRevoked", "rewrapAfterRotation"];

export const customerManagedKey = defineResource({
  kind: KIND,
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}",
  declares: "its object",
  follows: { create: [], remove: [] },

  explainUnsupportedHost: (host) =>
    isNeonHost(host) ? `${ERRORS.PAL_EXTENSION.summary}. ${ERRORS.PAL_EXTENSION.remedy} [PAL_EXTENSION]` : undefined,

  async observe({ api }, { projectId }, recorded) {
    const found = await api.customerKeys.find(projectId);
    return found && fromWire(found, recorded);
  },

  proveGone: proveGoneFromProject,

  async find({ api }, { projectId }) {
    const found = await api.customerKeys.find(projectId);
    const mark = found && findOwnershipTag(found);
    return mark ? [{ id: { projectId }, ownershipTag: mark }] : [];
  },

  /** The API writes over a key that is there: so it is looked at just before. */
  async create(neon, wanted, mark) {
    const { projectId } = wanted;
    const held = await neon.api.customerKeys.find(projectId);
    if (held) {
      const theirs = findOwnershipTag(held);
      if (!theirs) throw new NameConflictError("PAL_NAME_HELD", projectId, KIND);
      throw new PalisadeError("PAL_CONFLICT", `project ${projectId} has a key of its own, by ${theirs.managedBy}`);
    }
    const taken = await neon.api.customerKeys.put(projectId, toRequest(wanted, mark));
    if (taken.state === "active") return { id: { projectId }, seen: fromWire(taken, wanted) };
    return { id: { projectId }, settle: () => waitForRewrap(neon, projectId, taken).then(() => undefined) };
  },

  /** A key that could not be used is tried again, until the program gives it up. */
  isDue: ({ state, release }) => state !== undefined && state !== "active" && release !== true,

  async update(neon, { projectId }, wanted, changed, { ownershipTag: mark, outputs: { state } }) {
    const isAsked = SETTINGS.some((name) => changed.has(name));
    if (!isAsked && (state === "active" || wanted.release)) return undefined;
    const taken = await neon.api.customerKeys.put(projectId, toRequest(wanted, mark));
    return fromWire(await waitForRewrap(neon, projectId, taken), wanted);
  },

  async remove(neon, { projectId }, { release }) {
    const { api } = neon;
    const going = await api.customerKeys.delete(projectId, { release: release === true });
    const left = await api.customerKeys.waitForRewrap(projectId, going, createProgressListener(neon, projectId));
    if (left) throw createUnusableError(left);
  },
});

/** Waits until everything is under the key. @throws PAL_CMK_UNUSABLE when the plane cannot use it, or the one before, any more */
async function waitForRewrap(neon: NeonContext, projectId: string, taken: CustomerManagedKey): Promise<CustomerManagedKey> {
  const after = await neon.api.customerKeys.waitForRewrap(projectId, taken, createProgressListener(neon, projectId));
  if (after === undefined) throw new PalisadeError("PAL_GONE", `${KIND} ${projectId} was deleted outside of Pulumi`);
  assertUsable(after);
  return after;
}

function assertUsable(key: CustomerManagedKey): void {
  if (key.state === "unavailable" || key.state === "revoked") throw createUnusableError(key);
}

const createUnusableError = ({ project_id: projectId, state, reason, key_version: version }: CustomerManagedKey) =>
  new PalisadeError("PAL_CMK_UNUSABLE", `${KIND} ${projectId} is ${state}: ${reason ?? `the plane cannot use ${version}`}`);

function createProgressListener({ onProgress: progress }: NeonContext, projectId: string): (done: number, all: number) => void {
  let last = -1;
  return (done, all) => {
    if (done === last || all === 0) return;
    last = done;
    progress?.(`${KIND} ${projectId}: ${done} of ${all} keys are rewrapped`);
  };
}
