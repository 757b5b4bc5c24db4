import * as sdk from "@neon/sdk/raw";
import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "../../contract/errors.js";
import { VpcEndpointDetails, VpcEndpointsResponse, VpcEndpointsWithRegionResponse } from "../../contract/wire/vpcEndpoint.js";
import { PathChallengeResponse } from "../../contract/wire/pathChallenge.js";
import { catchNotFound, type Calls } from "./calls.js";

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

const CHALLENGES = "/x-palisade/projects/{project_id}/path_challenges";

export function createVpcCalls(calls: Calls) {
  const { client } = calls;
  const path = ({ orgId, regionId, endpointId }: EndpointAddress) => ({ org_id: orgId, region_id: regionId, vpc_endpoint_id: endpointId });
  const findAssigned = (id: EndpointAddress) =>
    catchNotFound(calls.ask(VpcEndpointDetails, sdk.getOrganizationVpcEndpointDetails({ client, path: path(id) })));
  /** undefined when the project does not exist. */
  const restrictions = async (projectId: string) =>
    (await catchNotFound(calls.ask(VpcEndpointsResponse, sdk.listProjectVpcEndpoints({ client, path: { project_id: projectId } }))))
      ?.endpoints;

  const challengeIn = async (call: Promise<unknown>) => (await calls.ask(PathChallengeResponse, call)).path_challenge;
  const atChallenge = (projectId: string, challenge: string) => ({
    url: `${CHALLENGES}/{challenge}`,
    path: { project_id: projectId, challenge },
  });

  return {
    findAssigned,
    listRestrictions: restrictions,

    /** Those of an organisation in every region. */
    listAssigned: (orgId: string) =>
      calls.ask(VpcEndpointsWithRegionResponse, sdk.listOrganizationVpcEndpointsAllRegions({ client, path: { org_id: orgId } })),

    /** Makes or renames. */
    assign: (id: EndpointAddress, label: string) =>
      calls.ask(undefined, sdk.assignOrganizationVpcEndpoint({ client, path: path(id), body: { label } })),

    /** For ever: Neon lets no removed endpoint return. */
    release: (id: EndpointAddress) => catchNotFound(calls.ask(undefined, sdk.deleteOrganizationVpcEndpoint({ client, path: path(id) }))),

    /**
     * Until the connection is accepted. @param tell takes the state whenever it is another
     * @throws PAL_ENDPOINT_REFUSED as soon as it was rejected or has failed; PAL_GONE when nobody has it any more; PAL_DEADLINE after 15 minutes
     */
    async waitUntilAccepted(id: EndpointAddress, tell: (state: string) => void = () => undefined): Promise<void> {
      const deadline = Date.now() + ACCEPTED_DEADLINE_MS;
      for (let last: string | undefined; ;) {
        const found = await findAssigned(id);
        if (found === undefined) throw new PalisadeError("PAL_GONE", `private endpoint ${id.endpointId} was deleted outside of Pulumi`);
        const { state, reason } = found;
        if (state === "accepted") return;
        if (state === "rejected" || state === "failed")
          throw new PalisadeError("PAL_ENDPOINT_REFUSED", `${id.endpointId} is ${state}${reason === undefined ? "" : `: ${reason}`}`);
        if (state !== last) tell(state);
        last = state;
        if (Date.now() > deadline) throw new PalisadeError("PAL_DEADLINE", `private endpoint ${id.endpointId} is not accepted yet`);
        await sleep(ACCEPTED_STEP_MS, undefined, calls.signal && { signal: calls.signal }).catch(() => {
          throw new PalisadeError("PAL_CANCELLED", `private endpoint ${id.endpointId} was not accepted yet`);
        });
      }
    },

    /** Of the embedded plane alone: makes a challenge that proves a private path. */
    createChallenge: (projectId: string) => challengeIn(client.post({ url: CHALLENGES, path: { project_id: projectId } })),

    /** @throws PAL_NOT_FOUND where it is over, used, or of another project */
    getChallenge: (projectId: string, challenge: string) => challengeIn(client.get(atChallenge(projectId, challenge))),

    /** Uses it up. @throws PAL_NOT_FOUND where it is over, used, or of another project */
    useChallenge: (projectId: string, challenge: string) => challengeIn(client.delete(atChallenge(projectId, challenge))),

    /** Makes or renames. */
    restrict: (projectId: string, vpcEndpointId: string, label: string) =>
      calls.runSerially(projectId, () =>
        calls.ask(
          undefined,
          sdk.assignProjectVpcEndpoint({ client, path: { project_id: projectId, vpc_endpoint_id: vpcEndpointId }, body: { label } }),
        ),
      ),

    /**
     * The last restriction of a project keeps every other endpoint of the organisation out: it goes only when the program says `allowAll`.
     * Looked at in the project's turn, or two removals would each take the other for the one that stays.
     */
    liftRestriction: (projectId: string, vpcEndpointId: string, { allowAll }: { allowAll: boolean }) =>
      calls.runSerially(projectId, async () => {
        const others = ((await restrictions(projectId)) ?? []).filter((endpoint) => endpoint.vpc_endpoint_id !== vpcEndpointId);
        if (others.length === 0 && !allowAll) throw new PalisadeError("PAL_LAST_RESTRICTION", `${vpcEndpointId} of project ${projectId}`);
        const path = { project_id: projectId, vpc_endpoint_id: vpcEndpointId };
        await calls.ask(undefined, sdk.deleteProjectVpcEndpoint({ client, path }));
      }),
  };
}
