import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attacks, type Attack, held, type Outcome, through } from "../attack.js";
import { ATTACKERS, type Ground, KEYS } from "../ground.js";

const SECRET = "a password or a key";

/** The first secret of this run that the text has. */
function free(ground: Ground, text: string, how: string): Outcome {
  const found = [...ground.secrets].find((secret) => secret !== "" && text.includes(secret));
  return found === undefined ? held(how) : through(`${found.slice(0, 6)}… is in it`);
}

const answers = (name: string, call: (ground: Ground) => Promise<unknown>) => ({
  name,
  gain: SECRET,
  tried: async (ground: Ground) => {
    const text = JSON.stringify(await call(ground));
    return free(ground, text, `${text.length} bytes without any`);
  },
});

const branchOf = ({ tenant }: Ground) => `/projects/${tenant.projectId}/branches/${tenant.branchId}`;

/** Last of all: they look at what the others have left behind. */
export const secrets: Attack[] = attacks("secrets", [
  answers("the list of roles", (ground) => ground.ok("GET", `${branchOf(ground)}/roles`)),
  answers("the list of keys", (ground) => ground.ok("GET", `/organizations/${ATTACKERS}/api_keys`, undefined, KEYS.stranger)),
  answers("the operations", (ground) => ground.ok("GET", `/projects/${ground.tenant.projectId}/operations`)),
  answers("the audit rows", (ground) => ground.ok("GET", `/x-palisade/audit?org_id=${ATTACKERS}&limit=100`)),
  answers("the sentence to a call with the key in its body", (ground) =>
    ground.call("POST", "/projects", { project: { [KEYS.victims]: KEYS.victims, region_id: 1 } }).then(({ status }) => status),
  ),
  answers("the sentence to a call without the right, with the key in its path", async (ground) => {
    const { body } = await ground.call("GET", `/projects/${ground.victim.projectId}`);
    return body;
  }),
  answers("the sentence of a wrong password", (ground) =>
    ground.refusal({ ...ground.tenant.owner, role: "nobody" }).then((text) => text ?? ""),
  ),
  {
    name: "the plane's log of everything so far",
    gain: SECRET,
    tried: (ground) => Promise.resolve(free(ground, JSON.stringify(ground.logged), `${ground.logged.length} lines without any`)),
  },
  {
    name: "the access log of everything so far",
    gain: SECRET,
    tried: (ground) => {
      const text = readFileSync(join(ground.directory, "log", "access.jsonl"), "utf8");
      return Promise.resolve(free(ground, text, `${text.split("\n").length} lines without any`));
    },
  },
  {
    name: "lines and turns of a terminal in the access log",
    gain: "lines that were never written",
    tried: async (ground) => {
      await ground.refusal({ ...ground.tenant.owner, role: 'x\n{"event":"connect"}\u202e\u009b2J' });
      const lines = readFileSync(join(ground.directory, "log", "access.jsonl"), "utf8")
        .split("\n")
        .filter(Boolean);
      const isPlain = lines.every(
        (line) => !/[\p{Cc}\p{Cf}]/u.test(line) && typeof (JSON.parse(line) as { event: unknown }).event === "string",
      );
      return isPlain ? held(`${lines.length} lines, each of them one object`) : through("a line is not the plane's");
    },
  },
  {
    name: "the superuser's password, in Postgres' own views",
    gain: "the superuser of the branch, and of every other",
    tried: async (ground) => {
      const views = ["pg_settings", "pg_stat_activity", "pg_stat_wal_receiver", "pg_stat_replication", "pg_file_settings"];
      const texts = await Promise.all(
        views.map((view) =>
          ground.sql(ground.tenant.owner, `SELECT t::text FROM ${view} t`).then(
            (rows) => JSON.stringify(rows),
            () => "",
          ),
        ),
      );
      return free(ground, texts.join(), `${texts.join().length} bytes without any`);
    },
  },
]);
