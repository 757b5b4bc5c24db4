import { UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource, buildResource } from "../../../tools/corpus/writtenChanges.js";

/** One half here and the other elsewhere, what a stack of its own attaches, and names: opened, it is not approved; what is surely another's is. */

const [ENDPOINT, EVERYWHERE, INSIDE] = ["vpce-0123456789abcdef0", "0.0.0.0/0", "10.0.0.0/16"];
const project = buildResource(
  toTypeToken("Project"),
  "shop",
  "quiet-lake-12345678",
  { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody" } },
  { outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" } },
);
const elsewhere = buildResource("pulumi:pulumi:StackReference", "net", "acme/net", { name: "acme/net" });
const assigned = (vpcEndpointId = ENDPOINT, more: Partial<WrittenResource> = {}): WrittenResource =>
  buildResource(
    toTypeToken("PrivateEndpoint"),
    "assigned",
    `org-1/aws-eu-central-1/${ENDPOINT}`,
    { regionId: "aws-eu-central-1", vpcEndpointId },
    more,
  );
const restricted = (id = `quiet-lake-12345678/${ENDPOINT}`): WrittenResource =>
  buildResource(toTypeToken("VpcEndpointRestriction"), "restricted", id, { projectId: "quiet-lake-12345678", vpcEndpointId: ENDPOINT });
const group = (cidr: string, name = "group", id = "sg-1"): WrittenResource =>
  buildResource("aws:ec2/securityGroup:SecurityGroup", name, id, {
    vpcId: "vpc-1",
    ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [cidr] }],
  });
const endpoint = (more: object = {}): WrittenResource =>
  buildResource("aws:ec2/vpcEndpoint:VpcEndpoint", "way", ENDPOINT, {
    vpcId: "vpc-1",
    vpcEndpointType: "Interface",
    securityGroupIds: ["sg-1"],
    subnetIds: ["subnet-1"],
    ...more,
  });
const acl = (action: string, name: string, subnet: string): WrittenResource =>
  buildResource("aws:ec2/networkAcl:NetworkAcl", name, `acl-${name}`, {
    vpcId: "vpc-1",
    subnetIds: [subnet],
    ingress: [{ ruleNo: 100, action, cidrBlock: EVERYWHERE, protocol: "-1" }],
  });
const second = buildResource("aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation", "second", "a-1", {
  vpcEndpointId: ENDPOINT,
  subnetId: "subnet-2",
});
const table = (name: string, ...routes: object[]): WrittenResource[] => [
  buildResource("aws:ec2/routeTable:RouteTable", name, `rtb-${name}`, { vpcId: "vpc-1", routes }),
  buildResource("aws:ec2/routeTableAssociation:RouteTableAssociation", `${name}OfSubnet`, "rta-1", {
    routeTableId: `rtb-${name}`,
    subnetId: "subnet-2",
  }),
];
const BY_TGW = { cidrBlock: EVERYWHERE, transitGatewayId: "tgw-1" };
const joined = [project, assigned(), group(EVERYWHERE), endpoint()];
const service = (region: string, id: string) => `com.amazonaws.vpce.${region}.${id}`;
const verdictOf = async (before: readonly WrittenResource[], after: readonly WrittenResource[]) =>
  (await reviewStream(buildStream(before, after))).verdict;

it.each<[string, string, object, boolean]>([
  ["no Project", "a service of Neon's", { serviceName: service("eu-central-1", "vpce-svc-05554c35009a5eccb") }, false],
  ["a Project", "a service of Neon's", { serviceName: service("eu-central-1", "vpce-svc-05554c35009a5eccb") }, false],
  ["a Project", "no service that is told", {}, false],
  ["a Project", "a service that is known after the update", { serviceName: UNKNOWN }, false],
  [
    "a Project",
    "somebody's service in a region of which none of Neon's is known",
    { serviceName: service("eu-south-2", "vpce-svc-1") },
    false,
  ],
  ["a Project", "somebody's service in a region of which Neon's are known", { serviceName: service("eu-central-1", "vpce-svc-1") }, true],
  ["a Project", "a service of AWS", { serviceName: "com.amazonaws.eu-central-1.ssm" }, true],
  ["a Project", "a gateway to S3", { serviceName: "com.amazonaws.eu-central-1.s3", vpcEndpointType: "Gateway" }, true],
  ["no Project", "no service that is told", {}, true],
])("%s here, and the group of an endpoint to %s is opened", async (beside, _, more, isApproved) => {
  const stack = beside === "a Project" ? [project] : [];
  const [before, after] = [INSIDE, EVERYWHERE].map((cidr) => [...stack, group(cidr), endpoint(more)]) as [
    WrittenResource[],
    WrittenResource[],
  ];
  expect((await verdictOf(before, after)) === "approve").toBe(isApproved);
  expect(await verdictOf(after, before)).toBe("approve");
});

it.each<[string, WrittenResource[], WrittenResource[]]>([
  ["an assignment by a literal id", [assigned()], [assigned()]],
  ["an assignment by a value of another stack", [elsewhere, assigned(UNKNOWN, { origins: { vpcEndpointId: ["net"] } })], []],
  ["a restriction", [restricted()], []],
  ["a restriction that comes with the change", [], [restricted("")]],
])("Neon's half alone is here (%s), and a group is opened", async (_, recorded, declared) => {
  const halves = declared.length > 0 ? declared : recorded;
  expect(await verdictOf([project, ...recorded, group(INSIDE)], [project, ...halves, group(EVERYWHERE)])).not.toBe("approve");
});

it("an endpoint that is only read here is judged as one that is declared", async () => {
  const { type, name, id, inputs } = endpoint();
  const read = buildResource(type, name, id as string, {}, { outputs: inputs });
  const streams = [INSIDE, EVERYWHERE].map((cidr) => [project, assigned(), group(cidr), read]) as [WrittenResource[], WrittenResource[]];
  const { events, ...more } = buildStream(...streams);
  const external = events.map((event) =>
    event.replaceAll(`"urn":"urn:pulumi:dev::shop::${type}::${name}","custom":true`, '$&,"external":true'),
  );
  const { findings, unjudged } = await reviewStream({ events: external, ...more });
  expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(["private-path-widened medium"]);
  expect(unjudged).toEqual([]);
});

it.each<[string, WrittenResource[], WrittenResource[]]>([
  ["the ACL of a subnet that a resource of its own gives", [second, acl("deny", "b", "subnet-2")], [second, acl("allow", "b", "subnet-2")]],
  ["the table of such a subnet", [second, ...table("b")], [second, ...table("b", BY_TGW)]],
  [
    "a rule on a group that another stack tells after the update",
    [elsewhere],
    [
      elsewhere,
      buildResource(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "rule",
        "",
        { securityGroupId: UNKNOWN, ipProtocol: "-1", cidrIpv4: EVERYWHERE },
        { origins: { securityGroupId: ["net"] } },
      ),
    ],
  ],
  [
    "a route of the transit gateway that the endpoint's network is attached to",
    [
      buildResource("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "att", "att-1", {
        vpcId: "vpc-1",
        subnetIds: ["subnet-1"],
        transitGatewayId: "t",
      }),
    ],
    [
      buildResource("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "att", "att-1", {
        vpcId: "vpc-1",
        subnetIds: ["subnet-1"],
        transitGatewayId: "t",
      }),
      buildResource("aws:ec2transitgateway/peeringAttachment:PeeringAttachment", "peer", "", {
        transitGatewayId: "t",
        peerTransitGatewayId: "u",
      }),
    ],
  ],
  [
    "who may use a VPN of clients",
    [],
    [
      buildResource("aws:ec2clientvpn/authorizationRule:AuthorizationRule", "rule", "", {
        clientVpnEndpointId: "cvpn-1",
        authorizeAllGroups: true,
      }),
    ],
  ],
])("%s opens", async (_, before, after) => {
  const shut = acl("deny", "a", "subnet-1");
  expect(await verdictOf([...joined, shut, ...before], [...joined, shut, ...after])).not.toBe("approve");
});

it("a route by one secret target goes by another: it is not approved, and no secret is told", async () => {
  const secret = (value: string) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value: JSON.stringify(value),
  });
  const routed = (gateway: string) => [
    ...joined,
    buildResource("aws:ec2/routeTable:RouteTable", "table", "rtb-1", { vpcId: "vpc-1", routes: [] }),
    buildResource("aws:ec2/routeTableAssociation:RouteTableAssociation", "bound", "rta-1", { routeTableId: "rtb-1", subnetId: "subnet-1" }),
    buildResource("aws:ec2/route:Route", "route", "r-1", {
      routeTableId: "rtb-1",
      destinationCidrBlock: INSIDE,
      gatewayId: secret(gateway),
    }),
  ];
  const review = await reviewStream(buildStream(routed("igw-hidden-1"), routed("igw-hidden-2")));
  expect([review.verdict, review.unjudged.length > 0]).toEqual(["needsReview", true]);
  const added = await reviewStream(buildStream(joined, routed("igw-hidden-1")));
  expect(added.findings.map(({ rule }) => rule)).toContain("private-path-routed");
  expect(JSON.stringify([review.findings, review.unjudged, added.findings, added.unjudged])).not.toContain("igw-hidden");
});

const record = (name: unknown, zoneId: unknown, more: Partial<WrittenResource> = {}) =>
  buildResource("aws:route53/record:Record", "record", "", { zoneId, name, type: "A", records: ["10.6.6.6"] }, more);
const zone = (name: string) => buildResource("aws:route53/zone:Zone", "zone", "Z1", { name });
it.each<[string, WrittenResource[], WrittenResource, boolean]>([
  ["a host of Neon's", [], record("ep-cool-1.eu-central-1.aws.neon.tech", "Z9"), false],
  ["a host in a zone of Neon's", [zone("eu-central-1.aws.neon.tech")], record("ep-cool-1", "Z1"), false],
  ["a name that is not known, in a zone that nobody names", [], record(UNKNOWN, "Z9"), false],
  ["all names of a zone that nobody names", [], record("*", "Z9"), false],
  ["all names of a zone of the shop's own", [zone("shop.example")], record("*", "Z1"), true],
  ["a name that is not known, in a zone of the shop's own", [zone("shop.example")], record(UNKNOWN, "Z1"), true],
  ["a name of the shop's own", [], record("www.shop.example", "Z9"), true],
  ["a zone above Neon's", [], buildResource("aws:route53/zone:Zone", "tech", "", { name: "tech." }), false],
  [
    "a rule of the resolver for Neon's",
    [],
    buildResource("aws:route53/resolverRule:ResolverRule", "rule", "", { domainName: "neon.tech" }),
    false,
  ],
])("%s is led elsewhere", async (_, beside, one, isApproved) => {
  expect((await verdictOf([...joined, ...beside], [...joined, ...beside, one])) === "approve").toBe(isApproved);
  // Without anything private of Neon's names are the stack's own affair.
  const others = [group(INSIDE), ...beside];
  expect(await verdictOf(others, [...others, one])).toBe("approve");
});
