import { z } from "zod";
import type { LifeReview } from "../../engine/review.js";
import { givenName, inBranch } from "../fields.js";
import { DATA_DESTROYED } from "../reviewRules.js";
import { expiry, pastMoment } from "../moment.js";

export const doc =
  "What a root branch held at one moment, kept apart from the branch until it is deleted or expires. Restoring it is not Pulumi's business: it gives the branch another id (`palisade rebind`).";

export const inputs = z.object({
  ...inBranch("data"),
  name: givenName("Name of the snapshot."),
  from: pastMoment("branch", "The"),
  expiresAt: expiry("snapshot"),
});

export const review: LifeReview = {
  onDelete: () => ({
    ...DATA_DESTROYED,
    message: "The snapshot is deleted: what only it held cannot be restored.",
    remedy: "Keep the resource.",
  }),
};

export const outputs = z.object({
  createdAt: z.string().meta({ description: "When it was made (RFC 3339)." }),
});
