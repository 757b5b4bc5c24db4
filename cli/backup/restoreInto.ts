import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { isPalisadeError } from "../../contract/errors.js";
import { type ConnectionTarget, readConnectionTarget } from "../connection/connectionTarget.js";
import type { ClientTool } from "./clientTools.js";
import { quoteIdentifier, useDatabase } from "./database.js";
import { readDatabaseFacts } from "./databaseFacts.js";
import type { DatabaseFacts, DumpedDatabase, Manifest } from "./documents.js";
import { restoreDump } from "./runTool.js";
import { openDump } from "./sealedDump.js";
import { type BackupSession, toSealContext } from "./session.js";

/** Where a dump was restored, and what is there now. */
export interface RestoredDatabase {
  readonly name: string;
  /** The fresh database that has it. */
  readonly database: string;
  /** Its owner: a role without power that cannot log in any more. */
  readonly owner: string;
  readonly facts: DatabaseFacts;
}

/** Where the admin of the branch logs in, by the database that was dumped. */
type FindTarget = (database: string) => Promise<ConnectionTarget>;

/**
 * Restores each database into a fresh one of the branch, as a fresh role that owns that database and has no other power: what the dump defines runs
 * as that role. The role loses its login when it is done.
 * @throws PAL_BACKUP_FAILED, PAL_SEALED_DAMAGED
 */
export async function restoreInto(
  session: BackupSession,
  tool: ClientTool,
  manifest: Manifest,
  erasureKey: Buffer,
  branch: { readonly id: string },
): Promise<RestoredDatabase[]> {
  const { account, api, configuration, log } = session;
  const there = ((await api.listDatabases(manifest.project_id, branch.id)) ?? []).map(({ name }) => name);
  // The one that was dumped may have been dropped since: any other is as good to make a fresh one from.
  const find: FindTarget = (database) =>
    readConnectionTarget(
      account,
      {
        project: manifest.project_id,
        branch: branch.id,
        role: configuration.source.role,
        database: there.includes(database) ? database : (there[0] ?? database),
      },
      true,
    );
  const restored: RestoredDatabase[] = [];
  for (const [index, dumped] of manifest.databases.entries()) {
    log(`restoring ${dumped.name}`);
    const context = toSealContext(manifest, `${manifest.id}/${index}`);
    const dump = openDump(session.store, dumped, context, erasureKey);
    restored.push(await restoreDatabase(session, tool, dumped, dump, await find(dumped.name)));
  }
  return restored;
}

async function restoreDatabase(
  { environment, signal }: BackupSession,
  tool: ClientTool,
  { name }: DumpedDatabase,
  dump: AsyncIterable<Buffer>,
  admin: ConnectionTarget,
): Promise<RestoredDatabase> {
  const word = randomBytes(4).toString("hex");
  const [role, database] = [`restore_${word}`, `restored_${word}`];
  const password = randomBytes(24).toString("hex");
  await useDatabase(admin, environment, async (client) => {
    await client.query(`CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '${password}'`);
    await client.query(`GRANT ${role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`);
    await client.query(`CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0`);
    // As its owner: from anybody else Postgres takes it with a warning, and does nothing. Who comes in finds what the dump's own grants kept from them.
    await client.query(`SET ROLE ${role}`);
    await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  });
  const place: ConnectionTarget = { ...admin, role, password, database };
  await waitForLogin(place, environment, signal);
  await restoreDump({ tool, place, environment, signal }, dump);
  const facts = await useDatabase(place, environment, async (client) => {
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    return readDatabaseFacts(client);
  });
  // Where this is not reached, the branch goes, and the role with it.
  await useDatabase(admin, environment, async (client) => {
    await client.query(`ALTER ROLE ${role} NOLOGIN PASSWORD NULL`);
    // Else a later GRANT would keep what this membership leaves out.
    await client.query(`REVOKE ${role} FROM CURRENT_USER`);
  });
  return { name, database, owner: role, facts };
}

/** A role that SQL makes is known to the proxy in front of Postgres a moment later. Milliseconds. */
const KNOWN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;

async function waitForLogin(place: ConnectionTarget, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  for (const end = Date.now() + KNOWN_WITHIN_MS; ;) {
    try {
      await useDatabase(place, environment, () => Promise.resolve());
      return;
    } catch (error) {
      if (Date.now() > end || !isPalisadeError(error, "PAL_BACKUP_FAILED")) throw error;
    }
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** For people: how to make the restored database theirs. */
export const formatHandover = ({ name, database, owner }: RestoredDatabase): string =>
  `${name} is database ${database}, owned by ${owner}, which cannot log in. Grants and owners were not restored: GRANT ${quoteIdentifier(owner)} TO a role of yours gives it all.`;
