import { type Attack, reportHeld, type Outcome, reportThrough } from "./attack.js";
import type { AttackTarget, Login, TestBranch } from "./attackTarget.js";
import type { KindName } from "./kinds.js";

/**
 * Roles that have more than any tenant may: as Postgres' own catalogues say, and nothing of what they say is a tenant's to change. The superuser
 * itself is left out.
 */
const EXCESSIVE_PRIVILEGES_SQL = `
SELECT r.rolname::text || ': ' || p.power AS power FROM pg_catalog.pg_roles r CROSS JOIN LATERAL (
  SELECT 'superuser' AS power WHERE r.rolsuper
  UNION ALL SELECT 'replication' WHERE r.rolreplication
  UNION ALL SELECT 'member of ' || g.rolname FROM pg_catalog.pg_roles g WHERE (g.rolsuper OR g.rolname OPERATOR(pg_catalog.=) ANY (
    '{pg_execute_server_program,pg_read_server_files,pg_write_server_files,pg_create_subscription}')) AND g.oid <> r.oid
    AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
) p WHERE r.oid <> 10 AND r.rolname !~ '^pg_'`;

/** What tenants of the branch have gained; empty where it is nothing. */
export async function listGainedPrivileges(target: AttackTarget, login: Login): Promise<string[]> {
  return (await target.query(login, EXCESSIVE_PRIVILEGES_SQL)).map(({ power }) => String(power));
}

/** Statements of a tenant, each for itself, in one session. @returns what was said to each: the refusal, or undefined */
export const runStatements = (target: AttackTarget, login: Login, statements: readonly string[]): Promise<(string | undefined)[]> =>
  target.withSession(login, async (client) => {
    const answers: (string | undefined)[] = [];
    for (const statement of statements)
      answers.push(
        await client.query(statement).then(
          () => undefined,
          (error: unknown) => (error as Error).message,
        ),
      );
    return answers;
  });

/** A statement that Postgres is to refuse; that nothing was gained is verified in any case. */
export interface Statement {
  name: string;
  gain: string;
  sql: string;
  /** What a tenant may do beforehand. */
  before?: readonly string[];
  /** It passes without an error, and gives nothing: a GRANT without the right to it is a warning. */
  isSilent?: true;
}

export const buildStatementAttacks = (kind: KindName, statements: readonly Statement[]): Attack[] =>
  statements.map(({ name, gain, sql, before = [], isSilent }) => ({
    kind,
    name,
    gain,
    attempt: async (target) => tryStatements(target, target.tenant.owner, [...before, sql], isSilent),
  }));

async function tryStatements(target: AttackTarget, login: Login, statements: readonly string[], isSilent?: true): Promise<Outcome> {
  const answers = await runStatements(target, login, statements);
  const powers = await listGainedPrivileges(target, login);
  if (powers.length > 0) return reportThrough(powers.join(", "));
  if (answers.at(-1) !== undefined) return reportHeld(answers.filter((answer) => answer !== undefined).join("; "));
  return isSilent ? reportHeld("it passes and gives nothing") : reportThrough("the statement passed");
}

/**
 * Everything that the plane does in and about a tenant's branch: a role is made and dropped again (which leads it into the database), the schema is
 * read, the changes made by SQL are imported.
 */
export async function runPlaneActions(target: AttackTarget, { projectId, branchId, owner }: TestBranch): Promise<void> {
  const branch = `/projects/${projectId}/branches/${branchId}`;
  await target.callOrThrow("POST", `${branch}/roles`, { role: { name: "guest" } });
  await target.waitForOperations(projectId);
  await runStatements(target, owner, [
    "CREATE SCHEMA of_guest; GRANT ALL ON SCHEMA of_guest TO guest",
    "SET ROLE guest",
    "CREATE TABLE of_guest.t (n int)",
  ]);
  await target.callOrThrow("DELETE", `${branch}/roles/guest`);
  await target.waitForOperations(projectId);
  await target.call("GET", `${branch}/schema?db_name=${encodeURIComponent(owner.database)}`);
  await target.call("GET", `${branch}/schema?format=json&db_name=${encodeURIComponent(owner.database)}`);
}
