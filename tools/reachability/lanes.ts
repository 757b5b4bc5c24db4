import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Classified } from "./classes.js";
import type { Answer, Order } from "./lane.js";
import type { Case } from "./search.js";

/** Where files are memory, a plane's store waits for no disk. */
const MEMORY = "/dev/shm";

/** Twice as many processes as the machine has cores, each with a plane of its own: a case waits for operations half of its time. */
export class Lanes {
  private readonly children: readonly ChildProcess[];

  constructor(count = 2 * availableParallelism()) {
    const env = { ...process.env, ...(existsSync(MEMORY) && { TMPDIR: MEMORY }) };
    this.children = Array.from({ length: count }, () => fork(join(__dirname, "lane.js"), { env }));
  }

  /** A case for each seed; `each` hears of it as soon as it is there. */
  async runSeeds(seeds: Iterable<number>, each: (one: Case) => void): Promise<Case[]> {
    const cases: Case[] = [];
    await this.work(
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
  async shrink(cases: readonly Classified[]): Promise<Classified[]> {
    const smaller = new Map<Order, Classified>();
    const orders = cases.map((one): Order => ({ shrink: one }));
    await this.work(orders, (answer, order) => {
      if ("smaller" in answer) smaller.set(order, answer.smaller);
    });
    return orders.map((order, index) => smaller.get(order) ?? (cases[index] as Classified));
  }

  stop(): void {
    for (const child of this.children) child.disconnect();
  }

  private async work(orders: readonly Order[], take: (answer: Answer, order: Order) => void): Promise<void> {
    const left = orders.values();
    await Promise.all(
      this.children.map(async (child) => {
        for (const order of left) {
          const answer = await ask(child, order);
          if ("failed" in answer) throw new Error(answer.failed);
          take(answer, order);
        }
      }),
    );
  }
}

/** What the process answers first when it is ready is no answer to anything. */
const ready = new WeakMap<ChildProcess, Promise<unknown>>();

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  if (!ready.has(child)) ready.set(child, heard(child));
  await ready.get(child);
  const answer = heard(child);
  child.send(order);
  return (await answer) as Answer;
}

function heard(child: ChildProcess): Promise<unknown> {
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
