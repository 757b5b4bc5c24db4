import { typeTokenOf } from "../../contract/typeToken.js";
import { randomBytes, randomUUID } from "node:crypto";
import type { Bag, Resource } from "../../provider/engine/define.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { type Admin, adminOf } from "./admin.js";
import { Names } from "./census.js";
import { MEMBERS, memberEmail } from "./plane.js";
import { type Access, startProcess } from "./process.js";
import { API_KINDS, CHANGED, hostProject, OTHER_VPCE, type Place, REGION, STRONG, VPCE } from "./programs.js";
import { emptyState, up } from "./up.js";

/** `rename`: the program declares the same under another name, without an alias, so that it is made anew before the old one goes. */
export type Phase = "create" | "update" | "rename" | "delete";

/** What has happened to the resource before. */
export const EARLIER: Readonly<Record<Phase, readonly Phase[]>> = {
  ...{ create: [], update: ["create"], rename: ["create", "update"], delete: ["create", "update"] },
};

/** Of the other kinds a second declaration is refused before anything is called: test/engine/programs. */
const RENAMEABLE: readonly Kind[] = [
  ...(["BranchProtection", "IpAllowlist", "IpAllowlistEntry"] as const),
  ...(["Project", "ComputeEndpoint", "ApiKey", "Snapshot"] as const),
];

const phasesOf = (kind: Kind): readonly Phase[] => {
  if (RENAMEABLE.includes(kind)) return ["create", "update", "rename", "delete"];
  // No call takes an invitation back.
  return kind === "OrganizationMember" ? ["create", "update"] : ["create", "update", "delete"];
};

/** What is done to a resource: the kind's own life, or, for a person, the life of one who is a member already. */
export interface Scenario {
  title: string;
  kind: Kind;
  phases: readonly Phase[];
  member?: true;
}

export const SCENARIOS: readonly Scenario[] = [
  ...API_KINDS.map((kind) => ({ ...{ title: kind, kind }, phases: phasesOf(kind) })),
  { title: "OrganizationMember (adopted)", kind: "OrganizationMember", member: true, phases: ["create", "update", "delete"] },
];

/** A place for one resource, among others that are nobody's business. */
export interface Site {
  access: Access;
  admin: Admin;
  names: Names;
  stackId: string;
  place: Place;
  /** The program that a phase runs; undefined: the resource is taken out of it. */
  program(phase: Phase): Bag | undefined;
  /** Removes everything that was made here. */
  clear(): Promise<void>;
}

/** A plane on which one site after another is made. */
export class Lane {
  readonly admin: Admin;
  private nextMember = 0;
  private before: { keys: Set<string>; projects: Set<string> } | undefined;

  constructor(readonly access: Access) {
    this.admin = adminOf(access);
  }

  async site({ kind, member }: Scenario): Promise<Site> {
    const { access, admin } = this;
    this.before ??= { keys: await this.keys(), projects: await this.projects() };
    const names = new Names();
    names.replacements.push([access.orgId, "<organisation>"]);
    const unique = randomBytes(6).toString("hex");
    const stackId = randomUUID();
    const managedBy = `urn:pulumi:dev::shop::${typeTokenOf(kind)}::${unique}`;
    const place = await this.place(kind);
    await this.stranger(kind, place, managedBy);
    const email = member ? this.member() : kind === "ProjectPermission" ? memberEmail(MEMBERS - 1) : undefined;
    const strong: Bag = { ...STRONG[kind](place), ...(email !== undefined && { email }), managedBy };
    for (const name of ["email", "vpcEndpointId"])
      if (typeof strong[name] === "string") names.replacements.push([strong[name], `<${name}>`]);
    const programs: Record<Phase, Bag | undefined> = {
      create: { ...strong, ...(member && { adopt: `${access.orgId}/${email ?? ""}` }) },
      update: { ...strong, ...CHANGED[kind] },
      // A setting is also another than the one that goes. A protected project would stay.
      rename: { ...strong, ...(kind === "Project" && CHANGED[kind]), managedBy: `${managedBy}-renamed` },
      delete: undefined,
    };
    return { access, admin, names, stackId, place, program: (phase) => programs[phase], clear: () => this.clear() };
  }

  /** Each once: a cell removes its member. */
  private member(): string {
    if (this.nextMember === MEMBERS - 1) throw new Error("no member of the plane is left");
    return memberEmail(this.nextMember++);
  }

  /** A project with a second role, and two VPC endpoints of which one restricts it; nothing for what lives in the organisation. */
  private async place(kind: Kind): Promise<Place> {
    const { orgId } = this.access;
    if (["Project", "PrivateEndpoint", "OrganizationMember"].includes(kind)) return { orgId, projectId: "", branchId: "" };
    const state = emptyState();
    await up(startProcess(this.access), "Project", state, { ...hostProject(kind), managedBy: `urn:host-${randomUUID()}` });
    const [projectId, branchId] = [state.current?.id ?? "", state.current?.outs["defaultBranchId"] as string];
    if (kind === "Database")
      await this.settled("POST", `/projects/${projectId}/branches/${branchId}/roles`, { role: { name: "second_owner" } });
    if (kind === "VpcEndpointRestriction") {
      for (const id of [VPCE, OTHER_VPCE])
        await this.admin.ok("POST", `/organizations/${orgId}/vpc/region/${REGION}/vpc_endpoints/${id}`, { label: "" });
      await this.admin.ok("POST", `/projects/${projectId}/vpc_endpoints/${OTHER_VPCE}`, { label: "" });
    }
    return { orgId, projectId, branchId };
  }

  /** Where objects carry marks: one that another stack has made for the same URN. It must never be taken. */
  private async stranger(kind: Kind, place: Place, managedBy: string): Promise<void> {
    const slice: Resource = catalogue[kind];
    if (!slice.find) return;
    // A project has one key.
    const elsewhere = kind === "CustomerManagedKey" ? await this.place(kind) : place;
    const program = { ...STRONG[kind](elsewhere), managedBy, ...(kind === "Branch" && { name: "stranger" }) };
    await up(startProcess(this.access, { stackId: randomUUID() }), kind, emptyState(), program);
  }

  private async settled(method: string, path: string, body: object): Promise<void> {
    const { operations = [] } = (await this.admin.ok(method, path, body)) as { operations?: { id: string; project_id: string }[] };
    for (const { id, project_id } of operations) await this.operationEnds(project_id, id);
  }

  private async operationEnds(projectId: string, id: string): Promise<void> {
    for (;;) {
      const { operation } = (await this.admin.ok("GET", `/projects/${projectId}/operations/${id}`)) as { operation: { status: string } };
      if (operation.status === "finished") return;
      if (!["scheduling", "running"].includes(operation.status)) throw new Error(`an operation of the set-up is ${operation.status}`);
    }
  }

  private async keys(): Promise<Set<string>> {
    const keys = (await this.admin.ok("GET", `/organizations/${this.access.orgId}/api_keys`)) as unknown as { id: number }[];
    return new Set(keys.map(({ id }) => String(id)));
  }

  private async projects(): Promise<Set<string>> {
    const { projects } = (await this.admin.ok("GET", `/projects?org_id=${this.access.orgId}&limit=400`)) as { projects: { id: string }[] };
    return new Set(projects.map(({ id }) => id));
  }

  private async clear(): Promise<void> {
    const { orgId } = this.access;
    for (const id of await this.keys())
      if (!this.before?.keys.has(id)) await this.admin.ok("DELETE", `/organizations/${orgId}/api_keys/${id}`);
    for (const id of await this.projects()) {
      if (this.before?.projects.has(id)) continue;
      const { branches } = (await this.admin.ok("GET", `/projects/${id}/branches`)) as { branches: { id: string; protected: boolean }[] };
      for (const branch of branches)
        if (branch.protected) await this.settled("PATCH", `/projects/${id}/branches/${branch.id}`, { branch: { protected: false } });
      await this.admin.ok("DELETE", `/projects/${id}`);
    }
    const { endpoints } = (await this.admin.ok("GET", `/organizations/${orgId}/vpc/vpc_endpoints`)) as {
      endpoints: { region_id: string; vpc_endpoint_id: string }[];
    };
    for (const { region_id, vpc_endpoint_id: id } of endpoints)
      if (id !== VPCE && id !== OTHER_VPCE)
        await this.admin.ok("DELETE", `/organizations/${orgId}/vpc/region/${region_id}/vpc_endpoints/${id}`);
  }
}
