import { z } from "zod";
import { Timestamp } from "./common.js";

/** A key of AWS KMS: its ARN, and the role that the plane assumes to use it. */
export const AwsKmsKey = z.strictObject({ key_arn: z.string(), role_arn: z.string().optional() });
/** A key of Azure Key Vault. */
export const AzureKeyVaultKey = z.strictObject({ vault_url: z.string(), key_name: z.string() });

const settings = {
  /** Exactly one of the two is there. */
  aws_kms: AwsKmsKey.optional(),
  azure_key_vault: AzureKeyVaultKey.optional(),
  on_revoked: z.enum(["suspend", "refuse_starts"]),
  rewrap_after_rotation: z.boolean(),
  /** Whoever declares it; kept as it is given. */
  annotations: z.record(z.string(), z.string()).optional(),
};

/** `PUT /x-palisade/projects/{project_id}/customer_managed_key`: the embedded plane's own. Neon has no such call. */
export const CustomerManagedKeyRequest = z.strictObject(settings);
export type CustomerManagedKeyRequest = z.infer<typeof CustomerManagedKeyRequest>;

export const CustomerManagedKey = z.object({
  ...settings,
  project_id: z.string(),
  /**
   * `rotating`: keys are being put under the current key or its newest version; `unavailable`: its service does not answer;
   * `revoked`: its owner refuses its use.
   */
  state: z.enum(["active", "rotating", "unavailable", "revoked"]),
  /** Why it is not `active`, for people. */
  reason: z.string().optional(),
  /** Of new wrappings: an ARN, or a key identifier with its version. */
  key_version: z.string(),
  last_checked_at: Timestamp,
  /** Of the project, however they are kept. */
  sealed_objects: z.number().int(),
  /** Erasure keys of the project's branches, and those of them that are not yet under the current key. */
  erasure_keys: z.number().int(),
  erasure_keys_to_rewrap: z.number().int(),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type CustomerManagedKey = z.infer<typeof CustomerManagedKey>;

/** Answer of GET, PUT and DELETE. DELETE takes `?release=true`, which accepts that what is sealed cannot be opened any more. */
export const CustomerManagedKeyResponse = z.object({
  customer_managed_key: CustomerManagedKey,
  /** Of `?release=true`: the erasure keys that could not be opened and are no more, and with them what was sealed under them. */
  released_erasure_keys: z.number().int().optional(),
});

/** `GET /x-palisade/organizations/{org_id}/external_id`: what roles of this organisation's accounts must demand as `sts:ExternalId`. */
export const ExternalIdResponse = z.object({ external_id: z.string() });
