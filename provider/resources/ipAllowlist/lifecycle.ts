import { PalisadeError } from "../../../contract/errors.js";
import { defineResource, goneFromOrganization, NETWORK_OWNER } from "../context.js";
import { REMOVED, removedBy, UNLESS_NAMED } from "../foreign.js";
import { assertNoLockOut } from "../lockOut.js";
import {
  closesWay,
  entryPrefix,
  inForce,
  networkKey,
  networkKeys,
  removalDue,
  toClosing,
  toNetworkUpdate,
  toSettings,
  withEntriesOf,
} from "../network.js";
import { defaultBranch } from "../project/lifecycle.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import type { NeonApi } from "../../client/api.js";
import { canonicalRange } from "../../../contract/ranges.js";
import { ipsOf } from "../ipAllowlistEntry/wire.js";
import { fromWire } from "./wire.js";

export const ipAllowlist = defineResource({
  kind: "IpAllowlist",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}",
  declares: { object: false, settings: ({ projectId }, network) => networkKeys(projectId, network) },
  follows: { create: [], remove: [] },

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
  async update(neon, { projectId }, wanted, _changed, live, _learn, others) {
    const { api, foreign } = neon;
    const now = Date.now();
    if (!others.again() && !removalDue(live.outputs, now) && !toNetworkUpdate(wanted, live.inputs, now)) return undefined;
    const network = withEntriesOf(inForce(wanted, now), projectId, [...(live.inputs.ranges ?? []), ...(live.foreign ?? [])], others);
    if (closesWay(wanted, live.inputs, now)) await assertNoLockOut(neon, projectId, toClosing(network), wanted);
    const project = await api.updateProject(
      projectId,
      { project: { settings: toSettings(network) } },
      { anywhere: wanted.allow === "anywhere" },
    );
    foreign?.inOwned(projectId, removedBy(network, live.foreign), REMOVED);
    return fromWire(project, wanted);
  },

  /** What another resource declares stays: a whole network as it is, entries as what is left of the list. */
  async remove({ api }, { projectId }, { onDestroy }, others) {
    if (onDestroy !== "nobody" && onDestroy !== "anywhere") return;
    if (others.holds(networkKey(projectId))) return;
    // A replacement that removes first makes the list again: nothing opens in between.
    if (onDestroy === "anywhere" && others.anybodyHolds(networkKey(projectId))) return;
    const entries = new Set(others.under(entryPrefix(projectId)));
    if (entries.size > 0) return leaveEntries(api, projectId, entries);
    await api.updateProject(projectId, { project: { settings: toSettings({ allow: onDestroy }) } }, { anywhere: onDestroy === "anywhere" });
  },
});

/** Takes out of the list what no entry of the run declares. A list without any of them stays: an empty one would admit everyone. */
const leaveEntries = (api: NeonApi, projectId: string, entries: ReadonlySet<string>): Promise<void> =>
  api.rewriteProject(
    projectId,
    async () => {
      const { project } = (await api.project(projectId)) ?? {};
      const list = project ? ipsOf(project) : [];
      const ips = list.filter((range) => entries.has(canonicalRange(range)));
      if (ips.length === 0 || ips.length === list.length) return undefined;
      const scope = project?.settings?.allowed_ips?.protected_branches_only ?? false;
      return { project: { settings: { allowed_ips: { ips, protected_branches_only: scope } } } };
    },
    { anywhere: false },
  );
