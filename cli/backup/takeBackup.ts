import { randomBytes } from "node:crypto";
import { PalisadeError } from "../../contract/errors.js";
import { readConnectionTarget } from "../connection/connectionTarget.js";
import { assertNewEnough, type ClientTool, requireClientTool } from "./clientTools.js";
import { readServerVersion, useDatabase } from "./database.js";
import { readDatabaseFacts } from "./databaseFacts.js";
import type { DumpedDatabase, Manifest } from "./documents.js";
import { readDump } from "./runTool.js";
import { sealDump } from "./sealedDump.js";
import { type BackupSession, readOwnVersion, toKeyContext, toSealContext } from "./session.js";
import { formatCompactTime, LONGEST_MS } from "./times.js";
import { type BackupSource, pickDatabases, readSource, toAdmitted } from "./source.js";
import { removeUnlisted, toErasureKeyId } from "./unlisted.js";
import { removeScratchBranches } from "./scratchBranches.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Dumps every database of the branch, each from one snapshot in which its rows are counted as well, seals it on the way, and lists it once all of it
 * is in the store. What fails before that leaves nothing listed.
 * @throws PAL_BACKUP_TOOLS, PAL_BACKUP_RATCHET, PAL_BACKUP_VERSIONED, PAL_BACKUP_FAILED, PAL_BACKUP_STORE, and of keys PAL_CMK_*
 */
export async function takeBackup(session: BackupSession): Promise<Manifest> {
  const { catalogue, configuration, environment, keys, log, now } = session;
  const tool = await requireClientTool("pg_dump", environment);
  await assertRetention(session);
  await keys.assertErasable();
  const source = await readSource(session);
  const names = pickDatabases(session, source);
  for (const name of await removeScratchBranches(session, source.project.id)) log(`removed ${name}, which an earlier drill left`);
  for (const id of await removeUnlisted(session)) log(`removed what an earlier run left of ${id}`);
  const takenAt = now();
  const id = `${formatCompactTime(takenAt)}-${randomBytes(8).toString("hex")}`;
  const whose = { organization_id: session.organization, project_id: source.project.id, branch: toBranchFacts(source) };
  const keyId = toErasureKeyId(id);
  const { manifest, listed } = await keys.useNew(keyId, toKeyContext(whose), async (key) => {
    const objects: string[] = [];
    try {
      const databases: DumpedDatabase[] = [];
      let server = "";
      for (const [index, name] of names.entries()) {
        log(`dumping ${name}`);
        const object = `objects/${id}/${index}.sealed`;
        objects.push(object);
        const context = toSealContext(whose, `${id}/${index}`);
        const dumped = await dumpDatabase(session, tool, source, name, (dump) =>
          sealDump(session.store, object, context, { id: keyId, key }, dump),
        );
        server = dumped.server;
        databases.push({ name, object, ...dumped.facts });
      }
      const manifest: Manifest = {
        kind: "palisade-backup",
        version: 1,
        id,
        taken_at: takenAt.toISOString(),
        keep_until: new Date(takenAt.getTime() + configuration.retentionDays * DAY_MS).toISOString(),
        retention_days: configuration.retentionDays,
        ...whose,
        admitted: toAdmitted(source.project),
        databases,
        erasure_key: keyId,
        erasure_key_places: keys.placeNames,
        tools: { palisade: readOwnVersion(), pg_dump: tool.version, server },
      };
      assertInTime(session, takenAt);
      return { manifest, listed: await catalogue.putManifest(manifest) };
    } catch (error) {
      // What stays all the same is removed by a later run.
      for (const object of objects) await session.store.remove(object).catch(() => undefined);
      throw error;
    }
  });
  // From here on nothing is taken back: a store that fails may have written the entry nevertheless. What is not listed a later run removes.
  await catalogue.append((backups) => [...backups, listed]);
  await keys.keep(keyId).catch(() => {
    log(`that ${id} is listed could not be noted beside its erasure keys: the next run does it`);
  });
  return manifest;
}

/** One transaction sees what is dumped and what is counted; it stays open until both are done. */
async function dumpDatabase<R>(
  { account, environment, configuration: { source: asked }, signal }: BackupSession,
  tool: ClientTool,
  { project, branch }: BackupSource,
  database: string,
  seal: (dump: AsyncIterable<Buffer>) => Promise<R>,
) {
  const place = await readConnectionTarget(account, { project: project.id, branch: branch.id, role: asked.role, database }, true);
  return useDatabase(place, environment, async (client) => {
    const { version, major } = await readServerVersion(client);
    assertNewEnough("pg_dump", tool, major, "the server of version");
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const { rows } = await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
    const snapshot = rows[0]?.snapshot ?? "";
    const stop = new AbortController();
    const run = { tool, place, environment, signal: AbortSignal.any([signal, stop.signal]) };
    try {
      const [sealed, counted] = await Promise.all([seal(readDump(run, snapshot)), readDatabaseFacts(client)]);
      return { server: version, facts: { ...counted, ...sealed } };
    } finally {
      // Where one of them fails, the other would go on for nothing.
      stop.abort();
    }
  });
}

/** After that time another run takes what is not listed yet for left over, and erases its key. @throws PAL_BACKUP_FAILED */
function assertInTime({ now }: BackupSession, begun: Date): void {
  if (now().getTime() - begun.getTime() > LONGEST_MS)
    throw new PalisadeError("PAL_BACKUP_FAILED", `the run took longer than ${LONGEST_MS / HOUR_MS} hours, so it is not listed`);
}

/** @throws PAL_BACKUP_RATCHET */
async function assertRetention({ catalogue, configuration: { retentionDays } }: BackupSession): Promise<void> {
  const newest = (await catalogue.list()).at(-1);
  if (newest === undefined) return;
  const promised = (await catalogue.readManifest(newest)).retention_days;
  if (retentionDays < promised)
    throw new PalisadeError("PAL_BACKUP_RATCHET", `retentionDays is ${retentionDays}, and ${newest.id} was promised ${promised} days`);
}

const toBranchFacts = ({ branch: { id, name, protected: isProtected } }: BackupSource) => ({ id, name, protected: isProtected });
