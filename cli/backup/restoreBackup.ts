import { assertNewEnough, type ClientTool, requireClientTool } from "./clientTools.js";
import { compareFacts } from "./databaseFacts.js";
import type { Evidence, Manifest } from "./documents.js";
import { type RestoredDatabase, restoreInto } from "./restoreInto.js";
import { createRestoreBranch, createScratchName, type NewBranch, removeBranch, removeScratchBranches } from "./scratchBranches.js";
import { verifyDump } from "./sealedDump.js";
import { type BackupSession, findBackup, readOwnVersion, toKeyContext, toSealContext } from "./session.js";
import { type BackupSource, readSource } from "./source.js";
import { LONGEST_MS } from "./times.js";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";

export interface Restore {
  readonly manifest: Manifest;
  readonly branch: NewBranch;
  readonly databases: readonly RestoredDatabase[];
  /** What differs from what was dumped. */
  readonly findings: readonly string[];
}

/**
 * Restores a backup into a new branch. Signatures, index, digests and seal of all of it are verified before anything reaches a server; a restore that
 * fails takes its branch with it.
 * @param id of the backup; the newest when undefined @param name of the new branch
 * @throws PAL_BACKUP_UNKNOWN, PAL_BACKUP_UNSIGNED, PAL_BACKUP_DAMAGED, PAL_BACKUP_ROLLED_BACK, PAL_BACKUP_KEY_MISSING, PAL_BACKUP_OPENS,
 *   PAL_BACKUP_FAILED
 */
export async function restoreBackup(session: BackupSession, id: string | undefined, name: string): Promise<Restore> {
  const tool = await requireClientTool("pg_restore", session.environment);
  const { manifest } = await findBackup(session, id);
  const source = await readSourceOf(session, manifest);
  return useVerified(session, tool, manifest, async (erasureKey) => {
    const branch = await createRestoreBranch(session, source, name);
    try {
      const databases = await restoreInto(session, tool, manifest, erasureKey, branch);
      return { manifest, branch, databases, findings: compareAll(manifest, databases) };
    } catch (error) {
      await removeBranch(session.tidyingApi, source.project.id, branch.id).catch(() => {
        session.log(`the branch ${branch.name} (${branch.id}) could not be removed: remove it yourself`);
      });
      throw error;
    }
  });
}

/**
 * Restores the newest backup into a branch that is removed again, compares what is there with what was dumped, proves both copies of the erasure key,
 * and writes signed evidence into the store. What a drill before it left behind goes first.
 * @throws what keeps it from being carried out; what it finds is in the evidence
 */
export async function drillBackup(session: BackupSession): Promise<Evidence> {
  const { now, store, signer } = session;
  const begun = now();
  const tool = await requireClientTool("pg_restore", session.environment);
  const { listed, manifest } = await findBackup(session, undefined);
  const source = await readSourceOf(session, manifest);
  for (const left of await removeScratchBranches(session, source.project.id)) session.log(`removed ${left}, which an earlier drill left`);
  const proofs = await session.keys.prove(manifest.erasure_key, toKeyContext(manifest));
  const missing = proofs.filter(({ present }) => !present).map(({ place }) => `the erasure key ${manifest.erasure_key} is not in ${place}`);
  const bounded = { ...session, signal: AbortSignal.any([session.signal, AbortSignal.timeout(LONGEST_MS)]) };
  const { restored, findings } = await restoreForDrill(bounded, tool, manifest, source);
  const evidence: Evidence = {
    kind: "palisade-backup-drill",
    version: 1,
    backup: manifest.id,
    manifest_sha256: listed.manifest_sha256,
    begun_at: begun.toISOString(),
    ended_at: now().toISOString(),
    passed: missing.length + findings.length === 0,
    findings: [...missing, ...findings],
    restored: restored.map(({ name, facts: { tables } }) => ({ database: name, tables: tables.length, rows: sumRows(tables) })),
    erasure_keys: proofs,
    tools: { palisade: readOwnVersion(), pg_restore: tool.version },
  };
  const written = `evidence/${manifest.id}/${evidence.ended_at.replace(/[:.]/g, "-")}.json`;
  if (!(await store.putNew(written, signer.sign(evidence))))
    throw new PalisadeError("PAL_BACKUP_STORE", `${store.name} has ${written} already`);
  return evidence;
}

/** What is wrong with the backup itself is a finding of the drill; everything else keeps it from being carried out. */
async function restoreForDrill(
  session: BackupSession,
  tool: ClientTool,
  manifest: Manifest,
  source: BackupSource,
): Promise<{ restored: RestoredDatabase[]; findings: string[] }> {
  try {
    return await useVerified(session, tool, manifest, async (erasureKey) => {
      const branch = await createRestoreBranch(session, source, createScratchName(session, source.project.id));
      try {
        const restored = await restoreInto(session, tool, manifest, erasureKey, branch);
        return { restored, findings: compareAll(manifest, restored) };
      } finally {
        await removeBranch(session.tidyingApi, source.project.id, branch.id);
      }
    });
  } catch (error) {
    if (!isPalisadeError(error, "PAL_BACKUP_DAMAGED", "PAL_BACKUP_KEY_MISSING", "PAL_SEALED_DAMAGED", "PAL_CMK_INVALID")) throw error;
    return { restored: [], findings: [error.message] };
  }
}

/** Reads all of the backup once before the work may use it. */
function useVerified<R>(
  { keys, store, log }: BackupSession,
  tool: ClientTool,
  manifest: Manifest,
  work: (erasureKey: Buffer) => Promise<R>,
): Promise<R> {
  assertNewEnough("pg_restore", tool, parseInt(manifest.tools.pg_dump, 10), "the pg_dump of the backup, version");
  return keys.use(manifest.erasure_key, toKeyContext(manifest), async (erasureKey) => {
    log(`verifying ${manifest.id}`);
    for (const [index, dumped] of manifest.databases.entries())
      await verifyDump(store, dumped, toSealContext(manifest, `${manifest.id}/${index}`), erasureKey);
    return work(erasureKey);
  });
}

/** The project and branch that the backup was taken of, whatever the configuration names by now. @throws PAL_BACKUP_FAILED */
async function readSourceOf(session: BackupSession, manifest: Manifest): Promise<BackupSource> {
  const source = await readSource(session);
  if (source.project.id === manifest.project_id && source.branch.id === manifest.branch.id) return source;
  throw new PalisadeError(
    "PAL_BACKUP_FAILED",
    `${manifest.id} is of ${manifest.project_id}/${manifest.branch.id}, and the configuration names ${source.project.id}/${source.branch.id}`,
  );
}

const compareAll = (manifest: Manifest, restored: readonly RestoredDatabase[]): string[] =>
  manifest.databases.flatMap((dumped) => {
    const found = restored.find(({ name }) => name === dumped.name);
    return found === undefined ? [`${dumped.name} was not restored`] : compareFacts(dumped.name, dumped, found.facts);
  });

const sumRows = (tables: readonly { rows: string }[]): string => tables.reduce((sum, { rows }) => sum + BigInt(rows), 0n).toString();
