import type { Running } from "./cluster.js";
import type { Address } from "./site.js";

/** What is known of one cluster while the plane runs. */
export interface Slot {
  /** Settled when the cluster listens; undefined while it is stopped. */
  running?: Promise<Running> | undefined;
  /** The same, for what happens in turn: it may not wait for a start that waits for it. */
  live?: Running | undefined;
  /** The same at every start: a read-only compute finds the cluster that it follows. */
  address: Address;
  /** What happens to the directory, one thing after another. */
  turn: Promise<unknown>;
}

/** The clusters that this plane has had to do with, by their names. */
export class Slots {
  private readonly slots = new Map<string, Slot>();
  private lastPort = 1_023;

  /** @param socketDirectory this plane's own */
  constructor(private readonly socketDirectory: string) {}

  names(): string[] {
    return [...this.slots.keys()];
  }

  get(name: string): Slot | undefined {
    return this.slots.get(name);
  }

  /** Made where there is none. */
  of(name: string): Slot {
    let slot = this.slots.get(name);
    if (!slot) this.slots.set(name, (slot = { turn: Promise.resolve(), address: this.freeAddress() }));
    return slot;
  }

  delete(name: string): void {
    this.slots.delete(name);
  }

  /** Names a socket. */
  freeAddress(): Address {
    this.lastPort = this.lastPort >= 65_535 ? 1_024 : this.lastPort + 1;
    return { socketDirectory: this.socketDirectory, port: this.lastPort };
  }

  /** One thing after another with one cluster. */
  inTurn<R>(name: string, work: () => Promise<R>): Promise<R> {
    const slot = this.of(name);
    const turn = slot.turn.then(work, work);
    slot.turn = turn.catch(() => undefined);
    return turn;
  }
}
