import type { z } from "zod";
import { PalisadeError } from "../../../contract/errors.js";
import { defineResource, type Neon } from "../context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromName, fromWire, ownerOf, PERSONAL, toName } from "./wire.js";

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
  toldOnce: true,

  async observe({ api }, { owner, keyId }, recorded) {
    const found = (await api.people.keys(ownerOf(owner))).find(({ id }) => String(id) === keyId);
    return found && fromWire(found, owner, recorded["managedBy"] as string);
  },

  /** The list of its owner's keys can be read, and does not hold it. */
  async proveGone({ api }, { owner }) {
    await api.people.keys(ownerOf(owner));
  },

  async find(neon, wanted, asks) {
    const owner = await wantedOwner(neon, wanted);
    return (await neon.api.people.keys(ownerOf(owner))).flatMap(({ id, name }) => {
      const { mark } = fromName(name, asks);
      return mark ? [{ id: { owner, keyId: String(id) }, mark }] : [];
    });
  },

  async create(neon, wanted, mark) {
    const owner = await wantedOwner(neon, wanted);
    const { id, key } = await neon.api.people.createKey(toName(wanted.name, mark), { ...ownerOf(owner), projectId: wanted.projectId });
    return { id: { owner, keyId: String(id) }, once: { key } };
  },

  /** Every field replaces. */
  update: () => Promise.resolve(undefined),

  async remove({ api }, { owner, keyId }, { key }) {
    if (api.uses(key)) throw new PalisadeError("PAL_KEY_IN_USE", `key ${keyId}`);
    await api.people.revokeKey(Number(keyId), ownerOf(owner));
  },
});

/** Whose the key will be. Keys of organisations and projects are made and listed with a personal key only. */
async function wantedOwner({ api, orgId }: Neon, wanted: z.output<typeof inputs>): Promise<string> {
  if ((await api.auth()).auth_method === "api_key_org") throw new PalisadeError("PAL_PERSONAL_KEY", `key ${wanted.name}`);
  return wanted.scope === "personal" ? PERSONAL : (wanted.orgId ?? (await orgId()));
}
