import { setTimeout as delay } from "node:timers/promises";
import { readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { PostgresProcess } from "./postgresProcess.js";
import type { Address } from "./clusterSetup.js";
import { removeTree, runCommand } from "./fileTrees.js";
import type { Moment, RecoverySource } from "./lineages.js";
import type { ClusterStorage } from "./clusterStorage.js";
import type { User } from "./postgresInstallation.js";
import { runAsSuperuser, exists, writeOwnedFile, createOwnedFolder, PLANE_DATABASE, type ClusterSetup } from "./clusterSetup.js";
import { type Lsn, parseSegmentName, parseTimeline } from "./wal.js";

/** For the replay of the log since the last base. Milliseconds. */
const REPLAY_DEADLINE_MS = 600_000;
const ARCHIVE_DEADLINE_MS = 30_000;
const POLL_MS = 20;

/** In the folder of the cluster, where Postgres works: so a name of ours is all that its shell ever reads. */
export const LOG_FOLDER = "palisade_log";
/** For a cluster that reads its log from there. */
export const RESTORE_SETTING = `restore_command=test -f "${LOG_FOLDER}/%f" && cp "${LOG_FOLDER}/%f" "%p"`;

/**
 * Writes a commit after everything that has happened, and waits until the log with it is archived: a recovery knows that it has come to a moment
 * by a commit that is later.
 * @param archive where the cluster's log is archived
 * @returns the timeline of the log
 */
export async function archiveLog(address: Address, archive: string): Promise<number> {
  const file = await runAsSuperuser(address, PLANE_DATABASE, async (client) => {
    await client.query("SELECT pg_current_xact_id()");
    const { rows } = await client.query<{ file: string }>("SELECT pg_walfile_name(pg_current_wal_insert_lsn() - 1) AS file");
    await client.query("SELECT pg_switch_wal()");
    return rows[0]?.file ?? "";
  });
  const deadline = Date.now() + ARCHIVE_DEADLINE_MS;
  while (!(await exists(join(archive, file)))) {
    if (Date.now() > deadline) throw new PalisadeError("PAL_COMPUTE", `the log of ${archive} was not archived in time`);
    await delay(POLL_MS);
  }
  return parseTimeline(file);
}

/**
 * Makes, under this name, the cluster that `past` had at the moment, stopped in order, on a timeline of its own.
 * @returns where its own log begins
 */
export async function recover(
  { setup, places }: { setup: ClusterSetup; places: ClusterStorage },
  workName: string,
  address: Address,
  { past, moment, timeline, archive }: { past: RecoverySource; moment: Moment; timeline: number; archive: readonly string[] },
): Promise<Lsn> {
  await places.copyAsFiles(past.base, workName);
  const work = places.getPath(workName);
  await clearLog(join(work, "pg_wal"), setup.postgres.runAs);
  const folder = join(work, LOG_FOLDER);
  await createOwnedFolder(setup, folder);
  for (const [name, { path, sealed }] of past.files) if (!sealed) await symlink(path, join(folder, name));
  await places.log?.openInto(
    [...past.files.values()].flatMap(({ sealed }) => sealed ?? []),
    folder,
  );
  await writeOwnedFile(setup, join(work, "recovery.signal"), "");
  const until = { words: "database system is ready to accept connections", deadlineMs: REPLAY_DEADLINE_MS };
  const running = await PostgresProcess.start(
    setup,
    work,
    address,
    [...archive, RESTORE_SETTING, `recovery_target_timeline=${timeline}`, "recovery_target_action=promote", ...buildTargetSettings(moment)],
    until,
  );
  try {
    return await runAsSuperuser(address, PLANE_DATABASE, async (client) => {
      const { rows } = await client.query<{ lsn: Lsn }>("SELECT pg_current_wal_lsn()::text AS lsn");
      return rows[0]?.lsn ?? "";
    });
  } finally {
    await running.stop();
    await removeTree(join(work, LOG_FOLDER), setup.postgres.runAs);
  }
}

/** A commit at the very instant is part of it; what begins at a place in the log is not. Settings are read before Postgres knows that Z is +00:00. */
const buildTargetSettings = (moment: Moment): string[] =>
  "lsn" in moment
    ? [`recovery_target_lsn=${moment.lsn}`, "recovery_target_inclusive=off"]
    : [`recovery_target_time=${moment.text.replace(/Z$/i, "+00:00")}`];

/** All of the log comes from the archive. */
async function clearLog(log: string, user: User | undefined): Promise<void> {
  const discarded = (await readdir(log)).filter((name) => parseSegmentName(name) !== undefined || name.endsWith(".partial"));
  const status = (await readdir(join(log, "archive_status"))).map((name) => join("archive_status", name));
  // With the rights of its owner: one of the two may be a link to where only we may remove anything.
  const paths = [...discarded, ...status].map((name) => join(log, name));
  if (paths.length > 0) await runCommand(["rm", "-f", "--", ...paths], user);
}
