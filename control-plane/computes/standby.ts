import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { type Address, READABLE, Running } from "./cluster.js";
import { LOG_FOLDER, RESTORE } from "./recovery.js";
import { ownedFile, type Site, SUPERUSER } from "./site.js";

/** In the cluster's folder, because the setting that names it can be read by a tenant: a password in the setting itself could be too. */
const PASSWORD_FILE = "palisade.pgpass";

/**
 * Starts a copy of a running cluster as one that follows it and is read only.
 * @param primary `archive` is where it finds log that the primary has no more; undefined when nothing is archived
 */
export async function launchStandby(
  site: Site,
  directory: string,
  address: Address,
  { address: { socketDirectory, port }, archive }: { address: Address; archive: string | undefined },
): Promise<Running> {
  await ownedFile(site, join(directory, "standby.signal"), "");
  await ownedFile(site, join(directory, PASSWORD_FILE), `*:*:*:${SUPERUSER}:${site.password}\n`);
  if (archive !== undefined) await symlink(archive, join(directory, LOG_FOLDER));
  const primary = { host: socketDirectory, port, user: SUPERUSER, passfile: PASSWORD_FILE, application_name: "palisade" };
  const words = Object.entries(primary).map(([name, value]) => `${name}='${String(value).replace(/[\\']/g, "\\$&")}'`);
  const settings = ["archive_mode=off", `primary_conninfo=${words.join(" ")}`, ...(archive === undefined ? [] : [RESTORE])];
  return Running.start(site, directory, address, settings, READABLE);
}
