import type { ResourceChange } from "./change.js";

/** One call of the engine that changes something: an object is written (made or updated), or removed. */
export interface Act {
  readonly resource: ResourceChange;
  readonly phase: "write" | "remove";
  /** Unique among acts. */
  readonly key: string;
}

/** What the update does, as far as reachability is concerned. What stays the same, is only read, or is taken over as it is, does nothing. */
export function listActs(resources: readonly ResourceChange[]): Act[] {
  return resources.flatMap((resource): Act[] => {
    const { op, before, after, urn } = resource;
    const act = (phase: Act["phase"]): Act => ({ resource, phase, key: `${phase} ${urn}` });
    // The provider takes an object over only as it is, and refuses any other.
    const writes = after !== undefined && (op === "create" || op === "update" || op === "replace");
    const adopts = before === undefined && after?.inputs["adopt"] !== undefined;
    const removes = before !== undefined && (op === "delete" || op === "replace");
    return [...(writes && !adopts ? [act("write")] : []), ...(removes ? [act("remove")] : [])];
  });
}

/** Which acts the engine surely does before which others. */
export class ActOrder {
  readonly #dependencies: ReadonlyMap<string, readonly string[]>;
  readonly #reached = new Map<string, ReadonlySet<string>>();

  constructor(resources: readonly ResourceChange[]) {
    this.#dependencies = new Map(resources.map(({ urn, after }) => [urn, after?.dependencies ?? []]));
  }

  /** Whether `first` is done whenever `second` is: a dependency before what depends on it, removals after all else. */
  isBefore(first: Act, second: Act): boolean {
    if (first === second) return false;
    if (second.phase === "write") return first.phase === "write" && this.#collectDependencies(second.resource.urn).has(first.resource.urn);
    // With deleteBeforeReplace the engine removes in the middle: nothing is sure.
    if (second.resource.deleteBeforeReplace) return false;
    return first.phase === "write" || first.resource.before?.dependencies.includes(second.resource.urn) === true;
  }

  /** All that a resource depends on, however far, and itself. */
  #collectDependencies(urn: string): ReadonlySet<string> {
    const known = this.#reached.get(urn);
    if (known) return known;
    const reached = new Set([urn]);
    for (const one of reached) for (const next of this.#dependencies.get(one) ?? []) reached.add(next);
    this.#reached.set(urn, reached);
    return reached;
  }
}
