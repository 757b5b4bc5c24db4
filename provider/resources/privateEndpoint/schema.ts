import { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import { formatSuggestion } from "../../../contract/didYouMean.js";
import { PRIVATE_REGION_IDS } from "../../../contract/privateNetworking.js";
import type { Properties, Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { LOCKED, RELEASED, UNMANAGED } from "../shared/reviewRules.js";
import { AzureResourceGuid, label, VpcEndpointId } from "../shared/vpcEndpoint.js";

export const doc =
  "A private endpoint of a customer's network that an organisation lets in, in one region: an interface endpoint of AWS, or a private endpoint of Azure. Neon lets no removed endpoint return, so destroying this resource keeps the assignment unless `release` says otherwise. Azure is an extension of the embedded plane: Neon has no Private Link there, and a stack of Neon itself is refused.";

export const inputs = z.object({
  orgId: OrgId.optional().meta({ description: "Organisation; the account's when omitted.", onChange: "locked", review: LOCKED }),
  regionId: z
    .string()
    .refine((region) => PRIVATE_REGION_IDS.includes(region), {
      error: ({ input }) =>
        `${JSON.stringify(input)} is not a region of Neon that has private networking${formatSuggestion(String(input), PRIVATE_REGION_IDS)}`,
    })
    .meta({
      description: "Region of Neon, such as `aws-eu-central-1`: the endpoint must lie in the same region of the same cloud.",
      onChange: "locked",
      review: "reach",
    }),
  vpcEndpointId: VpcEndpointId.optional().meta({
    description: "Id of the interface endpoint on AWS (not of the VPC). Exactly one of the two.",
    onChange: "locked",
    review: "reach",
  }),
  azureResourceGuid: AzureResourceGuid.optional().meta({
    description:
      "`resourceGuid` of the private endpoint on Azure, in lower case: its resource id may be given to another one later. Exactly one of the two; an extension of the embedded plane.",
    onChange: "locked",
    review: "reach",
  }),
  label,
  waitForAccepted: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether an update waits, 15 minutes at most, until the connection is accepted. One that is rejected or fails ends it at once.",
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

const ENDPOINT_INPUTS = ["vpcEndpointId", "azureResourceGuid"] as const;
const hasOneEndpoint = (inputs: Properties): boolean => ENDPOINT_INPUTS.filter((name) => inputs[name] !== undefined).length === 1;

export const rules: Rule[] = [
  {
    needs: ENDPOINT_INPUTS,
    property: "vpcEndpointId",
    message: "or azureResourceGuid must be there, and not both",
    holds: hasOneEndpoint,
  },
  createCloudRule("vpcEndpointId", "aws-", "is of AWS, and the region of another cloud"),
  createCloudRule("azureResourceGuid", "azure-", "is of Azure, and the region of another cloud"),
];

function createCloudRule(property: (typeof ENDPOINT_INPUTS)[number], prefix: string, message: string): Rule {
  return {
    needs: [...ENDPOINT_INPUTS, "regionId"],
    property,
    message,
    holds: (inputs) => !hasOneEndpoint(inputs) || inputs[property] === undefined || String(inputs["regionId"]).startsWith(prefix),
  };
}

export const review: LifecycleReview = {
  onCreate: () => ({
    rule: "endpoint-assigned",
    severity: "medium",
    direction: "opens",
    message:
      "Every project of the region that is not restricted to endpoints, and does not block them, then admits this one: also those that the stack does not declare. The address list does not apply there.",
    remedy: "Restrict the projects of the region first (VpcEndpointRestriction), or block private endpoints where they are not needed.",
  }),
  onDelete: ({ release }) =>
    release === true
      ? {
          rule: "endpoint-released",
          severity: "high",
          direction: "destroys",
          message: "The endpoint leaves the organisation for ever: Neon never takes its id again.",
          remedy: "Leave release out.",
        }
      : { ...UNMANAGED, message: "The endpoint stays assigned, and nothing declares it any more." },
};

export const outputs = z.object({
  state: z.string().meta({
    description: "`new` until the connection is accepted, then `accepted`. The embedded plane also says `rejected` and `failed`.",
  }),
  reason: z.string().meta({ description: "Why it was rejected or failed; absent where it was not, and at Neon." }),
  restrictedProjectCount: z.number().meta({ description: "How many projects are restricted to this endpoint." }),
});
