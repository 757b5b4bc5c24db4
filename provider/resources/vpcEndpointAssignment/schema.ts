import { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import { REGIONS } from "../../../contract/regions.js";
import { didYouMean } from "../../../contract/didYouMean.js";
import type { LifeReview } from "../../engine/review.js";
import { LOCKED, RELEASED, UNMANAGED } from "../reviewRules.js";
import { label, VpcEndpointId } from "../vpcEndpoint.js";

export const doc =
  "An AWS VPC endpoint that an organisation lets in, in one region. Neon lets no removed endpoint return, so destroying this resource keeps the assignment unless `release` says otherwise.";

const AWS_REGIONS = REGIONS.filter(({ cloud }) => cloud === "aws").map(({ id }) => id);

export const inputs = z.object({
  orgId: OrgId.optional().meta({ description: "Organisation; the account's when omitted.", onChange: "locked", review: LOCKED }),
  regionId: z
    .string()
    .refine((region) => AWS_REGIONS.includes(region), {
      error: ({ input }) => `${JSON.stringify(input)} is not a region of Neon on AWS${didYouMean(String(input), AWS_REGIONS)}`,
    })
    .meta({
      description: "Region of Neon, such as `aws-eu-central-1`: the endpoint must lie in the same region of AWS.",
      onChange: "locked",
      review: "reach",
    }),
  vpcEndpointId: VpcEndpointId.meta({ description: "Id of the VPC endpoint (not of the VPC).", onChange: "locked", review: "reach" }),
  label,
  waitForAccepted: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether an update waits, 15 minutes at most, until Neon has accepted the connection.",
      review: { silent: "how long an update waits" },
    }),
  release: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether destroying the resource removes the assignment, for ever: this endpoint id can then never be assigned again.",
      review: {
        ...RELEASED,
        direction: "destroys",
        message: "Destroying the resource then removes the endpoint for ever: Neon never takes its id again.",
        remedy: "Leave release out until that is meant.",
      },
    }),
});

export const review: LifeReview = {
  onCreate: () => ({
    ...{ rule: "endpoint-assigned", severity: "medium", direction: "opens" },
    message:
      "Every project of the region that is not restricted to endpoints, and does not block them, then admits this one: also those that the stack does not declare. The address list does not apply there.",
    remedy: "Restrict the projects of the region first (VpcEndpointRestriction), or block private endpoints where they are not needed.",
  }),
  onDelete: ({ release }) =>
    release === true
      ? {
          ...{ rule: "endpoint-released", severity: "high", direction: "destroys" },
          message: "The endpoint leaves the organisation for ever: Neon never takes its id again.",
          remedy: "Leave release out.",
        }
      : { ...UNMANAGED, message: "The endpoint stays assigned, and nothing declares it any more." },
};

export const outputs = z.object({
  state: z.string().meta({ description: "`new` until Neon has accepted the connection, then `accepted`." }),
  restrictedProjectCount: z.number().meta({ description: "How many projects are restricted to this endpoint." }),
});
