import { buildApiKey, HOME_PROJECT_ID, OTHER_ORGANIZATION_ID, type Caller, CALLERS } from "./callers.js";
import type { AccessEnvironment } from "./accessEnvironment.js";

/** The region of the seeded projects. */
export const REGION = "aws-us-east-1";
let number = 0;
const incrementNumber = (): number => ++number;

type Create<T> = () => Promise<T>;

/** The objects that calls are about, each created on demand. */
export interface Objects {
  readonly projectId: Create<string>;
  readonly deletedProjectId: Create<string>;
  /** A project that another organisation offers. */
  readonly transfer: Create<{ projectId: string; requestId: string }>;
  /** A branch of the project, with a compute. */
  readonly branch: Create<{ id: string; endpointId: string; operationId: string }>;
  readonly deletedBranchId: Create<string>;
  readonly branchWithoutComputeId: Create<string>;
  /** Restored from a snapshot, and not finalized. */
  readonly restoredBranchId: Create<string>;
  readonly snapshotId: Create<string>;
  readonly roomForSnapshots: Create<void>;
  readonly role: Create<{ branchId: string; name: string }>;
  readonly database: Create<{ branchId: string; name: string }>;
  readonly credential: Create<{ branchId: string; tokenId: string }>;
  readonly jwksId: Create<string>;
  readonly permissionId: Create<string>;
  readonly member: Create<{ id: string; email: string }>;
  /** Of the caller where that is a person, else of the plane's administrator. */
  readonly personalKeyId: Create<string>;
  readonly organizationKeyId: Create<string>;
  /** Assigned to the organisation. */
  readonly vpcEndpointId: Create<string>;
  /** To a webhook, and disabled. */
  readonly auditExportId: Create<string>;
  readonly roomForAuditExports: Create<void>;
  /** One that the project admits. */
  readonly restrictedVpcEndpointId: Create<string>;
}

/** How many snapshots, and branches restored from them, are kept. */
const PERSISTENT_COUNT = 2;
/** Label of an endpoint that is removed before the next one is created: a region holds ten of them. */
export const TEMPORARY_LABEL = "passing";

/** Of a valid call. */
export const buildAuditExport = () => ({
  name: `export ${incrementNumber()}`,
  sink: { type: "webhook", url: "https://siem.example.test/in" },
  enabled: false,
});

/** New objects at every call. @param caller whose own key `personalKeyId` is; default: the plane's administrator, and what is made stays */
export function createFreshObjects(environment: AccessEnvironment, caller?: Caller): Objects {
  const project = `/projects/${HOME_PROJECT_ID}`;
  const post = (path: string, body?: unknown) => environment.callOrThrow("POST", path, body);
  const idIn = (answer: Record<string, unknown>, name: string, id = "id") => String((answer[name] as Record<string, unknown>)[id]);

  const projectId = async () => {
    const id = idIn(await post("/projects", { project: { org_id: environment.orgId, region_id: REGION } }), "project");
    await environment.waitForOperations(id);
    await environment.grantProjectAccess(id);
    return id;
  };
  const branch = async (endpoints: object[] = [{ type: "read_write" }]) => {
    const made = await post(`${project}/branches`, { branch: { parent_id: environment.main }, endpoints });
    await environment.waitForOperations(HOME_PROJECT_ID);
    const { endpoints: computes, operations } = made as Record<string, { id: string }[]>;
    return { id: idIn(made, "branch"), endpointId: computes?.[0]?.id ?? "", operationId: operations?.[0]?.id ?? "" };
  };
  const roomForSnapshots = async () => {
    const [{ snapshots }, { branches }] = [
      await environment.callOrThrow("GET", `${project}/snapshots`),
      await environment.callOrThrow("GET", `${project}/branches?sort_by=created_at&sort_order=asc`),
    ];
    const roots = (branches as { id: string; parent_id?: string }[]).filter(({ parent_id }) => parent_id === undefined);
    // A plan holds ten of the ones and 25 of the others; the oldest are those that stay.
    for (const { id } of (snapshots as { id: string }[]).slice(PERSISTENT_COUNT))
      await environment.callIgnoringErrors("DELETE", `${project}/snapshots/${id}`);
    for (const { id } of roots.slice(PERSISTENT_COUNT + 1)) await environment.callIgnoringErrors("DELETE", `${project}/branches/${id}`);
    await environment.waitForOperations(HOME_PROJECT_ID);
  };
  const snapshotId = async () => {
    await roomForSnapshots();
    const made = await post(`${project}/branches/${environment.main}/snapshot`);
    await environment.waitForOperations(HOME_PROJECT_ID);
    return idIn(made, "snapshot");
  };
  const vpcEndpointId = async () => {
    const id = `vpce-${String(incrementNumber()).padStart(17, "0")}`;
    const assigned = `/organizations/${environment.orgId}/vpc/region/${REGION}/vpc_endpoints`;
    const { endpoints } = await environment.callOrThrow("GET", assigned);
    for (const { vpc_endpoint_id, label } of endpoints as { vpc_endpoint_id: string; label: string }[])
      if (label === TEMPORARY_LABEL) {
        await environment.callIgnoringErrors("DELETE", `${project}/vpc_endpoints/${vpc_endpoint_id}`);
        await environment.callIgnoringErrors("DELETE", `${assigned}/${vpc_endpoint_id}`);
      }
    await post(`${assigned}/${id}`, { label: caller ? TEMPORARY_LABEL : "standing" });
    return id;
  };
  const auditExports = `/x-palisade/organizations/${environment.orgId}/audit_exports`;
  const roomForAuditExports = async () => {
    const { audit_exports } = await environment.callOrThrow("GET", auditExports);
    // An organisation has 50; the first is the one that stays.
    for (const { id } of (audit_exports as { id: string }[]).slice(1))
      await environment.callIgnoringErrors("DELETE", `${auditExports}/${id}`);
  };
  return {
    roomForAuditExports,
    auditExportId: async () => {
      await roomForAuditExports();
      return idIn(await post(auditExports, buildAuditExport()), "audit_export");
    },
    projectId,
    branch,
    roomForSnapshots,
    snapshotId,
    vpcEndpointId,
    deletedProjectId: async () => {
      const id = await projectId();
      await environment.callOrThrow("DELETE", `/projects/${id}`);
      return id;
    },
    transfer: async () => {
      const theirs = buildApiKey(CALLERS.find(({ label: short }) => short === "stranger") as Caller);
      const made = await environment.callOrThrow("POST", "/projects", { project: { org_id: OTHER_ORGANIZATION_ID } }, theirs);
      const id = idIn(made, "project");
      await environment.waitForOperations(id, theirs);
      const request = await environment.callOrThrow("POST", `/projects/${id}/transfer_requests`, {}, theirs);
      return { projectId: id, requestId: String(request["id"]) };
    },
    deletedBranchId: async () => {
      const { id } = await branch([]);
      await environment.callOrThrow("DELETE", `${project}/branches/${id}`);
      await environment.waitForOperations(HOME_PROJECT_ID);
      return id;
    },
    branchWithoutComputeId: async () => (await branch([])).id,
    restoredBranchId: async () => {
      const target_branch_id = (await branch([])).id;
      const made = await post(`${project}/snapshots/${await snapshotId()}/restore`, {
        target_branch_id,
        name: `restored ${incrementNumber()}`,
      });
      await environment.waitForOperations(HOME_PROJECT_ID);
      return idIn(made, "branch");
    },
    role: async () => {
      const { id: branchId } = await branch([]);
      await post(`${project}/branches/${branchId}/roles`, { role: { name: "app" } });
      await environment.waitForOperations(HOME_PROJECT_ID);
      return { branchId, name: "app" };
    },
    database: async () => {
      const { id: branchId } = await branch([]);
      await post(`${project}/branches/${branchId}/databases`, { database: { name: "shop", owner_name: "neondb_owner" } });
      await environment.waitForOperations(HOME_PROJECT_ID);
      return { branchId, name: "shop" };
    },
    credential: async () => {
      const { id: branchId } = await branch([]);
      const made = await post(`${project}/branches/${branchId}/credentials`, { scopes: ["storage:read"], principal_type: "user" });
      return { branchId, tokenId: String(made["token_id"]) };
    },
    jwksId: async () => {
      const made = await post(`${project}/jwks`, { jwks_url: "https://keys.example.test/jwks", provider_name: "keys" });
      return idIn(made, "jwks");
    },
    permissionId: async () => String((await post(`${project}/permissions`, { email: `guest-${incrementNumber()}@palisade.test` }))["id"]),
    member: () => Promise.resolve(environment.takeDisposableMember()),
    personalKeyId: async () => {
      const own = caller?.kind === "personal" ? environment.findKey(caller) : undefined;
      return String((await environment.callOrThrow("POST", "/api_keys", { key_name: "passing" }, own))["id"]);
    },
    organizationKeyId: async () => String((await post(`/organizations/${environment.orgId}/api_keys`, { key_name: "passing" }))["id"]),
    restrictedVpcEndpointId: async () => {
      const id = await vpcEndpointId();
      await post(`${project}/vpc_endpoints/${id}`, { label: "" });
      return id;
    },
  };
}

/** The same objects at every call: of a call that is refused nothing is left of them, or all. */
export function createPersistentObjects(environment: AccessEnvironment): Objects {
  const fresh = createFreshObjects(environment);
  const kept = new Map<string, Promise<unknown>>();
  const standing = Object.entries(fresh as unknown as Record<string, Create<unknown>>).map(([name, make]): [string, Create<unknown>] => [
    name,
    () => {
      const made = kept.get(name) ?? make();
      kept.set(name, made);
      return made;
    },
  ]);
  const mine = () => Promise.resolve(HOME_PROJECT_ID);
  // Keys of projects are for one project.
  return { ...(Object.fromEntries(standing) as unknown as Objects), projectId: mine, deletedProjectId: mine };
}
