import type { NeonApi } from "../../provider/client/api.js";
import { observe } from "../../provider/resources/observed.js";
import type { Bag } from "../../provider/resources/settled.js";
import { mapAtOnce, orUndefined } from "../scan/inventory.js";
import { idsOf } from "./added.js";
import { type Applied, type LiveBefore, type Managed, NOTHING_RECORDED, type ProjectBefore } from "./applied.js";
import { onlyAdministratorOf } from "./caller.js";
import { contextsOf } from "./contexts.js";
import { isOpening, leftOut, liveLeft } from "./leftSwitches.js";
import { membersOf, placeOf } from "./observe.js";

/** What is live now of what the program leaves out. */
export interface LeftNow extends LiveBefore {
  /** By URN. */
  readonly left: ReadonlyMap<string, Bag>;
  /** Ids of all computes, by project. */
  readonly computes: ReadonlyMap<string, ReadonlySet<string>>;
}

export const NOT_LOOKED: LeftNow = { left: new Map(), computes: new Map(), ...NOTHING_RECORDED };

/** Reads what is live of what the program leaves out: a few calls for each declared project. What cannot be read is left out. */
export async function readLeft(api: NeonApi, orgId: string, managed: readonly Managed[]): Promise<LeftNow> {
  const { reading, neon } = contextsOf(api, orgId);
  const left = new Map<string, Bag>();
  await mapAtOnce(managed, async (one) => {
    const paths = leftOut(one.kind, one.inputs);
    if (paths.length === 0) return;
    const seen = await orUndefined(observe(reading, neon, one.kind, one.id, { ...one.outputs, ...one.inputs }));
    if (seen !== undefined && seen !== "gone") left.set(one.urn, liveLeft(paths, seen));
  });
  const projects: Record<string, ProjectBefore> = {};
  const computesOf = new Map<string, ReadonlySet<string>>();
  await mapAtOnce([...membersOf(managed)], async ([projectId, members]) => {
    if (!isWatched(members)) return;
    const [restricted, computes] = await Promise.all([
      orUndefined(reading.api.vpc.restrictions(projectId)),
      orUndefined(reading.api.computes(projectId)),
    ]);
    if (computes) computesOf.set(projectId, new Set(computes.endpoints.map(({ id }) => id)));
    const declared = idsOf(members, "VpcEndpointRestriction", "ComputeEndpoint");
    const undeclared = (ids: readonly string[]) => ids.filter((id) => !declared.has(id)).sort();
    projects[projectId] = {
      ...(restricted && { restrictions: undeclared(restricted.map(({ vpc_endpoint_id: id }) => id)) }),
      ...(computes && { disabledComputes: undeclared(computes.endpoints.filter(({ disabled }) => disabled).map(({ id }) => id)) }),
    };
  });
  const members = await orUndefined(api.people.members(orgId));
  const administrator = onlyAdministratorOf({ members });
  return { left, projects, computes: computesOf, administrators: administrator === undefined ? {} : { [orgId]: administrator } };
}

/** What the program leaves out and the record does not hold, so that nobody can say whether it has been opened: `shop defaultBranch.protected`. */
export const unknownLeft = (managed: readonly Managed[]): string[] =>
  managed.flatMap(({ kind, name, inputs, left }) =>
    leftOut(kind, inputs)
      .filter((path) => left?.[path] === undefined)
      .map((path) => `${name} ${path}`),
  );

/** Whether all that is in the project should be declared, or who its private access is restricted to. */
export const isWatched = (members: readonly Managed[]): boolean =>
  members.some(({ kind }) => kind === "Project" || kind === "VpcEndpointRestriction");

/**
 * The record with what is live of what the program leaves out. What was more closed in the record before stays as it was there: else
 * recording again, which follows every update, would accept whatever somebody has opened in between.
 * @returns the record, and the openings that it does not accept: `urn path`, or the id of an endpoint or a compute
 */
export function recordLeft(
  applied: Applied,
  now: LeftNow,
  before: Applied | undefined,
  managed: readonly Managed[],
): { applied: Applied; kept: string[] } {
  const kept: string[] = [];
  const kindsByUrn = new Map(managed.map((one) => [one.urn, one.kind]));
  const earlier = new Map(before?.resources.map((resource) => [`${resource.urn} ${resource.id}`, resource.left]));
  const resources = applied.resources.map((resource) => {
    const [live, recorded, kind] = [
      now.left.get(resource.urn),
      earlier.get(`${resource.urn} ${resource.id}`),
      kindsByUrn.get(resource.urn),
    ];
    if (kind === undefined) return resource;
    const left: Bag = {};
    for (const path of leftOut(kind, resource.inputs)) {
      const [earlierValue, liveValue] = [recorded?.[path], live?.[path]];
      const isOpened =
        earlierValue !== undefined && liveValue !== undefined && isOpening(kind, path, liveValue) && !isOpening(kind, path, earlierValue);
      if (isOpened) kept.push(`${resource.urn} ${path}`);
      const value = isOpened ? earlierValue : (liveValue ?? earlierValue);
      if (value !== undefined) left[path] = value;
    }
    return live || recorded ? { ...resource, left } : resource;
  });
  const placed = new Set(managed.map((one) => placeOf(one).projectId));
  const projects = Object.fromEntries(
    [...new Set([...Object.keys(before?.projects ?? {}), ...Object.keys(now.projects)])]
      .filter((id) => placed.has(id))
      .map((id) => {
        const [live, recorded, computes] = [now.projects[id], before?.projects[id], now.computes.get(id)];
        const existing = recorded?.disabledComputes?.filter((each) => computes?.has(each) !== false);
        // Of several restrictions, one that is lifted closes.
        if (live?.restrictions?.length === 0) kept.push(...(recorded?.restrictions ?? []));
        if (live?.disabledComputes) kept.push(...(existing ?? []).filter((each) => !live.disabledComputes?.includes(each)));
        const [restrictions, disabledComputes] = [
          union(live?.restrictions, recorded?.restrictions),
          union(live?.disabledComputes, existing),
        ];
        return [id, { ...(restrictions && { restrictions }), ...(disabledComputes && { disabledComputes }) }];
      }),
  );
  return { applied: { ...applied, resources, projects, administrators: { ...now.administrators, ...before?.administrators } }, kept };
}

/** A restriction that was lifted, and a compute that was enabled, are no more accepted by recording than a switch. */
const union = (live: readonly string[] | undefined, recorded: readonly string[] | undefined): string[] | undefined =>
  live || recorded ? [...new Set([...(live ?? []), ...(recorded ?? [])])].sort() : undefined;
