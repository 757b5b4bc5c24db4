import type { BranchFacts, ComputeFacts, ProjectFacts } from "../../contract/reachability.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import type { ProjectFacts as LiveProject } from "../../contract/wire/project.js";
import type { ReachabilityModel } from "./model.js";

/** What was read of a project; what is undefined could not be. */
export interface LiveFacts {
  readonly project: LiveProject;
  readonly branches: readonly Branch[] | undefined;
  /** Of branches that were made of snapshots: the branch whose rows they carry, by their own id. */
  readonly origins: ReadonlyMap<string, string>;
  readonly computes: readonly Endpoint[] | undefined;
  readonly assigned: readonly string[] | undefined;
  readonly restricted: readonly string[] | undefined;
}

/** The live objects as a model. What could not be read is left out: the reach of it is the reader's to leave unsaid. */
export const buildModel = ({ project, branches, origins, computes, assigned, restricted }: LiveFacts): ReachabilityModel => ({
  facts: toProjectFacts(project, assigned, restricted),
  branches: branches?.map((branch) => toBranchFacts(branch, origins)) ?? [],
  computes: computes?.map(toComputeFacts) ?? [],
});

function toProjectFacts(
  { settings }: LiveProject,
  assigned: readonly string[] | undefined,
  restricted: readonly string[] | undefined,
): ProjectFacts {
  const { allowed_ips, block_public_connections, block_vpc_connections } = settings ?? {};
  return {
    ips: allowed_ips?.ips ?? [],
    protectedBranchesOnly: allowed_ips?.protected_branches_only ?? false,
    blockPublicConnections: block_public_connections ?? false,
    blockVpcConnections: block_vpc_connections ?? false,
    vpcRestrictions: restricted ?? [],
    assignedVpcEndpoints: assigned ?? [],
  };
}

export const toComputeFacts = ({ id, branch_id, disabled }: Endpoint): ComputeFacts => ({ id, branchId: branch_id, disabled });

/** A branch made of a snapshot has no parent, and carries rows all the same. */
export function toBranchFacts(
  { id, parent_id, protected: isProtected, init_source }: Branch,
  origins: ReadonlyMap<string, string>,
): BranchFacts {
  const parentId = parent_id ?? origins.get(id);
  return { id, protected: isProtected, schemaOnly: init_source === "schema-only", ...(parentId !== undefined && { parentId }) };
}
