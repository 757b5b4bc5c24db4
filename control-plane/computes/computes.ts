import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Operation } from "@palisade/neon/contract/wire/common";
import { messageOf } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { rolesOf } from "../api/passwords.js";
import type { Clock } from "../clock.js";
import { isActive } from "../domain/computes.js";
import { without } from "../domain/values.js";
import type { Mint } from "../mint.js";
import type { Action } from "../operations/actions.js";
import type { StoredEndpoint } from "../store/kinds.js";
import { WakeRefusal } from "../proxy/backend.js";
import type { Store } from "../store/store.js";
import type { Address } from "./cluster.js";
import type { Clusters } from "./clusters.js";
import { empty } from "./empty.js";
import { type Desired, reconcile } from "./reconcile.js";

/** How often idle computes are looked for, in milliseconds. */
const ROUND_MS = 1_000;
/** `suspend_timeout_seconds: 0` means Neon's default. */
const DEFAULT_SUSPEND_SECONDS = 300;

export interface ComputesOptions {
  store: Store;
  clock: Clock;
  mint: Mint;
  clusters: Clusters;
  log: (line: PlaneLogLine) => void;
}

/** Makes what the store says of computes so in Postgres: the work of operations, waking by a connection, and suspension when idle. */
export class Computes {
  /** Open sessions of each compute, and when the last one ended (milliseconds of the plane's clock). */
  private readonly use = new Map<string, { sessions: number; since: number }>();
  private readonly waking = new Map<string, Promise<Address>>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: ComputesOptions) {
    this.timer = setInterval(() => {
      this.suspendIdle().catch((error: unknown) => {
        options.log({ level: "error", event: "suspend-failed", error: messageOf(error) });
      });
    }, ROUND_MS).unref();
  }

  /** The work of one operation. Can be repeated; nothing to do where the branch is gone. */
  async perform({ action, branch_id: branchId, endpoint_id: endpointId }: Operation): Promise<void> {
    const branch = branchId === undefined ? undefined : this.branch(branchId);
    if (!branch) return;
    await this.work(action as Action, branch, endpointId);
  }

  /** Starts the compute of a connection that has authenticated, and records it as an operation that conflicts with nobody. @throws WakeRefusal */
  wake(endpointId: string): Promise<Address> {
    const waking = this.waking.get(endpointId) ?? this.woken(endpointId).finally(() => this.waking.delete(endpointId));
    this.waking.set(endpointId, waking);
    return waking;
  }

  opened(endpointId: string): void {
    this.used(endpointId, 1);
  }

  ended(endpointId: string): void {
    this.used(endpointId, -1);
  }

  /** Removes clusters whose branch is forgotten: what a crash or a passed recovery time has left. */
  async collect(): Promise<void> {
    for (const id of await this.options.clusters.list()) if (!this.branch(id)) await this.options.clusters.remove(id);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.options.clusters.close();
  }

  private async work(action: Action, branch: Branch, endpointId: string | undefined): Promise<void> {
    const { clusters } = this.options;
    switch (action) {
      case "create_timeline":
        return clusters.create(branch.id);
      case "create_branch":
        return this.createBranch(branch);
      case "start_compute":
        await clusters.start(branch.id);
        return this.configure(branch.id);
      case "apply_config":
        return this.configure(branch.id);
      case "suspend_compute":
        return this.others(branch.id, endpointId).some(isActive) ? undefined : clusters.stop(branch.id);
      case "delete_timeline":
        return clusters.stop(branch.id);
      case "apply_storage_config":
        return;
    }
  }

  private async createBranch(branch: Branch): Promise<void> {
    const { clusters } = this.options;
    // Better a failed operation than a branch with other rows than it was asked for.
    if (branch.parent_timestamp !== undefined || branch.parent_lsn !== undefined)
      throw new Error("this plane cannot make a branch from a past moment");
    if (branch.parent_id === undefined) throw new Error(`${branch.id} has no parent to copy`);
    if (branch.current_state === "resetting") return clusters.replace(branch.id, branch.parent_id, this.preservedOf(branch)?.id);
    await clusters.clone(branch.id, branch.parent_id);
    if (branch.init_source !== "schema-only") return;
    // Nobody can connect before the operation ends, so nobody sees a row.
    await empty((database, work) => clusters.sql(branch.id, database, work));
    await clusters.stop(branch.id);
  }

  /** The branch that a reset with `preserve_under_name` made in the same moment. */
  private preservedOf({ id, project_id, last_reset_at }: Branch): Branch | undefined {
    return this.options.store
      .transaction((tx) => tx.list("branch", { where: { project: project_id } }))
      .find((other) => other.id !== id && other.created_at === last_reset_at);
  }

  /** Roles, passwords and databases as the API has them. */
  private configure(branchId: string): Promise<void> {
    const desired = this.options.store.transaction((tx): Desired => ({
      branchId,
      roles: rolesOf(tx, branchId).map(({ role, verifier }) => ({ name: role.name, verifier })),
      databases: tx.list("database", { where: { branch: branchId } }).map(({ id, name, owner_name }) => ({ id, name, owner: owner_name })),
    }));
    return reconcile(desired, (database, work) => this.options.clusters.sql(branchId, database, work));
  }

  private async woken(endpointId: string): Promise<Address> {
    const { store, clusters } = this.options;
    const endpoint = store.transaction((tx) => tx.get("endpoint", endpointId));
    if (!endpoint || endpoint.disabled) throw new WakeRefusal("Control plane request failed: endpoint is disabled");
    if (endpoint.type === "read_only")
      throw new WakeRefusal("Control plane request failed: endpoint is read-only, and this plane runs no read-only computes");
    if (this.branch(endpoint.branch_id)?.current_state !== "ready")
      throw new WakeRefusal(
        "Control plane request failed: endpoint is temporarily unavailable. Check your quotas and/or contact our support.",
      );
    const started = performance.now();
    const wasRunning = clusters.isRunning(endpoint.branch_id);
    const address = await clusters.start(endpoint.branch_id);
    if (!wasRunning) await this.configure(endpoint.branch_id);
    if (!isActive(endpoint))
      this.record("start_compute", endpoint, started, (compute, at) => ({
        ...without(compute, "pending_state", "suspended_at"),
        current_state: "active",
        started_at: at,
        last_active: at,
      }));
    return address;
  }

  private async suspendIdle(): Promise<void> {
    const { store, clock, clusters } = this.options;
    for (const [endpointId, { sessions, since }] of this.use) {
      const endpoint = store.transaction((tx) => tx.get("endpoint", endpointId));
      const seconds = endpoint?.suspend_timeout_seconds || DEFAULT_SUSPEND_SECONDS;
      if (sessions > 0 || seconds < 0 || clock.now() - since < seconds * 1_000) continue;
      this.use.delete(endpointId);
      if (!endpoint || endpoint.current_state !== "active" || endpoint.pending_state !== undefined) continue;
      const started = performance.now();
      if (!this.others(endpoint.branch_id, endpointId).some(isActive)) await clusters.stop(endpoint.branch_id);
      this.record("suspend_compute", endpoint, started, (compute, at) => ({ ...compute, current_state: "idle", suspended_at: at }));
    }
  }

  /** An operation that is over already, and the compute as it is now. */
  private record(
    action: Action,
    { id, project_id, branch_id }: StoredEndpoint,
    started: number,
    change: (compute: StoredEndpoint, at: string) => StoredEndpoint,
  ): void {
    const { store, clock, mint } = this.options;
    store.transaction((tx) => {
      const compute = tx.get("endpoint", id);
      if (!compute) return;
      const at = clock.tick();
      tx.put("endpoint", change(compute, at));
      const duration = Math.round(performance.now() - started);
      tx.put("operation", {
        id: mint.uuid(),
        project_id,
        branch_id,
        endpoint_id: id,
        action,
        status: "finished",
        failures_count: 0,
        created_at: at,
        updated_at: at,
        total_duration_ms: duration,
      });
    });
  }

  private used(endpointId: string, change: 1 | -1): void {
    const before = this.use.get(endpointId)?.sessions ?? 0;
    this.use.set(endpointId, { sessions: Math.max(0, before + change), since: this.options.clock.now() });
  }

  private branch(id: string): Branch | undefined {
    return this.options.store.transaction((tx) => tx.get("branch", id));
  }

  private others(branchId: string, endpointId: string | undefined): StoredEndpoint[] {
    return this.options.store
      .transaction((tx) => tx.list("endpoint", { where: { branch: branchId } }))
      .filter(({ id }) => id !== endpointId);
  }
}
