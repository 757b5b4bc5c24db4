import { PalisadeError } from "../../../contract/errors.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { NeonApi } from "../../client/api.js";
import type { Others } from "../../engine/declarations.js";
import { defineResource, goneFromOrganization } from "../context.js";
import { admitsAFamily, entryKeys, isOverdue, type RangeEntry, removalDue, spelledOnce, textOf } from "../network.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, ipsOf, without } from "./wire.js";

export const ipAllowlistEntry = defineResource({
  kind: "IpAllowlistEntry",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{entryId}",
  declares: { object: false, settings: ({ projectId }, { ranges }) => entryKeys(projectId, ranges) },
  follows: { create: [], remove: [] },

  async observe({ api, foreign }, { projectId }, recorded) {
    const found = await api.project(projectId);
    const declared = recorded["ranges"] as RangeEntry[] | undefined;
    if (found && declared) foreign?.beside(projectId, ipsOf(found.project), declared.map(textOf));
    return found && { ...fromWire(found.project, recorded), accountId: found.project.org_id };
  },

  proveGone: goneFromOrganization,

  /** The list needs no object: the engine sees what is missing and sends it. */
  async create({ api }, { projectId }, { nonce }) {
    mustHaveAList(await present(api, projectId));
    return { id: { projectId, entryId: nonce.slice(0, 8) } };
  },

  due: removalDue,

  async update({ api }, { projectId }, { ranges }, changed, live, _learn, others) {
    const now = Date.now();
    if (!changed.has("ranges") && !removalDue(live.outputs, now)) return undefined;
    const wanted = spelledOnce(ranges.filter((entry) => !isOverdue(entry, now)));
    await write(api, projectId, wanted, (live.inputs.ranges ?? []).map(textOf), { lastEnded: wanted.length === 0, others });
    return undefined;
  },

  async remove({ api }, { projectId }, recorded, others) {
    const project = await present(api, projectId);
    const ours = (fromWire(project, recorded).inputs.ranges ?? []).map(textOf);
    if (without(ipsOf(project), ours).length < ipsOf(project).length) await write(api, projectId, [], ours, { lastEnded: false, others });
  },
});

/** Puts `wanted` into the list and takes what else was `ours` out of it, except what another resource of the run declares by then. */
function write(
  api: NeonApi,
  projectId: string,
  wanted: readonly string[],
  ours: readonly string[],
  { lastEnded, others }: { lastEnded: boolean; others: Others },
): Promise<void> {
  const next = async () => {
    const project = await present(api, projectId);
    const dropped = without(ours, wanted).filter((range) => !entryKeys(projectId, [range]).some(others.holds));
    others.drop(entryKeys(projectId, dropped));
    if (wanted.length > 0) mustHaveAList(project);
    const list = ipsOf(project);
    const ips = [...without(list, dropped), ...without(wanted, list)];
    const { allowed_ips, block_public_connections } = project.settings ?? {};
    // Time leaves no entry: nobody is admitted then. Leaving the last one in would keep an access that has ended.
    if (ips.length === 0 && lastEnded)
      return block_public_connections ? undefined : { project: { settings: { block_public_connections: true } } };
    if (ips.length === list.length && without(wanted, list).length === 0) return undefined;
    // By the set: what is there counts, whoever put it there. What was as open before is not this entry's doing.
    if (admitsAFamily(ips) && !admitsAFamily(list))
      throw new PalisadeError("PAL_OPENS_FAMILY", `project ${projectId}, with ${wanted.join(", ")}`);
    if (ips.length === 0) throw new PalisadeError("PAL_LAST_ENTRY", `project ${projectId}, ${dropped.join(", ")}`);
    return { project: { settings: { allowed_ips: { ips, protected_branches_only: allowed_ips?.protected_branches_only ?? false } } } };
  };
  return api.rewriteProject(projectId, next, { anywhere: false });
}

/** To a project that admits everyone nothing can be added: the first entry would shut everyone else out. */
function mustHaveAList(project: ProjectFacts): void {
  if (ipsOf(project).length === 0 && project.settings?.block_public_connections !== true)
    throw new PalisadeError("PAL_OPEN_PROJECT", `project ${project.id}`);
}

async function present(api: NeonApi, projectId: string): Promise<ProjectFacts> {
  const found = await api.project(projectId);
  if (!found) throw new PalisadeError("PAL_NOT_FOUND", `project ${projectId}`);
  return found.project;
}
