import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { Places, SealPolicy } from "./places.js";
import type { SealedLogFile } from "./sealedLog.js";
import { exists, mustBeFolder, ownedFile, ownedFolder, type Site } from "./site.js";
import { bytesOf, type Lsn, segmentNumber, segmentOf } from "./wal.js";

/** `time` is in milliseconds since 1970; `text` is the same instant as it was asked for, with all its digits. */
export type Moment = { time: number; text: string } | { lsn: Lsn };

/**
 * A cluster's own stretch of log, from `start` on, in a folder of its own. What was before is the log of `parent` up to there, so that a branch
 * costs no second copy of its past. The cluster names its lineage in a file of its own; a copy of the cluster begins another lineage.
 */
export interface Lineage {
  start: { time: number; lsn: Lsn };
  /** The cluster as it was at `start`: the name of the template, or OWN_BASE for a copy in the lineage's folder. */
  base?: string;
  /** `isSame`: the same cluster, before it got a new base. */
  parent?: { id: string; isSame: boolean };
}

/** Makes the lineage, once the folder for its log exists. */
export type Describe = (id: string) => Promise<Lineage>;

export const begun = (lsn: Lsn, from: Omit<Lineage, "start">): Promise<Lineage> =>
  Promise.resolve({ start: { time: Date.now(), lsn }, ...from });

/** A file of archived log: its path, and where it is sealed what opens it. */
export interface LogFile {
  path: string;
  sealed?: SealedLogFile;
}

/** What a recovery is made of. */
export interface Past {
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
  private begun = 0;
  private unnamed = 0;

  private constructor(
    private readonly site: Site,
    private readonly places: Places,
  ) {}

  static async open(site: Site, places: Places): Promise<Lineages> {
    const folder = join(site.directory, FOLDER);
    if (!(await exists(folder))) await ownedFolder(site, folder);
    await mustBeFolder(folder);
    return new Lineages(site, places);
  }

  /** Where the log of this lineage is archived. */
  logOf(id: string): string {
    return join(this.pathOf(id), "wal");
  }

  /**
   * Gives the cluster of this name a lineage of its own, or takes away the one it was copied with. Calls `publish`, after which the
   * cluster counts as one that names it.
   */
  async begin(cluster: string, describe: undefined | Describe, publish: () => Promise<void>): Promise<void> {
    if (!describe) {
      await this.places.setLineage(cluster, undefined);
      return publish();
    }
    const id = randomBytes(8).toString("hex");
    this.begun += 1;
    this.unnamed += 1;
    try {
      await ownedFolder(this.site, this.pathOf(id));
      await ownedFolder(this.site, this.logOf(id));
      await ownedFile(this.site, join(this.pathOf(id), "lineage.json"), JSON.stringify(await describe(id)));
      await this.places.setLineage(cluster, id);
      await publish();
    } catch (error) {
      await this.discard(id);
      throw error;
    } finally {
      this.unnamed -= 1;
    }
  }

  /**
   * What brings back the state that the cluster of this lineage had at the moment.
   * @param horizon milliseconds; log that was complete before is not asked for
   * @throws PAL_NO_HISTORY
   */
  async past(id: string, moment: Moment, horizon: number): Promise<Past> {
    const files = new Map<string, LogFile>();
    let [at, end, isReached]: [string, number, boolean] = [id, Infinity, false];
    for (;;) {
      const { start, base, parent } = await this.read(at);
      for (const [name, file] of await this.filesOf(at, end)) if (!files.has(name)) files.set(name, file);
      isReached ||= "lsn" in moment ? bytesOf(moment.lsn) >= bytesOf(start.lsn) : moment.time >= start.time;
      if (isReached && base !== undefined) {
        await mustBeRecent(moment, files, horizon);
        return { base: base === OWN_BASE ? baseOf(at) : base, files: since(files, segmentOf(start.lsn)) };
      }
      // The parent of another cluster knows moments that this one never had.
      if (!parent || (!isReached && !parent.isSame)) throw noHistory(moment);
      [at, end] = [parent.id, Math.min(end, segmentOf(start.lsn))];
    }
  }

  /** Takes a copy of the cluster, which does not run, as a base from which its log goes on; with `forget` without what was before. */
  async rebase(cluster: string, forget = false): Promise<void> {
    const before = forget ? undefined : await this.places.lineageOf(cluster);
    const describe = async (id: string): Promise<Lineage> => {
      const lsn = await this.places.copyStopped(cluster, baseOf(id));
      return {
        start: { time: Date.now(), lsn },
        base: OWN_BASE,
        ...(before !== undefined && { parent: { id: before, isSame: true } }),
      };
    };
    await this.begin(cluster, describe, () => Promise.resolve());
  }

  /** Whether a new base is due: the cluster keeps none, or a long log that begins before the horizon. */
  async isLong(id: string | undefined, horizon: number): Promise<boolean> {
    if (id === undefined) return true;
    if ((await this.read(id)).start.time >= horizon) return false;
    let bytes = 0;
    for (const { path } of (await this.filesOf(id, Infinity)).values()) bytes += (await stat(path)).size;
    return bytes > LONG_BYTES;
  }

  /** Lets go of what is older than the horizon and not needed for any moment since. */
  async forget(id: string, horizon: number): Promise<void> {
    for (let at: string | undefined = id; at !== undefined;) {
      const { parent, ...lineage }: Lineage = await this.read(at);
      if (parent && lineage.base !== undefined && lineage.start.time <= horizon) {
        await ownedFile(this.site, join(this.pathOf(at), "lineage.json"), JSON.stringify(lineage));
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
    const { begun } = this;
    const present = await readdir(join(this.site.directory, FOLDER));
    if (this.unnamed > 0 || this.begun !== begun) return;
    const needed = new Set<string>();
    for (const id of await used())
      for (let at: string | undefined = id; at !== undefined && !needed.has(at);) {
        needed.add(at);
        at = await this.parentOf(at);
      }
    for (const id of present) if (!needed.has(id)) await this.discard(id);
  }

  /** Seals the log that the cluster, which does not run, has archived, where it ought to be. @throws KeyFailure, PAL_FILE */
  async sealArchive(cluster: string): Promise<void> {
    const id = await this.places.lineageOf(cluster);
    if (id !== undefined && (await exists(this.logOf(id)))) await this.places.sealArchive(cluster, id, this.logOf(id));
  }

  /** Seals all that is kept of the past of the cluster itself, which does not run, for this branch. @throws KeyFailure, PAL_FILE */
  async sealHistory(cluster: string, as: NonNullable<ReturnType<SealPolicy>>): Promise<void> {
    for (let at = await this.places.lineageOf(cluster); at !== undefined;) {
      await this.places.log?.sealArchive(at, this.logOf(at), as);
      if (await this.places.has(baseOf(at))) await this.places.sealAnyhow(baseOf(at), { ...as, purpose: "backup" });
      const { parent }: Lineage = await this.read(at);
      at = parent?.isSame ? parent.id : undefined;
    }
  }

  /** The lineage and all that it goes on from. */
  async chainOf(id: string): Promise<string[]> {
    const chain: string[] = [];
    for (let at: string | undefined = id; at !== undefined; at = await this.parentOf(at)) chain.push(at);
    return chain;
  }

  private async discard(id: string): Promise<void> {
    await this.places.discard(baseOf(id));
    await this.places.discard(join(FOLDER, id));
    await this.places.log?.discard(id);
  }

  /** Undefined also for a lineage that has been removed since. */
  private async parentOf(id: string): Promise<string | undefined> {
    return (await exists(this.pathOf(id))) ? (await this.read(id)).parent?.id : undefined;
  }

  private async read(id: string): Promise<Lineage> {
    return JSON.parse(await readFile(join(this.pathOf(id), "lineage.json"), "utf8")) as Lineage;
  }

  /** The log before segment `end`, and the descriptions of timelines. */
  private async filesOf(id: string, end: number): Promise<Map<string, LogFile>> {
    const { log } = this.places;
    const sealed = (await log?.filesOf(id))?.map((file) => [file.name, { path: log?.pathOf(file) ?? "", sealed: file }] as const);
    const plain = (await readdir(this.logOf(id))).map((name) => [name, { path: join(this.logOf(id), name) }] as const);
    // What is there in both ways was not removed yet when it was sealed, or was archived again.
    const wanted = [...(sealed ?? []), ...plain].filter(([name]) => name.endsWith(".history") || (segmentNumber(name) ?? Infinity) < end);
    return new Map(wanted);
  }

  private pathOf(id: string): string {
    return join(this.site.directory, FOLDER, id);
  }
}

/** The name of the cluster as it was when the lineage began. */
const baseOf = (id: string): string => join(FOLDER, id, OWN_BASE);

const since = (files: ReadonlyMap<string, LogFile>, segment: number) =>
  new Map([...files].filter(([name]) => (segmentNumber(name) ?? Infinity) >= segment));

/** A place in the log has no date; the file it lies in was complete at one. */
async function mustBeRecent(moment: Moment, files: ReadonlyMap<string, LogFile>, horizon: number): Promise<void> {
  if (!("lsn" in moment)) return;
  for (const [name, { path }] of files)
    if (segmentNumber(name) === segmentOf(moment.lsn) && (await stat(path)).mtimeMs < horizon) throw noHistory(moment);
}

export const noHistory = (moment: Moment) => new PalisadeError("PAL_NO_HISTORY", "lsn" in moment ? moment.lsn : moment.text);
