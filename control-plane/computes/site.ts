import { randomBytes } from "node:crypto";
import { chown, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import type { Address } from "./cluster.js";
import type { Guard } from "./guard.js";
import type { Postgres } from "./postgres.js";

/** Owns every cluster; no tenant may be it or become it. */
export const SUPERUSER = "cloud_admin";

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

/** Runs SQL as the superuser. */
export async function connected<R>(
  { password }: Site,
  { socketDirectory, port }: Address,
  database: string,
  work: (client: Client) => Promise<R>,
): Promise<R> {
  const client = new Client({
    host: socketDirectory,
    port,
    user: SUPERUSER,
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

/** Belongs to the user that runs Postgres, and is closed to others. */
export async function ownedFolder(site: Site, path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await own(site, path);
}

/** Replaces the file as a whole. */
export async function ownedFile(site: Site, path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await own(site, draft);
  await rename(draft, path);
}

async function own({ postgres: { runAs } }: Site, path: string): Promise<void> {
  if (runAs) await chown(path, runAs.uid, runAs.gid);
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
