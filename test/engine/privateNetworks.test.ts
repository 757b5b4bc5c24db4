import { join, resolve } from "node:path";
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifyVpcEndpointCommand,
} from "@aws-sdk/client-ec2";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import { VpcEndpointDetails, VpcEndpointsResponse } from "@palisade/neon/contract/wire/vpcEndpoint";
import type { EndpointState } from "../../tools/counterparts/aws/ec2/endpointAcceptance.js";
import { ADMINISTRATOR } from "../../tools/counterparts/aws/ministack.js";
import { GUID_PROPERTY } from "../../tools/counterparts/providers/azure/kinds.js";
import { STATE_FILE } from "../../tools/counterparts/providers/azure/provider.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { installDoubles } from "../../tools/counterparts/providers/plugins.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import { planeDirectory, type TestPlane } from "../support/plane.js";
import type { Config, Program, Stack } from "../support/pulumi.js";
import { type Call, recordCalls } from "../support/recordingProxy.js";
import { atEnd, newPlane, newStack, output, putAway, readOutputs, STACK_TRACE } from "./lab.js";

/** Projects that are reached privately alone, by the components, under the real CLI: doubles of the providers and of EC2 stand behind them. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

const EXAMPLES = resolve(__dirname, "../../examples");
/** Its region of Neon has two endpoint services. */
const AWS_REGION = "us-east-2";
const ASSIGNMENT = /^\/organizations\/[^/]+\/vpc\/region\/[^/]+\/vpc_endpoints\/([^/]+)$/;
/** Calls of EC2 that are the private path itself, or undo it. */
const TOLD_OF_AWS = ["CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints", "DeleteSecurityGroup", "DeleteVpc"];
/** The same of ARM. */
const TOLD_OF_AZURE = [
  ...["network:PrivateEndpoint", "privatedns:PrivateZone", "network:PrivateDnsZoneGroup", "privatedns:VirtualNetworkLink"],
];
const LIMIT = 10;

jest.setTimeout(400_000);
afterAll(putAway, 60_000);

(why === "" ? describe : describe.skip)(`projects that are reached privately alone${why}`, () => {
  let plane: TestPlane;
  let apiUrl: string;
  /** What changed anything, of both halves, in order. */
  const journal: string[] = [];
  /** What there is by now of the half that tells of no calls, in the order in which it was made. */
  let toldOfOthers = (): string[] => [];
  /** What becomes of the next endpoints that are assigned. */
  let becomes: "accepted" | "rejected" = "accepted";

  beforeAll(async () => {
    plane = await newPlane();
    const before = async ({ method, path }: Call) => {
      const [, id] = ASSIGNMENT.exec(path) ?? [];
      if (method !== "POST" || id === undefined || becomes === "accepted") return;
      await plane.api.call("POST", "/x-palisade/test/vpc_endpoints", { vpc_endpoint_id: id, becomes, reason: "not of this account" });
    };
    const after = ({ method, path }: Call) => {
      if (method === "GET") return;
      journal.push(...toldOfOthers().filter((one) => !journal.includes(one)), `${method} ${shapeOf(path)}`);
    };
    const proxy = await recordCalls(plane.ready.apiUrl, { before, after });
    atEnd(() => proxy.close());
    ({ apiUrl } = proxy);
  });
  beforeEach(() => {
    journal.length = 0;
    becomes = "accepted";
    toldOfOthers = () => [];
  });

  const stackOf = async (source: Program, config: Config, environment: Record<string, string>): Promise<Stack> => {
    const stack = await newStack(source, { apiUrl, apiKey: plane.ready.apiKey }, { config });
    Object.assign(stack.env, installDoubles(stack.root, stack.env), environment);
    return stack;
  };
  const networkOf = async (projectId: string) => {
    const { project } = await plane.api.ok(ProjectResponse, "GET", `/projects/${projectId}`);
    const { endpoints } = await plane.api.ok(VpcEndpointsResponse, "GET", `/projects/${projectId}/vpc_endpoints`);
    return { isBlocked: project.settings?.block_public_connections, restrictedTo: endpoints.map((one) => one.vpc_endpoint_id).sort() };
  };
  const region = (regionId: string) => `/organizations/${plane.ready.orgId}/vpc/region/${regionId}/vpc_endpoints`;
  /** Takes all of a region's places; `give` gives one back. */
  const occupy = async (regionId: string, idOf: (index: number) => string, count: number) => {
    const { endpoints } = await plane.api.ok(VpcEndpointsResponse, "GET", region(regionId));
    const ids = Array.from({ length: LIMIT - endpoints.length }, (_, index) => idOf(index));
    for (const id of ids) expect((await plane.api.call("POST", `${region(regionId)}/${id}`, { label: "other" })).status).toBe(200);
    return async () => {
      for (const id of ids.slice(0, count)) await plane.api.call("DELETE", `${region(regionId)}/${id}`);
    };
  };
  /** The path, which is made beside the project: whichever is there first, the restriction needs both. */
  const besideProject = () => {
    expect(journal.indexOf("POST /projects")).toBe(journal.lastIndexOf("POST /projects"));
    expect(journal).toContain("POST /projects");
    return journal.filter((call) => call !== "POST /projects");
  };
  const fails = async (stack: Stack, message: string) => {
    const failed = await stack.up();
    expect(failed.code).not.toBe(0);
    expect(output(failed)).toContain(message);
    expect(output(failed)).not.toMatch(STACK_TRACE);
  };

  describe("on AWS", () => {
    let account: AwsAccount;
    let ec2: EC2Client;

    beforeAll(async () => {
      account = await AwsAccount.start("path" in python ? python.path : "", {
        // The owner of the services is who runs the plane.
        endpointState: async (id) => stateOf((await plane.api.call("GET", `${region(`aws-${AWS_REGION}`)}/${id}`)).body),
        onCall: (operation) => {
          if (TOLD_OF_AWS.includes(operation)) journal.push(operation);
        },
      });
      atEnd(() => account.stop());
      ec2 = new EC2Client({ endpoint: account.emulator.url, region: AWS_REGION, credentials: ADMINISTRATOR });
    });
    const environment = () => ({
      AWS_ENDPOINT_URL: account.emulator.url,
      AWS_REGION,
      AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
    });
    const endpointsLeft = async () => (await ec2.send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints ?? [];

    it("a rejected endpoint locks nobody out; a destroy leaves block and restriction standing, and opens only where the program says so", async () => {
      const { project } = await plane.api.project({ region_id: "aws-us-east-2", name: "kept" });
      const settings = { allowed_ips: { ips: ["203.0.113.0/24"], protected_branches_only: false } };
      await plane.api.call("PATCH", `/projects/${project.id}`, { project: { settings } });
      const programOf = (onDestroy: string) => `
const ec2 = require("@pulumi/aws/ec2");
const vpc = new ec2.Vpc("kept", { cidrBlock: "10.0.0.0/16" });
const subnet = new ec2.Subnet("kept", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
new (require("@palisade/neon/aws").PrivateNetwork)("kept", {
  projectId: "${project.id}", regionId: "aws-us-east-2", vpcId: vpc.id, subnetIds: [subnet.id], onDestroy: "${onDestroy}",
  allowFrom: { network: { cidrIpv4: "10.0.0.0/16" } },
});`;
      const stack = await stackOf(programOf("keep"), {}, environment());
      becomes = "rejected";
      await fails(stack, "not of this account");
      expect(await networkOf(project.id)).toEqual({ isBlocked: false, restrictedTo: [] });
      await stack.destroy({ check: true });
      expect(await endpointsLeft()).toEqual([]);

      becomes = "accepted";
      journal.length = 0;
      await stack.up({ check: true });
      expect(journal).toEqual([
        ...["CreateVpcEndpoint", "CreateVpcEndpoint"],
        ...["POST /organizations/vpc/region/vpc_endpoints", "POST /organizations/vpc/region/vpc_endpoints"],
        ...["ModifyVpcEndpoint", "ModifyVpcEndpoint"],
        ...["POST /projects/vpc_endpoints", "POST /projects/vpc_endpoints", "PATCH /projects"],
      ]);
      const kept = await networkOf(project.id);
      expect(kept).toMatchObject({ isBlocked: true, restrictedTo: [expect.any(String), expect.any(String)] });
      journal.length = 0;
      await stack.destroy({ check: true });
      expect(await networkOf(project.id)).toEqual(kept);
      expect(journal).toEqual(["DeleteVpcEndpoints", "DeleteVpcEndpoints", "DeleteSecurityGroup", "DeleteVpc"]);

      await stack.setProgram(programOf("open"));
      await stack.up({ check: true });
      journal.length = 0;
      await stack.destroy({ check: true });
      expect(await networkOf(project.id)).toEqual({ ...kept, isBlocked: false });
      expect(journal).toEqual([
        ...["PATCH /projects", "DELETE /projects/vpc_endpoints", "DELETE /projects/vpc_endpoints"],
        ...["DeleteVpcEndpoints", "DeleteVpcEndpoints", "DeleteSecurityGroup", "DeleteVpc"],
      ]);
    });

    it("16-aws-private-network: fails at each step and goes on, up in order, nothing to do, drift of both halves, destroyed in order", async () => {
      const name = "palisade-aws-private-network";
      const config = { [`${name}:regionId`]: `aws-${AWS_REGION}`, [`${name}:flowLogsBucketArn`]: "arn:aws:s3:::flow-logs" };
      const stack = await stackOf({ directory: join(EXAMPLES, "16-aws-private-network") }, config, environment());

      const give = await occupy(`aws-${AWS_REGION}`, (index) => `vpce-0000000${index}`, 2);
      await fails(stack, `VPC endpoints limit exceeded; max: ${LIMIT}`);
      await give();
      account.emulator.injectFault("ModifyVpcEndpoint", { code: "InvalidParameter", status: 400 });
      await fails(stack, "InvalidParameter");
      account.emulator.clearFaults();
      await stack.up({ check: true });
      expect(besideProject()).toEqual([
        ...["CreateVpcEndpoint", "CreateVpcEndpoint"],
        ...["POST /organizations/vpc/region/vpc_endpoints", "POST /organizations/vpc/region/vpc_endpoints"],
        ...["ModifyVpcEndpoint", "ModifyVpcEndpoint"],
        // The project is closed as it was made: the block is recorded last, and there is nothing to send.
        ...["POST /projects/vpc_endpoints", "POST /projects/vpc_endpoints"],
      ]);
      const { projectId = "", vpcId = "", securityGroupId = "", endpointIds } = (await readOutputs(stack)) as Record<string, string>;
      const ids = [...(endpointIds as unknown as string[])].sort();
      expect(await networkOf(projectId)).toEqual({ isBlocked: true, restrictedTo: ids });
      const open = { State: "available", PrivateDnsEnabled: true };
      expect(await endpointsLeft()).toMatchObject([open, open]);
      await stack.up({ args: ["--expect-no-changes"], check: true });

      await ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId: ids[0], PrivateDnsEnabled: false }));
      const strange = { GroupId: securityGroupId, IpPermissions: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22 }] };
      await ec2.send(new AuthorizeSecurityGroupIngressCommand(strange));
      await plane.api.call("DELETE", `/projects/${projectId}/vpc_endpoints/${ids[1] ?? ""}`);
      await plane.api.call("PATCH", `/projects/${projectId}`, { project: { settings: { block_public_connections: false } } });
      const drift = await stack.up({ args: ["--refresh", "--diff"], check: true });
      expect(output(drift)).toMatch(/privateDnsEnabled\s*: true => false/);
      expect(output(drift)).toMatch(/VpcEndpointRestriction: \(create\)/);
      expect(output(drift)).toMatch(/allow\s*: "nobody" => "anywhere"/);
      expect(await networkOf(projectId)).toEqual({ isBlocked: true, restrictedTo: ids });
      expect(await endpointsLeft()).toMatchObject([open, open]);

      journal.length = 0;
      await stack.destroy({ check: true });
      // Nothing is opened on the way: no restriction is lifted and no block is taken away.
      expect(journal.filter((call) => call !== "DELETE /projects")).toEqual([
        ...["DeleteVpcEndpoints", "DeleteVpcEndpoints", "DeleteSecurityGroup", "DeleteSecurityGroup", "DeleteSecurityGroup"],
        ...["DeleteSecurityGroup", "DeleteVpc"],
      ]);
      const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
      expect(Vpcs.map(({ VpcId }) => VpcId)).not.toContain(vpcId);
    });
  });

  describe("on Azure", () => {
    const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups";

    it("17-azure-private-network: fails at each step and goes on, up in order, nothing to do, drift of both halves, destroyed", async () => {
      const name = "palisade-azure-private-network";
      const armFile = join(planeDirectory(), "arm.json");
      const arm = new ArmStore(armFile);
      // What Azure makes by itself.
      const watchers = `${group}/NetworkWatcherRG`;
      arm.put({ id: watchers, token: "azure-native:resources:ResourceGroup", properties: { location: "germanywestcentral" } });
      const watcher = `${watchers}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_germanywestcentral`;
      arm.put({ id: watcher, token: "azure-native:network:NetworkWatcher", properties: {} });
      const config = { [`${name}:flowLogsStorageId`]: `${group}/logs/providers/Microsoft.Storage/storageAccounts/logs` };
      const stack = await stackOf({ directory: join(EXAMPLES, "17-azure-private-network") }, config, { [STATE_FILE]: armFile });
      const tokens = () => arm.list().map(({ token }) => token.split(":").slice(1).join(":"));
      toldOfOthers = () => tokens().filter((token) => TOLD_OF_AZURE.includes(token));

      const give = await occupy("azure-gwc", (index) => `00000000-0000-4000-8000-00000000000${index}`, 1);
      await fails(stack, `limit exceeded; max: ${LIMIT}`);
      await give();
      // Somebody else's zone holds the name.
      const own = arm.list().find(({ id, token }) => token.endsWith(":ResourceGroup") && id !== watchers)?.id ?? "";
      const zone = `${own}/providers/Microsoft.Network/privateDnsZones/germanywestcentral.azure.neon.tech`;
      arm.put({ id: zone, token: "other", properties: {} });
      await fails(stack, "cannot create already existing resource");
      arm.remove(zone, false);
      await stack.up({ check: true });
      expect(besideProject()).toEqual([
        ...["network:PrivateEndpoint", "POST /organizations/vpc/region/vpc_endpoints"],
        ...["privatedns:PrivateZone", "network:PrivateDnsZoneGroup", "privatedns:VirtualNetworkLink"],
        "POST /projects/vpc_endpoints",
      ]);
      const { projectId = "", endpointId = "" } = (await readOutputs(stack)) as Record<string, string>;
      const endpoint = arm.list().find(({ token }) => token.endsWith(":PrivateEndpoint"));
      expect(endpoint?.properties[GUID_PROPERTY]).toBe(endpointId);
      expect(await networkOf(projectId)).toEqual({ isBlocked: true, restrictedTo: [endpointId] });
      await stack.up({ args: ["--expect-no-changes"], check: true });

      const subnet = arm.list().find(({ id }) => id.endsWith("/subnets/data"));
      if (subnet === undefined) throw new Error("there is no subnet for data");
      arm.put({ ...subnet, properties: { ...subnet.properties, privateEndpointNetworkPolicies: "Disabled" } });
      await plane.api.call("PATCH", `/projects/${projectId}`, { project: { settings: { block_public_connections: false } } });
      const drift = await stack.up({ args: ["--refresh", "--diff"], check: true });
      expect(output(drift)).toMatch(/privateEndpointNetworkPolicies\s*: "Enabled" => "Disabled"/);
      expect(output(drift)).toMatch(/allow\s*: "nobody" => "anywhere"/);
      expect(await networkOf(projectId)).toEqual({ isBlocked: true, restrictedTo: [endpointId] });

      await stack.destroy({ check: true });
      expect(arm.list().map(({ id }) => id)).toEqual([watchers, watcher]);
    });
  });
});

const WORDS: ReadonlySet<string> = new Set(["projects", "organizations", "vpc", "region", "vpc_endpoints", "branches"]);

/** The path without ids. */
const shapeOf = (path: string): string =>
  `/${(path.split("?")[0] ?? "")
    .split("/")
    .filter((word) => WORDS.has(word))
    .join("/")}`;

/** What AWS says of an endpoint by what the plane says of it. */
function stateOf(body: unknown): EndpointState {
  const found = VpcEndpointDetails.safeParse(body);
  if (!found.success || found.data.state === "new") return "pendingAcceptance";
  return found.data.state === "accepted" ? "available" : (found.data.state as EndpointState);
}
