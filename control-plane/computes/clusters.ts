import { chown, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Client } from "pg";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { type PasswordGuard, passwordHook } from "../passwords/hook/hook.js";
import { accessSettings } from "./access.js";
import { endOrphan, Running } from "./cluster.js";
import type { Address } from "./site.js";
import { copyRunning, copyStopped } from "./copies.js";
import { removeTree } from "./copy.js";
import { Guard } from "./guard.js";
import { letThrough } from "./letThrough.js";
import { type Lineage, Lineages, type Moment, noHistory } from "./lineages.js";
import { hasModule, type Postgres } from "./postgres.js";
import { mark, recover } from "./recovery.js";
import { connected, discard, exists, ownedFolder, type Site, UNFINISHED, unfinished } from "./site.js";
import { launchStandby } from "./standby.js";
import { ensureTemplate, templateName } from "./template.js";
import { visiting } from "./visitor.js";
import { type Lsn, readControl } from "./wal.js";

interface Slot {
  /** Settled when the cluster listens; undefined while it is stopped. */
  running?: Promise<Running> | undefined;
  /** The same, for what happens in turn: it may not wait for a start that waits for it. */
  live?: Running | undefined;
  /** The same at every start: a read-only compute finds the cluster that it follows. */
  address: Address;
  /** What happens to the directory, one thing after another. */
  turn: Promise<unknown>;
}

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
  private readonly slots = new Map<string, Slot>();
  private closed = false;
  private lastPort = 1_023;

  private constructor(
    private readonly site: Site,
    private readonly lineages: Lineages,
    /** What holds passwords set by SQL in every cluster. */
    readonly passwordGuard: PasswordGuard,
    private readonly log: (line: PlaneLogLine) => void,
  ) {}

  /** @param folder made when missing; belongs to the user that runs Postgres */
  static async open(folder: string, postgres: Postgres, log: (line: PlaneLogLine) => void): Promise<Clusters> {
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
    if (!canArchive)
      log({ level: "warn", event: "no-archive", message: "Postgres' module basic_archive is missing: branches have no past" });
    const site: Site = {
      ...{ directory, postgres, socketDirectory, canArchive, guard: new Guard() },
      settings: [...hook.settings, ...(await accessSettings(join(own, "access"), runAs))],
    };
    await clear(site, join(directory, UNFINISHED));
    await ownedFolder(site, join(directory, UNFINISHED));
    const clusters = new Clusters(site, await Lineages.open(site), hook.guard, log);
    await clusters.tidy();
    return clusters;
  }

  /** A cluster with Neon's roles and no database of the tenant. Resolves to whether there was none. */
  create(branchId: string): Promise<boolean> {
    return this.inTurn(branchId, async () => {
      if (await exists(this.pathOf(branchId))) return false;
      const template = await this.inTurn(templateName(this.site), () => ensureTemplate(this.site, this.freeAddress()));
      await unfinished(this.site, async (work) => {
        const lsn = await copyStopped(this.site, template, work);
        const describe = this.site.canArchive ? () => begun(lsn, { base: templateName(this.site) }) : undefined;
        await this.lineages.begin(work, describe, () => rename(work, this.pathOf(branchId)));
      });
      return true;
    });
  }

  /** A cluster with everything its source has, or had, committed or not lost by a crash. @throws PAL_NO_HISTORY */
  clone(branchId: string, sourceId: string, past?: Wanted): Promise<void> {
    return this.inTurn(branchId, async () => {
      if (!(await exists(this.pathOf(branchId)))) await this.build(sourceId, past, (work) => rename(work, this.pathOf(branchId)));
    });
  }

  /**
   * Gives a cluster the contents of another; what it had goes, or lives on under the name `keepAs`, which may be the source. It keeps what it has
   * until the new contents are there. @throws PAL_NO_HISTORY
   */
  async replace(branchId: string, sourceId: string, keepAs: string | undefined, past?: Wanted): Promise<void> {
    const isKept = keepAs !== undefined && (await exists(this.pathOf(keepAs)));
    await this.build(sourceId === keepAs && !isKept ? branchId : sourceId, past, async (work) => {
      await this.stop(branchId);
      await this.inTurn(branchId, async () => {
        if (keepAs !== undefined && !isKept) await rename(this.pathOf(branchId), this.pathOf(keepAs));
        else await discard(this.site, this.pathOf(branchId));
        await rename(work, this.pathOf(branchId));
      });
    });
    await this.sweep();
  }

  /** Starts the cluster unless it runs; many callers share one start. @throws PAL_COMPUTE */
  start(branchId: string): Promise<Address> {
    return this.up(branchId, () => this.launch(branchId, this.slotOf(branchId).address));
  }

  /** Starts the cluster of a read-only compute, a fresh copy that follows the branch's, unless it runs. @throws PAL_COMPUTE */
  follow(endpointId: string, branchId: string): Promise<Address> {
    return this.up(endpointId, async () => {
      const path = this.pathOf(endpointId);
      await discard(this.site, path);
      const archive = await this.archiveOf(this.pathOf(branchId));
      await unfinished(this.site, async (work) => {
        await this.inTurn(branchId, () =>
          this.borrowed(branchId, ({ address }) => copyRunning(this.site, address, this.pathOf(branchId), work, archive)),
        );
        await rename(work, path);
      });
      return launchStandby(this.site, path, this.slotOf(endpointId).address, { address: this.slotOf(branchId).address, archive });
    });
  }

  /** Branches and snapshots that have a cluster. */
  async list(): Promise<string[]> {
    return (await readdir(this.site.directory)).filter((name) => name.startsWith("br-") || name.startsWith("snap-"));
  }

  /** @param name of a branch or a read-only compute */
  isRunning(name: string): boolean {
    return this.slots.get(name)?.running !== undefined;
  }

  async stop(name: string): Promise<void> {
    const slot = this.slots.get(name);
    const running = await slot?.running?.catch(() => undefined);
    if (!slot || !running) return;
    slot.running = undefined;
    await this.inTurn(name, () => running.stop());
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
    return this.inTurn(branchId, async () => {
      if (!this.site.canArchive) return;
      await this.lineages.rebase(this.pathOf(branchId), true);
      await this.sweep();
    });
  }

  /** For a cluster that does not run and never changes again: it has no past, and keeps nobody's log. */
  freeze(snapshotId: string): Promise<void> {
    return this.inTurn(snapshotId, async () => {
      await this.lineages.begin(this.pathOf(snapshotId), undefined, () => Promise.resolve());
      await this.sweep();
    });
  }

  /** Lets go of log that is older than `horizon` (milliseconds), as far as the cluster sleeps and nothing needs it. */
  prune(branchId: string, horizon: number): Promise<void> {
    return this.inTurn(branchId, async () => {
      const path = this.pathOf(branchId);
      if (!this.site.canArchive || this.slotOf(branchId).live || !(await exists(path)) || !(await readControl(path)).isClean) return;
      if (await this.lineages.isLong(await this.lineages.of(path), horizon)) await this.lineages.rebase(path);
      await this.lineages.forget((await this.lineages.of(path)) ?? "", horizon);
      await this.sweep();
    });
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
    return this.inTurn(branchId, () => this.borrowed(branchId, ({ address }) => visiting(address, database, [], work)));
  }

  async close(): Promise<void> {
    this.closed = true;
    const stopped = await Promise.allSettled([...this.slots.keys()].map((name) => this.stop(name)));
    for (const end of stopped)
      if (end.status === "rejected") this.log({ level: "error", event: "compute-stop-failed", error: String(end.reason) });
    await this.site.guard.close();
    await rm(this.site.socketDirectory, { recursive: true, force: true });
  }

  private async up(name: string, launch: () => Promise<Running>): Promise<Address> {
    if (this.closed) throw new Error("the plane is stopping");
    const slot = this.slotOf(name);
    slot.running ??= this.inTurn(name, async () => {
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
    const path = this.pathOf(branchId);
    return Running.start(this.site, path, address, archiving(await this.archiveOf(path)));
  }

  /** In the turn of the cluster: as it runs, or where it sleeps with one that nobody else can reach and that is stopped afterwards. */
  private async borrowed<R>(branchId: string, work: (running: Running) => Promise<R>): Promise<R> {
    const { live } = this.slotOf(branchId);
    if (live) return work(live);
    const running = await this.launch(branchId, this.freeAddress());
    try {
      return await work(running);
    } finally {
      await running.stop();
    }
  }

  /** Makes the state of the source in a folder under way; `publish` puts it in its place. */
  private build(sourceId: string, past: Wanted | undefined, publish: (work: string) => Promise<void>): Promise<void> {
    return unfinished(this.site, async (work) => {
      const describe = past ? await this.recovery(sourceId, past, work) : await this.copy(sourceId, work);
      await this.lineages.begin(work, describe, () => publish(work));
    });
  }

  private copy(sourceId: string, work: string): Promise<Describe | undefined> {
    return this.inTurn(sourceId, async () => {
      const [path, { live }] = [this.pathOf(sourceId), this.slotOf(sourceId)];
      const parent = await this.lineages.of(path);
      // What was killed is recovered first: its copy would not know where the two part.
      if (!live && !(await readControl(path)).isClean) await this.borrowed(sourceId, () => Promise.resolve());
      const lsn = live
        ? await copyRunning(this.site, live.address, path, work, parent && this.lineages.logOf(parent))
        : await copyStopped(this.site, path, work);
      return parent === undefined ? undefined : () => begun(lsn, { parent: { id: parent, isSame: false } });
    });
  }

  private async recovery(sourceId: string, { moment, horizon }: Wanted, work: string): Promise<Describe> {
    const { parent, timeline } = await this.inTurn(sourceId, async () => {
      const id = await this.lineages.of(this.pathOf(sourceId));
      if (id === undefined || !this.site.canArchive) throw noHistory(moment);
      return { parent: id, timeline: await this.borrowed(sourceId, ({ address }) => mark(address, this.lineages.logOf(id))) };
    });
    const past = await this.lineages.past(parent, moment, horizon);
    return async (id) => {
      const archive = archiving(this.lineages.logOf(id));
      const lsn = await recover(this.site, work, this.freeAddress(), { past, moment, timeline, archive });
      return begun(lsn, { parent: { id: parent, isSame: false } });
    };
  }

  private async archiveOf(path: string): Promise<string | undefined> {
    const id = await this.lineages.of(path);
    return id !== undefined && this.site.canArchive ? this.lineages.logOf(id) : undefined;
  }

  /** Copies of read-only computes are of no use to a new plane. */
  private async tidy(): Promise<void> {
    for (const name of (await readdir(this.site.directory)).filter((each) => each.startsWith("ep-"))) {
      await endOrphan(this.pathOf(name));
      await discard(this.site, this.pathOf(name));
    }
    await this.sweep();
  }

  private sweep(): Promise<void> {
    return this.lineages.sweep(async () => {
      const used = await Promise.all((await this.list()).map((branchId) => this.lineages.of(this.pathOf(branchId))));
      return used.filter((id) => id !== undefined);
    });
  }

  private async drop(name: string): Promise<void> {
    await this.stop(name);
    await this.inTurn(name, async () => {
      // Somebody may have woken it again meanwhile.
      if (!this.slotOf(name).live) await discard(this.site, this.pathOf(name));
    });
    if (!this.isRunning(name)) this.slots.delete(name);
  }

  private pathOf(name: string): string {
    return join(this.site.directory, name);
  }

  /** Names a socket; the folder is this plane's own. */
  private freeAddress(): Address {
    this.lastPort = this.lastPort >= 65_535 ? 1_024 : this.lastPort + 1;
    return { socketDirectory: this.site.socketDirectory, port: this.lastPort };
  }

  private slotOf(name: string): Slot {
    let slot = this.slots.get(name);
    if (!slot) this.slots.set(name, (slot = { turn: Promise.resolve(), address: this.freeAddress() }));
    return slot;
  }

  private inTurn<R>(name: string, work: () => Promise<R>): Promise<R> {
    const slot = this.slotOf(name);
    const turn = slot.turn.then(work, work);
    slot.turn = turn.catch(() => undefined);
    return turn;
  }
}

/** What a plane that was killed was working at. */
async function clear({ postgres }: Site, folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) await endOrphan(join(folder, name));
  await removeTree(folder, postgres.runAs);
}

type Describe = (id: string) => Promise<Lineage>;

const begun = (lsn: Lsn, from: Omit<Lineage, "start">): Promise<Lineage> => Promise.resolve({ start: { time: Date.now(), lsn }, ...from });

/** Postgres' own module writes the archive: no shell, and a file is there whole or not at all. */
const archiving = (archive: string | undefined): string[] =>
  archive === undefined
    ? ["archive_mode=off"]
    : ["archive_mode=on", "archive_library=basic_archive", `basic_archive.archive_directory=${archive}`];
