import type { Branch } from "@palisade/neon/contract/wire/branch";
import { Refusal } from "../domain/refusals.js";
import type { Tx } from "../store/store.js";

/** Names are unique in a project, and its plan limits how many branches there are. */

export function assertBranchNameFree(tx: Tx, { id, project_id, name }: Branch): void {
  const namesake = tx.findFirst("branch", { where: { project: project_id, name }, order: "name" });
  if (namesake && namesake.id !== id) throw new Refusal("branchExists");
}

export function countBranches(tx: Tx, projectId: string) {
  const where = { project: projectId };
  return {
    branches: tx.count("branch", { where }),
    roots: tx.count("branch", { where: { ...where, root: true } }),
    protected: tx.count("branch", { where: { ...where, protected: true } }),
  };
}
