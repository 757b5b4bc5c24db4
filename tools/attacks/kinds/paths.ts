import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineAttacks, type Attack, reportHeld, type Outcome, reportThrough } from "../attack.js";
import { type AttackTarget, KEYS } from "../attackTarget.js";
import { sendHttpRequest } from "../rawConnections.js";

const OTHERS = "another's project, or a file in the place of an object";

const MALFORMED_IDS = [
  "..",
  "%2e%2e",
  "..%2f..%2fetc%2fpasswd",
  "%2e%2e%2f",
  ".%00",
  "a%0d%0ab",
  "%ff%fe",
  "*",
  "'%20OR%201=1--",
  "%25",
  "br-x%3Bdrop",
  "__proto__",
  "constructor",
  "undefined",
  "x".repeat(190),
];

/** Sent as raw bytes: a client would normalize the path. */
async function tryPath(target: AttackTarget, method: string, path: string): Promise<Outcome> {
  const { host } = new URL(target.ready.apiUrl);
  const { status, text } = await sendHttpRequest(
    target,
    `${method} /api/v2${path} HTTP/1.1\nHost: ${host}\nAuthorization: Bearer ${KEYS.attackers}\nConnection: close\n\n`,
  );
  const message = /"message":"([^"]*)"/.exec(text)?.[1] ?? "";
  return [301, 400, 404, 414].includes(status) ? reportHeld(`${status} ${message}`) : reportThrough(`${status} ${text.slice(0, 80)}`);
}

const ID_PATHS: Record<string, (trick: string, target: AttackTarget) => string> = {
  "the id of a project": (trick) => `/projects/${trick}`,
  "the id of a branch": (trick, { tenant }) => `/projects/${tenant.projectId}/branches/${trick}`,
  "the name of a role": (trick, { tenant }) => `/projects/${tenant.projectId}/branches/${tenant.branchId}/roles/${trick}`,
};

export const paths: Attack[] = defineAttacks("paths", [
  ...Object.entries(ID_PATHS).flatMap(([place, path]) =>
    MALFORMED_IDS.map((trick) => ({
      name: `${place}: ${trick.length > 40 ? `${trick.length} letters` : trick}`,
      gain: OTHERS,
      attempt: (target: AttackTarget) => tryPath(target, "GET", path(trick, target)),
    })),
  ),
  {
    name: "a branch of one's own through another's project",
    gain: OTHERS,
    attempt: (target) => tryPath(target, "GET", `/projects/${target.victim.projectId}/branches/${target.tenant.branchId}`),
  },
  {
    name: "another's branch through one's own project",
    gain: OTHERS,
    attempt: (target) => tryPath(target, "GET", `/projects/${target.tenant.projectId}/branches/${target.victim.branchId}`),
  },
  {
    name: "another's compute through one's own project",
    gain: OTHERS,
    attempt: (target) =>
      tryPath(target, "POST", `/projects/${target.tenant.projectId}/endpoints/${target.victim.owner.endpointId}/suspend`),
  },
  ...["parent_id", "source"].map((field) => ({
    name: `another's branch as ${field === "parent_id" ? "the parent of a new one" : "the source of a reset"}`,
    gain: "a copy of another's rows",
    attempt: async (target: AttackTarget) => {
      const { tenant, victim } = target;
      const answer =
        field === "parent_id"
          ? await target.call("POST", `/projects/${tenant.projectId}/branches`, { branch: { parent_id: victim.branchId } })
          : await target.call("POST", `/projects/${tenant.projectId}/branches/${tenant.branchId}/restore`, {
              source_branch_id: victim.branchId,
            });
      return answer.status === 404 ? reportHeld(String(answer.body["message"])) : reportThrough(`answered ${answer.status}`);
    },
  })),
  ...["../../escaped", "/tmp/escaped", "..", "a/../b"].map((name) => ({
    name: `a database, a branch and a role with the name ${name}`,
    gain: "a file outside of the data directory",
    attempt: async (target: AttackTarget) => {
      const { projectId } = target.tenant;
      const branch = `/projects/${projectId}/branches/${target.tenant.branchId}`;
      const statuses = [
        (await target.call("POST", `/projects/${projectId}/branches`, { branch: { name } })).status,
        (await target.call("POST", `${branch}/roles`, { role: { name } })).status,
        (await target.call("POST", `${branch}/databases`, { database: { name, owner_name: target.tenant.owner.role } })).status,
      ];
      await target.waitForOperations(projectId);
      const escaped = [join(target.folder, "escaped"), "/tmp/escaped", join(target.directory, "escaped")].filter((path) =>
        existsSync(path),
      );
      const odd = readdirSync(join(target.directory, "clusters")).filter((each) => each.includes("escaped"));
      return escaped.length + odd.length === 0
        ? reportHeld(`answered ${statuses.join(", ")}; no file has the name`)
        : reportThrough([...escaped, ...odd].join());
    },
  })),
]);
