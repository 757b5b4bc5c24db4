// Generated from provider/resources/vpcEndpointAssignment/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `VpcEndpointAssignment`. */
export interface VpcEndpointAssignmentArgs extends CommonArgs {
  /** Organisation; the account's when omitted. Cannot change after creation. */
  readonly orgId?: pulumi.Input<string> | undefined;
  /** Region of Neon, such as `aws-eu-central-1`: the endpoint must lie in the same region of AWS. Cannot change after creation. */
  readonly regionId: pulumi.Input<string>;
  /** Id of the VPC endpoint (not of the VPC). Cannot change after creation. */
  readonly vpcEndpointId: pulumi.Input<string>;
  /** A word for people. Default: `""`. */
  readonly label?: pulumi.Input<string> | undefined;
  /** Whether an update waits, 15 minutes at most, until Neon has accepted the connection. Default: `false`. */
  readonly waitForAccepted?: pulumi.Input<boolean> | undefined;
  /** Whether destroying the resource removes the assignment, for ever: this endpoint id can then never be assigned again. Default: `false`. */
  readonly release?: pulumi.Input<boolean> | undefined;
}

/** An AWS VPC endpoint that an organisation lets in, in one region. Neon lets no removed endpoint return, so destroying this resource keeps the assignment unless `release` says otherwise. */
export class VpcEndpointAssignment extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:VpcEndpointAssignment";

  /** Organisation; the account's when omitted. Cannot change after creation. */
  declare readonly orgId: pulumi.Output<string | undefined>;
  /** Region of Neon, such as `aws-eu-central-1`: the endpoint must lie in the same region of AWS. Cannot change after creation. */
  declare readonly regionId: pulumi.Output<string>;
  /** Id of the VPC endpoint (not of the VPC). Cannot change after creation. */
  declare readonly vpcEndpointId: pulumi.Output<string>;
  /** A word for people. Default: `""`. */
  declare readonly label: pulumi.Output<string>;
  /** Whether an update waits, 15 minutes at most, until Neon has accepted the connection. Default: `false`. */
  declare readonly waitForAccepted: pulumi.Output<boolean>;
  /** Whether destroying the resource removes the assignment, for ever: this endpoint id can then never be assigned again. Default: `false`. */
  declare readonly release: pulumi.Output<boolean>;
  /** `new` until Neon has accepted the connection, then `accepted`. */
  declare readonly state: pulumi.Output<string>;
  /** How many projects are restricted to this endpoint. */
  declare readonly restrictedProjectCount: pulumi.Output<number>;

  constructor(name: string, args: VpcEndpointAssignmentArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "VpcEndpointAssignment", secrets: [], outputs: ["state", "restrictedProjectCount"] }, name, args, opts);
  }

  /** An existing object, by the id `{orgId}/{regionId}/{vpcEndpointId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): VpcEndpointAssignment {
    return new VpcEndpointAssignment(
      name,
      {
        orgId: undefined,
        regionId: undefined,
        vpcEndpointId: undefined,
        label: undefined,
        waitForAccepted: undefined,
        release: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
