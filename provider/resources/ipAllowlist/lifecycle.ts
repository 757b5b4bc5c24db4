import { PalisadeError } from "../../../contract/errors.js";
import { defineResource, proveGoneFromOrganization, NETWORK_OWNER } from "../shared/context.js";
import { REMOVED, listRemoved, UNLESS_NAMED } from "../shared/unmanagedEntries.js";
import { assertNoLockOut } from "../shared/lockOut.js";
import {
  mayLockOut,
  buildEntryPrefix,
  dropEndedEntries,
  buildNetworkKey,
  listNetworkKeys,
  isRemovalDue,
  toNetworkChange,
  toNetworkUpdate,
  toSettings,
  addDeclaredEntries,
} from "../shared/network.js";
import { getDefaultBranch } from "../project/lifecycle.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import type { NeonApi } from "../../client/api.js";
import { canonicalizeRange } from "../../../contract/ranges.js";
import { getIps } from "../ipAllowlistEntry/wire.js";
import { fromWire } from "./wire.js";

export const ipAllowlist = defineResource({
  kind: "IpAllowlist",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}",
  declares: { object: false, settings: ({ projectId }, network) => listNetworkKeys(projectId, network) },
  follows: { create: [], remove: [] },

  async observe({ api, isRefresh, unmanaged: foreign }, { projectId }, recorded) {
    const found = await api.findProject(projectId);
    const seen = found && fromWire(found.project, recorded);
    if (isRefresh && seen?.unmanagedEntries) foreign?.recordInOwnedList(projectId, seen.unmanagedEntries, UNLESS_NAMED);
    return seen;
  },

  proveGone: proveGoneFromOrganization,

  /** Nothing is made: the engine sees what differs and sends it. */
  async create({ api }, { projectId }) {
    const { annotation } = await getDefaultBranch(api, projectId);
    if (annotation?.value["network"] === NETWORK_OWNER.network)
      throw new PalisadeError("PAL_NETWORK_OWNED", `project ${projectId} by ${annotation.value["managed_by"] ?? "a Project"}`);
    return { id: { projectId } };
  },

  isDue: isRemovalDue,

  /** One call, so there is no moment in between. */
  async update(neon, { projectId }, wanted, _changed, live, _learn, others) {
    const { api, unmanaged: foreign } = neon;
    const now = Date.now();
    if (!others.mustResend() && !isRemovalDue(live.outputs, now) && !toNetworkUpdate(wanted, live.inputs, now)) return undefined;
    const network = addDeclaredEntries(
      dropEndedEntries(wanted, now),
      projectId,
      [...(live.inputs.ranges ?? []), ...(live.unmanagedEntries ?? [])],
      others,
    );
    if (mayLockOut(wanted, live.inputs, now)) await assertNoLockOut(neon, projectId, toNetworkChange(network), wanted);
    const project = await api.updateProject(
      projectId,
      { project: { settings: toSettings(network) } },
      { anywhere: wanted.allow === "anywhere" },
    );
    foreign?.recordInOwnedList(projectId, listRemoved(network, live.unmanagedEntries), REMOVED);
    return fromWire(project, wanted);
  },

  /** What another resource declares stays: a whole network as it is, entries as what is left of the list. */
  async remove({ api }, { projectId }, { onDestroy }, others) {
    if (onDestroy !== "nobody" && onDestroy !== "anywhere") return;
    if (others.isDeclared(buildNetworkKey(projectId))) return;
    // A replacement that removes first makes the list again: nothing opens in between.
    if (onDestroy === "anywhere" && others.isDeclaredByAny(buildNetworkKey(projectId))) return;
    const entries = new Set(others.listKeysUnder(buildEntryPrefix(projectId)));
    if (entries.size > 0) return keepDeclaredEntries(api, projectId, entries);
    await api.updateProject(projectId, { project: { settings: toSettings({ allow: onDestroy }) } }, { anywhere: onDestroy === "anywhere" });
  },
});

/** Takes out of the list what no entry of the run declares. A list without any of them stays: an empty one would admit everyone. */
const keepDeclaredEntries = (api: NeonApi, projectId: string, entries: ReadonlySet<string>): Promise<void> =>
  api.rewriteProject(
    projectId,
    async () => {
      const { project } = (await api.findProject(projectId)) ?? {};
      const list = project ? getIps(project) : [];
      const ips = list.filter((range) => entries.has(canonicalizeRange(range)));
      if (ips.length === 0 || ips.length === list.length) return undefined;
      const scope = project?.settings?.allowed_ips?.protected_branches_only ?? false;
      return { project: { settings: { allowed_ips: { ips, protected_branches_only: scope } } } };
    },
    { anywhere: false },
  );
