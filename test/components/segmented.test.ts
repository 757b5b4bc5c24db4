import * as aws from "../../components/aws/index.js";
import * as azure from "../../components/azure/index.js";
import { listenToPrograms, ofType, type Registered, registrationsOf } from "./mocks.js";

beforeAll(listenToPrograms);

const BUCKET = { flowLogsBucketArn: "arn:aws:s3:::flow-logs" };
const inputsOf = (all: readonly Registered[], type: string): (Readonly<Record<string, unknown>> & { readonly name: string })[] =>
  ofType(all, type).map(({ name, inputs }) => ({ ...inputs, name }));

describe("SegmentedVpc", () => {
  it("has three tiers over two zones, and a way to the internet for the public one alone", async () => {
    const all = await registrationsOf(() => new aws.SegmentedVpc("shop", BUCKET));
    expect(inputsOf(all, "aws:ec2/subnet:Subnet").map((one) => [one.name, one["cidrBlock"], one["availabilityZone"]])).toEqual([
      ["shop-data-1", "10.0.128.0/20", "eu-central-1a"],
      ["shop-data-2", "10.0.144.0/20", "eu-central-1b"],
      ["shop-private-1", "10.0.64.0/20", "eu-central-1a"],
      ["shop-private-2", "10.0.80.0/20", "eu-central-1b"],
      ["shop-public-1", "10.0.0.0/20", "eu-central-1a"],
      ["shop-public-2", "10.0.16.0/20", "eu-central-1b"],
    ]);
    for (const subnet of inputsOf(all, "aws:ec2/subnet:Subnet")) expect(subnet["mapPublicIpOnLaunch"]).toBe(false);
    expect(inputsOf(all, "aws:ec2/route:Route")).toEqual([
      { name: "shop-public", routeTableId: "/id/shop-public", gatewayId: "/id/shop", destinationCidrBlock: "0.0.0.0/0" },
    ]);
    expect(inputsOf(all, "aws:ec2/flowLog:FlowLog")).toMatchObject([{ trafficType: "ALL", logDestination: BUCKET.flowLogsBucketArn }]);
    expect(inputsOf(all, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")).toMatchObject([{ ingress: [], egress: [] }]);
    expect(all.map(({ type }) => type).filter((type) => /natGateway|eip/i.test(type))).toEqual([]);
  });

  it("lets each tier speak to the one below by reference alone, and says so again by addresses in front of the data", async () => {
    const all = await registrationsOf(() => new aws.SegmentedVpc("shop", { ...BUCKET, applicationPort: 8_443 }));
    const rules = ["Egress", "Ingress"].flatMap((way) => inputsOf(all, `aws:vpc/securityGroup${way}Rule:SecurityGroup${way}Rule`));
    const told = rules.map((one) => [one["securityGroupId"], one["referencedSecurityGroupId"], one["fromPort"], one["toPort"]]);
    expect(told).toEqual([
      ["/id/shop-private", "/id/shop-data", 5_432, 5_432],
      ["/id/shop-public", "/id/shop-private", 8_443, 8_443],
      ["/id/shop-data", "/id/shop-private", 5_432, 5_432],
      ["/id/shop-private", "/id/shop-public", 8_443, 8_443],
    ]);
    expect(JSON.stringify(rules)).not.toContain("cidr");
    const acl = inputsOf(all, "aws:ec2/networkAclRule:NetworkAclRule");
    expect(acl.map((one) => [one["egress"], one["cidrBlock"], one["fromPort"], one["toPort"], one["ruleAction"]])).toEqual([
      [false, "10.0.64.0/18", 5_432, 5_432, "allow"],
      [true, "10.0.64.0/18", 1_024, 65_535, "allow"],
    ]);
    expect(inputsOf(all, "aws:ec2/networkAcl:NetworkAcl")).toMatchObject([{ subnetIds: ["/id/shop-data-1", "/id/shop-data-2"] }]);
  });

  it("has IPv6 where that is asked for, with the same rules", async () => {
    const all = await registrationsOf(() => new aws.SegmentedVpc("shop", { ...BUCKET, ipv6: true, availabilityZones: ["eu-central-1a"] }));
    expect(inputsOf(all, "aws:ec2/subnet:Subnet").map((one) => one["ipv6CidrBlock"])).toEqual([
      ...["2600:1f18:0:80::/64", "2600:1f18:0:40::/64", "2600:1f18::/64"],
    ]);
    expect(inputsOf(all, "aws:ec2/route:Route").map((one) => one["destinationIpv6CidrBlock"])).toEqual([undefined, "::/0"]);
    const acl = inputsOf(all, "aws:ec2/networkAclRule:NetworkAclRule").filter((one) => one["ipv6CidrBlock"] !== undefined);
    expect(acl.map((one) => [one["egress"], one["ipv6CidrBlock"], one["fromPort"]])).toEqual([
      [false, "2600:1f18:0:40::/58", 5_432],
      [true, "2600:1f18:0:40::/58", 1_024],
    ]);
  });

  it("keeps subnets where they are when a zone is added, and when AWS adds one to its list", async () => {
    const blocks = async (availabilityZones: string[]) =>
      inputsOf(await registrationsOf(() => new aws.SegmentedVpc("shop", { ...BUCKET, availabilityZones })), "aws:ec2/subnet:Subnet").map(
        (one) => `${one.name} ${String(one["cidrBlock"])}`,
      );
    const three = await blocks(["a", "b", "c"]);
    expect((await blocks(["a", "b"])).every((one) => three.includes(one))).toBe(true);
    const chosen = await registrationsOf(() => new aws.SegmentedVpc("shop", BUCKET));
    expect(new Set(ofType(chosen, "aws:ec2/subnet:Subnet").map(({ ignored }) => ignored.join()))).toEqual(new Set(["availabilityZone"]));
  });

  it.each([[[]], [["a", "b", "c", "d", "e"]], [["a", "a"]]])("refuses zones %p", (availabilityZones) => {
    expect(() => new aws.SegmentedVpc("shop", { ...BUCKET, availabilityZones })).toThrow("PAL_NETWORK_ZONES");
  });

  it("refuses a block that is too small for its subnets", () => {
    expect(() => new aws.SegmentedVpc("shop", { ...BUCKET, cidrBlock: "10.0.0.0/25" })).toThrow("PAL_NETWORK_BLOCK");
  });
});

describe("SegmentedVnet", () => {
  const ARGS = { resourceGroupName: "shop", location: "westeurope", flowLogsStorageId: "/id/logs" };

  it("denies in each tier what the one above does not ask for, in both directions, for private endpoints too", async () => {
    const all = await registrationsOf(() => new azure.SegmentedVnet("shop", ARGS));
    const groups = inputsOf(all, "azure-native:network:NetworkSecurityGroup");
    const rules = groups.map(({ name, ...inputs }) => [
      name,
      (inputs as unknown as { securityRules: Record<string, string | number>[] }).securityRules.map(
        (one) =>
          `${one["priority"] ?? ""} ${one["access"] ?? ""} ${one["direction"] ?? ""} ${one["sourceAddressPrefix"] ?? ""} ${one["destinationPortRange"] ?? ""}`,
      ),
    ]);
    const denied = ["4096 Deny Inbound * *", "4096 Deny Outbound * *"];
    expect(rules).toEqual([
      ["shop-data", ["100 Allow Inbound 10.0.64.0/18 5432", ...denied]],
      ["shop-private", ["100 Allow Inbound 10.0.0.0/18 443", "100 Allow Outbound 10.0.64.0/18 5432", ...denied]],
      ["shop-public", ["100 Allow Outbound 10.0.0.0/18 443", ...denied]],
    ]);
    for (const subnet of inputsOf(all, "azure-native:network:Subnet"))
      expect(subnet).toMatchObject({ privateEndpointNetworkPolicies: "Enabled", defaultOutboundAccess: false });
    expect(inputsOf(all, "azure-native:network:FlowLog")).toMatchObject([
      {
        networkWatcherName: "NetworkWatcher_westeurope",
        resourceGroupName: "NetworkWatcherRG",
        enabled: true,
        targetResourceId: "/id/shop",
      },
    ]);
  });

  it("makes one subnet after another, since Azure changes one at a time", async () => {
    const all = await registrationsOf(() => new azure.SegmentedVnet("shop", ARGS));
    const subnets = ofType(all, "azure-native:network:Subnet");
    const order = subnets.map(({ dependencies }) => dependencies.filter((one) => one.startsWith("azure-native:network:Subnet")).length);
    expect(order.sort()).toEqual([0, 1, 2]);
  });
});
