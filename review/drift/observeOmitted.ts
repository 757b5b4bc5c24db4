import type { NeonApi } from "../../provider/client/api.js";
import { observe, type Properties } from "../../provider/introspection.js";
import { mapConcurrently, tryRead } from "../scan/inventory.js";
import { collectIds } from "./added.js";
import { type Applied, type LiveBefore, type ManagedResource, NOTHING_RECORDED, type ProjectBefore } from "./appliedRecord.js";
import { findOnlyAdministrator } from "./caller.js";
import { createContexts } from "./contexts.js";
import { isOpening, listOmittedSwitches, pickLiveSwitches } from "./omittedSwitches.js";
import { groupByProject, getLocation } from "./observation.js";

/** What is live now of what the program leaves out. */
export interface LiveOmitted extends LiveBefore {
  /** By URN. */
  readonly left: ReadonlyMap<string, Properties>;
  /** Ids of all computes, by project. */
  readonly computes: ReadonlyMap<string, ReadonlySet<string>>;
}

export const NOT_OBSERVED: LiveOmitted = { left: new Map(), computes: new Map(), ...NOTHING_RECORDED };

/** Reads what is live of what the program leaves out: a few calls for each declared project. What cannot be read is left out. */
export async function readOmitted(api: NeonApi, orgId: string, managed: readonly ManagedResource[]): Promise<LiveOmitted> {
  const { reading, neon } = createContexts(api, orgId);
  const left = new Map<string, Properties>();
  await mapConcurrently(managed, async (one) => {
    const paths = listOmittedSwitches(one.kind, one.inputs);
    if (paths.length === 0) return;
    const seen = await tryRead(observe(reading, neon, one.kind, one.id, { ...one.outputs, ...one.inputs }));
    if (seen !== undefined && seen !== "gone") left.set(one.urn, pickLiveSwitches(paths, seen));
  });
  const projects: Record<string, ProjectBefore> = {};
  const computesOf = new Map<string, ReadonlySet<string>>();
  await mapConcurrently([...groupByProject(managed)], async ([projectId, members]) => {
    if (!isWatched(members)) return;
    const [restricted, computes] = await Promise.all([
      tryRead(reading.api.vpc.listRestrictions(projectId)),
      tryRead(reading.api.listComputes(projectId)),
    ]);
    if (computes) computesOf.set(projectId, new Set(computes.endpoints.map(({ id }) => id)));
    const declared = collectIds(members, "VpcEndpointRestriction", "ComputeEndpoint");
    const undeclared = (ids: readonly string[]) => ids.filter((id) => !declared.has(id)).sort();
    projects[projectId] = {
      ...(restricted && { restrictions: undeclared(restricted.map(({ vpc_endpoint_id: id }) => id)) }),
      ...(computes && { disabledComputes: undeclared(computes.endpoints.filter(({ disabled }) => disabled).map(({ id }) => id)) }),
    };
  });
  const members = await tryRead(api.people.listMembers(orgId));
  const administrator = findOnlyAdministrator({ members });
  return { left, projects, computes: computesOf, administrators: administrator === undefined ? {} : { [orgId]: administrator } };
}

/** What the program leaves out and the record does not hold, so that nobody can say whether it has been opened: `shop defaultBranch.protected`. */
export const listUnknownOmitted = (managed: readonly ManagedResource[]): string[] =>
  managed.flatMap(({ kind, name, inputs, left }) =>
    listOmittedSwitches(kind, inputs)
      .filter((path) => left?.[path] === undefined)
      .map((path) => `${name} ${path}`),
  );

/** Whether all that is in the project should be declared, or who its private access is restricted to. */
export const isWatched = (members: readonly ManagedResource[]): boolean =>
  members.some(({ kind }) => kind === "Project" || kind === "VpcEndpointRestriction");

/**
 * The record with what is live of what the program leaves out. What was more closed in the record before stays as it was there: else
 * recording again, which follows every update, would accept whatever somebody has opened in between.
 * @returns the record, and the openings that it does not accept: `urn path`, or the id of an endpoint or a compute
 */
export function recordOmitted(
  applied: Applied,
  now: LiveOmitted,
  before: Applied | undefined,
  managed: readonly ManagedResource[],
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
    const left: Properties = {};
    for (const path of listOmittedSwitches(kind, resource.inputs)) {
      const [earlierValue, liveValue] = [recorded?.[path], live?.[path]];
      const isOpened =
        earlierValue !== undefined && liveValue !== undefined && isOpening(kind, path, liveValue) && !isOpening(kind, path, earlierValue);
      if (isOpened) kept.push(`${resource.urn} ${path}`);
      const value = isOpened ? earlierValue : (liveValue ?? earlierValue);
      if (value !== undefined) left[path] = value;
    }
    return live || recorded ? { ...resource, left } : resource;
  });
  const placed = new Set(managed.map((one) => getLocation(one).projectId));
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
          uniteLists(live?.restrictions, recorded?.restrictions),
          uniteLists(live?.disabledComputes, existing),
        ];
        return [id, { ...(restrictions && { restrictions }), ...(disabledComputes && { disabledComputes }) }];
      }),
  );
  return { applied: { ...applied, resources, projects, administrators: { ...now.administrators, ...before?.administrators } }, kept };
}

/** A restriction that was lifted, and a compute that was enabled, are no more accepted by recording than a switch. */
const uniteLists = (live: readonly string[] | undefined, recorded: readonly string[] | undefined): string[] | undefined =>
  live || recorded ? [...new Set([...(live ?? []), ...(recorded ?? [])])].sort() : undefined;
