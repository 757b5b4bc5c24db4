import { join } from "node:path";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import type { Sealing } from "./computes/clusterStorage.js";
import { createSealPolicy } from "./computes/sealPolicy.js";
import type { KeyContext } from "@palisade/neon/encryption/sealContext";
import type { KeyStore } from "./encryption/keyStore.js";
import type { Store } from "./store/store.js";

/** Below the data directory; closed to all but its owner. */
export const SEALED_FOLDER = "sealed";

/**
 * What of the plane is sealed while no compute uses it: with `all` everything, with `keyed` the data of projects that have a key of their own.
 * What was sealed stays so until its compute starts.
 */
export function buildSealing({ dataDirectory, seal, log }: PlaneOptions, store: Store, { erasureKeys, providers }: KeyStore): Sealing {
  const isKeyed = (project: string): boolean => {
    const organization = store.transact((tx) => tx.get("project", project))?.org_id ?? "";
    const context: KeyContext = { organization, project, branch: "", purpose: "erasureKey" };
    try {
      return providers.getCurrentProvider(context).service !== "localKms";
    } catch {
      // There is one, which may not be used.
      return true;
    }
  };
  const policy = createSealPolicy(store, (project) => seal === "all" || isKeyed(project));
  return { folder: join(dataDirectory, SEALED_FOLDER), keys: erasureKeys, policy, log };
}

/** Calls back when a project gets a key of its own that had none: what rests of it is to be sealed from then on. */
export function watchKeyedProjects(store: Store, work: () => void): void {
  const keyed = new Set(store.transact((tx) => tx.list("customer_managed_key")).map(({ project_id }) => project_id));
  store.watch((kind, id) => {
    if (kind !== "customer_managed_key") return;
    const hasKey = store.transact((tx) => tx.get("customer_managed_key", id)) !== undefined;
    if (!hasKey) keyed.delete(id);
    else if (!keyed.has(id)) {
      keyed.add(id);
      work();
    }
  });
}
