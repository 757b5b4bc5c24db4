import { z } from "zod";
import { assertKeyName, assertRoleArn, parseKeyArn, parseVaultUrl } from "../../../contract/customerKeys.js";
import { ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import type { ChangeRule, LifecycleReview } from "../../engine/review.js";
import { createCheckedSchema, createEnumSchema } from "../shared/fields.js";
import { isChanged, LOCKED, RELEASED } from "../shared/reviewRules.js";

export const doc =
  "A project's own key at AWS KMS or Azure Key Vault, under which the embedded plane seals the project's data at rest. Whoever may disable the key can end the use of the data. Another key, or one of another cloud, is an update: everything is put under it before the update ends. An extension: Neon's API has no customer-managed keys, and a stack of Neon itself is refused.";

/** Of a KMS key the role is no part of what it is. */
const OTHER_KEY: ChangeRule = {
  rule: "encryption-key-changed",
  severity: "medium",
  direction: "neutral",
  when: (before, after, existed) => existed && JSON.stringify(before) !== JSON.stringify(after),
  message: "Data at rest is put under another key: whoever holds the key before loses the power to end its use.",
  remedy: "Approve it if you know whose key it is. Keep the key before until the update has ended.",
};

const awsKms = z
  .strictObject({
    keyArn: createCheckedSchema(parseKeyArn).meta({
      description: "`arn:aws:kms:REGION:ACCOUNT:key/ID`. No alias: that could be moved to another key.",
    }),
    roleArn: createCheckedSchema(assertRoleArn).optional().meta({
      description:
        "Role of the key's owner that the plane assumes to use it; its trust policy must demand the `sts:ExternalId` of the organisation. The plane's own identity, which its operator must have allowed, when omitted.",
      whenOmitted: "cleared",
    }),
  })
  .optional();

const azureKeyVault = z
  .strictObject({
    vaultUrl: createCheckedSchema(parseVaultUrl).meta({
      description: "Address of the vault: `https://NAME.vault.azure.net`.",
      canonical: (text: string) => text.toLowerCase().replace(/\/$/, ""),
    }),
    keyName: createCheckedSchema(assertKeyName).meta({
      description: "Name of an RSA key in the vault, without a version: the newest one wraps.",
      canonical: (text: string) => text.toLowerCase(),
    }),
  })
  .optional();

export const inputs = z.object({
  projectId: ProjectId.meta({
    refersTo: "project",
    description: "Project whose data is sealed under the key. A project has one.",
    onChange: "locked",
    review: LOCKED,
  }),
  awsKms: awsKms.meta({ description: "A key of AWS KMS. Exactly one of the two.", whenOmitted: "cleared", review: OTHER_KEY }),
  azureKeyVault: azureKeyVault.meta({
    description: "A key of Azure Key Vault. Exactly one of the two.",
    whenOmitted: "cleared",
    // Told with the other one, of which there is exactly one more or less.
    review: {
      ...OTHER_KEY,
      when: (before, after, existed) => before !== undefined && after !== undefined && OTHER_KEY.when(before, after, existed),
    },
  }),
  onRevoked: createEnumSchema(["suspend", "refuseStarts"])
    .default("suspend")
    .meta({
      description:
        "What happens once the key's owner refuses its use: `suspend` ends running computes, `refuseStarts` lets them run and starts none.",
      review: {
        rule: "encryption-weakened",
        severity: "medium",
        direction: "opens",
        when: (before, after) => isChanged(before, after, true) && after === "refuseStarts",
        message: "Running computes go on after the key is revoked: revocation no longer ends the use of the data.",
        remedy: 'Keep onRevoked: "suspend".',
      },
    }),
  rewrapAfterRotation: z
    .boolean()
    .default(true)
    .meta({
      description: "Whether everything is put under a new version of the key once there is one. AWS KMS does that by itself.",
      review: {
        rule: "encryption-weakened",
        severity: "medium",
        direction: "opens",
        when: (before, after) => before === true && after === false,
        message: "What is sealed stays under old versions of the key after it is rotated.",
        remedy: "Keep rewrapAfterRotation: true.",
      },
    }),
  release: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether the resource may be destroyed while its key cannot be used: what is sealed under it is then lost for ever.",
      review: {
        ...RELEASED,
        direction: "destroys",
        message: "Destroying the resource while its key cannot be used then gives up all data that is sealed under it.",
        remedy: "Leave release out until the loss is meant.",
      },
    }),
});

export const rules: Rule[] = [
  {
    needs: ["awsKms", "azureKeyVault"],
    property: "awsKms",
    holds: ({ awsKms: aws, azureKeyVault: azure }) => (aws === undefined) !== (azure === undefined),
    message: "or azureKeyVault must be there, and not both",
  },
];

export const review: LifecycleReview = {
  onCreate: () => ({
    rule: "encryption-key-added",
    severity: "low",
    direction: "closes",
    message: "Data at rest is put under the project's own key: whoever may disable that can end the use of the data.",
    remedy: "No action needed. Make sure that few may disable or delete the key.",
  }),
  onDelete: ({ release }) =>
    release === true
      ? {
          rule: "encryption-key-released",
          severity: "high",
          direction: "destroys",
          message: "Data at rest is put under the plane's own key; where the project's key cannot be used, that data is lost for ever.",
          remedy: "Leave release out.",
        }
      : {
          rule: "encryption-key-removed",
          severity: "medium",
          direction: "opens",
          message: "Data at rest is put under the plane's own key: disabling the project's key no longer ends its use.",
          remedy: "Keep the resource, or approve it if the project is to have no key of its own.",
        },
};

export const outputs = z.object({
  state: createEnumSchema(["active", "rotating", "unavailable", "revoked"]).meta({
    description:
      "`active`; `rotating` while everything is put under another key or version; `unavailable` when its service does not answer; `revoked` when its owner refuses its use.",
  }),
  reason: z.string().optional().meta({ description: "Why it is not `active`, in words." }),
  keyVersion: z.string().meta({
    description: "What new data is sealed under: an ARN, or a key identifier with its version.",
    derivedFrom: ["awsKms", "azureKeyVault"],
  }),
  lastCheckedAt: z.string().meta({ description: "When the plane last used the key to see whether it may (RFC 3339)." }),
  sealedObjects: z.number().meta({ description: "How many objects of the project are sealed." }),
});
