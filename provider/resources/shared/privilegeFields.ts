import { z } from "zod";
import {
  DATABASE_PRIVILEGES,
  ROUTINE_PRIVILEGES,
  SCHEMA_PRIVILEGES,
  SEQUENCE_PRIVILEGES,
  TABLE_PRIVILEGES,
} from "../../../contract/temporaryAccess.js";
import type { Properties } from "../../engine/define.js";
import { createEnumSchema, createPgNameSchema } from "./fields.js";

/** What a role may do in one database, as a program says it. */

const createWordsSchema = <const W extends string>(words: readonly W[], description: string) =>
  z
    .array(createEnumSchema(words).meta({ description: "A privilege." }))
    .default([])
    .meta({ description, unordered: true });

export const databasePrivileges = createWordsSchema(DATABASE_PRIVILEGES, "What it may do with the database itself.");

export const schemaPrivileges = {
  name: createPgNameSchema().meta({ description: "Schema." }),
  privileges: createWordsSchema(SCHEMA_PRIVILEGES, "What it may do with the schema itself."),
  tables: createWordsSchema(TABLE_PRIVILEGES, "What it may do with every table and view in it."),
  sequences: createWordsSchema(SEQUENCE_PRIVILEGES, "What it may do with every sequence in it."),
  routines: createWordsSchema(ROUTINE_PRIVILEGES, "What it may do with every function and procedure in it."),
};

export const REPEATED_SCHEMA = "names a schema twice";

/** @param holder has the list `schemas`; anything else has none */
export function namesEachSchemaOnce(holder: unknown): boolean {
  const schemas = (holder as Properties | undefined)?.["schemas"];
  const names = Array.isArray(schemas) ? schemas.map((schema) => (schema as Properties)["name"]) : [];
  return new Set(names).size === names.length;
}
