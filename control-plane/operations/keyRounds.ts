import { messageOf, PalisadeError } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "../clock.js";
import { isActive, suspend } from "../domain/computes.js";
import { isAtWork, isSettled, judgeKey } from "../domain/customerKeys.js";
import { Refusal } from "../domain/refusals.js";
import { without } from "../domain/values.js";
import { KeyFailure } from "../encryption/keys/failure.js";
import type { Vault } from "../encryption/vault.js";
import type { Mint } from "../mint.js";
import type { KeyLooks } from "../services/customerKeys/looks.js";
import type { StoredCustomerKey } from "../store/kinds.js";
import type { Store } from "../store/store.js";
import { enqueue } from "./enqueue.js";
import type { Gate } from "./gate.js";
import type { Worker } from "./worker.js";

export interface KeyRoundsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly mint: Mint;
  readonly gate: Gate;
  readonly worker: Worker;
  readonly vault: Vault;
  readonly looks: KeyLooks;
  readonly log: (line: PlaneLogLine) => void;
}

/** Milliseconds. */
const INTERVAL_MS = 1_000;
/** How often a new version of the local key is looked for. Milliseconds of the plane's clock. */
const LOCAL_INTERVAL_MS = 60_000;
/** Keys that are asked about at the same time: one service that does not answer must not hold up the others. */
const LOOKS_AT_ONCE = 64;

/**
 * What happens to keys of customers by itself: each is looked at now and then, a refused one suspends what runs, and erasure keys are put under the
 * key that their project has by now. What is done is on the disk, so whatever ends the plane, the next start goes on.
 */
export class KeyRounds {
  private readonly looking = new Set<string>();
  private readonly moving = new Map<string, Promise<number>>();
  /** Projects whose computes are to be suspended, until their key opens again. */
  private readonly revoked = new Set<string>();
  private localAt = 0;
  private isStopped = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: KeyRoundsOptions) {
    const { store } = options;
    for (const { project_id } of store.transaction((tx) => tx.list("customer_managed_key"))) this.follow(project_id);
    this.timer = setInterval(() => {
      this.now();
    }, INTERVAL_MS).unref();
  }

  /** Begins whatever is due, and waits for none of it. */
  now(): void {
    const { clock, looks } = this.options;
    this.guarded("look", () => {
      for (const project of looks.due()) if (this.looking.size < LOOKS_AT_ONCE && !this.looking.has(project)) this.look(project);
      for (const project of this.revoked) this.suspend(project);
      if (clock.now() - this.localAt < LOCAL_INTERVAL_MS) return;
      this.localAt = clock.now();
      this.watch("local-key", this.rewrapLocal());
    });
  }

  /** The same as `advance`, waited for by nobody. */
  begin(project: string): void {
    this.watch("move", this.advance(project));
  }

  /**
   * Goes on with putting the project's erasure keys under its current key. Where that comes to a halt, the document says why, and the next look at the
   * key tries again. @returns how many erasure keys were given up, of a key that is removed with `release`
   */
  advance(project: string): Promise<number> {
    const moving = this.moving.get(project) ?? this.moveAll(project).finally(() => this.moving.delete(project));
    this.moving.set(project, moving);
    return moving;
  }

  /** What is asked of a service is not waited for: nothing of it comes to the store any more. */
  stop(): void {
    clearInterval(this.timer);
    this.isStopped = true;
    this.options.looks.close();
  }

  private look(project: string): void {
    this.looking.add(project);
    const looked = this.options.looks.look(project).then(() => {
      if (!this.isStopped) this.follow(project);
    });
    this.watch(
      "look",
      looked.finally(() => this.looking.delete(project)),
    );
  }

  /** What follows from how the project's key is. */
  private follow(project: string): void {
    const key = this.find(project);
    if (key && this.verdictOf(key).suspended) {
      this.revoked.add(project);
      this.suspend(project);
    } else this.revoked.delete(project);
    if (key && isAtWork(key)) this.begin(project);
  }

  /** As the API suspends: sessions end with Postgres. A project that is busy is looked at again in the next round. */
  private suspend(project: string): void {
    const { store, clock, mint, gate, worker, log } = this.options;
    const running = () => store.transaction((tx) => tx.list("endpoint", { where: { project } })).filter(isRunning);
    if (running().length === 0) return;
    const work = () => {
      const key = this.find(project);
      const computes = running();
      if (!key || !this.verdictOf(key).suspended || computes.length === 0) return;
      store.transaction((tx) => {
        const at = clock.at();
        for (const compute of computes) tx.put("endpoint", { ...compute, pending_state: "idle", updated_at: at });
        enqueue(tx, clock, mint, project, computes.map(suspend));
      });
      worker.wake(project);
      log({ level: "warn", event: "customer-key-suspends", projectId: project, computes: computes.map(({ id }) => id) });
    };
    const suspended = gate.run(project, work).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
    this.watch("suspend", suspended);
  }

  /** Whatever calls make of it meanwhile. */
  private async moveAll(project: string): Promise<number> {
    let released = 0;
    for (
      let key = this.find(project), done: string | undefined;
      key && isAtWork(key) && key.updated_at !== done;
      key = this.find(project)
    ) {
      done = key.updated_at;
      released += await this.move(key);
      if (this.isStopped) break;
    }
    return released;
  }

  private async move(key: StoredCustomerKey): Promise<number> {
    const { vault } = this.options;
    const { project_id: project } = key;
    try {
      const released = key.removing === "release" ? await this.release(project) : 0;
      await vault.erasureKeys.rewrap({ project }, ({ wrapped }) => isSettled(wrapped, key));
      if (!this.isStopped) await this.finish(key);
      return released;
    } catch (error) {
      if (this.isStopped) return 0;
      if (!(error instanceof PalisadeError)) throw error;
      this.change(key, (found) => ({ ...found, move_problem: messageOf(error) }));
      return 0;
    }
  }

  /** Whatever one key of the service wraps opens, or does not, alike: one that does not takes all of them along. @returns how many */
  private async release(project: string): Promise<number> {
    const { erasureKeys, keyring } = this.options.vault;
    const wrapped = keyring.list({ project }).filter((entry) => entry.wrapped.service !== "localKms");
    let released = 0;
    for (const keyId of new Set(wrapped.map((entry) => entry.wrapped.keyId)))
      try {
        await erasureKeys.rewrap({ project, keyId });
      } catch (error) {
        if (!isLost(error)) throw error;
        released += (await keyring.remove(keyring.list({ project, keyId }).map(({ id }) => id))).length;
      }
    return released;
  }

  /** Everything is where it is to be: the keys of before are let go of. */
  private async finish(key: StoredCustomerKey): Promise<void> {
    const { vault, looks } = this.options;
    this.change(key, (found) =>
      found.removing === undefined ? { ...without(found, "move_problem"), former: [], moving: false } : undefined,
    );
    // The service has a version by now that the last look did not see.
    const isBehind = vault.keyring.list({ project: key.project_id }).some(({ wrapped }) => !isSettled(wrapped, key));
    if (isBehind && key.removing === undefined) await looks.look(key.project_id);
  }

  /** Not where another call has changed it meanwhile: then that is what is to be done. */
  private change(asked: StoredCustomerKey, edit: (found: StoredCustomerKey) => StoredCustomerKey | undefined): void {
    this.options.store.transaction((tx) => {
      const found = tx.get("customer_managed_key", asked.project_id);
      if (found?.updated_at !== asked.updated_at) return;
      const next = edit(found);
      if (next === undefined) tx.drop("customer_managed_key", asked.project_id);
      else tx.put("customer_managed_key", next);
    });
  }

  /** After a rotation of the local key, and after a project has moved to another organisation. */
  private async rewrapLocal(): Promise<void> {
    const { local, erasureKeys, keyring, providers } = this.options.vault;
    if (keyring.list().length === 0) return;
    const { keyId } = await local.describe();
    await erasureKeys.rewrap(
      {},
      ({ wrapped, context }) =>
        wrapped.service !== "localKms" ||
        (wrapped.keyId === keyId && (providers.ownerOf?.(context.project) ?? context.organization) === context.organization),
    );
  }

  private find(project: string): StoredCustomerKey | undefined {
    return this.options.store.transaction((tx) => tx.get("customer_managed_key", project));
  }

  private verdictOf(key: StoredCustomerKey) {
    return judgeKey(key, this.options.clock.now());
  }

  private guarded(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(what, error);
    }
  }

  private watch(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.fail(what, error);
    });
  }

  private fail(what: string, error: unknown): void {
    if (!this.isStopped) this.options.log({ level: "error", event: "customer-keys-failed", what, error: messageOf(error) });
  }
}

const isRunning = (compute: Parameters<typeof isActive>[0]): boolean => isActive(compute) && compute.pending_state !== "idle";

/** Not for trouble that the next minute may end, and never for what the plane itself cannot do. */
const isLost = (error: unknown): boolean =>
  error instanceof KeyFailure
    ? error.from.source !== "localKms" && error.kind !== "throttled"
    : error instanceof PalisadeError && error.code.startsWith("PAL_CMK_");
