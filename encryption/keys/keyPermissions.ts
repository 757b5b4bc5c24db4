import { createHmac } from "node:crypto";
import { canonicalizeKeyReference } from "../../contract/customerKeys.js";
import { PalisadeError } from "../../contract/errors.js";

/** What the operator of the plane lets one organisation use the plane's own identity for. */
export interface AllowedKey {
  readonly organization: string;
  /** An ARN, or `https://NAME.vault.azure.net/keys/NAME`. */
  readonly key: string;
}

/**
 * Whoever names a key must not spend the plane's own power on it: its identity in a cloud may well be able to use keys of its operator and of other
 * organisations. So it uses a key for those organisations only that the operator allowed it for. A role needs no such permission: the owner of the
 * role trusts the plane for one organisation, by the external id that the plane issued to it.
 */
export class KeyPermissions {
  private readonly allowed: ReadonlySet<string>;

  /** @throws PAL_CMK_REFERENCE for a key that is none of the two forms */
  constructor(allowed: readonly AllowedKey[]) {
    this.allowed = new Set(allowed.map(({ organization, key }) => formatAllowance(organization, canonicalizeKeyReference(key))));
  }

  /** @throws PAL_CMK_NOT_ALLOWED */
  assertAllowed(organization: string, reference: string): void {
    if (this.allowed.has(formatAllowance(organization, canonicalizeKeyReference(reference)))) return;
    throw new PalisadeError("PAL_CMK_NOT_ALLOWED", `${reference} for ${organization}`);
  }
}

const formatAllowance = (organization: string, reference: string): string => JSON.stringify([organization, reference]);

/**
 * What a role of a tenant's account must demand as `sts:ExternalId`: one for each organisation, so that no organisation can have the plane assume
 * a role that trusts it for another one. It is no secret, but nobody chooses it.
 * @param secret of this plane, 32 bytes
 */
export const issueExternalId = (secret: Uint8Array, organization: string): string =>
  `palisade-${createHmac("sha256", secret).update(organization).digest("hex").slice(0, 40)}`;
