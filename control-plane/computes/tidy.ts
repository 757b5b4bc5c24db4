import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { endOrphan } from "./cluster.js";
import { removeTree } from "./copy.js";
import type { Places } from "./places.js";
import { ownedFolder, type Site, UNFINISHED } from "./site.js";

/** What a plane that was killed was working at goes. */
export async function clearUnfinished(site: Site): Promise<void> {
  const folder = join(site.directory, UNFINISHED);
  for (const name of await readdir(folder).catch(() => [])) await endOrphan(join(folder, name));
  await removeTree(folder, site.postgres.runAs);
  await ownedFolder(site, folder);
}

/** Copies of read-only computes are of no use to a new plane. */
export async function discardReaders({ directory }: Site, places: Places): Promise<void> {
  for (const name of (await readdir(directory)).filter((each) => each.startsWith("ep-"))) {
    await endOrphan(places.pathOf(name));
    await places.discard(name);
  }
}
