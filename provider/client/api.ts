import * as sdk from "@neon/sdk/raw";
import type { z } from "zod";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { AuthDetails, Organization, OrganizationsResponse } from "../../contract/wire/account.js";
import {
  BranchesPage,
  type BranchCreateRequest,
  BranchOperations,
  BranchResponse,
  type BranchUpdateRequest,
  CreatedBranch,
} from "../../contract/wire/branch.js";
import { ConnectionUriResponse } from "../../contract/wire/connection.js";
import {
  type DatabaseCreateRequest,
  DatabaseOperations,
  DatabasesResponse,
  type DatabaseUpdateRequest,
} from "../../contract/wire/database.js";
import {
  type EndpointCreateRequest,
  EndpointOperations,
  EndpointResponse,
  EndpointsResponse,
  type EndpointUpdateRequest,
} from "../../contract/wire/endpoint.js";
import { type AddJwksRequest, Jwks, JwksCreated, JwksList } from "../../contract/wire/jwks.js";
import {
  CreatedProject,
  type ProjectCreateRequest,
  type ProjectFacts,
  ProjectOperations,
  ProjectResponse,
  type ProjectSettings,
  ProjectsPage,
  type ProjectUpdateRequest,
} from "../../contract/wire/project.js";
import { type RoleCreateRequest, RoleOperations, RolePasswordResponse, RoleResponse, RolesResponse } from "../../contract/wire/role.js";
import { createAuditExportCalls } from "./auditExports.js";
import { catchNotFound, Calls } from "./calls.js";
import { createCustomerKeyCalls } from "./customerKeys.js";
import { createPeopleCalls } from "./people.js";
import { rewrite } from "./rewrite.js";
import { createSnapshotCalls } from "./snapshots.js";
import { createTemporaryAccessCalls } from "./temporaryAccess.js";
import { explainMissingApiPath } from "./transport.js";
import { createVpcCalls } from "./vpc.js";

/** Who asks for an empty allowlist: only the program's own word `anywhere` may. */
export interface OpenPermission {
  anywhere: boolean;
}

/** A branch that a call has made, with all that it holds: as true as a list of it. */
export interface NewBranch extends Pick<CreatedBranch, "branch" | "roles" | "databases"> {
  annotation: Record<string, string>;
  /** Made with its project, and the only one of it. */
  isOnly: boolean;
}

/** Largest pages the API gives. */
const PROJECTS_PAGE = 400;
const BRANCHES_PAGE = 10_000;

/** The calls that the resources need, by name and typed. */
export class NeonApi extends Calls {
  /** Called for every branch that is created. */
  onBranchCreated?: (made: NewBranch) => void;
  /** Private networking. */
  readonly vpc = createVpcCalls(this);
  /** People and keys. */
  readonly people = createPeopleCalls(this);
  /** Snapshots and their schedules. */
  readonly snapshots = createSnapshotCalls(this);
  /** Keys of customers, an extension of the embedded plane. */
  readonly customerKeys = createCustomerKeyCalls(this);
  /** Exports of the audit, an extension of the embedded plane. */
  readonly auditExports = createAuditExportCalls(this);
  /** Access that ends by itself, an extension of the embedded plane. */
  readonly temporaryAccess = createTemporaryAccessCalls(this);

  getAuth = () => this.ask(AuthDetails, sdk.getAuthDetails({ client: this.client }));
  /** What every key may ask: an API that does not know even this is none of Neon's. */
  async listOrganizations() {
    const found = await catchNotFound(this.ask(OrganizationsResponse, sdk.getCurrentUserOrganizations({ client: this.client })));
    if (!found)
      throw new PalisadeError(
        "PAL_NOT_THE_API",
        `GET /users/me/organizations answered 404${explainMissingApiPath(`${new URL(this.client.getConfig().baseUrl ?? "").pathname}/`)}`,
      );
    return found;
  }

  getOrganization = (orgId: string) => this.ask(Organization, sdk.getOrganization({ client: this.client, path: { org_id: orgId } }));

  /** All projects of an organisation, or those whose name or id contains `search`. */
  async listProjects(orgId: string, search?: string) {
    const all: z.output<typeof ProjectsPage>["projects"] = [];
    for (let cursor: string | undefined; ;) {
      const query = {
        org_id: orgId,
        limit: PROJECTS_PAGE,
        ...(search === undefined ? {} : { search }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await this.ask(ProjectsPage, sdk.listProjects({ client: this.client, query }));
      all.push(...page.projects);
      cursor = page.pagination?.cursor;
      if (page.projects.length < PROJECTS_PAGE || cursor === undefined) return all;
    }
  }

  findProject = (projectId: string): Promise<{ project: ProjectFacts } | undefined> =>
    catchNotFound(this.ask(ProjectResponse, sdk.getProject({ client: this.client, path: { project_id: projectId } })));

  async createProject(body: ProjectCreateRequest, permission: OpenPermission) {
    assertMayOpen(body.project.settings ?? {}, "created", permission);
    const made = await this.send(CreatedProject, () => sdk.createProject({ client: this.client, body: body as never }));
    this.onBranchCreated?.({ ...made.answer, annotation: body.project.branch?.annotations ?? {}, isOnly: true });
    return made;
  }

  updateProject = (projectId: string, body: ProjectUpdateRequest, permission: OpenPermission) =>
    this.runSerially(projectId, () => this.patchProject(projectId, body, permission));

  /** A change that depends on what is there: `next` reads it and says what to write. Nothing of ours comes between; see {@link rewrite}. */
  rewriteProject = (projectId: string, next: () => Promise<ProjectUpdateRequest | undefined>, permission: OpenPermission) =>
    this.runSerially(projectId, () =>
      rewrite({
        next,
        what: `project ${projectId}`,
        signal: this.signal,
        send: async (body) => {
          await this.patchProject(projectId, body, permission, this.singleAttemptFetch);
        },
      }),
    );

  private async patchProject(
    projectId: string,
    body: ProjectUpdateRequest,
    permission: OpenPermission,
    through?: typeof fetch,
  ): Promise<ProjectFacts> {
    assertMayOpen(body.project.settings ?? {}, "changed", permission);
    const options = { client: this.client, path: { project_id: projectId }, body: body as never, ...(through && { fetch: through }) };
    const { answer, settle } = await this.send(ProjectOperations, () => sdk.updateProject(options));
    await settle();
    return answer.project;
  }

  deleteProject = (projectId: string) =>
    this.runSerially(projectId, async () => {
      await this.ask(undefined, sdk.deleteProject({ client: this.client, path: { project_id: projectId } }));
      this.operations.forget(projectId);
    });

  /** @returns branches with the annotations written at their creation, keyed by branch id */
  async listBranches(projectId: string) {
    const all: z.output<typeof BranchesPage> = { branches: [], annotations: {} };
    for (let cursor: string | undefined; ;) {
      const query = { limit: BRANCHES_PAGE, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.ask(BranchesPage, sdk.listProjectBranches({ client: this.client, path: { project_id: projectId }, query }));
      all.branches.push(...page.branches);
      Object.assign(all.annotations, page.annotations);
      cursor = page.pagination?.next;
      if (cursor === undefined || page.branches.length === 0) return all;
    }
  }

  findBranch = (projectId: string, branchId: string) =>
    catchNotFound(
      this.ask(BranchResponse, sdk.getProjectBranch({ client: this.client, path: { project_id: projectId, branch_id: branchId } })),
    );

  createBranch = async (projectId: string, body: BranchCreateRequest) => {
    const made = await this.startChange(projectId, CreatedBranch, () =>
      sdk.createProjectBranch({ client: this.client, path: { project_id: projectId }, body: body as never }),
    );
    this.onBranchCreated?.({ ...made.answer, annotation: body.annotation_value ?? {}, isOnly: false });
    return made;
  };

  updateBranch = (projectId: string, branchId: string, body: BranchUpdateRequest) =>
    this.completeChange(projectId, BranchOperations, () =>
      sdk.updateProjectBranch({ client: this.client, path: { project_id: projectId, branch_id: branchId }, body: body as never }),
    );

  deleteBranch = (projectId: string, branchId: string) =>
    this.startDeletion(projectId, BranchOperations.partial(), () =>
      sdk.deleteProjectBranch({ client: this.client, path: { project_id: projectId, branch_id: branchId } }),
    );

  /** undefined when the branch does not exist. */
  listDatabases = (projectId: string, branchId: string) =>
    this.shareInFlight(`databases/${branchId}`, () => this.requestDatabases(projectId, branchId));

  private requestDatabases = async (projectId: string, branchId: string) =>
    (
      await catchNotFound(
        this.ask(
          DatabasesResponse,
          sdk.listProjectBranchDatabases({ client: this.client, path: { project_id: projectId, branch_id: branchId } }),
        ),
      )
    )?.databases;

  createDatabase = (projectId: string, branchId: string, body: z.output<typeof DatabaseCreateRequest>) =>
    this.startChange(projectId, DatabaseOperations, () =>
      sdk.createProjectBranchDatabase({ client: this.client, path: { project_id: projectId, branch_id: branchId }, body }),
    );

  updateDatabase = (projectId: string, branchId: string, name: string, body: z.output<typeof DatabaseUpdateRequest>) =>
    this.completeChange(projectId, DatabaseOperations, () =>
      sdk.updateProjectBranchDatabase({
        client: this.client,
        path: { project_id: projectId, branch_id: branchId, database_name: name },
        body: body as never,
      }),
    );

  deleteDatabase = (projectId: string, branchId: string, name: string) =>
    this.startDeletion(projectId, DatabaseOperations.partial(), () =>
      sdk.deleteProjectBranchDatabase({ client: this.client, path: { project_id: projectId, branch_id: branchId, database_name: name } }),
    );

  /** undefined when the branch does not exist. */
  listRoles = async (projectId: string, branchId: string) =>
    (
      await catchNotFound(
        this.ask(RolesResponse, sdk.listProjectBranchRoles({ client: this.client, path: { project_id: projectId, branch_id: branchId } })),
      )
    )?.roles;

  findRole = async (projectId: string, branchId: string, name: string) =>
    (
      await catchNotFound(
        this.ask(
          RoleResponse,
          sdk.getProjectBranchRole({ client: this.client, path: { project_id: projectId, branch_id: branchId, role_name: name } }),
        ),
      )
    )?.role;

  /** undefined when the project does not store passwords: then only the call that made one tells it. */
  revealRolePassword = async (projectId: string, branchId: string, name: string) => {
    try {
      const path = { project_id: projectId, branch_id: branchId, role_name: name };
      return (await this.ask(RolePasswordResponse, sdk.getProjectBranchRolePassword({ client: this.client, path }))).password;
    } catch (error) {
      if (isPalisadeError(error) && error.answer?.status === 412) return undefined;
      throw error;
    }
  };

  createRole = (projectId: string, branchId: string, body: z.output<typeof RoleCreateRequest>) =>
    this.startChange(projectId, RoleOperations, () =>
      sdk.createProjectBranchRole({ client: this.client, path: { project_id: projectId, branch_id: branchId }, body: body as never }),
    );

  /** The old password ends, and so do its sessions. */
  resetRolePassword = (projectId: string, branchId: string, name: string) =>
    this.startChange(projectId, RoleOperations, () =>
      sdk.resetProjectBranchRolePassword({
        client: this.client,
        path: { project_id: projectId, branch_id: branchId, role_name: name },
      }),
    );

  deleteRole = (projectId: string, branchId: string, name: string) =>
    this.startDeletion(projectId, RoleOperations.partial(), () =>
      sdk.deleteProjectBranchRole({ client: this.client, path: { project_id: projectId, branch_id: branchId, role_name: name } }),
    );

  /** With the password in it: never an output. */
  getConnectionUri = async (projectId: string, branchId: string, databaseName: string, roleName: string) => {
    const query = { branch_id: branchId, database_name: databaseName, role_name: roleName };
    return (await this.ask(ConnectionUriResponse, sdk.getConnectionUri({ client: this.client, path: { project_id: projectId }, query })))
      .uri;
  };

  findCompute = async (projectId: string, endpointId: string) =>
    (
      await catchNotFound(
        this.ask(
          EndpointResponse,
          sdk.getProjectEndpoint({ client: this.client, path: { project_id: projectId, endpoint_id: endpointId } }),
        ),
      )
    )?.endpoint;

  /** Computes of a project. */
  listComputes = (projectId: string) =>
    this.ask(EndpointsResponse, sdk.listProjectEndpoints({ client: this.client, path: { project_id: projectId } }));

  listBranchComputes = (projectId: string, branchId: string) =>
    this.ask(
      EndpointsResponse,
      sdk.listProjectBranchEndpoints({ client: this.client, path: { project_id: projectId, branch_id: branchId } }),
    );

  createCompute = (projectId: string, body: EndpointCreateRequest) =>
    this.startChange(projectId, EndpointOperations, () =>
      sdk.createProjectEndpoint({ client: this.client, path: { project_id: projectId }, body: body as never }),
    );

  updateCompute = (projectId: string, endpointId: string, body: EndpointUpdateRequest) =>
    this.completeChange(projectId, EndpointOperations, () =>
      sdk.updateProjectEndpoint({ client: this.client, path: { project_id: projectId, endpoint_id: endpointId }, body: body as never }),
    );

  listJwks = async (projectId: string) =>
    (await catchNotFound(this.ask(JwksList, sdk.getProjectJwks({ client: this.client, path: { project_id: projectId } }))))?.jwks;

  addJwks = (projectId: string, body: AddJwksRequest) =>
    this.startChange(projectId, JwksCreated, () =>
      sdk.addProjectJwks({ client: this.client, path: { project_id: projectId }, body: body as never }),
    );

  deleteJwks = (projectId: string, jwksId: string) =>
    this.ask(Jwks, sdk.deleteProjectJwks({ client: this.client, path: { project_id: projectId, jwks_id: jwksId } }));

  deleteCompute = (projectId: string, endpointId: string) =>
    this.completeChange(projectId, EndpointOperations.partial(), () =>
      sdk.deleteProjectEndpoint({ client: this.client, path: { project_id: projectId, endpoint_id: endpointId } }),
    );
}

/** `ips: []`, or a project created unblocked and without a list, admits everyone: refused unless the program says `anywhere`. */
function assertMayOpen(settings: ProjectSettings, when: "created" | "changed", { anywhere }: OpenPermission): void {
  const ips = settings.allowed_ips?.ips;
  const isCreatedOpen = when === "created" && ips === undefined && settings.block_public_connections !== true;
  if (!anywhere && (isCreatedOpen || ips?.length === 0))
    throw new PalisadeError("PAL_EMPTY_ALLOWLIST", isCreatedOpen ? "a project created without a list" : "a list without entries");
}
