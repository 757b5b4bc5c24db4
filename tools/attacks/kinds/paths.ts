import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { attacks, type Attack, held, type Outcome, through } from "../attack.js";
import { type Ground, KEYS } from "../ground.js";
import { http } from "../raw.js";

const OTHERS = "another's project, or a file in the place of an object";

const TRICKS = [
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

/** Written by hand: a client would put the path straight. */
async function asked(ground: Ground, method: string, path: string): Promise<Outcome> {
  const { host } = new URL(ground.ready.apiUrl);
  const { status, text } = await http(
    ground,
    `${method} /api/v2${path} HTTP/1.1\nHost: ${host}\nAuthorization: Bearer ${KEYS.attackers}\nConnection: close\n\n`,
  );
  const message = /"message":"([^"]*)"/.exec(text)?.[1] ?? "";
  return [301, 400, 404, 414].includes(status) ? held(`${status} ${message}`) : through(`${status} ${text.slice(0, 80)}`);
}

const PLACES: Record<string, (trick: string, ground: Ground) => string> = {
  "the id of a project": (trick) => `/projects/${trick}`,
  "the id of a branch": (trick, { tenant }) => `/projects/${tenant.projectId}/branches/${trick}`,
  "the name of a role": (trick, { tenant }) => `/projects/${tenant.projectId}/branches/${tenant.branchId}/roles/${trick}`,
};

export const paths: Attack[] = attacks("paths", [
  ...Object.entries(PLACES).flatMap(([place, path]) =>
    TRICKS.map((trick) => ({
      name: `${place}: ${trick.length > 40 ? `${trick.length} letters` : trick}`,
      gain: OTHERS,
      tried: (ground: Ground) => asked(ground, "GET", path(trick, ground)),
    })),
  ),
  {
    name: "a branch of one's own through another's project",
    gain: OTHERS,
    tried: (ground) => asked(ground, "GET", `/projects/${ground.victim.projectId}/branches/${ground.tenant.branchId}`),
  },
  {
    name: "another's branch through one's own project",
    gain: OTHERS,
    tried: (ground) => asked(ground, "GET", `/projects/${ground.tenant.projectId}/branches/${ground.victim.branchId}`),
  },
  {
    name: "another's compute through one's own project",
    gain: OTHERS,
    tried: (ground) => asked(ground, "POST", `/projects/${ground.tenant.projectId}/endpoints/${ground.victim.owner.endpointId}/suspend`),
  },
  ...["parent_id", "source"].map((field) => ({
    name: `another's branch as ${field === "parent_id" ? "the parent of a new one" : "the source of a reset"}`,
    gain: "a copy of another's rows",
    tried: async (ground: Ground) => {
      const { tenant, victim } = ground;
      const answer =
        field === "parent_id"
          ? await ground.call("POST", `/projects/${tenant.projectId}/branches`, { branch: { parent_id: victim.branchId } })
          : await ground.call("POST", `/projects/${tenant.projectId}/branches/${tenant.branchId}/restore`, {
              source_branch_id: victim.branchId,
            });
      return answer.status === 404 ? held(String(answer.body["message"])) : through(`answered ${answer.status}`);
    },
  })),
  ...["../../escaped", "/tmp/escaped", "..", "a/../b"].map((name) => ({
    name: `a database, a branch and a role with the name ${name}`,
    gain: "a file outside of the data directory",
    tried: async (ground: Ground) => {
      const { projectId } = ground.tenant;
      const branch = `/projects/${projectId}/branches/${ground.tenant.branchId}`;
      const statuses = [
        (await ground.call("POST", `/projects/${projectId}/branches`, { branch: { name } })).status,
        (await ground.call("POST", `${branch}/roles`, { role: { name } })).status,
        (await ground.call("POST", `${branch}/databases`, { database: { name, owner_name: ground.tenant.owner.role } })).status,
      ];
      await ground.settled(projectId);
      const escaped = [join(ground.folder, "escaped"), "/tmp/escaped", join(ground.directory, "escaped")].filter((path) =>
        existsSync(path),
      );
      const odd = readdirSync(join(ground.directory, "clusters")).filter((each) => each.includes("escaped"));
      return escaped.length + odd.length === 0
        ? held(`answered ${statuses.join(", ")}; no file has the name`)
        : through([...escaped, ...odd].join());
    },
  })),
]);
