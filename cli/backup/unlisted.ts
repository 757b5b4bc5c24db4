import { BackupId } from "./documents.js";
import { toManifestName } from "./catalogue.js";
import type { BackupSession } from "./session.js";
import { LONGEST_MS, parseCompactTime } from "./times.js";

const KEY_PREFIX = "ek-";

export const toErasureKeyId = (backupId: string): string => `${KEY_PREFIX}${backupId}`;

/**
 * Removes what runs that were killed have left in the store: objects and manifests that no index lists and that are older than any run takes.
 * Their erasure keys go as well, since a store with versions keeps what is removed.
 * @returns the ids of those backups
 */
export async function removeUnlisted({ store, catalogue, keys, now }: BackupSession): Promise<string[]> {
  const listed = new Set((await catalogue.list()).map(({ id }) => id));
  const isLeft = (id: string): boolean =>
    BackupId.safeParse(id).success && !listed.has(id) && now().getTime() - parseCompactTime(id) > LONGEST_MS;
  const objects = [...(await store.list("objects/")), ...(await store.list("manifests/"))];
  const left = new Set<string>();
  for (const object of objects) {
    const id = object.split("/")[1]?.replace(/\.json$/, "") ?? "";
    if (!isLeft(id)) continue;
    await store.remove(object);
    left.add(id);
  }
  for (const key of await keys.list()) {
    const id = key.slice(KEY_PREFIX.length);
    if (toErasureKeyId(id) !== key || !isLeft(id)) continue;
    await keys.erase(key);
    left.add(id);
  }
  return [...left];
}

/** Removes what a store has of a backup; its manifest goes last, so that what fails on the way can be done again. */
export async function removeObjects({ store }: Pick<BackupSession, "store">, id: string): Promise<void> {
  for (const object of await store.list(`objects/${id}/`)) await store.remove(object);
  await store.remove(toManifestName(id));
}
