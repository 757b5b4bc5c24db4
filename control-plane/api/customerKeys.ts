import { z } from "zod";
import { CustomerManagedKeyRequest, CustomerManagedKeyResponse, ExternalIdResponse } from "@palisade/neon/contract/wire/customerManagedKey";
import { asRefusal, isUnder, mustNameOneKey, referenceOf, rulesOf, shownKey } from "../domain/customerKeys.js";
import { Refusal } from "../domain/refusals.js";
import { given, without } from "../domain/values.js";
import { newHealth } from "../encryption/revocation.js";
import { makeCanary, toStored } from "../services/customerKeys/canary.js";
import type { NamedKey, StoredCustomerKey } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { Keys } from "../world.js";
import { flag } from "./paging.js";
import { AfterCommit, route } from "./route.js";

const OF_PROJECT = "/x-palisade/projects/:project_id/customer_managed_key";
const EXTENSION = "An extension of the embedded plane: Neon's API has no such call.";

/** Our own: the key of its customer that a project's sealed data is under. */
export const customerKeyRoutes = [
  route({
    method: "GET",
    path: OF_PROJECT,
    description: `${EXTENSION} The key of the project, and how it is.`,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: CustomerManagedKeyResponse },
    handle({ tx, clock, keys, project }) {
      const key = keyOf(tx, project.id);
      return { customer_managed_key: shownKey(key, keys.countsOf(key), clock.now()) };
    },
  }),
  route({
    method: "PUT",
    path: OF_PROJECT,
    description: `${EXTENSION} Puts the project under the key, which is tried at once: by a key that it makes and opens. Erasure keys that are under another one are moved after the answer; until then that one goes on opening them.`,
    who: "project",
    least: "administrator",
    effect: "mutation",
    body: CustomerManagedKeyRequest,
    answers: { 200: CustomerManagedKeyResponse },
    async prepare({ keys: { vault }, project, organization, body }) {
      const named = mustNameOneKey(body);
      const takesOver = vault.keyring.list({ project: project.id }).some(({ wrapped }) => !isUnder(wrapped, named));
      try {
        const provider = vault.providers.named({ ...named, org_id: organization.id });
        return { named, canary: await makeCanary(provider, organization.id, project.id, takesOver ? vault.local : undefined) };
      } catch (error) {
        throw asRefusal(error);
      }
    },
    handle({ tx, clock, keys, project, organization, body, prepared: { named, canary } }) {
      const before = tx.get("customer_managed_key", project.id);
      const { on_revoked, rewrap_after_rotation, annotations } = body;
      const settings = { ...named, on_revoked, rewrap_after_rotation, ...given({ annotations }) };
      const [at, now] = [clock.tick(), clock.now()];
      const health = newHealth(now, rulesOf(body), Math.random());
      const key: StoredCustomerKey = {
        ...{ project_id: project.id, org_id: organization.id, ...settings, key_version: canary.keyId },
        ...{ former: formerOf(before, named), moving: false, health, next_at: new Date(health.nextAt).toISOString() },
        ...{ last_checked_at: new Date(now).toISOString(), created_at: before?.created_at ?? at, updated_at: at },
      };
      const counts = keys.countsOf(key);
      const next = { ...key, moving: counts.erasure_keys_to_rewrap > 0 };
      tx.put("customer_managed_key", next, { canary: toStored(canary) });
      const customer_managed_key = shownKey(next, counts, now);
      return answering(keys, project.id, () => ({ customer_managed_key }));
    },
  }),
  route({
    method: "DELETE",
    path: OF_PROJECT,
    description: `${EXTENSION} Puts the project's erasure keys under the plane's local key; then the project has no key of its own any more. Refused while the key cannot be used, but with release=true, which gives up what it does not open.`,
    who: "project",
    least: "administrator",
    effect: "mutation",
    query: z.object({ release: flag }),
    answers: { 200: CustomerManagedKeyResponse },
    prepare: ({ keys, project, query }) => howToRemove(keys, project.id, query.release === "true"),
    handle({ tx, clock, keys, project, prepared: removing }) {
      const key = { ...without(keyOf(tx, project.id), "move_problem"), removing, updated_at: clock.tick() };
      tx.put("customer_managed_key", key);
      const counts = keys.countsOf(key);
      const customer_managed_key = shownKey(key, counts, clock.now());
      return answering(
        keys,
        project.id,
        (released) => ({ customer_managed_key, ...(removing === "release" && { released_erasure_keys: released }) }),
        removing === "release" || counts.erasure_keys_to_rewrap === 0,
      );
    },
  }),
  route({
    method: "GET",
    path: "/x-palisade/organizations/:org_id/external_id",
    description: `${EXTENSION} What the trust policy of a role must demand as sts:ExternalId, so that the plane assumes it for this organisation alone.`,
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: ExternalIdResponse },
    handle: ({ keys, organization }) => ({ external_id: keys.vault.providers.externalId(organization.id) }),
  }),
];

function keyOf(tx: Tx, projectId: string): StoredCustomerKey {
  const key = tx.get("customer_managed_key", projectId);
  if (!key) throw new Refusal("customerKeyNotFound");
  return key;
}

/** What may still be needed to open what is not moved yet. The same key by another role is the same key. */
function formerOf(before: StoredCustomerKey | undefined, named: NamedKey): NamedKey[] {
  if (before === undefined) return [];
  const { aws_kms, azure_key_vault, former } = before;
  const seen = new Set([referenceOf(named)]);
  return [given({ aws_kms, azure_key_vault }), ...former].filter((one) => {
    const reference = referenceOf(one);
    if (seen.has(reference)) return false;
    seen.add(reference);
    return true;
  });
}

/** Begins the move after the commit, and waits for its end where that is told. */
const answering = (keys: Keys, projectId: string, answer: (released: number) => object, waits = false): AfterCommit =>
  new AfterCommit(async () => {
    if (waits) return answer(await keys.rounds.advance(projectId));
    keys.rounds.begin(projectId);
    return answer(0);
  });

/** @throws Refusal customerKeyHolds where something would be lost that nobody has given up */
async function howToRemove({ vault, looks }: Keys, projectId: string, isReleased: boolean): Promise<"rewrap" | "release"> {
  const found = await looks.lookAt(projectId);
  if (found === undefined) throw new Refusal("customerKeyNotFound");
  const count = vault.keyring.list({ project: projectId }).filter(({ wrapped }) => wrapped.service !== "localKms").length;
  if (found.problem === undefined || count === 0) return "rewrap";
  if (!isReleased) throw new Refusal("customerKeyHolds", { reason: found.problem, count });
  return "release";
}
