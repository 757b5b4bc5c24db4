import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ClassifiedOutcome } from "./caseClasses.js";
import type { JobResult, Job } from "./worker.js";
import type { Case } from "./search.js";

/** A file system in memory, so that a plane's store waits for no disk. */
const MEMORY_FOLDER = "/dev/shm";

/** Twice as many processes as the machine has cores, each with a plane of its own: a case waits for operations half of its time. */
export class WorkerPool {
  private readonly processes: readonly ChildProcess[];

  constructor(count = 2 * availableParallelism()) {
    const env = { ...process.env, ...(existsSync(MEMORY_FOLDER) && { TMPDIR: MEMORY_FOLDER }) };
    this.processes = Array.from({ length: count }, () => fork(join(__dirname, "worker.js"), { env }));
  }

  /** Runs one case for each seed; calls `each` with a case as soon as it has ended. */
  async runSeeds(seeds: Iterable<number>, each: (one: Case) => void): Promise<Case[]> {
    const cases: Case[] = [];
    await this.runJobs(
      [...seeds].map((seed) => ({ seed })),
      (answer) => {
        if (!("case" in answer)) return;
        cases.push(answer.case);
        each(answer.case);
      },
    );
    return cases.sort((a, b) => a.seed - b.seed);
  }

  /** The smallest cases of the same classes, in the same order. */
  async shrink(cases: readonly ClassifiedOutcome[]): Promise<ClassifiedOutcome[]> {
    const smaller = new Map<Job, ClassifiedOutcome>();
    const orders = cases.map((one): Job => ({ shrink: one }));
    await this.runJobs(orders, (answer, order) => {
      if ("smaller" in answer) smaller.set(order, answer.smaller);
    });
    return orders.map((order, index) => smaller.get(order) ?? (cases[index] as ClassifiedOutcome));
  }

  stop(): void {
    for (const child of this.processes) child.disconnect();
  }

  private async runJobs(orders: readonly Job[], take: (answer: JobResult, order: Job) => void): Promise<void> {
    const left = orders.values();
    await Promise.all(
      this.processes.map(async (child) => {
        for (const order of left) {
          const answer = await sendJob(child, order);
          if ("failed" in answer) throw new Error(answer.failed);
          take(answer, order);
        }
      }),
    );
  }
}

/** The first message of a process says that it is ready, and answers no job. */
const ready = new WeakMap<ChildProcess, Promise<unknown>>();

async function sendJob(child: ChildProcess, order: Job): Promise<JobResult> {
  if (!ready.has(child)) ready.set(child, waitForMessage(child));
  await ready.get(child);
  const answer = waitForMessage(child);
  child.send(order);
  return (await answer) as JobResult;
}

function waitForMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((done, fail) => {
    const end = (code: number | null) => {
      fail(new Error(`a process that runs cases ended with ${String(code)}`));
    };
    child.once("exit", end);
    child.once("message", (message) => {
      child.off("exit", end);
      done(message);
    });
  });
}
