import { readFileSync } from "node:fs";
import { Client } from "pg";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import type { PlaneReady } from "@palisade/neon/contract/plane";
import type { Api } from "../support/plane.js";

/** What tests of the data plane do as a user of it: everything by the API and by TLS connections through the proxy. */
export interface Login {
  endpointId: string;
  role: string;
  password: string;
  database: string;
}

interface Reached {
  ready: PlaneReady;
  api: Api;
}

/** verify-full, the compute named by SNI. */
export async function query<R>({ ready }: Reached, login: Login, work: (client: Client) => Promise<R>, options = {}): Promise<R> {
  const client = new Client({
    host: "127.0.0.1",
    port: ready.proxyPort ?? 0,
    user: login.role,
    password: login.password,
    database: login.database,
    ssl: { ca: readFileSync(ready.rootCert ?? "", "utf8"), servername: `${login.endpointId}.db.localhost` },
    ...options,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const sql = (plane: Reached, login: Login, text: string) => query(plane, login, (client) => client.query(text));
export const rows = (plane: Reached, login: Login) =>
  query(plane, login, async (client) => (await client.query<{ n: number }>("SELECT n FROM t ORDER BY n")).rows.map(({ n }) => n));

/** `admitted`, or the words of the refusal. */
export const outcome = (plane: Reached, login: Login, text = "SELECT 1") =>
  sql(plane, login, text).then(
    () => "admitted",
    (error: unknown) => (error as Error).message,
  );

/** A ready project with its first branch, and how its owner logs in. */
export async function project({ api }: Reached, options = {}): Promise<{ id: string; branchId: string; owner: Login }> {
  const made = await api.project(options);
  const [endpoint, role, database] = [made.endpoints[0], made.roles[0], made.databases[0]];
  if (!endpoint || !role?.password || !database) throw new Error("no way in was answered");
  return {
    id: made.project.id,
    branchId: made.branch.id,
    owner: { endpointId: endpoint.id, role: role.name, password: role.password, database: database.name },
  };
}

/** A branch with a compute; settled, and reached as the parent's owner. */
export async function branch({ api }: Reached, projectId: string, owner: Login, fields: object): Promise<{ id: string; login: Login }> {
  const made = await api.ok(CreatedBranch, "POST", `/projects/${projectId}/branches`, {
    branch: fields,
    endpoints: [{ type: "read_write" }],
  });
  await api.settled(projectId);
  return { id: made.branch.id, login: { ...owner, endpointId: made.endpoints[0]?.id ?? "" } };
}

/** The present as this branch's Postgres sees it, to the microsecond. */
export async function moment(plane: Reached, login: Login): Promise<{ timestamp: string; lsn: string }> {
  const text = `SELECT pg_current_wal_insert_lsn()::text AS lsn,
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS timestamp`;
  const { rows: found } = await query(plane, login, (client) => client.query<{ timestamp: string; lsn: string }>(text));
  if (!found[0]) throw new Error("no moment");
  return found[0];
}
