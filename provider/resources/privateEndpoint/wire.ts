import type { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import type { VpcEndpointDetails } from "../../../contract/wire/vpcEndpoint.js";
import type { Bag, Observed } from "../../engine/define.js";
import { defined } from "../context.js";
import { namedEndpoint } from "../vpcEndpoint.js";
import type { inputs, outputs } from "./schema.js";

export const fromWire = (
  endpoint: z.output<typeof VpcEndpointDetails>,
  { orgId, regionId }: { orgId: string; regionId: string },
  recorded: Bag,
): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    orgId: OrgId.parse(orgId),
    regionId,
    ...namedEndpoint(endpoint.vpc_endpoint_id),
    label: endpoint.label,
    // Said by the program alone.
    waitForAccepted: recorded["waitForAccepted"] === true,
    release: recorded["release"] === true,
  },
  outputs: defined({ state: endpoint.state, reason: endpoint.reason, restrictedProjectCount: endpoint.num_restricted_projects }),
});
