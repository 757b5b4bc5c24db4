import { isSnapshotId } from "../store/kinds.js";
import type { Store } from "../store/store.js";
import type { SealPolicy } from "./clusterStorage.js";

/**
 * Branches and snapshots of the projects whose data is sealed. A snapshot is under the key of its branch, so that erasing the branch reaches it.
 * @param isSealed whether the data of a project is sealed while no compute uses it
 */
export const createSealPolicy =
  (store: Store, isSealed: (projectId: string) => boolean): SealPolicy =>
  (name) => {
    const found = findOwner(store, name);
    return found && isSealed(found.project) ? found : undefined;
  };

/** Whose branch a cluster is of, and as what it is sealed, whether it is or not; undefined for one that no document knows. */
export const findOwner = (store: Store, name: string): ReturnType<SealPolicy> =>
  store.transact((tx) => {
    const isSnapshot = isSnapshotId(name);
    const found = isSnapshot ? tx.get("snapshot", name) : tx.get("branch", name);
    const project = found && tx.get("project", found.project_id);
    if (!found || !project) return undefined;
    const branch = "source_branch_id" in found ? found.source_branch_id : name;
    return {
      organization: project.org_id ?? "",
      project: project.id,
      branch: branch ?? name,
      purpose: isSnapshot ? "snapshot" : "stopped",
    };
  });
