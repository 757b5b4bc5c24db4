import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineAttacks, type Attack, reportHeld, type Outcome, reportThrough } from "../attack.js";
import { ATTACKERS, type AttackTarget, KEYS, getBranchPath } from "../attackTarget.js";

const SECRET = "a password or a key";

/** The first secret of this run that the text has. */
function judgeText(target: AttackTarget, text: string, how: string): Outcome {
  const found = [...target.secrets].find((secret) => secret !== "" && text.includes(secret));
  return found === undefined ? reportHeld(how) : reportThrough(`${found.slice(0, 6)}… is in it`);
}

const buildAnswerAttack = (name: string, call: (target: AttackTarget) => Promise<unknown>) => ({
  name,
  gain: SECRET,
  attempt: async (target: AttackTarget) => {
    const text = JSON.stringify(await call(target));
    return judgeText(target, text, `${text.length} bytes without any`);
  },
});

/** Run last: they inspect what the others have left behind. */
export const secrets: Attack[] = defineAttacks("secrets", [
  buildAnswerAttack("the list of roles", (target) => target.callOrThrow("GET", `${getBranchPath(target)}/roles`)),
  buildAnswerAttack("the list of keys", (target) =>
    target.callOrThrow("GET", `/organizations/${ATTACKERS}/api_keys`, undefined, KEYS.stranger),
  ),
  buildAnswerAttack("the operations", (target) => target.callOrThrow("GET", `/projects/${target.tenant.projectId}/operations`)),
  buildAnswerAttack("the audit rows", (target) => target.callOrThrow("GET", `/x-palisade/audit?org_id=${ATTACKERS}&limit=100`)),
  buildAnswerAttack("the audit rows of every type", (target) =>
    target.callOrThrow("GET", `/x-palisade/audit/events?org_id=${ATTACKERS}&limit=1000`),
  ),
  buildAnswerAttack("the sentence to a call with the key in its body", (target) =>
    target.call("POST", "/projects", { project: { [KEYS.victims]: KEYS.victims, region_id: 1 } }).then(({ status }) => status),
  ),
  buildAnswerAttack("the sentence to a call without the right, with the key in its path", async (target) => {
    const { body } = await target.call("GET", `/projects/${target.victim.projectId}`);
    return body;
  }),
  buildAnswerAttack("the sentence of a wrong password", (target) =>
    target.findRefusal({ ...target.tenant.owner, role: "nobody" }).then((text) => text ?? ""),
  ),
  {
    name: "the plane's log of everything so far",
    gain: SECRET,
    attempt: (target) => Promise.resolve(judgeText(target, JSON.stringify(target.logged), `${target.logged.length} lines without any`)),
  },
  {
    name: "the access log of everything so far",
    gain: SECRET,
    attempt: (target) => {
      const text = readFileSync(join(target.directory, "log", "access.jsonl"), "utf8");
      return Promise.resolve(judgeText(target, text, `${text.split("\n").length} lines without any`));
    },
  },
  {
    name: "the journal of the audit, of everything so far",
    gain: SECRET,
    attempt: (target) => {
      const text = readFileSync(join(target.directory, "audit.journal"), "utf8");
      return Promise.resolve(judgeText(target, text, `${text.split("\n").length} lines without any`));
    },
  },
  {
    name: "lines and turns of a terminal in the access log",
    gain: "lines that were never written",
    attempt: async (target) => {
      await target.findRefusal({ ...target.tenant.owner, role: 'x\n{"event":"connect"}\u202e\u009b2J' });
      const lines = readFileSync(join(target.directory, "log", "access.jsonl"), "utf8")
        .split("\n")
        .filter(Boolean);
      const isPlain = lines.every(
        (line) => !/[\p{Cc}\p{Cf}]/u.test(line) && typeof (JSON.parse(line) as { event: unknown }).event === "string",
      );
      return isPlain ? reportHeld(`${lines.length} lines, each of them one object`) : reportThrough("a line is not the plane's");
    },
  },
  {
    name: "the superuser's password, in Postgres' own views",
    gain: "the superuser of the branch, and of every other",
    attempt: async (target) => {
      const views = ["pg_settings", "pg_stat_activity", "pg_stat_wal_receiver", "pg_stat_replication", "pg_file_settings"];
      const texts = await Promise.all(
        views.map((view) =>
          target.query(target.tenant.owner, `SELECT t::text FROM ${view} t`).then(
            (rows) => JSON.stringify(rows),
            () => "",
          ),
        ),
      );
      return judgeText(target, texts.join(), `${texts.join().length} bytes without any`);
    },
  },
]);
