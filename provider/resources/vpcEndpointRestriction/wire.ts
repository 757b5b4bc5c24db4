import { ProjectId } from "../../../contract/ids.js";
import type { VpcEndpoint } from "../../../contract/wire/vpcEndpoint.js";
import type { Properties, Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

export const fromWire = (endpoint: VpcEndpoint, projectId: string, recorded: Properties): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(projectId),
    vpcEndpointId: endpoint.vpc_endpoint_id,
    label: endpoint.label,
    allowAll: recorded["allowAll"] === true,
    ...(recorded["acceptLockOut"] === true && { acceptLockOut: true as const }),
  },
  outputs: {},
});
