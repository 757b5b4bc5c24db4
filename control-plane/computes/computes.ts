import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Operation } from "@palisade/neon/contract/wire/common";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Clock } from "../clock.js";
import { isActive } from "../domain/computes.js";
import { Refusal } from "../domain/refusals.js";
import { findSuspendSeconds } from "../domain/computeSizes.js";
import { omit } from "../domain/values.js";
import type { IdGenerator } from "../idGenerator.js";
import type { Action } from "../domain/actions.js";
import { isSnapshotId, type StoredEndpoint, type StoredSnapshot } from "../store/kinds.js";
import type { PasswordGuard } from "../passwords/hook/hook.js";
import { WakeRefusal } from "../proxy/backend.js";
import type { Store } from "../store/store.js";
import type { Address } from "./clusterSetup.js";
import type { Clusters, PastState } from "./clusters.js";
import { emptyCluster } from "./emptyCluster.js";
import { importSqlChanges } from "./importSqlChanges.js";
import type { ReadDatabase } from "./readDatabase.js";
import { reconcile } from "./reconcile.js";
import { readDesiredState } from "./desiredState.js";
import { grantAccess } from "./temporaryGrants.js";
import { recordOperation } from "./recordOperation.js";
import { PLANE_DATABASE } from "./clusterSetup.js";
import { KeyedQueue } from "./keyedQueue.js";
import { toWakeRefusal } from "./wakeRefusal.js";

/** How often idle computes are looked for, in milliseconds. */
const ROUND_MS = 1_000;
/** How often history is pruned, also of stopped clusters, in milliseconds. */
const COLLECT_MS = 3_600_000;
/** How soon after a session its SQL changes are imported, in milliseconds; while one is open, every round. */
const IMPORT_AFTER_MS = 250;
/** How long what keeps a role from being dropped has to go away. */
const DROP_AGAIN_MS = 30_000;

export interface ComputesOptions {
  store: Store;
  clock: Clock;
  ids: IdGenerator;
  clusters: Clusters;
  /** Destroys erasure keys that nothing needs any more. */
  destroyUnusedKeys: () => Promise<void>;
  log: (line: PlaneLogLine) => void;
  /** Rejects with a Refusal where a compute of the project must not start. Default: all may. */
  assertMayStart?: (projectId: string) => Promise<void>;
}

/** Applies the store's computes to Postgres: the work of operations, waking by a connection, and suspension when idle. */
export class Computes {
  /** Open sessions of each compute, and when the last one ended (milliseconds of the plane's clock). */
  private readonly use = new Map<string, { sessions: number; since: number }>();
  private readonly waking = new Map<string, Promise<Address>>();
  /** Branches whose cluster is what the API says since it was started. */
  private readonly configured = new Set<string>();
  /**
   * Branches made since the start of the plane whose cluster nobody has started yet. In an `empty` one there is nothing yet that what the API
   * changes would have to undo; a `copy` has its parent's roles and databases.
   */
  private readonly unstarted = new Map<string, "empty" | "copy">();
  private readonly sqlImportTimers = new Map<string, NodeJS.Timeout>();
  private readonly dropTimers = new Map<string, NodeJS.Timeout>();
  /** Of each branch: what is imported during reconciliation would be dropped again, because it is not in the desired state. */
  private readonly turns = new KeyedQueue();
  private readonly timer: NodeJS.Timeout;
  private readonly collector: NodeJS.Timeout;

  constructor(private readonly options: ComputesOptions) {
    this.timer = setInterval(() => {
      for (const [endpointId, { sessions }] of this.use) if (sessions > 0) this.scheduleSqlImport(endpointId);
      this.suspendIdle().catch((error: unknown) => {
        options.log({ level: "error", event: "suspend-failed", error: formatErrorMessage(error) });
      });
    }, ROUND_MS).unref();
    this.collector = setInterval(() => {
      this.collectGarbage().catch((error: unknown) => {
        options.log({ level: "error", event: "collect-failed", error: formatErrorMessage(error) });
      });
    }, COLLECT_MS).unref();
  }

  /** What holds passwords set by SQL. */
  get passwordGuard(): PasswordGuard {
    return this.options.clusters.passwordGuard;
  }

  /** The work of one operation. Can be repeated; nothing to do where the branch is gone. */
  async perform({ action, branch_id: branchId, endpoint_id: endpointId }: Operation): Promise<void> {
    if (branchId !== undefined && isSnapshotId(branchId)) return this.performSnapshotWork(branchId);
    const branch = branchId === undefined ? undefined : this.findBranch(branchId);
    if (!branch) return;
    await this.performAction(action as Action, branch, endpointId);
  }

  /** Starts the compute of a connection that has authenticated, and records it as an operation that conflicts with nobody. @throws WakeRefusal */
  wake(endpointId: string): Promise<Address> {
    const waking = this.waking.get(endpointId) ?? this.wakeNow(endpointId).finally(() => this.waking.delete(endpointId));
    this.waking.set(endpointId, waking);
    return waking;
  }

  /** See Clusters.readDatabase. */
  readDatabase: ReadDatabase = async (branchId, database, work) => {
    // What the API has made is not in it yet.
    const branch = this.findBranch(branchId);
    if (branch && !this.options.clusters.isRunning(branchId)) await this.options.assertMayStart?.(branch.project_id);
    if (this.unstarted.get(branchId) === "empty") await this.configure(branchId);
    return this.options.clusters.readDatabase(branchId, database, work);
  };

  onSessionOpened(endpointId: string): void {
    this.countSession(endpointId, 1);
  }

  onSessionEnded(endpointId: string): void {
    this.countSession(endpointId, -1);
    this.scheduleSqlImport(endpointId);
  }

  /** See Clusters.countSealedObjects. */
  countSealedObjects(projectId: string): number {
    return this.options.clusters.countSealedObjects(projectId);
  }

  /** Clusters that ought to be sealed and could not be yet, as of the last check. */
  listUnsealed(): { project_id: string; branch_id: string }[] {
    return this.options.clusters.unsealed.flatMap((name) => {
      const project_id = (this.findBranch(name) ?? this.findSnapshot(name))?.project_id;
      return project_id === undefined ? [] : [{ project_id, branch_id: name }];
    });
  }

  /**
   * Removes clusters whose branch is removed (what a crash or a passed recovery time has left), and history that nobody may ask for; seals what
   * ought to be sealed.
   */
  async collectGarbage(): Promise<void> {
    const { clusters } = this.options;
    await clusters.sealLeftovers();
    for (const id of await clusters.list()) {
      const branch = this.findBranch(id);
      if (branch) await clusters.prune(id, this.computeHorizon(branch.project_id));
      else if (!this.findSnapshot(id)) await clusters.remove(id);
    }
    await this.options.destroyUnusedKeys();
  }

  /** @param noMoreTime for what is not sealed by then */
  async close(noMoreTime?: AbortSignal): Promise<void> {
    clearInterval(this.timer);
    clearInterval(this.collector);
    const branches = [...this.sqlImportTimers.keys()];
    for (const timer of [...this.sqlImportTimers.values(), ...this.dropTimers.values()]) clearTimeout(timer);
    await Promise.all(branches.map((branchId) => this.importSqlChanges(branchId)));
    await this.options.clusters.close(noMoreTime);
  }

  private async performAction(action: Action, branch: Branch, endpointId: string | undefined): Promise<void> {
    const { clusters } = this.options;
    switch (action) {
      case "create_timeline":
        if (await clusters.create(branch.id)) this.unstarted.set(branch.id, "empty");
        return;
      case "create_branch":
        return this.createBranch(branch);
      case "start_compute":
        // One that is new is started by the first connection: a compute that nobody uses costs no Postgres.
        if (this.unstarted.has(branch.id)) return;
        await this.options.assertMayStart?.(branch.project_id);
        await clusters.start(branch.id);
        await this.configure(branch.id);
        if (this.isReadReplica(endpointId)) await clusters.startReadReplica(endpointId, branch.id);
        return;
      case "apply_config":
        return this.unstarted.get(branch.id) === "empty" ? undefined : this.configure(branch.id);
      case "suspend_compute":
        return this.suspend(branch.id, endpointId);
      case "delete_timeline":
        this.unstarted.delete(branch.id);
        await this.removeReadReplicas(branch.id);
        return clusters.stop(branch.id);
      case "apply_storage_config":
        return;
    }
  }

  private async createBranch(branch: Branch): Promise<void> {
    const { clusters } = this.options;
    const source = branch.parent_id ?? this.options.store.transact((tx) => tx.getSealed("branch", branch.id))?.source;
    if (source === undefined && branch.restored_from !== undefined) {
      await clusters.clone(branch.id, branch.restored_from);
      return clusters.discardHistory(branch.id);
    }
    if (source === undefined) throw new Error(`${branch.id} has no parent to copy`);
    const past = this.findPastState(branch);
    this.configured.delete(branch.id);
    if (branch.current_state === "resetting") {
      // They would follow a cluster that is another one from then on.
      await this.removeReadReplicas(branch.id);
      return clusters.replace(branch.id, source, this.findPreservedBranch(branch)?.id, past);
    }
    await clusters.clone(branch.id, source, past);
    if (branch.init_source === "schema-only") await this.emptyCopy(branch.id);
    this.unstarted.set(branch.id, "copy");
  }

  /** Nobody can connect before the operation ends, so nobody sees a row, now or as a past moment. */
  private async emptyCopy(branchId: string): Promise<void> {
    const { clusters } = this.options;
    await emptyCluster(
      (database, work) => clusters.runSql(branchId, database, work),
      (database, as, work) => clusters.runTenantSql(branchId, database, as, work),
    );
    await clusters.stop(branchId);
    await clusters.discardHistory(branchId);
  }

  /** Makes the data of a snapshot, or removes it once the snapshot is gone. */
  private async performSnapshotWork(id: string): Promise<void> {
    const { clusters } = this.options;
    const snapshot = this.findSnapshot(id);
    if (!snapshot) return clusters.remove(id);
    const { source_branch_id: source, project_id, is_past, timestamp, lsn } = snapshot;
    if (source === undefined) throw new Error(`${id} has no source to copy`);
    await clusters.clone(id, source, is_past ? this.toPastState(project_id, timestamp, lsn) : undefined);
    await clusters.freeze(id);
  }

  private findPastState({ project_id, parent_timestamp, parent_lsn }: Branch): PastState | undefined {
    return this.toPastState(project_id, parent_timestamp, parent_lsn);
  }

  private toPastState(project_id: string, timestamp: string | undefined, lsn: string | undefined): PastState | undefined {
    const moment = lsn !== undefined ? { lsn } : timestamp !== undefined ? { time: Date.parse(timestamp), text: timestamp } : undefined;
    return moment && { moment, horizon: this.computeHorizon(project_id) };
  }

  /** Milliseconds; what was before belongs to no past that anyone may ask for. */
  private computeHorizon(projectId: string): number {
    const { store, clock } = this.options;
    return clock.now() - (store.transact((tx) => tx.get("project", projectId))?.history_retention_seconds ?? 0) * 1_000;
  }

  /** The branch that a reset with `preserve_under_name` made in the same moment. */
  private findPreservedBranch({ id, project_id, last_reset_at }: Branch): Branch | undefined {
    return this.options.store
      .transact((tx) => tx.list("branch", { where: { project: project_id } }))
      .find((other) => other.id !== id && other.created_at === last_reset_at);
  }

  /** Roles, passwords and databases as the API has them. */
  private configure(branchId: string): Promise<void> {
    return this.turns.run(branchId, () => this.configureNow(branchId));
  }

  private async configureNow(branchId: string): Promise<void> {
    this.unstarted.delete(branchId);
    const { clusters, log, store, clock } = this.options;
    const { desired, access } = store.transact((tx) => readDesiredState(tx, branchId));
    const findings = await reconcile(
      desired,
      (database, work) => clusters.runSql(branchId, database, work),
      (database, as, work) => clusters.runTenantSql(branchId, database, as, work),
    );
    findings.push(
      ...(await grantAccess({ store, clock, desired, access, findings }, (database, as, work) =>
        clusters.runTenantSql(branchId, database, as, work),
      )),
    );
    for (const { object, error } of findings) log({ level: "warn", event: "object-not-applied", branch: branchId, object, error });
    this.configured.add(branchId);
    if (findings.some(({ isLeft }) => isLeft)) this.scheduleDrop(branchId);
  }

  /** A role that could not be dropped is tried again, as long as its cluster runs; at its next start it is anyway. */
  private scheduleDrop(branchId: string): void {
    clearTimeout(this.dropTimers.get(branchId));
    const timer = setTimeout(() => {
      this.dropTimers.delete(branchId);
      if (!this.configured.has(branchId) || !this.options.clusters.isRunning(branchId)) return;
      this.configure(branchId).catch((error: unknown) => {
        this.options.log({ level: "error", event: "drop-failed", branchId, error: formatErrorMessage(error) });
      });
    }, DROP_AGAIN_MS).unref();
    this.dropTimers.set(branchId, timer);
  }

  private scheduleSqlImport(endpointId: string): void {
    const branchId = this.options.store.transact((tx) => tx.get("endpoint", endpointId))?.branch_id;
    if (branchId === undefined || this.sqlImportTimers.has(branchId)) return;
    const timer = setTimeout(() => {
      this.sqlImportTimers.delete(branchId);
      void this.importSqlChanges(branchId);
    }, IMPORT_AFTER_MS).unref();
    this.sqlImportTimers.set(branchId, timer);
  }

  /** Imports SQL changes into the store. Never starts a cluster. */
  private async importSqlChanges(branchId: string): Promise<void> {
    const { clusters, store, clock, log } = this.options;
    if (!this.configured.has(branchId) || !clusters.isRunning(branchId)) return;
    const context = { store, clock, branchId, isGuarded: clusters.passwordGuard === "hook" };
    try {
      await this.turns.run(branchId, () => clusters.runSql(branchId, PLANE_DATABASE, (client) => importSqlChanges(context, client)));
    } catch (error) {
      if (clusters.isRunning(branchId)) log({ level: "error", event: "learn-failed", branchId, error: formatErrorMessage(error) });
    }
  }

  private async wakeNow(endpointId: string): Promise<Address> {
    const { store, clusters } = this.options;
    const endpoint = store.transact((tx) => tx.get("endpoint", endpointId));
    if (!endpoint || endpoint.disabled) throw new WakeRefusal("Control plane request failed: endpoint is disabled");
    if (this.findBranch(endpoint.branch_id)?.current_state !== "ready")
      throw new WakeRefusal(
        "Control plane request failed: endpoint is temporarily unavailable. Check your quotas and/or contact our support.",
      );
    const started = performance.now();
    const wasRunning = clusters.isRunning(endpoint.branch_id);
    // A connection to a running compute starts nothing.
    if (!wasRunning || !isActive(endpoint))
      await this.options.assertMayStart?.(endpoint.project_id).catch((error: unknown) => {
        throw error instanceof Refusal ? new WakeRefusal(`Control plane request failed: ${error.message}`) : error;
      });
    const writable = await clusters.start(endpoint.branch_id).catch((error: unknown) => {
      throw toWakeRefusal(error);
    });
    if (!wasRunning || !this.configured.has(endpoint.branch_id)) await this.configure(endpoint.branch_id);
    const address = endpoint.type === "read_only" ? await clusters.startReadReplica(endpointId, endpoint.branch_id) : writable;
    if (!isActive(endpoint))
      recordOperation(this.options, "start_compute", endpoint, started, (compute, at) => ({
        ...omit(compute, "pending_state", "suspended_at"),
        current_state: "active",
        started_at: at,
        last_active: at,
      }));
    return address;
  }

  private async suspendIdle(): Promise<void> {
    const { store, clock } = this.options;
    for (const [endpointId, { sessions, since }] of this.use) {
      const endpoint = store.transact((tx) => tx.get("endpoint", endpointId));
      const seconds = findSuspendSeconds(endpoint ?? {});
      if (sessions > 0 || seconds === undefined || clock.now() - since < seconds * 1_000) continue;
      this.use.delete(endpointId);
      if (!endpoint || endpoint.current_state !== "active" || endpoint.pending_state !== undefined) continue;
      const started = performance.now();
      await this.suspend(endpoint.branch_id, endpointId);
      recordOperation(this.options, "suspend_compute", endpoint, started, (compute, at) => ({
        ...compute,
        current_state: "idle",
        suspended_at: at,
      }));
    }
  }

  /** A branch's cluster runs as long as one of its computes is active: the read-only ones follow it. */
  private async suspend(branchId: string, endpointId: string | undefined): Promise<void> {
    const { clusters } = this.options;
    if (endpointId !== undefined) await clusters.removeReadReplica(endpointId);
    if (this.listOtherComputes(branchId, endpointId).some(isActive)) return;
    await this.importSqlChanges(branchId);
    this.configured.delete(branchId);
    await clusters.stop(branchId);
    const branch = this.findBranch(branchId);
    if (branch) await clusters.prune(branchId, this.computeHorizon(branch.project_id));
  }

  private async removeReadReplicas(branchId: string): Promise<void> {
    const where = { branch: branchId };
    const computes = this.options.store.transact((tx) => [...tx.list("endpoint", { where }), ...tx.list("deleted_endpoint", { where })]);
    for (const { id, type } of computes) if (type === "read_only") await this.options.clusters.removeReadReplica(id);
  }

  private isReadReplica(endpointId: string | undefined): endpointId is string {
    return endpointId !== undefined && this.options.store.transact((tx) => tx.get("endpoint", endpointId))?.type === "read_only";
  }

  private countSession(endpointId: string, change: 1 | -1): void {
    const before = this.use.get(endpointId)?.sessions ?? 0;
    this.use.set(endpointId, { sessions: Math.max(0, before + change), since: this.options.clock.now() });
  }

  private findBranch(id: string): Branch | undefined {
    return this.options.store.transact((tx) => tx.get("branch", id));
  }

  private findSnapshot(id: string): StoredSnapshot | undefined {
    return isSnapshotId(id) ? this.options.store.transact((tx) => tx.get("snapshot", id)) : undefined;
  }

  private listOtherComputes(branchId: string, endpointId: string | undefined): StoredEndpoint[] {
    return this.options.store.transact((tx) => tx.list("endpoint", { where: { branch: branchId } })).filter(({ id }) => id !== endpointId);
  }
}
