import { readFileSync } from "node:fs";
import { Client, DatabaseError } from "pg";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import type { ConnectionTarget } from "../connection/connectionTarget.js";
import { findRootStore } from "../connection/rootStore.js";

/** Milliseconds. A connection may wake a compute. */
const CONNECT_MS = 60_000;

/**
 * For the session: nothing that the database's owner may define answers for Postgres' own. Views and foreign tables are not read, in case one takes
 * a table's place; row security that would hide rows is an error; values have one text each.
 */
const SETTINGS = [
  "SET search_path = pg_catalog, pg_temp",
  "SET row_security = off",
  "SET restrict_nonsystem_relation_kind = 'view, foreign-table'",
  "SET statement_timeout = 0",
  "SET idle_in_transaction_session_timeout = 0",
  "SET client_encoding = 'UTF8'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'iso_8601'",
  "SET TimeZone = 'UTC'",
  "SET extra_float_digits = 1",
  "SET bytea_output = 'hex'",
  "SET lc_monetary = 'C'",
  "SET xmloption = 'content'",
].join("; ");

/** Over a connection of its own with verify-full, to the compute itself and not by its pooler. @throws PAL_BACKUP_FAILED with Postgres' words */
export async function useDatabase<R>(
  place: ConnectionTarget,
  environment: NodeJS.ProcessEnv,
  work: (client: Client) => Promise<R>,
): Promise<R> {
  const client = new Client(buildClientConfig(place, environment));
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(SETTINGS);
    return await work(client);
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const told = error instanceof DatabaseError || code !== undefined ? formatErrorMessage(error) : "the connection ended";
    throw new PalisadeError("PAL_BACKUP_FAILED", `database ${place.database} as ${place.role}: ${told}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function buildClientConfig(place: ConnectionTarget, environment: NodeJS.ProcessEnv) {
  const { host, hostAddress, port, role, database, password, endpointOption } = place;
  const rootCert = place.rootCert ?? findRootStore(environment);
  return {
    host: hostAddress ?? host,
    port: port ?? 5432,
    user: role,
    database,
    password: password ?? "",
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "palisade backup",
    enableChannelBinding: true,
    sslnegotiation: "postgres" as const,
    ssl: {
      rejectUnauthorized: true,
      minVersion: "TLSv1.2" as const,
      servername: host,
      ...(rootCert !== undefined && { ca: readFileSync(rootCert, "utf8") }),
    },
    ...(endpointOption !== undefined && { options: `endpoint=${endpointOption}` }),
  };
}

export async function readServerVersion(client: Client): Promise<{ version: string; major: number }> {
  const { rows } = await client.query<{ version: string; number: string }>(
    "SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number",
  );
  const [row] = rows;
  return { version: row?.version ?? "", major: Math.floor(Number(row?.number ?? 0) / 10_000) };
}

/** As `quote_ident` does, always quoted. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
