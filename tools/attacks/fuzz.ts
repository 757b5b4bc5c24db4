import { randomOf } from "../reachability/random.js";
import { pick, type Random, statementsOf } from "./fuzzStatements.js";
import { type Ground, KEYS, type Login, type Place } from "./ground.js";
import { powersOf, said } from "./power.js";

export interface Finding {
  round: number;
  act: string;
  what: string;
  /** Of this round and of those before it in the same project. */
  statements: readonly string[];
}

/** So many rounds share a project: what one has done lies in the way of the next. */
const ROUNDS_IN_A_PROJECT = 10;
const STATEMENTS_IN_A_ROUND = 12;
/** Each is made in a branch after it was copied, and is in no copy of it. */
const MARK = "mark";

/**
 * Random statements of a tenant, then one act of the plane, round after round. After each nobody of the branch or of its copy is mightier than a
 * tenant may be, no copy has rows that it must not have, and the branch and its copy can be reached.
 */
export async function fuzz(
  ground: Ground,
  rounds: number,
  seed: number,
  told: (finding: Finding) => void = () => undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const random = randomOf(seed);
  for (let round = 0; round < rounds;) {
    const place = await ground.project(KEYS.attackers, { name: "fuzzed" });
    const statements: string[] = [];
    for (const last = Math.min(rounds, round + ROUNDS_IN_A_PROJECT); round < last; round++) {
      const { act, problems } = await playedRound(ground, place, random, round, statements);
      for (const what of problems) {
        const finding = { round, act, what, statements: [...statements] };
        findings.push(finding);
        told(finding);
      }
    }
    await ground.call("DELETE", `/projects/${place.projectId}`);
  }
  return findings;
}

async function playedRound(
  ground: Ground,
  place: Place,
  random: Random,
  round: number,
  statements: string[],
): Promise<{ act: string; problems: string[] }> {
  const spoken = statementsOf(random, STATEMENTS_IN_A_ROUND);
  const act = pick(random, Object.keys(ACTS) as (keyof typeof ACTS)[]);
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<string[]>): Promise<void> => {
    try {
      problems.push(...(await work()).map((problem) => `${what}: ${problem}`));
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
    }
  };
  statements.push(...spoken);
  await attempt("the branch", async () => {
    const login = await admitted(ground, place, `before_${round}`);
    await said(ground, login, spoken);
    return [];
  });
  await attempt(act, () => ACTS[act](ground, place, round));
  await attempt("the branch afterwards", () => held(ground, place, `after_${round}`));
  return { act, problems };
}

/** A role that the API makes now gets in: the branch can be reached, whatever the tenant has done to its own roles. `postgres` is nobody's. */
async function admitted(ground: Ground, { projectId, branchId, owner }: Place, role: string): Promise<Login> {
  const roles = `/projects/${projectId}/branches/${branchId}/roles`;
  const { role: made } = (await ground.ok("POST", roles, { role: { name: role } })) as { role: { password: string } };
  await ground.settled(projectId);
  const login = { ...owner, role, password: made.password, database: "postgres" };
  const refusal = await ground.refusal(login);
  if (refusal !== undefined) throw new Error(`cannot be reached: ${refusal}`);
  return login;
}

const held = async (ground: Ground, place: Place, role: string): Promise<string[]> => powersOf(ground, await admitted(ground, place, role));

type Act = (ground: Ground, place: Place, round: number) => Promise<string[]>;

const ACTS = {
  /** What SQL made is learnt at the end of the session; the next call of the API applies it. */
  learn: async () => Promise.resolve([]),
  apply: async (ground, place) => {
    const branch = `/projects/${place.projectId}/branches/${place.branchId}`;
    await ground.call("POST", `${branch}/databases`, { database: { name: "applied", owner_name: "neondb_owner" } });
    await ground.settled(place.projectId);
    await ground.call("DELETE", `${branch}/databases/applied`);
    await ground.settled(place.projectId);
    return [];
  },
  sleep: async (ground, { projectId, owner }) => {
    await ground.call("POST", `/projects/${projectId}/endpoints/${owner.endpointId}/suspend`);
    await ground.settled(projectId);
    return [];
  },
  copy: (ground, place, round) => withCopy(ground, place, {}, round, (copy) => marked(ground, place, copy, round)),
  reset: (ground, place, round) =>
    withCopy(ground, place, {}, round, async (copy) => {
      await ground.ok("POST", `/projects/${copy.projectId}/branches/${copy.branchId}/restore`, { source_branch_id: place.branchId });
      await ground.settled(copy.projectId);
      return marked(ground, place, copy, round);
    }),
  "schema-only": (ground, place, round) =>
    withCopy(ground, place, { init_source: "schema-only" }, round, async (copy) =>
      rowsOf(ground, await admitted(ground, copy, `rows_${round}`)),
    ),
} satisfies Record<string, Act>;

/** Looks at a copy while there is one. A copy that the plane could not make is none, and nobody reaches it: but it must be able to. */
async function withCopy(
  ground: Ground,
  place: Place,
  fields: object,
  round: number,
  look: (copy: Place) => Promise<string[]>,
): Promise<string[]> {
  const wanted = { branch: { ...fields, name: `copy-${round}` }, endpoints: [{ type: "read_write" }] };
  const made = (await ground.ok("POST", `/projects/${place.projectId}/branches`, wanted)) as unknown as {
    branch: { id: string };
    endpoints: { id: string }[];
  };
  await ground.settled(place.projectId);
  const copy = { ...place, branchId: made.branch.id, owner: { ...place.owner, endpointId: made.endpoints[0]?.id ?? "" } };
  const problems = [...(await look(copy)), ...(await held(ground, copy, `copy_${round}`))];
  await ground.call("DELETE", `/projects/${copy.projectId}/branches/${copy.branchId}`);
  await ground.settled(copy.projectId);
  return problems;
}

/** What is written in one of the two afterwards is not in the other. */
async function marked(ground: Ground, place: Place, copy: Place, round: number): Promise<string[]> {
  const [own, other] = [await admitted(ground, place, `own_${round}`), await admitted(ground, copy, `other_${round}`)];
  await ground.sql(own, `CREATE ROLE ${MARK}_${round}`);
  const seen = await ground.sql(other, `SELECT FROM pg_catalog.pg_roles WHERE rolname = '${MARK}_${round}'`);
  return seen.length > 0 ? ["another branch's roles are seen"] : [];
}

/** Of every database of the copy that opens, also after its flags are taken away. */
async function rowsOf(ground: Ground, login: Login): Promise<string[]> {
  const databases = await ground.sql(login, "SELECT datname FROM pg_catalog.pg_database WHERE datname !~ '^(template.|palisade)$'");
  const problems: string[] = [];
  for (const { datname } of databases) {
    const tables = await ground
      .sql(
        { ...login, database: String(datname) },
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_catalog.pg_tables WHERE schemaname !~ '^(pg_|information_schema$)'",
      )
      .catch(() => []);
    for (const { name } of tables) {
      const rows = await ground.sql({ ...login, database: String(datname) }, `SELECT n FROM ${String(name)} LIMIT 1`).catch(() => []);
      if (rows.length > 0) problems.push(`rows of ${String(datname)}.${String(name)} in a copy of the schema`);
    }
  }
  return problems;
}
