import type { Assumption } from "../../contract/assumption.js";
import { getLastPart } from "../../contract/ids.js";
import { UNKNOWN } from "../../provider/introspection.js";
import type { Declared, ResourceChange } from "./change.js";

/** The side of a change on which a resource is looked at. */
export type Moment = "before" | "after";

/** What a reference is made from. */
interface ReferenceTarget {
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
    for (const { before, after } of resources) for (const declared of [after, before]) if (declared) this.#recordDefaultBranch(declared);
  }

  /** What was assumed for the keys that were asked for. */
  get assumptions(): readonly Assumption[] {
    return [...this.#assumptions.values()];
  }

  /** Of what the resource makes itself. */
  getOwnKey(declared: Declared): string {
    return getObjectKey(declared);
  }

  /** undefined where nothing tells; then nobody may judge. */
  findProjectKey(declared: Declared, moment: Moment): string | undefined {
    if (declared.kind === "Project") return getObjectKey(declared);
    const written = findText(declared, "projectId");
    if (written !== undefined) return written.split("/", 1)[0];
    return this.#assume(declared, "projectId", "project", moment);
  }

  /** Of `branch: "default"` as well; undefined where nothing tells. */
  findBranchKey(declared: Declared, property: string, moment: Moment): string | undefined {
    const written = findText(declared, property);
    if (written === undefined) return this.#assume(declared, property, "branch", moment);
    if (written !== "default") return getLastPart(written);
    const project = this.findProjectKey(declared, moment);
    return project === undefined ? undefined : this.getDefaultBranchKey(project);
  }

  /** The default branch of a project, known by its id once anything tells it. */
  getDefaultBranchKey(projectKey: string): string {
    return this.#defaults.get(projectKey) ?? `${projectKey}#default`;
  }

  #recordDefaultBranch(declared: Declared): void {
    const { kind, id, inputs, outputs } = declared;
    const told = outputs["defaultBranchId"];
    if (kind === "Project" && typeof told === "string" && told !== UNKNOWN) this.#defaults.set(getObjectKey(declared), told);
    // What protects the default branch has recorded which one it is.
    if (kind === "BranchProtection" && inputs["branch"] === "default" && id !== undefined) {
      const [project = "", branch] = id.split("/");
      if (branch !== undefined && !this.#defaults.has(project)) this.#defaults.set(project, branch);
    }
  }

  /** Where exactly one object is what the reference is made from. What the program makes of it on the way does not show. */
  #assume(declared: Declared, property: string, part: Assumption["part"], moment: Moment): string | undefined {
    const targets = new Map([...this.#findTargets(declared, property, part, moment, new Set())].map((target) => [target.key, target]));
    const [target] = targets.values();
    if (target === undefined || targets.size > 1) return undefined;
    const { key, urn } = target;
    if (moment === "after")
      this.#assumptions.set(`${declared.urn} ${property}`, {
        urn: declared.urn,
        property,
        target: urn,
        part,
        ...(isId(key) && { expected: key }),
      });
    return key;
  }

  /** Also by way of another resource's own reference. */
  *#findTargets(
    declared: Declared,
    property: string,
    part: Assumption["part"],
    moment: Moment,
    seen: Set<string>,
  ): Generator<ReferenceTarget> {
    if (seen.has(`${declared.urn} ${property}`)) return;
    seen.add(`${declared.urn} ${property}`);
    for (const urn of declared.origins[property] ?? []) {
      const origin = this.#sides[moment].get(urn) ?? this.#sides.before.get(urn);
      if (origin?.kind === undefined) continue;
      if (origin.kind === "Project")
        yield { urn, key: part === "project" ? getObjectKey(origin) : this.getDefaultBranchKey(getObjectKey(origin)) };
      else if (origin.kind === "Branch" && part === "branch") yield { urn, key: getObjectKey(origin) };
      else yield* this.#followReference(origin, part, moment, seen);
    }
  }

  /** By what another resource says of itself: a `Role` tells its branch, everything its project. */
  *#followReference(origin: Declared, part: Assumption["part"], moment: Moment, seen: Set<string>): Generator<ReferenceTarget> {
    const property = part === "project" ? "projectId" : origin.inputs["branchId"] === undefined ? "branch" : "branchId";
    const written = findText(origin, property);
    if (written === undefined) yield* this.#findTargets(origin, property, part, moment, seen);
    else if (part === "project") yield { urn: origin.urn, key: written.split("/", 1)[0] as string };
    else {
      const key = this.findBranchKey(origin, property, moment);
      if (key !== undefined) yield { urn: origin.urn, key };
    }
  }
}

/** Its own id without that of its parent, the one that it adopts, or its URN. */
export function getObjectKey({ id, urn, inputs }: Pick<Declared, "id" | "urn" | "inputs">): string {
  if (id !== undefined) return getLastPart(id);
  const { adopt } = inputs;
  return typeof adopt === "string" && adopt !== UNKNOWN ? getLastPart(adopt) : urn;
}

export const isId = (key: string): boolean => !key.startsWith("urn:");

function findText({ inputs }: Declared, property: string): string | undefined {
  const value = inputs[property];
  return typeof value === "string" && value !== UNKNOWN ? value : undefined;
}
