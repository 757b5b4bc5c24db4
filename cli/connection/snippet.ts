import type { NodePostgresConfig, PostgresJsOptions } from "../../sdk/connectionString.js";

/** Text that goes into the program as it is. */
class Code {
  constructor(readonly text: string) {}
}

type Value = string | number | boolean | Code | { readonly [field: string]: Value };

/** A program's lines for pg. @param rootCert path of the file to read; undefined = the roots of Node.js */
export const nodePostgresSnippet = (config: NodePostgresConfig, rootCert: string | undefined): string =>
  program('import { Client } from "pg";', "const client = new Client(", config, rootCert);

/** The same for postgres.js. */
export const postgresJsSnippet = (options: PostgresJsOptions, rootCert: string | undefined): string =>
  program('import postgres from "postgres";', "const sql = postgres(", options, rootCert);

function program(driver: string, call: string, config: NodePostgresConfig | PostgresJsOptions, rootCert: string | undefined): string {
  const reads = rootCert === undefined ? undefined : new Code(`readFileSync(${JSON.stringify(rootCert)}, "utf8")`);
  const fields = {
    ...config,
    password: config.password ?? new Code("process.env.PGPASSWORD"),
    ssl: { ...config.ssl, ...(reads && { ca: reads }) },
  } as unknown as Record<string, Value>;
  return `${reads ? 'import { readFileSync } from "node:fs";\n' : ""}${driver}\n\n${call}${written(fields, "")});\n`;
}

function written(value: Value, indent: string): string {
  if (value instanceof Code) return value.text;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([field, inner]) => `${indent}  ${field}: ${written(inner, `${indent}  `)},\n`);
  return `{\n${fields.join("")}${indent}}`;
}
