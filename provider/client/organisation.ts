import { PalisadeError } from "../../contract/errors.js";
import type { ProxyFacts } from "../../contract/wire/planeStatus.js";
import type { NeonApi } from "./api.js";
import type { Account } from "../../contract/account.js";

/** The organisation that the key works in: the configured one when the key sees it, else the only one. */
export async function resolveOrganisation(
  api: Pick<NeonApi, "listOrganizations">,
  { orgId, apiUrl }: Pick<Account, "orgId" | "apiUrl">,
): Promise<string> {
  const seen = (await api.listOrganizations()).organizations.map(({ id }) => id);
  if (orgId !== undefined) {
    if (!seen.includes(orgId)) throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `${orgId} at ${apiUrl}`);
    return orgId;
  }
  const [only] = seen;
  if (only === undefined) throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `none at ${apiUrl}`);
  if (seen.length > 1) throw new PalisadeError("PAL_ORG_AMBIGUOUS", `${seen.join(", ")} at ${apiUrl}`);
  return only;
}

/** Where computes are reached. */
export interface ProxyAddress {
  readonly port: number;
  /** The authority that signs its certificates, as the path of a PEM file; undefined for a public one. */
  readonly rootCert: string | undefined;
}

const NEON_PORT = 5432;

/** Of the API that answered: an embedded plane says its own, everything else is Neon. */
export const toProxyAddress = (facts: ProxyFacts | undefined): ProxyAddress => ({
  port: facts?.port ?? NEON_PORT,
  rootCert: facts?.root_cert,
});
