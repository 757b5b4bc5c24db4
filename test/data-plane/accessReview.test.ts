import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import type { Access } from "../../review/access/access.js";
import type { AccessReport } from "../../review/access/report.js";
import { sharedPlane } from "../support/plane.js";
import { outcome, project, sql } from "./clients.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");
jest.setTimeout(90_000);

/** What Postgres itself says of roles, by the whole command. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "palisade-access-"))));
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function report(projectId: string): Promise<AccessReport> {
  const stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
  const type = "pulumi-nodejs:dynamic/palisade:Project";
  const resources = [
    { urn: stack, type: "pulumi:pulumi:Stack" },
    { urn: `urn:pulumi:dev::shop::${type}::shop`, type, custom: true, id: projectId, inputs: { name: "shop" } },
  ];
  writeFileSync(join(folder, "state.json"), JSON.stringify({ version: 3, deployment: { resources } }));
  const child = spawn(
    process.execPath,
    [MAIN, "access-review", "--state", join(folder, "state.json"), "--cwd", folder, "--output", "json"],
    {
      env: { PATH: process.env["PATH"], NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey },
    },
  );
  let [told, complaint] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  await new Promise((done) => child.once("close", done));
  if (told === "") throw new Error(complaint);
  return JSON.parse(told) as AccessReport;
}
const roleOf = ({ access }: AccessReport, name: string): Access | undefined =>
  access.find((one) => one.kind === "role" && one.name === name && !one.place.startsWith("branch asleep"));

it("tells attributes, memberships, grants, what is public and who logged in last; wakes no branch that sleeps", async () => {
  const { id, branchId, owner } = await project(plane);
  const copy = await plane.api.ok(CreatedBranch, "POST", `/projects/${id}/branches`, {
    branch: { name: "asleep" },
    endpoints: [{ type: "read_write" }],
  });
  await plane.api.settled(id);
  await plane.api.call("POST", `/projects/${id}/endpoints/${copy.endpoints[0]?.id ?? ""}/suspend`);
  await plane.api.settled(id);
  await sql(
    plane,
    owner,
    `CREATE SCHEMA shop; CREATE TABLE shop.orders (n int, secret text); CREATE ROLE reader LOGIN PASSWORD 'Aq9-kdk2-Lw81-mmZ7-pQ';
     CREATE ROLE team; GRANT USAGE ON SCHEMA shop TO reader; GRANT SELECT (n) ON shop.orders TO reader; GRANT team TO reader;
     GRANT INSERT ON shop.orders TO team; ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT DELETE ON TABLES TO team;
     GRANT SELECT ON shop.orders TO PUBLIC`,
  );
  expect(await outcome(plane, owner)).toBe("admitted");
  const told = await report(id);
  expect(told.unjudged).toEqual([]);
  const inDatabase = `of database ${owner.database}`;
  expect(roleOf(told, "reader")).toMatchObject({
    isWhole: true,
    powers: expect.arrayContaining(["login", "member of team", `SELECT on columns in shop ${inDatabase}`]) as string[],
    declaredBy: [],
  });
  expect(roleOf(told, "reader")?.powers).not.toContain(`SELECT on tables in shop ${inDatabase}`);
  expect(roleOf(told, "team")?.powers).toEqual([`DELETE on later tables in shop ${inDatabase}`, `INSERT on tables in shop ${inDatabase}`]);
  expect(roleOf(told, owner.role)).toMatchObject({
    powers: expect.arrayContaining(["CREATEROLE", "member of neon_superuser"]) as string[],
    lastUsed: expect.stringMatching(/^\d{4}-/) as string,
    declaredBy: [expect.stringContaining("palisade:Project::shop")],
  });
  const found = (rule: string) => told.findings.filter((one) => one.rule === rule).map(({ resource, after }) => [resource.name, after]);
  expect(found("public-grant")).toEqual([["PUBLIC", `SELECT on tables in shop ${inDatabase}`]]);
  expect(found("superuser-like-role").map(([name]) => name)).toContain(owner.role);
  expect(told.notLookedAt.map(({ what }) => what)).toEqual([expect.stringContaining(copy.branch.id)]);
  expect(JSON.stringify(told)).not.toContain("cloud_admin");
  expect(branchId).not.toBe(copy.branch.id);
  const asleep = await plane.api.call("GET", `/projects/${id}/endpoints/${copy.endpoints[0]?.id ?? ""}`);
  expect(asleep.body).toMatchObject({ endpoint: { current_state: "idle" } });
});

it("reads nothing that a tenant put in front of the catalogue", async () => {
  const { id, owner } = await project(plane);
  await sql(
    plane,
    owner,
    `CREATE SCHEMA trap; CREATE TABLE trap.pg_roles (rolname name); CREATE FUNCTION trap.current_database() RETURNS name LANGUAGE sql AS 'SELECT ''forged''::name';
     ALTER ROLE ${owner.role} SET search_path = trap, pg_catalog`,
  );
  const told = await report(id);
  expect(roleOf(told, owner.role)?.isWhole).toBe(true);
  expect(JSON.stringify(told)).not.toContain("forged");
});

it("lists whoever bears a name that stands for something else", async () => {
  const { id, owner } = await project(plane);
  const names = ["PUBLIC", "pgadmin", "PGbouncer", "zenith_admin", "palisade_x", "Cloud_Admin", "NONE", "shop/app", "a in pg_b"];
  const quote = (name: string) => `"${name}"`;
  await sql(
    plane,
    owner,
    [
      ...names.map((name) => `CREATE ROLE ${quote(name)} LOGIN PASSWORD 'Aq9-kdk2-Lw81-mmZ7-pQ'`),
      ...["a in pg_b", "x in information_schema", "PG_catalog", "palisade_data"].map(
        (schema) =>
          `CREATE SCHEMA ${quote(schema)}; CREATE TABLE ${quote(schema)}.t (n int); GRANT SELECT ON ${quote(schema)}.t TO ${quote("pgadmin")}; GRANT INSERT ON ${quote(schema)}.t TO ${quote("PUBLIC")}`,
      ),
    ].join("; "),
  );
  const told = await report(id);
  const undeclared = told.findings.filter(({ rule }) => rule === "undeclared-access").map(({ resource }) => resource.name);
  expect(undeclared).toEqual(expect.arrayContaining(names));
  const powers = ["SELECT on tables in a in pg_b", "SELECT on tables in x in information_schema", "SELECT on tables in PG_catalog"];
  expect(roleOf(told, "pgadmin")?.powers).toEqual(
    expect.arrayContaining(powers.map((power) => `${power} of database ${owner.database}`)) as string[],
  );
  expect(told.findings.filter(({ rule }) => rule === "public-grant")).toEqual([]);
});
