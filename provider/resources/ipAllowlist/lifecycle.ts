import { PalisadeError } from "../../../contract/errors.js";
import { defineResource, goneFromOrganization } from "../context.js";
import { toSettings } from "../network.js";
import { defaultBranch } from "../project/lifecycle.js";
import { NETWORK_OWNER } from "../project/wire.js";
import { doc, inputs, outputs, rules } from "./schema.js";
import { fromWire } from "./wire.js";

export const ipAllowlist = defineResource({
  kind: "IpAllowlist",
  doc,
  inputs,
  outputs,
  rules,
  id: "{projectId}",

  async observe({ api }, { projectId }, recorded) {
    const found = await api.project(projectId);
    return found && fromWire(found.project, recorded);
  },

  proveGone: goneFromOrganization,

  /** Nothing is made: the engine sees what differs and sends it. */
  async create({ api }, { projectId }) {
    const { annotation } = await defaultBranch(api, projectId);
    if (annotation?.value["network"] === NETWORK_OWNER.network)
      throw new PalisadeError("PAL_NETWORK_OWNED", `project ${projectId} by ${annotation.value["managed_by"] ?? "a Project"}`);
    return { id: { projectId } };
  },

  /** One call, so there is no moment in between. */
  async update({ api }, { projectId }, wanted, changed) {
    const stateOnly = changed.size === 1 && changed.has("onDestroy");
    if (!stateOnly)
      await api.updateProject(projectId, { project: { settings: toSettings(wanted) } }, { anywhere: wanted.allow === "anywhere" });
  },

  async remove({ api }, { projectId }, { onDestroy }) {
    if (onDestroy !== "nobody" && onDestroy !== "anywhere") return;
    await api.updateProject(projectId, { project: { settings: toSettings({ allow: onDestroy }) } }, { anywhere: onDestroy === "anywhere" });
  },
});
