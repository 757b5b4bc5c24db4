import { z } from "zod";
import type { LifecycleReview } from "../../engine/review.js";
import { createNameSchema, createBranchFields } from "../shared/fields.js";
import { DATA_DESTROYED } from "../shared/reviewRules.js";
import { createExpirySchema, createPastMomentSchema } from "../shared/timeFields.js";

export const doc =
  "What a root branch held at one moment, kept apart from the branch until it is deleted or expires. Restoring it is not Pulumi's business: it gives the branch another id (`palisade rebind`).";

export const inputs = z.object({
  ...createBranchFields("data"),
  name: createNameSchema("Name of the snapshot."),
  from: createPastMomentSchema("branch", "The"),
  expiresAt: createExpirySchema("snapshot"),
});

export const review: LifecycleReview = {
  onDelete: () => ({
    ...DATA_DESTROYED,
    message: "The snapshot is deleted: what only it held cannot be restored.",
    remedy: "Keep the resource.",
  }),
};

export const outputs = z.object({
  createdAt: z.string().meta({ description: "When it was made (RFC 3339)." }),
});
