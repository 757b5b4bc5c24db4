import { defineAttacks, type Attack, reportHeld, reportOutcome, type Outcome, reportThrough } from "../attack.js";
import { ATTACKERS, type AttackTarget, KEYS, type TestBranch, VICTIMS } from "../attackTarget.js";

/** Calls of each kind of route about a project: what is put in is right, so that nothing but the authority is missing. */
const OF_PROJECT: readonly (readonly [string, string, object?])[] = [
  ["GET", ""],
  ["PATCH", "", { project: { name: "taken" } }],
  ["DELETE", ""],
  ["POST", "/recover"],
  ["GET", "/operations"],
  ["GET", "/connection_uri?database_name=neondb&role_name=neondb_owner"],
  ["GET", "/branches"],
  ["POST", "/branches", { branch: {} }],
  ["GET", "/branches/:branch"],
  ["PATCH", "/branches/:branch", { branch: { protected: false } }],
  ["DELETE", "/branches/:branch"],
  ["POST", "/branches/:branch/restore", { source_branch_id: ":branch" }],
  ["POST", "/branches/:branch/set_as_default"],
  ["POST", "/branches/:branch/recover"],
  ["GET", "/branches/:branch/schema?db_name=neondb"],
  ["POST", "/branches/:branch/snapshot"],
  ["GET", "/snapshots"],
  ["PUT", "/branches/:branch/backup_schedule", { schedule: [] }],
  ["GET", "/branches/:branch/roles"],
  ["POST", "/branches/:branch/roles", { role: { name: "taken" } }],
  ["DELETE", "/branches/:branch/roles/neondb_owner"],
  ["GET", "/branches/:branch/roles/neondb_owner/reveal_password"],
  ["POST", "/branches/:branch/roles/neondb_owner/reset_password"],
  ["GET", "/branches/:branch/databases"],
  ["POST", "/branches/:branch/databases", { database: { name: "taken", owner_name: "neondb_owner" } }],
  ["DELETE", "/branches/:branch/databases/neondb"],
  ["GET", "/endpoints"],
  ["POST", "/endpoints", { endpoint: { branch_id: ":branch", type: "read_only" } }],
  ["PATCH", "/endpoints/:endpoint", { endpoint: { disabled: true } }],
  ["POST", "/endpoints/:endpoint/suspend"],
  ["DELETE", "/endpoints/:endpoint"],
  ["GET", "/permissions"],
  ["POST", "/permissions", { email: "stranger@palisade.test" }],
  ["GET", "/members"],
  ["GET", "/vpc_endpoints"],
  ["GET", "/jwks"],
  ["POST", "/jwks", { jwks_url: "https://keys.example/jwks", provider_name: "x" }],
  ["GET", "/branches/:branch/credentials"],
  ["POST", "/branches/:branch/credentials", { name: "x", scopes: ["ai"], principal_type: "branch" }],
  ["POST", "/transfer_requests", {}],
];

/** What a viewer does not do: what changes something, and what shows a secret. */
const NOT_FOR_VIEWERS = OF_PROJECT.filter(([method, path]) => method !== "GET" || /reveal|connection_uri/.test(path));

/** What is an administrator's alone. */
const OF_ADMINISTRATORS = OF_PROJECT.filter(
  ([method, path]) =>
    (method === "DELETE" && path === "") || /^\/(recover|transfer_requests)/.test(path) || (method === "POST" && path === "/permissions"),
);

const OF_ORGANISATION: readonly (readonly [string, string, object?])[] = [
  ["GET", ""],
  ["GET", "/members"],
  ["POST", "/invitations", { invitations: [{ email: "stranger@palisade.test", role: "admin" }] }],
  ["GET", "/invitations"],
  ["GET", "/api_keys"],
  ["POST", "/api_keys", { key_name: "taken" }],
  ["GET", "/vpc/region/aws-us-east-1/vpc_endpoints"],
  ["POST", "/vpc/region/aws-us-east-1/vpc_endpoints/vpce-0123456789abcdef0", { label: "x" }],
];

const fillIds = (text: string, { branchId, owner }: TestBranch): string =>
  text.replaceAll(":branch", branchId).replaceAll(":endpoint", owner.endpointId);

async function tryCall(
  target: AttackTarget,
  key: string,
  method: string,
  path: string,
  body?: object,
  at = target.victim,
): Promise<Outcome> {
  const sent = body === undefined ? undefined : fillIds(JSON.stringify(body), at);
  const { status, body: answer } = await target.call(method, fillIds(path, at), sent, key);
  const message = String(answer["message"]);
  return [401, 403, 404].includes(status)
    ? reportHeld(`${status} ${message}`)
    : reportThrough(`${status} ${status < 300 ? "done" : message}`);
}

/** A key of the tenant's project alone, and another project of its organisation. */
const getProjectKey = (target: AttackTarget) =>
  target.getOrCreate("a key of one project", async () => {
    const key_name = "scoped";
    const made = await target.callOrThrow(
      "POST",
      `/organizations/${ATTACKERS}/api_keys`,
      { key_name, project_id: target.tenant.projectId },
      KEYS.stranger,
    );
    target.secrets.add(made["key"] as string);
    return { key: made["key"] as string, sibling: await target.createProject(KEYS.attackers, { name: "sibling" }) };
  });

const buildProjectAttacks = (what: string, gain: string, key: string, calls: typeof OF_PROJECT) =>
  calls.map(([method, path, body]) => ({
    name: `${what}: ${method} /projects/…${path}`,
    gain,
    attempt: (target: AttackTarget) => tryCall(target, key, method, `/projects/${target.victim.projectId}${path}`, body),
  }));

export const authority: Attack[] = defineAttacks("authority", [
  ...buildProjectAttacks("a key of another organisation", "another organisation's project", KEYS.attackers, OF_PROJECT),
  ...buildProjectAttacks("a viewer of the organisation", "changes and passwords, for who may only look", KEYS.viewer, NOT_FOR_VIEWERS),
  ...OF_PROJECT.map(([method, path, body]) => ({
    name: `a key of one project, in another of the same organisation: ${method} /projects/…${path}`,
    gain: "every project, with the key of one",
    attempt: async (target: AttackTarget) => {
      const { key, sibling } = await getProjectKey(target);
      return tryCall(target, key, method, `/projects/${sibling.projectId}${path}`, body, sibling);
    },
  })),
  ...OF_ADMINISTRATORS.map(([method, path, body]) => ({
    name: `a key of one project, in its own: ${method} /projects/…${path}`,
    gain: "the project given away or ended, with a key that may work in it",
    attempt: async (target: AttackTarget) => {
      const { key } = await getProjectKey(target);
      return tryCall(target, key, method, `/projects/${target.tenant.projectId}${path}`, body, target.tenant);
    },
  })),
  ...OF_ORGANISATION.map(([method, path, body]) => ({
    name: `a key of another organisation: ${method} /organizations/…${path}`,
    gain: "another organisation's people and keys",
    attempt: (target: AttackTarget) => tryCall(target, KEYS.attackers, method, `/organizations/${VICTIMS}${path}`, body),
  })),
  ...OF_ORGANISATION.filter(([method, path]) => method !== "GET" || path === "/api_keys").map(([method, path, body]) => ({
    name: `a viewer of the organisation: ${method} /organizations/…${path}`,
    gain: "people and keys, for who may only look",
    attempt: (target: AttackTarget) => tryCall(target, KEYS.viewer, method, `/organizations/${VICTIMS}${path}`, body),
  })),
  ...["GET /projects", "POST /projects", "GET /api_keys", "POST /api_keys", "GET /users/me"].map((call) => {
    const [method = "", path = ""] = call.split(" ");
    return {
      name: `a key of one project, outside of projects: ${call}`,
      gain: "the organisation, with the key of a project",
      attempt: async (target: AttackTarget) => {
        const { key } = await getProjectKey(target);
        if (call !== "GET /projects")
          return tryCall(target, key, method, path, method === "GET" ? undefined : { project: {}, key_name: "x" });
        const ids = ((await target.callOrThrow(method, path, undefined, key))["projects"] as { id: string }[]).map(({ id }) => id);
        return reportOutcome(ids.join() === target.tenant.projectId, "it lists its own project alone", `it lists ${ids.join()}`);
      },
    };
  }),
  {
    name: "a viewer of the organisation: POST /projects",
    gain: "projects, for who may only look",
    attempt: (target) => tryCall(target, KEYS.viewer, "POST", "/projects", { project: { org_id: VICTIMS } }),
  },
  {
    name: "a project made in another organisation",
    gain: "another's plan and quota",
    attempt: (target) => tryCall(target, KEYS.stranger, "POST", "/projects", { project: { org_id: VICTIMS } }),
  },
  {
    name: "a project's key made for another organisation's project",
    gain: "another organisation's project",
    attempt: (target) =>
      tryCall(target, KEYS.stranger, "POST", `/organizations/${ATTACKERS}/api_keys`, {
        key_name: "x",
        project_id: target.victim.projectId,
      }),
  },
]);
