import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { copyTree } from "./copy.js";
import { discard, exists, mustBeFolder, ownedFile, ownedFolder, type Site } from "./site.js";
import { bytesOf, type Lsn, readControl, segmentNumber, segmentOf } from "./wal.js";

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

/** What a recovery is made of. */
export interface Past {
  /** A cluster that was stopped in order. */
  base: string;
  /** Files of the log since, by their names. */
  files: ReadonlyMap<string, string>;
}

const FOLDER = "lineages";
/** In the folder of a cluster. */
const NAME_FILE = "palisade.lineage";
const OWN_BASE = "base";
/** A new base is a copy of the whole cluster: less log than this is not worth it. */
const LONG_BYTES = 64 << 20;

export class Lineages {
  /** Begun since the start, and those of them that no cluster names yet. */
  private begun = 0;
  private unnamed = 0;

  private constructor(private readonly site: Site) {}

  static async open(site: Site): Promise<Lineages> {
    const folder = join(site.directory, FOLDER);
    if (!(await exists(folder))) await ownedFolder(site, folder);
    await mustBeFolder(folder);
    return new Lineages(site);
  }

  /** Where the log of this lineage is archived. */
  logOf(id: string): string {
    return join(this.pathOf(id), "wal");
  }

  /** The lineage of the cluster in this folder; undefined where none is kept. */
  async of(cluster: string): Promise<string | undefined> {
    return (await readFile(join(cluster, NAME_FILE), "utf8").catch(() => undefined))?.trim();
  }

  /**
   * Gives the cluster in `cluster` a lineage of its own, or takes away the one it was copied with. Calls `publish`, after which the
   * cluster counts as one that names it.
   * @param describe makes the lineage, once the folder for its log exists
   */
  async begin(cluster: string, describe: undefined | ((id: string) => Promise<Lineage>), publish: () => Promise<void>): Promise<void> {
    if (!describe) {
      await rm(join(cluster, NAME_FILE), { force: true });
      return publish();
    }
    const id = randomBytes(8).toString("hex");
    this.begun += 1;
    this.unnamed += 1;
    try {
      await ownedFolder(this.site, this.pathOf(id));
      await ownedFolder(this.site, this.logOf(id));
      await ownedFile(this.site, join(this.pathOf(id), "lineage.json"), JSON.stringify(await describe(id)));
      await ownedFile(this.site, join(cluster, NAME_FILE), `${id}\n`);
      await publish();
    } catch (error) {
      await discard(this.site, this.pathOf(id));
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
    const files = new Map<string, string>();
    let [at, end, isReached]: [string, number, boolean] = [id, Infinity, false];
    for (;;) {
      const { start, base, parent } = await this.read(at);
      for (const [name, path] of await this.filesOf(at, end)) if (!files.has(name)) files.set(name, path);
      isReached ||= "lsn" in moment ? bytesOf(moment.lsn) >= bytesOf(start.lsn) : moment.time >= start.time;
      if (isReached && base !== undefined) {
        await mustBeRecent(moment, files, horizon);
        return { base: this.basePath(at, base), files: since(files, segmentOf(start.lsn)) };
      }
      // The parent of another cluster knows moments that this one never had.
      if (!parent || (!isReached && !parent.isSame)) throw noHistory(moment);
      [at, end] = [parent.id, Math.min(end, segmentOf(start.lsn))];
    }
  }

  /** Takes a copy of the cluster, which does not run, as a base from which its log goes on; with `forget` without what was before. */
  async rebase(cluster: string, forget = false): Promise<void> {
    const before = forget ? undefined : await this.of(cluster);
    const describe = async (id: string): Promise<Lineage> => {
      const base = join(this.pathOf(id), OWN_BASE);
      await copyTree(cluster, base, this.site.postgres.runAs);
      return {
        start: { time: Date.now(), lsn: (await readControl(base)).redo },
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
    for (const path of (await this.filesOf(id, Infinity)).values()) bytes += (await stat(path)).size;
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
    for (const id of present) if (!needed.has(id)) await discard(this.site, this.pathOf(id));
  }

  /** Undefined also for a lineage that has been removed since. */
  private async parentOf(id: string): Promise<string | undefined> {
    return (await exists(this.pathOf(id))) ? (await this.read(id)).parent?.id : undefined;
  }

  private async read(id: string): Promise<Lineage> {
    return JSON.parse(await readFile(join(this.pathOf(id), "lineage.json"), "utf8")) as Lineage;
  }

  /** The log before segment `end`, and the descriptions of timelines. */
  private async filesOf(id: string, end: number): Promise<Map<string, string>> {
    const names = (await readdir(this.logOf(id))).filter((name) => name.endsWith(".history") || (segmentNumber(name) ?? Infinity) < end);
    return new Map(names.map((name) => [name, join(this.logOf(id), name)]));
  }

  private basePath(id: string, base: string): string {
    return base === OWN_BASE ? join(this.pathOf(id), OWN_BASE) : join(this.site.directory, base);
  }

  private pathOf(id: string): string {
    return join(this.site.directory, FOLDER, id);
  }
}

const since = (files: ReadonlyMap<string, string>, segment: number) =>
  new Map([...files].filter(([name]) => (segmentNumber(name) ?? Infinity) >= segment));

/** A place in the log has no date; the file it lies in was complete at one. */
async function mustBeRecent(moment: Moment, files: ReadonlyMap<string, string>, horizon: number): Promise<void> {
  if (!("lsn" in moment)) return;
  for (const [name, path] of files)
    if (segmentNumber(name) === segmentOf(moment.lsn) && (await stat(path)).mtimeMs < horizon) throw noHistory(moment);
}

export const noHistory = (moment: Moment) => new PalisadeError("PAL_NO_HISTORY", "lsn" in moment ? moment.lsn : moment.text);
