import { PalisadeError } from "../../contract/errors.js";
import { endpointServicesOf } from "../../contract/privateNetworking.js";
import type { Neon } from "./context.js";
import { assertPathProved, type PathProof } from "./pathAttestation.js";

/** What the program itself says of being locked out. */
export interface LockOutConsent {
  readonly acceptLockOut?: boolean | undefined;
  readonly pathAttestation?: PathProof | undefined;
}

/** What is about to close a way in: public access, or, with the endpoint's id, private access for every other one. */
export type Closing = "public access" | { readonly restrictTo: string };

/**
 * Refuses to close what may be the last way in: unless a private endpoint is accepted for every endpoint service of the project's region, and
 * the project admits it, or an attestation proves a path. The API does not tell which service an endpoint is of, so they are counted.
 * @throws PAL_PATH_UNPROVED; PAL_LOCK_OUT naming what is missing, endpoint by endpoint
 */
export async function assertNoLockOut(neon: Neon, projectId: string, closing: Closing, consent: LockOutConsent): Promise<void> {
  const { api, orgId } = neon;
  if (consent.acceptLockOut === true) return;
  const { project } = (await api.project(projectId)) ?? {};
  if (!project || isMoot(project.settings, closing)) return;
  if (consent.pathAttestation) return assertPathProved(neon, projectId, consent.pathAttestation, Date.now());
  const { region_id: regionId } = project;
  const org = project.org_id ?? (await orgId());
  const restrictions = (await api.vpc.restrictions(projectId))?.map((endpoint) => endpoint.vpc_endpoint_id) ?? [];
  // A further restriction lets one more in.
  if (closing !== "public access" && restrictions.length > 0) return;
  const missing: string[] = [];
  const services = endpointServicesOf(regionId)?.length;
  if (services === undefined) missing.push(`region ${regionId} has no private networking`);
  if (project.settings?.block_vpc_connections) missing.push("private endpoints are blocked (privateEndpoints)");
  const assigned = (await api.vpc.assignedTo(org)).endpoints.filter((endpoint) => endpoint.region_id === regionId);
  let accepted = 0;
  for (const { vpc_endpoint_id: endpointId } of assigned) {
    const state = (await api.vpc.assigned({ orgId: org, regionId, endpointId }))?.state;
    const isAdmitted = restrictions.length === 0 || restrictions.includes(endpointId);
    if (state === "accepted" && isAdmitted) accepted++;
    else
      missing.push(
        `${endpointId} ${state === "accepted" ? "is not among those that the project is restricted to" : `is ${state ?? "gone"}`}`,
      );
  }
  if (closing !== "public access" && !assigned.some((endpoint) => endpoint.vpc_endpoint_id === closing.restrictTo))
    missing.push(`${closing.restrictTo} is not assigned to the organisation in ${regionId}`);
  const isCovered = services !== undefined && accepted >= services && !project.settings?.block_vpc_connections;
  if (isCovered && !leadsNowhere(closing, missing)) return;
  if (services !== undefined && accepted < services)
    missing.unshift(
      `${accepted} of ${services} endpoint services of ${regionId} ${services === 1 ? "has" : "have"} an accepted private endpoint`,
    );
  throw new PalisadeError("PAL_LOCK_OUT", `project ${projectId}: ${missing.join("; ")}`);
}

type Settings = { block_public_connections?: boolean | undefined; block_vpc_connections?: boolean | undefined } | undefined;

/** Nobody is locked out by closing what is closed. */
const isMoot = (settings: Settings, closing: Closing): boolean =>
  closing === "public access" ? settings?.block_public_connections === true : settings?.block_vpc_connections === true;

/** Whether the endpoint that is to be the only one is itself among what is missing. */
const leadsNowhere = (closing: Closing, missing: readonly string[]): boolean =>
  closing !== "public access" && missing.some((text) => text.startsWith(`${closing.restrictTo} `));
