import { randomBytes } from "node:crypto";
import { REGIONS } from "../../contract/regions.js";
import { type Admin, createAdmin } from "../reliability/admin.js";
import type { Access } from "../reliability/providerProcess.js";
import { type Output, type ReachKind, REGION } from "./program.js";
import type { TextContext } from "./programText.js";

/** VPC endpoints, by number: somebody else may have assigned the first ones, a program may assign the others. */
export const UNDECLARED_ENDPOINTS = 2;
export const OWN_ENDPOINTS = 2;

/** What the organisation has although the stack does not declare it. */
export interface UndeclaredObjects {
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
export interface RecordedObject {
  readonly kind: ReachKind;
  readonly name: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The environment of one case on a plane: undeclared objects, and the ids known so far. */
export class TrialEnvironment implements TextContext {
  readonly admin: Admin;
  private readonly unique = randomBytes(6).toString("hex");
  private readonly knownTexts = new Map<string, string>();

  constructor(
    readonly access: Access,
    private readonly undeclared: UndeclaredObjects,
    /** Cases that share an organisation lie in several regions, because a region takes few endpoints. */
    readonly region = REGION,
    /** Part of the ids of undeclared endpoints, which are the same for the cases of a region. */
    private readonly shared?: string,
  ) {
    this.admin = createAdmin(access);
  }

  getVpceId(index: number): string {
    const isShared = this.shared !== undefined && index < UNDECLARED_ENDPOINTS;
    return isShared ? `vpce-${this.shared}${REGIONS_OF_AWS.indexOf(this.region)}${index}` : `vpce-${this.unique}${index}`;
  }

  /** Whether the case speaks of the endpoint. */
  isOwnEndpoint(vpcEndpointId: string): boolean {
    return (
      vpcEndpointId.startsWith(`vpce-${this.unique}`) || this.undeclared.endpoints.some((index) => this.getVpceId(index) === vpcEndpointId)
    );
  }

  get outsideId(): string | undefined {
    return this.findLiteral({ of: OUTSIDE, output: "projectId" });
  }

  findLiteral({ of, output }: Output): string | undefined {
    return this.knownTexts.get(`${of}.${output}`);
  }

  /** @param hasOutside whether the case speaks of another stack's project */
  async prepare(hasOutside: boolean): Promise<void> {
    for (const index of this.undeclared.endpoints) await this.assign(index);
    if (!hasOutside) return;
    const { project, branch } = (await this.callAndWait("POST", "/projects", {
      project: {
        name: OUTSIDE,
        region_id: this.region,
        org_id: this.access.orgId,
        settings: { allowed_ips: { ips: ["192.0.2.0/24"], protected_branches_only: false } },
      },
    })) as { project: { id: string }; branch: { id: string } };
    this.knownTexts.set(`${OUTSIDE}.projectId`, project.id).set(`${OUTSIDE}.defaultBranchId`, branch.id);
    if (this.undeclared.outsideProtected)
      await this.callAndWait("PATCH", `/projects/${project.id}/branches/${branch.id}`, { branch: { protected: true } });
  }

  /** Records the ids that the state shows by now. */
  recordIds(recorded: Iterable<RecordedObject>): void {
    for (const { kind, name, id, outputs } of recorded) {
      if (kind === "Project")
        this.knownTexts.set(`${name}.projectId`, id).set(`${name}.defaultBranchId`, String(outputs["defaultBranchId"]));
      if (kind === "Branch") this.knownTexts.set(`${name}.branchId`, id.split("/")[1] ?? "");
      if (kind === "PrivateEndpoint") this.knownTexts.set(`${name}.vpcEndpointId`, String(outputs["vpcEndpointId"]));
    }
  }

  /** Creates the branches that the stack does not declare. */
  async addBranches(recorded: Iterable<RecordedObject>): Promise<void> {
    for (const [index, { project, protected: isProtected }] of this.undeclared.branches.entries()) {
      const id = [...recorded].find(({ kind, name }) => kind === "Project" && name === project)?.id;
      if (id === undefined) continue;
      await this.callAndWait("POST", `/projects/${id}/branches`, {
        branch: { name: `undeclared-${index}`, protected: isProtected },
        endpoints: [{ type: "read_write" }],
      });
    }
  }

  /** Removes every project of the organisation, and what was assigned to it. */
  async clear(): Promise<void> {
    const { orgId } = this.access;
    const { projects } = (await this.admin.callOrThrow("GET", `/projects?org_id=${orgId}&limit=400`)) as { projects: { id: string }[] };
    for (const { id } of projects) {
      const { branches } = (await this.admin.callOrThrow("GET", `/projects/${id}/branches`)) as {
        branches: { id: string; protected: boolean }[];
      };
      for (const branch of branches)
        if (branch.protected) await this.callAndWait("PATCH", `/projects/${id}/branches/${branch.id}`, { branch: { protected: false } });
      await this.admin.callOrThrow("DELETE", `/projects/${id}`);
    }
    const { endpoints } = (await this.admin.callOrThrow("GET", `/organizations/${orgId}/vpc/vpc_endpoints`)) as {
      endpoints: { region_id: string; vpc_endpoint_id: string }[];
    };
    for (const { region_id, vpc_endpoint_id: id } of endpoints)
      await this.admin.callOrThrow("DELETE", `/organizations/${orgId}/vpc/region/${region_id}/vpc_endpoints/${id}`);
  }

  private async assign(index: number): Promise<void> {
    const path = `/organizations/${this.access.orgId}/vpc/region/${this.region}/vpc_endpoints/${this.getVpceId(index)}`;
    await this.admin.callOrThrow("POST", path, { label: "somebody else's" });
  }

  private async callAndWait(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await this.admin.callOrThrow(method, path, body);
    for (const { id, project_id } of (answer["operations"] ?? []) as { id: string; project_id: string }[])
      for (;;) {
        const { operation } = (await this.admin.callOrThrow("GET", `/projects/${project_id}/operations/${id}`)) as {
          operation: { status: string };
        };
        if (operation.status === "finished") break;
        if (!["scheduling", "running"].includes(operation.status)) throw new Error(`an operation of the set-up is ${operation.status}`);
      }
    return answer;
  }
}
