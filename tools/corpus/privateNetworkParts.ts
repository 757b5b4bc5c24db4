import { toTypeToken, type WrittenResource } from "./writtenChanges.js";

/**
 * Both halves of private networking together, with the types and words of `@pulumi/aws` 7 and `@pulumi/azure-native` 3, as PrivateNetwork and the
 * segmented networks declare them. Written by hand, as the other streams of clouds are. The labels were written before the judge was asked.
 */

export const [VPC, SUBNET, OTHER_SUBNET, GROUP, ACL, TABLE, ENDPOINT] = [
  ...["vpc-1", "subnet-1", "subnet-2", "sg-1", "acl-1", "rtb-1"],
  "vpce-0123456789abcdef0",
] as const;
export const [inside, half, wider, elsewhere] = ["10.0.0.0/16", "10.0.0.0/17", "10.0.0.0/8", "192.168.0.0/16"];
export const ALL = "0.0.0.0/0";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const buildProject = (network: object = { allow: "nobody" }): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: "quiet-lake-12345678",
  inputs: { name: "shop", regionId: "aws-eu-central-1", network },
  outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" },
});
export const LISTED = { allow: "listed", ranges: ["203.0.113.0/24"] };
export const buildSecurityGroup = (...cidrs: string[]): WrittenResource => ({
  type: "aws:ec2/securityGroup:SecurityGroup",
  name: "group",
  id: GROUP,
  inputs: { vpcId: VPC, ingress: cidrs.map((cidr) => ({ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [cidr] })) },
});
export const buildEndpoint = (more: object = {}): WrittenResource => ({
  type: "aws:ec2/vpcEndpoint:VpcEndpoint",
  name: "way",
  id: ENDPOINT,
  inputs: { vpcId: VPC, vpcEndpointType: "Interface", securityGroupIds: [GROUP], subnetIds: [SUBNET], ...more },
});
export const buildAssignment = (more: object = {}, state = "accepted"): WrittenResource => ({
  type: toTypeToken("PrivateEndpoint"),
  name: "assigned",
  id: `org-1/aws-eu-central-1/${ENDPOINT}`,
  inputs: { regionId: "aws-eu-central-1", vpcEndpointId: ENDPOINT, ...more },
  outputs: { state },
  origins: { vpcEndpointId: ["way"] },
});
export const buildRestriction = (more: object = {}): WrittenResource => ({
  type: toTypeToken("VpcEndpointRestriction"),
  name: "restricted",
  id: `quiet-lake-12345678/${ENDPOINT}`,
  inputs: { projectId: "quiet-lake-12345678", vpcEndpointId: ENDPOINT, ...more },
  origins: { projectId: ["shop"], vpcEndpointId: ["assigned"] },
});
export const buildAclEntry = (ruleNo: number, action: string, cidrBlock: string, port = 5432) => ({
  ruleNo,
  action,
  cidrBlock,
  protocol: "tcp",
  fromPort: port,
  toPort: port,
});
export const buildNetworkAcl = (ingress: readonly object[], subnetIds: readonly string[] = [SUBNET]): WrittenResource => ({
  type: "aws:ec2/networkAcl:NetworkAcl",
  name: "acl",
  id: ACL,
  inputs: { vpcId: VPC, subnetIds, ingress },
});
export const buildNetworkAclRule = (
  name: string,
  ruleNumber: number,
  ruleAction: string,
  cidrBlock: string,
  more: object = {},
): WrittenResource => ({
  type: "aws:ec2/networkAclRule:NetworkAclRule",
  name,
  id: `nacl-${name}`,
  inputs: { networkAclId: ACL, ruleNumber, ruleAction, cidrBlock, protocol: "tcp", fromPort: 5432, toPort: 5432, egress: false, ...more },
});
export const buildRouteTable = (...routes: object[]): WrittenResource[] => [
  { type: "aws:ec2/routeTable:RouteTable", name: "table", id: TABLE, inputs: { vpcId: VPC, routes } },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    name: "table-of-subnet",
    id: "rtbassoc-1",
    inputs: { routeTableId: TABLE, subnetId: SUBNET },
  },
];
export const buildRoute = (destinationCidrBlock: string): WrittenResource => ({
  type: "aws:ec2/route:Route",
  name: "route",
  id: "r-1",
  inputs: { routeTableId: TABLE, destinationCidrBlock, transitGatewayId: "tgw-1" },
});
export const buildPeering = (vpcId: string, peerVpcId: string): WrittenResource => ({
  type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
  name: "peering",
  id: "pcx-1",
  inputs: { vpcId, peerVpcId },
});
export const buildPrivateDns = (privateDnsEnabled: boolean): WrittenResource => ({
  type: "aws:vpc/endpointPrivateDns:EndpointPrivateDns",
  name: "dns",
  id: ENDPOINT,
  inputs: { vpcEndpointId: ENDPOINT, privateDnsEnabled },
  origins: { vpcEndpointId: ["way"] },
});
export const buildEndpointPolicy = (...statements: object[]) => ({
  policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
});
export const buildAllowStatement = (principal: unknown, more: object = {}) => ({
  Effect: "Allow",
  Principal: principal,
  Action: "*",
  Resource: "*",
  ...more,
});
export const ROLE = { AWS: "arn:aws:iam::111122223333:role/shop" };

/** The whole of it: a project that admits nobody from the internet, restricted to the one endpoint. */
export const buildRestrictedProject = (...more: WrittenResource[]): WrittenResource[] => [
  buildProject(),
  buildAssignment(),
  buildRestriction(),
  ...more,
];
export const buildAwsStack = (...more: WrittenResource[]): WrittenResource[] =>
  buildRestrictedProject(buildSecurityGroup(inside), buildEndpoint(), ...more);
