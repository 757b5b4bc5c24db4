// Generated from provider/resources/privateEndpoint/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `PrivateEndpoint`. */
export interface PrivateEndpointArgs extends CommonArgs {
  /** Organisation; the account's when omitted. Cannot change after creation. */
  readonly orgId?: pulumi.Input<string> | undefined;
  /** Region of Neon, such as `aws-eu-central-1`: the endpoint must lie in the same region of the same cloud. Cannot change after creation. */
  readonly regionId: pulumi.Input<string>;
  /** Id of the interface endpoint on AWS (not of the VPC). Exactly one of the two. Cannot change after creation. */
  readonly vpcEndpointId?: pulumi.Input<string> | undefined;
  /** `resourceGuid` of the private endpoint on Azure, in lower case: its resource id may be given to another one later. Exactly one of the two; an extension of the embedded plane. Cannot change after creation. */
  readonly azureResourceGuid?: pulumi.Input<string> | undefined;
  /** Human-readable label. Default: `""`. */
  readonly label?: pulumi.Input<string> | undefined;
  /** Whether an update waits, 15 minutes at most, until the connection is accepted. One that is rejected or fails ends it at once. Default: `false`. */
  readonly waitForAccepted?: pulumi.Input<boolean> | undefined;
  /** Whether destroying the resource removes the assignment, for ever: this endpoint id can then never be assigned again. Default: `false`. */
  readonly release?: pulumi.Input<boolean> | undefined;
}

/** A private endpoint of a customer's network that an organisation lets in, in one region: an interface endpoint of AWS, or a private endpoint of Azure. Neon lets no removed endpoint return, so destroying this resource keeps the assignment unless `release` says otherwise. Azure is an extension of the embedded plane: Neon has no Private Link there, and a stack of Neon itself is refused. */
export class PrivateEndpoint extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:PrivateEndpoint";

  /** Organisation; the account's when omitted. Cannot change after creation. */
  declare readonly orgId: pulumi.Output<string | undefined>;
  /** Region of Neon, such as `aws-eu-central-1`: the endpoint must lie in the same region of the same cloud. Cannot change after creation. */
  declare readonly regionId: pulumi.Output<string>;
  /** Id of the interface endpoint on AWS (not of the VPC). Exactly one of the two. Cannot change after creation. */
  declare readonly vpcEndpointId: pulumi.Output<string | undefined>;
  /** `resourceGuid` of the private endpoint on Azure, in lower case: its resource id may be given to another one later. Exactly one of the two; an extension of the embedded plane. Cannot change after creation. */
  declare readonly azureResourceGuid: pulumi.Output<string | undefined>;
  /** Human-readable label. Default: `""`. */
  declare readonly label: pulumi.Output<string>;
  /** Whether an update waits, 15 minutes at most, until the connection is accepted. One that is rejected or fails ends it at once. Default: `false`. */
  declare readonly waitForAccepted: pulumi.Output<boolean>;
  /** Whether destroying the resource removes the assignment, for ever: this endpoint id can then never be assigned again. Default: `false`. */
  declare readonly release: pulumi.Output<boolean>;
  /** `new` until the connection is accepted, then `accepted`. The embedded plane also says `rejected` and `failed`. */
  declare readonly state: pulumi.Output<string>;
  /** Why it was rejected or failed; absent where it was not, and at Neon. */
  declare readonly reason: pulumi.Output<string>;
  /** How many projects are restricted to this endpoint. */
  declare readonly restrictedProjectCount: pulumi.Output<number>;

  constructor(name: string, args: PrivateEndpointArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "PrivateEndpoint", secrets: [], outputs: ["state", "reason", "restrictedProjectCount"] }, name, args, opts);
  }

  /** An existing object, by the id `{orgId}/{regionId}/{endpointId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): PrivateEndpoint {
    return new PrivateEndpoint(
      name,
      {
        orgId: undefined,
        regionId: undefined,
        vpcEndpointId: undefined,
        azureResourceGuid: undefined,
        label: undefined,
        waitForAccepted: undefined,
        release: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get endpointId(): pulumi.Output<string> {
    return this.idPart(2);
  }
}
