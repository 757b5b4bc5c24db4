import { defineAttacks, type Attack, reportHeld, type Outcome, reportThrough } from "../attack.js";
import { type AttackTarget, KEYS, type TestBranch, waitUntil } from "../attackTarget.js";
import { runStatements } from "../privileges.js";

const ROWS = "rows of a protected branch, or of a copy that says it has none";
const STRONG = "correct-Horse7battery";
const TABLE = ["CREATE TABLE t (n int)", "INSERT INTO t VALUES (42)"];

/** Which rows a copy of the schema alone still has. Each list of statements is what the tenant did before; the query is what finds a row. */
const SCHEMA_ONLY: Record<string, { before: readonly string[]; database?: string; find?: string; reopen?: readonly string[] }> = {
  "a table": { before: TABLE },
  "a table without a log": { before: ["CREATE UNLOGGED TABLE t (n int)", "INSERT INTO t VALUES (42)"] },
  "a table that another refers to": {
    before: [...TABLE, "ALTER TABLE t ADD PRIMARY KEY (n)", "CREATE TABLE f (n int REFERENCES t)", "INSERT INTO f VALUES (42)"],
  },
  "a partition": {
    before: ["CREATE TABLE t (n int) PARTITION BY LIST (n)", "CREATE TABLE t1 PARTITION OF t DEFAULT", "INSERT INTO t VALUES (42)"],
  },
  "a table that inherits": { before: ["CREATE TABLE t (n int)", "CREATE TABLE u () INHERITS (t)", "INSERT INTO u VALUES (42)"] },
  "a table with row security for its owner": {
    before: [
      ...TABLE,
      "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
      "ALTER TABLE t FORCE ROW LEVEL SECURITY",
      "CREATE POLICY p ON t USING (false)",
    ],
    reopen: ["DROP POLICY p ON t", "ALTER TABLE t DISABLE ROW LEVEL SECURITY"],
  },
  "a table with a trigger that refuses": {
    before: [
      ...TABLE,
      "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
      "CREATE TRIGGER g BEFORE TRUNCATE ON t EXECUTE FUNCTION no()",
    ],
  },
  "a table of a role of one's own": {
    before: [
      `CREATE ROLE palisade_like`,
      "GRANT palisade_like TO neondb_owner",
      ...TABLE,
      "GRANT CREATE ON SCHEMA public TO palisade_like",
      "ALTER TABLE t OWNER TO palisade_like",
    ],
  },
  "a table of a role that inherits nothing": {
    before: [
      `CREATE ROLE odd NOINHERIT`,
      "GRANT odd TO neondb_owner",
      ...TABLE,
      "GRANT CREATE ON SCHEMA public TO odd",
      "ALTER TABLE t OWNER TO odd",
    ],
  },
  "a schema of the plane's name": {
    before: ["CREATE SCHEMA palisade", "CREATE TABLE palisade.t (n int)", "INSERT INTO palisade.t VALUES (42)"],
    find: "SELECT n FROM palisade.t",
  },
  "a schema like one of Postgres' temporary ones": {
    before: [
      'CREATE SCHEMA "information_schema2"',
      "CREATE TABLE information_schema2.t (n int)",
      "INSERT INTO information_schema2.t VALUES (42)",
    ],
    find: "SELECT n FROM information_schema2.t",
  },
  "a name with quotes": {
    before: [`CREATE TABLE "t""; --" (n int)`, `INSERT INTO "t""; --" VALUES (42)`],
    find: `SELECT n FROM "t""; --"`,
  },
  "a materialized view": { before: [...TABLE, "CREATE MATERIALIZED VIEW m AS SELECT n FROM t"], find: "SELECT n FROM m" },
  "a materialized view of constants": { before: ["CREATE MATERIALIZED VIEW m AS SELECT 42 AS n"], find: "SELECT n FROM m" },
  "a large object": { before: ["SELECT lo_from_bytea(4242, 'x')"], find: "SELECT lo_get(4242)" },
  "the statistics": {
    before: [...TABLE, "INSERT INTO t SELECT 42 FROM generate_series(1, 200)", "ANALYZE t"],
    find: "SELECT most_common_vals FROM pg_stats WHERE tablename = 't' AND most_common_vals IS NOT NULL",
  },
  "extended statistics": {
    before: [
      "CREATE TABLE t (n int, m int)",
      "INSERT INTO t SELECT 42, 42 FROM generate_series(1, 200)",
      "CREATE STATISTICS s (mcv) ON n, m FROM t",
      "ANALYZE t",
    ],
    find: "SELECT most_common_vals FROM pg_stats_ext WHERE tablename = 't' AND most_common_vals IS NOT NULL",
  },
  "a sequence's place": {
    before: [
      "CREATE SEQUENCE s OWNED BY NONE",
      "CREATE TABLE t (n int DEFAULT nextval('s'))",
      "ALTER SEQUENCE s OWNED BY t.n",
      "SELECT setval('s', 42)",
    ],
    find: "SELECT last_value FROM s WHERE last_value = 42",
  },
  "an index's contents": { before: [...TABLE, "CREATE INDEX i ON t (n)"], find: "SELECT n FROM t WHERE n = 42" },
};

/** Databases that the emptying might pass by. */
const FLAGS: Record<string, string> = {
  "a template": "IS_TEMPLATE true",
  "a database that nobody may enter": "ALLOW_CONNECTIONS false",
  "a database without connections": "CONNECTION LIMIT 0",
};

const trySchemaOnlyCopy = async (
  target: AttackTarget,
  place: TestBranch,
  find: string,
  reopen: readonly string[],
  database = "neondb",
): Promise<Outcome> => {
  const copy = await target.createBranch(place, { init_source: "schema-only" });
  await runStatements(target, copy.owner, reopen);
  const answer = await target.query({ ...copy.owner, database }, find).then(
    (rows) =>
      rows.length > 0 ? reportThrough(`${rows.length} rows: ${JSON.stringify(rows[0])}`) : reportHeld("the copy opens and has none"),
    (error: unknown) => reportHeld((error as Error).message),
  );
  await target.callOrThrow("DELETE", `/projects/${place.projectId}`);
  return answer;
};

/** A parent that is protected, with whatever its owner did before. */
const createProtectedProject = async (target: AttackTarget): Promise<TestBranch> => {
  const place = await target.createProject(KEYS.attackers, { name: "guarded" });
  await target.callOrThrow("PATCH", `/projects/${place.projectId}/branches/${place.branchId}`, { branch: { protected: true } });
  return place;
};

/** Held when this login opens no copy. */
const tryLogin = async (target: AttackTarget, login: TestBranch["owner"]): Promise<Outcome> => {
  const answer = await target.findRefusal(login);
  return answer === undefined ? reportThrough("it opens the copy") : reportHeld(answer);
};

export const copies: Attack[] = defineAttacks("copies", [
  ...Object.entries(SCHEMA_ONLY).map(([name, { before, find = "SELECT n FROM t", reopen = [] }]) => ({
    name: `rows in a copy of the schema: ${name}`,
    gain: ROWS,
    attempt: async (target: AttackTarget) => {
      const place = await target.createProject(KEYS.attackers, { name: "copied" });
      await runStatements(target, place.owner, before);
      return trySchemaOnlyCopy(target, place, find, reopen);
    },
  })),
  ...Object.entries(FLAGS).map(([name, flag]) => ({
    name: `rows in a copy of the schema: ${name}`,
    gain: ROWS,
    attempt: async (target: AttackTarget) => {
      const place = await target.createProject(KEYS.attackers, { name: "copied" });
      await runStatements(target, place.owner, ["CREATE DATABASE odd"]);
      await runStatements(target, { ...place.owner, database: "odd" }, TABLE);
      await runStatements(target, place.owner, [`ALTER DATABASE odd ${flag}`]);
      return trySchemaOnlyCopy(
        target,
        place,
        "SELECT n FROM t",
        ["ALTER DATABASE odd ALLOW_CONNECTIONS true CONNECTION LIMIT -1", "CREATE DATABASE late TEMPLATE odd"],
        flag.startsWith("CONN") ? "odd" : "late",
      );
    },
  })),
  {
    name: "a protected branch's own password at a copy",
    gain: ROWS,
    attempt: async (target) => {
      const parent = await createProtectedProject(target);
      const child = await target.createBranch(parent, { parent_id: parent.branchId });
      return tryLogin(target, { ...child.owner, password: parent.owner.password });
    },
  },
  {
    name: "a role that SQL made the moment before a protected branch was copied",
    gain: ROWS,
    attempt: async (target) => {
      const parent = await createProtectedProject(target);
      await target.query(parent.owner, `CREATE ROLE sneak LOGIN PASSWORD '${STRONG}'`);
      const child = await target.createBranch(parent, { parent_id: parent.branchId });
      await waitForSqlImport(target, child);
      return tryLogin(target, { ...child.owner, role: "sneak", password: STRONG });
    },
  },
  {
    name: "a role that SQL made, in a child reset from a protected parent",
    gain: ROWS,
    attempt: async (target) => {
      const parent = await createProtectedProject(target);
      const child = await target.createBranch(parent, { parent_id: parent.branchId });
      await target.query(parent.owner, `CREATE ROLE sneak LOGIN PASSWORD '${STRONG}'`);
      await target.callOrThrow("POST", `/projects/${child.projectId}/branches/${child.branchId}/restore`, {
        source_branch_id: parent.branchId,
      });
      await target.waitForOperations(child.projectId);
      await waitForSqlImport(target, child);
      return tryLogin(target, { ...child.owner, role: "sneak", password: STRONG });
    },
  },
  {
    name: "a protected branch's own password at a child that was reset from it",
    gain: ROWS,
    attempt: async (target) => {
      const parent = await createProtectedProject(target);
      const child = await target.createBranch(parent, { parent_id: parent.branchId });
      await target.callOrThrow("POST", `/projects/${child.projectId}/branches/${child.branchId}/restore`, {
        source_branch_id: parent.branchId,
      });
      await target.waitForOperations(child.projectId);
      return tryLogin(target, { ...child.owner, password: parent.owner.password });
    },
  },
  {
    name: "a login of a child, in the protected branch's copy that a reset from the child keeps",
    gain: ROWS,
    attempt: async (target) => {
      const parent = await target.createProject(KEYS.attackers, { name: "reset" });
      const child = await target.createBranch(parent, {});
      await target.query(child.owner, `CREATE ROLE sneak LOGIN PASSWORD '${STRONG}'; CREATE TABLE bait (n int)`);
      await target.callOrThrow("PATCH", `/projects/${parent.projectId}/branches/${child.branchId}`, { branch: { protected: true } });
      const body = { source_branch_id: child.branchId, preserve_under_name: "before" };
      await target.callOrThrow("POST", `/projects/${parent.projectId}/branches/${parent.branchId}/restore`, body);
      await target.waitForOperations(parent.projectId);
      await waitForSqlImport(target, {
        ...parent,
        owner: { ...parent.owner, password: await target.revealPassword(parent, parent.owner.role) },
      });
      return tryLogin(target, { ...parent.owner, role: "sneak", password: STRONG });
    },
  },
  {
    name: "rows that were deleted, as a past moment of a copy of the schema",
    gain: ROWS,
    attempt: async (target) => {
      const place = await target.createProject(KEYS.attackers, { name: "past" });
      await runStatements(target, place.owner, TABLE);
      const before = new Date().toISOString();
      const copy = await target.createBranch(place, { init_source: "schema-only" });
      const answer = await target.call("POST", `/projects/${place.projectId}/branches`, {
        branch: { parent_id: copy.branchId, parent_timestamp: before },
        endpoints: [{ type: "read_write" }],
      });
      await target.waitForOperations(place.projectId);
      if (answer.status >= 400) return reportHeld(String(answer.body["message"]));
      const made = answer.body as { branch: { id: string }; endpoints: { id: string }[] };
      const login = { ...copy.owner, endpointId: made.endpoints[0]?.id ?? "" };
      const rows = await target.query(login, "SELECT n FROM t").catch((error: unknown) => (error as Error).message);
      return Array.isArray(rows) && rows.length > 0 ? reportThrough("the past has the rows") : reportHeld(JSON.stringify(rows));
    },
  },
]);

/** What came later is known, so what came before is, too. */
async function waitForSqlImport(target: AttackTarget, place: TestBranch): Promise<void> {
  await target.query(place.owner, "CREATE ROLE mark");
  const path = `/projects/${place.projectId}/branches/${place.branchId}/roles`;
  await waitUntil("what came later is known", async () =>
    ((await target.callOrThrow("GET", path))["roles"] as { name: string }[]).some(({ name }) => name === "mark"),
  );
}
