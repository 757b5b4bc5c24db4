import { attacks, type Attack, held, judged, through } from "../attack.js";
import { type Ground, type Login, until } from "../ground.js";

const ROWS = "the rows of somebody else";
const STRONG = "correct-Horse7battery";

/** A role of one's own branch that was made without any right. */
async function small(ground: Ground): Promise<Login> {
  const { owner } = ground.tenant;
  await ground.refusal(owner, `CREATE ROLE small LOGIN PASSWORD '${STRONG}' NOINHERIT`);
  await ground.refusal(owner, "CREATE TABLE private (n int); INSERT INTO private VALUES (7)");
  const login = { ...owner, role: "small", password: STRONG };
  await until("the new role is known", async () => (await ground.refusal(login)) === undefined);
  return login;
}

const ofSmall = (name: string, gain: string, sql: string) => ({
  name,
  gain,
  tried: async (ground: Ground) => {
    const answer = await ground.refusal(await small(ground), sql);
    return answer === undefined ? through("the statement passed") : held(answer);
  },
});

/** The owner's password, or his name, at somebody else's compute. */
const elsewhere = (name: string, login: (ground: Ground) => Login) => ({
  name,
  gain: ROWS,
  tried: async (ground: Ground) => {
    const answer = await ground.refusal(login(ground));
    return answer === undefined ? through("it logged in") : held(answer);
  },
});

export const neighbours: Attack[] = attacks("neighbours", [
  elsewhere("one's own password at another's compute", ({ tenant, victim }) => ({ ...victim.owner, password: tenant.owner.password })),
  elsewhere("no password", ({ victim }) => ({ ...victim.owner, password: "" })),
  elsewhere("the superuser's name with one's own password", ({ tenant, victim }) => ({
    ...victim.owner,
    role: "cloud_admin",
    password: tenant.owner.password,
  })),
  elsewhere("the superuser's name at one's own compute", ({ tenant }) => ({ ...tenant.owner, role: "cloud_admin" })),
  elsewhere("the group of all owners", ({ tenant }) => ({ ...tenant.owner, role: "neon_superuser" })),
  elsewhere("the plane's role for one session", ({ tenant }) => ({ ...tenant.owner, role: "palisade_0000000000000000" })),
  elsewhere("the plane's own database", ({ tenant }) => ({ ...tenant.owner, database: "palisade" })),
  elsewhere("the template of all databases", ({ tenant }) => ({ ...tenant.owner, database: "template1" })),
  elsewhere("a template that nobody may enter", ({ tenant }) => ({ ...tenant.owner, database: "template0" })),
  {
    name: "one's own compute by SNI, another's by option",
    gain: ROWS,
    tried: async (ground) => {
      const options = { options: `endpoint=${ground.victim.owner.endpointId}` };
      const answer = await ground
        .session(ground.tenant.owner, (client) => client.query("SELECT n FROM precious"), options)
        .then(
          () => undefined,
          (error: unknown) => (error as Error).message,
        );
      return answer === undefined ? through("the rows were read") : held(answer);
    },
  },
  {
    name: "rows of another project of the same organisation",
    gain: ROWS,
    tried: async (ground) => {
      const seen = await ground.sql(ground.tenant.owner, "SELECT count(*)::int AS n FROM pg_class WHERE relname = 'precious'");
      return judged(seen[0]?.["n"] === 0, "each branch is a Postgres of its own", "the table is there");
    },
  },
  {
    name: "sessions of other branches in pg_stat_activity",
    gain: "what others ask",
    tried: async (ground) =>
      ground.session(ground.victim.owner, async () => {
        const databases = await ground.sql(
          ground.tenant.owner,
          "SELECT DISTINCT datname FROM pg_stat_activity WHERE query LIKE '%precious%' AND pid <> pg_backend_pid()",
        );
        return judged(databases.length === 0, "only those of the branch are there", JSON.stringify(databases));
      }),
  },
  ofSmall("a role without rights reads another's table", ROWS, "SELECT * FROM private"),
  ofSmall("a role without rights writes another's table", ROWS, "INSERT INTO private VALUES (8)"),
  ofSmall("a role without rights reads verifiers", "what passwords are guessed against", "SELECT rolpassword FROM pg_authid"),
  ofSmall("a role without rights reads pg_shadow", "what passwords are guessed against", "SELECT passwd FROM pg_shadow"),
  ofSmall("a role without rights reads samples of rows", ROWS, "SELECT * FROM pg_statistic"),
  ofSmall("a role without rights reads large objects", ROWS, "SELECT data FROM pg_largeobject"),
  ofSmall("a role without rights takes the owner's", "all of the branch", "GRANT neondb_owner TO small"),
  ofSmall("a role without rights becomes the owner", "all of the branch", "SET ROLE neondb_owner"),
  ofSmall("a role without rights changes the owner's password", "all of the branch", `ALTER ROLE neondb_owner PASSWORD '${STRONG}'`),
  ofSmall("a role without rights makes roles", "roles that outlive it", "CREATE ROLE another"),
  ofSmall("a role without rights makes databases", "databases that outlive it", "CREATE DATABASE another"),
  ofSmall("a role without rights makes tables in public", "names that others take for their own", "CREATE TABLE public.mine (n int)"),
  ofSmall("a role without rights drops another's table", ROWS, "DROP TABLE private"),
  ofSmall("a role without rights takes another's database", "all of it", "ALTER DATABASE neondb OWNER TO small"),
]);
