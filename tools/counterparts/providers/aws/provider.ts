import { DescribeAvailabilityZonesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { KindDouble, ProviderDouble } from "../providerDouble.js";
import type { Properties } from "../values.js";
import { BUCKET_SETTING_KINDS } from "./bucketSettings.js";
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
  const kinds = new Map<string, KindDouble | undefined>();
  return {
    sdk: "@pulumi/aws",
    configure: (config) => {
      clients = AwsClients.from(environment, config);
      kinds.clear();
    },
    kind: (token) => {
      if (clients !== undefined && !kinds.has(token)) kinds.set(token, createKind(token, clients, environment[AWS_STATE_FILE]));
      return kinds.get(token);
    },
    invoke: (token) => (clients === undefined ? undefined : lookUp(token, clients)),
  };
}

/** @param stateFile of what is kept by state alone */
function createKind(token: string, clients: AwsClients, stateFile: string | undefined): KindDouble | undefined {
  const kind = KINDS[token]?.(clients, stateFile);
  return (
    kind && {
      ...kind,
      validate: (inputs) => [...refuseOtherRegion(inputs, clients.region), ...(kind.validate?.(inputs) ?? [])],
    }
  );
}

type CreateKind = (clients: AwsClients, stateFile: string | undefined) => KindDouble;

/** By the tokens of @pulumi/aws. Each is made when it is first asked for: only the SDKs of AWS that a program's kinds call are loaded. */
const KINDS: Readonly<Record<string, CreateKind>> = {
  ...BUCKET_SETTING_KINDS,
  "aws:cloudtrail/trail:Trail": ({ cloudTrail, region }) => createTrailKind(cloudTrail, region),
  "aws:cloudwatch/eventRule:EventRule": ({ events, region }) => createEventRuleKind(events, region),
  "aws:cloudwatch/eventTarget:EventTarget": ({ events, region }) => createEventTargetKind(events, region),
  "aws:guardduty/detector:Detector": ({ region }, stateFile) => createDetectorKind(stateFile, region),
  "aws:guardduty/detectorFeature:DetectorFeature": ({ region }, stateFile) => createDetectorFeatureKind(stateFile, region),
  "aws:iam/policy:Policy": ({ iam }) => createPolicyKind(iam),
  "aws:iam/role:Role": ({ iam }) => createRoleKind(iam),
  "aws:iam/rolePolicy:RolePolicy": ({ iam }) => createRolePolicyKind(iam),
  "aws:s3/bucket:Bucket": ({ region, s3 }) => createBucketKind(s3, region),
  "aws:sns/topic:Topic": ({ region, sns }) => createTopicKind(sns, region),
  "aws:sns/topicPolicy:TopicPolicy": ({ region, sns }) => createTopicPolicyKind(sns, region),
  "aws:sns/topicSubscription:TopicSubscription": ({ region, sns }) => createTopicSubscriptionKind(sns, region),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ({ ec2, region }) => createDefaultSecurityGroupKind(ec2, region),
  "aws:ec2/flowLog:FlowLog": ({ ec2, region }) => createFlowLogKind(ec2, region),
  "aws:ec2/internetGateway:InternetGateway": ({ ec2, region }) => createInternetGatewayKind(ec2, region),
  "aws:ec2/networkAcl:NetworkAcl": ({ ec2, region }) => createNetworkAclKind(ec2, region),
  "aws:ec2/networkAclRule:NetworkAclRule": ({ ec2, region }) => createNetworkAclRuleKind(ec2, region),
  "aws:ec2/route:Route": ({ ec2, region }) => createRouteKind(ec2, region),
  "aws:ec2/routeTable:RouteTable": ({ ec2, region }) => createRouteTableKind(ec2, region),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ({ ec2, region }) => createRouteTableAssociationKind(ec2, region),
  "aws:ec2/securityGroup:SecurityGroup": ({ ec2, region }) => createSecurityGroupKind(ec2, region),
  "aws:ec2/subnet:Subnet": ({ ec2, region }) => createSubnetKind(ec2, region),
  "aws:ec2/vpc:Vpc": ({ ec2, region }) => createVpcKind(ec2, region),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ ec2, region }) => createVpcEndpointKind(ec2, region),
  "aws:kms/alias:Alias": ({ kms }) => createAliasKind(kms),
  "aws:kms/key:Key": ({ kms }) => createKeyKind(kms),
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": ({ ec2, region }) => createEndpointPrivateDnsKind(ec2, region),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ({ ec2, region }) => createSecurityGroupRuleKind(ec2, region, true),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ({ ec2, region }) => createSecurityGroupRuleKind(ec2, region, false),
};

/** The tokens of all kinds that there is a double of. */
export const AWS_KINDS: readonly string[] = Object.keys(KINDS);

function lookUp(token: string, clients: AwsClients): Promise<Properties> | undefined {
  const { region } = clients;
  if (token === "aws:index/getRegion:getRegion") return Promise.resolve({ id: region, name: region, region });
  if (token === "aws:index/getAvailabilityZones:getAvailabilityZones") return lookUpZones(clients.ec2, region);
  if (token !== "aws:index/getCallerIdentity:getCallerIdentity") return undefined;
  return clients.sts.send(new GetCallerIdentityCommand({})).then(({ Account, Arn, UserId }) => ({
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
