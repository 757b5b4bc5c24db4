import { randomBytes } from "node:crypto";
import { REGIONS } from "../../contract/regions.js";
import { type Admin, adminOf } from "../reliability/admin.js";
import type { Access } from "../reliability/process.js";
import { type Output, type ReachKind, REGION } from "./program.js";
import type { Texts } from "./text.js";

/** VPC endpoints, by number: somebody else may have assigned the first ones, a program may assign the others. */
export const STRANGERS_ENDPOINTS = 2;
export const OWN_ENDPOINTS = 2;

/** What the organisation has although the stack does not declare it. */
export interface Strangers {
  /** Of those endpoints, the ones that somebody else has assigned. */
  readonly endpoints: readonly number[];
  /** Branches that somebody else has made of default branches, each with a compute. */
  readonly branches: readonly { readonly project: string; readonly protected: boolean }[];
  /** Whether the default branch of the other stack's project (`outside`) is protected. */
  readonly outsideProtected: boolean;
}

/** The name by which programs refer to the project of another stack. */
export const OUTSIDE = "outside";

export const REGIONS_OF_AWS: readonly string[] = REGIONS.filter(({ cloud }) => cloud === "aws").map(({ id }) => id);
/** What the state says of a resource. */
export interface Known {
  readonly kind: ReachKind;
  readonly name: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A place for one case on a plane: what others have there, and what is known of ids. */
export class World implements Texts {
  readonly admin: Admin;
  private readonly unique = randomBytes(6).toString("hex");
  private readonly learned = new Map<string, string>();

  constructor(
    readonly access: Access,
    private readonly strangers: Strangers,
    /** Cases that share an organisation lie in several regions, because a region takes few endpoints. */
    readonly region = REGION,
    /** Of the ids of the strangers' endpoints: those are the same for the cases of a region. */
    private readonly shared?: string,
  ) {
    this.admin = adminOf(access);
  }

  vpce(index: number): string {
    const isShared = this.shared !== undefined && index < STRANGERS_ENDPOINTS;
    return isShared ? `vpce-${this.shared}${REGIONS_OF_AWS.indexOf(this.region)}${index}` : `vpce-${this.unique}${index}`;
  }

  /** Whether the case speaks of the endpoint. */
  owns(vpcEndpointId: string): boolean {
    return vpcEndpointId.startsWith(`vpce-${this.unique}`) || this.strangers.endpoints.some((index) => this.vpce(index) === vpcEndpointId);
  }

  get outsideId(): string | undefined {
    return this.literal({ of: OUTSIDE, output: "projectId" });
  }

  literal({ of, output }: Output): string | undefined {
    return this.learned.get(`${of}.${output}`);
  }

  /** @param hasOutside whether the case speaks of another stack's project */
  async prepare(hasOutside: boolean): Promise<void> {
    for (const index of this.strangers.endpoints) await this.assign(index);
    if (!hasOutside) return;
    const { project, branch } = (await this.settled("POST", "/projects", {
      project: {
        ...{ name: OUTSIDE, region_id: this.region, org_id: this.access.orgId },
        settings: { allowed_ips: { ips: ["192.0.2.0/24"], protected_branches_only: false } },
      },
    })) as { project: { id: string }; branch: { id: string } };
    this.learned.set(`${OUTSIDE}.projectId`, project.id).set(`${OUTSIDE}.defaultBranchId`, branch.id);
    if (this.strangers.outsideProtected)
      await this.settled("PATCH", `/projects/${project.id}/branches/${branch.id}`, { branch: { protected: true } });
  }

  /** What a person could read off the state by now. */
  learn(recorded: Iterable<Known>): void {
    for (const { kind, name, id, outputs } of recorded) {
      if (kind === "Project") this.learned.set(`${name}.projectId`, id).set(`${name}.defaultBranchId`, String(outputs["defaultBranchId"]));
      if (kind === "Branch") this.learned.set(`${name}.branchId`, id.split("/")[1] ?? "");
      if (kind === "PrivateEndpoint") this.learned.set(`${name}.vpcEndpointId`, String(outputs["vpcEndpointId"]));
    }
  }

  /** Somebody else makes branches beside the stack's. */
  async addBranches(recorded: Iterable<Known>): Promise<void> {
    for (const [index, { project, protected: isProtected }] of this.strangers.branches.entries()) {
      const id = [...recorded].find(({ kind, name }) => kind === "Project" && name === project)?.id;
      if (id === undefined) continue;
      await this.settled("POST", `/projects/${id}/branches`, {
        branch: { name: `stranger-${index}`, protected: isProtected },
        endpoints: [{ type: "read_write" }],
      });
    }
  }

  /** Removes every project of the organisation, and what was assigned to it. */
  async clear(): Promise<void> {
    const { orgId } = this.access;
    const { projects } = (await this.admin.ok("GET", `/projects?org_id=${orgId}&limit=400`)) as { projects: { id: string }[] };
    for (const { id } of projects) {
      const { branches } = (await this.admin.ok("GET", `/projects/${id}/branches`)) as { branches: { id: string; protected: boolean }[] };
      for (const branch of branches)
        if (branch.protected) await this.settled("PATCH", `/projects/${id}/branches/${branch.id}`, { branch: { protected: false } });
      await this.admin.ok("DELETE", `/projects/${id}`);
    }
    const { endpoints } = (await this.admin.ok("GET", `/organizations/${orgId}/vpc/vpc_endpoints`)) as {
      endpoints: { region_id: string; vpc_endpoint_id: string }[];
    };
    for (const { region_id, vpc_endpoint_id: id } of endpoints)
      await this.admin.ok("DELETE", `/organizations/${orgId}/vpc/region/${region_id}/vpc_endpoints/${id}`);
  }

  private async assign(index: number): Promise<void> {
    const path = `/organizations/${this.access.orgId}/vpc/region/${this.region}/vpc_endpoints/${this.vpce(index)}`;
    await this.admin.ok("POST", path, { label: "somebody else's" });
  }

  private async settled(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await this.admin.ok(method, path, body);
    for (const { id, project_id } of (answer["operations"] ?? []) as { id: string; project_id: string }[])
      for (;;) {
        const { operation } = (await this.admin.ok("GET", `/projects/${project_id}/operations/${id}`)) as { operation: { status: string } };
        if (operation.status === "finished") break;
        if (!["scheduling", "running"].includes(operation.status)) throw new Error(`an operation of the set-up is ${operation.status}`);
      }
    return answer;
  }
}
