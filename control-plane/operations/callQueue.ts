import { Refusal } from "../domain/refusals.js";

/** More lenient than Neon and as correct: a conflicting call waits this long before it is refused. Milliseconds. */
const CONFLICT_WAIT_MS = 1_000;

interface WaitingCall {
  start: () => void;
  refuse: () => void;
  timer: NodeJS.Timeout;
}

/** Lets the calls that change a project through one after the other, in the order they came, each when no operation of the project is open. */
export class CallQueue {
  private readonly queues = new Map<string, WaitingCall[]>();

  /** @param isBusy whether the project has open operations */
  constructor(private readonly isBusy: (projectId: string) => boolean) {}

  /** Runs `work`, synchronously, once it is its turn; rejects with `busy` (423) when that takes too long. */
  run<R>(projectId: string, work: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const refuse = () => {
        this.removeWaiting(projectId, waiting);
        reject(new Refusal("busy"));
      };
      const start = () => {
        // A throw inside this executor rejects.
        resolve(
          new Promise<R>((done) => {
            done(work());
          }),
        );
      };
      const waiting: WaitingCall = { start, refuse, timer: setTimeout(refuse, CONFLICT_WAIT_MS) };
      this.queues.set(projectId, [...(this.queues.get(projectId) ?? []), waiting]);
      this.advance(projectId);
    });
  }

  /** To be called when a project may have become idle. */
  advance(projectId: string): void {
    for (let next = this.queues.get(projectId)?.[0]; next && !this.isBusy(projectId); next = this.queues.get(projectId)?.[0]) {
      this.removeWaiting(projectId, next);
      next.start();
    }
  }

  /** Refuses everyone who waits. */
  close(): void {
    for (const queue of [...this.queues.values()]) for (const waiting of queue) waiting.refuse();
  }

  private removeWaiting(projectId: string, waiting: WaitingCall): void {
    clearTimeout(waiting.timer);
    const rest = this.queues.get(projectId)?.filter((other) => other !== waiting) ?? [];
    if (rest.length > 0) this.queues.set(projectId, rest);
    else this.queues.delete(projectId);
  }
}
