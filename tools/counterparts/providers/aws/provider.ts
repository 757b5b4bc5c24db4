import { DescribeAvailabilityZonesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { KindDouble, ProviderDouble } from "../double.js";
import type { Properties } from "../values.js";
import { AwsClients } from "./clients.js";
import { defaultSecurityGroupKind } from "./defaultSecurityGroup.js";
import { endpointPrivateDnsKind, vpcEndpointKind } from "./endpoints.js";
import { flowLogKind } from "./flowLogs.js";
import { aliasKind, keyKind } from "./kms.js";
import { routeTableAssociationKind, routeTableKind, subnetKind, vpcKind } from "./network.js";
import { networkAclKind, networkAclRuleKind } from "./networkAcls.js";
import { internetGatewayKind, routeKind } from "./routes.js";
import { securityGroupKind, securityGroupRuleKind } from "./securityGroups.js";
import { elsewhere } from "./validation.js";

/** A double of the provider of @pulumi/aws: real calls of AWS' SDK, to a double of AWS on loopback. */
export function awsDouble(environment: NodeJS.ProcessEnv): ProviderDouble {
  let clients: AwsClients | undefined;
  let kinds: Readonly<Record<string, KindDouble>> = {};
  return {
    sdk: "@pulumi/aws",
    configure: (config) => {
      clients = AwsClients.from(environment, config);
      kinds = awsKinds(clients);
    },
    kind: (token) => kinds[token],
    invoke: (token) => (clients === undefined ? undefined : lookUp(token, clients)),
  };
}

/** By the tokens of @pulumi/aws. */
export function awsKinds(clients: AwsClients): Readonly<Record<string, KindDouble>> {
  const within = (kind: KindDouble): KindDouble => ({
    ...kind,
    validate: (inputs) => [...elsewhere(inputs, clients.region), ...(kind.validate?.(inputs) ?? [])],
  });
  return Object.fromEntries(Object.entries(kindsAnywhere(clients)).map(([token, kind]) => [token, within(kind)]));
}

const kindsAnywhere = ({ kms, ec2, region }: AwsClients): Readonly<Record<string, KindDouble>> => ({
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": defaultSecurityGroupKind(ec2, region),
  "aws:ec2/flowLog:FlowLog": flowLogKind(ec2, region),
  "aws:ec2/internetGateway:InternetGateway": internetGatewayKind(ec2, region),
  "aws:ec2/networkAcl:NetworkAcl": networkAclKind(ec2, region),
  "aws:ec2/networkAclRule:NetworkAclRule": networkAclRuleKind(ec2, region),
  "aws:ec2/route:Route": routeKind(ec2, region),
  "aws:ec2/routeTable:RouteTable": routeTableKind(ec2, region),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociationKind(ec2, region),
  "aws:ec2/securityGroup:SecurityGroup": securityGroupKind(ec2, region),
  "aws:ec2/subnet:Subnet": subnetKind(ec2, region),
  "aws:ec2/vpc:Vpc": vpcKind(ec2, region),
  "aws:ec2/vpcEndpoint:VpcEndpoint": vpcEndpointKind(ec2, region),
  "aws:kms/alias:Alias": aliasKind(kms),
  "aws:kms/key:Key": keyKind(kms),
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": endpointPrivateDnsKind(ec2, region),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRuleKind(ec2, region, true),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRuleKind(ec2, region, false),
});

function lookUp(token: string, { ec2, region, sts }: AwsClients): Promise<Properties> | undefined {
  if (token === "aws:index/getRegion:getRegion") return Promise.resolve({ id: region, name: region, region });
  if (token === "aws:index/getAvailabilityZones:getAvailabilityZones") return lookUpZones(ec2, region);
  if (token !== "aws:index/getCallerIdentity:getCallerIdentity") return undefined;
  return sts.send(new GetCallerIdentityCommand({})).then(({ Account, Arn, UserId }) => ({
    ...{ accountId: Account, arn: Arn, id: Account, userId: UserId },
  }));
}

async function lookUpZones(ec2: EC2Client, region: string): Promise<Properties> {
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  const names = AvailabilityZones.map(({ ZoneName }) => ZoneName);
  return { id: region, region, names, zoneIds: AvailabilityZones.map(({ ZoneId }) => ZoneId), groupNames: [] };
}
