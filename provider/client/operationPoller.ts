import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import { hasOperationFailed, isOperationPending } from "../../contract/operations.js";
import type { Operation } from "../../contract/wire/common.js";

/** All in milliseconds, all ours. Neon's operations take about a second; the longest seen (large branches, restores) minutes. */
const DEADLINE_MS = 10 * 60_000;
/** Before the first look while nothing is known; the very first of a process finds out whether they are much faster. */
const FIRST_POLL_MS = 1_100;
const PROBE_MS = 50;
/** Between looks at one that takes longer than usual; each pause is half as long again. */
const NEXT_POLL_MS = 150;
const LONGEST_PAUSE_MS = 2_000;
/** Added to what an operation usually takes: a look that comes a moment too early is a call too much. */
const MARGIN_MS = 40;
/** A change may follow another without a look in between once that has had so many times what it usually takes, */
const SURELY_ENDED = 1.25;
/** and no more than so many before somebody looks how they ended. */
const UNSEEN_CHANGES = 40;

/** The operations of one change. */
interface PendingChange {
  open: readonly Operation[];
  /** By our clock: when the first of them began. */
  since: number;
  /** Looks at it in vain. */
  missedPolls: number;
  /** Whether somebody waits to hear how it ends. */
  isAwaited: boolean;
  readonly deadline: number;
  readonly end: (failure?: PalisadeError) => void;
}

/** What this process has under way in one project. */
interface ProjectWork {
  /** Not known to have ended, the oldest first. The API takes a change only when those before it have: the last one alone can still run. */
  changes: PendingChange[];
  /** Lets the next change of the project go. */
  next?: (() => void) | undefined;
  /** Told when the next change has been answered. */
  answered?: (() => void) | undefined;
  wake: AbortController;
}

/** The newest operations of a project, those with the ids among them. */
export type ListOperations = (projectId: string, ids: readonly string[]) => Promise<readonly Operation[]>;

/**
 * Waits for operations: one poller a project, whose one list answers for all that wait there. What operations usually take is learned from
 * those that have ended, so that most are looked at once.
 */
export class OperationPoller {
  private readonly projects = new Map<string, ProjectWork>();
  /** Milliseconds, by action. */
  private readonly usualDurations = new Map<string, number>();
  private hasProbed = false;

  constructor(
    private readonly list: ListOperations,
    private readonly signal?: AbortSignal,
  ) {}

  /** Makes a change when those that this process has made in the project before have ended. Of one project one at a time: see Queues. */
  async runAfterPending<R>(projectId: string, change: () => Promise<R>): Promise<R> {
    const work = this.projects.get(projectId);
    if (!work) return change();
    await new Promise<void>((go) => {
      work.next = go;
      work.wake.abort();
    });
    try {
      return await change();
    } finally {
      work.answered?.();
    }
  }

  /**
   * Resolves when the operations of a change have ended well.
   * @param isAwaited false: nobody need look before {@link pollAll}
   * @throws PAL_OPERATION_FAILED for one that did not, PAL_DEADLINE, PAL_CANCELLED: each names the operation and where it stood
   */
  async waitForOperations(projectId: string, operations: readonly Operation[], isAwaited = true): Promise<void> {
    const failed = operations.find(({ status }) => hasOperationFailed(status));
    if (failed) throw createFailure(failed);
    const open = operations.filter(({ status }) => isOperationPending(status));
    if (open.length === 0) return;
    const since = Date.now();
    await new Promise<void>((resolve, reject) => {
      const end: PendingChange["end"] = (cause) => {
        if (cause) reject(cause);
        else resolve();
      };
      const known = this.projects.get(projectId);
      const work: ProjectWork = known ?? { changes: [], wake: new AbortController() };
      work.changes.push({ open, since, missedPolls: 0, isAwaited, deadline: since + DEADLINE_MS, end });
      if (known) {
        work.answered?.();
        work.wake.abort();
      } else {
        this.projects.set(projectId, work);
        void this.poll(projectId, work);
      }
    });
  }

  /** From now on somebody waits for everything. */
  pollAll(): void {
    for (const work of this.projects.values()) {
      for (const change of work.changes) change.isAwaited = true;
      work.wake.abort();
    }
  }

  /** A project that is deleted takes along what was under way in it. */
  forget(projectId: string): void {
    const work = this.projects.get(projectId);
    for (const { end } of work?.changes.splice(0) ?? []) end();
    work?.wake.abort();
  }

  private async poll(projectId: string, work: ProjectWork): Promise<void> {
    for (let last = work.changes.at(-1); last; last = work.changes.at(-1)) {
      if (!(await this.waitToPoll(work, last))) continue;
      try {
        assertNotExpired(work.changes, this.signal);
        const ids = work.changes.flatMap(({ open }) => open.map(({ id }) => id));
        const listed = await this.list(projectId, ids);
        for (const operation of listed) this.learnDuration(operation);
        work.changes = work.changes.filter((change) => !updateChange(change, listed));
      } catch (error) {
        for (const { end } of work.changes.splice(0)) end(error as PalisadeError);
      }
    }
    this.projects.delete(projectId);
    work.next?.();
  }

  /** Waits. False: something has changed meanwhile. A change that waits for its turn goes first, where the last one has surely ended. */
  private async waitToPoll(work: ProjectWork, last: PendingChange): Promise<boolean> {
    const usual = this.estimateDuration(last.open);
    if (work.next && usual !== undefined && last.missedPolls === 0 && work.changes.length < UNSEEN_CHANGES) {
      if (!(await this.sleepUntil(work, last.since + usual * SURELY_ENDED + MARGIN_MS))) return false;
      const { next } = work;
      await new Promise<void>((answered) => {
        work.answered = answered;
        work.next = undefined;
        next();
      });
      work.answered = undefined;
      return work.changes.at(-1) === last;
    }
    // Nobody waits: the next change of the project, or of its end, is soon enough.
    if (!work.next && !work.changes.some(({ isAwaited }) => isAwaited)) return this.sleepUntil(work, last.deadline);
    const pause = Math.min(NEXT_POLL_MS * 1.5 ** last.missedPolls, LONGEST_PAUSE_MS);
    const probes = usual === undefined && !this.hasProbed;
    if (probes) this.hasProbed = true;
    const first = last.since + (usual !== undefined ? usual + MARGIN_MS : probes ? PROBE_MS : FIRST_POLL_MS);
    return this.sleepUntil(work, last.missedPolls === 0 ? first : Math.max(first, Date.now() + pause));
  }

  /** False: woken before. */
  private async sleepUntil(work: ProjectWork, until: number): Promise<boolean> {
    const left = until - Date.now();
    if (left <= 0 || this.signal?.aborted) return true;
    work.wake = new AbortController();
    const signal = AbortSignal.any([work.wake.signal, ...(this.signal ? [this.signal] : [])]);
    await sleep(left, undefined, { signal }).catch(() => undefined);
    return !work.wake.signal.aborted;
  }

  private learnDuration({ action, status, total_duration_ms: took }: Operation): void {
    if (isOperationPending(status)) return;
    const knew = this.usualDurations.size > 0;
    this.usualDurations.set(action, Math.max(took, this.usualDurations.get(action) ?? 0));
    if (!knew) for (const work of this.projects.values()) work.wake.abort();
  }

  /** What these take one after the other, where something is known: of an action that has not been seen the longest of the others. */
  private estimateDuration(open: readonly Operation[]): number | undefined {
    if (this.usualDurations.size === 0) return undefined;
    const longest = Math.max(...this.usualDurations.values());
    return open.reduce((sum, { action }) => sum + (this.usualDurations.get(action) ?? longest), 0);
  }
}

/** Takes over what a list says of a change; true when all of its operations have ended, and its waiter was notified. */
function updateChange(change: PendingChange, listed: readonly Operation[]): boolean {
  const now = change.open.map(({ id }) => listed.find((operation) => operation.id === id));
  const failed = now.find((operation) => operation && hasOperationFailed(operation.status));
  if (failed) {
    change.end(createFailure(failed));
    return true;
  }
  const open = change.open.map((operation, index) => now[index] ?? operation).filter(({ status }) => isOperationPending(status));
  if (open.length === 0) {
    change.end();
    return true;
  }
  // The next one began when the one before it ended, which only the API's clock knows.
  const ended = now.flatMap((operation) => (operation && !isOperationPending(operation.status) ? [operation] : []));
  change.since += Math.max(0, ...ended.map(({ created_at, updated_at }) => Date.parse(updated_at) - Date.parse(created_at)));
  change.missedPolls = ended.length > 0 ? 0 : change.missedPolls + 1;
  change.open = open;
  return false;
}

function assertNotExpired([first]: readonly PendingChange[], signal: AbortSignal | undefined): void {
  const [operation] = first?.open ?? [];
  if (!first || !operation) return;
  if (signal?.aborted) throw new PalisadeError("PAL_CANCELLED", `while ${describeOperation(operation)}`);
  if (Date.now() > first.deadline) throw new PalisadeError("PAL_DEADLINE", describeOperation(operation));
}

const createFailure = (failed: Operation): PalisadeError =>
  new PalisadeError("PAL_OPERATION_FAILED", `${describeOperation(failed)}${failed.error ? `: ${failed.error}` : ""}`);

const describeOperation = ({ action, id, project_id, status }: Operation) =>
  `operation ${action} (${id}) of project ${project_id} is ${status}`;
