import { isNeonHost } from "../../../contract/account.js";
import { ERRORS, PalisadeError } from "../../../contract/errors.js";
import type { EndpointAddress } from "../../client/vpc.js";
import { defineResource, type NeonContext } from "../shared/context.js";
import { findEndpointId } from "../shared/vpcEndpoint.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire } from "./wire.js";

export const privateEndpoint = defineResource({
  kind: "PrivateEndpoint",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{orgId}/{regionId}/{endpointId}",
  declares: "its object",
  follows: { create: [], remove: ["VpcEndpointRestriction"] },

  explainUnsupportedHost: (host, { azureResourceGuid }) =>
    azureResourceGuid !== undefined && isNeonHost(host)
      ? `azureResourceGuid: ${ERRORS.PAL_EXTENSION.summary}. ${ERRORS.PAL_EXTENSION.remedy} [PAL_EXTENSION]`
      : undefined,

  async observe({ api }, id, recorded) {
    const found = await api.vpc.findAssigned(id);
    return found && fromWire(found, id, recorded);
  },

  async proveGone({ api }, { orgId }) {
    await api.getOrganization(orgId);
  },

  async findByName(neon, wanted) {
    const id = await resolveAddress(neon, wanted);
    return (await neon.api.vpc.findAssigned(id)) && id;
  },

  async create(neon, wanted) {
    const id = await resolveAddress(neon, wanted);
    await neon.api.vpc.assign(id, wanted.label);
    return { id, settle: () => (wanted.waitForAccepted ? waitForAcceptance(neon, id) : Promise.resolve()) };
  },

  async update(neon, id, { label, waitForAccepted }, changed) {
    if (changed.has("label")) await neon.api.vpc.assign(id, label);
    if (waitForAccepted) await waitForAcceptance(neon, id);
    return undefined;
  },

  async remove({ api }, id, { release }) {
    if (release === true) await api.vpc.release(id);
  },
});

const waitForAcceptance = ({ api, onProgress: progress }: NeonContext, id: EndpointAddress): Promise<void> =>
  api.vpc.waitUntilAccepted(id, (state) =>
    progress?.(`private endpoint ${id.endpointId} is ${state}: waiting until it is accepted, 15 minutes at most`),
  );

async function resolveAddress(
  { orgId }: NeonContext,
  wanted: { orgId?: string | undefined; regionId: string; vpcEndpointId?: string | undefined; azureResourceGuid?: string | undefined },
): Promise<EndpointAddress> {
  const endpointId = findEndpointId(wanted);
  if (endpointId === undefined) throw new PalisadeError("PAL_INTERNAL", "a PrivateEndpoint names no endpoint");
  return { orgId: wanted.orgId ?? (await orgId()), regionId: wanted.regionId, endpointId };
}
