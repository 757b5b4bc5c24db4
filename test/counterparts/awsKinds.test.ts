import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  DeleteSubnetCommand,
  DescribeNetworkAclsCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
  ReplaceNetworkAclAssociationCommand,
  ReplaceNetworkAclEntryCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import type { EndpointState } from "../../tools/counterparts/aws/ec2/endpointAcceptance.js";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { AWS_STATE_FILE } from "../../tools/counterparts/providers/aws/guardDuty.js";
import { AWS_KINDS, createAwsDouble } from "../../tools/counterparts/providers/aws/provider.js";
import { Resources } from "../../tools/counterparts/providers/resources.js";
import type { Properties } from "../../tools/counterparts/providers/values.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import { createBaselineLives, type Life } from "./awsBaselineLives.js";

/** Every kind of the double of aws, through the unmodified SDK, at ministack behind its emulator. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

jest.setTimeout(60_000);

(why === "" ? describe : describe.skip)(`kinds of the double of aws${why}`, () => {
  /** What the owner of endpoint services says. */
  const said = new Map<string, EndpointState>();
  let folder: string;
  let account: AwsAccount;
  let resources: Resources;
  let ec2: EC2Client;
  let environment: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "palisade-aws-kinds-"));
    account = await AwsAccount.start("path" in python ? python.path : "", {
      endpointState: (id) => Promise.resolve(said.get(id) ?? "available"),
    });
    environment = {
      AWS_ENDPOINT_URL: account.emulator.url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
      [AWS_STATE_FILE]: join(folder, "aws.json"),
    };
    const double = createAwsDouble(environment);
    double.configure({});
    resources = new Resources(double);
    ec2 = new EC2Client({ endpoint: account.emulator.url, region: REGION, credentials: ADMINISTRATOR });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await account.stop();
  });
  afterEach(() => {
    account.emulator.clearFaults();
  });

  const urnOf = (token: string) => `urn:pulumi:dev::test::${token}::one`;
  const check = (token: string, inputs: Properties): Properties => {
    const found = resources.check(urnOf(token), {}, inputs, "0123456789abcdef");
    expect(found.failures).toEqual([]);
    return found.inputs;
  };
  const make = async (token: string, given: Properties) => {
    const inputs = check(token, given);
    const created = await resources.create(urnOf(token), inputs);
    if (!("outputs" in created)) throw new Error(created.unfinished);
    return { token, urn: urnOf(token), id: created.id, inputs, outputs: created.outputs };
  };
  type Made = Awaited<ReturnType<typeof make>>;
  const read = ({ urn, id, inputs, outputs }: Made) => resources.read(urn, id, inputs, outputs);
  const drift = async (made: Made) => resources.diff(made.urn, made.inputs, (await read(made))?.inputs ?? {}, []).paths;

  const vpcOf = () => make("aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16", tags: { owner: "a" } });
  const subnetOf = async () => make("aws:ec2/subnet:Subnet", { vpcId: (await vpcOf()).id, cidrBlock: "10.0.1.0/24", tags: { owner: "a" } });
  const groupOf = async () => make("aws:ec2/securityGroup:SecurityGroup", { vpcId: (await vpcOf()).id, tags: { owner: "a" } });
  const ruleOf = async (token: string) =>
    make(token, {
      securityGroupId: (await groupOf()).id,
      ipProtocol: "tcp",
      fromPort: 5_432,
      toPort: 5_432,
      cidrIpv4: "10.0.0.0/16",
      description: "Postgres",
    });
  const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  const GATEWAY = "aws:ec2/internetGateway:InternetGateway";
  const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

  const endpointOf = async () => {
    const subnet = await subnetOf();
    const vpcId = subnet.inputs["vpcId"];
    const group = await make("aws:ec2/securityGroup:SecurityGroup", { vpcId });
    return make("aws:ec2/vpcEndpoint:VpcEndpoint", {
      vpcId,
      serviceName: SERVICE,
      vpcEndpointType: "Interface",
      subnetIds: [subnet.id],
      securityGroupIds: [group.id],
      tags: { owner: "a" },
    });
  };
  const aclOf = async () => {
    const subnet = await subnetOf();
    return make(ACL, { vpcId: subnet.inputs["vpcId"], subnetIds: [subnet.id], tags: { owner: "a" } });
  };
  const SERVICE = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123";
  const ACL = "aws:ec2/networkAcl:NetworkAcl";
  const ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule";
  const PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";

  const LIVES: Readonly<Record<string, Life<Made>>> = {
    ...createBaselineLives(make),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
      make: async () =>
        make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {
          vpcId: (await vpcOf()).id,
          ingress: [],
          egress: [],
          tags: { owner: "a" },
        }),
      change: { tags: { owner: "b" } },
      staysBehind: true,
    },
    "aws:ec2/flowLog:FlowLog": {
      make: async () =>
        make("aws:ec2/flowLog:FlowLog", {
          vpcId: (await vpcOf()).id,
          trafficType: "ALL",
          logDestinationType: "s3",
          logDestination: "arn:aws:s3:::flow-logs",
          tags: { owner: "a" },
        }),
      change: { tags: { owner: "b" } },
    },
    [ACL]: { make: aclOf, change: { subnetIds: [], tags: { owner: "b" } } },
    [ACL_RULE]: {
      make: async () =>
        make(ACL_RULE, {
          networkAclId: (await aclOf()).id,
          ruleNumber: 100,
          protocol: "6",
          ruleAction: "allow",
          cidrBlock: "10.0.64.0/18",
          fromPort: 5_432,
          toPort: 5_432,
        }),
      change: { cidrBlock: "10.0.0.0/18", fromPort: 443, toPort: 444, ruleAction: "deny" },
    },
    [PRIVATE_DNS]: {
      make: async () => make(PRIVATE_DNS, { vpcEndpointId: (await endpointOf()).id, privateDnsEnabled: true }),
      change: { privateDnsEnabled: false },
      staysBehind: true,
    },
    [GATEWAY]: {
      make: async () => make(GATEWAY, { vpcId: (await vpcOf()).id, tags: { owner: "a" } }),
      change: { tags: { owner: "b" } },
    },
    "aws:ec2/route:Route": {
      make: async () => {
        const vpcId = (await vpcOf()).id;
        const gateway = await make(GATEWAY, { vpcId });
        const table = await make("aws:ec2/routeTable:RouteTable", { vpcId });
        return make("aws:ec2/route:Route", { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id });
      },
    },
    "aws:ec2/routeTable:RouteTable": {
      make: async () => make("aws:ec2/routeTable:RouteTable", { vpcId: (await vpcOf()).id, tags: { owner: "a" } }),
      change: { tags: { owner: "b" } },
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
      make: async () => {
        const subnet = await subnetOf();
        const table = await make("aws:ec2/routeTable:RouteTable", { vpcId: subnet.inputs["vpcId"] });
        return make("aws:ec2/routeTableAssociation:RouteTableAssociation", { subnetId: subnet.id, routeTableId: table.id });
      },
    },
    "aws:ec2/securityGroup:SecurityGroup": { make: groupOf, change: { tags: { owner: "b", class: "c" } } },
    "aws:ec2/subnet:Subnet": { make: subnetOf, change: { mapPublicIpOnLaunch: true, tags: {} } },
    "aws:ec2/vpc:Vpc": { make: vpcOf, change: { enableDnsHostnames: true, tags: { owner: "b" } } },
    "aws:ec2/vpcEndpoint:VpcEndpoint": { make: endpointOf, change: { tags: { owner: "b" } } },
    "aws:kms/alias:Alias": {
      make: async () => make("aws:kms/alias:Alias", { targetKeyId: (await make("aws:kms/key:Key", {})).id }),
    },
    "aws:kms/key:Key": {
      make: () => make("aws:kms/key:Key", { description: "one", enableKeyRotation: true, rotationPeriodInDays: 90, tags: { owner: "a" } }),
      change: { description: "other", rotationPeriodInDays: 180, isEnabled: false, tags: { class: "c" } },
    },
    [EGRESS]: { make: () => ruleOf(EGRESS), change: { description: "other" } },
    [INGRESS]: { make: () => ruleOf(INGRESS), change: { description: "other", cidrIpv4: "10.0.1.0/24" } },
  };

  it("are all tried here", () => {
    expect([...AWS_KINDS].sort()).toEqual(Object.keys(LIVES).sort());
  });

  it.each(Object.keys(LIVES))("%s is made, kept, changed and removed, and a removal is no error twice", async (token) => {
    const life = LIVES[token];
    if (life === undefined) throw new Error(token);
    const made = await life.make();
    expect(await drift(made)).toEqual([]);
    const inputs = check(token, { ...made.inputs, ...life.change });
    const outputs = await resources.update(made.urn, made.id, inputs);
    expect(await drift({ ...made, inputs, outputs })).toEqual([]);
    // Told by AWS alone, with nothing recorded.
    expect((await resources.read(made.urn, made.id, inputs, {}))?.outputs).toMatchObject(life.change ?? {});
    await resources.delete(made.urn, made.id, outputs);
    if (life.staysBehind !== true) expect(await read(made)).toBeUndefined();
    await resources.delete(made.urn, made.id, outputs);
  });

  it("see what another client does: a switch, an object that goes", async () => {
    const subnet = await subnetOf();
    const vpc = await vpcOf();
    const rule = await ruleOf(INGRESS);
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc.id, EnableDnsSupport: { Value: false } }));
    expect(await drift(vpc)).toEqual([{ path: "enableDnsSupport", act: "UPDATE" }]);
    await ec2.send(new DeleteSubnetCommand({ SubnetId: subnet.id }));
    expect(await read(subnet)).toBeUndefined();
    const gone = { GroupId: String(rule.inputs["securityGroupId"]), SecurityGroupRuleIds: [rule.id] };
    await ec2.send(new RevokeSecurityGroupIngressCommand(gone));
    expect(await read(rule)).toBeUndefined();
  });

  it("empty the default security group of a VPC, and see a rule that comes back", async () => {
    const token = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
    const made = await make(token, { vpcId: (await vpcOf()).id, ingress: [], egress: [] });
    const open = { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: made.id, IpPermissions: [open] }));
    expect(await drift(made)).toEqual([{ path: "ingress", act: "UPDATE" }]);
    await resources.update(made.urn, made.id, made.inputs);
    expect(await drift(made)).toEqual([]);
  });

  it("keep the ports of a rule and the subnets of an ACL, and see both change", async () => {
    const acl = await aclOf();
    const rule = await make(ACL_RULE, {
      networkAclId: acl.id,
      ruleNumber: 100,
      egress: true,
      protocol: "6",
      ruleAction: "allow",
      cidrBlock: "10.0.64.0/18",
      fromPort: 1_024,
      toPort: 65_535,
    });
    const call = { NetworkAclId: acl.id, RuleNumber: 100, Egress: true, Protocol: "6", RuleAction: "allow" as const };
    await ec2.send(new ReplaceNetworkAclEntryCommand({ ...call, CidrBlock: "10.0.64.0/18", PortRange: { From: 0, To: 65_535 } }));
    expect(await drift(rule)).toEqual([{ path: "fromPort", act: "UPDATE" }]);
    await expect(ec2.send(new CreateNetworkAclEntryCommand({ ...call, CidrBlock: "10.0.0.0/16" }))).rejects.toThrow("already exists");
    const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [acl.id] }));
    const [held] = NetworkAcls.flatMap(({ Associations = [] }) => Associations);
    const other = await make(ACL, { vpcId: acl.inputs["vpcId"] });
    await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId: held?.NetworkAclAssociationId, NetworkAclId: other.id }));
    expect(await drift(acl)).toEqual([{ path: "subnetIds", act: "UPDATE" }]);
  });

  it("let an endpoint wait for the service's owner, and take private DNS only then", async () => {
    const endpoint = await endpointOf();
    const states = async () => (await read(endpoint))?.outputs;
    said.set(endpoint.id, "pendingAcceptance");
    expect(await states()).toMatchObject({ state: "pendingAcceptance", privateDnsEnabled: false });
    const enable = () => make(PRIVATE_DNS, { vpcEndpointId: endpoint.id, privateDnsEnabled: true });
    await expect(enable()).rejects.toThrow(
      `Private DNS can only be enabled after the endpoint connection is accepted by the owner of ${SERVICE}`,
    );
    said.set(endpoint.id, "rejected");
    await expect(enable()).rejects.toThrow("Private DNS can only be enabled after");
    said.set(endpoint.id, "available");
    await enable();
    expect(await states()).toMatchObject({
      state: "available",
      privateDnsEnabled: true,
      dnsEntries: [{ dnsName: expect.stringContaining(endpoint.id) as string }],
    });
    expect(await drift(endpoint)).toEqual([]);
  });

  it("lead a route elsewhere under the same id", async () => {
    const vpcId = (await vpcOf()).id;
    const [first, second] = [await make(GATEWAY, { vpcId }), await make(GATEWAY, {})];
    const table = await make("aws:ec2/routeTable:RouteTable", { vpcId });
    const route = await make("aws:ec2/route:Route", { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: first.id });
    const inputs = { ...route.inputs, gatewayId: second.id };
    expect(resources.diff(route.urn, route.inputs, inputs, [])).toMatchObject({ changed: ["gatewayId"], replacedBy: [] });
    await resources.update(route.urn, route.id, inputs);
    expect((await resources.read(route.urn, route.id, inputs, {}))?.outputs).toMatchObject({ gatewayId: second.id });
  });

  it("open a new security group to nowhere", async () => {
    const group = await groupOf();
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [group.id] }));
    expect(SecurityGroups?.[0]?.IpPermissionsEgress ?? []).toEqual([]);
  });

  it("record a key that could not be finished, and finish it with the next update", async () => {
    const token = "aws:kms/key:Key";
    const inputs = check(token, { enableKeyRotation: true, rotationPeriodInDays: 90 });
    account.emulator.injectFault("EnableKeyRotation", { code: "AccessDeniedException", status: 400 });
    const created = await resources.create(urnOf(token), inputs);
    expect(created).toMatchObject({ unfinished: "AccessDeniedException: injected", inputs });
    account.emulator.clearFaults();
    expect(await resources.update(urnOf(token), created.id, inputs)).toMatchObject({ enableKeyRotation: true, rotationPeriodInDays: 90 });
  });

  it("refuse by name what only the real provider takes", () => {
    const { failures } = resources.check(urnOf("aws:ec2/subnet:Subnet"), {}, { vpcId: "vpc-1", ipv6CidrBlock: "::/64" }, "00");
    expect(failures).toEqual([{ property: "ipv6CidrBlock", reason: "the double of aws does not take it" }]);
  });
});
