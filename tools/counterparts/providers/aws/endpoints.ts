import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  ModifyVpcEndpointCommand,
  type VpcEndpointType,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../providerDouble.js";
import { isAlike, isKnown, type Properties, findText, toTexts } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { setTags, buildTagSpecifications } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

/**
 * `aws:ec2/vpcEndpoint:VpcEndpoint` by calls of EC2. ministack accepts every endpoint at once, and gives it no interfaces and no names: the handshake
 * with a service's owner, groups and names come from the emulator in front of it.
 */
export const createVpcEndpointKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["serviceName", "vpcEndpointType", "vpcId"],
  defaults: { vpcEndpointType: "Gateway" },
  validate: allowOnly(
    ...["policy", "privateDnsEnabled", "region", "securityGroupIds", "serviceName", "subnetIds", "tags", "vpcEndpointType", "vpcId"],
  ),
  create: async (inputs) => {
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: findText(inputs["vpcId"]),
        ServiceName: findText(inputs["serviceName"]),
        VpcEndpointType: findText(inputs["vpcEndpointType"]) as VpcEndpointType,
        SubnetIds: toTexts(inputs["subnetIds"]),
        SecurityGroupIds: toTexts(inputs["securityGroupIds"]),
        PolicyDocument: findText(inputs["policy"]),
        ...(isKnown(inputs["privateDnsEnabled"]) && { PrivateDnsEnabled: inputs["privateDnsEnabled"] === true }),
        TagSpecifications: buildTagSpecifications("vpc-endpoint", inputs),
      }),
    );
    return VpcEndpoint?.VpcEndpointId ?? "";
  },
  read: (id) => readEndpoint(ec2, id, region),
  update: async (id, inputs, live) => {
    await ec2.send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: id,
        ...buildIdChanges("Subnet", live["subnetIds"], inputs["subnetIds"]),
        ...buildIdChanges("SecurityGroup", live["securityGroupIds"], inputs["securityGroupIds"]),
        ...(isKnown(inputs["policy"]) && !isAlike(inputs["policy"], live["policy"]) && { PolicyDocument: findText(inputs["policy"]) }),
        ...(isKnown(inputs["privateDnsEnabled"]) && { PrivateDnsEnabled: inputs["privateDnsEnabled"] === true }),
      }),
    );
    await setTags(ec2, id, inputs, live);
  },
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })));
  },
  refreshInputs: refreshRecorded,
});

async function readEndpoint(ec2: EC2Client, id: string, region: string): Promise<Properties | undefined> {
  const found = await ignoreNotFound(ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })));
  const endpoint = found?.VpcEndpoints?.[0];
  if (endpoint === undefined || /^delet/i.test(endpoint.State ?? "")) return undefined;
  return {
    arn: `arn:aws:ec2:${region}:${endpoint.OwnerId ?? ""}:vpc-endpoint/${id}`,
    dnsEntries: (endpoint.DnsEntries ?? []).map(({ DnsName, HostedZoneId }) => ({ dnsName: DnsName, hostedZoneId: HostedZoneId })),
    networkInterfaceIds: endpoint.NetworkInterfaceIds ?? [],
    ownerId: endpoint.OwnerId,
    policy: endpoint.PolicyDocument,
    privateDnsEnabled: endpoint.PrivateDnsEnabled,
    region,
    securityGroupIds: endpoint.Groups?.map(({ GroupId }) => GroupId),
    serviceName: endpoint.ServiceName,
    state: endpoint.State,
    subnetIds: endpoint.SubnetIds,
    vpcEndpointType: endpoint.VpcEndpointType,
    vpcId: endpoint.VpcId,
    ...readTags(endpoint.Tags),
  };
}

/** `aws:vpc/endpointPrivateDns:EndpointPrivateDns` by calls of EC2. It stays as it is when the resource goes: the endpoint goes after it. */
export const createEndpointPrivateDnsKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["vpcEndpointId"],
  validate: allowOnly("privateDnsEnabled", "region", "vpcEndpointId"),
  create: async (inputs) => {
    await setPrivateDns(ec2, inputs);
    return findText(inputs["vpcEndpointId"]) ?? "";
  },
  read: async (id) => {
    const endpoint = await readEndpoint(ec2, id, region);
    return endpoint && { privateDnsEnabled: endpoint["privateDnsEnabled"] === true, region, vpcEndpointId: id };
  },
  update: (_, inputs) => setPrivateDns(ec2, inputs),
  delete: () => Promise.resolve(),
  refreshInputs: refreshRecorded,
});

async function setPrivateDns(ec2: EC2Client, { vpcEndpointId, privateDnsEnabled }: Properties): Promise<void> {
  const call = { VpcEndpointId: findText(vpcEndpointId), PrivateDnsEnabled: privateDnsEnabled === true };
  await ec2.send(new ModifyVpcEndpointCommand(call));
}

/** What is to be added and removed, in the call's own words. */
function buildIdChanges(word: "Subnet" | "SecurityGroup", before: unknown, after: unknown): Record<string, string[]> {
  const [old, wanted] = [toTexts(before), toTexts(after)];
  const [added, removed] = [wanted.filter((one) => !old.includes(one)), old.filter((one) => !wanted.includes(one))];
  return { ...(added.length > 0 && { [`Add${word}Ids`]: added }), ...(removed.length > 0 && { [`Remove${word}Ids`]: removed }) };
}
