import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Purpose } from "../encryption/context.js";
import { flushDirectory } from "../encryption/durableFile.js";
import type { BranchOf, ErasureKeys } from "../encryption/erasureKeys.js";
import { copyTree, removeTree } from "./copy.js";
import { SealedLog } from "./sealedLog.js";
import { type ClusterFacts, SealedStore } from "./sealedStore.js";
import { discard, exists, mustBeFolder, ownedFile, type Site, UNFINISHED } from "./site.js";
import { templateName } from "./template.js";
import { type Lsn, readControl } from "./wal.js";

/** Whose branch a cluster is of, and as what it is sealed; undefined for one that stays as it is. */
export type SealPolicy = (name: string) => (BranchOf & { readonly purpose: Purpose }) | undefined;

export interface Sealing {
  /** The plane's own, closed to others. */
  readonly folder: string;
  readonly keys: ErasureKeys;
  readonly policy: SealPolicy;
  readonly log: (line: PlaneLogLine) => void;
}

/** `plain`: as files that Postgres can open; `unsealed`: the same, taken away from Postgres until they can be sealed. */
export type State = "plain" | "unsealed" | "sealed";

/** In the folder of a cluster: its stretch of log. */
const NAME_FILE = "palisade.lineage";
/** Below the folder of sealed objects. */
const [UNSEALED, OPENING, LOG] = ["unsealed", "opening", "log"];

/**
 * Where clusters lie, by their names (paths below the folder of clusters), whether sealed or not. What happens to one name happens in its turn,
 * which is the caller's business. A cluster lies in one place at a time; where a crash has left two, files outrank the sealed object, because they are
 * as new or newer, and what was taken away to be sealed is sealed before it is used again.
 */
export class Places {
  private constructor(
    private readonly site: Site,
    private readonly sealing: Sealing | undefined,
    /** Undefined where nothing is sealed. */
    readonly store: SealedStore | undefined,
    readonly log: SealedLog | undefined,
  ) {}

  static async open(site: Site, sealing: Sealing | undefined): Promise<Places> {
    if (!sealing) return new Places(site, undefined, undefined, undefined);
    const { folder, keys } = sealing;
    const store = await SealedStore.open(folder, keys, sealing.log);
    await rm(join(folder, OPENING), { recursive: true, force: true });
    for (const each of [UNSEALED, OPENING]) await mkdir(join(folder, each), { recursive: true, mode: 0o700 });
    const places = new Places(site, sealing, store, await SealedLog.open(site, join(folder, LOG), keys));
    for (const [name] of store.list()) if (name.startsWith(`${UNFINISHED}/`) || (await places.hasFiles(name))) await store.forget(name);
    return places;
  }

  pathOf(name: string): string {
    return join(this.site.directory, name);
  }

  async stateOf(name: string): Promise<State | undefined> {
    if (await exists(this.pathOf(name))) return "plain";
    if (await this.isUnsealed(name)) return "unsealed";
    return this.store?.find(name) ? "sealed" : undefined;
  }

  async has(name: string): Promise<boolean> {
    return (await this.stateOf(name)) !== undefined;
  }

  /** Clusters of branches and snapshots, wherever they lie. */
  async list(): Promise<string[]> {
    const sealed = this.store?.list().map(([name]) => name) ?? [];
    const names = new Set([...(await readdir(this.site.directory)), ...(await this.listUnsealed()), ...sealed]);
    return [...names].filter((name) => name.startsWith("br-") || name.startsWith("snap-"));
  }

  /** What could not be sealed yet. */
  async listUnsealed(): Promise<string[]> {
    return this.sealing ? (await readdir(join(this.sealing.folder, UNSEALED))).map((name) => name.replaceAll("+", "/")) : [];
  }

  /** Clusters as files that ought to be sealed, and those that were to be: what a plane that was killed, or has sealed less, has left. */
  async listLeftovers(): Promise<string[]> {
    if (!this.sealing) return [];
    const unsealed = await this.listUnsealed();
    const plain: string[] = [];
    for (const name of await readdir(this.site.directory)) if (await this.isToSeal(name)) plain.push(name);
    return [...new Set([...unsealed, ...plain])];
  }

  /** @throws PAL_COMPUTE when there is none, or it is damaged */
  async factsOf(name: string): Promise<ClusterFacts> {
    const state = await this.stateOf(name);
    const sealed = this.store?.find(name);
    if (state === "sealed" && sealed) return sealed.facts;
    return readFacts(state === "unsealed" ? this.unsealedPath(name) : this.pathOf(name));
  }

  async lineageOf(name: string): Promise<string | undefined> {
    const state = await this.stateOf(name);
    if (state === "sealed") return this.store?.find(name)?.facts.lineage;
    return readLineage(state === "unsealed" ? this.unsealedPath(name) : this.pathOf(name));
  }

  /** @param lineage undefined: none is kept */
  async setLineage(name: string, lineage: string | undefined): Promise<void> {
    const { lineage: _, ...facts } = this.store?.find(name)?.facts ?? {};
    if ((await this.stateOf(name)) === "sealed")
      await this.store?.changeFacts(name, { redo: "", isClean: false, ...facts, ...(lineage !== undefined && { lineage }) });
    else if (lineage === undefined) await rm(join(this.pathOf(name), NAME_FILE), { force: true });
    else await ownedFile(this.site, join(this.pathOf(name), NAME_FILE), `${lineage}\n`);
  }

  /**
   * Of a cluster that was stopped in order; a sealed one is shared, which costs nothing. @returns where the log of the two parts
   * @throws KeyFailure for one that waits to be sealed and cannot be
   */
  async copyStopped(from: string, to: string): Promise<Lsn> {
    if ((await this.stateOf(from)) === "unsealed") await this.settle(from);
    if ((await this.stateOf(from)) === "plain") await copyTree(this.pathOf(from), this.pathOf(to), this.site.postgres.runAs);
    else await this.store?.share(from, to, await this.factsOf(from));
    return (await this.factsOf(to)).redo;
  }

  /** Files that Postgres can open, of a cluster that stays as it is. */
  async copyAsFiles(from: string, to: string): Promise<void> {
    await this.copyStopped(from, to);
    await this.fetch(to);
  }

  async move(from: string, to: string): Promise<void> {
    if ((await this.stateOf(from)) === "sealed") return this.store?.rename(from, to);
    if ((await this.stateOf(from)) === "plain") return rename(this.pathOf(from), this.pathOf(to));
    await rename(this.unsealedPath(from), this.unsealedPath(to));
    await flushDirectory(dirname(this.unsealedPath(to)));
  }

  async discard(name: string): Promise<void> {
    await discard(this.site, this.pathOf(name));
    if (await this.isUnsealed(name)) await this.removeUnsealed(name);
    await this.store?.forget(name);
  }

  /** A name for work that becomes visible by its last step; what is left there when the work fails is removed. */
  async unfinished<R>(work: (name: string) => Promise<R>): Promise<R> {
    await mustBeFolder(join(this.site.directory, UNFINISHED));
    const name = `${UNFINISHED}/${randomBytes(6).toString("hex")}`;
    try {
      return await work(name);
    } finally {
      await removeTree(this.pathOf(name), this.site.postgres.runAs);
      await this.store?.forget(name);
    }
  }

  /** Makes files of a cluster, that Postgres can open. @throws KeyFailure, PAL_SEALED_DAMAGED, PAL_ERASED, which name it */
  async fetch(name: string): Promise<void> {
    if ((await this.stateOf(name)) === "unsealed") await this.settle(name);
    const sealed = this.store?.find(name);
    if (!this.sealing || !this.store || !sealed || (await this.stateOf(name)) === "plain") return;
    // In a folder where nobody else may put a link.
    const opened = join(this.sealing.folder, OPENING, randomBytes(8).toString("hex"));
    await this.tellRefusal(name, () => this.store?.openInto(name, opened, this.site.postgres.runAs));
    // A copy has another one than what it shares.
    await rm(join(opened, NAME_FILE), { force: true });
    if (sealed.facts.lineage !== undefined) await this.writeLineage(opened, sealed.facts.lineage);
    await mustBeFolder(dirname(this.pathOf(name)));
    await rename(opened, this.pathOf(name));
    await flushDirectory(dirname(this.pathOf(name)));
    await this.store.forget(name);
  }

  /**
   * Seals a cluster that does not run any more, where it ought to be; the files go once that is on the disk. What cannot be sealed stays, closed to
   * Postgres, and is told in the log. @param signal the plane has no more time @returns whether nothing is left to do
   */
  async stow(name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      if (await this.isUnsealed(name)) await this.settle(name, signal);
      if (!(await this.isToSeal(name))) return true;
      await this.takeAway(name);
      await this.settle(name, signal);
      return true;
    } catch (error) {
      this.sealing?.log({ level: "error", event: "not-sealed", cluster: name, error: messageOf(error) });
      return false;
    }
  }

  /** Seals a stopped cluster for this branch, whatever the policy says of it, and what it shares with another. @throws KeyFailure, PAL_FILE */
  async sealAnyhow(name: string, as: NonNullable<ReturnType<SealPolicy>>): Promise<void> {
    if ((await this.stateOf(name)) === "sealed" && this.store?.find(name)?.context.branch !== as.branch) await this.fetch(name);
    if ((await this.stateOf(name)) === "plain") await this.takeAway(name);
    if (await this.isUnsealed(name)) await this.settle(name, undefined, as);
  }

  /** The archived log of a cluster that ought to be sealed. @param archive nobody writes to it meanwhile @throws KeyFailure, PAL_FILE */
  async sealArchive(name: string, lineage: string, archive: string): Promise<void> {
    const branch = this.sealing?.policy(name);
    if (branch) await this.log?.sealArchive(lineage, archive, branch);
  }

  private async isToSeal(name: string): Promise<boolean> {
    return this.sealing?.policy(name) !== undefined && (await exists(this.pathOf(name))) && !(await this.isFresh(name));
  }

  /** It has never run: it is the template, and nobody's. */
  private async isFresh(name: string): Promise<boolean> {
    const found = await Promise.all([name, templateName(this.site)].map((each) => readControl(this.pathOf(each)).catch(() => undefined)));
    const [cluster, template] = found;
    return cluster?.isClean === true && cluster.redo === template?.redo;
  }

  /** From Postgres' user to the plane's own folder, by one step. */
  private async takeAway(name: string): Promise<void> {
    await rename(this.pathOf(name), this.unsealedPath(name));
    await flushDirectory(dirname(this.unsealedPath(name)));
    await flushDirectory(dirname(this.pathOf(name)));
  }

  /** Seals what was taken away, or gives it back where it is not to be sealed any more. */
  private async settle(name: string, signal?: AbortSignal, as = this.sealing?.policy(name)): Promise<void> {
    const path = this.unsealedPath(name);
    if (!as) return rename(path, this.pathOf(name));
    const { organization, project, branch, purpose } = as;
    const work = async () => {
      await mustBeFolder(path);
      // What is damaged is sealed as it is.
      const facts = await readFacts(path).catch(() => ({ redo: "0/0", isClean: false }));
      await this.store?.seal(name, path, { context: { organization, project, branch, purpose }, facts }, signal);
      await this.removeUnsealed(name);
    };
    await within(signal, work);
  }

  /** With the rights of its owner, from where that may go. */
  private async removeUnsealed(name: string): Promise<void> {
    await mustBeFolder(join(this.site.directory, UNFINISHED));
    const doomed = join(this.site.directory, UNFINISHED, randomBytes(6).toString("hex"));
    await rename(this.unsealedPath(name), doomed);
    await removeTree(doomed, this.site.postgres.runAs);
  }

  private async tellRefusal(name: string, work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.sealing?.log({ level: "error", event: "not-opened", cluster: name, error: messageOf(error) });
      throw error;
    }
  }

  /** In a folder of the plane's own, which is given away afterwards. */
  private async writeLineage(opened: string, lineage: string): Promise<void> {
    await ownedFile(this.site, join(opened, NAME_FILE), `${lineage}\n`);
    await flushDirectory(opened);
  }

  private async hasFiles(name: string): Promise<boolean> {
    return (await exists(this.pathOf(name))) || (await this.isUnsealed(name));
  }

  private isUnsealed(name: string): Promise<boolean> {
    return this.sealing ? exists(this.unsealedPath(name)) : Promise.resolve(false);
  }

  private unsealedPath(name: string): string {
    return join(this.sealing?.folder ?? "", UNSEALED, name.replaceAll("/", "+"));
  }
}

async function readFacts(path: string): Promise<ClusterFacts> {
  const [{ redo, isClean }, lineage] = await Promise.all([readControl(path), readLineage(path)]);
  return { redo, isClean, ...(lineage !== undefined && { lineage }) };
}

const readLineage = async (path: string): Promise<string | undefined> =>
  (await readFile(join(path, NAME_FILE), "utf8").catch(() => undefined))?.trim();

/** Ends with the work, or with the time for it; what is under way by then undoes itself. */
async function within(signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
  if (!signal) return work();
  signal.throwIfAborted();
  let giveUp: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    giveUp = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
