import { PalisadeError } from "../../../contract/errors.js";
import { findEndpointServices } from "../../../contract/privateNetworking.js";
import type { NeonContext } from "./context.js";
import type { NetworkChange } from "./network.js";
import { assertPathProved } from "./pathAttestation.js";
import type { PathProof } from "./pathProof.js";

/** What the program itself says of being locked out. */
export interface LockOutConsent {
  readonly acceptLockOut?: boolean | undefined;
  readonly pathAttestation?: PathProof | undefined;
}

/**
 * Refuses to close what may be the last way in, by what will be so after the update: unless a private endpoint that the project then admits is
 * accepted for every endpoint service of its region, or an attestation proves a path through such endpoints. The API does not tell which service
 * an endpoint is of, so they are counted. What cannot be read is no proof.
 * @throws PAL_PATH_UNPROVED; PAL_LOCK_OUT naming what is missing, endpoint by endpoint
 */
export async function assertNoLockOut(
  neon: NeonContext,
  projectId: string,
  closing: NetworkChange,
  consent: LockOutConsent,
): Promise<void> {
  if (consent.acceptLockOut === true) return;
  const before = await readNetwork(neon, projectId);
  const after = { blockPublic: closing.blockPublic ?? before.blockPublic, blockPrivate: closing.blockPrivate ?? before.blockPrivate };
  const closesPublic = after.blockPublic && !before.blockPublic;
  const closesPrivate = after.blockPublic && after.blockPrivate && !before.blockPrivate;
  const restricts = closing.restrictTo !== undefined && before.restrictions.length === 0 && !after.blockPrivate;
  if (!closesPublic && !closesPrivate && !restricts) return;
  const ways = await readPrivatePaths(neon, before);
  // Whom neither way let in before is locked out by neither.
  if (!closesPublic && closesPrivate && !ways.some(({ isOpen }) => isOpen)) return;
  if (after.blockPrivate) throw createLockOutError(projectId, ["private endpoints are blocked, too (privateEndpoints)"]);
  const services = findEndpointServices(before.regionId)?.length;
  const missing = ways.filter(({ isOpen }) => !isOpen).map(({ why }) => why);
  const open = ways.filter(({ isOpen }) => isOpen).map(({ endpointId }) => endpointId);
  if (consent.pathAttestation && !restricts) return assertPathProved(neon, projectId, consent.pathAttestation, { nowMs: Date.now(), open });
  if (services === undefined) missing.push(`region ${before.regionId} has no private networking`);
  const { restrictTo } = closing;
  const isNobodys = restrictTo !== undefined && !ways.some(({ endpointId }) => endpointId === restrictTo);
  if (isNobodys) missing.push(`${restrictTo} is not assigned to the organisation in ${before.regionId}`);
  const leadsNowhere = restrictTo !== undefined && !open.includes(restrictTo);
  if (services !== undefined && open.length >= services && !leadsNowhere) return;
  if (services !== undefined && open.length < services)
    missing.unshift(
      `${open.length} of ${services} endpoint services of ${before.regionId} ${services === 1 ? "has" : "have"} an accepted private endpoint`,
    );
  throw createLockOutError(projectId, missing);
}

/**
 * Refuses to lift the restriction that is the last one to lead in: where public access is blocked and none of the others is accepted.
 * @throws PAL_LOCK_OUT
 */
export async function assertPrivatePathLeft(
  neon: NeonContext,
  projectId: string,
  liftedId: string,
  { acceptLockOut }: LockOutConsent,
): Promise<void> {
  if (acceptLockOut === true) return;
  const before = await readNetwork(neon, projectId);
  // Without any restriction every endpoint gets in; what is blocked already is closed by no lift.
  if (before.restrictions.length < 2 || !before.blockPublic || before.blockPrivate) return;
  const ways = await readPrivatePaths(neon, before);
  const open = ways.filter(({ isOpen }) => isOpen).map(({ endpointId }) => endpointId);
  if (!open.includes(liftedId) || open.length > 1) return;
  const shut = ways.filter(({ endpointId, isOpen }) => !isOpen && before.restrictions.includes(endpointId));
  throw createLockOutError(projectId, [
    `${liftedId} is the only accepted private endpoint that it is restricted to`,
    ...shut.map(({ why }) => why),
  ]);
}

/** What the project says of its network now. */
interface LiveNetwork {
  readonly orgId: string;
  readonly regionId: string;
  readonly blockPublic: boolean;
  readonly blockPrivate: boolean;
  readonly restrictions: readonly string[];
}

async function readNetwork({ api, orgId }: NeonContext, projectId: string): Promise<LiveNetwork> {
  const { project } = (await api.findProject(projectId)) ?? {};
  const restrictions = await api.vpc.listRestrictions(projectId);
  if (!project || !restrictions) throw createLockOutError(projectId, ["its network cannot be read"]);
  return {
    orgId: project.org_id ?? (await orgId()),
    regionId: project.region_id,
    blockPublic: project.settings?.block_public_connections === true,
    blockPrivate: project.settings?.block_vpc_connections === true,
    restrictions: restrictions.map((endpoint) => endpoint.vpc_endpoint_id),
  };
}

/** A private endpoint of the project's region: whether a connection through it gets in, and if not, why. */
interface PrivatePath {
  readonly endpointId: string;
  readonly isOpen: boolean;
  readonly why: string;
}

async function readPrivatePaths({ api }: NeonContext, { orgId, regionId, restrictions }: LiveNetwork): Promise<PrivatePath[]> {
  const assigned = (await api.vpc.listAssigned(orgId)).endpoints.filter((endpoint) => endpoint.region_id === regionId);
  return Promise.all(
    assigned.map(async ({ vpc_endpoint_id: endpointId }) => {
      const isAdmitted = restrictions.length === 0 || restrictions.includes(endpointId);
      const state = isAdmitted ? (await api.vpc.findAssigned({ orgId, regionId, endpointId }))?.state : "not asked";
      const why = isAdmitted ? `is ${state ?? "gone"}` : "is not among those that the project is restricted to";
      return { endpointId, isOpen: state === "accepted", why: `${endpointId} ${why}` };
    }),
  );
}

const createLockOutError = (projectId: string, missing: readonly string[]) =>
  new PalisadeError("PAL_LOCK_OUT", `project ${projectId}: ${missing.join("; ")}`);
