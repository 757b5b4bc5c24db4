import { formatErrorMessage, PalisadeError } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "../clock.js";
import { isActive, createSuspendStep } from "../domain/computes.js";
import { hasPendingWork, isWrappedAsDesired, judgeKey } from "../domain/customerKeys.js";
import { Refusal } from "../domain/refusals.js";
import { omit } from "../domain/values.js";
import { KeyFailure } from "@palisade/neon/encryption/keys/keyFailure";
import type { KeyStore } from "../encryption/keyStore.js";
import type { IdGenerator } from "../idGenerator.js";
import type { KeyChecks } from "../services/customerKeys/keyChecks.js";
import type { StoredCustomerKey } from "../store/kinds.js";
import type { Store } from "../store/store.js";
import { enqueue } from "./enqueue.js";
import type { CallQueue } from "./callQueue.js";
import type { Worker } from "./worker.js";

export interface KeyMaintenanceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly callQueue: CallQueue;
  readonly worker: Worker;
  readonly keyStore: KeyStore;
  readonly checks: KeyChecks;
  readonly log: (line: PlaneLogLine) => void;
}

/** Milliseconds. */
const INTERVAL_MS = 1_000;
/** How often a new version of the local key is looked for. Milliseconds of the plane's clock. */
const LOCAL_INTERVAL_MS = 60_000;
/** Keys that are asked about at the same time: one service that does not answer must not hold up the others. */
const CHECKS_AT_ONCE = 64;

/**
 * Background work on customer keys: each is checked now and then, a refused one suspends what runs, and erasure keys are put under the
 * key that their project has by now. What is done is on the disk, so whatever ends the plane, the next start goes on.
 */
export class KeyMaintenance {
  private readonly checking = new Set<string>();
  private readonly moving = new Map<string, Promise<number>>();
  /** Projects whose computes are to be suspended, until their key opens again. */
  private readonly revoked = new Set<string>();
  private localAt = 0;
  private isStopped = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: KeyMaintenanceOptions) {
    const { store } = options;
    for (const { project_id } of store.transact((tx) => tx.list("customer_managed_key"))) this.applyVerdict(project_id);
    this.timer = setInterval(() => {
      this.runDue();
    }, INTERVAL_MS).unref();
  }

  /** Begins whatever is due, and waits for none of it. */
  runDue(): void {
    const { clock, checks } = this.options;
    this.runLogged("look", () => {
      for (const project of checks.listDue()) if (this.checking.size < CHECKS_AT_ONCE && !this.checking.has(project)) this.check(project);
      for (const project of this.revoked) this.suspend(project);
      if (clock.now() - this.localAt < LOCAL_INTERVAL_MS) return;
      this.localAt = clock.now();
      this.watch("local-key", this.rewrapLocal());
    });
  }

  /** The same as `advance`, waited for by nobody. */
  startRewrap(project: string): void {
    this.watch("move", this.rewrapProject(project));
  }

  /**
   * Goes on with putting the project's erasure keys under its current key. Where that comes to a halt, the document says why, and the next look at the
   * key tries again. @returns how many erasure keys were given up, of a key that is removed with `release`
   */
  rewrapProject(project: string): Promise<number> {
    const moving = this.moving.get(project) ?? this.rewrapAll(project).finally(() => this.moving.delete(project));
    this.moving.set(project, moving);
    return moving;
  }

  /** What is asked of a service is not waited for: nothing of it comes to the store any more. */
  stop(): void {
    clearInterval(this.timer);
    this.isStopped = true;
    this.options.checks.close();
  }

  private check(project: string): void {
    this.checking.add(project);
    const looked = this.options.checks.check(project).then(() => {
      if (!this.isStopped) this.applyVerdict(project);
    });
    this.watch(
      "look",
      looked.finally(() => this.checking.delete(project)),
    );
  }

  /** What follows from how the project's key is. */
  private applyVerdict(project: string): void {
    const key = this.findKey(project);
    if (key && this.judge(key).suspended) {
      this.revoked.add(project);
      this.suspend(project);
    } else this.revoked.delete(project);
    if (key && hasPendingWork(key)) this.startRewrap(project);
  }

  /** As the API suspends: sessions end with Postgres. A project that is busy is looked at again in the next round. */
  private suspend(project: string): void {
    const { store, clock, ids, callQueue, worker, log } = this.options;
    const running = () => store.transact((tx) => tx.list("endpoint", { where: { project } })).filter(isRunning);
    if (running().length === 0) return;
    const work = () => {
      const key = this.findKey(project);
      const computes = running();
      if (!key || !this.judge(key).suspended || computes.length === 0) return;
      store.transact((tx) => {
        const at = clock.formatNow();
        for (const compute of computes) tx.put("endpoint", { ...compute, pending_state: "idle", updated_at: at });
        enqueue(tx, clock, ids, project, computes.map(createSuspendStep));
      });
      worker.wake(project);
      log({ level: "warn", event: "customer-key-suspends", projectId: project, computes: computes.map(({ id }) => id) });
    };
    const suspended = callQueue.run(project, work).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
    this.watch("suspend", suspended);
  }

  /** Whatever calls make of it meanwhile. */
  private async rewrapAll(project: string): Promise<number> {
    let released = 0;
    for (
      let key = this.findKey(project), done: string | undefined;
      key && hasPendingWork(key) && key.updated_at !== done;
      key = this.findKey(project)
    ) {
      done = key.updated_at;
      released += await this.rewrapOnce(key);
      if (this.isStopped) break;
    }
    return released;
  }

  private async rewrapOnce(key: StoredCustomerKey): Promise<number> {
    const { keyStore } = this.options;
    const { project_id: project } = key;
    try {
      const released = key.removing === "release" ? await this.releaseKeys(project) : 0;
      await keyStore.erasureKeys.rewrap({ project }, ({ wrapped }) => isWrappedAsDesired(wrapped, key));
      if (!this.isStopped) await this.finish(key);
      return released;
    } catch (error) {
      if (this.isStopped) return 0;
      if (!(error instanceof PalisadeError)) throw error;
      this.changeKey(key, (found) => ({ ...found, move_problem: formatErrorMessage(error) }));
      return 0;
    }
  }

  /** Whatever one key of the service wraps opens, or does not, alike: one that does not takes all of them along. @returns how many */
  private async releaseKeys(project: string): Promise<number> {
    const { erasureKeys, keyring } = this.options.keyStore;
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

  /** Everything is rewrapped: drops the former keys. */
  private async finish(key: StoredCustomerKey): Promise<void> {
    const { keyStore, checks } = this.options;
    this.changeKey(key, (found) =>
      found.removing === undefined ? { ...omit(found, "move_problem"), former: [], moving: false } : undefined,
    );
    // The service has a version by now that the last look did not see.
    const isBehind = keyStore.keyring.list({ project: key.project_id }).some(({ wrapped }) => !isWrappedAsDesired(wrapped, key));
    if (isBehind && key.removing === undefined) await checks.check(key.project_id);
  }

  /** Not where another call has changed it meanwhile: then that is what is to be done. */
  private changeKey(asked: StoredCustomerKey, edit: (found: StoredCustomerKey) => StoredCustomerKey | undefined): void {
    this.options.store.transact((tx) => {
      const found = tx.get("customer_managed_key", asked.project_id);
      if (found?.updated_at !== asked.updated_at) return;
      const next = edit(found);
      if (next === undefined) tx.remove("customer_managed_key", asked.project_id);
      else tx.put("customer_managed_key", next);
    });
  }

  /** After a rotation of the local key, and after a project has moved to another organisation. */
  private async rewrapLocal(): Promise<void> {
    const { local, erasureKeys, keyring, providers } = this.options.keyStore;
    if (keyring.list().length === 0) return;
    const { keyId } = await local.describe();
    await erasureKeys.rewrap(
      {},
      ({ wrapped, context }) =>
        wrapped.service !== "localKms" ||
        (wrapped.keyId === keyId && (providers.findOwner?.(context.project) ?? context.organization) === context.organization),
    );
  }

  private findKey(project: string): StoredCustomerKey | undefined {
    return this.options.store.transact((tx) => tx.get("customer_managed_key", project));
  }

  private judge(key: StoredCustomerKey) {
    return judgeKey(key, this.options.clock.now());
  }

  private runLogged(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.logFailure(what, error);
    }
  }

  private watch(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.logFailure(what, error);
    });
  }

  private logFailure(what: string, error: unknown): void {
    if (!this.isStopped) this.options.log({ level: "error", event: "customer-keys-failed", what, error: formatErrorMessage(error) });
  }
}

const isRunning = (compute: Parameters<typeof isActive>[0]): boolean => isActive(compute) && compute.pending_state !== "idle";

/** Not for trouble that the next minute may end, and never for what the plane itself cannot do. */
const isLost = (error: unknown): boolean =>
  error instanceof KeyFailure
    ? error.from.source !== "localKms" && error.kind !== "throttled"
    : error instanceof PalisadeError && error.code.startsWith("PAL_CMK_");
