import { PalisadeError } from "../../../contract/errors.js";
import { defineResource, goneFromOrganization, NETWORK_OWNER } from "../context.js";
import { REMOVED, removedBy, UNLESS_NAMED } from "../foreign.js";
import { inForce, removalDue, toSettings } from "../network.js";
import { defaultBranch } from "../project/lifecycle.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire } from "./wire.js";

export const ipAllowlist = defineResource({
  kind: "IpAllowlist",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}",

  async observe({ api, isRefresh, foreign }, { projectId }, recorded) {
    const found = await api.project(projectId);
    const seen = found && fromWire(found.project, recorded);
    if (isRefresh && seen?.foreign) foreign?.inOwned(projectId, seen.foreign, UNLESS_NAMED);
    return seen;
  },

  proveGone: goneFromOrganization,

  /** Nothing is made: the engine sees what differs and sends it. */
  async create({ api }, { projectId }) {
    const { annotation } = await defaultBranch(api, projectId);
    if (annotation?.value["network"] === NETWORK_OWNER.network)
      throw new PalisadeError("PAL_NETWORK_OWNED", `project ${projectId} by ${annotation.value["managed_by"] ?? "a Project"}`);
    return { id: { projectId } };
  },

  due: removalDue,

  /** One call, so there is no moment in between. */
  async update({ api, foreign }, { projectId }, wanted, changed, live) {
    const now = Date.now();
    const stateOnly = changed.size === 1 && changed.has("onDestroy") && !removalDue(live.outputs, now);
    if (stateOnly) return undefined;
    const network = inForce(wanted, now);
    const project = await api.updateProject(
      projectId,
      { project: { settings: toSettings(network) } },
      { anywhere: wanted.allow === "anywhere" },
    );
    foreign?.inOwned(projectId, removedBy(network, live.foreign), REMOVED);
    return fromWire(project, wanted);
  },

  async remove({ api }, { projectId }, { onDestroy }) {
    if (onDestroy !== "nobody" && onDestroy !== "anywhere") return;
    await api.updateProject(projectId, { project: { settings: toSettings({ allow: onDestroy }) } }, { anywhere: onDestroy === "anywhere" });
  },
});
