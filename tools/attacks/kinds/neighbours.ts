import { defineAttacks, type Attack, reportHeld, reportOutcome, reportThrough } from "../attack.js";
import { type AttackTarget, type Login, waitUntil } from "../attackTarget.js";

const ROWS = "the rows of somebody else";
const STRONG = "correct-Horse7battery";

/** A role of one's own branch that was made without any right. */
async function createUnprivilegedLogin(target: AttackTarget): Promise<Login> {
  const { owner } = target.tenant;
  await target.findRefusal(owner, `CREATE ROLE small LOGIN PASSWORD '${STRONG}' NOINHERIT`);
  await target.findRefusal(owner, "CREATE TABLE private (n int); INSERT INTO private VALUES (7)");
  const login = { ...owner, role: "small", password: STRONG };
  await waitUntil("the new role is known", async () => (await target.findRefusal(login)) === undefined);
  return login;
}

const buildUnprivilegedAttack = (name: string, gain: string, sql: string) => ({
  name,
  gain,
  attempt: async (target: AttackTarget) => {
    const answer = await target.findRefusal(await createUnprivilegedLogin(target), sql);
    return answer === undefined ? reportThrough("the statement passed") : reportHeld(answer);
  },
});

/** The owner's password, or his name, at somebody else's compute. */
const buildLoginAttack = (name: string, login: (target: AttackTarget) => Login) => ({
  name,
  gain: ROWS,
  attempt: async (target: AttackTarget) => {
    const answer = await target.findRefusal(login(target));
    return answer === undefined ? reportThrough("it logged in") : reportHeld(answer);
  },
});

export const neighbours: Attack[] = defineAttacks("neighbours", [
  buildLoginAttack("one's own password at another's compute", ({ tenant, victim }) => ({
    ...victim.owner,
    password: tenant.owner.password,
  })),
  buildLoginAttack("no password", ({ victim }) => ({ ...victim.owner, password: "" })),
  buildLoginAttack("the superuser's name with one's own password", ({ tenant, victim }) => ({
    ...victim.owner,
    role: "cloud_admin",
    password: tenant.owner.password,
  })),
  buildLoginAttack("the superuser's name at one's own compute", ({ tenant }) => ({ ...tenant.owner, role: "cloud_admin" })),
  buildLoginAttack("the group of all owners", ({ tenant }) => ({ ...tenant.owner, role: "neon_superuser" })),
  buildLoginAttack("the plane's role for one session", ({ tenant }) => ({ ...tenant.owner, role: "palisade_0000000000000000" })),
  buildLoginAttack("the plane's own database", ({ tenant }) => ({ ...tenant.owner, database: "palisade" })),
  buildLoginAttack("the template of all databases", ({ tenant }) => ({ ...tenant.owner, database: "template1" })),
  buildLoginAttack("a template that nobody may enter", ({ tenant }) => ({ ...tenant.owner, database: "template0" })),
  {
    name: "one's own compute by SNI, another's by option",
    gain: ROWS,
    attempt: async (target) => {
      const options = { options: `endpoint=${target.victim.owner.endpointId}` };
      const answer = await target
        .withSession(target.tenant.owner, (client) => client.query("SELECT n FROM precious"), options)
        .then(
          () => undefined,
          (error: unknown) => (error as Error).message,
        );
      return answer === undefined ? reportThrough("the rows were read") : reportHeld(answer);
    },
  },
  {
    name: "rows of another project of the same organisation",
    gain: ROWS,
    attempt: async (target) => {
      const seen = await target.query(target.tenant.owner, "SELECT count(*)::int AS n FROM pg_class WHERE relname = 'precious'");
      return reportOutcome(seen[0]?.["n"] === 0, "each branch is a Postgres of its own", "the table is there");
    },
  },
  {
    name: "sessions of other branches in pg_stat_activity",
    gain: "what others ask",
    attempt: async (target) =>
      target.withSession(target.victim.owner, async () => {
        const databases = await target.query(
          target.tenant.owner,
          "SELECT DISTINCT datname FROM pg_stat_activity WHERE query LIKE '%precious%' AND pid <> pg_backend_pid()",
        );
        return reportOutcome(databases.length === 0, "only those of the branch are there", JSON.stringify(databases));
      }),
  },
  buildUnprivilegedAttack("a role without rights reads another's table", ROWS, "SELECT * FROM private"),
  buildUnprivilegedAttack("a role without rights writes another's table", ROWS, "INSERT INTO private VALUES (8)"),
  buildUnprivilegedAttack(
    "a role without rights reads verifiers",
    "what passwords are guessed against",
    "SELECT rolpassword FROM pg_authid",
  ),
  buildUnprivilegedAttack("a role without rights reads pg_shadow", "what passwords are guessed against", "SELECT passwd FROM pg_shadow"),
  buildUnprivilegedAttack("a role without rights reads samples of rows", ROWS, "SELECT * FROM pg_statistic"),
  buildUnprivilegedAttack("a role without rights reads large objects", ROWS, "SELECT data FROM pg_largeobject"),
  buildUnprivilegedAttack("a role without rights takes the owner's", "all of the branch", "GRANT neondb_owner TO small"),
  buildUnprivilegedAttack("a role without rights becomes the owner", "all of the branch", "SET ROLE neondb_owner"),
  buildUnprivilegedAttack(
    "a role without rights changes the owner's password",
    "all of the branch",
    `ALTER ROLE neondb_owner PASSWORD '${STRONG}'`,
  ),
  buildUnprivilegedAttack("a role without rights makes roles", "roles that outlive it", "CREATE ROLE another"),
  buildUnprivilegedAttack("a role without rights makes databases", "databases that outlive it", "CREATE DATABASE another"),
  buildUnprivilegedAttack(
    "a role without rights makes tables in public",
    "names that others take for their own",
    "CREATE TABLE public.mine (n int)",
  ),
  buildUnprivilegedAttack("a role without rights drops another's table", ROWS, "DROP TABLE private"),
  buildUnprivilegedAttack("a role without rights takes another's database", "all of it", "ALTER DATABASE neondb OWNER TO small"),
]);
