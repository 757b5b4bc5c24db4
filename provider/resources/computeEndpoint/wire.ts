import type { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Endpoint, EndpointCreateRequest, EndpointUpdateRequest } from "../../../contract/wire/endpoint.js";
import type { ProxyAddress } from "../../client/organisation.js";
import type { Properties, OwnershipTag, Observed } from "../../engine/define.js";
import { fromComputeSettings, toComputeSettings } from "../shared/compute.js";
import { buildConnection } from "../shared/connection.js";
import { fromTagName, toTagName } from "../shared/ownershipTagName.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

const toSettings = (c: Inputs) => c.settings && { pg_settings: c.settings.pgSettings };

export const toCreate = (c: Inputs, mark: OwnershipTag): EndpointCreateRequest => ({
  endpoint: {
    branch_id: getLastPart(c.branchId),
    type: c.type,
    name: toTagName(mark),
    ...toComputeSettings(c),
    ...omitUndefined({ disabled: c.disabled, settings: toSettings(c) }),
  },
});

/** Only what differs goes on the wire. */
export const toUpdate = (c: Inputs, changed: ReadonlySet<string>): EndpointUpdateRequest => ({
  endpoint: {
    ...toComputeSettings(Object.fromEntries(Object.entries(c).filter(([name]) => changed.has(name)))),
    ...omitUndefined({
      disabled: changed.has("disabled") ? c.disabled : undefined,
      settings: changed.has("settings") ? toSettings(c) : undefined,
    }),
  },
});

export const fromWire = (compute: Endpoint, proxy: ProxyAddress, recorded: Properties): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(compute.project_id),
    branchId: compute.branch_id,
    type: compute.type === "read_only" ? "read_only" : "read_write",
    ...fromComputeSettings(compute),
    disabled: compute.disabled,
    settings: { pgSettings: compute.settings.pg_settings ?? {} },
  },
  outputs: buildConnection(compute, proxy),
  ownershipTag: fromTagName(compute.name, recorded["managedBy"] as string),
});
