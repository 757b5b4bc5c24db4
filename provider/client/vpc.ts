import * as sdk from "@neon/sdk/raw";
import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import { VpcEndpointDetails, VpcEndpointsResponse, VpcEndpointsWithRegionResponse } from "../../contract/wire/vpcEndpoint.js";
import { absent, type Calls } from "./calls.js";

/** Where the API has an endpoint of an organisation. */
export interface EndpointAddress {
  orgId: string;
  regionId: string;
  /** `vpce-…` of AWS, or the `resourceGuid` of an Azure private endpoint. */
  endpointId: string;
}

/** Neon accepts by itself, usually in minutes; ours. */
const ACCEPTED_DEADLINE_MS = 15 * 60_000;
const ACCEPTED_STEP_MS = 2_000;

export function vpcCalls(calls: Calls) {
  const { client } = calls;
  const path = ({ orgId, regionId, endpointId }: EndpointAddress) => ({ org_id: orgId, region_id: regionId, vpc_endpoint_id: endpointId });
  const assigned = (id: EndpointAddress) =>
    absent(calls.ask(VpcEndpointDetails, sdk.getOrganizationVpcEndpointDetails({ client, path: path(id) })));
  /** undefined when the project does not exist. */
  const restrictions = async (projectId: string) =>
    (await absent(calls.ask(VpcEndpointsResponse, sdk.listProjectVpcEndpoints({ client, path: { project_id: projectId } }))))?.endpoints;

  return {
    assigned,
    restrictions,

    /** Those of an organisation in every region. */
    assignedTo: (orgId: string) =>
      calls.ask(VpcEndpointsWithRegionResponse, sdk.listOrganizationVpcEndpointsAllRegions({ client, path: { org_id: orgId } })),

    /** Makes or renames. */
    assign: (id: EndpointAddress, label: string) =>
      calls.ask(undefined, sdk.assignOrganizationVpcEndpoint({ client, path: path(id), body: { label } })),

    /** For ever: Neon lets no removed endpoint return. */
    release: (id: EndpointAddress) => calls.ask(undefined, sdk.deleteOrganizationVpcEndpoint({ client, path: path(id) })),

    /** Until Neon has accepted the connection. */
    async accepted(id: EndpointAddress): Promise<void> {
      const deadline = Date.now() + ACCEPTED_DEADLINE_MS;
      while ((await assigned(id))?.state !== "accepted") {
        if (Date.now() > deadline) throw new PalisadeError("PAL_DEADLINE", `VPC endpoint ${id.endpointId} is not accepted yet`);
        await sleep(ACCEPTED_STEP_MS, undefined, calls.signal && { signal: calls.signal }).catch(() => {
          throw new PalisadeError("PAL_CANCELLED", `VPC endpoint ${id.endpointId} was not accepted yet`);
        });
      }
    },

    /** Makes or renames. */
    restrict: (projectId: string, vpcEndpointId: string, label: string) =>
      calls.turn(projectId, () =>
        calls.ask(
          undefined,
          sdk.assignProjectVpcEndpoint({ client, path: { project_id: projectId, vpc_endpoint_id: vpcEndpointId }, body: { label } }),
        ),
      ),

    /**
     * The last restriction of a project keeps every other endpoint of the organisation out: it goes only when the program says `allowAll`.
     * Looked at in the project's turn, or two removals would each take the other for the one that stays.
     */
    lift: (projectId: string, vpcEndpointId: string, { allowAll }: { allowAll: boolean }) =>
      calls.turn(projectId, async () => {
        const others = ((await restrictions(projectId)) ?? []).filter((endpoint) => endpoint.vpc_endpoint_id !== vpcEndpointId);
        if (others.length === 0 && !allowAll) throw new PalisadeError("PAL_LAST_RESTRICTION", `${vpcEndpointId} of project ${projectId}`);
        const path = { project_id: projectId, vpc_endpoint_id: vpcEndpointId };
        await calls.ask(undefined, sdk.deleteProjectVpcEndpoint({ client, path }));
      }),
  };
}
