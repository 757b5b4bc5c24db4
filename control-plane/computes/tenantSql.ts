import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { Address } from "./clusterSetup.js";
import { runAsSuperuser, PLANE_DATABASE, runInSession } from "./clusterSetup.js";

/** Runs SQL as the superuser, in the plane's own database of a cluster. */
export type RunSql = <R>(database: string, work: (client: Client) => Promise<R>) => Promise<R>;

/** Runs SQL in a tenant's database under a role that has no power of its own. @param as the roles whose objects it may work on */
export type RunTenantSql = <R>(database: string, as: readonly string[], work: (client: Client) => Promise<R>) => Promise<R>;

/**
 * A session in a tenant's database. What a tenant defined there may run in it (an index expression is folded when its table is opened, a check
 * of a domain, an operator), and could take back any SET ROLE: so the session's own user is a role without power over the cluster, made for this
 * session alone by the superuser, who does not enter.
 */
export async function runTenantSql<R>(
  address: Address,
  database: string,
  as: readonly string[],
  work: (client: Client) => Promise<R>,
): Promise<R> {
  const visitor = { user: `palisade_${randomBytes(8).toString("hex")}`, password: randomBytes(24).toString("hex") };
  const asPlane = (run: (client: Client) => Promise<unknown>) => runAsSuperuser(address, PLANE_DATABASE, run);
  const role = `"${visitor.user}"`;
  try {
    await asPlane(async (client) => {
      const name = client.escapeIdentifier(database);
      // Whatever a catalogue says: nobody becomes the superuser by it.
      const { rowCount } = await client.query("SELECT FROM pg_catalog.pg_roles WHERE rolsuper AND rolname = ANY ($1)", [[...as]]);
      if (rowCount !== 0) throw new PalisadeError("PAL_COMPUTE", `a superuser among ${JSON.stringify(as)}`);
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${visitor.password}'; GRANT CONNECT ON DATABASE ${name} TO ${role}`);
      for (const other of as) await client.query(`GRANT ${client.escapeIdentifier(other)} TO ${role}`);
    });
    return await runInSession(visitor, address, database, work);
  } finally {
    await asPlane((client) => removeSessionRole(client, visitor.user));
  }
}

/** A database as its owner has set it. */
export interface ConnectionSettings {
  name: string;
  admits: boolean;
  /** Of connections; -1 = none. */
  most: number;
}

/** Its owner may have closed a database in which the plane has work to do: it is open meanwhile, and afterwards as it was. */
export async function runWhileOpen(run: RunSql, { name, admits, most }: ConnectionSettings, work: () => Promise<unknown>): Promise<void> {
  const set = (allows: boolean, limit: number) =>
    run(PLANE_DATABASE, (client) =>
      client.query(`ALTER DATABASE ${client.escapeIdentifier(name)} ALLOW_CONNECTIONS ${allows} CONNECTION LIMIT ${limit}`),
    );
  const isClosed = !admits || most >= 0;
  if (isClosed) await set(true, -1);
  try {
    await work();
  } finally {
    if (isClosed) await set(admits, most);
  }
}

/** What its session made belongs to nobody else, and nothing is to be left of it: such a role stays, and can no longer log in. */
async function removeSessionRole(client: Client, user: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", [user]);
  if (rowCount === 0) return;
  await client.query(`ALTER ROLE "${user}" NOLOGIN PASSWORD NULL`);
  await client.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1", [user]);
  for (const { granted } of (
    await client.query<{ granted: string }>(
      `SELECT pg_catalog.quote_ident(g.rolname) AS granted FROM pg_catalog.pg_auth_members m
       JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles u ON u.oid = m.member WHERE u.rolname = $1`,
      [user],
    )
  ).rows)
    await client.query(`REVOKE ${granted} FROM "${user}" CASCADE`);
  await client.query(`DROP OWNED BY "${user}"`);
  await client.query(`DROP ROLE "${user}"`).catch(() => undefined);
}
