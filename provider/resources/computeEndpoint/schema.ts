import { z } from "zod";
import type { LifecycleReview } from "../../engine/review.js";
import { computeFields, createSizeRules } from "../shared/compute.js";
import { computeOutputs } from "../shared/connection.js";
import { createBranchFields } from "../shared/fields.js";
import { LOCKED, MAYBE_DISABLED, createLeftUntilNowRule, WITHDRAWN } from "../shared/reviewRules.js";

export const doc =
  'A further compute of a branch: a read replica, or the read-write one of a branch declared with `compute: "none"`. Its name at Neon carries the mark of this resource.';

export const inputs = z.object({
  ...createBranchFields("compute", "reach"),
  type: z.enum(["read_write", "read_only"], { error: 'must be "read_write" or "read_only"' }).meta({
    description: "A branch has one read-write compute at most, and any number of read-only ones.",
    onChange: "locked",
    review: LOCKED,
  }),
  ...computeFields,
  disabled: z
    .boolean()
    .optional()
    .meta({
      description: "Refuses every connection while true. Left as it is when omitted.",
      review: { reach: [createLeftUntilNowRule(false, MAYBE_DISABLED)] },
    }),
  settings: z
    .strictObject({
      pgSettings: z.record(z.string(), z.string()).meta({
        description: "Postgres settings by name, as `postgresql.conf` writes their values. All of them: a name left out gets its default.",
      }),
    })
    .optional()
    .meta({
      description: "Settings of Postgres itself. Left as they are when omitted.",
      review: { silent: "settings of Postgres open nothing by themselves" },
    }),
});

export const rules = createSizeRules();

export const review: LifecycleReview = {
  onDelete: () => ({ ...WITHDRAWN, rule: "compute-removed", message: "The compute is deleted, and its connections end." }),
};

export const outputs = z.object(computeOutputs);
