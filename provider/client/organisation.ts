import { PalisadeError } from "../../contract/errors.js";
import type { NeonApi } from "./api.js";
import type { Account } from "../../contract/account.js";

/** The organisation that the key works in: the configured one when the key sees it, else the only one. */
export async function organisationOf(api: NeonApi, { orgId, apiUrl }: Pick<Account, "orgId" | "apiUrl">): Promise<string> {
  const seen = (await api.organizations()).organizations.map(({ id }) => id);
  if (orgId !== undefined) {
    if (!seen.includes(orgId)) throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `${orgId} at ${apiUrl}`);
    return orgId;
  }
  const [only] = seen;
  if (only === undefined) throw new PalisadeError("PAL_ORG_NOT_VISIBLE", `none at ${apiUrl}`);
  if (seen.length > 1) throw new PalisadeError("PAL_ORG_AMBIGUOUS", `${seen.join(", ")} at ${apiUrl}`);
  return only;
}
