import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { READABLE, PostgresProcess } from "./postgresProcess.js";
import type { Address } from "./clusterSetup.js";
import { LOG_FOLDER, RESTORE_SETTING } from "./recovery.js";
import { writeOwnedFile, type ClusterSetup, SUPERUSER } from "./clusterSetup.js";

/**
 * Starts a copy of a running cluster as one that follows it and is read only.
 * @param primary `archive` is where it finds log that the primary has no more; undefined when nothing is archived
 */
export async function launchStandby(
  setup: ClusterSetup,
  directory: string,
  address: Address,
  { address: { socketDirectory, port }, archive }: { address: Address; archive: string | undefined },
): Promise<PostgresProcess> {
  await writeOwnedFile(setup, join(directory, "standby.signal"), "");
  if (archive !== undefined) await symlink(archive, join(directory, LOG_FOLDER));
  const primary = { host: socketDirectory, port, user: SUPERUSER, application_name: "palisade" };
  const words = Object.entries(primary).map(([name, value]) => `${name}='${String(value).replace(/[\\']/g, "\\$&")}'`);
  const settings = ["archive_mode=off", `primary_conninfo=${words.join(" ")}`, ...(archive === undefined ? [] : [RESTORE_SETTING])];
  return PostgresProcess.start(setup, directory, address, settings, READABLE);
}
