import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lchown, lstat, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { Client } from "pg";
import type { Address } from "./cluster.js";
import type { Guard } from "./guard.js";
import type { Postgres } from "./postgres.js";

/** Owns every cluster; no tenant may be it or become it. */
export const SUPERUSER = "cloud_admin";

/**
 * Where the plane works and remembers what it made: no tenant may connect to it, own it or take its name (contract/names.ts). `postgres` is
 * none of its own, because tenants connect to it.
 */
export const PLANE_DATABASE = "palisade";

/** What all clusters of a plane share. */
export interface Site {
  /** Absolute: each Postgres works in the folder of its own data. */
  readonly directory: string;
  readonly postgres: Postgres;
  /** Of the superuser. */
  readonly password: string;
  /** Of the Unix sockets; this plane's own. */
  readonly socketDirectory: string;
  readonly guard: Guard;
  /** `name=value`, for every Postgres. */
  readonly settings: readonly string[];
  /** Whether Postgres can archive its log here. */
  readonly canArchive: boolean;
}

/** A tenant with a lock must not hold up the plane for ever. Milliseconds. */
const LOCK_DEADLINE_MS = 15_000;

/** Runs SQL as the superuser. The plane's own database is made where a cluster of an earlier version, or of a past moment, has none. */
export async function connected<R>(site: Site, address: Address, database: string, work: (client: Client) => Promise<R>): Promise<R> {
  if (database === PLANE_DATABASE && !(await isPlaneDatabase(site, address))) await session(site, address, "template1", makePlaneDatabase);
  return session(site, address, database, work);
}

/** Asked of the catalogue alone, which no tenant can change; an earlier version let tenants own a database of any name. */
async function isPlaneDatabase(site: Site, address: Address): Promise<boolean> {
  try {
    return await session(site, address, PLANE_DATABASE, async (client) => {
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
export async function makePlaneDatabase(client: Client): Promise<void> {
  const aside = client.escapeIdentifier(`${PLANE_DATABASE}-${randomBytes(4).toString("hex")}`);
  const { rowCount } = await client.query("SELECT FROM pg_catalog.pg_database WHERE datname = $1", [PLANE_DATABASE]);
  if (rowCount === 1) {
    await client.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1", [PLANE_DATABASE]);
    await client.query(`ALTER DATABASE ${PLANE_DATABASE} RENAME TO ${aside}`);
  }
  await client.query(`CREATE DATABASE ${PLANE_DATABASE} OWNER ${SUPERUSER} TEMPLATE template0`);
  await client.query(`REVOKE ALL ON DATABASE ${PLANE_DATABASE}, template1 FROM PUBLIC`);
}

/** @param site `user` is the superuser unless it is given */
export async function session<R>(
  { user = SUPERUSER, password }: Pick<Site, "password"> & { user?: string },
  { socketDirectory, port }: Address,
  database: string,
  work: (client: Client) => Promise<R>,
): Promise<R> {
  const client = new Client({
    host: socketDirectory,
    port,
    user,
    // A tenant may give its database a search_path, in which its own views would stand in for catalogues and run as us.
    options: `-c search_path= -c lock_timeout=${LOCK_DEADLINE_MS}`,
    password,
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
export async function unfinished<R>({ directory }: Site, work: (path: string) => Promise<R>): Promise<R> {
  const path = join(directory, UNFINISHED, randomBytes(6).toString("hex"));
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** Renamed first: a removal that is cut off leaves nothing that looks whole. */
export async function discard(site: Site, path: string): Promise<void> {
  if (await exists(path)) await unfinished(site, (doomed) => rename(path, doomed));
}

/** Belongs to the user that runs Postgres, and is closed to others. `mkdir` makes nothing where anything is, a link included. */
export async function ownedFolder({ postgres: { runAs } }: Site, path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (runAs) await lchown(path, runAs.uid, runAs.gid);
}

/** Made by us alone: it fails where anything is, and follows no link. */
const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Replaces the file as a whole. A tenant's process may write to the folder and plant a link in it: the draft has a name that nobody can foresee,
 * is made exclusively, and is given away on its handle; the rename replaces a link and does not follow it.
 */
export async function ownedFile({ postgres: { runAs } }: Site, path: string, text: string): Promise<void> {
  if (!(await lstat(dirname(path))).isDirectory()) throw new PalisadeError("PAL_COMPUTE", `${dirname(path)} is no folder`);
  const draft = `${path}.${randomBytes(8).toString("hex")}.new`;
  const file = await open(draft, EXCLUSIVE, 0o600);
  try {
    await file.writeFile(text);
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
