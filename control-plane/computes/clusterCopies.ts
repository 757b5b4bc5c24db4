import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "./clusterSetup.js";
import { copyInto, copyTree } from "./fileTrees.js";
import { runAsSuperuser, exists, writeOwnedFile, createOwnedFolder, PLANE_DATABASE, type ClusterSetup } from "./clusterSetup.js";
import { type Lsn, readControlFile, formatSegmentName, parseSegmentName, computeSegmentStart, parseTimeline } from "./wal.js";

/** Of the process itself; and the log, which goes on meanwhile. */
const NOT_COPIED = ["postmaster.pid", "postmaster.opts", "pg_wal"];

/** Of a cluster that was stopped in order. @returns where the log of the two parts */
export async function copyStopped(setup: ClusterSetup, from: string, to: string): Promise<Lsn> {
  await copyTree(from, to, setup.postgres.runAs);
  return (await readControlFile(to)).redo;
}

/**
 * Postgres' own way to copy a cluster that is in use: the copy replays the log from the mark to the end of the backup, and not a record more.
 * @param archive where the source's log is archived; undefined when it is not
 * @returns where the log of the two parts
 */
export function copyRunning(setup: ClusterSetup, source: Address, from: string, to: string, archive: string | undefined): Promise<Lsn> {
  const { runAs } = setup.postgres;
  return runAsSuperuser(source, PLANE_DATABASE, async (client) => {
    const { rows: begun } = await client.query<{ file: string }>("SELECT pg_walfile_name(pg_backup_start('palisade', true)) AS file");
    await createOwnedFolder(setup, to);
    const names = (await readdir(from)).filter((name) => !NOT_COPIED.includes(name));
    await copyInto(
      names.map((name) => join(from, name)),
      to,
      runAs,
    );
    const { rows: ended } = await client.query<{ file: string; label: string }>(
      "SELECT pg_walfile_name(lsn - 1) AS file, labelfile AS label FROM pg_backup_stop(false)",
    );
    const [first, last] = [begun[0]?.file ?? "", ended[0]?.file ?? ""];
    // The log written meanwhile, and then the label that tells where to begin.
    await copyLog(setup, join(from, "pg_wal"), join(to, "pg_wal"), archive, listSegmentNames(first, last));
    await writeOwnedFile(setup, join(to, "backup_label"), ended[0]?.label ?? "");
    return computeSegmentStart((parseSegmentName(last) ?? 0) + 1);
  });
}

/** Postgres keeps a file until it is archived: it is in one of two places. What is not archived yet, the copy archives itself. */
async function copyLog(
  setup: ClusterSetup,
  from: string,
  to: string,
  archive: string | undefined,
  needed: readonly string[],
): Promise<void> {
  const status = join(to, "archive_status");
  for (const folder of [to, status]) await createOwnedFolder(setup, folder);
  const files = (await readdir(from, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  if (archive === undefined)
    return copyInto(
      files.map((name) => join(from, name)),
      to,
      setup.postgres.runAs,
    );
  // How a timeline came to be: what was made by recovery cannot start without.
  const paths = files.filter((name) => name.endsWith(".history")).map((name) => join(from, name));
  for (const name of needed) {
    const archived = join(archive, name);
    const isArchived = await exists(archived);
    paths.push(isArchived ? archived : join(from, name));
    if (!isArchived) await writeOwnedFile(setup, join(status, `${name}.ready`), "");
  }
  await copyInto(paths, to, setup.postgres.runAs);
}

function listSegmentNames(first: string, last: string): string[] {
  const [begin = 0, end = 0] = [parseSegmentName(first), parseSegmentName(last)];
  return Array.from({ length: end - begin + 1 }, (_, index) => formatSegmentName(parseTimeline(first), begin + index));
}
