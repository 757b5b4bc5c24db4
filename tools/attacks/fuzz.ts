import { randomOf } from "../reachability/random.js";
import { pick, statementsOf } from "./fuzzStatements.js";
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
    let login: Login = place.owner;
    for (const last = Math.min(rounds, round + ROUNDS_IN_A_PROJECT); round < last; round++) {
      statements.push(...statementsOf(random, STATEMENTS_IN_A_ROUND));
      const act = pick(random, Object.keys(ACTS));
      const problems: string[] = [];
      try {
        await said(ground, login, statements.slice(-STATEMENTS_IN_A_ROUND));
        const copy = await ACTS[act]?.(ground, place, round);
        login = await admitted(ground, place, `tenant_${round}`);
        problems.push(...(await powersOf(ground, login)));
        if (copy) problems.push(...(await judgedCopy(ground, login, copy, act, round)));
      } catch (error) {
        problems.push((error as Error).message);
      }
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

/** A role that the API makes now gets in: the branch can be reached, whatever the tenant has done to its own roles. `postgres` is nobody's. */
async function admitted(ground: Ground, { projectId, branchId, owner }: Place, role: string): Promise<Login> {
  const roles = `/projects/${projectId}/branches/${branchId}/roles`;
  const { role: made } = (await ground.ok("POST", roles, { role: { name: role } })) as { role: { password: string } };
  await ground.settled(projectId);
  const login = { ...owner, role, password: made.password, database: "postgres" };
  const refusal = await ground.refusal(login);
  if (refusal !== undefined) throw new Error(`${branchId} cannot be reached: ${refusal}`);
  return login;
}

/** What the plane does between the statements; a copy that it made. */
type Act = (ground: Ground, place: Place, round: number) => Promise<Place | undefined>;

const ACTS: Record<string, Act> = {
  /** What SQL made is learnt at the end of the session; the next call of the API applies it. */
  learn: () => Promise.resolve(undefined),
  apply: async (ground, { projectId, branchId }) => {
    const databases = `/projects/${projectId}/branches/${branchId}/databases`;
    await ground.call("POST", databases, { database: { name: "applied", owner_name: "neondb_owner" } });
    await ground.settled(projectId);
    await ground.call("DELETE", `${databases}/applied`);
    await ground.settled(projectId);
    return undefined;
  },
  sleep: async (ground, { projectId, owner }) => {
    await ground.call("POST", `/projects/${projectId}/endpoints/${owner.endpointId}/suspend`);
    await ground.settled(projectId);
    return undefined;
  },
  copy: (ground, place, round) => copied(ground, place, {}, round),
  reset: async (ground, place, round) => {
    const copy = await copied(ground, place, {}, round);
    await ground.ok("POST", `/projects/${copy.projectId}/branches/${copy.branchId}/restore`, { source_branch_id: place.branchId });
    await ground.settled(copy.projectId);
    return copy;
  },
  "schema-only": (ground, place, round) => copied(ground, place, { init_source: "schema-only" }, round),
};

async function copied(ground: Ground, place: Place, fields: object, round: number): Promise<Place> {
  const wanted = { branch: { ...fields, name: `copy-${round}` }, endpoints: [{ type: "read_write" }] };
  const made = (await ground.ok("POST", `/projects/${place.projectId}/branches`, wanted)) as unknown as Made;
  await ground.settled(place.projectId);
  return { ...place, branchId: made.branch.id, owner: { ...place.owner, endpointId: made.endpoints[0]?.id ?? "" } };
}

interface Made {
  branch: { id: string };
  endpoints: { id: string }[];
}

/** What is made in the branch afterwards is not in its copy, nor is any row where it is one of the schema alone. */
async function judgedCopy(ground: Ground, own: Login, copy: Place, act: string, round: number): Promise<string[]> {
  const login = await admitted(ground, copy, `copy_${round}`);
  await ground.sql(own, `CREATE ROLE mark_${round}`);
  const seen = await ground.sql(login, `SELECT FROM pg_catalog.pg_roles WHERE rolname = 'mark_${round}'`);
  const problems = [
    ...(await powersOf(ground, login)),
    ...(seen.length > 0 ? ["another branch's roles are seen"] : []),
    ...(act === "schema-only" ? await rowsOf(ground, login) : []),
  ];
  await ground.call("DELETE", `/projects/${copy.projectId}/branches/${copy.branchId}`);
  await ground.settled(copy.projectId);
  return problems;
}

/** Of every database of the copy that opens. */
async function rowsOf(ground: Ground, login: Login): Promise<string[]> {
  const databases = await ground.sql(login, "SELECT datname FROM pg_catalog.pg_database WHERE datname !~ '^(template.|palisade)$'");
  const problems: string[] = [];
  for (const { datname } of databases) {
    const inside = { ...login, database: String(datname) };
    const tables = await ground.sql(inside, TABLES).catch(() => []);
    for (const { name } of tables) {
      const rows = await ground.sql(inside, `SELECT n FROM ${String(name)} LIMIT 1`).catch(() => []);
      if (rows.length > 0) problems.push(`rows of ${String(datname)}.${String(name)} in a copy of the schema`);
    }
  }
  return problems;
}

const TABLES = `
SELECT pg_catalog.format('%I.%I', schemaname, tablename) AS name FROM pg_catalog.pg_tables WHERE schemaname !~ '^(pg_|information_schema$)'`;
