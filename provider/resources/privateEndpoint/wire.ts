import type { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { VpcEndpointDetails } from "../../../contract/wire/vpcEndpoint.js";
import type { Properties, Observed } from "../../engine/define.js";
import { toEndpointInput } from "../shared/vpcEndpoint.js";
import type { inputs, outputs } from "./schema.js";

export const fromWire = (
  endpoint: z.output<typeof VpcEndpointDetails>,
  { orgId, regionId }: { orgId: string; regionId: string },
  recorded: Properties,
): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    orgId: OrgId.parse(orgId),
    regionId,
    ...toEndpointInput(endpoint.vpc_endpoint_id),
    label: endpoint.label,
    // Said by the program alone.
    waitForAccepted: recorded["waitForAccepted"] === true,
    release: recorded["release"] === true,
  },
  outputs: omitUndefined({ state: endpoint.state, reason: endpoint.reason, restrictedProjectCount: endpoint.num_restricted_projects }),
});
