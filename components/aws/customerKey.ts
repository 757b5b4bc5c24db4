import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import * as neon from "../../sdk/index.js";
import { createChildFactory, buildOtherCloudAlias, type ProjectKeyArgs, type Transform } from "../child.js";
import { buildKeyPolicy } from "./keyPolicy.js";

/** The longest that AWS has, in days. */
const LONGEST_WINDOW_DAYS = 30;
/** AWS' own default, in days. */
const ROTATION_DAYS = 365;

/** Inputs of `CustomerKey`. */
export interface CustomerKeyArgs extends ProjectKeyArgs {
  /** Organisation of the project: the key may be used for its data alone. */
  readonly organizationId: pulumi.Input<string>;
  /**
   * ARN of the one role that may use the key, in the account of the key. The control plane assumes it, so its trust policy must demand the
   * `sts:ExternalId` that the plane issues to the organisation.
   */
  readonly userRoleArn: pulumi.Input<string>;
  /** ARNs of the users and roles that administer the key; none of them may use it. No wildcards. Default: those that policies of the account let. */
  readonly administrators?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** Days between a deletion of the key and its loss, 7 to 30. Default: `30`. */
  readonly deletionWindowInDays?: pulumi.Input<number> | undefined;
  /** Days between rotations, 90 to 2560. Default: `365`. */
  readonly rotationPeriodInDays?: pulumi.Input<number> | undefined;
  /** Tags of the key. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  /** Change what the children are made with. */
  readonly transforms?:
    | {
        readonly key?: Transform<kms.KeyArgs> | undefined;
        readonly alias?: Transform<kms.AliasArgs> | undefined;
        readonly managedKey?: Transform<neon.CustomerManagedKeyArgs> | undefined;
      }
    | undefined;
}

/**
 * A project's own key at AWS KMS: the key, with rotation, a policy that lets one role use it for this project's data alone and the longest
 * deletion window; an alias for people; and the project's `CustomerManagedKey` under it. An extension: the embedded plane has it, Neon has not.
 */
export class CustomerKey extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:CustomerKey";

  readonly key: kms.Key;
  readonly alias: kms.Alias;
  readonly managedKey: neon.CustomerManagedKey;
  /** `arn:aws:kms:REGION:ACCOUNT:key/ID` */
  readonly keyArn: pulumi.Output<string>;
  readonly aliasName: pulumi.Output<string>;
  /** `active`, `rotating`, `unavailable` or `revoked`. */
  readonly state: pulumi.Output<"active" | "rotating" | "unavailable" | "revoked">;

  /** @throws PAL_CMK_REFERENCE, once they are known, when a role or an administrator is no ARN of a user or role */
  constructor(name: string, args: CustomerKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(CustomerKey.__pulumiType, name, {}, opts);
    const { projectId, transforms = {} } = args;
    const parts = {
      administrators: args.administrators ?? [],
      userRoleArn: args.userRoleArn,
      organizationId: args.organizationId,
      projectId,
    };
    const make = createChildFactory(this);
    const key: kms.KeyArgs = {
      description: pulumi.interpolate`Palisade: data at rest of project ${projectId}`,
      enableKeyRotation: true,
      rotationPeriodInDays: args.rotationPeriodInDays ?? ROTATION_DAYS,
      deletionWindowInDays: args.deletionWindowInDays ?? LONGEST_WINDOW_DAYS,
      policy: pulumi.output(parts).apply(buildKeyPolicy),
      ...(args.tags !== undefined && { tags: args.tags }),
    };
    this.key = make(kms.Key, name, key, transforms.key);
    const alias: kms.AliasArgs = { name: pulumi.interpolate`alias/palisade/${projectId}`, targetKeyId: this.key.arn };
    this.alias = make(kms.Alias, name, alias, transforms.alias);
    const { onRevoked, rewrapAfterRotation, release } = args;
    const awsKms = { keyArn: this.key.arn, roleArn: args.userRoleArn };
    this.managedKey = make(
      neon.CustomerManagedKey,
      name,
      { projectId, awsKms, onRevoked, rewrapAfterRotation, release },
      transforms.managedKey,
      { aliases: [buildOtherCloudAlias(this, name, CustomerKey.__pulumiType, "palisade:azure:CustomerKey")] },
    );
    this.keyArn = this.key.arn;
    this.aliasName = this.alias.name;
    this.state = this.managedKey.state;
    this.registerOutputs({ keyArn: this.keyArn, aliasName: this.aliasName, state: this.state });
  }
}
