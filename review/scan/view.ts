import {
  branchReach,
  type BranchFacts,
  type ComputeFacts,
  dataReach,
  latentReach,
  type ProjectFacts,
  type Reach,
} from "../../contract/reachability.js";
import { type AddressSet, allowedBy } from "../../contract/ranges.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import type { ProjectFacts as Live } from "../../contract/wire/project.js";
import type { ReadProject } from "./inventory.js";

export interface BranchView {
  readonly branch: Branch;
  readonly facts: BranchFacts;
  /** undefined where the computes could not be read. */
  readonly reach: Reach | undefined;
  readonly latent: Reach;
  readonly dataReach: Reach | undefined;
}

/** A project as reachability sees it. */
export interface ProjectView extends ReadProject {
  readonly facts: ProjectFacts;
  /** Whether `private` of each reach is the whole truth: what could not be read may admit more. */
  readonly privateKnown: boolean;
  /** undefined where they could not be read. */
  readonly views: readonly BranchView[] | undefined;
}

export function viewOf(read: ReadProject): ProjectView {
  const { branches, origins, computes, assigned, restricted } = read;
  const facts = projectFacts(read);
  const pairs = branches?.map((branch) => ({ branch, facts: factsOf(branch, origins) }));
  const all = pairs?.map((pair) => pair.facts) ?? [];
  const running = computes?.map(computeFacts);
  const copied = new Set(all.map(({ schemaOnly, parentId }) => (schemaOnly ? undefined : parentId)));
  const views = pairs?.map((pair): BranchView => {
    const reach = running && branchReach(facts, pair.facts, running);
    // Most branches have no copy, and each look at all of them costs as much as there are.
    const rows = running && copied.has(pair.facts.id) ? dataReach(facts, pair.facts, all, running) : reach;
    return { ...pair, reach, latent: latentReach(facts, pair.facts), dataReach: rows };
  });
  const privateKnown = restricted !== undefined && (assigned !== undefined || restricted.length > 0);
  return { ...read, facts, privateKnown, views: views?.sort(byName) };
}

/** What is read of a project, as reachability sees it. */
export function projectFacts({
  project,
  assigned,
  restricted,
}: Pick<ReadProject, "assigned" | "restricted"> & { project: Live }): ProjectFacts {
  const { allowed_ips, block_public_connections, block_vpc_connections } = project.settings ?? {};
  return {
    ips: allowed_ips?.ips ?? [],
    protectedBranchesOnly: allowed_ips?.protected_branches_only ?? false,
    blockPublicConnections: block_public_connections ?? false,
    blockVpcConnections: block_vpc_connections ?? false,
    vpcRestrictions: restricted ?? [],
    assignedVpcEndpoints: assigned ?? [],
  };
}

export const computeFacts = ({ id, branch_id, disabled }: Endpoint): ComputeFacts => ({ id, branchId: branch_id, disabled });

/** A branch made of a snapshot has no parent, and carries rows all the same. */
export const factsOf = (
  { id, parent_id, protected: isProtected, init_source }: Branch,
  origins: ReadonlyMap<string, string>,
): BranchFacts => {
  const parentId = parent_id ?? origins.get(id);
  return { id, protected: isProtected, schemaOnly: init_source === "schema-only", ...(parentId !== undefined && { parentId }) };
};

const byName = ({ branch: a }: BranchView, { branch: b }: BranchView): number =>
  Number(b.default) - Number(a.default) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const FAMILIES: readonly AddressSet[] = ["0.0.0.0/0", "::/0"].map((range) => allowedBy([range]).set);

/** Every address of a family: however it is spelled, that is the whole internet. */
export const isEveryone = (set: AddressSet): boolean => FAMILIES.some((family) => set.contains(family));
