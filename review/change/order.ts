import { unionReach } from "../../contract/reachability.js";
import { REACH_INPUTS } from "./fields.js";
import { NOBODY, reachesOf } from "./compare.js";
import type { ChangeFinding } from "./finding.js";
import type { ResourceChange } from "./model.js";
import { type Scene, sceneAfter } from "./scene.js";
import { moreText, setText } from "./sets.js";

/** Of one project: every subset of its changes is a moment. With more than these, not all are looked at, and that is said. */
const MOST_CHANGES = 10;
const MOST_LOOKS = 200_000;

export interface OrderResult {
  readonly findings: readonly ChangeFinding[];
  /** Projects with too many changes at once, by name. */
  readonly unjudged: readonly { urn: string; why: string }[];
}

/**
 * Pulumi changes one resource after another: a dependency before what depends on it, removals last, the rest in any order.
 * Looks at every moment that this allows, for one at which a branch is more open than both before and after.
 */
export function orderFindings(resources: readonly ResourceChange[], before: Scene, after: Scene): OrderResult {
  const findings: ChangeFinding[] = [];
  const unjudged: { urn: string; why: string }[] = [];
  const moving = new Map<string, ResourceChange[]>();
  const present = new Map<string, ResourceChange[]>();
  for (const resource of resources) {
    const key = after.projectOf.get(resource.urn) ?? before.projectOf.get(resource.urn);
    if (key === undefined) continue;
    push(present, key, resource);
    if (movesReach(resource)) push(moving, key, resource);
  }
  const dependencies: Dependencies = new Map(resources.map(({ urn, after, before }) => [urn, (after ?? before)?.dependencies ?? []]));
  for (const [key, changes] of moving) {
    const [was, is] = [before.projects.get(key), after.projects.get(key)];
    // A new copy is no more open than what it copies, unless something else moves as well.
    if (!was || !is || changes.length < 2 || changes.every(({ kind, op }) => kind === "Branch" && op === "create")) continue;
    if (changes.length > MOST_CHANGES || 2 ** changes.length * is.branches.length > MOST_LOOKS) {
      unjudged.push({
        urn: is.urn,
        why: `${changes.length} resources of the project change at once: not every order of them was looked at`,
      });
      continue;
    }
    const ends = [reachesOf(was), reachesOf(is)] as const;
    const scope = present.get(key) ?? [];
    for (const done of momentsOf(changes, dependencies)) {
      const moment = sceneAfter(scope, before, (one) => done.has(one.urn)).projects.get(key);
      const hit = [...reachesOf(moment)].find(([branch, { reaches }]) => {
        const allowed = unionReach(ends[0].get(branch)?.reaches.reach ?? NOBODY, ends[1].get(branch)?.reaches.reach ?? NOBODY);
        return !allowed.public.contains(reaches.reach.public);
      });
      if (!hit || !moment) continue;
      const [branchKey, { branch, reaches }] = hit;
      const allowed = unionReach(ends[0].get(branchKey)?.reaches.reach ?? NOBODY, ends[1].get(branchKey)?.reaches.reach ?? NOBODY);
      const last = changes.find(({ urn }) => done.has(urn)) as ResourceChange;
      findings.push({
        ...{ urn: last.urn, rule: "open-for-a-moment", severity: "high", direction: "opens" },
        resource: { kind: "branch", id: `${key}/${branchKey}`, name: `${is.name}/${branch.name}` },
        before: setText(allowed.public),
        after: setText(reaches.reach.public),
        says: `While the update runs, ${moreText(reaches.reach.public.minus(allowed.public))} may reach the branch than before or after: when ${[...done].map((urn) => changes.find((one) => one.urn === urn)?.name).join(", ")} is done and the rest is not.`,
        remedy: "Close first and open last: make it two changes, or let what opens depend on what closes (dependsOn).",
      });
      break;
    }
  }
  return { findings, unjudged };
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

/** URNs that each resource depends on. */
type Dependencies = ReadonlyMap<string, readonly string[]>;

/** Every set of changes that may be done while others are not. */
function momentsOf(changes: readonly ResourceChange[], dependencies: Dependencies): ReadonlySet<string>[] {
  const needs = requirements(changes, dependencies);
  const moments: Set<string>[] = [];
  for (let bits = 1; bits < (1 << changes.length) - 1; bits++) {
    const done = new Set(changes.filter((_, index) => (bits >> index) & 1).map(({ urn }) => urn));
    if ([...done].every((urn) => [...(needs.get(urn) ?? [])].every((needed) => done.has(needed)))) moments.push(done);
  }
  return moments.sort((a, b) => a.size - b.size);
}

/** Which other changes are done before each one. */
function requirements(changes: readonly ResourceChange[], dependencies: Dependencies): ReadonlyMap<string, ReadonlySet<string>> {
  const moving = new Set(changes.map(({ urn }) => urn));
  return new Map(
    changes.map((change) => {
      const needed = new Set<string>();
      if (change.after === undefined) {
        // Removals come after everything else, and dependents before what they depend on.
        for (const { urn, after, before } of changes)
          if (after !== undefined || before?.dependencies.includes(change.urn) === true) needed.add(urn);
        return [change.urn, needed];
      }
      const seen = new Set([change.urn]);
      for (const urn of seen) for (const next of dependencies.get(urn) ?? []) seen.add(next);
      for (const urn of seen) if (urn !== change.urn && moving.has(urn)) needed.add(urn);
      return [change.urn, needed];
    }),
  );
}

/** Whether it changes an input that reachability is made of, or comes or goes. A removed copy opens nothing. */
function movesReach({ kind, op, before, after }: ResourceChange): boolean {
  const inputs = kind && REACH_INPUTS[kind];
  if (inputs === undefined || op === "same" || op === "read" || (kind === "Branch" && op === "delete")) return false;
  return (
    before === undefined ||
    after === undefined ||
    inputs.some((name) => JSON.stringify(before.inputs[name]) !== JSON.stringify(after.inputs[name]))
  );
}
