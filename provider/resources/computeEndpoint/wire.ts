import type { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import type { Endpoint, EndpointCreateRequest, EndpointUpdateRequest } from "../../../contract/wire/endpoint.js";
import type { Proxy } from "../../client/organisation.js";
import type { Bag, Mark, Observed } from "../../engine/define.js";
import { fromComputeSettings, toComputeSettings } from "../compute.js";
import { connectionTo } from "../connection.js";
import { defined } from "../context.js";
import { fromMarkName, toMarkName } from "../markName.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

const toSettings = (c: Inputs) => c.settings && { pg_settings: c.settings.pgSettings };

export const toCreate = (c: Inputs, mark: Mark): EndpointCreateRequest => ({
  endpoint: {
    branch_id: lastPart(c.branchId),
    type: c.type,
    name: toMarkName(mark),
    ...toComputeSettings(c),
    ...defined({ disabled: c.disabled, settings: toSettings(c) }),
  },
});

/** Only what differs goes on the wire. */
export const toUpdate = (c: Inputs, changed: ReadonlySet<string>): EndpointUpdateRequest => ({
  endpoint: {
    ...toComputeSettings(Object.fromEntries(Object.entries(c).filter(([name]) => changed.has(name)))),
    ...defined({
      disabled: changed.has("disabled") ? c.disabled : undefined,
      settings: changed.has("settings") ? toSettings(c) : undefined,
    }),
  },
});

export const fromWire = (compute: Endpoint, proxy: Proxy, recorded: Bag): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(compute.project_id),
    branchId: compute.branch_id,
    type: compute.type === "read_only" ? "read_only" : "read_write",
    ...fromComputeSettings(compute),
    disabled: compute.disabled,
    settings: { pgSettings: compute.settings.pg_settings ?? {} },
  },
  outputs: connectionTo(compute, proxy),
  mark: fromMarkName(compute.name, recorded["managedBy"] as string),
});
