import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { ClusterStorage, SealPolicy } from "./clusterStorage.js";
import type { SealedLogFile } from "./sealedLog.js";
import { exists, assertFolder, writeOwnedFile, createOwnedFolder, type ClusterSetup } from "./clusterSetup.js";
import { parseLsn, type Lsn, parseSegmentName, computeSegment } from "./wal.js";

/** `time` is in milliseconds since 1970; `text` is the same instant as it was asked for, with all its digits. */
export type Moment = { time: number; text: string } | { lsn: Lsn };

/**
 * A cluster's own stretch of log, from `start` on, in a folder of its own. What was before is the log of `parent` up to there, so that a branch
 * costs no second copy of its history. The cluster names its lineage in a file of its own; a copy of the cluster begins another lineage.
 */
export interface Lineage {
  start: { time: number; lsn: Lsn };
  /** The cluster as it was at `start`: the name of the template, or OWN_BASE for a copy in the lineage's folder. */
  base?: string;
  /** `isSame`: the same cluster, before it got a new base. */
  parent?: { id: string; isSame: boolean };
}

/** Makes the lineage, once the folder for its log exists. */
export type CreateLineage = (id: string) => Promise<Lineage>;

export const createLineage = (lsn: Lsn, from: Omit<Lineage, "start">): Promise<Lineage> =>
  Promise.resolve({ start: { time: Date.now(), lsn }, ...from });

/** A file of archived log: its path, and where it is sealed what opens it. */
export interface LogFile {
  path: string;
  sealed?: SealedLogFile;
}

/** The inputs of a recovery. */
export interface RecoverySource {
  /** The name of a cluster that was stopped in order. */
  base: string;
  /** Files of the log since, by their names. */
  files: ReadonlyMap<string, LogFile>;
}

const FOLDER = "lineages";
const OWN_BASE = "base";
/** A new base is a copy of the whole cluster: less log than this is not worth it. */
const LONG_BYTES = 64 << 20;

export class Lineages {
  /** Begun since the start, and those of them that no cluster names yet. */
  private startedCount = 0;
  private unnamedCount = 0;

  private constructor(
    private readonly setup: ClusterSetup,
    private readonly storage: ClusterStorage,
  ) {}

  static async open(setup: ClusterSetup, places: ClusterStorage): Promise<Lineages> {
    const folder = join(setup.directory, FOLDER);
    if (!(await exists(folder))) await createOwnedFolder(setup, folder);
    await assertFolder(folder);
    return new Lineages(setup, places);
  }

  /** Where the log of this lineage is archived. */
  getLogPath(id: string): string {
    return join(this.getPath(id), "wal");
  }

  /**
   * Gives the cluster of this name a lineage of its own, or takes away the one it was copied with. Calls `publish`, after which the
   * cluster counts as one that names it.
   */
  async begin(cluster: string, describe: undefined | CreateLineage, publish: () => Promise<void>): Promise<void> {
    if (!describe) {
      await this.storage.setLineage(cluster, undefined);
      return publish();
    }
    const id = randomBytes(8).toString("hex");
    this.startedCount += 1;
    this.unnamedCount += 1;
    try {
      await createOwnedFolder(this.setup, this.getPath(id));
      await createOwnedFolder(this.setup, this.getLogPath(id));
      await writeOwnedFile(this.setup, join(this.getPath(id), "lineage.json"), JSON.stringify(await describe(id)));
      await this.storage.setLineage(cluster, id);
      await publish();
    } catch (error) {
      await this.discard(id);
      throw error;
    } finally {
      this.unnamedCount -= 1;
    }
  }

  /**
   * What restores the state that the cluster of this lineage had at the moment.
   * @param horizon milliseconds; log that was complete before is not asked for
   * @throws PAL_NO_HISTORY
   */
  async getRecoverySource(id: string, moment: Moment, horizon: number): Promise<RecoverySource> {
    const files = new Map<string, LogFile>();
    let [at, end, isReached]: [string, number, boolean] = [id, Infinity, false];
    for (;;) {
      const { start, base, parent } = await this.readLineage(at);
      for (const [name, file] of await this.listFiles(at, end)) if (!files.has(name)) files.set(name, file);
      isReached ||= "lsn" in moment ? parseLsn(moment.lsn) >= parseLsn(start.lsn) : moment.time >= start.time;
      if (isReached && base !== undefined) {
        await assertRecent(moment, files, horizon);
        return { base: base === OWN_BASE ? getBaseName(at) : base, files: filterSince(files, computeSegment(start.lsn)) };
      }
      // The parent of another cluster knows moments that this one never had.
      if (!parent || (!isReached && !parent.isSame)) throw createNoHistoryError(moment);
      [at, end] = [parent.id, Math.min(end, computeSegment(start.lsn))];
    }
  }

  /** Takes a copy of the cluster, which does not run, as a base from which its log goes on; with `forget` without what was before. */
  async rebase(cluster: string, forget = false): Promise<void> {
    const before = forget ? undefined : await this.storage.findLineage(cluster);
    const describe = async (id: string): Promise<Lineage> => {
      const lsn = await this.storage.copyStopped(cluster, getBaseName(id));
      return {
        start: { time: Date.now(), lsn },
        base: OWN_BASE,
        ...(before !== undefined && { parent: { id: before, isSame: true } }),
      };
    };
    await this.begin(cluster, describe, () => Promise.resolve());
  }

  /** Whether a new base is due: the cluster keeps none, or a long log that begins before the horizon. */
  async needsRebase(id: string | undefined, horizon: number): Promise<boolean> {
    if (id === undefined) return true;
    if ((await this.readLineage(id)).start.time >= horizon) return false;
    let bytes = 0;
    for (const { path } of (await this.listFiles(id, Infinity)).values()) bytes += (await stat(path)).size;
    return bytes > LONG_BYTES;
  }

  /** Removes what is older than the horizon and not needed for any moment since. */
  async pruneHistory(id: string, horizon: number): Promise<void> {
    for (let at: string | undefined = id; at !== undefined;) {
      const { parent, ...lineage }: Lineage = await this.readLineage(at);
      if (parent && lineage.base !== undefined && lineage.start.time <= horizon) {
        await writeOwnedFile(this.setup, join(this.getPath(at), "lineage.json"), JSON.stringify(lineage));
        return;
      }
      at = parent?.isSame ? parent.id : undefined;
    }
  }

  /**
   * Removes every lineage that is neither in use nor before one that is. While another begins, that is left to the next time.
   * @param used the lineages that clusters name, asked for after those have been listed that may go
   */
  async sweep(used: () => Promise<readonly string[]>): Promise<void> {
    const { startedCount: begun } = this;
    const present = await readdir(join(this.setup.directory, FOLDER));
    if (this.unnamedCount > 0 || this.startedCount !== begun) return;
    const needed = new Set<string>();
    for (const id of await used())
      for (let at: string | undefined = id; at !== undefined && !needed.has(at);) {
        needed.add(at);
        at = await this.findParent(at);
      }
    for (const id of present) if (!needed.has(id)) await this.discard(id);
  }

  /** Seals the log that the cluster, which does not run, has archived, where it ought to be. @throws KeyFailure, PAL_FILE */
  async sealArchive(cluster: string): Promise<void> {
    const id = await this.storage.findLineage(cluster);
    if (id !== undefined && (await exists(this.getLogPath(id)))) await this.storage.sealArchive(cluster, id, this.getLogPath(id));
  }

  /** Seals all that is kept of the past of the cluster itself, which does not run, for this branch. @throws KeyFailure, PAL_FILE */
  async sealHistory(cluster: string, as: NonNullable<ReturnType<SealPolicy>>): Promise<void> {
    for (let at = await this.storage.findLineage(cluster); at !== undefined;) {
      await this.storage.log?.sealArchive(at, this.getLogPath(at), as);
      if (await this.storage.has(getBaseName(at))) await this.storage.sealForBranch(getBaseName(at), { ...as, purpose: "backup" });
      const { parent }: Lineage = await this.readLineage(at);
      at = parent?.isSame ? parent.id : undefined;
    }
  }

  /** The lineage and all that it goes on from. */
  async listChain(id: string): Promise<string[]> {
    const chain: string[] = [];
    for (let at: string | undefined = id; at !== undefined; at = await this.findParent(at)) chain.push(at);
    return chain;
  }

  private async discard(id: string): Promise<void> {
    await this.storage.discard(getBaseName(id));
    await this.storage.discard(join(FOLDER, id));
    await this.storage.log?.discard(id);
  }

  /** Undefined also for a lineage that has been removed since. */
  private async findParent(id: string): Promise<string | undefined> {
    return (await exists(this.getPath(id))) ? (await this.readLineage(id)).parent?.id : undefined;
  }

  private async readLineage(id: string): Promise<Lineage> {
    return JSON.parse(await readFile(join(this.getPath(id), "lineage.json"), "utf8")) as Lineage;
  }

  /** The log before segment `end`, and the descriptions of timelines. */
  private async listFiles(id: string, end: number): Promise<Map<string, LogFile>> {
    const { log } = this.storage;
    const sealed = (await log?.listFiles(id))?.map((file) => [file.name, { path: log?.getPath(file) ?? "", sealed: file }] as const);
    const plain = (await readdir(this.getLogPath(id))).map((name) => [name, { path: join(this.getLogPath(id), name) }] as const);
    // What is there in both ways was not removed yet when it was sealed, or was archived again.
    const wanted = [...(sealed ?? []), ...plain].filter(
      ([name]) => name.endsWith(".history") || (parseSegmentName(name) ?? Infinity) < end,
    );
    return new Map(wanted);
  }

  private getPath(id: string): string {
    return join(this.setup.directory, FOLDER, id);
  }
}

/** The name of the cluster as it was when the lineage began. */
const getBaseName = (id: string): string => join(FOLDER, id, OWN_BASE);

const filterSince = (files: ReadonlyMap<string, LogFile>, segment: number) =>
  new Map([...files].filter(([name]) => (parseSegmentName(name) ?? Infinity) >= segment));

/** A place in the log has no date; the file it lies in was complete at one. */
async function assertRecent(moment: Moment, files: ReadonlyMap<string, LogFile>, horizon: number): Promise<void> {
  if (!("lsn" in moment)) return;
  for (const [name, { path }] of files)
    if (parseSegmentName(name) === computeSegment(moment.lsn) && (await stat(path)).mtimeMs < horizon) throw createNoHistoryError(moment);
}

export const createNoHistoryError = (moment: Moment) => new PalisadeError("PAL_NO_HISTORY", "lsn" in moment ? moment.lsn : moment.text);
