import { keyOf, MINE, OTHER, type Caller, CALLERS } from "./callers.js";
import type { World } from "./world.js";

/** The region of the seeded projects. */
export const REGION = "aws-us-east-1";
let number = 0;
const next = (): number => ++number;

type Of<T> = () => Promise<T>;

/** What calls are about, each made when it is asked for. */
export interface Objects {
  readonly projectId: Of<string>;
  readonly deletedProjectId: Of<string>;
  /** A project that another organisation offers. */
  readonly transfer: Of<{ projectId: string; requestId: string }>;
  /** A branch of the project, with a compute. */
  readonly branch: Of<{ id: string; endpointId: string; operationId: string }>;
  readonly deletedBranchId: Of<string>;
  readonly branchWithoutComputeId: Of<string>;
  /** Restored from a snapshot, and not finalized. */
  readonly restoredBranchId: Of<string>;
  readonly snapshotId: Of<string>;
  readonly roomForSnapshots: Of<void>;
  readonly role: Of<{ branchId: string; name: string }>;
  readonly database: Of<{ branchId: string; name: string }>;
  readonly credential: Of<{ branchId: string; tokenId: string }>;
  readonly jwksId: Of<string>;
  readonly permissionId: Of<string>;
  readonly member: Of<{ id: string; email: string }>;
  /** Of the caller where that is a person, else of the plane's administrator. */
  readonly personalKeyId: Of<string>;
  readonly organizationKeyId: Of<string>;
  /** Assigned to the organisation. */
  readonly vpcEndpointId: Of<string>;
  /** One that the project admits. */
  readonly restrictedVpcEndpointId: Of<string>;
}

/** Snapshots, and branches restored from them, that stay. */
const STANDING = 2;
/** Label of what is removed when the next one is made: a region holds ten of them. */
export const PASSING = "passing";

/** New objects at every call. @param caller whose own key `personalKeyId` is; default: the plane's administrator, and what is made stays */
export function freshObjects(world: World, caller?: Caller): Objects {
  const project = `/projects/${MINE}`;
  const post = (path: string, body?: unknown) => world.made("POST", path, body);
  const idIn = (answer: Record<string, unknown>, name: string, id = "id") => String((answer[name] as Record<string, unknown>)[id]);

  const projectId = async () => {
    const id = idIn(await post("/projects", { project: { org_id: world.orgId, region_id: REGION } }), "project");
    await world.settled(id);
    await world.open(id);
    return id;
  };
  const branch = async (endpoints: object[] = [{ type: "read_write" }]) => {
    const made = await post(`${project}/branches`, { branch: { parent_id: world.main }, endpoints });
    await world.settled(MINE);
    const { endpoints: computes, operations } = made as Record<string, { id: string }[]>;
    return { id: idIn(made, "branch"), endpointId: computes?.[0]?.id ?? "", operationId: operations?.[0]?.id ?? "" };
  };
  const roomForSnapshots = async () => {
    const [{ snapshots }, { branches }] = [
      await world.made("GET", `${project}/snapshots`),
      await world.made("GET", `${project}/branches?sort_by=created_at&sort_order=asc`),
    ];
    const roots = (branches as { id: string; parent_id?: string }[]).filter(({ parent_id }) => parent_id === undefined);
    // A plan holds ten of the ones and 25 of the others; the oldest are those that stay.
    for (const { id } of (snapshots as { id: string }[]).slice(STANDING)) await world.tried("DELETE", `${project}/snapshots/${id}`);
    for (const { id } of roots.slice(STANDING + 1)) await world.tried("DELETE", `${project}/branches/${id}`);
    await world.settled(MINE);
  };
  const snapshotId = async () => {
    await roomForSnapshots();
    const made = await post(`${project}/branches/${world.main}/snapshot`);
    await world.settled(MINE);
    return idIn(made, "snapshot");
  };
  const vpcEndpointId = async () => {
    const id = `vpce-${String(next()).padStart(17, "0")}`;
    const assigned = `/organizations/${world.orgId}/vpc/region/${REGION}/vpc_endpoints`;
    const { endpoints } = await world.made("GET", assigned);
    for (const { vpc_endpoint_id, label } of endpoints as { vpc_endpoint_id: string; label: string }[])
      if (label === PASSING) {
        await world.tried("DELETE", `${project}/vpc_endpoints/${vpc_endpoint_id}`);
        await world.tried("DELETE", `${assigned}/${vpc_endpoint_id}`);
      }
    await post(`${assigned}/${id}`, { label: caller ? PASSING : "standing" });
    return id;
  };
  return {
    ...{ projectId, branch, roomForSnapshots, snapshotId, vpcEndpointId },
    deletedProjectId: async () => {
      const id = await projectId();
      await world.made("DELETE", `/projects/${id}`);
      return id;
    },
    transfer: async () => {
      const theirs = keyOf(CALLERS.find(({ short }) => short === "stranger") as Caller);
      const made = await world.made("POST", "/projects", { project: { org_id: OTHER } }, theirs);
      const id = idIn(made, "project");
      await world.settled(id, theirs);
      const request = await world.made("POST", `/projects/${id}/transfer_requests`, {}, theirs);
      return { projectId: id, requestId: String(request["id"]) };
    },
    deletedBranchId: async () => {
      const { id } = await branch([]);
      await world.made("DELETE", `${project}/branches/${id}`);
      await world.settled(MINE);
      return id;
    },
    branchWithoutComputeId: async () => (await branch([])).id,
    restoredBranchId: async () => {
      const target_branch_id = (await branch([])).id;
      const made = await post(`${project}/snapshots/${await snapshotId()}/restore`, { target_branch_id, name: `restored ${next()}` });
      await world.settled(MINE);
      return idIn(made, "branch");
    },
    role: async () => {
      const { id: branchId } = await branch([]);
      await post(`${project}/branches/${branchId}/roles`, { role: { name: "app" } });
      await world.settled(MINE);
      return { branchId, name: "app" };
    },
    database: async () => {
      const { id: branchId } = await branch([]);
      await post(`${project}/branches/${branchId}/databases`, { database: { name: "shop", owner_name: "neondb_owner" } });
      await world.settled(MINE);
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
    permissionId: async () => String((await post(`${project}/permissions`, { email: `guest-${next()}@palisade.test` }))["id"]),
    member: () => Promise.resolve(world.spare()),
    personalKeyId: async () => {
      const own = caller?.kind === "personal" ? world.keyOf(caller) : undefined;
      return String((await world.made("POST", "/api_keys", { key_name: "passing" }, own))["id"]);
    },
    organizationKeyId: async () => String((await post(`/organizations/${world.orgId}/api_keys`, { key_name: "passing" }))["id"]),
    restrictedVpcEndpointId: async () => {
      const id = await vpcEndpointId();
      await post(`${project}/vpc_endpoints/${id}`, { label: "" });
      return id;
    },
  };
}

/** The same objects at every call: of a call that is refused nothing is left of them, or all. */
export function standingObjects(world: World): Objects {
  const fresh = freshObjects(world);
  const kept = new Map<string, Promise<unknown>>();
  const standing = Object.entries(fresh as unknown as Record<string, Of<unknown>>).map(([name, make]): [string, Of<unknown>] => [
    name,
    () => {
      const made = kept.get(name) ?? make();
      kept.set(name, made);
      return made;
    },
  ]);
  const mine = () => Promise.resolve(MINE);
  // Keys of projects are for one project.
  return { ...(Object.fromEntries(standing) as unknown as Objects), projectId: mine, deletedProjectId: mine };
}
