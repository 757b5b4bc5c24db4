import { ours, type Written, writtenChanges } from "./written.js";

/**
 * Both halves of private networking together, with the types and words of `@pulumi/aws` 7 and `@pulumi/azure-native` 3, as PrivateNetwork and the
 * segmented networks declare them. Written by hand, as the other streams of clouds are. The labels were written before the judge was asked.
 */

const [VPC, SUBNET, OTHER_SUBNET, GROUP, ACL, TABLE, ENDPOINT] = [
  ...["vpc-1", "subnet-1", "subnet-2", "sg-1", "acl-1", "rtb-1"],
  "vpce-0123456789abcdef0",
] as const;
const [inside, half, wider, elsewhere] = ["10.0.0.0/16", "10.0.0.0/17", "10.0.0.0/8", "192.168.0.0/16"];
const ALL = "0.0.0.0/0";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const project = (network: object = { allow: "nobody" }): Written => ({
  ...{ type: ours("Project"), name: "shop", id: "quiet-lake-12345678" },
  inputs: { name: "shop", regionId: "aws-eu-central-1", network },
  outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" },
});
const LISTED = { allow: "listed", ranges: ["203.0.113.0/24"] };
const group = (...cidrs: string[]): Written => ({
  ...{ type: "aws:ec2/securityGroup:SecurityGroup", name: "group", id: GROUP },
  inputs: { vpcId: VPC, ingress: cidrs.map((cidr) => ({ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [cidr] })) },
});
const endpoint = (more: object = {}): Written => ({
  ...{ type: "aws:ec2/vpcEndpoint:VpcEndpoint", name: "way", id: ENDPOINT },
  inputs: { vpcId: VPC, vpcEndpointType: "Interface", securityGroupIds: [GROUP], subnetIds: [SUBNET], ...more },
});
const assigned = (more: object = {}, state = "accepted"): Written => ({
  ...{ type: ours("PrivateEndpoint"), name: "assigned", id: `org-1/aws-eu-central-1/${ENDPOINT}` },
  inputs: { regionId: "aws-eu-central-1", vpcEndpointId: ENDPOINT, ...more },
  ...{ outputs: { state }, origins: { vpcEndpointId: ["way"] } },
});
const restricted = (more: object = {}): Written => ({
  ...{ type: ours("VpcEndpointRestriction"), name: "restricted", id: `quiet-lake-12345678/${ENDPOINT}` },
  inputs: { projectId: "quiet-lake-12345678", vpcEndpointId: ENDPOINT, ...more },
  origins: { projectId: ["shop"], vpcEndpointId: ["assigned"] },
});
const entry = (ruleNo: number, action: string, cidrBlock: string, port = 5432) => ({
  ...{ ruleNo, action, cidrBlock, protocol: "tcp", fromPort: port, toPort: port },
});
const acl = (ingress: readonly object[], subnetIds: readonly string[] = [SUBNET]): Written => ({
  ...{ type: "aws:ec2/networkAcl:NetworkAcl", name: "acl", id: ACL },
  inputs: { vpcId: VPC, subnetIds, ingress },
});
const aclRule = (name: string, ruleNumber: number, ruleAction: string, cidrBlock: string, more: object = {}): Written => ({
  ...{ type: "aws:ec2/networkAclRule:NetworkAclRule", name, id: `nacl-${name}` },
  inputs: { networkAclId: ACL, ruleNumber, ruleAction, cidrBlock, protocol: "tcp", fromPort: 5432, toPort: 5432, egress: false, ...more },
});
const table = (...routes: object[]): Written[] => [
  { type: "aws:ec2/routeTable:RouteTable", name: "table", id: TABLE, inputs: { vpcId: VPC, routes } },
  {
    ...{ type: "aws:ec2/routeTableAssociation:RouteTableAssociation", name: "table-of-subnet", id: "rtbassoc-1" },
    inputs: { routeTableId: TABLE, subnetId: SUBNET },
  },
];
const route = (destinationCidrBlock: string): Written => ({
  ...{ type: "aws:ec2/route:Route", name: "route", id: "r-1" },
  inputs: { routeTableId: TABLE, destinationCidrBlock, transitGatewayId: "tgw-1" },
});
const peering = (vpcId: string, peerVpcId: string): Written => ({
  ...{ type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", name: "peering", id: "pcx-1" },
  inputs: { vpcId, peerVpcId },
});
const dns = (privateDnsEnabled: boolean): Written => ({
  ...{ type: "aws:vpc/endpointPrivateDns:EndpointPrivateDns", name: "dns", id: ENDPOINT },
  ...{ inputs: { vpcEndpointId: ENDPOINT, privateDnsEnabled }, origins: { vpcEndpointId: ["way"] } },
});
const policy = (...statements: object[]) => ({ policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }) });
const allow = (principal: unknown, more: object = {}) => ({ Effect: "Allow", Principal: principal, Action: "*", Resource: "*", ...more });
const ROLE = { AWS: "arn:aws:iam::111122223333:role/shop" };

/** The whole of it: a project that admits nobody from the internet, restricted to the one endpoint. */
const net = (...more: Written[]): Written[] => [project(), assigned(), restricted(), ...more];
const aws = (...more: Written[]): Written[] => net(group(inside), endpoint(), ...more);

export const networks = writtenChanges("clouds")([
  // Security groups, joined to what they lead to
  [
    "private network: the group of the endpoint lets more in",
    aws(),
    net(group(wider), endpoint()),
    "needsReview",
    ["private-path-widened group"],
  ],
  ["private network: the group lets in nobody any more", aws(), net(group(), endpoint()), "needsReview", ["private-path-closed group"]],
  ["private network: the group lets in half as many", aws(), net(group(half), endpoint()), "approve"],
  // Network ACLs: the lowest number first
  [
    "a network ACL is taken off the endpoint's subnet",
    net(group(wider), endpoint(), acl([entry(100, "allow", inside)])),
    net(group(wider), endpoint()),
    "needsReview",
    ["private-path-widened acl"],
  ],
  [
    "an allow before the deny of a network ACL",
    net(group(wider), endpoint(), acl([entry(100, "deny", half), entry(200, "allow", inside)])),
    net(group(wider), endpoint(), acl([entry(90, "allow", half), entry(100, "deny", half), entry(200, "allow", inside)])),
    "needsReview",
    ["private-path-widened acl"],
  ],
  [
    "an allow behind the deny of a network ACL",
    net(group(wider), endpoint(), acl([entry(100, "deny", half), entry(200, "allow", inside)])),
    net(group(wider), endpoint(), acl([entry(100, "deny", half), entry(150, "allow", half), entry(200, "allow", inside)])),
    "approve",
  ],
  [
    "the deny of a network ACL gets a number behind the allow",
    net(group(wider), endpoint(), acl([entry(100, "deny", half), entry(200, "allow", inside)])),
    net(group(wider), endpoint(), acl([entry(300, "deny", half), entry(200, "allow", inside)])),
    "needsReview",
    ["private-path-widened acl"],
  ],
  [
    "a network ACL lets in more than the group does",
    net(group(inside), endpoint(), acl([entry(100, "allow", inside)])),
    net(group(inside), endpoint(), acl([entry(100, "allow", wider)])),
    "approve",
  ],
  [
    "a network ACL opens another port",
    net(group(wider), endpoint(), acl([entry(100, "allow", inside)])),
    net(group(wider), endpoint(), acl([entry(100, "allow", inside), entry(110, "allow", wider, 443)])),
    "approve",
  ],
  [
    "a rule of a network ACL of its own, before the deny",
    net(group(wider), endpoint(), acl([]), aclRule("no", 100, "deny", half), aclRule("yes", 200, "allow", inside)),
    net(group(wider), endpoint(), acl([]), aclRule("no", 100, "deny", half), aclRule("yes", 50, "allow", inside)),
    "needsReview",
    ["private-path-widened yes"],
  ],
  [
    "an egress rule of a network ACL",
    net(group(wider), endpoint(), acl([]), aclRule("yes", 200, "allow", inside)),
    net(group(wider), endpoint(), acl([]), aclRule("yes", 200, "allow", inside), aclRule("out", 100, "allow", wider, { egress: true })),
    "approve",
  ],
  [
    "a rule of a network ACL of unknown addresses",
    net(group(wider), endpoint(), acl([]), aclRule("yes", 200, "allow", inside)),
    net(group(wider), endpoint(), acl([]), aclRule("yes", 200, "allow", UNKNOWN)),
    "needsReview",
    [],
    { unclear: true },
  ],
  [
    "the endpoint stands in another subnet, too, which has no network ACL",
    net(group(wider), endpoint(), acl([entry(100, "allow", inside)])),
    net(group(wider), endpoint({ subnetIds: [SUBNET, OTHER_SUBNET] }), acl([entry(100, "allow", inside)])),
    "needsReview",
    ["private-path-widened way"],
  ],
  // Routes and peerings
  [
    "a route to a network that the group lets in",
    aws(...table()),
    aws(...table(), route("10.0.128.0/17")),
    "needsReview",
    ["private-path-routed route"],
  ],
  [
    "a route to a network that the group does not let in",
    aws(...table()),
    aws(...table(), route(elsewhere)),
    "approve",
    ["private-path-routed route"],
  ],
  [
    "the endpoint's subnet is routed to the internet",
    aws(...table()),
    aws(...table({ cidrBlock: ALL, gatewayId: "igw-1" })),
    "needsReview",
    ["private-path-routed table"],
  ],
  [
    "a route spelled in two halves",
    aws(...table({ cidrBlock: inside, transitGatewayId: "tgw-1" })),
    aws(...table({ cidrBlock: half, transitGatewayId: "tgw-1" }, { cidrBlock: "10.0.128.0/17", transitGatewayId: "tgw-1" })),
    "approve",
  ],
  [
    "a route to what is known only after the update",
    aws(...table()),
    aws(...table(), route(UNKNOWN)),
    "needsReview",
    [],
    { unclear: true },
  ],
  ["the endpoint's network is peered", aws(), aws(peering(VPC, "vpc-9")), "needsReview", ["network-peered peering"]],
  ["the endpoint's network is peered from the other side", aws(), aws(peering("vpc-9", VPC)), "needsReview", ["network-peered peering"]],
  ["two other networks are peered", aws(), aws(peering("vpc-8", "vpc-9")), "approve"],
  ["a peering taken away", aws(peering(VPC, "vpc-9")), aws(), "approve"],
  // Private DNS
  ["private DNS taken away", aws(dns(true)), aws(), "needsReview", ["private-dns-removed dns"]],
  ["private DNS switched off", aws(dns(true)), aws(dns(false)), "needsReview", ["private-dns-removed dns"]],
  ["private DNS switched on", aws(dns(false)), aws(dns(true)), "approve"],
  // Endpoint policies
  [
    "the policy of the endpoint lets everybody use it",
    net(group(inside), endpoint(policy(allow(ROLE)))),
    net(group(inside), endpoint(policy(allow("*")))),
    "needsReview",
    ["endpoint-policy-widened way"],
  ],
  [
    "the policy of the endpoint taken away",
    net(group(inside), endpoint(policy(allow(ROLE)))),
    aws(),
    "needsReview",
    ["endpoint-policy-widened way"],
  ],
  [
    "the policy of the endpoint denies no more",
    net(group(inside), endpoint(policy(allow("*"), { ...allow(ROLE), Effect: "Deny" }))),
    net(group(inside), endpoint(policy(allow("*")))),
    "needsReview",
    ["endpoint-policy-widened way"],
  ],
  [
    "a condition of the endpoint's policy taken away",
    net(group(inside), endpoint(policy(allow("*", { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } })))),
    net(group(inside), endpoint(policy(allow("*")))),
    "needsReview",
    ["endpoint-policy-widened way"],
  ],
  [
    "the policy of the endpoint in another spelling",
    net(group(inside), endpoint(policy(allow(ROLE)))),
    net(group(inside), endpoint(policy(allow({ AWS: [ROLE.AWS] }, { Action: ["*"], Resource: ["*"] })))),
    "approve",
  ],
  ["the endpoint gets a policy", aws(), net(group(inside), endpoint(policy(allow(ROLE)))), "approve"],
  // Neon's half
  [
    "private network: the restriction lifted",
    net(group(inside), endpoint()).map((one) => (one.name === "restricted" ? restricted({ allowAll: true }) : one)),
    [project(), assigned(), group(inside), endpoint()],
    "block",
    ["restriction-removed restricted", "vpc-restriction-lifted shop/main"],
  ],
  [
    "private network: the endpoint may be released",
    aws(),
    [project(), assigned({ release: true }), restricted(), group(inside), endpoint()],
    "needsReview",
    ["guard-released assigned"],
  ],
  [
    "private network: the block of private endpoints lifted",
    [project({ allow: "nobody", privateEndpoints: "blocked" }), assigned(), restricted(), group(inside), endpoint()],
    [project({ allow: "nobody", privateEndpoints: "allowed" }), assigned(), restricted(), group(inside), endpoint()],
    "needsReview",
    ["private-access-widened shop/main"],
  ],
  [
    "private network: the group opened and the restriction lifted in one change",
    net(group(inside), endpoint()).map((one) => (one.name === "restricted" ? restricted({ allowAll: true }) : one)),
    [project(), assigned(), group(wider), endpoint()],
    "block",
    ["private-path-widened group", "restriction-removed restricted", "vpc-restriction-lifted shop/main"],
  ],
  // Locked out
  [
    "nobody from the internet any more, and a lock-out accepted where no private endpoint is known",
    [project(LISTED)],
    [project({ allow: "nobody", acceptLockOut: true })],
    "block",
    ["closed-to-everyone shop/main", "lock-out-accepted shop"],
  ],
  [
    "a lock-out accepted where the private endpoint is accepted",
    [project(LISTED), group(inside), endpoint(), assigned()],
    [project({ allow: "nobody", acceptLockOut: true }), group(inside), endpoint(), assigned()],
    "needsReview",
    ["closed-to-everyone shop/main", "lock-out-accepted shop"],
  ],
  [
    "a lock-out accepted where the private endpoint waits to be accepted",
    [project(LISTED), group(inside), endpoint(), assigned({}, "new")],
    [project({ allow: "nobody", acceptLockOut: true }), group(inside), endpoint(), assigned({}, "new")],
    "block",
    ["closed-to-everyone shop/main", "lock-out-accepted shop"],
  ],
  [
    "a lock-out accepted where the private endpoint was rejected",
    [project(), group(inside), endpoint(), assigned({}, "rejected")],
    net(group(inside), endpoint()).map((one) =>
      one.name === "restricted" ? restricted({ acceptLockOut: true }) : one.name === "assigned" ? assigned({}, "rejected") : one,
    ),
    "block",
    ["lock-out-accepted restricted", "private-access-narrowed shop/main"],
  ],
  [
    "a restriction where a lock-out is accepted, to an endpoint that is accepted",
    [project(), group(inside), endpoint(), assigned()],
    net(group(inside), endpoint()).map((one) => (one.name === "restricted" ? restricted({ acceptLockOut: true }) : one)),
    "needsReview",
    ["lock-out-accepted restricted", "private-access-narrowed shop/main"],
  ],
  [
    "a project renamed that accepted a lock-out long ago",
    [project({ allow: "nobody", acceptLockOut: true })],
    [
      {
        ...project({ allow: "nobody", acceptLockOut: true }),
        inputs: { ...project({ allow: "nobody", acceptLockOut: true }).inputs, name: "store" },
      },
    ],
    "approve",
  ],
  [
    "a new project that nobody can be locked out of",
    [],
    [{ ...project({ allow: "nobody", acceptLockOut: true }), id: "" }],
    "approve",
    ["lock-out-accepted shop", "new-branch shop/main"],
  ],
  // States of private endpoints: what is not accepted yet is admitted as soon as it is
  [
    "the restriction lifted where the endpoints wait to be accepted",
    [project(), group(inside), endpoint(), assigned({}, "new"), restricted({ allowAll: true })],
    [project(), group(inside), endpoint(), assigned({}, "new")],
    "block",
    ["restriction-removed restricted", "vpc-restriction-lifted shop/main"],
  ],
  [
    "private endpoints allowed and no restriction, which none had been lifted for",
    [project({ allow: "nobody", privateEndpoints: "blocked" }), group(inside), endpoint(), assigned()],
    [project({ allow: "nobody", privateEndpoints: "allowed" }), group(inside), endpoint(), assigned()],
    "needsReview",
    ["private-access-widened shop/main"],
  ],
]);
