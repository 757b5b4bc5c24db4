import { MembersPage } from "@palisade/neon/contract/wire/member";
import { api, free, organization, plane, type Provocations, world } from "./scene.js";

/** Keys, people, private endpoints and figures of an organisation. */
export const ORGANIZATIONS = {
  personalKeyNeeded: () => api.withKey("napi_org").refused("GET", "/users/me"),
  projectKeyLimited: () => api.withKey("napi_project").refused("POST", "/projects", { project: {} }),
  adminNeeded: () => api.withKey("napi_mona").refused("POST", `/organizations/${plane.ready.orgId}/invitations`, { invitations: [] }),
  projectAdminNeeded: () => api.withKey("napi_mona").refused("DELETE", "/projects/world-00000001"),
  editorNeeded: () => api.withKey("napi_vera").refused("PATCH", "/projects/world-00000001", { project: {} }),
  memberNeeded: async () => {
    await api.call("POST", "/projects/world-00000001/permissions", { email: "olga@palisade.test" });
    return api.withKey("napi_olga").refused("GET", "/projects/world-00000001/permissions");
  },
  orgIdRequired: () => api.refused("GET", "/projects"),
  organizationNotFound: () => api.refused("GET", "/organizations/org-no-such-00000000"),
  apiKeyNotFound: () => api.refused("DELETE", "/api_keys/999999"),

  memberNotFound: () => organization("PATCH", "members/nobody", { role: "viewer" }),
  memberExists: () => organization("POST", "invitations", { invitations: [{ email: "mona@palisade.test", role: "viewer" }] }),
  lastAdmin: async () => {
    const { members } = await api.ok(MembersPage, "GET", `/organizations/${plane.ready.orgId}/members`);
    return organization("DELETE", `members/${members.find(({ member }) => member.role === "admin")?.member.id ?? ""}`);
  },

  vpcNotInPlan: () => free.api.refused("POST", `/organizations/${free.ready.orgId}/${vpce(1)}`, { label: "" }),
  // Of a region that is none, `unknownRegion` says so.
  vpcRegion: () => organization("POST", "vpc/region/azure-gwc/vpc_endpoints/vpce-1", { label: "" }),
  vpcEndpointForm: () => organization("POST", `vpc/region/${REGION}/vpc_endpoints/vpc-0123456789abcdef0`, { label: "" }),
  vpcEndpointNotFound: () => organization("GET", vpce(404)),
  vpcEndpointNotAssigned: () => world("POST", "vpc_endpoints/vpce-0000000000000404", { label: "" }),
  vpcEndpointRemoved: async () => {
    await assign(1);
    expect((await api.call("DELETE", `/organizations/${plane.ready.orgId}/${vpce(1)}`)).status).toBe(200);
    return organization("POST", vpce(1), { label: "" });
  },
  vpcEndpointOfRegion: async () => {
    await assign(3);
    return organization("POST", vpce(3).replace(REGION, "aws-us-west-2"), { label: "" });
  },
  vpcEndpointInUse: async () => {
    await assign(2);
    const { project } = await api.project({ region_id: REGION });
    expect((await api.call("POST", `/projects/${project.id}/vpc_endpoints/${vpce(2).split("/").pop() ?? ""}`, { label: "" })).status).toBe(
      200,
    );
    return organization("DELETE", vpce(2));
  },
  vpcEndpointsLimit: async () => {
    for (let number = 100; number < 110; number++)
      await api.call("POST", `/organizations/${plane.ready.orgId}/${vpce(number)}`, { label: "" });
    return organization("POST", vpce(110), { label: "" });
  },

  consumptionNotInPlan: () => free.api.refused("GET", `/consumption_history/projects?org_id=${free.ready.orgId}&${MARCH}`),
  consumptionRange: () => api.refused("GET", `/consumption_history/projects?org_id=${plane.ready.orgId}&${MARCH}`),
} satisfies Provocations;

const REGION = "aws-us-east-2";
const vpce = (number: number) => `vpc/region/${REGION}/vpc_endpoints/vpce-${String(number).padStart(16, "0")}`;
async function assign(number: number): Promise<void> {
  expect((await api.call("POST", `/organizations/${plane.ready.orgId}/${vpce(number)}`, { label: "" })).status).toBe(200);
}

const MARCH = "granularity=hourly&from=2024-03-01T00:00:00Z&to=2024-03-02T00:00:00Z";
