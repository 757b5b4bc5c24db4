import { findRotationPolicy, setRotationPolicy } from "../../client/keyVault.js";
import { defineResource } from "../shared/context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromAzure, getHost, buildVaultUrl } from "./wire.js";

export const keyVaultRotationPolicy = defineResource({
  kind: "KeyVaultRotationPolicy",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{vaultHost}/{keyName}",
  // Its removal takes nothing away.
  declares: { object: false, settings: () => [] },
  follows: { create: [], remove: [] },

  async observe(_, id) {
    const found = await findRotationPolicy(buildVaultUrl(id.vaultHost), id.keyName);
    return found && fromAzure(id, found);
  },

  async proveGone() {
    // The vault itself has said that it has no such key.
  },

  /** Nothing is made: the engine sees what differs and sends it. */
  create: (_, { vaultUrl, keyName }) => Promise.resolve({ id: { vaultHost: getHost(vaultUrl), keyName } }),

  async update(_, id, { rotateAfterDays, expireAfterDays }) {
    return fromAzure(id, await setRotationPolicy(buildVaultUrl(id.vaultHost), id.keyName, { rotateAfterDays, expireAfterDays }));
  },

  async remove() {
    // The policy outlives the declaration: a key that is rotated stays rotated.
  },
});
