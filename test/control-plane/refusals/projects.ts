import { TransferRequest } from "@palisade/neon/contract/wire/transfer";
import type { Refused } from "../../support/plane.js";
import { api, free, freeProject, plane, type Provocations, real, world } from "./scene.js";

/** Projects, and what belongs to one as a whole. */
export const PROJECTS = {
  projectNotFound: () => api.refused("GET", "/projects/no-such-00000000"),
  projectNotRecoverable: () => api.refused("POST", "/projects/world-00000001/recover"),
  projectHasProtectedBranches: () => api.refused("DELETE", "/projects/world-00000001"),
  projectsLimit: () => free.api.refused("POST", "/projects", { project: { org_id: free.ready.orgId } }),
  unknownRegion: () => create({ region_id: "aws-mars-1" }),
  pgVersionNotInstalled: () => real.api.refused("POST", "/projects", { project: { org_id: real.ready.orgId, pg_version: 14 } }),
  unknownPgVersion: () => create({ pg_version: 13 }),
  allowedIpsNotInPlan: async () =>
    free.api.refused("PATCH", await freeProject(), { project: { settings: { allowed_ips: { ips: ["192.0.2.1"] } } } }),
  badAllowedIp: () => create({ settings: { allowed_ips: { ips: ["192.0.2.1", "192.0.2.999"] } } }),
  retentionBeyondPlan: async () => free.api.refused("PATCH", await freeProject(), { project: { history_retention_seconds: 86_400 } }),
  hipaaNotInPlan: async () => free.api.refused("PATCH", await freeProject(), { project: { settings: { hipaa: true } } }),
  hipaaStays: () => switchedOff("hipaa"),
  replicationStays: () => switchedOff("enable_logical_replication"),

  pathChallengeNotFound: () => api.refused("GET", `/x-palisade/projects/world-00000001/path_challenges/${"0".repeat(32)}`),
  permissionNotFound: () => world("DELETE", "permissions/00000000-0000-4000-8000-000000000000"),
  jwksNotFound: () => world("DELETE", "jwks/00000000-0000-4000-8000-000000000000"),
  jwksUrl: () => world("POST", "jwks", { jwks_url: "http://keys.example/jwks", provider_name: "x" }),

  transferRequestNotFound: () =>
    api.withKey("napi_small").refused("PUT", "/projects/world-00000001/transfer_requests/00000000-0000-4000-8000-000000000000"),
  transferUnsatisfied: async () => {
    const { id } = await api.ok(TransferRequest, "POST", "/projects/world-00000001/transfer_requests");
    return api.withKey("napi_small").refused("PUT", `/projects/world-00000001/transfer_requests/${id}`);
  },

  operationNotFound: () => world("GET", "operations/00000000-0000-4000-8000-000000000000"),
} satisfies Provocations;

const create = (project: object) => api.refused("POST", "/projects", { project: { org_id: plane.ready.orgId, ...project } });

async function switchedOff(setting: string): Promise<Refused> {
  const { project } = await api.project({ settings: { [setting]: true } });
  return api.refused("PATCH", `/projects/${project.id}`, { project: { settings: { [setting]: false } } });
}
