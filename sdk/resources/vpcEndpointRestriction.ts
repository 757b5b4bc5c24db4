// Generated from provider/resources/vpcEndpointRestriction/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `VpcEndpointRestriction`. */
export interface VpcEndpointRestrictionArgs extends CommonArgs {
  /** Project to restrict. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Endpoint to admit, assigned to the organisation in the project's region: id of an interface endpoint of AWS, or `resourceGuid` of an Azure private endpoint (extension). Cannot change after creation. */
  readonly vpcEndpointId: pulumi.Input<string>;
  /** Human-readable label. Default: `""`. */
  readonly label?: pulumi.Input<string> | undefined;
  /** Whether this one may be destroyed as the last, which admits every endpoint of the organisation. Default: `false`. */
  readonly allowAll?: pulumi.Input<boolean> | undefined;
  /** Makes the first restriction of the project although its endpoint is not accepted, or not every endpoint service of the region has one. */
  readonly acceptLockOut?: pulumi.Input<true> | undefined;
}

/** Restricts a project's private access to this private endpoint, and to the others that are named so. The first one closes: without any, every endpoint of the organisation in the region is admitted. Public access is another switch, `network` of the project. */
export class VpcEndpointRestriction extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:VpcEndpointRestriction";

  /** Project to restrict. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Endpoint to admit, assigned to the organisation in the project's region: id of an interface endpoint of AWS, or `resourceGuid` of an Azure private endpoint (extension). Cannot change after creation. */
  declare readonly vpcEndpointId: pulumi.Output<string>;
  /** Human-readable label. Default: `""`. */
  declare readonly label: pulumi.Output<string>;
  /** Whether this one may be destroyed as the last, which admits every endpoint of the organisation. Default: `false`. */
  declare readonly allowAll: pulumi.Output<boolean>;
  /** Makes the first restriction of the project although its endpoint is not accepted, or not every endpoint service of the region has one. */
  declare readonly acceptLockOut: pulumi.Output<true | undefined>;

  constructor(name: string, args: VpcEndpointRestrictionArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "VpcEndpointRestriction", secrets: [], outputs: [] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{vpcEndpointId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): VpcEndpointRestriction {
    return new VpcEndpointRestriction(
      name,
      {
        projectId: undefined,
        vpcEndpointId: undefined,
        label: undefined,
        allowAll: undefined,
        acceptLockOut: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
