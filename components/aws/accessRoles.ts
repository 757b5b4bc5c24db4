import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { findPrincipalArn } from "../../contract/customerKeys.js";
import { PalisadeError } from "../../contract/errors.js";
import { type ChildFactory, createChildFactory, type Transform } from "../child.js";
import { buildTags, type RequiredTagsArgs } from "../requiredTags.js";
import { assertBucketArn, assertKeyArn } from "./accountPlace.js";
import { type AlarmRuleTransforms, createAlarmRule } from "./alarmTopic.js";
import { buildBoundary, buildRolePolicy, ROLE_NAMES, type RoleName, type RoleScope } from "./rolePermissions.js";

/** The shortest that AWS has. */
const SESSION_SECONDS = 3_600;
/** How long ago a second factor may have been shown by who breaks the glass. */
const FRESH_FACTOR_SECONDS = 900;

/** Who assumes a role. */
export interface RoleTrustArgs {
  /** ARNs of users and roles, each in full. */
  readonly principalArns: pulumi.Input<pulumi.Input<string>[]>;
  /** What a machine shows instead of a second factor: `sts:ExternalId`. Default: none, so whoever assumes the role has a second factor. */
  readonly externalId?: pulumi.Input<string> | undefined;
}

/** Inputs of `AccessRoles` beside its tags. */
export interface RolesArgs {
  /** Who changes the settings of the buckets and keys. */
  readonly deployer: RoleTrustArgs;
  /** Who looks at settings, events and findings, and reads no data. */
  readonly reader: RoleTrustArgs;
  /** Who runs backups and restores: reads and writes objects, and uses the keys. */
  readonly operator: RoleTrustArgs;
  /** Who brings back what is locked away: enables keys, takes back their deletion, reads objects. With a second factor that was just shown. */
  readonly breakGlass: Pick<RoleTrustArgs, "principalArns">;
  /** ARNs of the buckets that the roles are for. Default: none. */
  readonly bucketArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** ARNs of the keys that the roles are for; a key's own policy must delegate to the account's policies. Default: none. */
  readonly keyArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
}

/** Change what the children of `AccessRoles` are made with; the second argument is the child's name. */
export interface AccessRolesTransforms extends AlarmRuleTransforms {
  readonly role?: Transform<iam.RoleArgs> | undefined;
  readonly rolePolicy?: Transform<iam.RolePolicyArgs> | undefined;
  readonly boundary?: Transform<iam.PolicyArgs> | undefined;
}

/** Inputs of `AccessRoles`. */
export interface AccessRolesArgs extends RequiredTagsArgs, RolesArgs {
  /** ARN of the topic that is told when the glass is broken, such as that of `ThreatDetection`. */
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: AccessRolesTransforms | undefined;
}

/**
 * Four roles over named buckets and keys, each with a policy without wildcard actions and a permissions boundary that says the same and keeps the
 * evidence: whatever policy a role is given later, it stops no trail, no detector and no alarm, and takes off no bounds. Each is assumed by named
 * principals with a second factor, or with an external id; sessions last an hour, and each use of `breakGlass` is told.
 */
export class AccessRoles extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:AccessRoles";

  readonly roles: Readonly<Record<RoleName, iam.Role>>;
  readonly boundaries: Readonly<Record<RoleName, iam.Policy>>;
  readonly alarm: cloudwatch.EventRule;
  /** ARN of each role. */
  readonly roleArns: Readonly<Record<RoleName, pulumi.Output<string>>>;

  /** @throws PAL_BASELINE_TAGS, PAL_BASELINE_PRINCIPALS, PAL_BASELINE_SCOPE, once they are known */
  constructor(name: string, args: AccessRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(AccessRoles.__pulumiType, name, {}, opts);
    const { transforms = {} } = args;
    const make = createChildFactory(this);
    const tags = buildTags(args);
    const scope = pulumi.output({ bucketArns: args.bucketArns ?? [], keyArns: args.keyArns ?? [] }).apply(assertScope);
    const made = mapRoles((role) => createRole(make, `${name}-${toChildName(role)}`, role, args, scope, tags));
    this.roles = mapRoles((role) => made[role].role);
    this.boundaries = mapRoles((role) => made[role].boundary);
    this.roleArns = mapRoles((role) => this.roles[role].arn);
    const alarm = {
      description: "The glass was broken",
      pattern: this.roleArns.breakGlass.apply(buildUsePattern),
      topicArn: args.alarmTopicArn,
      tags,
    };
    this.alarm = createAlarmRule(make, `${name}-${toChildName("breakGlass")}`, alarm, transforms);
    this.registerOutputs({ roleArns: this.roleArns });
  }
}

const mapRoles = <T>(make: (role: RoleName) => T): Record<RoleName, T> =>
  Object.fromEntries(ROLE_NAMES.map((role) => [role, make(role)])) as Record<RoleName, T>;

/** `break-glass` of `breakGlass`. */
const toChildName = (role: RoleName): string => role.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);

function createRole(
  make: ChildFactory,
  name: string,
  role: RoleName,
  args: AccessRolesArgs,
  scope: pulumi.Output<RoleScope>,
  tags: pulumi.Output<Record<string, string>>,
): { role: iam.Role; boundary: iam.Policy } {
  const { transforms = {} } = args;
  const bounds: iam.PolicyArgs = {
    description: `Most that ${name} may do`,
    policy: scope.apply((one) => buildBoundary(role, one)),
    tags,
  };
  const boundary = make(iam.Policy, name, bounds, transforms.boundary);
  const trust: RoleTrustArgs = args[role];
  const assumed: iam.RoleArgs = {
    assumeRolePolicy: pulumi
      .output({ principalArns: trust.principalArns, externalId: trust.externalId })
      .apply((one) => buildTrustPolicy(role, one)),
    permissionsBoundary: boundary.arn,
    maxSessionDuration: SESSION_SECONDS,
    tags,
  };
  const made = make(iam.Role, name, assumed, transforms.role);
  const policy = scope.apply((one) => buildRolePolicy(role, one));
  make(iam.RolePolicy, name, { role: made.name, policy }, transforms.rolePolicy);
  return { role: made, boundary };
}

/** @throws PAL_BASELINE_SCOPE */
function assertScope({ bucketArns, keyArns }: RoleScope): RoleScope {
  if (bucketArns.length + keyArns.length === 0)
    throw new PalisadeError("PAL_BASELINE_SCOPE", "neither bucketArns nor keyArns names anything");
  for (const arn of bucketArns) assertBucketArn("bucketArns", arn);
  for (const arn of keyArns) assertKeyArn("keyArns", arn);
  return { bucketArns, keyArns };
}

/** As JSON. @throws PAL_BASELINE_PRINCIPALS */
export function buildTrustPolicy(
  role: RoleName,
  { principalArns, externalId }: { principalArns: readonly string[]; externalId?: string | undefined },
): string {
  if (principalArns.length === 0) throw new PalisadeError("PAL_BASELINE_PRINCIPALS", `${role}.principalArns names nobody`);
  for (const arn of principalArns)
    if (findPrincipalArn(arn) === undefined)
      throw new PalisadeError("PAL_BASELINE_PRINCIPALS", `${role}.principalArns has ${JSON.stringify(arn)}, which is no user or role`);
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId))
    throw new PalisadeError("PAL_BASELINE_PRINCIPALS", `${role}.externalId is not 2 to 1224 letters, digits and any of +=,.@:/-`);
  const factor = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
  const fresh = { NumericLessThan: { "aws:MultiFactorAuthAge": String(FRESH_FACTOR_SECONDS) } };
  const Condition =
    role === "breakGlass"
      ? { ...factor, ...fresh }
      : externalId === undefined
        ? factor
        : { StringEquals: { "sts:ExternalId": externalId } };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "Assume", Effect: "Allow", Principal: { AWS: [...principalArns] }, Action: "sts:AssumeRole", Condition }],
  });
}

/** AWS' own limits. docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/** Somebody assumes the role, in this region. */
const buildUsePattern = (roleArn: string): object => ({
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: { eventSource: ["sts.amazonaws.com"], eventName: ["AssumeRole"], requestParameters: { roleArn: [roleArn] } },
});
