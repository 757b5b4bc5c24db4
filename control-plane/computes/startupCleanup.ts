import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { endOrphan } from "./postgresProcess.js";
import { removeTree } from "./fileTrees.js";
import type { ClusterStorage } from "./clusterStorage.js";
import { createOwnedFolder, type ClusterSetup, UNFINISHED } from "./clusterSetup.js";

/** Removes the unfinished work of a killed plane. */
export async function clearUnfinished(setup: ClusterSetup): Promise<void> {
  const folder = join(setup.directory, UNFINISHED);
  for (const name of await readdir(folder).catch(() => [])) await endOrphan(join(folder, name));
  await removeTree(folder, setup.postgres.runAs);
  await createOwnedFolder(setup, folder);
}

/** Copies of read-only computes are of no use to a new plane. */
export async function discardReadReplicas({ directory }: ClusterSetup, places: ClusterStorage): Promise<void> {
  for (const name of (await readdir(directory)).filter((each) => each.startsWith("ep-"))) {
    await endOrphan(places.getPath(name));
    await places.discard(name);
  }
}
