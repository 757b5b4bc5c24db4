import { runInTransaction, type Sql } from "../../provider/client/sql.js";

/** What Postgres itself says of a role. */
export interface SqlRole {
  readonly name: string;
  readonly canLogIn: boolean;
  /** `SUPERUSER`, `CREATEROLE`, `CREATEDB`, `REPLICATION`, `BYPASSRLS`. */
  readonly attributes: readonly string[];
  /** Roles that it is a member of, those of its memberships included. */
  readonly memberships: readonly string[];
  /** RFC 3339; after that its password does not work. */
  readonly validUntil: string | undefined;
}

/** A privilege on what one name stands for: `SELECT on tables in public`. */
export interface SqlGrant {
  /** A role; null is PUBLIC, that is everybody: a role may bear that name as well. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly on: string;
}

export interface SqlAccess {
  readonly roles: readonly SqlRole[];
  readonly grants: readonly SqlGrant[];
}

/** More is not read: a reviewer reads none of it either. */
export const MOST_GRANTS = 5_000;

/** All but those of the cluster itself, known by their oid, and the group of Neon's: a name alone says nothing, since anybody may choose one that the API reserves. */
const ROLES = `
  WITH RECURSIVE member(role, of) AS (
    SELECT member, roleid FROM pg_auth_members
    UNION SELECT member.role, m.roleid FROM member JOIN pg_auth_members m ON m.member = member.of)
  SELECT rolname AS name, rolcanlogin AS "canLogIn", rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
    to_char(CASE WHEN isfinite(rolvaliduntil) THEN rolvaliduntil END AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "validUntil",
    ARRAY(SELECT DISTINCT g.rolname::text FROM member JOIN pg_roles g ON g.oid = member.of WHERE member.role = r.oid ORDER BY 1) AS memberships
  FROM pg_roles r WHERE oid >= 16384 AND rolname <> 'neon_superuser' ORDER BY rolname`;

/** Grants to somebody else than the owner, by schema and kind of object. The system's own schemas are the same everywhere. */
const GRANTS = `
  WITH acl AS (
    SELECT '' AS schema, 'database ' || datname AS place, datdba AS owner, coalesce(datacl, acldefault('d', datdba)) AS list
      FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT nspname, 'schema ' || nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace
    UNION ALL SELECT nspname, CASE relkind WHEN 'S' THEN 'sequences' ELSE 'tables' END || ' in ' || nspname, relowner, relacl
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relacl IS NOT NULL AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL SELECT nspname, 'columns in ' || nspname, relowner, attacl
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE attacl IS NOT NULL
    UNION ALL SELECT nspname, 'routines in ' || nspname, proowner, coalesce(proacl, acldefault('f', proowner))
      FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
    UNION ALL SELECT coalesce(nspname, ''), CASE defaclobjtype WHEN 'r' THEN 'later tables' WHEN 'S' THEN 'later sequences'
        WHEN 'f' THEN 'later routines' WHEN 'n' THEN 'later schemas' ELSE 'later types' END || coalesce(' in ' || nspname, ''), defaclrole, defaclacl
      FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace)
  SELECT DISTINCT r.rolname::text AS grantee, privilege_type AS privilege, place AS "on"
  FROM acl, aclexplode(list) one LEFT JOIN pg_roles r ON r.oid = one.grantee
  WHERE one.grantee <> owner AND (one.grantee = 0 OR r.rolname !~ '^pg_') AND schema !~ '^(pg_|information_schema$)'
  ORDER BY 1, 3, 2 LIMIT ${MOST_GRANTS + 1}`;

/** Reads one database of a branch, and changes nothing. @throws PAL_SQL */
export const readSqlAccess = (uri: string): Promise<SqlAccess> =>
  runInTransaction(uri, async (sql) => {
    await sql.query("SET TRANSACTION READ ONLY");
    return { roles: await readRoles(sql), grants: await sql.query<Row<SqlGrant>>(GRANTS) };
  });

type Row<T> = T & Record<string, unknown>;

async function readRoles(sql: Sql): Promise<SqlRole[]> {
  const rows = await sql.query<Record<(typeof ATTRIBUTES)[number][0], boolean> & Row<Omit<SqlRole, "attributes">>>(ROLES);
  return rows.map(({ name, canLogIn, memberships, validUntil, ...row }) => ({
    name,
    canLogIn,
    memberships,
    validUntil: validUntil ?? undefined,
    attributes: ATTRIBUTES.filter(([column]) => row[column]).map(([, word]) => word),
  }));
}

const ATTRIBUTES = [
  ["rolsuper", "SUPERUSER"],
  ["rolcreaterole", "CREATEROLE"],
  ["rolcreatedb", "CREATEDB"],
  ["rolreplication", "REPLICATION"],
  ["rolbypassrls", "BYPASSRLS"],
] as const;
