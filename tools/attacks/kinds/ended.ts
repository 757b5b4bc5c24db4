import type { Client } from "pg";
import { messageOf } from "../../../contract/errors.js";
import { attacks, type Attack, held, judged, type Outcome, through } from "../attack.js";
import { ATTACKERS, type Ground, KEYS, type Login, type Place, until } from "../ground.js";

const GOES_ON = "rows, for who may have them no more";

/** An open session that goes on asking: held when it is cut off soon after `end`, and nobody gets in again. */
async function cutOff(ground: Ground, login: Login, end: () => Promise<unknown>): Promise<Outcome> {
  const answers: string[] = [];
  let client: Client | undefined;
  const session = ground.session(login, async (open) => {
    client = open;
    await open.query("SELECT 1");
    await end();
    const isOver = () =>
      open.query("SELECT 1").then(
        () => false,
        (error: unknown) => answers.push(messageOf(error)) > 0,
      );
    await until("the session ends", isOver, ENDS_WITHIN_MS).catch(() => undefined);
  });
  await session.catch(() => undefined);
  client?.removeAllListeners();
  if (answers.length === 0) return through(`the open session still asks after ${ENDS_WITHIN_MS} ms`);
  const again = await ground.refusal(login);
  return again === undefined ? through("it logs in again") : held(`the session is ended; then: ${again}`);
}

const ENDS_WITHIN_MS = 15_000;

const project = (ground: Ground): Promise<Place> => ground.project(KEYS.attackers, { name: "to end" });

const ofBranch = (name: string, end: (ground: Ground, child: Place) => Promise<unknown>) => ({
  name,
  gain: GOES_ON,
  tried: async (ground: Ground) => {
    const child = await ground.branch(await ground.once("a project of branches to end", () => project(ground)), {});
    return cutOff(ground, child.owner, () => end(ground, child));
  },
});

/** A key that is taken back: the same call with it before and after. */
const ofKey = (name: string, make: (ground: Ground) => Promise<{ key: string; path: string; end: () => Promise<unknown> }>) => ({
  name,
  gain: "calls, for who may make them no more",
  tried: async (ground: Ground) => {
    const { key, path, end } = await make(ground);
    ground.secrets.add(key);
    const before = (await ground.call("GET", path, undefined, key)).status;
    await end();
    const after = (await ground.call("GET", path, undefined, key)).status;
    return judged(
      before === 200 && [401, 403, 404].includes(after),
      `${before} before, ${after} after`,
      `${before} before, ${after} after`,
    );
  },
});

export const ended: Attack[] = attacks("ended", [
  {
    name: "a session in a project that is deleted",
    gain: GOES_ON,
    tried: async (ground) => {
      const place = await project(ground);
      return cutOff(ground, place.owner, () => ground.ok("DELETE", `/projects/${place.projectId}`));
    },
  },
  {
    name: "a pooled session in a project that is deleted",
    gain: GOES_ON,
    tried: async (ground) => {
      const place = await project(ground);
      const owner = { ...place.owner, endpointId: `${place.owner.endpointId}-pooler` };
      return cutOff(ground, owner, () => ground.ok("DELETE", `/projects/${place.projectId}`));
    },
  },
  ofBranch("a session in a branch that is deleted", (ground, { projectId, branchId }) =>
    ground.ok("DELETE", `/projects/${projectId}/branches/${branchId}`),
  ),
  ofBranch("a session at a compute that is deleted", (ground, { projectId, owner }) =>
    ground.ok("DELETE", `/projects/${projectId}/endpoints/${owner.endpointId}`),
  ),
  ofBranch("a session at a compute that is disabled", (ground, { projectId, owner }) =>
    ground.ok("PATCH", `/projects/${projectId}/endpoints/${owner.endpointId}`, { endpoint: { disabled: true } }),
  ),
  {
    name: "a session of a role that is deleted",
    gain: GOES_ON,
    tried: async (ground) => {
      const { projectId, branchId, owner } = ground.tenant;
      const roles = `/projects/${projectId}/branches/${branchId}/roles`;
      const made = (await ground.ok("POST", roles, { role: { name: "leaver" } })) as { role: { password: string } };
      await ground.settled(projectId);
      ground.secrets.add(made.role.password);
      return cutOff(ground, { ...owner, role: "leaver", password: made.role.password }, () => ground.ok("DELETE", `${roles}/leaver`));
    },
  },
  {
    name: "a password that was reset",
    gain: GOES_ON,
    tried: async (ground) => {
      const place = await ground.branch(ground.tenant, {});
      await ground.ok("POST", `/projects/${place.projectId}/branches/${place.branchId}/roles/${place.owner.role}/reset_password`);
      const answer = await ground.refusal(place.owner);
      return answer === undefined ? through("the old one still opens") : held(answer);
    },
  },
  {
    name: "a deleted project in the place of a live one",
    gain: "its rows",
    tried: async (ground) => {
      const place = await project(ground);
      await ground.ok("DELETE", `/projects/${place.projectId}`);
      const answers = [
        await ground.call("GET", `/projects/${place.projectId}`),
        await ground.call("POST", `/projects/${place.projectId}/branches`, { branch: {} }),
      ];
      const again = await ground.refusal(place.owner);
      return judged(
        answers.every(({ status }) => status === 404) && again !== undefined,
        again ?? "",
        answers.map(({ status }) => status).join(),
      );
    },
  },
  ofKey("a personal key that was revoked", async (ground) => {
    const { key, id } = (await ground.ok("POST", "/api_keys", { key_name: "brief" }, KEYS.stranger)) as { key: string; id: number };
    return { key, path: "/users/me", end: () => ground.ok("DELETE", `/api_keys/${id}`, undefined, KEYS.stranger) };
  }),
  ofKey("an organisation's key that was revoked", async (ground) => {
    const keys = `/organizations/${ATTACKERS}/api_keys`;
    const { key, id } = (await ground.ok("POST", keys, { key_name: "brief" }, KEYS.stranger)) as { key: string; id: number };
    return { key, path: "/projects", end: () => ground.ok("DELETE", `${keys}/${id}`, undefined, KEYS.stranger) };
  }),
  ofKey("a key of a project that was deleted", async (ground) => {
    const { projectId } = await project(ground);
    const body = { key_name: "brief", project_id: projectId };
    const { key } = (await ground.ok("POST", `/organizations/${ATTACKERS}/api_keys`, body, KEYS.stranger)) as { key: string };
    return { key, path: `/projects/${projectId}`, end: () => ground.ok("DELETE", `/projects/${projectId}`) };
  }),
]);
