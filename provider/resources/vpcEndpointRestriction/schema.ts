import { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { LifecycleReview } from "../../engine/review.js";
import { LOCK_OUT_ACCEPTED, RELEASED, UNMANAGED } from "../shared/reviewRules.js";
import { label, EitherEndpointId } from "../shared/vpcEndpoint.js";

export const doc =
  "Restricts a project's private access to this private endpoint, and to the others that are named so. The first one closes: without any, every endpoint of the organisation in the region is admitted. Public access is another switch, `network` of the project.";

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project to restrict.", onChange: "locked", review: "reach" }),
  vpcEndpointId: EitherEndpointId.meta({
    description:
      "Endpoint to admit, assigned to the organisation in the project's region: id of an interface endpoint of AWS, or `resourceGuid` of an Azure private endpoint (extension).",
    onChange: "locked",
    review: "reach",
  }),
  label,
  allowAll: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether this one may be destroyed as the last, which admits every endpoint of the organisation.",
      review: {
        ...RELEASED,
        direction: "opens",
        message: "The last restriction may then be destroyed, which admits every endpoint of the organisation.",
        remedy: "Leave allowAll out until that is meant.",
      },
    }),
  acceptLockOut: z.literal(true, "must be true, or left out").optional().meta({
    description:
      "Makes the first restriction of the project although its endpoint is not accepted, or not every endpoint service of the region has one.",
    review: LOCK_OUT_ACCEPTED,
  }),
});

export const review: LifecycleReview = {
  onDelete: () => ({
    ...UNMANAGED,
    rule: "restriction-removed",
    severity: "low",
    message: "The project is no longer restricted to this endpoint.",
    remedy: "Approve it if the project is to be restricted to it no longer.",
  }),
};

export const outputs = z.object({});
