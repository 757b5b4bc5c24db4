import { HOME_PROJECT_ID } from "./callers.js";
import { buildAuditExport, type Objects, TEMPORARY_LABEL } from "./objects.js";
import type { AccessEnvironment } from "./accessEnvironment.js";

/** A valid call, except perhaps for its caller. */
export interface Request {
  /** Parts of the path besides the project, the organisation and the first branch. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A status that an admitted caller may get instead of success. */
  readonly alternativeStatus?: number;
}

type BuildRequest = (objects: Objects, environment: AccessEnvironment) => Request | Promise<Request>;

const buildEmptyRequest: BuildRequest = () => ({});
const BRANCH = "/projects/:project_id/branches/:branch_id";
const buildBranchRequest: BuildRequest = async (objects) => ({ parts: { branch_id: (await objects.branch()).id } });
const buildEndpointRequest: BuildRequest = async (objects) => ({ parts: { endpoint_id: (await objects.branch()).endpointId } });
const buildRoleRequest: BuildRequest = async (objects) => {
  const { branchId, name } = await objects.role();
  return { parts: { branch_id: branchId, role_name: name } };
};
const buildDatabaseRequest: BuildRequest = async (objects) => {
  const { branchId, name } = await objects.database();
  return { parts: { branch_id: branchId, database_name: name } };
};
const buildCredentialRequest: BuildRequest = async (objects) => {
  const { branchId, tokenId } = await objects.credential();
  return { parts: { branch_id: branchId, token_id: tokenId } };
};
const buildSnapshotRequest: BuildRequest = async (objects) => ({ parts: { snapshot_id: await objects.snapshotId() } });
const buildMemberRequest: BuildRequest = async (objects) => ({ parts: { member_id: (await objects.member()).id } });
const extendRequest =
  (make: BuildRequest, more: Omit<Request, "parts">): BuildRequest =>
  async (objects, environment) => ({ ...(await make(objects, environment)), ...more });

const EXPORTS = "/x-palisade/organizations/:org_id/audit_exports";
const buildExportRequest: BuildRequest = async (objects) => ({ parts: { export_id: await objects.auditExportId() } });

const buildHourlyRange = () => {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  return { granularity: "hourly", from: at(-3), to: at(1) };
};
/** Computes of this plane are records: there is no schema to read. */
const NO_POSTGRES = 422;
const [VPC, VPC_OF] = ["/organizations/:org_id/vpc/region/:region_id/vpc_endpoints", "/projects/:project_id/vpc_endpoints"];

/** Of every route there is, by method and path. */
export const REQUESTS: Readonly<Record<string, BuildRequest>> = {
  "GET /auth": buildEmptyRequest,
  "GET /users/me": buildEmptyRequest,
  "GET /users/me/organizations": buildEmptyRequest,
  "GET /organizations/:org_id": buildEmptyRequest,
  "GET /regions": buildEmptyRequest,
  "GET /api_keys": buildEmptyRequest,
  "POST /api_keys": () => ({ body: { key_name: "made" } }),
  "DELETE /api_keys/:key_id": async (objects) => ({ parts: { key_id: await objects.personalKeyId() } }),
  "GET /organizations/:org_id/api_keys": buildEmptyRequest,
  "POST /organizations/:org_id/api_keys": () => ({ body: { key_name: "made" } }),
  "DELETE /organizations/:org_id/api_keys/:key_id": async (objects) => ({ parts: { key_id: await objects.organizationKeyId() } }),

  // Without an organisation a person is asked for one, and a key of a project lists its own.
  "GET /projects": () => ({ alternativeStatus: 400 }),
  "POST /projects": (_, { orgId }) => ({ body: { project: { org_id: orgId } } }),
  "GET /projects/shared": buildEmptyRequest,
  "GET /projects/:project_id": buildEmptyRequest,
  "PATCH /projects/:project_id": () => ({ body: { project: { name: "renamed", settings: { block_public_connections: true } } } }),
  "DELETE /projects/:project_id": async (objects) => ({ parts: { project_id: await objects.projectId() } }),
  "GET /projects/:project_id/available_preload_libraries": buildEmptyRequest,
  "POST /projects/:project_id/recover": async (objects) => ({ parts: { project_id: await objects.deletedProjectId() } }),
  "GET /projects/:project_id/operations": buildEmptyRequest,
  "GET /projects/:project_id/operations/:operation_id": async (objects) => ({
    parts: { operation_id: (await objects.branch()).operationId },
  }),
  "GET /projects/:project_id/connection_uri": () => ({ query: { database_name: "neondb", role_name: "neondb_owner" } }),
  "POST /projects/:project_id/transfer_requests": () => ({ body: {} }),
  "PUT /projects/:project_id/transfer_requests/:request_id": async (objects, { orgId }) => {
    const { projectId, requestId } = await objects.transfer();
    return { parts: { project_id: projectId, request_id: requestId }, body: { org_id: orgId } };
  },

  "GET /projects/:project_id/branches": buildEmptyRequest,
  "POST /projects/:project_id/branches": (_, { main }) => ({ body: { branch: { parent_id: main }, endpoints: [{ type: "read_write" }] } }),
  "GET /projects/:project_id/branches/count": buildEmptyRequest,
  [`GET ${BRANCH}`]: buildBranchRequest,
  [`PATCH ${BRANCH}`]: extendRequest(buildBranchRequest, { body: { branch: { expires_at: "2099-01-01T00:00:00Z" } } }),
  [`DELETE ${BRANCH}`]: buildBranchRequest,
  [`POST ${BRANCH}/restore`]: async (objects, { main }) => ({
    parts: { branch_id: (await objects.branch()).id },
    body: { source_branch_id: main },
  }),
  [`POST ${BRANCH}/set_as_default`]: buildBranchRequest,
  [`POST ${BRANCH}/recover`]: async (objects) => ({ parts: { branch_id: await objects.deletedBranchId() } }),
  [`GET ${BRANCH}/schema`]: extendRequest(buildBranchRequest, { query: { db_name: "neondb" }, alternativeStatus: NO_POSTGRES }),
  [`GET ${BRANCH}/compare_schema`]: extendRequest(buildBranchRequest, { query: { db_name: "neondb" }, alternativeStatus: NO_POSTGRES }),

  [`POST ${BRANCH}/snapshot`]: async (objects) => {
    await objects.roomForSnapshots();
    return {};
  },
  "GET /projects/:project_id/snapshots": buildEmptyRequest,
  "PATCH /projects/:project_id/snapshots/:snapshot_id": extendRequest(buildSnapshotRequest, { body: { snapshot: { name: "renamed" } } }),
  "DELETE /projects/:project_id/snapshots/:snapshot_id": buildSnapshotRequest,
  "POST /projects/:project_id/snapshots/:snapshot_id/restore": extendRequest(buildSnapshotRequest, { body: {} }),
  [`POST ${BRANCH}/finalize_restore`]: async (objects) => ({ parts: { branch_id: await objects.restoredBranchId() }, body: {} }),
  [`GET ${BRANCH}/backup_schedule`]: buildEmptyRequest,
  [`PUT ${BRANCH}/backup_schedule`]: () => ({ body: { schedule: [{ frequency: "daily", hour: 3 }] } }),

  "GET /projects/:project_id/endpoints": buildEmptyRequest,
  [`GET ${BRANCH}/endpoints`]: buildBranchRequest,
  "POST /projects/:project_id/endpoints": async (objects) => ({
    body: { endpoint: { branch_id: await objects.branchWithoutComputeId(), type: "read_write" } },
  }),
  "GET /projects/:project_id/endpoints/:endpoint_id": buildEndpointRequest,
  "PATCH /projects/:project_id/endpoints/:endpoint_id": extendRequest(buildEndpointRequest, { body: { endpoint: { disabled: true } } }),
  "DELETE /projects/:project_id/endpoints/:endpoint_id": buildEndpointRequest,
  "POST /projects/:project_id/endpoints/:endpoint_id/start": buildEndpointRequest,
  "POST /projects/:project_id/endpoints/:endpoint_id/suspend": buildEndpointRequest,
  "POST /projects/:project_id/endpoints/:endpoint_id/restart": buildEndpointRequest,

  [`GET ${BRANCH}/roles`]: buildBranchRequest,
  [`POST ${BRANCH}/roles`]: extendRequest(buildBranchRequest, { body: { role: { name: "made" } } }),
  [`GET ${BRANCH}/roles/:role_name`]: buildRoleRequest,
  [`DELETE ${BRANCH}/roles/:role_name`]: buildRoleRequest,
  [`POST ${BRANCH}/roles/:role_name/reset_password`]: buildRoleRequest,
  [`GET ${BRANCH}/roles/:role_name/reveal_password`]: buildRoleRequest,
  [`GET ${BRANCH}/databases`]: buildBranchRequest,
  [`POST ${BRANCH}/databases`]: extendRequest(buildBranchRequest, { body: { database: { name: "made", owner_name: "neondb_owner" } } }),
  [`GET ${BRANCH}/databases/:database_name`]: buildDatabaseRequest,
  [`PATCH ${BRANCH}/databases/:database_name`]: extendRequest(buildDatabaseRequest, { body: { database: { name: "renamed" } } }),
  [`DELETE ${BRANCH}/databases/:database_name`]: buildDatabaseRequest,
  [`GET ${BRANCH}/credentials`]: buildBranchRequest,
  [`POST ${BRANCH}/credentials`]: extendRequest(buildBranchRequest, { body: { scopes: ["storage:read"], principal_type: "user" } }),
  [`DELETE ${BRANCH}/credentials/:token_id`]: buildCredentialRequest,
  [`POST ${BRANCH}/credentials/:token_id/reveal`]: buildCredentialRequest,
  [`POST ${BRANCH}/credentials/:token_id/rotate`]: buildCredentialRequest,
  "GET /projects/:project_id/jwks": buildEmptyRequest,
  "POST /projects/:project_id/jwks": () => ({ body: { jwks_url: "https://keys.example.test/jwks", provider_name: "keys" } }),
  "DELETE /projects/:project_id/jwks/:jwks_id": async (objects) => ({ parts: { jwks_id: await objects.jwksId() } }),

  "GET /organizations/:org_id/vpc/vpc_endpoints": buildEmptyRequest,
  [`GET ${VPC}`]: buildEmptyRequest,
  [`GET ${VPC}/:vpc_endpoint_id`]: async (objects) => ({ parts: { vpc_endpoint_id: await objects.vpcEndpointId() } }),
  [`POST ${VPC}/:vpc_endpoint_id`]: async (objects) => ({
    parts: { vpc_endpoint_id: await objects.vpcEndpointId() },
    body: { label: TEMPORARY_LABEL },
  }),
  [`DELETE ${VPC}/:vpc_endpoint_id`]: async (objects) => ({ parts: { vpc_endpoint_id: await objects.vpcEndpointId() } }),
  [`GET ${VPC_OF}`]: buildEmptyRequest,
  [`POST ${VPC_OF}/:vpc_endpoint_id`]: async (objects) => ({
    parts: { vpc_endpoint_id: await objects.vpcEndpointId() },
    body: { label: "" },
  }),
  [`DELETE ${VPC_OF}/:vpc_endpoint_id`]: async (objects) => ({ parts: { vpc_endpoint_id: await objects.restrictedVpcEndpointId() } }),

  "GET /organizations/:org_id/members": buildEmptyRequest,
  "GET /organizations/:org_id/members/:member_id": buildMemberRequest,
  "PATCH /organizations/:org_id/members/:member_id": extendRequest(buildMemberRequest, { body: { role: "editor" } }),
  "DELETE /organizations/:org_id/members/:member_id": buildMemberRequest,
  "GET /organizations/:org_id/invitations": buildEmptyRequest,
  "POST /organizations/:org_id/invitations": () => ({ body: { invitations: [{ email: "invited@palisade.test", role: "admin" }] } }),
  "GET /projects/:project_id/permissions": buildEmptyRequest,
  "POST /projects/:project_id/permissions": () => ({ body: { email: "shared@palisade.test" } }),
  "DELETE /projects/:project_id/permissions/:permission_id": async (objects) => ({
    parts: { permission_id: await objects.permissionId() },
  }),
  "GET /projects/:project_id/members": buildEmptyRequest,
  "PUT /projects/:project_id/members/:member_id/role": extendRequest(buildMemberRequest, { body: { role: "admin" } }),
  "DELETE /projects/:project_id/members/:member_id/role": buildMemberRequest,

  "GET /consumption_history/projects": (_, { orgId }) => ({ query: { org_id: orgId, ...buildHourlyRange() } }),
  "GET /consumption_history/v2/projects": (_, { orgId }) => ({
    query: { org_id: orgId, ...buildHourlyRange(), metrics: "compute_unit_seconds" },
  }),
  "GET /consumption_history/v2/branches": (_, { orgId }) => ({
    query: { org_id: orgId, ...buildHourlyRange(), metrics: "compute_unit_seconds", project_ids: HOME_PROJECT_ID },
  }),
  "POST /x-palisade/projects/:project_id/branches/:branch_id/erase": extendRequest(buildBranchRequest, {
    query: { dry_run: "true" },
    alternativeStatus: NO_POSTGRES,
  }),
  "POST /x-palisade/projects/:project_id/erase": () => ({ query: { dry_run: "true" }, alternativeStatus: NO_POSTGRES }),
  "GET /x-palisade/status": buildEmptyRequest,
  "GET /x-palisade/openapi.json": buildEmptyRequest,
  // Of a project without one; what keys do is tried with doubles of the clouds.
  "GET /x-palisade/projects/:project_id/customer_managed_key": () => ({ alternativeStatus: 404 }),
  "PUT /x-palisade/projects/:project_id/customer_managed_key": () => ({
    body: { on_revoked: "suspend", rewrap_after_rotation: true },
    alternativeStatus: 400,
  }),
  "DELETE /x-palisade/projects/:project_id/customer_managed_key": () => ({ alternativeStatus: 404 }),
  "GET /x-palisade/organizations/:org_id/external_id": buildEmptyRequest,
  [`GET ${EXPORTS}`]: buildEmptyRequest,
  [`POST ${EXPORTS}`]: async (objects) => {
    await objects.roomForAuditExports();
    return { body: buildAuditExport() };
  },
  [`GET ${EXPORTS}/:export_id`]: buildExportRequest,
  [`PATCH ${EXPORTS}/:export_id`]: extendRequest(buildExportRequest, { body: { format: "ocsf" } }),
  [`POST ${EXPORTS}/:export_id/rotate_secret`]: buildExportRequest,
  [`DELETE ${EXPORTS}/:export_id`]: buildExportRequest,
  "GET /x-palisade/projects/:project_id/branches/:branch_id/temporary_access": buildBranchRequest,
  "GET /x-palisade/projects/:project_id/branches/:branch_id/temporary_access/:role_name": extendRequest(buildRoleRequest, {
    alternativeStatus: 404,
  }),
  // Nobody may approve on this plane.
  "PUT /x-palisade/projects/:project_id/branches/:branch_id/temporary_access/:role_name": extendRequest(buildRoleRequest, {
    body: {
      temporary_access: {
        ...{ database_name: "neondb", privileges: {}, until: "2030-01-01T00:00:00Z", reason: "a look", requester: "ada@example.com" },
        approval: "none",
      },
    },
    alternativeStatus: 422,
  }),
  "DELETE /x-palisade/projects/:project_id/branches/:branch_id/temporary_access/:role_name": extendRequest(buildRoleRequest, {
    alternativeStatus: 404,
  }),
  "POST /x-palisade/projects/:project_id/path_challenges": buildEmptyRequest,
  "GET /x-palisade/projects/:project_id/path_challenges/:challenge": () => ({
    parts: { challenge: "0".repeat(32) },
    alternativeStatus: 404,
  }),
  "DELETE /x-palisade/projects/:project_id/path_challenges/:challenge": () => ({
    parts: { challenge: "0".repeat(32) },
    alternativeStatus: 404,
  }),
  "GET /x-palisade/audit": (_, { orgId }) => ({ query: { org_id: orgId } }),
  "GET /x-palisade/audit/events": (_, { orgId }) => ({ query: { org_id: orgId } }),
  "GET /x-palisade/audit/head": (_, { orgId }) => ({ query: { org_id: orgId } }),
  "GET /x-palisade/plane_audit/events": buildEmptyRequest,
  "GET /x-palisade/plane_audit/head": buildEmptyRequest,

  "POST /x-palisade/test/faults": () => ({ body: { method: "GET", path: "/never", kind: "status" } }),
  "DELETE /x-palisade/test/faults": buildEmptyRequest,
  "GET /x-palisade/test/calls": buildEmptyRequest,
  "DELETE /x-palisade/test/calls": buildEmptyRequest,
  "POST /x-palisade/test/clock": () => ({ body: { advanceSeconds: 0 } }),
  "POST /x-palisade/test/operations/fail": () => ({ body: { action: "none" } }),
  "POST /x-palisade/test/vpc_endpoints": () => ({ body: { vpc_endpoint_id: "vpce-0123456789abcdef0", becomes: "accepted" } }),
  "GET /x-palisade/test/secrets": buildEmptyRequest,
};
