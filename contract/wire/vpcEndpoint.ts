import { z } from "zod";

/** At both levels; the list of a project tells neither state nor region. */
export const VpcEndpoint = z.object({ vpc_endpoint_id: z.string(), label: z.string() });
export type VpcEndpoint = z.infer<typeof VpcEndpoint>;
export const VpcEndpointsResponse = z.object({ endpoints: z.array(VpcEndpoint) });
export const VpcEndpointsWithRegionResponse = z.object({ endpoints: z.array(VpcEndpoint.extend({ region_id: z.string() })) });

/** `state`: `new` until Neon has accepted the connection, then `accepted`; of the embedded plane alone also `rejected` and `failed`. */
export const VpcEndpointDetails = VpcEndpoint.extend({
  state: z.string(),
  /** Of the embedded plane alone: why it was rejected or failed. */
  reason: z.string().optional(),
  /** Of the embedded plane alone, once an endpoint of Azure is accepted: what a load balancer in front names it by in its PROXY header (32 bits). */
  azure_link_id: z.number().int().optional(),
  num_restricted_projects: z.number().int(),
  /** Three at most. */
  example_restricted_projects: z.array(z.string()),
});

/** Makes or renames; answered without a body. */
export const VpcEndpointAssignment = z.object({ label: z.string() });

/** What an operator of the embedded plane may say becomes of an endpoint; `never`: nobody looks at it. */
export const VPC_OUTCOMES = ["accepted", "rejected", "failed", "never"] as const;
export const VpcEndpointOutcome = z.object({ becomes: z.enum(VPC_OUTCOMES), reason: z.string().optional() });
export type VpcEndpointOutcome = z.infer<typeof VpcEndpointOutcome>;
