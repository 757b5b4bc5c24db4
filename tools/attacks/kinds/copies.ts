import { attacks, type Attack, held, type Outcome, through } from "../attack.js";
import { type Ground, KEYS, type Place, until } from "../ground.js";
import { said } from "../power.js";

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

const schemaOnly = async (ground: Ground, place: Place, find: string, reopen: readonly string[], database = "neondb"): Promise<Outcome> => {
  const copy = await ground.branch(place, { init_source: "schema-only" });
  await said(ground, copy.owner, reopen);
  const answer = await ground.sql({ ...copy.owner, database }, find).then(
    (rows) => (rows.length > 0 ? through(`${rows.length} rows: ${JSON.stringify(rows[0])}`) : held("the copy opens and has none")),
    (error: unknown) => held((error as Error).message),
  );
  await ground.ok("DELETE", `/projects/${place.projectId}`);
  return answer;
};

/** A parent that is protected, with whatever its owner did before. */
const guarded = async (ground: Ground): Promise<Place> => {
  const place = await ground.project(KEYS.attackers, { name: "guarded" });
  await ground.ok("PATCH", `/projects/${place.projectId}/branches/${place.branchId}`, { branch: { protected: true } });
  return place;
};

/** Held when this login opens no copy. */
const opens = async (ground: Ground, login: Place["owner"]): Promise<Outcome> => {
  const answer = await ground.refusal(login);
  return answer === undefined ? through("it opens the copy") : held(answer);
};

export const copies: Attack[] = attacks("copies", [
  ...Object.entries(SCHEMA_ONLY).map(([name, { before, find = "SELECT n FROM t", reopen = [] }]) => ({
    name: `rows in a copy of the schema: ${name}`,
    gain: ROWS,
    tried: async (ground: Ground) => {
      const place = await ground.project(KEYS.attackers, { name: "copied" });
      await said(ground, place.owner, before);
      return schemaOnly(ground, place, find, reopen);
    },
  })),
  ...Object.entries(FLAGS).map(([name, flag]) => ({
    name: `rows in a copy of the schema: ${name}`,
    gain: ROWS,
    tried: async (ground: Ground) => {
      const place = await ground.project(KEYS.attackers, { name: "copied" });
      await said(ground, place.owner, ["CREATE DATABASE odd"]);
      await said(ground, { ...place.owner, database: "odd" }, TABLE);
      await said(ground, place.owner, [`ALTER DATABASE odd ${flag}`]);
      return schemaOnly(
        ground,
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
    tried: async (ground) => {
      const parent = await guarded(ground);
      const child = await ground.branch(parent, { parent_id: parent.branchId });
      return opens(ground, { ...child.owner, password: parent.owner.password });
    },
  },
  {
    name: "a role that SQL made the moment before a protected branch was copied",
    gain: ROWS,
    tried: async (ground) => {
      const parent = await guarded(ground);
      await ground.sql(parent.owner, `CREATE ROLE sneak LOGIN PASSWORD '${STRONG}'`);
      const child = await ground.branch(parent, { parent_id: parent.branchId });
      await learnt(ground, child);
      return opens(ground, { ...child.owner, role: "sneak", password: STRONG });
    },
  },
  {
    name: "a role that SQL made, in a child reset from a protected parent",
    gain: ROWS,
    tried: async (ground) => {
      const parent = await guarded(ground);
      const child = await ground.branch(parent, { parent_id: parent.branchId });
      await ground.sql(parent.owner, `CREATE ROLE sneak LOGIN PASSWORD '${STRONG}'`);
      await ground.ok("POST", `/projects/${child.projectId}/branches/${child.branchId}/restore`, { source_branch_id: parent.branchId });
      await ground.settled(child.projectId);
      await learnt(ground, child);
      return opens(ground, { ...child.owner, role: "sneak", password: STRONG });
    },
  },
  {
    name: "a protected branch's own password at a child that was reset from it",
    gain: ROWS,
    tried: async (ground) => {
      const parent = await guarded(ground);
      const child = await ground.branch(parent, { parent_id: parent.branchId });
      await ground.ok("POST", `/projects/${child.projectId}/branches/${child.branchId}/restore`, { source_branch_id: parent.branchId });
      await ground.settled(child.projectId);
      return opens(ground, { ...child.owner, password: parent.owner.password });
    },
  },
  {
    name: "a login of a child, in the protected branch's copy that a reset from the child keeps",
    gain: ROWS,
    tried: async (ground) => {
      const parent = await ground.project(KEYS.attackers, { name: "reset" });
      const child = await ground.branch(parent, {});
      await ground.sql(child.owner, `CREATE ROLE sneak LOGIN PASSWORD '${STRONG}'; CREATE TABLE bait (n int)`);
      await ground.ok("PATCH", `/projects/${parent.projectId}/branches/${child.branchId}`, { branch: { protected: true } });
      const body = { source_branch_id: child.branchId, preserve_under_name: "before" };
      await ground.ok("POST", `/projects/${parent.projectId}/branches/${parent.branchId}/restore`, body);
      await ground.settled(parent.projectId);
      await learnt(ground, { ...parent, owner: { ...parent.owner, password: await ground.password(parent, parent.owner.role) } });
      return opens(ground, { ...parent.owner, role: "sneak", password: STRONG });
    },
  },
  {
    name: "rows that were deleted, as a past moment of a copy of the schema",
    gain: ROWS,
    tried: async (ground) => {
      const place = await ground.project(KEYS.attackers, { name: "past" });
      await said(ground, place.owner, TABLE);
      const before = new Date().toISOString();
      const copy = await ground.branch(place, { init_source: "schema-only" });
      const answer = await ground.call("POST", `/projects/${place.projectId}/branches`, {
        branch: { parent_id: copy.branchId, parent_timestamp: before },
        endpoints: [{ type: "read_write" }],
      });
      await ground.settled(place.projectId);
      if (answer.status >= 400) return held(String(answer.body["message"]));
      const made = answer.body as { branch: { id: string }; endpoints: { id: string }[] };
      const login = { ...copy.owner, endpointId: made.endpoints[0]?.id ?? "" };
      const rows = await ground.sql(login, "SELECT n FROM t").catch((error: unknown) => (error as Error).message);
      return Array.isArray(rows) && rows.length > 0 ? through("the past has the rows") : held(JSON.stringify(rows));
    },
  },
]);

/** What came later is known, so what came before is, too. */
async function learnt(ground: Ground, place: Place): Promise<void> {
  await ground.sql(place.owner, "CREATE ROLE mark");
  const path = `/projects/${place.projectId}/branches/${place.branchId}/roles`;
  await until("what came later is known", async () =>
    ((await ground.ok("GET", path))["roles"] as { name: string }[]).some(({ name }) => name === "mark"),
  );
}
