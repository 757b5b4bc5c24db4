import {
  computeBranchReach,
  type BranchFacts,
  type ComputeFacts,
  computeDataReach,
  computeLatentReach,
  type ProjectFacts,
  type Reach,
} from "../../contract/reachability.js";
import type { Admin } from "../reliability/admin.js";

/** Who can reach what, from the live objects alone. */

/** A live branch. */
export interface ObservedBranch {
  readonly projectId: string;
  readonly branchId: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly protected: boolean;
  readonly reach: Reach;
  readonly latent: Reach;
  readonly data: Reach;
}

/** By branch id. */
export type ObservedBranches = ReadonlyMap<string, ObservedBranch>;

interface LiveProject {
  readonly id: string;
  readonly region_id: string;
  readonly settings?: {
    readonly allowed_ips?: { readonly ips?: readonly string[]; readonly protected_branches_only?: boolean };
    readonly block_public_connections?: boolean;
    readonly block_vpc_connections?: boolean;
  };
}
interface LiveBranch {
  readonly id: string;
  readonly name: string;
  readonly default: boolean;
  readonly protected: boolean;
  readonly parent_id?: string;
  readonly init_source?: string;
}
interface LiveCompute {
  readonly id: string;
  readonly branch_id: string;
  readonly disabled: boolean;
}
interface LiveEndpoint {
  readonly vpc_endpoint_id: string;
  readonly region_id: string;
}

/** What a project holds. */
interface ProjectContents {
  readonly branches: readonly LiveBranch[];
  readonly computes: readonly LiveCompute[];
  readonly restrictions: readonly LiveEndpoint[];
}

/** Looks at an organisation again and again, and reads only what calls may have changed since. */
export class Observer {
  private readonly contents = new Map<string, ProjectContents>();
  private assigned: readonly LiveEndpoint[] | undefined;

  constructor(
    private readonly admin: Admin,
    private readonly orgId: string,
  ) {}

  /** A call that may change something has been made. */
  invalidate(path: string): void {
    const [, kind, id] = path.split("/");
    if (kind === "projects" && id !== undefined) this.contents.delete(id);
    if (kind === "organizations") this.assigned = undefined;
  }

  /** Every branch of the organisation's projects. */
  async observe(): Promise<ObservedBranches> {
    const { projects } = (await this.admin.callOrThrow("GET", `/projects?org_id=${this.orgId}&limit=400`)) as unknown as {
      projects: LiveProject[];
    };
    this.assigned ??= await this.list<LiveEndpoint>(`/organizations/${this.orgId}/vpc/vpc_endpoints`, "endpoints");
    const observedBranches: [string, ObservedBranch][] = [];
    for (const project of projects) {
      const contents = this.contents.get(project.id) ?? (await this.readProject(project.id));
      this.contents.set(project.id, contents);
      observedBranches.push(
        ...buildObservedBranches(project, contents, this.assigned).map(
          (observed) => [observed.branchId, observed] as [string, ObservedBranch],
        ),
      );
    }
    return new Map(observedBranches);
  }

  private async readProject(id: string): Promise<ProjectContents> {
    const [branches, computes, restrictions] = await Promise.all([
      this.list<LiveBranch>(`/projects/${id}/branches`, "branches"),
      this.list<LiveCompute>(`/projects/${id}/endpoints`, "endpoints"),
      this.list<LiveEndpoint>(`/projects/${id}/vpc_endpoints`, "endpoints"),
    ]);
    return { branches, computes, restrictions };
  }

  private async list<T>(path: string, name: string): Promise<readonly T[]> {
    return (await this.admin.callOrThrow("GET", path))[name] as readonly T[];
  }
}

function buildObservedBranches(
  project: LiveProject,
  { branches, computes, restrictions }: ProjectContents,
  assigned: readonly LiveEndpoint[],
): ObservedBranch[] {
  const facts = toProjectFacts(project, restrictions, assigned);
  const all = branches.map(toBranchFacts);
  const running = computes.map(({ id, branch_id, disabled }): ComputeFacts => ({ id, branchId: branch_id, disabled }));
  return branches.map((branch) => {
    const own = all.find(({ id }) => id === branch.id) as BranchFacts;
    return {
      projectId: project.id,
      branchId: branch.id,
      name: branch.name,
      isDefault: branch.default,
      protected: branch.protected,
      reach: computeBranchReach(facts, own, running),
      latent: computeLatentReach(facts, own),
      data: computeDataReach(facts, own, all, running),
    };
  });
}

const toProjectFacts = (
  { region_id, settings: { allowed_ips, block_public_connections, block_vpc_connections } = {} }: LiveProject,
  restrictions: readonly LiveEndpoint[],
  assigned: readonly LiveEndpoint[],
): ProjectFacts => ({
  ips: allowed_ips?.ips ?? [],
  protectedBranchesOnly: allowed_ips?.protected_branches_only ?? false,
  blockPublicConnections: block_public_connections ?? false,
  blockVpcConnections: block_vpc_connections ?? false,
  vpcRestrictions: restrictions.map(({ vpc_endpoint_id }) => vpc_endpoint_id),
  // Whatever its state: what is not accepted yet connects as soon as it is, without any update.
  assignedVpcEndpoints: assigned.filter((endpoint) => endpoint.region_id === region_id).map(({ vpc_endpoint_id }) => vpc_endpoint_id),
});

const toBranchFacts = ({ id, protected: isProtected, parent_id, init_source }: LiveBranch): BranchFacts => ({
  id,
  protected: isProtected,
  schemaOnly: init_source === "schema-only",
  ...(parent_id !== undefined && { parentId: parent_id }),
});
