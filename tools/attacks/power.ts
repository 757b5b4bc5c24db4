import { type Attack, held, type Outcome, through } from "./attack.js";
import type { Ground, Login, Place } from "./ground.js";
import type { KindName } from "./kinds.js";

/**
 * Roles that have more than any tenant may: as Postgres' own catalogues say, and nothing of what they say is a tenant's to change. The superuser
 * itself is left out.
 */
const MIGHTY = `
SELECT r.rolname::text || ': ' || p.power AS power FROM pg_catalog.pg_roles r CROSS JOIN LATERAL (
  SELECT 'superuser' AS power WHERE r.rolsuper
  UNION ALL SELECT 'replication' WHERE r.rolreplication
  UNION ALL SELECT 'member of ' || g.rolname FROM pg_catalog.pg_roles g WHERE (g.rolsuper OR g.rolname OPERATOR(pg_catalog.=) ANY (
    '{pg_execute_server_program,pg_read_server_files,pg_write_server_files,pg_create_subscription}')) AND g.oid <> r.oid
    AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
) p WHERE r.oid <> 10 AND r.rolname !~ '^pg_'`;

/** What tenants of the branch have gained; empty where it is nothing. */
export async function powersOf(ground: Ground, login: Login): Promise<string[]> {
  return (await ground.sql(login, MIGHTY)).map(({ power }) => String(power));
}

/** Statements of a tenant, each for itself, in one session. @returns what was said to each: the refusal, or undefined */
export const said = (ground: Ground, login: Login, statements: readonly string[]): Promise<(string | undefined)[]> =>
  ground.session(login, async (client) => {
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

/** A statement that Postgres is to refuse; that nothing was gained is looked at in any case. */
export interface Statement {
  name: string;
  gain: string;
  sql: string;
  /** What a tenant may do beforehand. */
  before?: readonly string[];
  /** It passes without an error, and gives nothing: a GRANT without the right to it is a warning. */
  isSilent?: true;
}

export const refusedStatements = (kind: KindName, statements: readonly Statement[]): Attack[] =>
  statements.map(({ name, gain, sql, before = [], isSilent }) => ({
    ...{ kind, name, gain },
    tried: async (ground) => judgedStatement(ground, ground.tenant.owner, [...before, sql], isSilent),
  }));

async function judgedStatement(ground: Ground, login: Login, statements: readonly string[], isSilent?: true): Promise<Outcome> {
  const answers = await said(ground, login, statements);
  const powers = await powersOf(ground, login);
  if (powers.length > 0) return through(powers.join(", "));
  if (answers.at(-1) !== undefined) return held(answers.filter((answer) => answer !== undefined).join("; "));
  return isSilent ? held("it passes and gives nothing") : through("the statement passed");
}

/**
 * Everything that the plane does in and about a tenant's branch: a role is made and dropped again (which leads it into the database), the schema is
 * read, what SQL made is learnt.
 */
export async function planeActs(ground: Ground, { projectId, branchId, owner }: Place): Promise<void> {
  const branch = `/projects/${projectId}/branches/${branchId}`;
  await ground.ok("POST", `${branch}/roles`, { role: { name: "guest" } });
  await ground.settled(projectId);
  await said(ground, owner, [
    "CREATE SCHEMA of_guest; GRANT ALL ON SCHEMA of_guest TO guest",
    "SET ROLE guest",
    "CREATE TABLE of_guest.t (n int)",
  ]);
  await ground.ok("DELETE", `${branch}/roles/guest`);
  await ground.settled(projectId);
  await ground.call("GET", `${branch}/schema?db_name=${encodeURIComponent(owner.database)}`);
  await ground.call("GET", `${branch}/schema?format=json&db_name=${encodeURIComponent(owner.database)}`);
}
