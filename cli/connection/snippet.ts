import type { NodePostgresConfig, PostgresJsOptions } from "../../sdk/connectionString.js";

/** Text that goes into the program as it is. */
class SourceCode {
  constructor(readonly text: string) {}
}

type Value = string | number | boolean | SourceCode | { readonly [field: string]: Value };

/** A program's lines for pg. @param rootCert path of the file to read; undefined = the roots of Node.js */
export const formatNodePostgresSnippet = (config: NodePostgresConfig, rootCert: string | undefined): string =>
  formatProgram('import { Client } from "pg";', "const client = new Client(", config, rootCert);

/** The same for postgres.js. */
export const formatPostgresJsSnippet = (options: PostgresJsOptions, rootCert: string | undefined): string =>
  formatProgram('import postgres from "postgres";', "const sql = postgres(", options, rootCert);

function formatProgram(driver: string, call: string, config: NodePostgresConfig | PostgresJsOptions, rootCert: string | undefined): string {
  const reads = rootCert === undefined ? undefined : new SourceCode(`readFileSync(${JSON.stringify(rootCert)}, "utf8")`);
  const fields = {
    ...config,
    password: config.password ?? new SourceCode("process.env.PGPASSWORD"),
    ssl: { ...config.ssl, ...(reads && { ca: reads }) },
  } as unknown as Record<string, Value>;
  return `${reads ? 'import { readFileSync } from "node:fs";\n' : ""}${driver}\n\n${call}${formatValue(fields, "")});\n`;
}

function formatValue(value: Value, indent: string): string {
  if (value instanceof SourceCode) return value.text;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([field, inner]) => `${indent}  ${field}: ${formatValue(inner, `${indent}  `)},\n`);
  return `{\n${fields.join("")}${indent}}`;
}
