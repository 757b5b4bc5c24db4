import { z } from "zod";
import { didYouMean } from "../../../contract/didYouMean.js";
import { DAY_SECONDS, formatSeconds } from "../../../contract/durations.js";
import { OrgId } from "../../../contract/ids.js";
import { REGION_IDS } from "../../../contract/regions.js";
import type { Bag, Rule } from "../../engine/define.js";
import type { LifeReview, ChangeRule } from "../../engine/review.js";
import { computeFields, FirstCompute, firstComputeRules, sizeRules } from "../compute.js";
import { branchOutputs } from "../connection.js";
import { givenName, pgName } from "../fields.js";
import { DATA_DESTROYED, fallsIn, LOCKED, lower, MAYBE_BLOCKED, MAYBE_PROTECTED, newlyGained, saidAfterLeft } from "../reviewRules.js";
import { lockOutFields, networkFields, networkRules, removalOutput } from "../network.js";

export const doc =
  "A Neon project: its data, its default branch, and who may try to connect to it. Born closed: no moment of its creation is more open than what it declares.";

/** Of Neon's largest plan. */
const MOST_HISTORY_SECONDS = 30 * DAY_SECONDS;

const limit = (what: string) =>
  z
    .number()
    .int("must be a whole number")
    .min(0, "must not be negative")
    .optional()
    .meta({ description: `${what} in a billing period; computes are suspended beyond it. Left as it is when omitted.` });
const clock = (what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 03:30")
    .meta({ description: `${what}, "HH:MM" in UTC.` });

const oneWay = (field: string): ChangeRule => ({
  ...{ rule: "one-way", severity: "medium", direction: "neutral", when: newlyGained },
  message: `${field} cannot be turned off again.`,
  remedy: "Approve it only when it is meant for good.",
});

export const inputs = z.object({
  name: givenName("Name of the project."),
  regionId: z
    .string()
    .refine((region) => REGION_IDS.includes(region), {
      error: ({ input }) => `"${String(input)}" is not a region of Neon${didYouMean(String(input), REGION_IDS)}`,
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
            "Who may try to connect from the internet: `listed` ranges, `anywhere`, `nobody`, or `managedSeparately`: born closed to everyone and owned by an `IpAllowlist`.",
        }),
      ...networkFields,
      ...lockOutFields,
    })
    .meta({
      description: "Who may try to connect. Required: silence never opens a database.",
      review: { reach: [saidAfterLeft("allowed", MAYBE_BLOCKED, "privateEndpoints")] },
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
        ...{ rule: "retention-weakened", severity: "medium", direction: "destroys" },
        when: (from, to, existed) => lower(from ?? DAY_SECONDS, to, existed),
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
      roleName: pgName().optional().meta({ description: "Name of the role that owns the first database.", onChange: "locked" }),
      databaseName: pgName().optional().meta({ description: "Name of the first database; `neondb` when omitted.", onChange: "locked" }),
      compute: FirstCompute.optional().meta({
        description:
          "The branch's read-write compute, which the project is born with: a change reaches it as it runs, and one that is gone is made again. What is left out here it has from `computeDefaults` at first, and is left as it is later.",
      }),
    })
    .optional()
    .meta({
      description: "The branch that the project is born with.",
      review: { reach: [saidAfterLeft(false, MAYBE_PROTECTED, "protected"), ...firstComputeRules("compute")] },
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
      startTime: clock("Begin"),
      endTime: clock("End"),
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
        ...{ rule: "audit-weakened", severity: "medium", direction: "opens", when: fallsIn(["base", "extended", "full"]) },
        message: "The audit log of the data holds less.",
        remedy: "Keep the level, unless the evidence is kept elsewhere.",
      },
    }),
  logicalReplication: z
    .boolean()
    .optional()
    .meta({
      description: "Turns logical replication on. Cannot be turned off again. Left as it is when omitted.",
      review: oneWay("logicalReplication"),
    }),
  hipaa: z
    .boolean()
    .optional()
    .meta({ description: "Turns HIPAA compliance on. Cannot be turned off again. Left as it is when omitted.", review: oneWay("hipaa") }),
  quota: z
    .strictObject({
      activeTimeSeconds: limit("Seconds that computes are active"),
      computeTimeSeconds: limit("Compute seconds"),
      writtenDataBytes: limit("Bytes written"),
      dataTransferBytes: limit("Bytes sent"),
      logicalSizeBytes: limit("Bytes of each branch"),
    })
    .optional()
    .meta({ description: "Upper limits of consumption.", review: { silent: "cost; beyond it computes suspend" } }),
  storePasswords: z.boolean().optional().meta({
    description: "Whether Neon keeps role passwords so that they can be revealed. Neon's default is true.",
    onChange: "locked",
    review: LOCKED,
  }),
});

const neverOff = (field: string, words: string): Rule => ({
  needs: [field],
  property: field,
  holds: (inputs: Bag, before: Bag) => !(before[field] === true && inputs[field] === false),
  message: `${words} cannot be turned off again: restore true, or create a new project and move the data`,
});

export const rules: Rule[] = [
  ...networkRules("network"),
  ...sizeRules("defaultBranch", "compute"),
  ...sizeRules("computeDefaults"),
  {
    needs: ["network"],
    property: "network.allow",
    holds: ({ network }) =>
      (network as { allow: string; privateEndpoints?: string }).allow !== "managedSeparately" ||
      (network as { privateEndpoints?: string }).privateEndpoints === undefined,
    message: 'allow: "managedSeparately" leaves the whole network to an IpAllowlist: declare privateEndpoints there',
  },
  neverOff("logicalReplication", "logical replication"),
  neverOff("hipaa", "HIPAA compliance"),
];

export const review: LifeReview = {
  onDelete: () => ({
    ...DATA_DESTROYED,
    message: "The project and all of its data are deleted.",
    remedy: "Keep the resource, or set retainOnDelete to leave the project where it is.",
  }),
};

export const outputs = z.object({
  defaultBranchId: z.string().meta({ description: "Id of the default branch." }),
  ...branchOutputs("the default branch's"),
  ...removalOutput("network.ranges"),
});
