import type { Client } from "pg";
import { formatErrorMessage } from "../../../contract/errors.js";
import { defineAttacks, type Attack, reportHeld, reportOutcome, type Outcome, reportThrough } from "../attack.js";
import { ATTACKERS, type AttackTarget, KEYS, type Login, type TestBranch, waitUntil } from "../attackTarget.js";

const GOES_ON = "rows, for who may have them no more";

/** An open session that goes on asking: held when it is cut off soon after `end`, and nobody gets in again. */
async function trySessionEnd(target: AttackTarget, login: Login, end: () => Promise<unknown>): Promise<Outcome> {
  const answers: string[] = [];
  let client: Client | undefined;
  const session = target.withSession(login, async (open) => {
    client = open;
    await open.query("SELECT 1");
    await end();
    const isOver = () =>
      open.query("SELECT 1").then(
        () => false,
        (error: unknown) => answers.push(formatErrorMessage(error)) > 0,
      );
    await waitUntil("the session ends", isOver, ENDS_WITHIN_MS).catch(() => undefined);
  });
  await session.catch(() => undefined);
  client?.removeAllListeners();
  if (answers.length === 0) return reportThrough(`the open session still asks after ${ENDS_WITHIN_MS} ms`);
  const again = await target.findRefusal(login);
  return again === undefined ? reportThrough("it logs in again") : reportHeld(`the session is ended; then: ${again}`);
}

const ENDS_WITHIN_MS = 15_000;

const createProject = (target: AttackTarget): Promise<TestBranch> => target.createProject(KEYS.attackers, { name: "to end" });

const buildBranchAttack = (name: string, end: (target: AttackTarget, child: TestBranch) => Promise<unknown>) => ({
  name,
  gain: GOES_ON,
  attempt: async (target: AttackTarget) => {
    const child = await target.createBranch(await target.getOrCreate("a project of branches to end", () => createProject(target)), {});
    return trySessionEnd(target, child.owner, () => end(target, child));
  },
});

/** A key that is taken back: the same call with it before and after. */
const buildKeyAttack = (
  name: string,
  make: (target: AttackTarget) => Promise<{ key: string; path: string; end: () => Promise<unknown> }>,
) => ({
  name,
  gain: "calls, for who may make them no more",
  attempt: async (target: AttackTarget) => {
    const { key, path, end } = await make(target);
    target.secrets.add(key);
    const before = (await target.call("GET", path, undefined, key)).status;
    await end();
    const after = (await target.call("GET", path, undefined, key)).status;
    return reportOutcome(
      before === 200 && [401, 403, 404].includes(after),
      `${before} before, ${after} after`,
      `${before} before, ${after} after`,
    );
  },
});

export const ended: Attack[] = defineAttacks("ended", [
  {
    name: "a session in a project that is deleted",
    gain: GOES_ON,
    attempt: async (target) => {
      const place = await createProject(target);
      return trySessionEnd(target, place.owner, () => target.callOrThrow("DELETE", `/projects/${place.projectId}`));
    },
  },
  {
    name: "a pooled session in a project that is deleted",
    gain: GOES_ON,
    attempt: async (target) => {
      const place = await createProject(target);
      const owner = { ...place.owner, endpointId: `${place.owner.endpointId}-pooler` };
      return trySessionEnd(target, owner, () => target.callOrThrow("DELETE", `/projects/${place.projectId}`));
    },
  },
  buildBranchAttack("a session in a branch that is deleted", (target, { projectId, branchId }) =>
    target.callOrThrow("DELETE", `/projects/${projectId}/branches/${branchId}`),
  ),
  buildBranchAttack("a session at a compute that is deleted", (target, { projectId, owner }) =>
    target.callOrThrow("DELETE", `/projects/${projectId}/endpoints/${owner.endpointId}`),
  ),
  buildBranchAttack("a session at a compute that is disabled", (target, { projectId, owner }) =>
    target.callOrThrow("PATCH", `/projects/${projectId}/endpoints/${owner.endpointId}`, { endpoint: { disabled: true } }),
  ),
  {
    name: "a session of a role that is deleted",
    gain: GOES_ON,
    attempt: async (target) => {
      const { projectId, branchId, owner } = target.tenant;
      const roles = `/projects/${projectId}/branches/${branchId}/roles`;
      const made = (await target.callOrThrow("POST", roles, { role: { name: "leaver" } })) as { role: { password: string } };
      await target.waitForOperations(projectId);
      target.secrets.add(made.role.password);
      return trySessionEnd(target, { ...owner, role: "leaver", password: made.role.password }, () =>
        target.callOrThrow("DELETE", `${roles}/leaver`),
      );
    },
  },
  {
    name: "a password that was reset",
    gain: GOES_ON,
    attempt: async (target) => {
      const place = await target.createBranch(target.tenant, {});
      await target.callOrThrow("POST", `/projects/${place.projectId}/branches/${place.branchId}/roles/${place.owner.role}/reset_password`);
      const answer = await target.findRefusal(place.owner);
      return answer === undefined ? reportThrough("the old one still opens") : reportHeld(answer);
    },
  },
  {
    name: "a deleted project in the place of a live one",
    gain: "its rows",
    attempt: async (target) => {
      const place = await createProject(target);
      await target.callOrThrow("DELETE", `/projects/${place.projectId}`);
      const answers = [
        await target.call("GET", `/projects/${place.projectId}`),
        await target.call("POST", `/projects/${place.projectId}/branches`, { branch: {} }),
      ];
      const again = await target.findRefusal(place.owner);
      return reportOutcome(
        answers.every(({ status }) => status === 404) && again !== undefined,
        again ?? "",
        answers.map(({ status }) => status).join(),
      );
    },
  },
  buildKeyAttack("a personal key that was revoked", async (target) => {
    const { key, id } = (await target.callOrThrow("POST", "/api_keys", { key_name: "brief" }, KEYS.stranger)) as {
      key: string;
      id: number;
    };
    return { key, path: "/users/me", end: () => target.callOrThrow("DELETE", `/api_keys/${id}`, undefined, KEYS.stranger) };
  }),
  buildKeyAttack("an organisation's key that was revoked", async (target) => {
    const keys = `/organizations/${ATTACKERS}/api_keys`;
    const { key, id } = (await target.callOrThrow("POST", keys, { key_name: "brief" }, KEYS.stranger)) as { key: string; id: number };
    return { key, path: "/projects", end: () => target.callOrThrow("DELETE", `${keys}/${id}`, undefined, KEYS.stranger) };
  }),
  buildKeyAttack("a key of a project that was deleted", async (target) => {
    const { projectId } = await createProject(target);
    const body = { key_name: "brief", project_id: projectId };
    const { key } = (await target.callOrThrow("POST", `/organizations/${ATTACKERS}/api_keys`, body, KEYS.stranger)) as { key: string };
    return { key, path: `/projects/${projectId}`, end: () => target.callOrThrow("DELETE", `/projects/${projectId}`) };
  }),
]);
