import { rename } from "node:fs/promises";
import { join } from "node:path";
import { PostgresProcess } from "./postgresProcess.js";
import type { Address } from "./clusterSetup.js";
import { runCommand } from "./fileTrees.js";
import { runAsSuperuser, exists, PLANE_DATABASE, type ClusterSetup, SUPERUSER, runWithWorkPath } from "./clusterSetup.js";
import { SEGMENT_MIB } from "./wal.js";

/** What every cluster starts with: Neon's group of all roles made through the API. */
const GROUP_ROLE_SQL =
  "CREATE ROLE neon_superuser CREATEDB CREATEROLE NOLOGIN BYPASSRLS IN ROLE pg_read_all_data, pg_write_all_data, pg_monitor";

export const getTemplateName = ({ postgres }: ClusterSetup): string => `template-${postgres.major}`;

/** Makes the template of this version of Postgres unless it is there, and answers its path. Not for two at once. */
export async function ensureTemplate(setup: ClusterSetup, address: Address): Promise<string> {
  const path = join(setup.directory, getTemplateName(setup));
  if (!(await exists(path))) await runWithWorkPath(setup, (work) => createTemplate(setup, address, work).then(() => rename(work, path)));
  return path;
}

async function createTemplate(setup: ClusterSetup, address: Address, work: string): Promise<void> {
  const { bin, runAs } = setup.postgres;
  // The cluster's own pg_hba.conf admits nobody; hostAuthentication.ts writes the one that applies.
  const words = ["--auth=reject", "--locale=C.UTF-8", "--encoding=UTF8", `--wal-segsize=${SEGMENT_MIB}`];
  await runCommand([join(bin, "initdb"), "-D", work, "-U", SUPERUSER, ...words], runAs);
  const running = await PostgresProcess.start(setup, work, address);
  try {
    await runAsSuperuser(address, PLANE_DATABASE, (client) => client.query(GROUP_ROLE_SQL));
  } finally {
    await running.stop();
  }
}
