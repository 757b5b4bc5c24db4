import { z } from "zod";
import { assertKeyName, parseVaultUrl } from "../../../contract/customerKeys.js";
import type { Rule } from "../../engine/define.js";
import type { ChangeRule, LifecycleReview } from "../../engine/review.js";
import { createCheckedSchema } from "../shared/fields.js";
import { REPLACES, UNMANAGED } from "../shared/reviewRules.js";

export const doc =
  "When a key of Azure Key Vault is rotated. Azure's resource manager makes a key with a policy and changes it never again, so this goes to the vault itself, as the identity that runs Pulumi (DefaultAzureCredential), which needs the role Key Vault Crypto Officer at the key. It needs the packages @azure/identity and @azure/keyvault-keys. Destroying the resource leaves the policy as it is.";

/** Azure's own bounds, in days: learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation */
const [LEAST_ROTATION, LEAST_EXPIRY, LEAST_BETWEEN, MOST] = [7, 28, 7, 3_650];

const ROTATION_WORDS = `must be "never" or a whole number of days from ${LEAST_ROTATION} to ${MOST}`;

const rankDays = (days: unknown): number => (days === "never" ? Infinity : Number(days));

const RARER: ChangeRule = {
  rule: "encryption-weakened",
  severity: "medium",
  direction: "opens",
  when: (before, after, existed) => existed && before !== undefined && after !== undefined && rankDays(after) > rankDays(before),
  message: "The key is rotated less often, or by hand alone.",
  remedy: "Keep the shorter time.",
};

export const inputs = z.object({
  vaultUrl: createCheckedSchema(parseVaultUrl).meta({
    description: "Address of the vault: `https://NAME.vault.azure.net`.",
    idPart: "vaultHost",
    canonical: (text: string) => text.toLowerCase().replace(/\/$/, ""),
    onChange: "replace",
    review: REPLACES,
  }),
  keyName: createCheckedSchema(assertKeyName).meta({
    description: "Name of the key, without a version.",
    canonical: (text: string) => text.toLowerCase(),
    onChange: "replace",
    review: REPLACES,
  }),
  rotateAfterDays: z
    .union([z.literal("never"), z.number()], { error: ROTATION_WORDS })
    .refine((days) => days === "never" || (Number.isInteger(days) && days >= LEAST_ROTATION && days <= MOST), ROTATION_WORDS)
    .meta({ description: "Days after which a version is followed by a new one; `never` for by hand alone.", review: RARER }),
  expireAfterDays: z
    .number()
    .int("must be a whole number")
    .min(LEAST_EXPIRY, `must be at least ${LEAST_EXPIRY}`)
    .max(MOST, `must be at most ${MOST}`)
    .optional()
    .meta({
      description: "Days after which a version expires: it then wraps no more and still unwraps. Versions do not expire when omitted.",
      whenOmitted: "cleared",
      review: { silent: "an expired version wraps nothing new, and opens what it has wrapped" },
    }),
});

export const rules: Rule[] = [
  {
    needs: ["rotateAfterDays", "expireAfterDays"],
    property: "expireAfterDays",
    holds: ({ rotateAfterDays: rotate, expireAfterDays: expire }) =>
      typeof rotate !== "number" || expire === undefined || Number(expire) - rotate >= LEAST_BETWEEN,
    message: `must be at least ${LEAST_BETWEEN} days more than rotateAfterDays, or the key expires before it is rotated`,
  },
];

export const review: LifecycleReview = {
  onDelete: () => ({ ...UNMANAGED, message: "The rotation policy stays as it is, and nothing declares it any more." }),
  identityInputs: ["vaultUrl", "keyName"],
};

export const outputs = z.object({});
