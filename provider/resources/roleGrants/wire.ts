import { z } from "zod";
import { buildGrants, buildRevokes } from "../../../contract/grantStatements.js";
import { quoteIdentifier } from "../../../contract/names.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Sql } from "../../client/sql.js";
import type { OwnershipTag } from "../../engine/define.js";
import { fromAnnotation, toAnnotation } from "../shared/context.js";
import type { inputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;
type GrantLocation = Pick<Inputs, "roleName" | "databaseName">;
export type Grants = Pick<Inputs, "database" | "schemas">;

/** Everything away, then what is declared. In one transaction nobody sees the moment between. */
export function buildStatements(wanted: Inputs, before: Grants | undefined): string[] {
  const [role, database] = [quoteIdentifier(wanted.roleName), quoteIdentifier(wanted.databaseName)];
  const schemas = [...new Set([...(before?.schemas ?? []), ...wanted.schemas].map(({ name }) => name))];
  return [
    ...buildRevokes(schemas, wanted.databaseName, wanted.roleName),
    ...schemas.flatMap((schema) =>
      KINDS.map(({ all }) => `ALTER DEFAULT PRIVILEGES IN SCHEMA ${quoteIdentifier(schema)} REVOKE ALL ON ${all} FROM ${role}`),
    ),
    ...(wanted.revokePublic
      ? [
          `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
          ...wanted.schemas.flatMap(({ name }) => [
            `REVOKE ALL ON SCHEMA ${quoteIdentifier(name)} FROM PUBLIC`,
            `REVOKE ALL ON ALL ROUTINES IN SCHEMA ${quoteIdentifier(name)} FROM PUBLIC`,
          ]),
        ]
      : []),
    ...buildGrants(wanted, wanted.databaseName, wanted.roleName),
  ];
}

/** The objects of a schema that have privileges of their own. */
const KINDS = [
  {
    field: "tables",
    all: "TABLES",
    catalogue: "pg_class",
    acl: "relacl",
    schema: "relnamespace",
    which: "relkind IN ('r','v','m','f','p')",
  },
  { field: "sequences", all: "SEQUENCES", catalogue: "pg_class", acl: "relacl", schema: "relnamespace", which: "relkind = 'S'" },
  { field: "routines", all: "ROUTINES", catalogue: "pg_proc", acl: "proacl", schema: "pronamespace", which: "true" },
] as const;

/** What the role was given in these places. Of a kind of objects only what holds for every one of them. */
export async function readGrants(sql: Sql, { roleName, databaseName, schemas }: Inputs): Promise<Grants> {
  const given = async (from: string, acl: string, name: string) =>
    (
      await sql.query<{ privilege: string }>(
        `SELECT DISTINCT a.privilege_type AS privilege FROM ${from} o, aclexplode(o.${acl}) a JOIN pg_roles r ON r.oid = a.grantee
         WHERE r.rolname = $1 AND o.${from === "pg_database" ? "datname" : "nspname"} = $2 ORDER BY 1`,
        [roleName, name],
      )
    ).map(({ privilege }) => privilege);
  const onAll = async ({ catalogue, acl, schema, which }: (typeof KINDS)[number], name: string, declared: readonly string[]) => {
    const objects = `SELECT o.oid, o.${acl} AS acl FROM ${catalogue} o JOIN pg_namespace n ON n.oid = o.${schema} WHERE n.nspname = $2 AND ${which}`;
    const [counted] = await sql.query<{ total: string }>(`SELECT count(*) AS total FROM (${objects.replace("$2", "$1")}) o`, [name]);
    // Where there is nothing yet, what is declared holds.
    if (!counted || counted.total === "0") return declared;
    const rows = await sql.query<{ privilege: string }>(
      `SELECT a.privilege_type AS privilege FROM (${objects}) o, aclexplode(o.acl) a JOIN pg_roles r ON r.oid = a.grantee
       WHERE r.rolname = $1 GROUP BY 1 HAVING count(DISTINCT o.oid) = $3::bigint ORDER BY 1`,
      [roleName, name, counted.total],
    );
    return rows.map(({ privilege }) => privilege);
  };
  const live: Record<string, unknown>[] = [];
  for (const schema of schemas) {
    const seen: Record<string, unknown> = { ...schema, privileges: await given("pg_namespace", "nspacl", schema.name) };
    for (const kind of KINDS) seen[kind.field] = await onAll(kind, schema.name, schema[kind.field]);
    live.push(seen);
  }
  return { database: await given("pg_database", "datacl", databaseName), schemas: live } as Grants;
}

/** Written beside a role that a declaration has made: whose it is, and in which database it was declared. */
const RoleTag = z.object({ database: z.string(), managed_by: z.string(), nonce: z.string(), stack_id: z.string().optional() });

export interface RoleState {
  /** Grants mean nothing to it. */
  readonly isSuperuser: boolean;
  /** Of the declaration in this database that has made the role; undefined where another has, or nobody says so. */
  readonly ownershipTag: OwnershipTag | undefined;
}

/** A role; undefined where there is none of that name. */
export async function readRoleState(sql: Sql, { roleName, databaseName }: GrantLocation): Promise<RoleState | undefined> {
  const [row] = await sql.query<{ mighty: boolean; comment: string | null }>(
    `SELECT rolsuper OR EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
       WHERE m.member = r.oid AND g.rolname = 'neon_superuser') AS mighty, shobj_description(oid, 'pg_authid') AS comment
     FROM pg_roles r WHERE rolname = $1`,
    [roleName],
  );
  return row && { isSuperuser: row.mighty, ownershipTag: parseOwnershipTag(row.comment, databaseName) };
}

function parseOwnershipTag(comment: string | null, databaseName: string): OwnershipTag | undefined {
  try {
    const { database, ...value } = RoleTag.parse(JSON.parse(comment ?? ""));
    return database === databaseName ? fromAnnotation({ value: omitUndefined(value) }) : undefined;
  } catch {
    // People write comments, too.
    return undefined;
  }
}

/** Makes a role that can log in. The password is generated, of letters and digits only. */
export async function createRole(sql: Sql, { roleName, databaseName }: GrantLocation, password: string, mark: OwnershipTag): Promise<void> {
  await sql.query(`CREATE ROLE ${quoteIdentifier(roleName)} LOGIN PASSWORD '${password}'`);
  // COMMENT takes no parameter; format() quotes by the rules of this very session.
  await sql.query("SELECT set_config('palisade.role', $1, true), set_config('palisade.mark', $2, true)", [
    roleName,
    JSON.stringify({ database: databaseName, ...toAnnotation(mark) }),
  ]);
  await sql.query(
    `DO $$ BEGIN EXECUTE format('COMMENT ON ROLE %I IS %L', current_setting('palisade.role'), current_setting('palisade.mark')); END $$`,
  );
}

export const buildPasswordChange = (roleName: string, password: string): string =>
  `ALTER ROLE ${quoteIdentifier(roleName)} PASSWORD '${password}'`;
export const buildRoleDrop = (roleName: string): string => `DROP ROLE ${quoteIdentifier(roleName)}`;
