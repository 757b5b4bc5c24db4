import { buildTypeToken } from "../../contract/typeToken.js";
import { randomBytes, randomUUID } from "node:crypto";
import type { Properties, Resource } from "../../provider/engine/define.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { type Admin, createAdmin } from "./admin.js";
import { ObjectNames } from "./inventory.js";
import { MEMBERS, formatMemberEmail } from "./testPlane.js";
import { type Access, startProviderProcess } from "./providerProcess.js";
import { API_KINDS, CHANGED, buildHostProject, OTHER_VPCE, type SiteIds, REGION, STRONG, VPCE } from "./resourcePrograms.js";
import { createEmptyState, runUp } from "./pulumiUp.js";

/** `rename`: the program declares the same under another name, without an alias, so that it is created again before the old one is deleted. */
export type Phase = "create" | "update" | "rename" | "delete";

/** What has happened to the resource before. */
export const EARLIER_PHASES: Readonly<Record<Phase, readonly Phase[]>> = {
  create: [],
  update: ["create"],
  rename: ["create", "update"],
  delete: ["create", "update"],
};

/** Of the other kinds a second declaration is refused before anything is called: test/engine/programs. */
const RENAMEABLE: readonly Kind[] = [
  ...(["BranchProtection", "IpAllowlist", "IpAllowlistEntry"] as const),
  ...(["Project", "ComputeEndpoint", "ApiKey", "Snapshot", "AuditExport"] as const),
];

const listPhases = (kind: Kind): readonly Phase[] => {
  if (RENAMEABLE.includes(kind)) return ["create", "update", "rename", "delete"];
  // No call takes an invitation back.
  return kind === "OrganizationMember" ? ["create", "update"] : ["create", "update", "delete"];
};

/** The phases of a resource: the kind's own lifecycle, or, for a person, that of an existing member. */
export interface Scenario {
  title: string;
  kind: Kind;
  phases: readonly Phase[];
  member?: true;
}

export const SCENARIOS: readonly Scenario[] = [
  ...API_KINDS.map((kind) => ({ title: kind, kind, phases: listPhases(kind) })),
  { title: "OrganizationMember (adopted)", kind: "OrganizationMember", member: true, phases: ["create", "update", "delete"] },
];

/** A project or organisation for one resource, beside other objects that must not change. */
export interface Site {
  access: Access;
  admin: Admin;
  names: ObjectNames;
  stackId: string;
  place: SiteIds;
  /** The program that a phase runs; undefined: the resource is taken out of it. */
  program(phase: Phase): Properties | undefined;
  /** Removes everything that was made here. */
  clear(): Promise<void>;
}

/** A plane on which one site after another is made. */
export class SiteFactory {
  readonly admin: Admin;
  private nextMember = 0;
  private before: { keys: Set<string>; projects: Set<string> } | undefined;

  constructor(readonly access: Access) {
    this.admin = createAdmin(access);
  }

  async createSite({ kind, member }: Scenario): Promise<Site> {
    const { access, admin } = this;
    this.before ??= { keys: await this.listKeys(), projects: await this.listProjects() };
    const names = new ObjectNames();
    names.replacements.push([access.orgId, "<organisation>"]);
    const unique = randomBytes(6).toString("hex");
    const stackId = randomUUID();
    const managedBy = `urn:pulumi:dev::shop::${buildTypeToken(kind)}::${unique}`;
    const place = await this.createParents(kind);
    await this.createForeignObject(kind, place, managedBy);
    const email = member ? this.reserveMember() : kind === "ProjectPermission" ? formatMemberEmail(MEMBERS - 1) : undefined;
    const strong: Properties = { ...STRONG[kind](place), ...(email !== undefined && { email }), managedBy };
    for (const name of ["email", "vpcEndpointId"])
      if (typeof strong[name] === "string") names.replacements.push([strong[name], `<${name}>`]);
    const programs: Record<Phase, Properties | undefined> = {
      create: { ...strong, ...(member && { adopt: `${access.orgId}/${email ?? ""}` }) },
      update: { ...strong, ...CHANGED[kind] },
      // A setting is also another than the one that goes. A protected project would stay.
      rename: { ...strong, ...(kind === "Project" && CHANGED[kind]), managedBy: `${managedBy}-renamed` },
      delete: undefined,
    };
    return { access, admin, names, stackId, place, program: (phase) => programs[phase], clear: () => this.clear() };
  }

  /** Each once: a cell removes its member. */
  private reserveMember(): string {
    if (this.nextMember === MEMBERS - 1) throw new Error("no unused member of the plane is left");
    return formatMemberEmail(this.nextMember++);
  }

  /** A project with a second role, and two VPC endpoints of which one restricts it; nothing for what lives in the organisation. */
  private async createParents(kind: Kind): Promise<SiteIds> {
    const { orgId } = this.access;
    if (["Project", "PrivateEndpoint", "OrganizationMember", "AuditExport"].includes(kind)) return { orgId, projectId: "", branchId: "" };
    const state = createEmptyState();
    await runUp(startProviderProcess(this.access), "Project", state, { ...buildHostProject(kind), managedBy: `urn:host-${randomUUID()}` });
    const [projectId, branchId] = [state.current?.id ?? "", state.current?.outs["defaultBranchId"] as string];
    if (kind === "Database")
      await this.callAndWait("POST", `/projects/${projectId}/branches/${branchId}/roles`, { role: { name: "second_owner" } });
    if (kind === "VpcEndpointRestriction") {
      for (const id of [VPCE, OTHER_VPCE])
        await this.admin.callOrThrow("POST", `/organizations/${orgId}/vpc/region/${REGION}/vpc_endpoints/${id}`, { label: "" });
      await this.admin.callOrThrow("POST", `/projects/${projectId}/vpc_endpoints/${OTHER_VPCE}`, { label: "" });
    }
    return { orgId, projectId, branchId };
  }

  /** Where objects carry marks: one that another stack has made for the same URN. It must never be taken over. */
  private async createForeignObject(kind: Kind, place: SiteIds, managedBy: string): Promise<void> {
    const slice: Resource = catalogue[kind];
    if (!slice.find) return;
    // A project has one key.
    const elsewhere = kind === "CustomerManagedKey" ? await this.createParents(kind) : place;
    const program = { ...STRONG[kind](elsewhere), managedBy, ...(kind === "Branch" && { name: "stranger" }) };
    await runUp(startProviderProcess(this.access, { stackId: randomUUID() }), kind, createEmptyState(), program);
  }

  private async callAndWait(method: string, path: string, body: object): Promise<void> {
    const { operations = [] } = (await this.admin.callOrThrow(method, path, body)) as { operations?: { id: string; project_id: string }[] };
    for (const { id, project_id } of operations) await this.waitForOperation(project_id, id);
  }

  private async waitForOperation(projectId: string, id: string): Promise<void> {
    for (;;) {
      const { operation } = (await this.admin.callOrThrow("GET", `/projects/${projectId}/operations/${id}`)) as {
        operation: { status: string };
      };
      if (operation.status === "finished") return;
      if (!["scheduling", "running"].includes(operation.status)) throw new Error(`an operation of the set-up is ${operation.status}`);
    }
  }

  private async listKeys(): Promise<Set<string>> {
    const keys = (await this.admin.callOrThrow("GET", `/organizations/${this.access.orgId}/api_keys`)) as unknown as { id: number }[];
    return new Set(keys.map(({ id }) => String(id)));
  }

  private async listProjects(): Promise<Set<string>> {
    const { projects } = (await this.admin.callOrThrow("GET", `/projects?org_id=${this.access.orgId}&limit=400`)) as {
      projects: { id: string }[];
    };
    return new Set(projects.map(({ id }) => id));
  }

  private async clear(): Promise<void> {
    const { orgId } = this.access;
    for (const id of await this.listKeys())
      if (!this.before?.keys.has(id)) await this.admin.callOrThrow("DELETE", `/organizations/${orgId}/api_keys/${id}`);
    for (const id of await this.listProjects()) {
      if (this.before?.projects.has(id)) continue;
      const { branches } = (await this.admin.callOrThrow("GET", `/projects/${id}/branches`)) as {
        branches: { id: string; protected: boolean }[];
      };
      for (const branch of branches)
        if (branch.protected) await this.callAndWait("PATCH", `/projects/${id}/branches/${branch.id}`, { branch: { protected: false } });
      await this.admin.callOrThrow("DELETE", `/projects/${id}`);
    }
    const auditExports = `/x-palisade/organizations/${orgId}/audit_exports`;
    const { audit_exports } = (await this.admin.callOrThrow("GET", auditExports)) as { audit_exports: { id: string }[] };
    for (const { id } of audit_exports) await this.admin.callOrThrow("DELETE", `${auditExports}/${id}`);
    const { endpoints } = (await this.admin.callOrThrow("GET", `/organizations/${orgId}/vpc/vpc_endpoints`)) as {
      endpoints: { region_id: string; vpc_endpoint_id: string }[];
    };
    for (const { region_id, vpc_endpoint_id: id } of endpoints)
      if (id !== VPCE && id !== OTHER_VPCE)
        await this.admin.callOrThrow("DELETE", `/organizations/${orgId}/vpc/region/${region_id}/vpc_endpoints/${id}`);
  }
}
