import { Client } from "pg";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import type { CreatedProject } from "@palisade/neon/contract/wire/project";
import { type Refused, startPlane } from "../../support/plane.js";
import { api, free, freeProject, mainBranch, parentAndChild, PROTECTED, type Provocations, slow, world } from "./scene.js";

/** Computes, and what is in their Postgres. */
export const COMPUTES = {
  endpointNotFound: () => world("GET", "endpoints/ep-no-such-a0000000"),
  endpointOfProtected: async () => world("DELETE", `endpoints/${await computeOf(PROTECTED)}`),
  endpointExists: () => world("POST", "endpoints", { endpoint: { branch_id: PROTECTED, type: "read_write" } }),
  endpointRegion: () => world("POST", "endpoints", { endpoint: { branch_id: PROTECTED, type: "read_only", region_id: "azure-gwc" } }),
  endpointMove: async () => world("PATCH", `endpoints/${await computeOf(PROTECTED)}`, { endpoint: { branch_id: await mainBranch() } }),
  endpointDisabled: async () => {
    const { project, endpoints } = await api.project();
    const path = `/projects/${project.id}/endpoints/${endpoints[0]?.id ?? ""}`;
    await api.call("PATCH", path, { endpoint: { disabled: true } });
    return api.refused("POST", `${path}/start`);
  },
  endpointInTransition: async () => {
    const { body } = await slow.api.call("POST", "/projects", { project: { org_id: slow.ready.orgId } });
    const { project, endpoints } = body as CreatedProject;
    return slow.api.refused("POST", `/projects/${project.id}/endpoints/${endpoints[0]?.id ?? ""}/suspend`);
  },
  computeUnits: () =>
    world("POST", "endpoints", {
      endpoint: { branch_id: PROTECTED, type: "read_only", autoscaling_limit_min_cu: 2, autoscaling_limit_max_cu: 1 },
    }),
  suspendTimeout: () => world("POST", "endpoints", { endpoint: { branch_id: PROTECTED, type: "read_only", suspend_timeout_seconds: 59 } }),
  computeSize: () => sized(0.3, 1),
  computeFixed: () => sized(8, 18),
  computeRange: () => sized(0.25, 16),
  computeLimit: async () => {
    const body = { endpoint: { autoscaling_limit_min_cu: 8, autoscaling_limit_max_cu: 16 } };
    return free.api.refused("PATCH", await freeCompute(), body);
  },
  suspendOfLarge: () => sized(32, 32, { suspend_timeout_seconds: 300 }),
  suspendNotInPlan: async () => free.api.refused("PATCH", await freeCompute(), { endpoint: { suspend_timeout_seconds: -1 } }),
  noEndpoint: async () => {
    const { project, child } = await parentAndChild();
    return api.refused("GET", `${project}/connection_uri?role_name=neondb_owner&database_name=neondb&branch_id=${child}`);
  },

  roleNotFound: () => world("GET", `branches/${PROTECTED}/roles/nobody`),
  roleExists: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "neondb_owner" } }),
  roleNameReserved: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "pg_reader" } }),
  nameNotPrintable: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "a\nb" } }),
  nameTooLong: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "é".repeat(32) } }),
  rolesLimit: async () => full("roles", { role: { name: "one_more" } }),
  roleOwnsDatabase: () => world("DELETE", `branches/${PROTECTED}/roles/neondb_owner`),
  roleWithoutLogin: async () => {
    await api.call("POST", `/projects/world-00000001/branches/${PROTECTED}/roles`, { role: { name: "group", no_login: true } });
    return world("GET", `branches/${PROTECTED}/roles/group/reveal_password`);
  },
  passwordsNotStored: async () => {
    const { project, branch } = await api.project({ store_passwords: false });
    return api.refused("GET", `/projects/${project.id}/branches/${branch.id}/roles/neondb_owner/reveal_password`);
  },

  databaseNotFound: () => world("GET", `branches/${PROTECTED}/databases/nothing`),
  databaseExists: () => world("POST", `branches/${PROTECTED}/databases`, { database: { name: "neondb", owner_name: "neondb_owner" } }),
  databaseNameReserved: () =>
    world("POST", `branches/${PROTECTED}/databases`, { database: { name: "postgres", owner_name: "neondb_owner" } }),
  databasesLimit: async () => full("databases", { database: { name: "one_more", owner_name: "neondb_owner" } }),

  schemaNeedsPostgres: () => world("GET", `branches/${PROTECTED}/schema?db_name=neondb`),
  schemaPast: () => world("GET", `branches/${PROTECTED}/schema?db_name=neondb&lsn=0/1DE2850`),
  schemaTooLarge: () =>
    inPostgres(async (client, schema) => {
      await client.query(`CREATE FUNCTION large() RETURNS text LANGUAGE sql AS $$SELECT '${"x".repeat(4_200_000)}'$$`);
      return schema();
    }),
  schemaLocked: () =>
    inPostgres(async (client, schema) => {
      await client.query("CREATE TABLE held (a int DEFAULT 1)");
      await client.query("BEGIN; LOCK TABLE held");
      return schema();
    }),
  schemaNeedsBase: async () => world("GET", `branches/${await mainBranch()}/compare_schema?db_name=neondb`),

  credentialNotFound: () => world("POST", `branches/${PROTECTED}/credentials/nak_live_0/reveal`),
} satisfies Provocations;

const full = async (what: string, body: unknown) =>
  api.refused("POST", `/projects/full-00000001/branches/${await mainBranch("full-00000001")}/${what}`, body);

async function computeOf(branchId: string): Promise<string> {
  const { body } = await api.call("GET", `/projects/world-00000001/branches/${branchId}/endpoints`);
  return (body as { endpoints: { id: string }[] }).endpoints[0]?.id ?? "";
}

/** With a session in a real database, and the call that reads its schema. */
async function inPostgres(provoke: (client: Client, schema: () => Promise<Refused>) => Promise<Refused>): Promise<Refused> {
  const real = await startPlane({ computes: "postgres", proxyPort: 0 });
  const { project, branch, connection_uris } = await real.api.project();
  const client = new Client({ connectionString: connection_uris[0]?.connection_uri });
  try {
    await client.connect();
    return await provoke(client, () => real.api.refused("GET", `/projects/${project.id}/branches/${branch.id}/schema?db_name=neondb`));
  } finally {
    await client.end();
    await real.stop();
  }
}

const sized = (min: number, max: number, more = {}) =>
  world("POST", "endpoints", {
    endpoint: { branch_id: PROTECTED, type: "read_only", autoscaling_limit_min_cu: min, autoscaling_limit_max_cu: max, ...more },
  });

async function freeCompute(): Promise<string> {
  const project = await freeProject();
  const { endpoints } = await free.api.ok(EndpointsResponse, "GET", `${project}/endpoints`);
  return `${project}/endpoints/${endpoints[0]?.id ?? ""}`;
}
