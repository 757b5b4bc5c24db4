import { quoteIdentifier } from "./names.js";

/** SQL that gives one role privileges in one database. Privileges are words of the schemas; names are quoted. */

/** Kinds of objects in a schema that have privileges of their own, as fields and as SQL. */
export const OBJECT_KINDS = [
  { field: "tables", all: "TABLES" },
  { field: "sequences", all: "SEQUENCES" },
  { field: "routines", all: "ROUTINES" },
] as const;

export interface SchemaPrivileges {
  readonly name: string;
  readonly privileges: readonly string[];
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
  readonly routines: readonly string[];
  /** Whether the same holds for what the grantor makes there later. */
  readonly future?: boolean | undefined;
}

export interface Privileges {
  readonly database: readonly string[];
  readonly schemas: readonly SchemaPrivileges[];
}

/** Statements for a session in that database. */
export function buildGrants({ database, schemas }: Privileges, databaseName: string, roleName: string): string[] {
  const role = quoteIdentifier(roleName);
  return [
    ...(database.length > 0 ? [`GRANT ${database.join(", ")} ON DATABASE ${quoteIdentifier(databaseName)} TO ${role}`] : []),
    ...schemas.flatMap((schema) => buildSchemaGrants(schema, role)),
  ];
}

/** Takes everything of it away, in these schemas. */
export function buildRevokes(schemas: readonly string[], databaseName: string, roleName: string): string[] {
  const role = quoteIdentifier(roleName);
  return [
    `REVOKE ALL ON DATABASE ${quoteIdentifier(databaseName)} FROM ${role}`,
    ...schemas
      .map(quoteIdentifier)
      .flatMap((schema) => [
        `REVOKE ALL ON SCHEMA ${schema} FROM ${role}`,
        ...OBJECT_KINDS.map(({ all }) => `REVOKE ALL ON ALL ${all} IN SCHEMA ${schema} FROM ${role}`),
      ]),
  ];
}

function buildSchemaGrants(schema: SchemaPrivileges, role: string): string[] {
  const name = quoteIdentifier(schema.name);
  const own = schema.privileges.length > 0 ? [`GRANT ${schema.privileges.join(", ")} ON SCHEMA ${name} TO ${role}`] : [];
  return [
    ...own,
    ...OBJECT_KINDS.flatMap(({ field, all }) => {
      const list = schema[field].join(", ");
      if (list === "") return [];
      const now = `GRANT ${list} ON ALL ${all} IN SCHEMA ${name} TO ${role}`;
      return schema.future ? [now, `ALTER DEFAULT PRIVILEGES IN SCHEMA ${name} GRANT ${list} ON ${all} TO ${role}`] : [now];
    }),
  ];
}
