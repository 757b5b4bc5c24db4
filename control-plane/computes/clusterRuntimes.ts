import type { PostgresProcess } from "./postgresProcess.js";
import type { Address } from "./clusterSetup.js";

/** What is known of one cluster while the plane runs. */
export interface ClusterRuntime {
  /** Settled when the cluster listens; undefined while it is stopped. */
  running?: Promise<PostgresProcess> | undefined;
  /** The same, for what happens in turn: it may not wait for a start that waits for it. */
  live?: PostgresProcess | undefined;
  /** The same at every start: a read-only compute finds the cluster that it follows. */
  address: Address;
  /** Work on the directory, in sequence. */
  turn: Promise<unknown>;
}

/** Runtime state of clusters, by their names. */
export class ClusterRuntimes {
  private readonly slots = new Map<string, ClusterRuntime>();
  private lastPort = 1_023;

  /** @param socketDirectory this plane's own */
  constructor(private readonly socketDirectory: string) {}

  listNames(): string[] {
    return [...this.slots.keys()];
  }

  find(name: string): ClusterRuntime | undefined {
    return this.slots.get(name);
  }

  /** Creates it where there is none. */
  open(name: string): ClusterRuntime {
    let slot = this.slots.get(name);
    if (!slot) this.slots.set(name, (slot = { turn: Promise.resolve(), address: this.allocateAddress() }));
    return slot;
  }

  remove(name: string): void {
    this.slots.delete(name);
  }

  /** A socket name that is not in use. */
  allocateAddress(): Address {
    this.lastPort = this.lastPort >= 65_535 ? 1_024 : this.lastPort + 1;
    return { socketDirectory: this.socketDirectory, port: this.lastPort };
  }

  /** Runs the work of one cluster sequentially. */
  run<R>(name: string, work: () => Promise<R>): Promise<R> {
    const slot = this.open(name);
    const turn = slot.turn.then(work, work);
    slot.turn = turn.catch(() => undefined);
    return turn;
  }
}
