import { PalisadeError } from "../../contract/errors.js";

/** Milliseconds. A connection may wake a compute. */
const CONNECT_MS = 60_000;
const STATEMENT_MS = 30_000;

export interface Sql {
  query<Row extends Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * Runs SQL over a connection with everything checked, as one transaction.
 * @param uri as the API answers it; a weaker sslmode in it becomes verify-full
 * @throws PAL_SQL with Postgres' own words, and nothing done
 */
export async function runInTransaction<R>(uri: string, work: (sql: Sql) => Promise<R>): Promise<R> {
  const { Client } = await import("pg");
  const url = new URL(uri);
  url.searchParams.set("sslmode", "verify-full");
  // In the URI it is libpq's word; the driver has an option for it.
  const binding = url.searchParams.get("channel_binding");
  url.searchParams.delete("channel_binding");
  const client = new Client({
    connectionString: url.href,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    enableChannelBinding: binding !== "disable",
    application_name: "palisade",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("BEGIN");
    // A schema of a user that stands in front of pg_catalog must not answer for it.
    await client.query("SET LOCAL search_path = pg_catalog");
    const result = await work({
      query: async <Row extends Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(text, [...values])).rows,
    });
    await client.query("COMMIT");
    return result;
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    throw new PalisadeError("PAL_SQL", error instanceof Error ? error.message : String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}
