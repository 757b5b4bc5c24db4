import { PalisadeError } from "../../contract/errors.js";
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
 * @throws PAL_BACKUP_ROLLED_BACK, and nothing is removed, when the index lists less than the places of the keys know to have been listed
 */
export async function removeUnlisted(session: BackupSession): Promise<string[]> {
  const { store, keys, now } = session;
  const listed = await readListed(session);
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

/** The places of the keys are not the store's: what they have noted as listed stays so, whatever the store says of itself. */
async function readListed({ store, catalogue, keys }: BackupSession): Promise<Set<string>> {
  const noted = await keys.listKept();
  const listed = new Set((await catalogue.list()).map(({ id }) => id));
  const expected = [...noted].filter((key) => !listed.has(key.slice(KEY_PREFIX.length)));
  // A prune takes its note back before it takes a backup off the index, so that one which ran meanwhile has no note any more.
  const still = expected.length > 0 ? await keys.listKept() : noted;
  const missing = expected.find((key) => still.has(key));
  if (missing !== undefined)
    throw new PalisadeError(
      "PAL_BACKUP_ROLLED_BACK",
      `${store.name}: its index does not list ${missing.slice(KEY_PREFIX.length)}, which was listed (known from ${keys.placeNames.join(" and ")})`,
    );
  for (const id of listed) if (!noted.has(toErasureKeyId(id))) await keys.keep(toErasureKeyId(id));
  return listed;
}

/** Removes what a store has of a backup; its manifest goes last, so that what fails on the way can be done again. */
export async function removeObjects({ store }: Pick<BackupSession, "store">, id: string): Promise<void> {
  for (const object of await store.list(`objects/${id}/`)) await store.remove(object);
  await store.remove(toManifestName(id));
}
