import { createRandom } from "../reachability/random.js";
import { pick, generateStatements } from "./fuzzStatements.js";
import { type AttackTarget, KEYS, type Login, type TestBranch } from "./attackTarget.js";
import { listGainedPrivileges, runStatements } from "./privileges.js";

export interface Finding {
  round: number;
  act: string;
  what: string;
  /** Of this round and of those before it in the same project. */
  statements: readonly string[];
}

/** So many rounds share a project, so that the state which one leaves affects the next. */
const ROUNDS_IN_A_PROJECT = 10;
const STATEMENTS_IN_A_ROUND = 12;

/**
 * Random statements of a tenant, then one act of the plane, round after round. After each nobody of the branch or of its copy is more privileged than a
 * tenant may be, no copy has rows that it must not have, and the branch and its copy can be reached.
 */
export async function fuzz(
  target: AttackTarget,
  rounds: number,
  seed: number,
  onFinding: (finding: Finding) => void = () => undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const random = createRandom(seed);
  for (let round = 0; round < rounds;) {
    const place = await target.createProject(KEYS.attackers, { name: "fuzzed" });
    const statements: string[] = [];
    let login: Login = place.owner;
    for (const last = Math.min(rounds, round + ROUNDS_IN_A_PROJECT); round < last; round++) {
      statements.push(...generateStatements(random, STATEMENTS_IN_A_ROUND));
      const act = pick(random, Object.keys(PLANE_ACTIONS));
      const problems: string[] = [];
      try {
        await runStatements(target, login, statements.slice(-STATEMENTS_IN_A_ROUND));
        const copy = await PLANE_ACTIONS[act]?.(target, place, round);
        login = await createLogin(target, place, `tenant_${round}`);
        problems.push(...(await listGainedPrivileges(target, login)));
        if (copy) problems.push(...(await checkCopy(target, login, copy, act, round)));
      } catch (error) {
        problems.push((error as Error).message);
      }
      for (const what of problems) {
        const finding = { round, act, what, statements: [...statements] };
        findings.push(finding);
        onFinding(finding);
      }
    }
    await target.call("DELETE", `/projects/${place.projectId}`);
  }
  return findings;
}

/** A role that the API makes now gets in: the branch can be reached, whatever the tenant has done to its own roles. No tenant owns `postgres`. */
async function createLogin(target: AttackTarget, { projectId, branchId, owner }: TestBranch, role: string): Promise<Login> {
  const roles = `/projects/${projectId}/branches/${branchId}/roles`;
  const { role: made } = (await target.callOrThrow("POST", roles, { role: { name: role } })) as { role: { password: string } };
  await target.waitForOperations(projectId);
  const login = { ...owner, role, password: made.password, database: "postgres" };
  const refusal = await target.findRefusal(login);
  if (refusal !== undefined) throw new Error(`${branchId} cannot be reached: ${refusal}`);
  return login;
}

/** What the plane does between the statements; a copy that it made. */
type PlaneAction = (target: AttackTarget, place: TestBranch, round: number) => Promise<TestBranch | undefined>;

const PLANE_ACTIONS: Record<string, PlaneAction> = {
  /** Changes made by SQL are imported at the end of the session; the next call of the API applies them. */
  learn: () => Promise.resolve(undefined),
  apply: async (target, { projectId, branchId }) => {
    const databases = `/projects/${projectId}/branches/${branchId}/databases`;
    await target.call("POST", databases, { database: { name: "applied", owner_name: "neondb_owner" } });
    await target.waitForOperations(projectId);
    await target.call("DELETE", `${databases}/applied`);
    await target.waitForOperations(projectId);
    return undefined;
  },
  sleep: async (target, { projectId, owner }) => {
    await target.call("POST", `/projects/${projectId}/endpoints/${owner.endpointId}/suspend`);
    await target.waitForOperations(projectId);
    return undefined;
  },
  copy: (target, place, round) => createCopy(target, place, {}, round),
  reset: async (target, place, round) => {
    const copy = await createCopy(target, place, {}, round);
    await target.callOrThrow("POST", `/projects/${copy.projectId}/branches/${copy.branchId}/restore`, { source_branch_id: place.branchId });
    await target.waitForOperations(copy.projectId);
    return copy;
  },
  "schema-only": (target, place, round) => createCopy(target, place, { init_source: "schema-only" }, round),
};

async function createCopy(target: AttackTarget, place: TestBranch, fields: object, round: number): Promise<TestBranch> {
  const wanted = { branch: { ...fields, name: `copy-${round}` }, endpoints: [{ type: "read_write" }] };
  const made = (await target.callOrThrow("POST", `/projects/${place.projectId}/branches`, wanted)) as unknown as CreateResponse;
  await target.waitForOperations(place.projectId);
  return { ...place, branchId: made.branch.id, owner: { ...place.owner, endpointId: made.endpoints[0]?.id ?? "" } };
}

interface CreateResponse {
  branch: { id: string };
  endpoints: { id: string }[];
}

/** What is made in the branch afterwards is not in its copy, nor is any row where it is one of the schema alone. */
async function checkCopy(target: AttackTarget, own: Login, copy: TestBranch, act: string, round: number): Promise<string[]> {
  const login = await createLogin(target, copy, `copy_${round}`);
  await target.query(own, `CREATE ROLE mark_${round}`);
  const seen = await target.query(login, `SELECT FROM pg_catalog.pg_roles WHERE rolname = 'mark_${round}'`);
  const problems = [
    ...(await listGainedPrivileges(target, login)),
    ...(seen.length > 0 ? ["another branch's roles are seen"] : []),
    ...(act === "schema-only" ? await listVisibleRows(target, login) : []),
  ];
  await target.call("DELETE", `/projects/${copy.projectId}/branches/${copy.branchId}`);
  await target.waitForOperations(copy.projectId);
  return problems;
}

/** Of every database of the copy that opens. */
async function listVisibleRows(target: AttackTarget, login: Login): Promise<string[]> {
  const databases = await target.query(login, "SELECT datname FROM pg_catalog.pg_database WHERE datname !~ '^(template.|palisade)$'");
  const problems: string[] = [];
  for (const { datname } of databases) {
    const inside = { ...login, database: String(datname) };
    const tables = await target.query(inside, TABLES).catch(() => []);
    for (const { name } of tables) {
      const rows = await target.query(inside, `SELECT n FROM ${String(name)} LIMIT 1`).catch(() => []);
      if (rows.length > 0) problems.push(`rows of ${String(datname)}.${String(name)} in a copy of the schema`);
    }
  }
  return problems;
}

const TABLES = `
SELECT pg_catalog.format('%I.%I', schemaname, tablename) AS name FROM pg_catalog.pg_tables WHERE schemaname !~ '^(pg_|information_schema$)'`;
