import { z } from "zod";
import { omitUndefined } from "@palisade/neon/contract/values";
import { CustomerManagedKeyRequest, CustomerManagedKeyResponse, ExternalIdResponse } from "@palisade/neon/contract/wire/customerManagedKey";
import {
  toKeyRefusal,
  isWrappedBy,
  parseNamedKey,
  formatKeyReference,
  getRevocationRules,
  toCustomerManagedKey,
} from "../domain/customerKeys.js";
import { Refusal } from "../domain/refusals.js";
import { omit } from "../domain/values.js";
import { createHealth } from "../encryption/revocation.js";
import { createCanary, toStored } from "../services/customerKeys/canary.js";
import type { NamedKey, StoredCustomerKey } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { PlaneKeys } from "../planeContext.js";
import { flag } from "./paging.js";
import { AfterCommit, defineRoute } from "./route.js";

const OF_PROJECT = "/x-palisade/projects/:project_id/customer_managed_key";
const EXTENSION = "An extension of the embedded plane: Neon's API has no such call.";

/** Palisade extension: the customer-managed key of a project's sealed data. */
export const customerKeyRoutes = [
  defineRoute({
    method: "GET",
    path: OF_PROJECT,
    description: `${EXTENSION} The key of the project and its state.`,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: CustomerManagedKeyResponse },
    handle({ tx, clock, keys, project }) {
      const key = getCustomerKey(tx, project.id);
      return { customer_managed_key: toCustomerManagedKey(key, keys.countObjects(key), clock.now()) };
    },
  }),
  defineRoute({
    method: "PUT",
    path: OF_PROJECT,
    description: `${EXTENSION} Puts the project under the key, which is tried at once: by a key that it makes and opens. Erasure keys that are under another one are moved after the answer; until then that one goes on opening them.`,
    who: "project",
    least: "administrator",
    effect: "mutation",
    body: CustomerManagedKeyRequest,
    answers: { 200: CustomerManagedKeyResponse },
    async prepare({ keys: { keyStore }, project, organization, body }) {
      const named = parseNamedKey(body);
      const takesOver = keyStore.keyring.list({ project: project.id }).some(({ wrapped }) => !isWrappedBy(wrapped, named));
      try {
        const provider = keyStore.providers.getProvider({ ...named, org_id: organization.id });
        return { named, canary: await createCanary(provider, organization.id, project.id, takesOver ? keyStore.local : undefined) };
      } catch (error) {
        throw toKeyRefusal(error);
      }
    },
    handle({ tx, clock, keys, project, organization, body, prepared: { named, canary } }) {
      const before = tx.get("customer_managed_key", project.id);
      const { on_revoked, rewrap_after_rotation, annotations } = body;
      const settings = { ...named, on_revoked, rewrap_after_rotation, ...omitUndefined({ annotations }) };
      const [at, now] = [clock.tick(), clock.now()];
      const health = createHealth(now, getRevocationRules(body), Math.random());
      const key: StoredCustomerKey = {
        project_id: project.id,
        org_id: organization.id,
        ...settings,
        key_version: canary.keyId,
        former: listFormerKeys(before, named),
        moving: false,
        health,
        next_at: new Date(health.nextAt).toISOString(),
        last_checked_at: new Date(now).toISOString(),
        created_at: before?.created_at ?? at,
        updated_at: at,
      };
      const counts = keys.countObjects(key);
      const next = { ...key, moving: counts.erasure_keys_to_rewrap > 0 };
      tx.put("customer_managed_key", next, { canary: toStored(canary) });
      const customer_managed_key = toCustomerManagedKey(next, counts, now);
      return answerAfterMove(keys, project.id, () => ({ customer_managed_key }));
    },
  }),
  defineRoute({
    method: "DELETE",
    path: OF_PROJECT,
    description: `${EXTENSION} Puts the project's erasure keys under the plane's local key; then the project has no key of its own any more. Refused while the key cannot be used, but with release=true, which gives up what it does not open.`,
    who: "project",
    least: "administrator",
    effect: "mutation",
    query: z.object({ release: flag }),
    answers: { 200: CustomerManagedKeyResponse },
    prepare: ({ keys, project, query }) => decideRemovalMode(keys, project.id, query.release === "true"),
    handle({ tx, clock, keys, project, prepared: removing }) {
      const key = { ...omit(getCustomerKey(tx, project.id), "move_problem"), removing, updated_at: clock.tick() };
      tx.put("customer_managed_key", key);
      const counts = keys.countObjects(key);
      const customer_managed_key = toCustomerManagedKey(key, counts, clock.now());
      return answerAfterMove(
        keys,
        project.id,
        (released) => ({ customer_managed_key, ...(removing === "release" && { released_erasure_keys: released }) }),
        removing === "release" || counts.erasure_keys_to_rewrap === 0,
      );
    },
  }),
  defineRoute({
    method: "GET",
    path: "/x-palisade/organizations/:org_id/external_id",
    description: `${EXTENSION} What the trust policy of a role must demand as sts:ExternalId, so that the plane assumes it for this organisation alone.`,
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: ExternalIdResponse },
    handle: ({ keys, organization }) => ({ external_id: keys.keyStore.providers.computeExternalId(organization.id) }),
  }),
];

function getCustomerKey(tx: Tx, projectId: string): StoredCustomerKey {
  const key = tx.get("customer_managed_key", projectId);
  if (!key) throw new Refusal("customerKeyNotFound");
  return key;
}

/** What may still be needed to open what is not moved yet. The same key by another role is the same key. */
function listFormerKeys(before: StoredCustomerKey | undefined, named: NamedKey): NamedKey[] {
  if (before === undefined) return [];
  const { aws_kms, azure_key_vault, former } = before;
  const seen = new Set([formatKeyReference(named)]);
  return [omitUndefined({ aws_kms, azure_key_vault }), ...former].filter((one) => {
    const reference = formatKeyReference(one);
    if (seen.has(reference)) return false;
    seen.add(reference);
    return true;
  });
}

/** Starts the rewrap after the commit, and waits for its end where the answer reports it. */
const answerAfterMove = (keys: PlaneKeys, projectId: string, answer: (released: number) => object, waits = false): AfterCommit =>
  new AfterCommit(async () => {
    if (waits) return answer(await keys.maintenance.rewrapProject(projectId));
    keys.maintenance.startRewrap(projectId);
    return answer(0);
  });

/** @throws Refusal customerKeyHolds where data would be lost without release */
async function decideRemovalMode({ keyStore, checks }: PlaneKeys, projectId: string, isReleased: boolean): Promise<"rewrap" | "release"> {
  const found = await checks.checkAndFind(projectId);
  if (found === undefined) throw new Refusal("customerKeyNotFound");
  const count = keyStore.keyring.list({ project: projectId }).filter(({ wrapped }) => wrapped.service !== "localKms").length;
  if (found.problem === undefined || count === 0) return "rewrap";
  if (!isReleased) throw new Refusal("customerKeyHolds", { reason: found.problem, count });
  return "release";
}
