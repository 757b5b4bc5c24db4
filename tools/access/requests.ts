import { MINE } from "./callers.js";
import { type Objects, PASSING } from "./objects.js";
import type { World } from "./world.js";

/** One call that is right in everything but, perhaps, who makes it. */
export interface Request {
  /** Parts of the path besides the project, the organisation and the first branch. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What may be answered instead of success to who is admitted. */
  readonly orElse?: number;
}

type Make = (objects: Objects, world: World) => Request | Promise<Request>;

const NOTHING: Make = () => ({});
const BRANCH = "/projects/:project_id/branches/:branch_id";
const ofBranch: Make = async (objects) => ({ parts: { branch_id: (await objects.branch()).id } });
const ofEndpoint: Make = async (objects) => ({ parts: { endpoint_id: (await objects.branch()).endpointId } });
const ofRole: Make = async (objects) => {
  const { branchId, name } = await objects.role();
  return { parts: { branch_id: branchId, role_name: name } };
};
const ofDatabase: Make = async (objects) => {
  const { branchId, name } = await objects.database();
  return { parts: { branch_id: branchId, database_name: name } };
};
const ofCredential: Make = async (objects) => {
  const { branchId, tokenId } = await objects.credential();
  return { parts: { branch_id: branchId, token_id: tokenId } };
};
const ofSnapshot: Make = async (objects) => ({ parts: { snapshot_id: await objects.snapshotId() } });
const ofMember: Make = async (objects) => ({ parts: { member_id: (await objects.member()).id } });
const adding =
  (make: Make, more: Omit<Request, "parts">): Make =>
  async (objects, world) => ({ ...(await make(objects, world)), ...more });

const hourly = () => {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  return { granularity: "hourly", from: at(-3), to: at(1) };
};
/** Computes of this plane are records: there is no schema to read. */
const NO_POSTGRES = 422;
const [VPC, VPC_OF] = ["/organizations/:org_id/vpc/region/:region_id/vpc_endpoints", "/projects/:project_id/vpc_endpoints"];

/** Of every route there is, by method and path. */
export const REQUESTS: Readonly<Record<string, Make>> = {
  "GET /auth": NOTHING,
  "GET /users/me": NOTHING,
  "GET /users/me/organizations": NOTHING,
  "GET /organizations/:org_id": NOTHING,
  "GET /regions": NOTHING,
  "GET /api_keys": NOTHING,
  "POST /api_keys": () => ({ body: { key_name: "made" } }),
  "DELETE /api_keys/:key_id": async (objects) => ({ parts: { key_id: await objects.personalKeyId() } }),
  "GET /organizations/:org_id/api_keys": NOTHING,
  "POST /organizations/:org_id/api_keys": () => ({ body: { key_name: "made" } }),
  "DELETE /organizations/:org_id/api_keys/:key_id": async (objects) => ({ parts: { key_id: await objects.organizationKeyId() } }),

  // Without an organisation a person is asked for one, and a key of a project lists its own.
  "GET /projects": () => ({ orElse: 400 }),
  "POST /projects": (_, { orgId }) => ({ body: { project: { org_id: orgId } } }),
  "GET /projects/shared": NOTHING,
  "GET /projects/:project_id": NOTHING,
  "PATCH /projects/:project_id": () => ({ body: { project: { name: "renamed", settings: { block_public_connections: true } } } }),
  "DELETE /projects/:project_id": async (objects) => ({ parts: { project_id: await objects.projectId() } }),
  "GET /projects/:project_id/available_preload_libraries": NOTHING,
  "POST /projects/:project_id/recover": async (objects) => ({ parts: { project_id: await objects.deletedProjectId() } }),
  "GET /projects/:project_id/operations": NOTHING,
  "GET /projects/:project_id/operations/:operation_id": async (objects) => ({
    parts: { operation_id: (await objects.branch()).operationId },
  }),
  "GET /projects/:project_id/connection_uri": () => ({ query: { database_name: "neondb", role_name: "neondb_owner" } }),
  "POST /projects/:project_id/transfer_requests": () => ({ body: {} }),
  "PUT /projects/:project_id/transfer_requests/:request_id": async (objects, { orgId }) => {
    const { projectId, requestId } = await objects.transfer();
    return { parts: { project_id: projectId, request_id: requestId }, body: { org_id: orgId } };
  },

  "GET /projects/:project_id/branches": NOTHING,
  "POST /projects/:project_id/branches": (_, { main }) => ({ body: { branch: { parent_id: main }, endpoints: [{ type: "read_write" }] } }),
  "GET /projects/:project_id/branches/count": NOTHING,
  [`GET ${BRANCH}`]: ofBranch,
  [`PATCH ${BRANCH}`]: adding(ofBranch, { body: { branch: { expires_at: "2099-01-01T00:00:00Z" } } }),
  [`DELETE ${BRANCH}`]: ofBranch,
  [`POST ${BRANCH}/restore`]: async (objects, { main }) => ({
    parts: { branch_id: (await objects.branch()).id },
    body: { source_branch_id: main },
  }),
  [`POST ${BRANCH}/set_as_default`]: ofBranch,
  [`POST ${BRANCH}/recover`]: async (objects) => ({ parts: { branch_id: await objects.deletedBranchId() } }),
  [`GET ${BRANCH}/schema`]: adding(ofBranch, { query: { db_name: "neondb" }, orElse: NO_POSTGRES }),
  [`GET ${BRANCH}/compare_schema`]: adding(ofBranch, { query: { db_name: "neondb" }, orElse: NO_POSTGRES }),

  [`POST ${BRANCH}/snapshot`]: async (objects) => {
    await objects.roomForSnapshots();
    return {};
  },
  "GET /projects/:project_id/snapshots": NOTHING,
  "PATCH /projects/:project_id/snapshots/:snapshot_id": adding(ofSnapshot, { body: { snapshot: { name: "renamed" } } }),
  "DELETE /projects/:project_id/snapshots/:snapshot_id": ofSnapshot,
  "POST /projects/:project_id/snapshots/:snapshot_id/restore": adding(ofSnapshot, { body: {} }),
  [`POST ${BRANCH}/finalize_restore`]: async (objects) => ({ parts: { branch_id: await objects.restoredBranchId() }, body: {} }),
  [`GET ${BRANCH}/backup_schedule`]: NOTHING,
  [`PUT ${BRANCH}/backup_schedule`]: () => ({ body: { schedule: [{ frequency: "daily", hour: 3 }] } }),

  "GET /projects/:project_id/endpoints": NOTHING,
  [`GET ${BRANCH}/endpoints`]: ofBranch,
  "POST /projects/:project_id/endpoints": async (objects) => ({
    body: { endpoint: { branch_id: await objects.branchWithoutComputeId(), type: "read_write" } },
  }),
  "GET /projects/:project_id/endpoints/:endpoint_id": ofEndpoint,
  "PATCH /projects/:project_id/endpoints/:endpoint_id": adding(ofEndpoint, { body: { endpoint: { disabled: true } } }),
  "DELETE /projects/:project_id/endpoints/:endpoint_id": ofEndpoint,
  "POST /projects/:project_id/endpoints/:endpoint_id/start": ofEndpoint,
  "POST /projects/:project_id/endpoints/:endpoint_id/suspend": ofEndpoint,
  "POST /projects/:project_id/endpoints/:endpoint_id/restart": ofEndpoint,

  [`GET ${BRANCH}/roles`]: ofBranch,
  [`POST ${BRANCH}/roles`]: adding(ofBranch, { body: { role: { name: "made" } } }),
  [`GET ${BRANCH}/roles/:role_name`]: ofRole,
  [`DELETE ${BRANCH}/roles/:role_name`]: ofRole,
  [`POST ${BRANCH}/roles/:role_name/reset_password`]: ofRole,
  [`GET ${BRANCH}/roles/:role_name/reveal_password`]: ofRole,
  [`GET ${BRANCH}/databases`]: ofBranch,
  [`POST ${BRANCH}/databases`]: adding(ofBranch, { body: { database: { name: "made", owner_name: "neondb_owner" } } }),
  [`GET ${BRANCH}/databases/:database_name`]: ofDatabase,
  [`PATCH ${BRANCH}/databases/:database_name`]: adding(ofDatabase, { body: { database: { name: "renamed" } } }),
  [`DELETE ${BRANCH}/databases/:database_name`]: ofDatabase,
  [`GET ${BRANCH}/credentials`]: ofBranch,
  [`POST ${BRANCH}/credentials`]: adding(ofBranch, { body: { scopes: ["storage:read"], principal_type: "user" } }),
  [`DELETE ${BRANCH}/credentials/:token_id`]: ofCredential,
  [`POST ${BRANCH}/credentials/:token_id/reveal`]: ofCredential,
  [`POST ${BRANCH}/credentials/:token_id/rotate`]: ofCredential,
  "GET /projects/:project_id/jwks": NOTHING,
  "POST /projects/:project_id/jwks": () => ({ body: { jwks_url: "https://keys.example.test/jwks", provider_name: "keys" } }),
  "DELETE /projects/:project_id/jwks/:jwks_id": async (objects) => ({ parts: { jwks_id: await objects.jwksId() } }),

  "GET /organizations/:org_id/vpc/vpc_endpoints": NOTHING,
  [`GET ${VPC}`]: NOTHING,
  [`GET ${VPC}/:vpc_endpoint_id`]: async (objects) => ({ parts: { vpc_endpoint_id: await objects.vpcEndpointId() } }),
  [`POST ${VPC}/:vpc_endpoint_id`]: async (objects) => ({
    parts: { vpc_endpoint_id: await objects.vpcEndpointId() },
    body: { label: PASSING },
  }),
  [`DELETE ${VPC}/:vpc_endpoint_id`]: async (objects) => ({ parts: { vpc_endpoint_id: await objects.vpcEndpointId() } }),
  [`GET ${VPC_OF}`]: NOTHING,
  [`POST ${VPC_OF}/:vpc_endpoint_id`]: async (objects) => ({
    parts: { vpc_endpoint_id: await objects.vpcEndpointId() },
    body: { label: "" },
  }),
  [`DELETE ${VPC_OF}/:vpc_endpoint_id`]: async (objects) => ({ parts: { vpc_endpoint_id: await objects.restrictedVpcEndpointId() } }),

  "GET /organizations/:org_id/members": NOTHING,
  "GET /organizations/:org_id/members/:member_id": ofMember,
  "PATCH /organizations/:org_id/members/:member_id": adding(ofMember, { body: { role: "editor" } }),
  "DELETE /organizations/:org_id/members/:member_id": ofMember,
  "GET /organizations/:org_id/invitations": NOTHING,
  "POST /organizations/:org_id/invitations": () => ({ body: { invitations: [{ email: "invited@palisade.test", role: "admin" }] } }),
  "GET /projects/:project_id/permissions": NOTHING,
  "POST /projects/:project_id/permissions": () => ({ body: { email: "shared@palisade.test" } }),
  "DELETE /projects/:project_id/permissions/:permission_id": async (objects) => ({
    parts: { permission_id: await objects.permissionId() },
  }),
  "GET /projects/:project_id/members": NOTHING,
  "PUT /projects/:project_id/members/:member_id/role": adding(ofMember, { body: { role: "admin" } }),
  "DELETE /projects/:project_id/members/:member_id/role": ofMember,

  "GET /consumption_history/projects": (_, { orgId }) => ({ query: { org_id: orgId, ...hourly() } }),
  "GET /consumption_history/v2/projects": (_, { orgId }) => ({ query: { org_id: orgId, ...hourly(), metrics: "compute_unit_seconds" } }),
  "GET /consumption_history/v2/branches": (_, { orgId }) => ({
    query: { org_id: orgId, ...hourly(), metrics: "compute_unit_seconds", project_ids: MINE },
  }),
  "POST /x-palisade/projects/:project_id/branches/:branch_id/erase": adding(ofBranch, { query: { dry_run: "true" }, orElse: NO_POSTGRES }),
  "POST /x-palisade/projects/:project_id/erase": () => ({ query: { dry_run: "true" }, orElse: NO_POSTGRES }),
  "GET /x-palisade/status": NOTHING,
  "GET /x-palisade/openapi.json": NOTHING,
  // Of a project without one; what keys do is tried with doubles of the clouds.
  "GET /x-palisade/projects/:project_id/customer_managed_key": () => ({ orElse: 404 }),
  "PUT /x-palisade/projects/:project_id/customer_managed_key": () => ({
    body: { on_revoked: "suspend", rewrap_after_rotation: true },
    orElse: 400,
  }),
  "DELETE /x-palisade/projects/:project_id/customer_managed_key": () => ({ orElse: 404 }),
  "GET /x-palisade/organizations/:org_id/external_id": NOTHING,
  "POST /x-palisade/projects/:project_id/path_challenges": NOTHING,
  "GET /x-palisade/projects/:project_id/path_challenges/:challenge": () => ({ parts: { challenge: "0".repeat(32) }, orElse: 404 }),
  "DELETE /x-palisade/projects/:project_id/path_challenges/:challenge": () => ({ parts: { challenge: "0".repeat(32) }, orElse: 404 }),
  "GET /x-palisade/audit": (_, { orgId }) => ({ query: { org_id: orgId } }),

  "POST /x-palisade/test/faults": () => ({ body: { method: "GET", path: "/never", kind: "status" } }),
  "DELETE /x-palisade/test/faults": NOTHING,
  "GET /x-palisade/test/calls": NOTHING,
  "DELETE /x-palisade/test/calls": NOTHING,
  "POST /x-palisade/test/clock": () => ({ body: { advanceSeconds: 0 } }),
  "POST /x-palisade/test/operations/fail": () => ({ body: { action: "none" } }),
  "POST /x-palisade/test/vpc_endpoints": () => ({ body: { vpc_endpoint_id: "vpce-0123456789abcdef0", becomes: "accepted" } }),
  "GET /x-palisade/test/secrets": NOTHING,
};
