import { z } from "zod";
import { DAY_SECONDS, formatSeconds } from "../../../contract/durations.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createBranchFields, NAME_BYTES, createPgNameInIdSchema } from "../shared/fields.js";
import { LOGIN_MADE, NAME, ROLE_REMOVED } from "../shared/reviewRules.js";
import { password, revealPassword } from "../shared/password.js";

export const doc =
  "A login whose password is changed without an outage: two roles, `<name>_1` and `<name>_2`, take turns. A rotation gives the resting one a new password and makes it current; the previous password ends when the overlap is over, with the next `pulumi up`.";

const SUFFIX_BYTES = 2;
const LONGEST_OVERLAP_SECONDS = 30 * DAY_SECONDS;

export const inputs = z.object({
  ...createBranchFields("roles"),
  name: createPgNameInIdSchema(NAME_BYTES - SUFFIX_BYTES).meta({
    description: "What the names of both roles begin with.",
    onChange: "replace",
    review: NAME,
  }),
  rotation: z.union([z.string(), z.number(), z.boolean()]).meta({
    description: "Any value, such as a month: a change rotates.",
    review: { silent: "a change rotates, which is what it is for" },
  }),
  keepPreviousSeconds: z
    .number()
    .int("must be a whole number of seconds")
    .min(0, "must not be negative")
    .max(LONGEST_OVERLAP_SECONDS, `must be at most ${LONGEST_OVERLAP_SECONDS} seconds (${formatSeconds(LONGEST_OVERLAP_SECONDS)})`)
    .default(0)
    .meta({
      description:
        "Overlap in seconds: how long the previous password goes on working after a rotation. No further rotation happens in that time. With 0 it ends in the same update, and its sessions with it.",
      review: {
        rule: "rotation-weakened",
        severity: "medium",
        direction: "opens",
        when: (from, to) => from !== undefined && Number(to) > Number(from),
        message: "The previous password goes on working longer after a rotation.",
        remedy: "Keep the overlap as short as the slowest deployment.",
      },
    }),
  revealPassword,
});

export const review: LifecycleReview = {
  onCreate: () => LOGIN_MADE,
  onDelete: () => ({
    ...ROLE_REMOVED,
    message: "Both roles are dropped: who logs in with them loses access.",
    remedy: "Make sure that nobody uses them.",
  }),
};

export const outputs = z.object({
  currentName: z.string().meta({ description: "The role to log in as.", onlyAtCreate: true, derivedFrom: ["name"] }),
  previousName: z
    .string()
    .optional()
    .meta({ description: "The role whose password goes on working during the overlap.", onlyAtCreate: true, derivedFrom: ["name"] }),
  rotatedAt: z.string().optional().meta({ description: "When it was rotated last (RFC 3339).", onlyAtCreate: true }),
  currentRotation: z.union([z.string(), z.number(), z.boolean()]).meta({
    description: "The value of `rotation` that the current password was made for.",
    onlyAtCreate: true,
    derivedFrom: ["rotation"],
  }),
  password,
});
