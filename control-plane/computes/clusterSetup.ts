import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { Client } from "pg";
import { removeTree, runCommand } from "./fileTrees.js";
import type { OrphanReaper } from "./orphanReaper.js";
import type { PostgresBinaries } from "./postgresInstallation.js";

/** Owns every cluster; no tenant may be it or become it. */
export const SUPERUSER = "cloud_admin";

/**
 * Where the plane works and remembers what it made: no tenant may connect to it, own it or take its name (contract/names.ts). `postgres` is
 * none of its own, because tenants connect to it.
 */
export const PLANE_DATABASE = "palisade";

/** Where a running cluster listens. */
export interface Address {
  /** Folder of the Unix socket; nothing listens on the network. */
  socketDirectory: string;
  /** Part of the socket's name only. */
  port: number;
}

/** What all clusters of a plane share. */
export interface ClusterSetup {
  /** Absolute: each Postgres works in the folder of its own data. */
  readonly directory: string;
  readonly postgres: PostgresBinaries;
  /** Of the Unix sockets; this plane's own. */
  readonly socketDirectory: string;
  readonly orphanReaper: OrphanReaper;
  /** `name=value`, for every Postgres. */
  readonly settings: readonly string[];
  /** Whether Postgres can archive its log here. */
  readonly canArchive: boolean;
}

/** A tenant with a lock must not hold up the plane for ever. Milliseconds. */
const LOCK_DEADLINE_MS = 15_000;

/**
 * A client's settings outrank those that a tenant may give its database: a search_path in which its own views stand in for catalogues and run as us,
 * a role, a way to read text, an end to what takes time.
 */
const OPTIONS = [
  "search_path=",
  "role=none",
  `lock_timeout=${LOCK_DEADLINE_MS}`,
  "statement_timeout=0",
  "idle_in_transaction_session_timeout=0",
  "default_transaction_read_only=off",
  "standard_conforming_strings=on",
  "quote_all_identifiers=off",
  "row_security=on",
  "local_preload_libraries=",
  "client_encoding=UTF8",
];

/** Runs SQL as the superuser. The plane's own database is made where a cluster of an earlier version, or of a past moment, has none. */
export async function runAsSuperuser<R>(address: Address, database: string, work: (client: Client) => Promise<R>): Promise<R> {
  if (database === PLANE_DATABASE && !(await isPlaneDatabase(address)))
    await runInSession({ user: SUPERUSER }, address, "template1", createPlaneDatabase);
  return runInSession({ user: SUPERUSER }, address, database, work);
}

/** Asked of the catalogue alone, which no tenant can change; an earlier version let tenants own a database of any name. */
async function isPlaneDatabase(address: Address): Promise<boolean> {
  try {
    return await runInSession({ user: SUPERUSER }, address, PLANE_DATABASE, async (client) => {
      const { rows } = await client.query<{ owner: string }>(
        "SELECT pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
      );
      return rows[0]?.owner === SUPERUSER;
    });
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** By SQLSTATE: no such database, or one that admits nobody. */
const isMissing = (error: unknown): boolean => ["3D000", "55000"].includes(String((error as { code?: unknown }).code));

/** From template0, which nobody's session can hold up. Tenants have no business in template1 either: a session there stops every CREATE DATABASE. */
export async function createPlaneDatabase(client: Client): Promise<void> {
  const aside = client.escapeIdentifier(`${PLANE_DATABASE}-${randomBytes(4).toString("hex")}`);
  const { rowCount } = await client.query("SELECT FROM pg_catalog.pg_database WHERE datname = $1", [PLANE_DATABASE]);
  if (rowCount === 1) {
    await client.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1", [PLANE_DATABASE]);
    await client.query(`ALTER DATABASE ${PLANE_DATABASE} RENAME TO ${aside}`);
  }
  await client.query(`CREATE DATABASE ${PLANE_DATABASE} OWNER ${SUPERUSER} TEMPLATE template0`);
  await client.query(`REVOKE ALL ON DATABASE ${PLANE_DATABASE}, template1 FROM PUBLIC`);
}

/** Who asks; the superuser is known by the user of the machine that runs this process (hostAuthentication.ts). */
interface Credentials {
  user: string;
  password?: string;
}

export async function runInSession<R>(
  { user, password }: Credentials,
  { socketDirectory, port }: Address,
  database: string,
  work: (client: Client) => Promise<R>,
): Promise<R> {
  const client = new Client({
    host: socketDirectory,
    port,
    user,
    options: OPTIONS.map((setting) => `-c ${setting}`).join(" "),
    ...(password !== undefined && { password }),
    database,
    application_name: "palisade",
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Folders under way, and those to be removed; emptied at every start. */
export const UNFINISHED = "unfinished";

/** A path for work that becomes visible by its last step, a rename; what is left there when the work fails is removed. */
export async function runWithWorkPath<R>({ directory, postgres }: ClusterSetup, work: (path: string) => Promise<R>): Promise<R> {
  await assertFolder(join(directory, UNFINISHED));
  const path = join(directory, UNFINISHED, randomBytes(6).toString("hex"));
  try {
    return await work(path);
  } finally {
    await removeTree(path, postgres.runAs);
  }
}

/** Renamed first: a removal that is cut off leaves nothing that looks whole. */
export async function discard(setup: ClusterSetup, path: string): Promise<void> {
  if (await exists(path)) await runWithWorkPath(setup, (discarded) => runCommand(["mv", "--", path, discarded], setup.postgres.runAs));
}

/** Made by the user that runs Postgres, and closed to others: nothing where anything is, and nothing where that user may not. */
export const createOwnedFolder = ({ postgres: { runAs } }: ClusterSetup, path: string): Promise<void> =>
  runCommand(["mkdir", "-m", "700", "--", path], runAs);

/** A link is refused. */
export async function assertFolder(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw new PalisadeError("PAL_COMPUTE", `${path} is no folder`);
}

/** Exclusive creation: fails where anything exists, and follows no link. */
const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** {@link writeOwnedFileWith} with a text. */
export const writeOwnedFile = (setup: ClusterSetup, path: string, text: string): Promise<void> =>
  writeOwnedFileWith(setup, path, (file) => file.writeFile(text));

/**
 * Replaces the file as a whole. A tenant's process may write to the folder and plant a link in it: the draft has a name that nobody can foresee,
 * is made exclusively, and is given away on its handle; the rename replaces a link and does not follow it.
 */
export async function writeOwnedFileWith(
  { postgres: { runAs } }: ClusterSetup,
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  await assertFolder(dirname(path));
  const draft = `${path}.${randomBytes(8).toString("hex")}.new`;
  const file = await open(draft, EXCLUSIVE, 0o600);
  try {
    await write(file);
    if (runAs) await file.chown(runAs.uid, runAs.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
