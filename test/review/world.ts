import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { type TestPlane } from "../support/plane.js";

/** An organisation of 50 projects, ten of each kind that a scan tells apart, and the call counts of a plane that holds it. */
const PROJECTS_OF_A_KIND = 10;

const KINDS = {
  open: `settings: {}`,
  listed: `settings: { allowed_ips: { ips: [192.0.2.0/24] }, audit_log_level: full }, branches: [{ name: main, protected: true }]`,
  scoped: `settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }, branches: [{ name: main, protected: true }, { name: dev, computes: [read_write] }]`,
  closed: `settings: { block_public_connections: true, block_vpc_connections: true, audit_log_level: full }, branches: [{ name: main, protected: true }]`,
  broken: `settings: { allowed_ips: { ips: [10.0.0.0/8, 203.0.113.7], protected_branches_only: true } }`,
};
export type KindOfProject = keyof typeof KINDS;

export const nameOf = (kind: KindOfProject, number: number): string => `${kind}-${String(number).padStart(2, "0")}`;
const idOf = (kind: KindOfProject, number: number): string => `${nameOf(kind, number)}-00000001`;

const kinds = Object.keys(KINDS) as KindOfProject[];
const projects = kinds.flatMap((kind) =>
  Array.from(
    { length: PROJECTS_OF_A_KIND },
    (_, number) => `  - { name: ${nameOf(kind, number)}, id: ${idOf(kind, number)}, ${KINDS[kind]} }`,
  ),
);

export const SEED = `projects:
${projects.join("\n")}
keys:
  - { name: organisation, kind: organisation, organisation: Palisade, key: napi_organisation }
  - { name: one, kind: project, project: ${nameOf("scoped", 0)}, key: napi_one }
`;

/** Calls by route since the last time this was asked. */
export async function callsOf({ api }: TestPlane): Promise<Record<string, number>> {
  const { body } = await api.call("GET", "/x-palisade/test/calls");
  await api.call("DELETE", "/x-palisade/test/calls");
  return (body as { calls: Record<string, number> }).calls;
}

/** A branch made by hand, with a compute. */
export async function branchOf({ api }: TestPlane, projectId: string, branch: object): Promise<string> {
  const made = await api.ok(CreatedBranch, "POST", `/projects/${projectId}/branches`, { branch, endpoints: [{ type: "read_write" }] });
  await api.settled(projectId);
  return made.branch.id;
}

export async function disableComputes({ api }: TestPlane, projectId: string): Promise<void> {
  const { endpoints } = await api.ok(EndpointsResponse, "GET", `/projects/${projectId}/endpoints`);
  for (const { id } of endpoints) await api.call("PATCH", `/projects/${projectId}/endpoints/${id}`, { endpoint: { disabled: true } });
  await api.settled(projectId);
}
