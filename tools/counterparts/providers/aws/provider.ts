import { DescribeAvailabilityZonesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { KindDouble, ProviderDouble } from "../providerDouble.js";
import type { Properties } from "../values.js";
import { createBucketSettingKinds } from "./bucketSettings.js";
import { createBucketKind } from "./buckets.js";
import { AwsClients } from "./clients.js";
import { createDefaultSecurityGroupKind } from "./defaultSecurityGroup.js";
import { createEndpointPrivateDnsKind, createVpcEndpointKind } from "./endpoints.js";
import { createEventRuleKind, createEventTargetKind } from "./eventRules.js";
import { createFlowLogKind } from "./flowLogs.js";
import { AWS_STATE_FILE, createDetectorFeatureKind, createDetectorKind } from "./guardDuty.js";
import { createAliasKind, createKeyKind } from "./kms.js";
import { createRouteTableAssociationKind, createRouteTableKind, createSubnetKind, createVpcKind } from "./network.js";
import { createNetworkAclKind, createNetworkAclRuleKind } from "./networkAcls.js";
import { createPolicyKind, createRoleKind, createRolePolicyKind } from "./roles.js";
import { createInternetGatewayKind, createRouteKind } from "./routes.js";
import { createSecurityGroupKind, createSecurityGroupRuleKind } from "./securityGroups.js";
import { createTopicKind, createTopicPolicyKind, createTopicSubscriptionKind } from "./topics.js";
import { createTrailKind } from "./trails.js";
import { refuseOtherRegion } from "./validation.js";

/**
 * A double of the provider of @pulumi/aws: real calls of AWS' SDK, to a double of AWS on loopback. What that has no calls for, GuardDuty, is by
 * state alone, in the file that `PALISADE_AWS_DOUBLE_FILE` names.
 */
export function createAwsDouble(environment: NodeJS.ProcessEnv): ProviderDouble {
  let clients: AwsClients | undefined;
  let kinds: Readonly<Record<string, KindDouble>> = {};
  return {
    sdk: "@pulumi/aws",
    configure: (config) => {
      clients = AwsClients.from(environment, config);
      kinds = createAwsKinds(clients, environment[AWS_STATE_FILE]);
    },
    kind: (token) => kinds[token],
    invoke: (token) => (clients === undefined ? undefined : lookUp(token, clients)),
  };
}

/** By the tokens of @pulumi/aws. @param stateFile of what is kept by state alone */
export function createAwsKinds(clients: AwsClients, stateFile?: string): Readonly<Record<string, KindDouble>> {
  const within = (kind: KindDouble): KindDouble => ({
    ...kind,
    validate: (inputs) => [...refuseOtherRegion(inputs, clients.region), ...(kind.validate?.(inputs) ?? [])],
  });
  return Object.fromEntries(Object.entries(createKindsOfAnyRegion(clients, stateFile)).map(([token, kind]) => [token, within(kind)]));
}

const createKindsOfAnyRegion = (
  { cloudTrail, ec2, events, iam, kms, region, s3, sns }: AwsClients,
  stateFile: string | undefined,
): Readonly<Record<string, KindDouble>> => ({
  ...createBucketSettingKinds(s3, region),
  "aws:cloudtrail/trail:Trail": createTrailKind(cloudTrail, region),
  "aws:cloudwatch/eventRule:EventRule": createEventRuleKind(events, region),
  "aws:cloudwatch/eventTarget:EventTarget": createEventTargetKind(events, region),
  "aws:guardduty/detector:Detector": createDetectorKind(stateFile, region),
  "aws:guardduty/detectorFeature:DetectorFeature": createDetectorFeatureKind(stateFile, region),
  "aws:iam/policy:Policy": createPolicyKind(iam),
  "aws:iam/role:Role": createRoleKind(iam),
  "aws:iam/rolePolicy:RolePolicy": createRolePolicyKind(iam),
  "aws:s3/bucket:Bucket": createBucketKind(s3, region),
  "aws:sns/topic:Topic": createTopicKind(sns, region),
  "aws:sns/topicPolicy:TopicPolicy": createTopicPolicyKind(sns, region),
  "aws:sns/topicSubscription:TopicSubscription": createTopicSubscriptionKind(sns, region),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": createDefaultSecurityGroupKind(ec2, region),
  "aws:ec2/flowLog:FlowLog": createFlowLogKind(ec2, region),
  "aws:ec2/internetGateway:InternetGateway": createInternetGatewayKind(ec2, region),
  "aws:ec2/networkAcl:NetworkAcl": createNetworkAclKind(ec2, region),
  "aws:ec2/networkAclRule:NetworkAclRule": createNetworkAclRuleKind(ec2, region),
  "aws:ec2/route:Route": createRouteKind(ec2, region),
  "aws:ec2/routeTable:RouteTable": createRouteTableKind(ec2, region),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": createRouteTableAssociationKind(ec2, region),
  "aws:ec2/securityGroup:SecurityGroup": createSecurityGroupKind(ec2, region),
  "aws:ec2/subnet:Subnet": createSubnetKind(ec2, region),
  "aws:ec2/vpc:Vpc": createVpcKind(ec2, region),
  "aws:ec2/vpcEndpoint:VpcEndpoint": createVpcEndpointKind(ec2, region),
  "aws:kms/alias:Alias": createAliasKind(kms),
  "aws:kms/key:Key": createKeyKind(kms),
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": createEndpointPrivateDnsKind(ec2, region),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": createSecurityGroupRuleKind(ec2, region, true),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": createSecurityGroupRuleKind(ec2, region, false),
});

function lookUp(token: string, { ec2, region, sts }: AwsClients): Promise<Properties> | undefined {
  if (token === "aws:index/getRegion:getRegion") return Promise.resolve({ id: region, name: region, region });
  if (token === "aws:index/getAvailabilityZones:getAvailabilityZones") return lookUpZones(ec2, region);
  if (token !== "aws:index/getCallerIdentity:getCallerIdentity") return undefined;
  return sts.send(new GetCallerIdentityCommand({})).then(({ Account, Arn, UserId }) => ({
    accountId: Account,
    arn: Arn,
    id: Account,
    userId: UserId,
  }));
}

async function lookUpZones(ec2: EC2Client, region: string): Promise<Properties> {
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  const names = AvailabilityZones.map(({ ZoneName }) => ZoneName);
  return { id: region, region, names, zoneIds: AvailabilityZones.map(({ ZoneId }) => ZoneId), groupNames: [] };
}
