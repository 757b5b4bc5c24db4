import type { ProjectFacts } from "@palisade/neon/contract/reachability";
import type { VpcEndpoint } from "@palisade/neon/contract/wire/vpcEndpoint";
import { saltsOf } from "../services/roles.js";
import type { StoredProject } from "../store/kinds.js";
import type { Store, Tx } from "../store/store.js";
import type { EndpointRules } from "./backend.js";
import { type ProjectRules, projectRules, rulesOf } from "./rules.js";

/** Projects whose lists are kept ready; the one unused for longest is read again. */
export const MAX_PROJECTS = 1_000;

/** The rules of computes as the store has them now. A change of a list holds from its commit on, and nothing of a list is read for a connection. */
export class StoredRules {
  /** The most recently used last. */
  private readonly projects = new Map<string, ProjectRules>();

  constructor(private readonly store: Store) {
    store.watch((kind, id) => {
      if (kind === "project") this.projects.delete(id);
      if (kind === "vpc_restriction") this.projects.delete(id.split("/")[0] ?? "");
      // Every project of the organisation in the region.
      if (kind === "vpc_endpoint") this.projects.clear();
    });
  }

  /** `undefined` when there is no such compute. */
  of(endpointId: string): EndpointRules | undefined {
    return this.store.transaction((tx) => {
      const compute = tx.get("endpoint", endpointId);
      const branch = compute && tx.get("branch", compute.branch_id);
      if (!compute || !branch || branch.recovery) return undefined;
      const project = this.projects.get(branch.project_id) ?? read(tx, branch.project_id);
      if (!project) return undefined;
      this.keep(project);
      const rules = rulesOf(project, branch, { id: endpointId, branchId: branch.id, disabled: compute.disabled });
      return { ...rules, salts: saltsOf(tx, branch.id) };
    });
  }

  get size(): number {
    return this.projects.size;
  }

  private keep(project: ProjectRules): void {
    this.projects.delete(project.id);
    this.projects.set(project.id, project);
    const [oldest] = this.projects.keys();
    if (this.projects.size > MAX_PROJECTS && oldest !== undefined) this.projects.delete(oldest);
  }
}

function read(tx: Tx, projectId: string): ProjectRules | undefined {
  const project = tx.get("project", projectId);
  return project && project.deleted_at === undefined ? projectRules(project.id, factsOf(tx, project)) : undefined;
}

function factsOf(tx: Tx, { id, org_id, region_id, settings }: StoredProject): ProjectFacts {
  const idsOf = (endpoints: readonly VpcEndpoint[]) => endpoints.map(({ vpc_endpoint_id }) => vpc_endpoint_id);
  return {
    ips: settings?.allowed_ips?.ips ?? [],
    protectedBranchesOnly: settings?.allowed_ips?.protected_branches_only ?? false,
    blockPublicConnections: settings?.block_public_connections ?? false,
    blockVpcConnections: settings?.block_vpc_connections ?? false,
    vpcRestrictions: idsOf(tx.list("vpc_restriction", { where: { project: id } })),
    assignedVpcEndpoints: idsOf(tx.list("vpc_endpoint", { where: { org: org_id ?? "", region: region_id } })),
  };
}
