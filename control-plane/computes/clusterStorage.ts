import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Purpose } from "@palisade/neon/encryption/sealContext";
import { flushDirectory } from "@palisade/neon/encryption/durableFile";
import type { BranchContext, ErasureKeys } from "../encryption/erasureKeys.js";
import { copyTree, removeTree } from "./fileTrees.js";
import { SealedLog } from "./sealedLog.js";
import { type ClusterFacts, SealedStore } from "./sealedStore.js";
import { discard, exists, assertFolder, writeOwnedFile, type ClusterSetup, UNFINISHED } from "./clusterSetup.js";
import { getTemplateName } from "./template.js";
import { type Lsn, readControlFile } from "./wal.js";

/** Whose branch a cluster is of, and as what it is sealed; undefined for one that stays as it is. */
export type SealPolicy = (name: string) => (BranchContext & { readonly purpose: Purpose }) | undefined;

export interface Sealing {
  /** The plane's own, closed to others. */
  readonly folder: string;
  readonly keys: ErasureKeys;
  readonly policy: SealPolicy;
  readonly log: (line: PlaneLogLine) => void;
}

/** `plain`: as files that Postgres can open; `unsealed`: the same, taken away from Postgres until they can be sealed. */
export type StorageState = "plain" | "unsealed" | "sealed";

/** In the folder of a cluster: its stretch of log. */
const NAME_FILE = "palisade.lineage";
/** Below the folder of sealed objects. */
const [UNSEALED, OPENING, LOG] = ["unsealed", "opening", "log"];

/**
 * Where clusters are stored, by name (paths below the folder of clusters), whether sealed or not. What happens to one name happens in its turn,
 * which is the caller's business. A cluster lies in one place at a time; where a crash has left two, files outrank the sealed object, because they are
 * as new or newer, and what was taken away to be sealed is sealed before it is used again.
 */
export class ClusterStorage {
  private constructor(
    private readonly setup: ClusterSetup,
    private readonly sealing: Sealing | undefined,
    /** Undefined where nothing is sealed. */
    readonly store: SealedStore | undefined,
    readonly log: SealedLog | undefined,
  ) {}

  static async open(setup: ClusterSetup, sealing: Sealing | undefined): Promise<ClusterStorage> {
    if (!sealing) return new ClusterStorage(setup, undefined, undefined, undefined);
    const { folder, keys } = sealing;
    const store = await SealedStore.open(folder, keys, sealing.log);
    await rm(join(folder, OPENING), { recursive: true, force: true });
    for (const each of [UNSEALED, OPENING]) await mkdir(join(folder, each), { recursive: true, mode: 0o700 });
    const places = new ClusterStorage(setup, sealing, store, await SealedLog.open(setup, join(folder, LOG), keys));
    for (const [name] of store.list()) if (name.startsWith(`${UNFINISHED}/`) || (await places.hasFiles(name))) await store.remove(name);
    return places;
  }

  getPath(name: string): string {
    return join(this.setup.directory, name);
  }

  async findState(name: string): Promise<StorageState | undefined> {
    if (await exists(this.getPath(name))) return "plain";
    if (await this.isUnsealed(name)) return "unsealed";
    return this.store?.find(name) ? "sealed" : undefined;
  }

  async has(name: string): Promise<boolean> {
    return (await this.findState(name)) !== undefined;
  }

  /** Clusters of branches and snapshots, wherever they lie. */
  async list(): Promise<string[]> {
    const sealed = this.store?.list().map(([name]) => name) ?? [];
    const names = new Set([...(await readdir(this.setup.directory)), ...(await this.listUnsealed()), ...sealed]);
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
    for (const name of await readdir(this.setup.directory)) if (await this.needsSealing(name)) plain.push(name);
    return [...new Set([...unsealed, ...plain])];
  }

  /** @throws PAL_COMPUTE when there is none, or it is damaged */
  async readFacts(name: string): Promise<ClusterFacts> {
    const state = await this.findState(name);
    const sealed = this.store?.find(name);
    if (state === "sealed" && sealed) return sealed.facts;
    return readFacts(state === "unsealed" ? this.getUnsealedPath(name) : this.getPath(name));
  }

  async findLineage(name: string): Promise<string | undefined> {
    const state = await this.findState(name);
    if (state === "sealed") return this.store?.find(name)?.facts.lineage;
    return readLineage(state === "unsealed" ? this.getUnsealedPath(name) : this.getPath(name));
  }

  /** @param lineage undefined: none is kept */
  async setLineage(name: string, lineage: string | undefined): Promise<void> {
    const { lineage: _, ...facts } = this.store?.find(name)?.facts ?? {};
    if ((await this.findState(name)) === "sealed")
      await this.store?.changeFacts(name, { redo: "", isClean: false, ...facts, ...(lineage !== undefined && { lineage }) });
    else if (lineage === undefined) await rm(join(this.getPath(name), NAME_FILE), { force: true });
    else await writeOwnedFile(this.setup, join(this.getPath(name), NAME_FILE), `${lineage}\n`);
  }

  /**
   * Of a cluster that was stopped in order; a sealed one is shared, which costs nothing. @returns where the log of the two parts
   * @throws KeyFailure for one that waits to be sealed and cannot be
   */
  async copyStopped(from: string, to: string): Promise<Lsn> {
    if ((await this.findState(from)) === "unsealed") await this.sealOrReturn(from);
    if ((await this.findState(from)) === "plain") await copyTree(this.getPath(from), this.getPath(to), this.setup.postgres.runAs);
    else await this.store?.share(from, to, await this.readFacts(from));
    return (await this.readFacts(to)).redo;
  }

  /** Files that Postgres can open, of a cluster that stays as it is. */
  async copyAsFiles(from: string, to: string): Promise<void> {
    await this.copyStopped(from, to);
    await this.openAsFiles(to);
  }

  async move(from: string, to: string): Promise<void> {
    if ((await this.findState(from)) === "sealed") return this.store?.rename(from, to);
    if ((await this.findState(from)) === "plain") return rename(this.getPath(from), this.getPath(to));
    await rename(this.getUnsealedPath(from), this.getUnsealedPath(to));
    await flushDirectory(dirname(this.getUnsealedPath(to)));
  }

  async discard(name: string): Promise<void> {
    await discard(this.setup, this.getPath(name));
    if (await this.isUnsealed(name)) await this.removeUnsealed(name);
    await this.store?.remove(name);
  }

  /** A name for work that becomes visible by its last step; what is left there when the work fails is removed. */
  async runWithWorkName<R>(work: (name: string) => Promise<R>): Promise<R> {
    await assertFolder(join(this.setup.directory, UNFINISHED));
    const name = `${UNFINISHED}/${randomBytes(6).toString("hex")}`;
    try {
      return await work(name);
    } finally {
      await removeTree(this.getPath(name), this.setup.postgres.runAs);
      await this.store?.remove(name);
    }
  }

  /** Makes files of a cluster, that Postgres can open. @throws KeyFailure, PAL_SEALED_DAMAGED, PAL_ERASED, which name it */
  async openAsFiles(name: string): Promise<void> {
    if ((await this.findState(name)) === "unsealed") await this.sealOrReturn(name);
    const sealed = this.store?.find(name);
    if (!this.sealing || !this.store || !sealed || (await this.findState(name)) === "plain") return;
    // In a folder where nobody else may put a link.
    const opened = join(this.sealing.folder, OPENING, randomBytes(8).toString("hex"));
    await this.logRefusal(name, () => this.store?.openInto(name, opened, this.setup.postgres.runAs));
    // A copy has another one than what it shares.
    await rm(join(opened, NAME_FILE), { force: true });
    if (sealed.facts.lineage !== undefined) await this.writeLineage(opened, sealed.facts.lineage);
    await assertFolder(dirname(this.getPath(name)));
    await rename(opened, this.getPath(name));
    await flushDirectory(dirname(this.getPath(name)));
    await this.store.remove(name);
  }

  /**
   * Seals a cluster that does not run any more, where it ought to be; the files go once that is on the disk. What cannot be sealed stays, closed to
   * Postgres, and is logged. @param signal the plane has no more time @returns whether nothing is left to do
   */
  async sealStopped(name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      if (await this.isUnsealed(name)) await this.sealOrReturn(name, signal);
      if (!(await this.needsSealing(name))) return true;
      await this.moveToUnsealed(name);
      await this.sealOrReturn(name, signal);
      return true;
    } catch (error) {
      this.sealing?.log({ level: "error", event: "not-sealed", cluster: name, error: formatErrorMessage(error) });
      return false;
    }
  }

  /** Seals a stopped cluster for this branch, whatever the policy says of it, and what it shares with another. @throws KeyFailure, PAL_FILE */
  async sealForBranch(name: string, as: NonNullable<ReturnType<SealPolicy>>): Promise<void> {
    if ((await this.findState(name)) === "sealed" && this.store?.find(name)?.context.branch !== as.branch) await this.openAsFiles(name);
    if ((await this.findState(name)) === "plain") await this.moveToUnsealed(name);
    if (await this.isUnsealed(name)) await this.sealOrReturn(name, undefined, as);
  }

  /** The archived log of a cluster that ought to be sealed. @param archive nobody writes to it meanwhile @throws KeyFailure, PAL_FILE */
  async sealArchive(name: string, lineage: string, archive: string): Promise<void> {
    const branch = this.sealing?.policy(name);
    if (branch) await this.log?.sealArchive(lineage, archive, branch);
  }

  private async needsSealing(name: string): Promise<boolean> {
    return this.sealing?.policy(name) !== undefined && (await exists(this.getPath(name))) && !(await this.hasNeverRun(name));
  }

  /** It has never run: it is the template, and nobody's. */
  private async hasNeverRun(name: string): Promise<boolean> {
    const found = await Promise.all(
      [name, getTemplateName(this.setup)].map((each) => readControlFile(this.getPath(each)).catch(() => undefined)),
    );
    const [cluster, template] = found;
    return cluster?.isClean === true && cluster.redo === template?.redo;
  }

  /** Moves it from Postgres' user to the plane's own folder, atomically. */
  private async moveToUnsealed(name: string): Promise<void> {
    await rename(this.getPath(name), this.getUnsealedPath(name));
    await flushDirectory(dirname(this.getUnsealedPath(name)));
    await flushDirectory(dirname(this.getPath(name)));
  }

  /** Seals an unsealed cluster, or moves it back where it is not to be sealed any more. */
  private async sealOrReturn(name: string, signal?: AbortSignal, as = this.sealing?.policy(name)): Promise<void> {
    const path = this.getUnsealedPath(name);
    if (!as) return rename(path, this.getPath(name));
    const { organization, project, branch, purpose } = as;
    const work = async () => {
      await assertFolder(path);
      // What is damaged is sealed as it is.
      const facts = await readFacts(path).catch(() => ({ redo: "0/0", isClean: false }));
      await this.store?.seal(name, path, { context: { organization, project, branch, purpose }, facts }, signal);
      await this.removeUnsealed(name);
    };
    await raceWithSignal(signal, work);
  }

  /** With the rights of its owner, from where that may go. */
  private async removeUnsealed(name: string): Promise<void> {
    await assertFolder(join(this.setup.directory, UNFINISHED));
    const discarded = join(this.setup.directory, UNFINISHED, randomBytes(6).toString("hex"));
    await rename(this.getUnsealedPath(name), discarded);
    await removeTree(discarded, this.setup.postgres.runAs);
  }

  private async logRefusal(name: string, work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.sealing?.log({ level: "error", event: "not-opened", cluster: name, error: formatErrorMessage(error) });
      throw error;
    }
  }

  /** In a folder of the plane's own, which is given away afterwards. */
  private async writeLineage(opened: string, lineage: string): Promise<void> {
    await writeOwnedFile(this.setup, join(opened, NAME_FILE), `${lineage}\n`);
    await flushDirectory(opened);
  }

  private async hasFiles(name: string): Promise<boolean> {
    return (await exists(this.getPath(name))) || (await this.isUnsealed(name));
  }

  private isUnsealed(name: string): Promise<boolean> {
    return this.sealing ? exists(this.getUnsealedPath(name)) : Promise.resolve(false);
  }

  private getUnsealedPath(name: string): string {
    return join(this.sealing?.folder ?? "", UNSEALED, name.replaceAll("/", "+"));
  }
}

async function readFacts(path: string): Promise<ClusterFacts> {
  const [{ redo, isClean }, lineage] = await Promise.all([readControlFile(path), readLineage(path)]);
  return { redo, isClean, ...(lineage !== undefined && { lineage }) };
}

const readLineage = async (path: string): Promise<string | undefined> =>
  (await readFile(join(path, NAME_FILE), "utf8").catch(() => undefined))?.trim();

/** Ends with the work, or when the signal aborts; unfinished work reverts itself. */
async function raceWithSignal(signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
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
