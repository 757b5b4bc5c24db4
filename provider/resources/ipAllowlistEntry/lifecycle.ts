import { PalisadeError } from "../../../contract/errors.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource, goneFromOrganization } from "../context.js";
import { textOf } from "../network.js";
import { doc, inputs, outputs } from "./schema.js";
import { fromWire, ipsOf, without } from "./wire.js";

/** Another writer of the list is met by writing again, this often. Ours. */
const WRITE_ATTEMPTS = 3;

export const ipAllowlistEntry = defineResource({
  kind: "IpAllowlistEntry",
  doc,
  inputs,
  outputs,
  id: "{projectId}/{entryId}",

  async observe({ api }, { projectId }, recorded) {
    const found = await api.project(projectId);
    return found && fromWire(found.project, recorded);
  },

  proveGone: goneFromOrganization,

  /** The list needs no object: the engine sees what is missing and sends it. */
  async create({ api }, { projectId }, { nonce }) {
    mustHaveAList(await present(api, projectId));
    return { id: { projectId, entryId: nonce.slice(0, 8) } };
  },

  async update({ api }, { projectId }, wanted, changed, live) {
    if (changed.has("ranges")) await write(api, projectId, wanted.ranges.map(textOf), (live.inputs.ranges ?? []).map(textOf));
  },

  async remove({ api }, { projectId }, recorded) {
    const { ranges = [] } = fromWire(await present(api, projectId), recorded).inputs;
    if (ranges.length > 0) await write(api, projectId, [], ranges.map(textOf));
  },
});

/** Puts `wanted` into the list and takes what else was `ours` out of it: reads, writes, and reads again to see that nobody undid it. */
function write(api: NeonApi, projectId: string, wanted: readonly string[], ours: readonly string[]): Promise<void> {
  const dropped = without(ours, wanted);
  return api.inTurn(projectId, async (update) => {
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt++) {
      const project = await present(api, projectId);
      if (wanted.length > 0) mustHaveAList(project);
      const list = ipsOf(project);
      const ips = [...without(list, dropped), ...without(wanted, list)];
      if (ips.length === 0) throw new PalisadeError("PAL_LAST_ENTRY", `project ${projectId}, ${dropped.join(", ")}`);
      const { protected_branches_only = false } = project.settings?.allowed_ips ?? {};
      await update({ project: { settings: { allowed_ips: { ips, protected_branches_only } } } }, { anywhere: false });
      const after = ipsOf(await present(api, projectId));
      if (without(wanted, after).length === 0 && without(after, dropped).length === after.length) return;
    }
    throw new PalisadeError("PAL_LOST_UPDATE", `project ${projectId}, after ${WRITE_ATTEMPTS} attempts`);
  });
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
