import { z } from "zod";
import { DAY_SECONDS, HOUR_SECONDS } from "../../../contract/durations.js";
import type { Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createBranchFields, createEnumSchema } from "../shared/fields.js";
import { isLowerIn, isLower, RELEASED } from "../shared/reviewRules.js";

/** Neon's own limit, and its default. */
const MAX_DAYS = 35;
const LONGEST_SECONDS = MAX_DAYS * DAY_SECONDS;

const WEAKENED = { rule: "retention-weakened", severity: "medium", direction: "destroys" } as const;
const WHEN = { silent: "when, not whether" };

export const doc =
  "Snapshots of a root branch that Neon makes by the clock (UTC) and keeps for a while. Keeping them for less time, and destroying the schedule, are refused until `release: true` is applied: a slip, or somebody with the program alone, must not end backups.";

export const inputs = z.object({
  ...createBranchFields("data"),
  frequency: createEnumSchema(["daily", "weekly", "monthly"]).meta({
    description: "How often: `daily`, `weekly` or `monthly`.",
    review: {
      ...WEAKENED,
      when: isLowerIn(["monthly", "weekly", "daily"]),
      message: "Snapshots are made less often: more work is lost when one is restored.",
      remedy: "Keep the frequency.",
    },
  }),
  hour: z.number().int("must be a whole number").min(0, "must be from 0 to 23").max(23, "must be from 0 to 23").default(0).meta({
    description: "Hour of the day (UTC).",
    review: WHEN,
  }),
  day: z.number().int("must be a whole number").min(1, "must be from 1 to 31").max(31, "must be from 1 to 31").optional().meta({
    description: "Day of the week (1 is Monday) or of the month; not for `daily`.",
    review: WHEN,
  }),
  retentionSeconds: z
    .number()
    .int("must be a whole number of seconds")
    .min(HOUR_SECONDS, "must be at least an hour (3600)")
    .max(LONGEST_SECONDS, `must be at most ${MAX_DAYS} days (${LONGEST_SECONDS})`)
    .default(LONGEST_SECONDS)
    .meta({
      description: `How long a snapshot of the schedule is kept, in seconds; ${MAX_DAYS} days, the most Neon allows, when omitted.`,
      review: {
        ...WEAKENED,
        when: isLower,
        message: "Snapshots of the schedule are kept for less time.",
        remedy: "Keep the longer retention.",
      },
    }),
  release: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether the retention may be lowered and the schedule destroyed.",
      review: {
        ...RELEASED,
        direction: "destroys",
        message: "The retention may then be lowered and the schedule destroyed.",
        remedy: "Leave release out until that is meant.",
      },
    }),
});

export const rules: Rule[] = [
  {
    needs: ["frequency", "day"],
    property: "day",
    holds: ({ frequency, day }) => (frequency === "daily") === (day === undefined),
    message: "belongs to weekly and monthly schedules, and they need it",
  },
  {
    needs: ["frequency", "day"],
    property: "day",
    holds: ({ frequency, day }) => !(frequency === "weekly" && typeof day === "number" && day > 7),
    message: "of a week must be from 1 (Monday) to 7 (Sunday)",
  },
  {
    needs: ["retentionSeconds", "release"],
    property: "retentionSeconds",
    holds: ({ retentionSeconds: next, release }, { retentionSeconds: last }) =>
      release === true || !(typeof next === "number" && typeof last === "number" && next < last),
    message: "is lowered, so backups would end sooner: raise it again or set release: true",
  },
];

export const review: LifecycleReview = {
  onDelete: () => ({
    ...WEAKENED,
    message: "No further snapshots are made by the clock.",
    remedy: "Keep the schedule, or make sure that another one backs the data up.",
  }),
};

export const outputs = z.object({});
