import type { Assumption } from "../../contract/assumption.js";
import { lastPart } from "../../contract/ids.js";
import { UNKNOWN } from "../../provider/resources/settled.js";
import type { Declared, ResourceChange } from "./model.js";

/** The side of a change on which a resource is looked at. */
export type Moment = "before" | "after";

/** What a reference is made from. */
interface Target {
  readonly urn: string;
  readonly key: string;
}

/**
 * Says which project and which branch a resource is about. One object has one key, by whatever words it is named: its id or, before it has
 * one, the URN of what makes it.
 */
export class References {
  readonly #sides: Readonly<Record<Moment, ReadonlyMap<string, Declared>>>;
  readonly #assumptions = new Map<string, Assumption>();
  /** Ids of default branches, by project. */
  readonly #defaults = new Map<string, string>();

  constructor(resources: readonly ResourceChange[]) {
    const sideOf = (moment: Moment) =>
      new Map(resources.flatMap((resource) => (resource[moment] ? [[resource.urn, resource[moment]] as const] : [])));
    this.#sides = { before: sideOf("before"), after: sideOf("after") };
    for (const { before, after } of resources) for (const declared of [after, before]) if (declared) this.#noteDefault(declared);
  }

  /** What was assumed for the keys that were asked for. */
  get assumptions(): readonly Assumption[] {
    return [...this.#assumptions.values()];
  }

  /** Of what the resource makes itself. */
  ownKey(declared: Declared): string {
    return keyOf(declared);
  }

  /** undefined where nothing tells; then nobody may judge. */
  projectKey(declared: Declared, moment: Moment): string | undefined {
    if (declared.kind === "Project") return keyOf(declared);
    const written = textAt(declared, "projectId");
    if (written !== undefined) return written.split("/", 1)[0];
    return this.#assume(declared, "projectId", "project", moment);
  }

  /** Of `branch: "default"` as well; undefined where nothing tells. */
  branchKey(declared: Declared, property: string, moment: Moment): string | undefined {
    const written = textAt(declared, property);
    if (written === undefined) return this.#assume(declared, property, "branch", moment);
    if (written !== "default") return lastPart(written);
    const project = this.projectKey(declared, moment);
    return project === undefined ? undefined : this.defaultKey(project);
  }

  /** The default branch of a project, known by its id once anything tells it. */
  defaultKey(projectKey: string): string {
    return this.#defaults.get(projectKey) ?? `${projectKey}#default`;
  }

  #noteDefault(declared: Declared): void {
    const { kind, id, inputs, outputs } = declared;
    const told = outputs["defaultBranchId"];
    if (kind === "Project" && typeof told === "string" && told !== UNKNOWN) this.#defaults.set(keyOf(declared), told);
    // What protects the default branch has recorded which one it is.
    if (kind === "BranchProtection" && inputs["branch"] === "default" && id !== undefined) {
      const [project = "", branch] = id.split("/");
      if (branch !== undefined && !this.#defaults.has(project)) this.#defaults.set(project, branch);
    }
  }

  /** Where exactly one object is what the reference is made from. What the program makes of it on the way does not show. */
  #assume(declared: Declared, property: string, part: Assumption["part"], moment: Moment): string | undefined {
    const targets = new Map([...this.#targetsOf(declared, property, part, moment, new Set())].map((target) => [target.key, target]));
    const [target] = targets.values();
    if (target === undefined || targets.size > 1) return undefined;
    const { key, urn } = target;
    if (moment === "after")
      this.#assumptions.set(`${declared.urn} ${property}`, {
        ...{ urn: declared.urn, property, target: urn, part },
        ...(isId(key) && { expected: key }),
      });
    return key;
  }

  /** Also by way of another resource's own reference. */
  *#targetsOf(declared: Declared, property: string, part: Assumption["part"], moment: Moment, seen: Set<string>): Generator<Target> {
    if (seen.has(`${declared.urn} ${property}`)) return;
    seen.add(`${declared.urn} ${property}`);
    for (const urn of declared.origins[property] ?? []) {
      const origin = this.#sides[moment].get(urn) ?? this.#sides.before.get(urn);
      if (origin?.kind === undefined) continue;
      if (origin.kind === "Project") yield { urn, key: part === "project" ? keyOf(origin) : this.defaultKey(keyOf(origin)) };
      else if (origin.kind === "Branch" && part === "branch") yield { urn, key: keyOf(origin) };
      else yield* this.#through(origin, part, moment, seen);
    }
  }

  /** By what another resource says of itself: a `Role` tells its branch, everything its project. */
  *#through(origin: Declared, part: Assumption["part"], moment: Moment, seen: Set<string>): Generator<Target> {
    const property = part === "project" ? "projectId" : origin.inputs["branchId"] === undefined ? "branch" : "branchId";
    const written = textAt(origin, property);
    if (written === undefined) yield* this.#targetsOf(origin, property, part, moment, seen);
    else if (part === "project") yield { urn: origin.urn, key: written.split("/", 1)[0] as string };
    else {
      const key = this.branchKey(origin, property, moment);
      if (key !== undefined) yield { urn: origin.urn, key };
    }
  }
}

/** Its own id without that of its parent, the one that it adopts, or its URN. */
export function keyOf({ id, urn, inputs }: Pick<Declared, "id" | "urn" | "inputs">): string {
  if (id !== undefined) return lastPart(id);
  const { adopt } = inputs;
  return typeof adopt === "string" && adopt !== UNKNOWN ? lastPart(adopt) : urn;
}

export const isId = (key: string): boolean => !key.startsWith("urn:");

function textAt({ inputs }: Declared, property: string): string | undefined {
  const value = inputs[property];
  return typeof value === "string" && value !== UNKNOWN ? value : undefined;
}
