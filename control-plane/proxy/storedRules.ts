import type { ProjectFacts } from "@palisade/neon/contract/reachability";
import type { VpcEndpoint } from "@palisade/neon/contract/wire/vpcEndpoint";
import { getSalts } from "../services/roles.js";
import { findDecisionTime, computeAcceptanceState } from "../domain/vpc.js";
import type { StoredProject, StoredVpcEndpoint } from "../store/kinds.js";
import type { Store, Tx } from "../store/store.js";
import type { EndpointRules, LinkedEndpoint } from "./backend.js";
import { type ProjectRules, buildProjectRules, buildEndpointRules } from "./rules.js";

/** Projects whose lists are kept ready; the one unused for longest is read again. */
export const MAX_PROJECTS = 1_000;

/** The rules of computes as the store has them now. A change of a list holds from its commit on, and nothing of a list is read for a connection. */
export class StoredRules {
  /** The most recently used last. */
  private readonly projects = new Map<string, CachedRules>();

  constructor(
    private readonly store: Store,
    private readonly timing: AcceptanceTiming,
  ) {
    store.watch((kind, id) => {
      if (kind === "project") this.projects.delete(id);
      if (kind === "vpc_restriction") this.projects.delete(id.split("/")[0] ?? "");
      // Every project of the organisation in the region.
      if (kind === "vpc_endpoint") this.projects.clear();
    });
  }

  /** `undefined` when there is no such compute. */
  findRules(endpointId: string): EndpointRules | undefined {
    return this.store.transact((tx) => {
      const compute = tx.get("endpoint", endpointId);
      const branch = compute && tx.get("branch", compute.branch_id);
      if (!compute || !branch || branch.recovery) return undefined;
      const kept = this.findFresh(branch.project_id) ?? this.readRules(tx, branch.project_id);
      if (!kept) return undefined;
      this.cacheRules(kept);
      const rules = buildEndpointRules(kept.rules, branch, { id: endpointId, branchId: branch.id, disabled: compute.disabled });
      return { ...rules, salts: getSalts(tx, branch.id) };
    });
  }

  get size(): number {
    return this.projects.size;
  }

  /** Of an endpoint that was accepted: before, and after a rejection, its link leads nowhere. */
  findLinkedEndpoint(linkId: number): LinkedEndpoint | undefined {
    const [endpoint] = this.store.transact((tx) => tx.list("vpc_endpoint", { where: { link: String(linkId) } }));
    if (!endpoint || !this.isAccepted(endpoint)) return undefined;
    return { id: endpoint.vpc_endpoint_id, owner: formatOwner(endpoint.org_id, endpoint.region_id) };
  }

  private isAccepted(endpoint: StoredVpcEndpoint): boolean {
    return computeAcceptanceState(endpoint, this.timing.now(), this.timing.operationTimeMs) === "accepted";
  }

  private findFresh(projectId: string): CachedRules | undefined {
    const kept = this.projects.get(projectId);
    return kept && this.timing.now() < kept.until ? kept : undefined;
  }

  private readRules(tx: Tx, projectId: string): CachedRules | undefined {
    const project = tx.get("project", projectId);
    if (!project || project.deleted_at !== undefined) return undefined;
    const endpoints = tx.list("vpc_endpoint", { where: { org: project.org_id ?? "", region: project.region_id } });
    const accepted = endpoints.filter((endpoint) => this.isAccepted(endpoint));
    const { now, operationTimeMs } = this.timing;
    const decisions = endpoints.map((endpoint) => findDecisionTime(endpoint, now(), operationTimeMs) ?? Infinity);
    return {
      rules: buildProjectRules(project.id, readFacts(tx, project, accepted), formatOwner(project.org_id ?? "", project.region_id)),
      until: Math.min(Infinity, ...decisions),
    };
  }

  private cacheRules(kept: CachedRules): void {
    this.projects.delete(kept.rules.id);
    this.projects.set(kept.rules.id, kept);
    const [oldest] = this.projects.keys();
    if (this.projects.size > MAX_PROJECTS && oldest !== undefined) this.projects.delete(oldest);
  }
}

interface CachedRules {
  readonly rules: ProjectRules;
  /** Milliseconds since 1970, without: then an endpoint is accepted, or not. */
  readonly until: number;
}

const formatOwner = (orgId: string, regionId: string): string => `${orgId}/${regionId}`;

/** What tells how far private endpoints are. */
interface AcceptanceTiming {
  readonly now: () => number;
  readonly operationTimeMs: number;
}

/** A restriction to an endpoint that is not accepted still closes: nobody comes through that one, and others stay out. */
function readFacts(tx: Tx, { id, settings }: StoredProject, accepted: readonly StoredVpcEndpoint[]): ProjectFacts {
  const idsOf = (endpoints: readonly VpcEndpoint[]) => endpoints.map(({ vpc_endpoint_id }) => vpc_endpoint_id);
  return {
    ips: settings?.allowed_ips?.ips ?? [],
    protectedBranchesOnly: settings?.allowed_ips?.protected_branches_only ?? false,
    blockPublicConnections: settings?.block_public_connections ?? false,
    blockVpcConnections: settings?.block_vpc_connections ?? false,
    vpcRestrictions: idsOf(tx.list("vpc_restriction", { where: { project: id } })),
    assignedVpcEndpoints: idsOf(accepted),
  };
}
