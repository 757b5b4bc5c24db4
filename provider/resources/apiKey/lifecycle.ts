import type { z } from "zod";
import { PalisadeError } from "../../../contract/errors.js";
import { defineResource, type NeonContext } from "../shared/context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromTaggedName, fromWire, toKeyOwner, PERSONAL, toTaggedName } from "./wire.js";

export const apiKey = defineResource({
  kind: "ApiKey",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{owner}/{keyId}",
  declares: "its object",
  follows: { create: [], remove: [] },
  secretOnlyAtCreate: true,

  async observe({ api }, { owner, keyId }, recorded) {
    const found = (await api.people.listKeys(toKeyOwner(owner))).find(({ id }) => String(id) === keyId);
    return found && fromWire(found, owner, recorded["managedBy"] as string);
  },

  /** The list of its owner's keys can be read, and does not hold it. */
  async proveGone({ api }, { owner }) {
    await api.people.listKeys(toKeyOwner(owner));
  },

  async find(neon, wanted, asks) {
    const owner = await resolveOwner(neon, wanted);
    return (await neon.api.people.listKeys(toKeyOwner(owner))).flatMap(({ id, name }) => {
      const { ownershipTag: mark } = fromTaggedName(name, asks);
      return mark ? [{ id: { owner, keyId: String(id) }, ownershipTag: mark }] : [];
    });
  },

  async create(neon, wanted, mark) {
    const owner = await resolveOwner(neon, wanted);
    const { id, key } = await neon.api.people.createKey(toTaggedName(wanted.name, mark), {
      ...toKeyOwner(owner),
      projectId: wanted.projectId,
    });
    return { id: { owner, keyId: String(id) }, createOnlyOutputs: { key } };
  },

  /** Every field replaces. */
  update: () => Promise.resolve(undefined),

  async remove({ api }, { owner, keyId }, { key }) {
    if (api.isOwnKey(key)) throw new PalisadeError("PAL_KEY_IN_USE", `key ${keyId}`);
    await api.people.revokeKey(Number(keyId), toKeyOwner(owner));
  },
});

/** Whose the key will be. Keys of organisations and projects are made and listed with a personal key only. */
async function resolveOwner({ api, orgId }: NeonContext, wanted: z.output<typeof inputs>): Promise<string> {
  if ((await api.getAuth()).auth_method === "api_key_org") throw new PalisadeError("PAL_PERSONAL_KEY", `key ${wanted.name}`);
  return wanted.scope === "personal" ? PERSONAL : (wanted.orgId ?? (await orgId()));
}
