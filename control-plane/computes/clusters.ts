import { chown, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { formatErrorMessage, PalisadeError } from "@palisade/neon/contract/errors";
import type { Client } from "pg";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { type PasswordGuard, ensurePasswordHook } from "../passwords/hook/hook.js";
import { writeAccessSettings } from "./hostAuthentication.js";
import { toArchiveSettings, endOrphan, PostgresProcess } from "./postgresProcess.js";
import type { Address } from "./clusterSetup.js";
import { copyRunning } from "./clusterCopies.js";
import { OrphanReaper } from "./orphanReaper.js";
import { allowTraversal } from "./allowTraversal.js";
import { createLineage, type CreateLineage, Lineages, type Moment, createNoHistoryError } from "./lineages.js";
import { ClusterStorage, type Sealing, type SealPolicy } from "./clusterStorage.js";
import { hasModule, type PostgresBinaries } from "./postgresInstallation.js";
import { archiveLog, recover } from "./recovery.js";
import { runAsSuperuser, type ClusterSetup } from "./clusterSetup.js";
import { ClusterRuntimes } from "./clusterRuntimes.js";
import { launchStandby } from "./standby.js";
import { ensureTemplate, getTemplateName } from "./template.js";
import { clearUnfinished, discardReadReplicas } from "./startupCleanup.js";
import { runTenantSql } from "./tenantSql.js";
import type { Lsn } from "./wal.js";

const NO_ARCHIVE = "Postgres' module basic_archive is missing: branches have no history";

/** A state that a cluster had; log that was complete before `horizon` (milliseconds) is not asked for. */
export interface PastState {
  moment: Moment;
  horizon: number;
}

/**
 * One Postgres cluster for each branch, and one for each read-only compute, below one directory, on Unix sockets only.
 * Every operation can be repeated: creating what exists, removing what is gone and stopping what is stopped do nothing.
 */
export class Clusters {
  private readonly slots: ClusterRuntimes;
  /** Files of clusters that do not run and ought to be sealed: they are before they are used again. */
  private readonly leftovers = new Set<string>();
  private closed = false;

  private constructor(
    private readonly setup: ClusterSetup,
    readonly storage: ClusterStorage,
    readonly lineages: Lineages,
    /** What holds passwords set by SQL in every cluster. */
    readonly passwordGuard: PasswordGuard,
    private readonly log: (line: PlaneLogLine) => void,
  ) {
    this.slots = new ClusterRuntimes(setup.socketDirectory);
  }

  /**
   * @param folder made when missing; belongs to the user that runs Postgres
   * @param sealing what seals clusters that do not run. Default: nothing is sealed.
   */
  static async open(folder: string, postgres: PostgresBinaries, log: (line: PlaneLogLine) => void, sealing?: Sealing): Promise<Clusters> {
    const directory = resolve(folder);
    const { runAs } = postgres;
    if (runAs) await allowTraversal(dirname(directory), runAs);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Short, because the path of a socket holds 107 bytes at most.
    const socketDirectory = await mkdtemp(join(tmpdir(), "palisade-"));
    for (const path of [directory, socketDirectory]) if (runAs) await chown(path, runAs.uid, runAs.gid);
    // Beside what belongs to the user of Postgres, whose processes could put something else in their place.
    const own = dirname(directory);
    const hook = await ensurePasswordHook(postgres, join(own, "hook"), log);
    const canArchive = hasModule(postgres, "basic_archive");
    if (!canArchive) log({ level: "warn", event: "no-archive", message: NO_ARCHIVE });
    const settings = [...hook.settings, ...(await writeAccessSettings(join(own, "access"), runAs))];
    const setup: ClusterSetup = { directory, postgres, socketDirectory, canArchive, orphanReaper: new OrphanReaper(), settings };
    await clearUnfinished(setup);
    const places = await ClusterStorage.open(setup, sealing);
    const clusters = new Clusters(setup, places, await Lineages.open(setup, places), hook.guard, log);
    await discardReadReplicas(setup, places);
    await Promise.all([clusters.sweep(), clusters.collectLeftovers()]);
    return clusters;
  }

  /** A cluster with Neon's roles and no database of the tenant. Resolves to whether there was none. */
  create(branchId: string): Promise<boolean> {
    return this.slots.run(branchId, async () => {
      if (await this.storage.has(branchId)) return false;
      const template = getTemplateName(this.setup);
      await this.slots.run(template, () => ensureTemplate(this.setup, this.slots.allocateAddress()));
      await this.storage.runWithWorkName(async (work) => {
        const lsn = await this.storage.copyStopped(template, work);
        const describe = this.setup.canArchive ? () => createLineage(lsn, { base: template }) : undefined;
        await this.lineages.begin(work, describe, () => this.storage.move(work, branchId));
      });
      return true;
    });
  }

  /** A cluster with everything its source has, or had, committed or not lost by a crash. @throws PAL_NO_HISTORY */
  clone(branchId: string, sourceId: string, past?: PastState): Promise<void> {
    return this.slots.run(branchId, async () => {
      if (!(await this.storage.has(branchId))) await this.build(sourceId, past, (work) => this.storage.move(work, branchId));
      await this.sealStopped(branchId);
    });
  }

  /**
   * Gives a cluster the contents of another; what it had goes, or lives on under the name `keepAs`, which may be the source. It keeps what it has
   * until the new contents are there. @throws PAL_NO_HISTORY
   */
  async replace(branchId: string, sourceId: string, keepAs: string | undefined, past?: PastState): Promise<void> {
    const isKept = keepAs !== undefined && (await this.storage.has(keepAs));
    await this.build(sourceId === keepAs && !isKept ? branchId : sourceId, past, async (work) => {
      await this.stop(branchId);
      await this.slots.run(branchId, async () => {
        if (keepAs !== undefined && !isKept) await this.storage.move(branchId, keepAs);
        else await this.storage.discard(branchId);
        await this.storage.move(work, branchId);
        await this.sealStopped(branchId);
      });
    });
    await this.sweep();
  }

  /** Starts the cluster unless it runs; many callers share one start. @throws PAL_COMPUTE */
  start(branchId: string): Promise<Address> {
    return this.ensureRunning(branchId, () => this.launch(branchId, this.slots.open(branchId).address));
  }

  /** Starts the cluster of a read-only compute, a fresh copy that follows the branch's, unless it runs. @throws PAL_COMPUTE */
  startReadReplica(endpointId: string, branchId: string): Promise<Address> {
    return this.ensureRunning(endpointId, async () => {
      const [path, source] = [this.storage.getPath(endpointId), this.storage.getPath(branchId)];
      await this.storage.discard(endpointId);
      const archive = await this.findArchive(branchId);
      await this.storage.runWithWorkName(async (name) => {
        const work = this.storage.getPath(name);
        await this.slots.run(branchId, () =>
          this.useProcess(branchId, ({ address }) => copyRunning(this.setup, address, source, work, archive)),
        );
        await rename(work, path);
      });
      return launchStandby(this.setup, path, this.slots.open(endpointId).address, { address: this.slots.open(branchId).address, archive });
    });
  }

  /** Those that ought to be sealed and are not yet. */
  get unsealed(): readonly string[] {
    return [...this.leftovers];
  }

  /** Branches and snapshots that have a cluster. */
  list(): Promise<string[]> {
    return this.storage.list();
  }

  /** How many objects hold what is sealed of a project. */
  countSealedObjects = (project: string): number => this.storage.store?.count(project) ?? 0;

  /** @param name of a branch or a read-only compute */
  isRunning(name: string): boolean {
    return this.slots.find(name)?.running !== undefined;
  }

  /** Ends the cluster and seals it. @param signal the plane has no more time: what is not sealed by then is sealed first the next time */
  async stop(name: string, signal?: AbortSignal): Promise<void> {
    const slot = this.slots.find(name);
    if (!slot) return;
    const starting = slot.running;
    const running = await starting?.catch(() => undefined);
    if (slot.running === starting) slot.running = undefined;
    await this.slots.run(name, async () => {
      await running?.stop();
      // Somebody may have woken it again meanwhile.
      if (!slot.live || slot.live === running) await this.sealStopped(name, signal);
    });
  }

  /**
   * Seals what ought to be and is not, one cluster after the other, those that are used before their turn at once.
   * What cannot be sealed is logged and tried again the next time.
   */
  async sealLeftovers(): Promise<void> {
    await this.collectLeftovers();
    for (const name of this.leftovers) {
      if (this.closed) return;
      await this.slots.run(name, () => this.sealLeftover(name));
    }
  }

  async remove(branchId: string): Promise<void> {
    await this.stopAndDiscard(branchId);
    await this.sweep();
  }

  /** Ends the cluster of a read-only compute; what it had is with its branch. */
  removeReadReplica(endpointId: string): Promise<void> {
    return this.stopAndDiscard(endpointId);
  }

  /** Makes earlier states of the stopped cluster unrecoverable. */
  discardHistory(branchId: string): Promise<void> {
    return this.slots.run(branchId, async () => {
      if (!this.setup.canArchive) return;
      await this.lineages.rebase(branchId, true);
      await this.sweep();
    });
  }

  /** For a stopped cluster that never changes again: removes its history. */
  freeze(snapshotId: string): Promise<void> {
    return this.slots.run(snapshotId, async () => {
      await this.lineages.begin(snapshotId, undefined, () => Promise.resolve());
      await this.sweep();
    });
  }

  /** Removes log that is older than `horizon` (milliseconds), as far as the cluster is stopped and nothing needs it. */
  prune(branchId: string, horizon: number): Promise<void> {
    return this.slots.run(branchId, async () => {
      if (!this.setup.canArchive || this.slots.open(branchId).live) return;
      // What waits to be sealed is left alone until then.
      const state = await this.storage.findState(branchId);
      if (state === undefined || state === "unsealed" || !(await this.storage.readFacts(branchId)).isClean) return;
      if (await this.lineages.needsRebase(await this.storage.findLineage(branchId), horizon)) await this.lineages.rebase(branchId);
      await this.lineages.pruneHistory((await this.storage.findLineage(branchId)) ?? "", horizon);
      await this.sweep();
    });
  }

  /** While the work lasts none of the clusters is started, copied or removed. @throws PAL_COMPUTE for one that runs */
  runWhileStopped<R>(names: readonly string[], work: () => Promise<R>): Promise<R> {
    const [name, ...others] = names;
    if (name === undefined) return work();
    return this.slots.run(name, () => {
      if (this.slots.open(name).live) throw new PalisadeError("PAL_COMPUTE", `${name} runs`);
      return this.runWhileStopped(others, work);
    });
  }

  /** Within {@link runWhileStopped}: the cluster and its past, all of it for this branch. @throws KeyFailure, PAL_FILE */
  async sealWithHistory(name: string, as: NonNullable<ReturnType<SealPolicy>>): Promise<void> {
    await this.lineages.sealHistory(name, as);
    await this.storage.sealForBranch(name, as);
  }

  /** Runs SQL as the superuser in a running cluster. */
  async runSql<R>(branchId: string, database: string, work: (client: Client) => Promise<R>): Promise<R> {
    return runAsSuperuser(await this.start(branchId), database, work);
  }

  /** Runs SQL in a tenant's database of a running cluster, without the superuser's power. */
  async runTenantSql<R>(branchId: string, database: string, as: readonly string[], work: (client: Client) => Promise<R>): Promise<R> {
    return runTenantSql(await this.start(branchId), database, as, work);
  }

  /** Reads the catalogues of a tenant's database, without any power, in a cluster as it is: one that sleeps is woken for it alone. */
  readDatabase<R>(branchId: string, database: string, work: (client: Client) => Promise<R>): Promise<R> {
    return this.slots.run(branchId, () => this.useProcess(branchId, ({ address }) => runTenantSql(address, database, [], work)));
  }

  /** @param signal the plane has no more time to seal */
  async close(signal?: AbortSignal): Promise<void> {
    this.closed = true;
    const stopped = await Promise.allSettled(this.slots.listNames().map((name) => this.stop(name, signal)));
    for (const end of stopped)
      if (end.status === "rejected") this.log({ level: "error", event: "compute-stop-failed", error: String(end.reason) });
    await this.setup.orphanReaper.close();
    await rm(this.setup.socketDirectory, { recursive: true, force: true });
  }

  private async ensureRunning(name: string, launch: () => Promise<PostgresProcess>): Promise<Address> {
    if (this.closed) throw new Error("the plane is stopping");
    const slot = this.slots.open(name);
    slot.running ??= this.slots.run(name, async () => {
      const running = await launch();
      slot.live = running;
      void running.exited.then(() => {
        if (slot.live === running) slot.live = undefined;
      });
      return running;
    });
    const starting = slot.running;
    try {
      const running = await starting;
      void running.exited.then(() => {
        if (slot.running === starting) slot.running = undefined;
      });
      return running.address;
    } catch (error) {
      if (slot.running === starting) slot.running = undefined;
      throw error;
    }
  }

  private async launch(branchId: string, address: Address): Promise<PostgresProcess> {
    if (this.leftovers.has(branchId)) await this.sealLeftover(branchId);
    await this.storage.openAsFiles(branchId);
    return PostgresProcess.start(this.setup, this.storage.getPath(branchId), address, toArchiveSettings(await this.findArchive(branchId)));
  }

  /** In the turn of the cluster, which does not run. */
  private async sealStopped(name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.lineages.sealArchive(name);
    } catch (error) {
      this.log({ level: "error", event: "log-not-sealed", cluster: name, error: formatErrorMessage(error) });
    }
    const isDone = await this.storage.sealStopped(name, signal);
    if (isDone) this.leftovers.delete(name);
    else this.leftovers.add(name);
    return isDone;
  }

  private async collectLeftovers(): Promise<void> {
    for (const name of await this.storage.listLeftovers()) if (!this.slots.find(name)?.running) this.leftovers.add(name);
  }

  /** In the turn of the cluster. */
  private async sealLeftover(name: string): Promise<void> {
    if (!this.leftovers.has(name) || this.slots.open(name).live) return;
    await endOrphan(this.storage.getPath(name));
    await this.sealStopped(name);
  }

  /** In the turn of the cluster: as it runs, or where it sleeps with one that nobody else can reach and that is stopped afterwards. */
  private async useProcess<R>(branchId: string, work: (running: PostgresProcess) => Promise<R>): Promise<R> {
    const { live } = this.slots.open(branchId);
    if (live) return work(live);
    const running = await this.launch(branchId, this.slots.allocateAddress());
    try {
      return await work(running);
    } finally {
      await running.stop();
      await this.sealStopped(branchId);
    }
  }

  /** Builds the state of the source; `publish` moves it into place. */
  private build(sourceId: string, past: PastState | undefined, publish: (work: string) => Promise<void>): Promise<void> {
    return this.storage.runWithWorkName(async (work) => {
      const describe = past ? await this.prepareRecovery(sourceId, past, work) : await this.copy(sourceId, work);
      await this.lineages.begin(work, describe, () => publish(work));
    });
  }

  private copy(sourceId: string, work: string): Promise<CreateLineage | undefined> {
    return this.slots.run(sourceId, async () => {
      const parent = await this.storage.findLineage(sourceId);
      const { live } = this.slots.open(sourceId);
      // What was killed is recovered first: its copy would not know where the two part.
      if (!live && !(await this.storage.readFacts(sourceId)).isClean) await this.useProcess(sourceId, () => Promise.resolve());
      const lsn = live ? await this.copyRunning(sourceId, live.address, work, parent) : await this.storage.copyStopped(sourceId, work);
      return parent === undefined ? undefined : () => createLineage(lsn, { parent: { id: parent, isSame: false } });
    });
  }

  private copyRunning(sourceId: string, address: Address, work: string, lineage: string | undefined): Promise<Lsn> {
    const [from, to] = [this.storage.getPath(sourceId), this.storage.getPath(work)];
    return copyRunning(this.setup, address, from, to, lineage && this.lineages.getLogPath(lineage));
  }

  private async prepareRecovery(sourceId: string, { moment, horizon }: PastState, work: string): Promise<CreateLineage> {
    const { parent, timeline } = await this.slots.run(sourceId, async () => {
      const id = await this.storage.findLineage(sourceId);
      if (id === undefined || !this.setup.canArchive) throw createNoHistoryError(moment);
      return { parent: id, timeline: await this.useProcess(sourceId, ({ address }) => archiveLog(address, this.lineages.getLogPath(id))) };
    });
    const past = await this.lineages.getRecoverySource(parent, moment, horizon);
    return async (id) => {
      const archive = toArchiveSettings(this.lineages.getLogPath(id));
      const lsn = await recover({ setup: this.setup, places: this.storage }, work, this.slots.allocateAddress(), {
        past,
        moment,
        timeline,
        archive,
      });
      return createLineage(lsn, { parent: { id: parent, isSame: false } });
    };
  }

  private async findArchive(name: string): Promise<string | undefined> {
    const id = await this.storage.findLineage(name);
    return this.setup.canArchive ? id && this.lineages.getLogPath(id) : undefined;
  }

  private sweep(): Promise<void> {
    return this.lineages.sweep(async () => {
      const used = await Promise.all((await this.list()).map((branchId) => this.storage.findLineage(branchId)));
      return used.filter((id) => id !== undefined);
    });
  }

  private async stopAndDiscard(name: string): Promise<void> {
    await this.stop(name);
    await this.slots.run(name, async () => {
      // Somebody may have woken it again meanwhile.
      if (!this.slots.open(name).live) await this.storage.discard(name);
    });
    if (!this.isRunning(name)) this.slots.remove(name);
  }
}
