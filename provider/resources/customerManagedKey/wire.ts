import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { CustomerManagedKey, CustomerManagedKeyRequest } from "../../../contract/wire/customerManagedKey.js";
import type { Properties, OwnershipTag, Observed } from "../../engine/define.js";
import { fromAnnotation, toAnnotation } from "../shared/context.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

const ON_REVOKED = { suspend: "suspend", refuseStarts: "refuse_starts" } as const;

/** @param mark undefined: the key was adopted, and nobody has said whose it is */
export const toRequest = (
  { awsKms, azureKeyVault, onRevoked, rewrapAfterRotation }: Inputs,
  mark: OwnershipTag | undefined,
): CustomerManagedKeyRequest => ({
  ...omitUndefined({
    aws_kms: awsKms && { key_arn: awsKms.keyArn, ...omitUndefined({ role_arn: awsKms.roleArn }) },
    azure_key_vault: azureKeyVault && { vault_url: azureKeyVault.vaultUrl, key_name: azureKeyVault.keyName },
    annotations: mark && toAnnotation(mark),
  }),
  on_revoked: ON_REVOKED[onRevoked],
  rewrap_after_rotation: rewrapAfterRotation,
});

export const findOwnershipTag = ({ annotations }: CustomerManagedKey): OwnershipTag | undefined =>
  fromAnnotation(annotations && { value: annotations });

export const fromWire = (key: CustomerManagedKey, recorded: Properties): Observed<typeof inputs, typeof outputs> => {
  const { aws_kms: aws, azure_key_vault: azure } = key;
  return {
    inputs: omitUndefined({
      projectId: ProjectId.parse(key.project_id),
      awsKms: aws && { keyArn: aws.key_arn, ...omitUndefined({ roleArn: aws.role_arn }) },
      azureKeyVault: azure && { vaultUrl: azure.vault_url, keyName: azure.key_name },
      onRevoked: key.on_revoked === "suspend" ? ("suspend" as const) : ("refuseStarts" as const),
      rewrapAfterRotation: key.rewrap_after_rotation,
      // Said by the program alone.
      release: recorded["release"] === true,
    }),
    outputs: omitUndefined({
      state: key.state,
      reason: key.reason,
      keyVersion: key.key_version,
      lastCheckedAt: key.last_checked_at,
      sealedObjects: key.sealed_objects,
    }),
    ownershipTag: findOwnershipTag(key),
  };
};
