import { PalisadeError } from "../../../contract/errors.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { NeonApi } from "../../client/api.js";
import type { OtherDeclarations } from "../../engine/otherDeclarations.js";
import { defineResource, proveGoneFromOrganization } from "../shared/context.js";
import {
  admitsWholeFamily,
  listEntryKeys,
  isOverdue,
  type RangeEntry,
  isRemovalDue,
  canonicalizeRanges,
  getRangeText,
  omitRanges,
} from "../shared/network.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, getIps } from "./wire.js";

export const ipAllowlistEntry = defineResource({
  kind: "IpAllowlistEntry",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{entryId}",
  declares: { object: false, settings: ({ projectId }, { ranges }) => listEntryKeys(projectId, ranges) },
  follows: { create: [], remove: [] },

  async observe({ api, unmanaged: foreign }, { projectId }, recorded) {
    const found = await api.findProject(projectId);
    const declared = recorded["ranges"] as RangeEntry[] | undefined;
    if (found && declared) foreign?.recordInSharedList(projectId, getIps(found.project), declared.map(getRangeText));
    return found && { ...fromWire(found.project, recorded), accountId: found.project.org_id };
  },

  proveGone: proveGoneFromOrganization,

  /** The list needs no object: the engine sees what is missing and sends it. */
  async create({ api }, { projectId }, { nonce }) {
    assertHasList(await getProject(api, projectId));
    return { id: { projectId, entryId: nonce.slice(0, 8) } };
  },

  isDue: isRemovalDue,

  async update({ api }, { projectId }, { ranges }, changed, live, _learn, others) {
    const now = Date.now();
    if (!changed.has("ranges") && !isRemovalDue(live.outputs, now)) return undefined;
    const wanted = canonicalizeRanges(ranges.filter((entry) => !isOverdue(entry, now)));
    await writeEntries(api, projectId, wanted, (live.inputs.ranges ?? []).map(getRangeText), { lastEnded: wanted.length === 0, others });
    return undefined;
  },

  async remove({ api }, { projectId }, recorded, others) {
    const project = await getProject(api, projectId);
    const ours = (fromWire(project, recorded).inputs.ranges ?? []).map(getRangeText);
    if (omitRanges(getIps(project), ours).length < getIps(project).length)
      await writeEntries(api, projectId, [], ours, { lastEnded: false, others });
  },
});

/** Puts `wanted` into the list and takes what else was `ours` out of it, except what another resource of the run declares by then. */
function writeEntries(
  api: NeonApi,
  projectId: string,
  wanted: readonly string[],
  ours: readonly string[],
  { lastEnded, others }: { lastEnded: boolean; others: OtherDeclarations },
): Promise<void> {
  const next = async () => {
    const project = await getProject(api, projectId);
    const dropped = omitRanges(ours, wanted).filter((range) => !listEntryKeys(projectId, [range]).some(others.isDeclared));
    others.markDropped(listEntryKeys(projectId, dropped));
    if (wanted.length > 0) assertHasList(project);
    const list = getIps(project);
    const ips = [...omitRanges(list, dropped), ...omitRanges(wanted, list)];
    const { allowed_ips, block_public_connections } = project.settings ?? {};
    // Time leaves no entry: nobody is admitted then. Leaving the last one in would keep an access that has ended.
    if (ips.length === 0 && lastEnded)
      return block_public_connections ? undefined : { project: { settings: { block_public_connections: true } } };
    if (ips.length === list.length && omitRanges(wanted, list).length === 0) return undefined;
    // By the set: what is there counts, whoever put it there. What was as open before is not this entry's doing.
    if (admitsWholeFamily(ips) && !admitsWholeFamily(list))
      throw new PalisadeError("PAL_OPENS_FAMILY", `project ${projectId}, with ${wanted.join(", ")}`);
    if (ips.length === 0) throw new PalisadeError("PAL_LAST_ENTRY", `project ${projectId}, ${dropped.join(", ")}`);
    return { project: { settings: { allowed_ips: { ips, protected_branches_only: allowed_ips?.protected_branches_only ?? false } } } };
  };
  return api.rewriteProject(projectId, next, { anywhere: false });
}

/** To a project that admits everyone nothing can be added: the first entry would shut everyone else out. */
function assertHasList(project: ProjectFacts): void {
  if (getIps(project).length === 0 && project.settings?.block_public_connections !== true)
    throw new PalisadeError("PAL_OPEN_PROJECT", `project ${project.id}`);
}

async function getProject(api: NeonApi, projectId: string): Promise<ProjectFacts> {
  const found = await api.findProject(projectId);
  if (!found) throw new PalisadeError("PAL_NOT_FOUND", `project ${projectId}`);
  return found.project;
}
