import { loadNormalizer, type NormalizeStatement } from "../../../control-plane/audit/normalizeStatement.js";

let normalize: NormalizeStatement;
beforeAll(async () => {
  const loaded = await loadNormalizer();
  if (loaded === undefined) throw new Error("the parser is not installed");
  normalize = loaded;
});
const read = (text: string) => normalize(Buffer.from(text));

const WORDS = [
  "SET app.token = hunter2",
  'SET app.token TO "hunter2"',
  "SET LOCAL app.token = on, hunter2",
  "SET é.token = hunter2",
  "SET TIME ZONE hunter2",
  "ALTER ROLE r SET app.token = hunter2",
  "ALTER ROLE r IN DATABASE d SET app.token = hunter2",
  "ALTER DATABASE d SET app.token = hunter2",
  "ALTER FUNCTION f() SET app.token = hunter2",
  "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET app.token = hunter2 AS 'x'",
  "SELECT 1; SET app.token = hunter2",
];
it.each(WORDS)("says no constant that is written as a name: %s", (text) => {
  expect(read(text)).toContain("$");
  expect(read(text)).not.toContain("hunter2");
});

it("says words of the language and names of objects", () => {
  expect(read("BEGIN ISOLATION LEVEL READ COMMITTED; SET search_path TO DEFAULT; SELECT a FROM b WHERE c IS TRUE")).toBe(
    "BEGIN ISOLATION LEVEL READ COMMITTED ; SET search_path TO DEFAULT ; SELECT a FROM b WHERE c IS TRUE",
  );
});

/** Each as deep, or as long, as 16 KiB allow. */
const DENSE = [
  `SELECT 1${"+1".repeat(8_000)}`,
  `SELECT ${"NOT ".repeat(4_000)}true`,
  `SELECT ${"(".repeat(8_000)}1${")".repeat(8_000)}`,
  `SELECT ${"array[".repeat(2_300)}1${"]".repeat(2_300)}`,
  `SELECT ${"- ".repeat(8_000)}1`,
  `SELECT ${"(SELECT ".repeat(1_700)}1${")".repeat(1_700)}`,
  `SELECT ${"CASE WHEN ".repeat(900)}1${" THEN 1 END".repeat(600)}`,
  ";".repeat(16_000),
];
it("goes on after whatever somebody sends: nobody turns it off for others", () => {
  for (const text of DENSE)
    for (const part of [1, 3, 8, 17]) for (let times = 0; times < 8; times++) read(text.slice(0, text.length / part));
  for (let times = 0; times < 60; times++) read(DENSE[0] ?? "");
  expect(read("SELECT 'a', b")).toBe("SELECT $1 , b");
});
