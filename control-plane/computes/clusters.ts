import { randomBytes, randomInt } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { type HookSetting, type PasswordGuard, passwordHook } from "../passwords/hook/hook.js";
import { type Address, Running } from "./cluster.js";
import { copyTree, run } from "./copy.js";
import { Guard } from "./guard.js";
import { identity, type Postgres, type User } from "./postgres.js";

/** Owns every cluster; no tenant may be it or become it. */
const SUPERUSER = "cloud_admin";

/** What every cluster starts with: Neon's group of all roles made through the API, and where we remember what the API made. */
const TEMPLATE_SQL = `
CREATE ROLE neon_superuser CREATEDB CREATEROLE NOLOGIN BYPASSRLS IN ROLE pg_read_all_data, pg_write_all_data, pg_monitor;
CREATE SCHEMA palisade;
CREATE TABLE palisade.role (name text PRIMARY KEY);
CREATE TABLE palisade.database (id bigint PRIMARY KEY, branch text NOT NULL, name text NOT NULL);`;

interface Slot {
  /** Settled when the cluster listens; undefined while it is stopped. */
  running?: Promise<Running> | undefined;
  /** What happens to the directory, one thing after another. */
  turn: Promise<unknown>;
}

/**
 * One Postgres cluster for each branch, below one directory, on Unix sockets only.
 * Every operation can be repeated: creating what exists, removing what is gone and stopping what sleeps do nothing.
 */
export class Clusters {
  private readonly slots = new Map<string, Slot>();
  private readonly guard = new Guard();
  private closed = false;

  private constructor(
    private readonly directory: string,
    private readonly postgres: Postgres,
    private readonly password: string,
    private readonly socketDirectory: string,
    private readonly hook: HookSetting,
    private readonly log: (line: PlaneLogLine) => void,
  ) {}

  /** @param directory made when missing; belongs to the user that runs Postgres */
  static async open(directory: string, postgres: Postgres, log: (line: PlaneLogLine) => void): Promise<Clusters> {
    const { runAs } = postgres;
    if (runAs) await letThrough(dirname(directory), runAs);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Short, because the path of a socket holds 107 bytes at most.
    const sockets = await mkdtemp(join(tmpdir(), "palisade-"));
    for (const folder of [directory, sockets]) if (runAs) await chown(folder, runAs.uid, runAs.gid);
    await rm(join(directory, UNFINISHED), { recursive: true, force: true });
    await mkdir(join(directory, UNFINISHED), { mode: 0o700 });
    if (runAs) await chown(join(directory, UNFINISHED), runAs.uid, runAs.gid);
    const hook = await passwordHook(postgres, join(directory, "hook"), log);
    return new Clusters(directory, postgres, await superuserPassword(directory), sockets, hook, log);
  }

  /** What holds passwords set by SQL in every cluster. */
  get passwordGuard(): PasswordGuard {
    return this.hook.guard;
  }

  /** A cluster with Neon's roles and no database of the tenant. */
  create(branchId: string): Promise<void> {
    return this.inTurn(branchId, async () => {
      if (!(await exists(this.pathOf(branchId)))) await this.copy(await this.template(), branchId);
    });
  }

  /** A cluster with everything its source has at this moment, committed or not lost by a crash. */
  clone(branchId: string, sourceId: string): Promise<void> {
    return this.inTurn(branchId, async () => {
      if (await exists(this.pathOf(branchId))) return;
      await this.inTurn(sourceId, async () => {
        const source = this.slotOf(sourceId).running;
        if (source) await this.copyRunning(await source, sourceId, branchId);
        else await this.copy(this.pathOf(sourceId), branchId);
      });
    });
  }

  /** Starts the cluster unless it runs; many callers share one start. @throws PAL_COMPUTE */
  async start(branchId: string): Promise<Address> {
    if (this.closed) throw new Error("the plane is stopping");
    const slot = this.slotOf(branchId);
    slot.running ??= this.inTurn(branchId, () => this.launch(this.pathOf(branchId)));
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

  /** Gives a cluster the contents of another; what it had goes, or lives on under the name `keepAs`. */
  async replace(branchId: string, sourceId: string, keepAs: string | undefined): Promise<void> {
    await this.stop(branchId);
    if (keepAs !== undefined && !(await exists(this.pathOf(keepAs))))
      await this.inTurn(branchId, () => rename(this.pathOf(branchId), this.pathOf(keepAs)));
    else await this.remove(branchId);
    await this.clone(branchId, sourceId);
  }

  /** Branches that have a cluster. */
  async list(): Promise<string[]> {
    return (await readdir(this.directory)).filter((name) => name.startsWith("br-"));
  }

  isRunning(branchId: string): boolean {
    return this.slots.get(branchId)?.running !== undefined;
  }

  async stop(branchId: string): Promise<void> {
    const slot = this.slots.get(branchId);
    const running = await slot?.running?.catch(() => undefined);
    if (!slot || !running) return;
    slot.running = undefined;
    await this.inTurn(branchId, () => running.stop());
  }

  async remove(branchId: string): Promise<void> {
    await this.stop(branchId);
    await this.inTurn(branchId, async () => {
      const [path, doomed] = [this.pathOf(branchId), this.unfinished()];
      if (!(await exists(path))) return;
      // Renamed first: a removal that is cut off leaves nothing that looks like a cluster.
      await rename(path, doomed);
      await rm(doomed, { recursive: true, force: true });
    });
    this.slots.delete(branchId);
  }

  /** Runs SQL as the superuser in a running cluster. */
  async sql<R>(branchId: string, database: string, work: (client: Client) => Promise<R>): Promise<R> {
    const { socketDirectory, port } = await this.start(branchId);
    return this.connected({ socketDirectory, port }, database, work);
  }

  async close(): Promise<void> {
    this.closed = true;
    const stopped = await Promise.allSettled([...this.slots.keys()].map((branchId) => this.stop(branchId)));
    for (const end of stopped)
      if (end.status === "rejected") this.log({ level: "error", event: "compute-stop-failed", error: String(end.reason) });
    await this.guard.close();
    await rm(this.socketDirectory, { recursive: true, force: true });
  }

  private launch(path: string): Promise<Running> {
    return Running.start(this.postgres, path, this.freeAddress(), this.guard, [...ARCHIVELESS, ...this.hook.settings]);
  }

  private async connected<R>({ socketDirectory, port }: Address, database: string, work: (client: Client) => Promise<R>): Promise<R> {
    const client = new Client({
      host: socketDirectory,
      port,
      user: SUPERUSER,
      // A tenant may give its database a search_path, in which its own views would stand in for catalogues and run as us.
      options: "-c search_path=",
      password: this.password,
      database,
      application_name: "palisade",
    });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** The template of this version, made once. */
  private template(): Promise<string> {
    const name = `template-${this.postgres.major}`;
    return this.inTurn(name, async () => {
      const path = this.pathOf(name);
      if (await exists(path)) return path;
      const work = this.unfinished();
      const { bin, runAs } = this.postgres;
      // In a file, because a pipe of Node's is a socket, which initdb cannot open by name.
      const passwordFile = `${work}.key`;
      await this.writeOwned(passwordFile, `${this.password}\n`);
      const words = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--locale=C.UTF-8", "--encoding=UTF8", "--wal-segsize=4"];
      await run([join(bin, "initdb"), "-D", work, "-U", SUPERUSER, ...words], runAs);
      await rm(passwordFile);
      const running = await this.launch(work);
      try {
        await this.connected(running.address, "postgres", (client) => client.query(TEMPLATE_SQL));
      } finally {
        await running.stop();
      }
      await rename(work, path);
      return path;
    });
  }

  private async copy(from: string, branchId: string): Promise<void> {
    const work = this.unfinished();
    await copyTree(from, work, this.postgres.runAs);
    await rename(work, this.pathOf(branchId));
  }

  /** Postgres' own way to copy a cluster that is in use: the copy replays the log from the mark to the end of the backup. */
  private async copyRunning(source: Running, sourceId: string, branchId: string): Promise<void> {
    const work = this.unfinished();
    const { runAs } = this.postgres;
    await this.connected(source.address, "postgres", async (client) => {
      await client.query("SELECT pg_backup_start('palisade', true)");
      await copyTree(this.pathOf(sourceId), work, runAs);
      const { rows } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
      // The log written meanwhile, and then the label that tells where to begin.
      await rm(join(work, "pg_wal"), { recursive: true, force: true });
      await copyTree(join(this.pathOf(sourceId), "pg_wal"), join(work, "pg_wal"), runAs);
      await rm(join(work, "postmaster.pid"), { force: true });
      await rm(join(work, "postmaster.opts"), { force: true });
      await this.writeOwned(join(work, "backup_label"), rows[0]?.labelfile ?? "");
    });
    await rename(work, this.pathOf(branchId));
  }

  private async writeOwned(file: string, text: string): Promise<void> {
    const { runAs } = this.postgres;
    await writeFile(file, text, { mode: 0o600 });
    if (runAs) await chown(file, runAs.uid, runAs.gid);
  }

  private pathOf(name: string): string {
    return join(this.directory, name);
  }

  private unfinished(): string {
    return join(this.directory, UNFINISHED, randomBytes(6).toString("hex"));
  }

  /** Names a socket; the folder is this plane's own. */
  private freeAddress(): Address {
    return { socketDirectory: this.socketDirectory, port: randomInt(1_024, 65_536) };
  }

  private slotOf(branchId: string): Slot {
    let slot = this.slots.get(branchId);
    if (!slot) this.slots.set(branchId, (slot = { turn: Promise.resolve() }));
    return slot;
  }

  private inTurn<R>(branchId: string, work: () => Promise<R>): Promise<R> {
    const slot = this.slotOf(branchId);
    const turn = slot.turn.then(work, work);
    slot.turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Copies under way and directories to be removed; emptied at every start. */
const UNFINISHED = "unfinished";
/** Nothing reads the log beyond crash recovery. */
const ARCHIVELESS = ["wal_level=replica", "max_wal_senders=0", "archive_mode=off"];

async function superuserPassword(directory: string): Promise<string> {
  const file = join(directory, "superuser.key");
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const password = randomBytes(24).toString("hex");
    await writeFile(file, `${password}\n`, { mode: 0o600, flush: true });
    await chmod(file, 0o600);
    return password;
  }
}

/** Root's own directories are closed to the user that runs Postgres: it may pass through ours, and see nothing in it. */
async function letThrough(parent: string, user: User): Promise<void> {
  await mkdir(parent, { recursive: true, mode: 0o710 });
  await chown(parent, 0, user.gid);
  await chmod(parent, 0o710);
  const { status } = spawnSync("test", ["-x", parent], identity(user));
  if (status !== 0) throw new PalisadeError("PAL_DATA_CLOSED", `${parent} (Postgres does not run as root, but as ${user.name})`);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
