import type { ListedBackup } from "./documents.js";
import { Evidence } from "./documents.js";
import { isPalisadeError } from "../../contract/errors.js";
import type { BackupSession, StoreSession } from "./session.js";
import { removeObjects } from "./unlisted.js";

const MOST_EVIDENCE_BYTES = 4 << 20;

export interface Pruning {
  readonly removed: readonly ListedBackup[];
  readonly kept: readonly ListedBackup[];
}

/**
 * What may go: whose promised time is over, but for the newest backup and the newest that a drill has passed. The time is the one that the manifest
 * promised when it was taken, whatever the configuration says by now.
 */
export async function planPruning(session: StoreSession): Promise<Pruning> {
  const backups = await session.catalogue.list();
  const drilled = await findNewestDrilled(session, backups);
  const mayGo = await Promise.all(
    backups.map(async (backup, index) => {
      if (index === backups.length - 1 || backup.id === drilled) return false;
      const { keep_until } = await session.catalogue.readManifest(backup);
      return Date.parse(keep_until) < session.now().getTime() && Date.parse(backup.keep_until) < session.now().getTime();
    }),
  );
  return { removed: backups.filter((_, index) => mayGo[index] === true), kept: backups.filter((_, index) => mayGo[index] !== true) };
}

/** Takes them off the index, destroys both copies of their erasure keys, and then removes the objects, as far as the store's locks let it. */
export async function pruneBackups(session: BackupSession): Promise<Pruning> {
  const pruning = await planPruning(session);
  if (pruning.removed.length === 0) return pruning;
  const manifests = await Promise.all(pruning.removed.map((backup) => session.catalogue.readManifest(backup)));
  const gone = new Set(pruning.removed.map(({ id }) => id));
  for (const { erasure_key } of manifests) await session.keys.release(erasure_key);
  await session.catalogue.append((backups) => backups.filter(({ id }) => !gone.has(id)));
  for (const { id, erasure_key } of manifests) {
    session.log(`removing ${id}`);
    await session.keys.erase(erasure_key);
    await removeObjects(session, id);
  }
  return pruning;
}

/** Evidence that is not ours to verify proves nothing. */
async function findNewestDrilled({ store, signer }: StoreSession, backups: readonly ListedBackup[]): Promise<string | undefined> {
  for (const { id, manifest_sha256 } of [...backups].reverse())
    for (const name of await store.list(`evidence/${id}/`)) {
      const bytes = await store.get(name, MOST_EVIDENCE_BYTES);
      if (bytes === undefined) continue;
      try {
        const evidence = signer.verify(Evidence, bytes, name);
        if (evidence.passed && evidence.backup === id && evidence.manifest_sha256 === manifest_sha256) return id;
      } catch (error) {
        if (!isPalisadeError(error, "PAL_BACKUP_UNSIGNED", "PAL_BACKUP_DAMAGED")) throw error;
      }
    }
  return undefined;
}
