import { rename } from "node:fs/promises";
import { join } from "node:path";
import { Running } from "./cluster.js";
import type { Address } from "./site.js";
import { run } from "./copy.js";
import { connected, exists, PLANE_DATABASE, type Site, SUPERUSER, unfinished } from "./site.js";
import { SEGMENT_MIB } from "./wal.js";

/** What every cluster starts with: Neon's group of all roles made through the API. */
const SQL = "CREATE ROLE neon_superuser CREATEDB CREATEROLE NOLOGIN BYPASSRLS IN ROLE pg_read_all_data, pg_write_all_data, pg_monitor";

export const templateName = ({ postgres }: Site): string => `template-${postgres.major}`;

/** Makes the template of this version of Postgres unless it is there, and answers its path. Not for two at once. */
export async function ensureTemplate(site: Site, address: Address): Promise<string> {
  const path = join(site.directory, templateName(site));
  if (!(await exists(path))) await unfinished(site, (work) => make(site, address, work).then(() => rename(work, path)));
  return path;
}

async function make(site: Site, address: Address, work: string): Promise<void> {
  const { bin, runAs } = site.postgres;
  // What stands in the cluster itself of who may log in lets nobody in; what holds is said by access.ts.
  const words = ["--auth=reject", "--locale=C.UTF-8", "--encoding=UTF8", `--wal-segsize=${SEGMENT_MIB}`];
  await run([join(bin, "initdb"), "-D", work, "-U", SUPERUSER, ...words], runAs);
  const running = await Running.start(site, work, address);
  try {
    await connected(address, PLANE_DATABASE, (client) => client.query(SQL));
  } finally {
    await running.stop();
  }
}
