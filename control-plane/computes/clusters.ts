import { chown, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { messageOf, PalisadeError } from "@palisade/neon/contract/errors";
import type { Client } from "pg";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { type PasswordGuard, passwordHook } from "../passwords/hook/hook.js";
import { accessSettings } from "./access.js";
import { archiving, endOrphan, Running } from "./cluster.js";
import type { Address } from "./site.js";
import { copyRunning } from "./copies.js";
import { Guard } from "./guard.js";
import { letThrough } from "./letThrough.js";
import { begun, type Describe, Lineages, type Moment, noHistory } from "./lineages.js";
import { Places, type Sealing, type SealPolicy } from "./places.js";
import { hasModule, type Postgres } from "./postgres.js";
import { mark, recover } from "./recovery.js";
import { connected, type Site } from "./site.js";
import { Slots } from "./slots.js";
import { launchStandby } from "./standby.js";
import { ensureTemplate, templateName } from "./template.js";
import { clearUnfinished, discardReaders } from "./tidy.js";
import { visiting } from "./visitor.js";
import type { Lsn } from "./wal.js";

const NO_ARCHIVE = "Postgres' module basic_archive is missing: branches have no past";

/** A state that a cluster had; log that was complete before `horizon` (milliseconds) is not asked for. */
export interface Wanted {
  moment: Moment;
  horizon: number;
}

/**
 * One Postgres cluster for each branch, and one for each read-only compute, below one directory, on Unix sockets only.
 * Every operation can be repeated: creating what exists, removing what is gone and stopping what sleeps do nothing.
 */
export class Clusters {
  private readonly slots: Slots;
  /** Files of clusters that do not run and ought to be sealed: they are before they are used again. */
  private readonly leftovers = new Set<string>();
  private closed = false;

  private constructor(
    private readonly site: Site,
    readonly places: Places,
    readonly lineages: Lineages,
    /** What holds passwords set by SQL in every cluster. */
    readonly passwordGuard: PasswordGuard,
    private readonly log: (line: PlaneLogLine) => void,
  ) {
    this.slots = new Slots(site.socketDirectory);
  }

  /**
   * @param folder made when missing; belongs to the user that runs Postgres
   * @param sealing what seals clusters that do not run. Default: nothing is sealed.
   */
  static async open(folder: string, postgres: Postgres, log: (line: PlaneLogLine) => void, sealing?: Sealing): Promise<Clusters> {
    const directory = resolve(folder);
    const { runAs } = postgres;
    if (runAs) await letThrough(dirname(directory), runAs);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Short, because the path of a socket holds 107 bytes at most.
    const socketDirectory = await mkdtemp(join(tmpdir(), "palisade-"));
    for (const path of [directory, socketDirectory]) if (runAs) await chown(path, runAs.uid, runAs.gid);
    // Beside what belongs to the user of Postgres, whose processes could put something else in their place.
    const own = dirname(directory);
    const hook = await passwordHook(postgres, join(own, "hook"), log);
    const canArchive = hasModule(postgres, "basic_archive");
    if (!canArchive) log({ level: "warn", event: "no-archive", message: NO_ARCHIVE });
    const settings = [...hook.settings, ...(await accessSettings(join(own, "access"), runAs))];
    const site: Site = { directory, postgres, socketDirectory, canArchive, guard: new Guard(), settings };
    await clearUnfinished(site);
    const places = await Places.open(site, sealing);
    const clusters = new Clusters(site, places, await Lineages.open(site, places), hook.guard, log);
    await discardReaders(site, places);
    await Promise.all([clusters.sweep(), clusters.findLeftovers()]);
    return clusters;
  }

  /** A cluster with Neon's roles and no database of the tenant. Resolves to whether there was none. */
  create(branchId: string): Promise<boolean> {
    return this.slots.inTurn(branchId, async () => {
      if (await this.places.has(branchId)) return false;
      const template = templateName(this.site);
      await this.slots.inTurn(template, () => ensureTemplate(this.site, this.slots.freeAddress()));
      await this.places.unfinished(async (work) => {
        const lsn = await this.places.copyStopped(template, work);
        const describe = this.site.canArchive ? () => begun(lsn, { base: template }) : undefined;
        await this.lineages.begin(work, describe, () => this.places.move(work, branchId));
      });
      return true;
    });
  }

  /** A cluster with everything its source has, or had, committed or not lost by a crash. @throws PAL_NO_HISTORY */
  clone(branchId: string, sourceId: string, past?: Wanted): Promise<void> {
    return this.slots.inTurn(branchId, async () => {
      if (!(await this.places.has(branchId))) await this.build(sourceId, past, (work) => this.places.move(work, branchId));
      await this.stow(branchId);
    });
  }

  /**
   * Gives a cluster the contents of another; what it had goes, or lives on under the name `keepAs`, which may be the source. It keeps what it has
   * until the new contents are there. @throws PAL_NO_HISTORY
   */
  async replace(branchId: string, sourceId: string, keepAs: string | undefined, past?: Wanted): Promise<void> {
    const isKept = keepAs !== undefined && (await this.places.has(keepAs));
    await this.build(sourceId === keepAs && !isKept ? branchId : sourceId, past, async (work) => {
      await this.stop(branchId);
      await this.slots.inTurn(branchId, async () => {
        if (keepAs !== undefined && !isKept) await this.places.move(branchId, keepAs);
        else await this.places.discard(branchId);
        await this.places.move(work, branchId);
        await this.stow(branchId);
      });
    });
    await this.sweep();
  }

  /** Starts the cluster unless it runs; many callers share one start. @throws PAL_COMPUTE */
  start(branchId: string): Promise<Address> {
    return this.up(branchId, () => this.launch(branchId, this.slots.of(branchId).address));
  }

  /** Starts the cluster of a read-only compute, a fresh copy that follows the branch's, unless it runs. @throws PAL_COMPUTE */
  follow(endpointId: string, branchId: string): Promise<Address> {
    return this.up(endpointId, async () => {
      const [path, source] = [this.places.pathOf(endpointId), this.places.pathOf(branchId)];
      await this.places.discard(endpointId);
      const archive = await this.archiveOf(branchId);
      await this.places.unfinished(async (name) => {
        const work = this.places.pathOf(name);
        await this.slots.inTurn(branchId, () =>
          this.borrowed(branchId, ({ address }) => copyRunning(this.site, address, source, work, archive)),
        );
        await rename(work, path);
      });
      return launchStandby(this.site, path, this.slots.of(endpointId).address, { address: this.slots.of(branchId).address, archive });
    });
  }

  /** Those that ought to be sealed and are not yet. */
  get unsealed(): readonly string[] {
    return [...this.leftovers];
  }

  /** Branches and snapshots that have a cluster. */
  list(): Promise<string[]> {
    return this.places.list();
  }

  /** How many objects hold what is sealed of a project. */
  sealedObjects = (project: string): number => this.places.store?.count(project) ?? 0;

  /** @param name of a branch or a read-only compute */
  isRunning(name: string): boolean {
    return this.slots.get(name)?.running !== undefined;
  }

  /** Ends the cluster and seals it. @param signal the plane has no more time: what is not sealed by then is sealed first the next time */
  async stop(name: string, signal?: AbortSignal): Promise<void> {
    const slot = this.slots.get(name);
    if (!slot) return;
    const starting = slot.running;
    const running = await starting?.catch(() => undefined);
    if (slot.running === starting) slot.running = undefined;
    await this.slots.inTurn(name, async () => {
      await running?.stop();
      // Somebody may have woken it again meanwhile.
      if (!slot.live || slot.live === running) await this.stow(name, signal);
    });
  }

  /**
   * Seals what ought to be and is not, one cluster after the other, those that are used before their turn at once.
   * What cannot be sealed is told in the log and tried again the next time.
   */
  async sealLeftovers(): Promise<void> {
    await this.findLeftovers();
    for (const name of this.leftovers) {
      if (this.closed) return;
      await this.slots.inTurn(name, () => this.sealLeftover(name));
    }
  }

  async remove(branchId: string): Promise<void> {
    await this.drop(branchId);
    await this.sweep();
  }

  /** Ends the cluster of a read-only compute; what it had is with its branch. */
  unfollow(endpointId: string): Promise<void> {
    return this.drop(endpointId);
  }

  /** Nobody may bring back what the cluster, which does not run, had before. */
  cutHistory(branchId: string): Promise<void> {
    return this.slots.inTurn(branchId, async () => {
      if (!this.site.canArchive) return;
      await this.lineages.rebase(branchId, true);
      await this.sweep();
    });
  }

  /** For a cluster that does not run and never changes again: it has no past, and keeps nobody's log. */
  freeze(snapshotId: string): Promise<void> {
    return this.slots.inTurn(snapshotId, async () => {
      await this.lineages.begin(snapshotId, undefined, () => Promise.resolve());
      await this.sweep();
    });
  }

  /** Lets go of log that is older than `horizon` (milliseconds), as far as the cluster sleeps and nothing needs it. */
  prune(branchId: string, horizon: number): Promise<void> {
    return this.slots.inTurn(branchId, async () => {
      if (!this.site.canArchive || this.slots.of(branchId).live) return;
      // What waits to be sealed is left alone until then.
      const state = await this.places.stateOf(branchId);
      if (state === undefined || state === "unsealed" || !(await this.places.factsOf(branchId)).isClean) return;
      if (await this.lineages.isLong(await this.places.lineageOf(branchId), horizon)) await this.lineages.rebase(branchId);
      await this.lineages.forget((await this.places.lineageOf(branchId)) ?? "", horizon);
      await this.sweep();
    });
  }

  /** While the work lasts none of the clusters is started, copied or removed. @throws PAL_COMPUTE for one that runs */
  whileStopped<R>(names: readonly string[], work: () => Promise<R>): Promise<R> {
    const [name, ...others] = names;
    if (name === undefined) return work();
    return this.slots.inTurn(name, () => {
      if (this.slots.of(name).live) throw new PalisadeError("PAL_COMPUTE", `${name} runs`);
      return this.whileStopped(others, work);
    });
  }

  /** Within {@link whileStopped}: the cluster and its past, all of it for this branch. @throws KeyFailure, PAL_FILE */
  async sealWhole(name: string, as: NonNullable<ReturnType<SealPolicy>>): Promise<void> {
    await this.lineages.sealHistory(name, as);
    await this.places.sealAnyhow(name, as);
  }

  /** Runs SQL as the superuser in a running cluster. */
  async sql<R>(branchId: string, database: string, work: (client: Client) => Promise<R>): Promise<R> {
    return connected(await this.start(branchId), database, work);
  }

  /** Runs SQL in a tenant's database of a running cluster, without the superuser's power. */
  async visit<R>(branchId: string, database: string, as: readonly string[], work: (client: Client) => Promise<R>): Promise<R> {
    return visiting(await this.start(branchId), database, as, work);
  }

  /** Reads the catalogues of a tenant's database, without any power, in a cluster as it is: one that sleeps is woken for it alone. */
  read<R>(branchId: string, database: string, work: (client: Client) => Promise<R>): Promise<R> {
    return this.slots.inTurn(branchId, () => this.borrowed(branchId, ({ address }) => visiting(address, database, [], work)));
  }

  /** @param signal the plane has no more time to seal */
  async close(signal?: AbortSignal): Promise<void> {
    this.closed = true;
    const stopped = await Promise.allSettled(this.slots.names().map((name) => this.stop(name, signal)));
    for (const end of stopped)
      if (end.status === "rejected") this.log({ level: "error", event: "compute-stop-failed", error: String(end.reason) });
    await this.site.guard.close();
    await rm(this.site.socketDirectory, { recursive: true, force: true });
  }

  private async up(name: string, launch: () => Promise<Running>): Promise<Address> {
    if (this.closed) throw new Error("the plane is stopping");
    const slot = this.slots.of(name);
    slot.running ??= this.slots.inTurn(name, async () => {
      const running = await launch();
      slot.live = running;
      void running.gone.then(() => {
        if (slot.live === running) slot.live = undefined;
      });
      return running;
    });
    const starting = slot.running;
    try {
      const running = await starting;
      void running.gone.then(() => {
        if (slot.running === starting) slot.running = undefined;
      });
      return running.address;
    } catch (error) {
      if (slot.running === starting) slot.running = undefined;
      throw error;
    }
  }

  private async launch(branchId: string, address: Address): Promise<Running> {
    if (this.leftovers.has(branchId)) await this.sealLeftover(branchId);
    await this.places.fetch(branchId);
    return Running.start(this.site, this.places.pathOf(branchId), address, archiving(await this.archiveOf(branchId)));
  }

  /** In the turn of the cluster, which does not run. */
  private async stow(name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.lineages.sealArchive(name);
    } catch (error) {
      this.log({ level: "error", event: "log-not-sealed", cluster: name, error: messageOf(error) });
    }
    const isDone = await this.places.stow(name, signal);
    if (isDone) this.leftovers.delete(name);
    else this.leftovers.add(name);
    return isDone;
  }

  private async findLeftovers(): Promise<void> {
    for (const name of await this.places.listLeftovers()) if (!this.slots.get(name)?.running) this.leftovers.add(name);
  }

  /** In the turn of the cluster. */
  private async sealLeftover(name: string): Promise<void> {
    if (!this.leftovers.has(name) || this.slots.of(name).live) return;
    await endOrphan(this.places.pathOf(name));
    await this.stow(name);
  }

  /** In the turn of the cluster: as it runs, or where it sleeps with one that nobody else can reach and that is stopped afterwards. */
  private async borrowed<R>(branchId: string, work: (running: Running) => Promise<R>): Promise<R> {
    const { live } = this.slots.of(branchId);
    if (live) return work(live);
    const running = await this.launch(branchId, this.slots.freeAddress());
    try {
      return await work(running);
    } finally {
      await running.stop();
      await this.stow(branchId);
    }
  }

  /** Makes the state of the source; `publish` puts it in its place. */
  private build(sourceId: string, past: Wanted | undefined, publish: (work: string) => Promise<void>): Promise<void> {
    return this.places.unfinished(async (work) => {
      const describe = past ? await this.recovery(sourceId, past, work) : await this.copy(sourceId, work);
      await this.lineages.begin(work, describe, () => publish(work));
    });
  }

  private copy(sourceId: string, work: string): Promise<Describe | undefined> {
    return this.slots.inTurn(sourceId, async () => {
      const parent = await this.places.lineageOf(sourceId);
      const { live } = this.slots.of(sourceId);
      // What was killed is recovered first: its copy would not know where the two part.
      if (!live && !(await this.places.factsOf(sourceId)).isClean) await this.borrowed(sourceId, () => Promise.resolve());
      const lsn = live ? await this.copyRunning(sourceId, live.address, work, parent) : await this.places.copyStopped(sourceId, work);
      return parent === undefined ? undefined : () => begun(lsn, { parent: { id: parent, isSame: false } });
    });
  }

  private copyRunning(sourceId: string, address: Address, work: string, lineage: string | undefined): Promise<Lsn> {
    const [from, to] = [this.places.pathOf(sourceId), this.places.pathOf(work)];
    return copyRunning(this.site, address, from, to, lineage && this.lineages.logOf(lineage));
  }

  private async recovery(sourceId: string, { moment, horizon }: Wanted, work: string): Promise<Describe> {
    const { parent, timeline } = await this.slots.inTurn(sourceId, async () => {
      const id = await this.places.lineageOf(sourceId);
      if (id === undefined || !this.site.canArchive) throw noHistory(moment);
      return { parent: id, timeline: await this.borrowed(sourceId, ({ address }) => mark(address, this.lineages.logOf(id))) };
    });
    const past = await this.lineages.past(parent, moment, horizon);
    return async (id) => {
      const archive = archiving(this.lineages.logOf(id));
      const lsn = await recover({ site: this.site, places: this.places }, work, this.slots.freeAddress(), {
        past,
        moment,
        timeline,
        archive,
      });
      return begun(lsn, { parent: { id: parent, isSame: false } });
    };
  }

  private async archiveOf(name: string): Promise<string | undefined> {
    const id = await this.places.lineageOf(name);
    return this.site.canArchive ? id && this.lineages.logOf(id) : undefined;
  }

  private sweep(): Promise<void> {
    return this.lineages.sweep(async () => {
      const used = await Promise.all((await this.list()).map((branchId) => this.places.lineageOf(branchId)));
      return used.filter((id) => id !== undefined);
    });
  }

  private async drop(name: string): Promise<void> {
    await this.stop(name);
    await this.slots.inTurn(name, async () => {
      // Somebody may have woken it again meanwhile.
      if (!this.slots.of(name).live) await this.places.discard(name);
    });
    if (!this.isRunning(name)) this.slots.delete(name);
  }
}
