import { z } from "zod";
import { formatSuggestion } from "../../../contract/didYouMean.js";
import { DAY_SECONDS, formatSeconds } from "../../../contract/durations.js";
import { OrgId } from "../../../contract/ids.js";
import { REGION_IDS } from "../../../contract/regions.js";
import type { Properties, Rule } from "../../engine/define.js";
import type { LifecycleReview, ChangeRule } from "../../engine/review.js";
import { computeFields, FirstCompute, createFirstComputeRules, createSizeRules } from "../shared/compute.js";
import { createBranchOutputs } from "../shared/connection.js";
import { createNameSchema, createPgNameSchema } from "../shared/fields.js";
import {
  DATA_DESTROYED,
  isLowerIn,
  LOCKED,
  isLower,
  MAYBE_BLOCKED,
  MAYBE_PROTECTED,
  isNewlyGained,
  createLeftUntilNowRule,
} from "../shared/reviewRules.js";
import { lockOutFields, networkFields, createNetworkRules, createRemovalOutput } from "../shared/network.js";

export const doc =
  "A Neon project: its data, its default branch, and who may try to connect to it. Created closed: at no moment of its creation is it more open than declared.";

/** Of Neon's largest plan. */
const MOST_HISTORY_SECONDS = 30 * DAY_SECONDS;

const createLimitSchema = (what: string) =>
  z
    .number()
    .int("must be a whole number")
    .min(0, "must not be negative")
    .optional()
    .meta({ description: `${what} in a billing period; computes are suspended beyond it. Left as it is when omitted.` });
const createTimeOfDaySchema = (what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 03:30")
    .meta({ description: `${what}, "HH:MM" in UTC.` });

const createOneWayRule = (field: string): ChangeRule => ({
  rule: "one-way",
  severity: "medium",
  direction: "neutral",
  when: isNewlyGained,
  message: `${field} cannot be turned off again.`,
  remedy: "Approve it only when it is meant for good.",
});

export const inputs = z.object({
  name: createNameSchema("Name of the project."),
  regionId: z
    .string()
    .refine((region) => REGION_IDS.includes(region), {
      error: ({ input }) => `"${String(input)}" is not a region of Neon${formatSuggestion(String(input), REGION_IDS)}`,
    })
    .meta({ description: "Region of the data, such as `aws-eu-central-1`.", onChange: "locked", review: "reach" }),
  pgVersion: z.number().int().min(14, "must be at least 14").max(18, "must be at most 18").optional().meta({
    description:
      "Major version of Postgres. Neon's default (17) when omitted; the embedded plane has the one that is installed, and refuses others.",
    onChange: "locked",
    review: LOCKED,
  }),
  orgId: OrgId.optional().meta({
    description: "Organisation that owns the project; the account's own when omitted.",
    onChange: "locked",
    review: LOCKED,
  }),
  network: z
    .strictObject({
      allow: z
        .enum(["listed", "anywhere", "nobody", "managedSeparately"], 'must be "listed", "anywhere", "nobody" or "managedSeparately"')
        .meta({
          description:
            "Who may try to connect from the internet: `listed` ranges, `anywhere`, `nobody`, or `managedSeparately`: created closed to everyone and owned by an `IpAllowlist`.",
        }),
      ...networkFields,
      ...lockOutFields,
    })
    .meta({
      description: "Who may try to connect. Required: silence never opens a database.",
      review: { reach: [createLeftUntilNowRule("allowed", MAYBE_BLOCKED, "privateEndpoints")] },
    }),
  historyRetentionSeconds: z
    .number()
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(MOST_HISTORY_SECONDS, `must be at most ${MOST_HISTORY_SECONDS} seconds (${formatSeconds(MOST_HISTORY_SECONDS)})`)
    .optional()
    .meta({
      description: "How far back branches and restores can reach, in seconds. Neon's default is 86400 (1 day). Left as it is when omitted.",
      review: {
        rule: "retention-weakened",
        severity: "medium",
        direction: "destroys",
        when: (from, to, existed) => isLower(from ?? DAY_SECONDS, to, existed),
        message: "History that is older than the new limit is dropped: branches and restores cannot reach it any more.",
        remedy: "Keep the longer retention, or take a snapshot of what must stay.",
      },
    }),
  defaultBranch: z
    .strictObject({
      name: z
        .string()
        .min(1, "must not be empty")
        .max(256, "must have at most 256 characters")
        .optional()
        .meta({ description: "Name of the default branch; Neon's own (`main`) when omitted." }),
      protected: z.boolean().optional().meta({
        description:
          "Protects the default branch, its compute and the project from deletion and reset. Left as it is when omitted: only `false` takes protection away.",
      }),
      roleName: createPgNameSchema().optional().meta({ description: "Name of the role that owns the first database.", onChange: "locked" }),
      databaseName: createPgNameSchema()
        .optional()
        .meta({ description: "Name of the first database; `neondb` when omitted.", onChange: "locked" }),
      compute: FirstCompute.optional().meta({
        description:
          "The branch's read-write compute, which is created with the project: a change applies to it while it runs, and a deleted one is recreated. What is left out here comes from `computeDefaults` at creation, and is left as it is later.",
      }),
    })
    .optional()
    .meta({
      description: "The branch that is created with the project.",
      review: { reach: [createLeftUntilNowRule(false, MAYBE_PROTECTED, "protected"), ...createFirstComputeRules("compute")] },
    }),
  computeDefaults: z.strictObject(computeFields).optional().meta({
    description:
      "Settings that new computes start with: the default branch's own when the project is made, and of every compute that is made later. A change leaves the computes that exist as they are: `defaultBranch.compute` sizes the default branch's, `compute` of a Branch its own.",
  }),
  maintenanceWindow: z
    .strictObject({
      weekdays: z
        .array(z.number().int().min(1, "must be 1 (Monday) to 7 (Sunday)").max(7, "must be 1 (Monday) to 7 (Sunday)"))
        .min(1, "must name a day")
        .meta({ description: "Days, 1 = Monday to 7 = Sunday.", unordered: true }),
      startTime: createTimeOfDaySchema("Begin"),
      endTime: createTimeOfDaySchema("End"),
    })
    .optional()
    .meta({
      description: "When Neon may restart computes for maintenance. Left as it is when omitted.",
      review: { silent: "when computes restart" },
    }),
  auditLogLevel: z
    .enum(["base", "extended", "full"], 'must be "base", "extended" or "full"')
    .optional()
    .meta({
      description: "How much the audit log of the data holds. Left as it is when omitted.",
      review: {
        rule: "audit-weakened",
        severity: "medium",
        direction: "opens",
        when: isLowerIn(["base", "extended", "full"]),
        message: "The audit log of the data holds less.",
        remedy: "Keep the level, unless the evidence is kept elsewhere.",
      },
    }),
  logicalReplication: z
    .boolean()
    .optional()
    .meta({
      description: "Turns logical replication on. Cannot be turned off again. Left as it is when omitted.",
      review: createOneWayRule("logicalReplication"),
    }),
  hipaa: z
    .boolean()
    .optional()
    .meta({
      description: "Turns HIPAA compliance on. Cannot be turned off again. Left as it is when omitted.",
      review: createOneWayRule("hipaa"),
    }),
  quota: z
    .strictObject({
      activeTimeSeconds: createLimitSchema("Seconds that computes are active"),
      computeTimeSeconds: createLimitSchema("Compute seconds"),
      writtenDataBytes: createLimitSchema("Bytes written"),
      dataTransferBytes: createLimitSchema("Bytes sent"),
      logicalSizeBytes: createLimitSchema("Bytes of each branch"),
    })
    .optional()
    .meta({ description: "Upper limits of consumption.", review: { silent: "cost; beyond it computes suspend" } }),
  storePasswords: z.boolean().optional().meta({
    description: "Whether Neon keeps role passwords so that they can be revealed. Neon's default is true.",
    onChange: "locked",
    review: LOCKED,
  }),
});

const createNeverOffRule = (field: string, words: string): Rule => ({
  needs: [field],
  property: field,
  holds: (inputs: Properties, before: Properties) => !(before[field] === true && inputs[field] === false),
  message: `${words} cannot be turned off again: restore true, or create a new project and move the data`,
});

export const rules: Rule[] = [
  ...createNetworkRules("network"),
  ...createSizeRules("defaultBranch", "compute"),
  ...createSizeRules("computeDefaults"),
  {
    needs: ["network"],
    property: "network.allow",
    holds: ({ network }) =>
      (network as { allow: string; privateEndpoints?: string }).allow !== "managedSeparately" ||
      (network as { privateEndpoints?: string }).privateEndpoints === undefined,
    message: 'allow: "managedSeparately" leaves the whole network to an IpAllowlist: declare privateEndpoints there',
  },
  createNeverOffRule("logicalReplication", "logical replication"),
  createNeverOffRule("hipaa", "HIPAA compliance"),
];

export const review: LifecycleReview = {
  onDelete: () => ({
    ...DATA_DESTROYED,
    message: "The project and all of its data are deleted.",
    remedy: "Keep the resource, or set retainOnDelete to leave the project where it is.",
  }),
};

export const outputs = z.object({
  defaultBranchId: z.string().meta({ description: "Id of the default branch." }),
  ...createBranchOutputs("the default branch's"),
  ...createRemovalOutput("network.ranges"),
});
