import { join } from "node:path";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import type { Sealing } from "./computes/places.js";
import { sealPolicy } from "./computes/sealPolicy.js";
import type { KeyContext } from "./encryption/context.js";
import type { Vault } from "./encryption/vault.js";
import type { Store } from "./store/store.js";

/** Below the data directory; closed to all but its owner. */
export const SEALED_FOLDER = "sealed";

/**
 * What of the plane is sealed while no compute uses it: with `all` everything, with `keyed` the data of projects that have a key of their own.
 * What was sealed stays so until its compute starts.
 */
export function sealingOf({ dataDirectory, seal, log }: PlaneOptions, store: Store, { erasureKeys, providers }: Vault): Sealing {
  const isKeyed = (project: string): boolean => {
    const organization = store.transaction((tx) => tx.get("project", project))?.org_id ?? "";
    const context: KeyContext = { organization, project, branch: "", purpose: "erasureKey" };
    try {
      return providers.current(context).service !== "localKms";
    } catch {
      // There is one, which may not be used.
      return true;
    }
  };
  const policy = sealPolicy(store, (project) => seal === "all" || isKeyed(project));
  return { folder: join(dataDirectory, SEALED_FOLDER), keys: erasureKeys, policy, log };
}

/** Calls back when a project gets a key of its own that had none: what rests of it is to be sealed from then on. */
export function whenKeyed(store: Store, work: () => void): void {
  const keyed = new Set(store.transaction((tx) => tx.list("customer_managed_key")).map(({ project_id }) => project_id));
  store.watch((kind, id) => {
    if (kind !== "customer_managed_key") return;
    const hasKey = store.transaction((tx) => tx.get("customer_managed_key", id)) !== undefined;
    if (!hasKey) keyed.delete(id);
    else if (!keyed.has(id)) {
      keyed.add(id);
      work();
    }
  });
}
