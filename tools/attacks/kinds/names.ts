import { defineAttacks, type Attack, reportHeld, type Outcome, reportThrough } from "../attack.js";
import { type AttackTarget, waitUntil, getBranchPath } from "../attackTarget.js";

const DATABASE = "the database that the plane works in, or one whose owner runs code there";
const ROLE = "a role that Postgres, Neon or the plane trusts by its name";
const STRONG = "correct-Horse7battery";

const DATABASES = ["palisade", "postgres", "template0", "template1", "pgbouncer", "PALISADE", "Template1", "PostGres"];
const CONTROLS = ["a\nb", "palisade\n", "a\u0000b", "a\u001b[2Jb", "a\u0085b"];
const ROLES = [
  "cloud_admin",
  "CLOUD_ADMIN",
  "neon_superuser",
  "zenith_admin",
  "pg_read_all_data",
  "pg_mine",
  "pg",
  "palisade",
  "palisade_0",
  "public",
  "none",
  "Public",
];
const formatName = (name: string) => JSON.stringify(name);

async function tryCall(target: AttackTarget, method: string, path: string, body: object): Promise<Outcome> {
  const answer = await target.call(method, path, body);
  if (answer.status < 300) await target.waitForOperations(target.tenant.projectId);
  const message = String(answer.body["message"]);
  return answer.status >= 400 && answer.status < 500 ? reportHeld(message) : reportThrough(`answered ${answer.status} ${message}`);
}

const byApi = [
  ...[...DATABASES, ...CONTROLS].map((name) => ({
    name: `a database ${formatName(name)} by the API`,
    gain: DATABASE,
    attempt: (target: AttackTarget) =>
      tryCall(target, "POST", `${getBranchPath(target)}/databases`, { database: { name, owner_name: target.tenant.owner.role } }),
  })),
  ...["palisade", "postgres", "a\nb"].map((name) => ({
    name: `one's own database renamed to ${formatName(name)} by the API`,
    gain: DATABASE,
    attempt: (target: AttackTarget) => tryCall(target, "PATCH", `${getBranchPath(target)}/databases/neondb`, { database: { name } }),
  })),
  ...[...ROLES, ...CONTROLS].map((name) => ({
    name: `a role ${formatName(name)} by the API`,
    gain: ROLE,
    attempt: (target: AttackTarget) => tryCall(target, "POST", `${getBranchPath(target)}/roles`, { role: { name } }),
  })),
  {
    name: "a name longer than Postgres keeps, by the API",
    gain: "a name that is cut off to another's",
    attempt: (target: AttackTarget) =>
      tryCall(target, "POST", `${getBranchPath(target)}/roles`, { role: { name: `palisade${"x".repeat(60)}` } }),
  },
  ...["cloud_admin", "neon_superuser"].map((owner_name) => ({
    name: `a database that belongs to ${owner_name}, by the API`,
    gain: DATABASE,
    attempt: (target: AttackTarget) =>
      tryCall(target, "POST", `${getBranchPath(target)}/databases`, { database: { name: "odd", owner_name } }),
  })),
  ...["reset_password", "reveal_password"].map((act) => ({
    name: `${act} of the superuser by the API`,
    gain: "the superuser's password",
    attempt: (target: AttackTarget) =>
      tryCall(target, act.startsWith("reset") ? "POST" : "GET", `${getBranchPath(target)}/roles/cloud_admin/${act}`, undefined as never),
  })),
];

/** Refused by Postgres at once. */
const bySql = [
  "CREATE DATABASE palisade",
  "CREATE DATABASE mine TEMPLATE palisade",
  "ALTER DATABASE palisade OWNER TO neondb_owner",
  "ALTER DATABASE palisade RENAME TO other",
  "ALTER DATABASE palisade ALLOW_CONNECTIONS false",
  "ALTER DATABASE palisade CONNECTION LIMIT 0",
  "ALTER DATABASE palisade SET search_path = 'evil'",
  "DROP DATABASE palisade",
  "ALTER DATABASE postgres OWNER TO neondb_owner",
  "ALTER DATABASE postgres RENAME TO other",
  "ALTER DATABASE template1 IS_TEMPLATE false",
  "ALTER DATABASE template1 OWNER TO neondb_owner",
  "DROP DATABASE postgres",
  "CREATE ROLE cloud_admin",
  "CREATE ROLE pg_mine",
  "CREATE ROLE neon_superuser",
  'CREATE ROLE "none"',
  'CREATE ROLE "public"',
  "ALTER ROLE neondb_owner RENAME TO pg_mine",
].map((sql) => ({
  name: `${sql} by SQL`,
  gain: sql.includes("ROLE") ? ROLE : DATABASE,
  attempt: async (target: AttackTarget) => {
    const answer = await target.findRefusal(target.tenant.owner, sql);
    return answer === undefined ? reportThrough("the statement passed") : reportHeld(answer);
  },
}));

/** Postgres accepts these; then the plane imports the changes made by SQL. */
const importedFromSql = [
  { sql: `CREATE ROLE palisade_mine LOGIN PASSWORD '${STRONG}'`, made: "palisade_mine", list: "roles" },
  { sql: `CREATE ROLE "CLOUD_ADMIN" LOGIN PASSWORD '${STRONG}'`, made: "CLOUD_ADMIN", list: "roles" },
  { sql: `CREATE ROLE "zenith_admin" LOGIN PASSWORD '${STRONG}'`, made: "zenith_admin", list: "roles" },
  { sql: `CREATE ROLE "line\nbreak" LOGIN PASSWORD '${STRONG}'`, made: "line\nbreak", list: "roles" },
  { sql: `CREATE DATABASE "Palisade"`, made: "Palisade", list: "databases" },
  { sql: `CREATE DATABASE pgbouncer`, made: "pgbouncer", list: "databases" },
  { sql: `CREATE DATABASE "line\nbreak"`, made: "line\nbreak", list: "databases" },
] as const;

export const names: Attack[] = defineAttacks("names", [
  ...byApi,
  ...bySql,
  ...importedFromSql.map(({ sql, made, list }, index) => ({
    name: `${formatName(made)} made by SQL, to be imported as one of the API's ${list}`,
    gain: list === "roles" ? ROLE : DATABASE,
    attempt: async (target: AttackTarget) => {
      const answer = await target.findRefusal(target.tenant.owner, sql);
      await target.findRefusal(target.tenant.owner, `CREATE ROLE mark_${index}`);
      const namesOf = async (kind: "roles" | "databases") =>
        ((await target.callOrThrow("GET", `${getBranchPath(target)}/${kind}`))[kind] as { name: string }[]).map(({ name }) => name);
      await waitUntil("what was made later is imported", async () => (await namesOf("roles")).includes(`mark_${index}`));
      if ((await namesOf(list)).includes(made)) return reportThrough("the plane took it over");
      const login = { ...target.tenant.owner, role: made, password: STRONG };
      const at = list === "roles" ? await target.findRefusal(login) : "";
      return at === undefined
        ? reportThrough("it logs in")
        : reportHeld(answer ?? "Postgres has it; neither the API nor the proxy knows it");
    },
  })),
]);
