import { z } from "zod";
import type { LifeReview } from "../../engine/review.js";
import { computeFields, sizeRules } from "../compute.js";
import { computeOutputs } from "../connection.js";
import { inBranch } from "../fields.js";
import { LOCKED, MAYBE_DISABLED, saidAfterLeft, WITHDRAWN } from "../reviewRules.js";

export const doc =
  'A further compute of a branch: a read replica, or the read-write one of a branch declared with `compute: "none"`. Its name at Neon carries the mark of this resource.';

export const inputs = z.object({
  ...inBranch("compute", "reach"),
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
      review: { reach: [saidAfterLeft(false, MAYBE_DISABLED)] },
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

export const rules = sizeRules();

export const review: LifeReview = {
  onDelete: () => ({ ...WITHDRAWN, rule: "compute-removed", message: "The compute is deleted, and its connections end." }),
};

export const outputs = z.object(computeOutputs);
