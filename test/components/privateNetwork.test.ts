import * as aws from "../../components/aws/index.js";
import * as azure from "../../components/azure/index.js";
import { listenToPrograms, ofType, type Registered, registrationsOf, valueOf } from "./mocks.js";

beforeAll(listenToPrograms);

const AWS = {
  projectId: "quiet-lake-1",
  regionId: "aws-us-east-2",
  vpcId: "vpc-1",
  subnetIds: ["subnet-1"],
  allowFrom: { app: { securityGroupId: "sg-app" }, office: { cidrIpv4: "10.1.0.0/16" } },
};
const AZURE = {
  projectId: "quiet-lake-1",
  regionId: "azure-eastus2",
  resourceGroupName: "shop",
  virtualNetworkId: "/id/net",
  subnetId: "/id/net/subnets/data",
};
const RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";

/** Whether everything of the type waits, by way of others, for everything of the one before. */
function waits(all: readonly Registered[], type: string, before: string): boolean {
  const reach = (one: Registered, seen = new Set<string>()): Set<string> => {
    for (const name of one.dependencies) {
      if (seen.has(name)) continue;
      seen.add(name);
      const next = all.find((other) => `${other.type}::${other.name}` === name);
      if (next !== undefined) reach(next, seen);
    }
    return seen;
  };
  const earlier = ofType(all, before).map((one) => `${one.type}::${one.name}`);
  return earlier.length > 0 && ofType(all, type).every((one) => earlier.every((name) => reach(one).has(name)));
}

describe("PrivateNetwork of AWS", () => {
  it("makes an endpoint for each service of the region, and what locks out comes last", async () => {
    const all = await registrationsOf(() => new aws.PrivateNetwork("shop", AWS));
    const names = ["shop-vpce-svc-010736480bcef5824", "shop-vpce-svc-0465c21ce8ba95fb2"];
    for (const type of [ENDPOINT, "PrivateEndpoint", DNS, "VpcEndpointRestriction"])
      expect(ofType(all, type).map(({ name }) => name)).toEqual(names);
    expect(ofType(all, ENDPOINT)[0]).toMatchObject({
      inputs: { serviceName: "com.amazonaws.vpce.us-east-2.vpce-svc-010736480bcef5824", vpcEndpointType: "Interface" },
      ignored: ["privateDnsEnabled"],
    });
    expect(ofType(all, ENDPOINT)[0]?.inputs).not.toHaveProperty("privateDnsEnabled");
    expect(ofType(all, "PrivateEndpoint")[0]?.inputs).toMatchObject({ regionId: "aws-us-east-2", label: "shop", waitForAccepted: true });
    const order = ["aws:ec2/securityGroup:SecurityGroup", RULE, ENDPOINT, "PrivateEndpoint", DNS, "VpcEndpointRestriction", "IpAllowlist"];
    for (const [index, type] of order.slice(1).entries()) expect([type, waits(all, type, order[index] ?? "")]).toEqual([type, true]);
    const children = all.filter(({ type }) => type !== "palisade:aws:PrivateNetwork");
    expect(new Set(children.map(({ parent }) => parent))).toEqual(new Set(["palisade:aws:PrivateNetwork::shop"]));
  });

  it("admits the given sources at tcp/5432 and nobody else", async () => {
    const all = await registrationsOf(() => new aws.PrivateNetwork("shop", AWS));
    const rule = { fromPort: 5_432, toPort: 5_432, ipProtocol: "tcp" };
    expect(ofType(all, RULE).map(({ name, inputs }) => [name, inputs])).toEqual([
      ["shop-app", expect.objectContaining({ ...rule, referencedSecurityGroupId: "sg-app", description: "app" })],
      ["shop-office", expect.objectContaining({ ...rule, cidrIpv4: "10.1.0.0/16" })],
    ]);
    expect(() => new aws.PrivateNetwork("none", { ...AWS, allowFrom: {} })).toThrow("PAL_PRIVATE_SOURCES");
  });

  it("leaves block and restriction standing when it is destroyed, unless it is to open", async () => {
    const kept = await registrationsOf(() => new aws.PrivateNetwork("shop", AWS));
    expect(ofType(kept, "IpAllowlist")[0]?.inputs).toMatchObject({ allow: "nobody", privateEndpoints: "allowed", onDestroy: "keep" });
    expect(ofType(kept, "VpcEndpointRestriction").map(({ retained, inputs }) => [retained, inputs["allowAll"]])).toEqual([
      [true, false],
      [true, false],
    ]);
    const opened = await registrationsOf(() => new aws.PrivateNetwork("shop", { ...AWS, onDestroy: "open" }));
    expect(ofType(opened, "IpAllowlist")[0]?.inputs).toMatchObject({ onDestroy: "anywhere" });
    expect(ofType(opened, "VpcEndpointRestriction").map(({ retained, inputs }) => [retained, inputs["allowAll"]])).toEqual([
      [false, true],
      [false, true],
    ]);
  });

  it("refuses to give endpoints up that the project stays restricted to", () => {
    expect(() => new aws.PrivateNetwork("shop", { ...AWS, release: true })).toThrow("PAL_PRIVATE_RELEASE");
    expect(() => new azure.PrivateNetwork("shop", { ...AZURE, release: true, onDestroy: "keep" })).toThrow("PAL_PRIVATE_RELEASE");
  });

  it("leaves public access to another resource where the program says so", async () => {
    const all = await registrationsOf(() => new aws.PrivateNetwork("shop", { ...AWS, blockPublicAccess: false }));
    expect(ofType(all, "IpAllowlist")).toEqual([]);
    expect(ofType(all, "VpcEndpointRestriction")).toHaveLength(2);
  });

  it("opens each child's arguments and options to transforms, by its name", async () => {
    const seen: string[] = [];
    const endpoint: NonNullable<NonNullable<aws.PrivateNetworkArgs["transforms"]>["endpoint"]> = ({ args, opts }, name) => {
      seen.push(name);
      return { args: { ...args, policy: "{}" }, opts: { ...opts, retainOnDelete: true } };
    };
    const all = await registrationsOf(() => new aws.PrivateNetwork("shop", { ...AWS, transforms: { endpoint } }));
    expect(seen).toHaveLength(2);
    expect(ofType(all, ENDPOINT)[0]).toMatchObject({ inputs: { policy: "{}" }, retained: true, ignored: ["privateDnsEnabled"] });
  });

  it.each([
    ["aws-us-east-3", 'did you mean "aws-us-east-'],
    ["us-east-2", "known are"],
    ["azure-eastus2", "PAL_PRIVATE_REGION"],
    ["", "PAL_PRIVATE_REGION"],
  ])("refuses a region without endpoint services, never makes none: %p", (regionId, message) => {
    expect(() => new aws.PrivateNetwork("shop", { ...AWS, regionId })).toThrow(message);
  });

  it("tells endpoints, names and states", async () => {
    const made = new aws.PrivateNetwork("shop", AWS);
    // To its end: what it still registers would be taken for the next test's.
    await registrationsOf(() => made);
    const ids = await valueOf(made.endpointIds);
    expect(ids).toEqual(["/id/shop-vpce-svc-010736480bcef5824", "/id/shop-vpce-svc-0465c21ce8ba95fb2"]);
    expect(await valueOf(made.states)).toEqual(Object.fromEntries(ids.map((id) => [id, "accepted"])));
    expect(await valueOf(made.hostNames)).toHaveLength(2);
  });
});

describe("PrivateNetwork of Azure", () => {
  const [PE, ZONE, GROUP, LINK] = [
    ...["azure-native:network:PrivateEndpoint", "azure-native:privatedns:PrivateZone", "azure-native:network:PrivateDnsZoneGroup"],
    "azure-native:privatedns:VirtualNetworkLink",
  ] as const;

  it("asks for the connection by hand, leads hosts only once it is accepted, and locks out last", async () => {
    const all = await registrationsOf(() => new azure.PrivateNetwork("shop", AZURE));
    expect(ofType(all, PE)[0]?.inputs).toMatchObject({
      subnet: { id: "/id/net/subnets/data" },
      manualPrivateLinkServiceConnections: [
        { privateLinkServiceId: expect.stringMatching(/\.eastus2\.azure\.privatelinkservice$/) as string },
      ],
    });
    const id = "0f0e0d0c-0000-4000-8000-000000000001";
    expect(ofType(all, "PrivateEndpoint")[0]?.inputs).toMatchObject({ azureResourceGuid: id, waitForAccepted: true });
    expect(ofType(all, "VpcEndpointRestriction")[0]).toMatchObject({ inputs: { vpcEndpointId: id }, retained: true });
    expect(ofType(all, ZONE)[0]?.inputs).toMatchObject({ privateZoneName: "eastus2.azure.neon.tech", location: "global" });
    const order = [PE, "PrivateEndpoint", ZONE, GROUP, LINK, "VpcEndpointRestriction", "IpAllowlist"];
    for (const [index, type] of order.slice(1).entries()) expect([type, waits(all, type, order[index] ?? "")]).toEqual([type, true]);
  });

  it("refuses a region of AWS, and one that is unknown", () => {
    expect(() => new azure.PrivateNetwork("shop", { ...AZURE, regionId: "aws-us-east-2" })).toThrow("PAL_PRIVATE_REGION");
    expect(() => new azure.PrivateNetwork("shop", { ...AZURE, regionId: "azure-eastus3" })).toThrow('did you mean "azure-eastus2"');
  });
});
