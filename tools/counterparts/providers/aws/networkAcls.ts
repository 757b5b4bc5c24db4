import {
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  DeleteNetworkAclCommand,
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  type EC2Client,
  type NetworkAcl,
  ReplaceNetworkAclAssociationCommand,
  ReplaceNetworkAclEntryCommand,
  type RuleAction,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../providerDouble.js";
import { isKnown, type Properties, findText, toTexts } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { setTags, buildTagSpecifications } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

/**
 * `aws:ec2/networkAcl:NetworkAcl` by calls of EC2. Its rules are resources of their own. ministack keeps neither the subnets of an ACL nor the ports
 * of a rule: the emulator in front of it does.
 */
export const createNetworkAclKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["vpcId"],
  validate: allowOnly("region", "subnetIds", "tags", "vpcId"),
  create: async (inputs, made) => {
    const call = { VpcId: findText(inputs["vpcId"]), TagSpecifications: buildTagSpecifications("network-acl", inputs) };
    const id = (await ec2.send(new CreateNetworkAclCommand(call))).NetworkAcl?.NetworkAclId ?? "";
    made(id);
    await associateSubnets(ec2, toTexts(inputs["subnetIds"]), id);
    return id;
  },
  read: async (id) => {
    const acl = await readAcl(ec2, id);
    const arn = `arn:aws:ec2:${region}:${acl?.OwnerId ?? ""}:network-acl/${id}`;
    const subnetIds = (acl?.Associations ?? []).map(({ SubnetId }) => SubnetId);
    return acl && { arn, ownerId: acl.OwnerId, region, subnetIds, vpcId: acl.VpcId, ...readTags(acl.Tags) };
  },
  update: async (id, inputs, live) => {
    const [before, after] = [toTexts(live["subnetIds"]), toTexts(inputs["subnetIds"])];
    await associateSubnets(ec2, subtract(after, before), id);
    await associateSubnets(ec2, subtract(before, after), await findDefaultAcl(ec2, live["vpcId"]));
    await setTags(ec2, id, inputs, live);
  },
  delete: async (id) => {
    const acl = await readAcl(ec2, id);
    if (acl === undefined) return;
    const subnets = (acl.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
    await associateSubnets(ec2, subnets, await findDefaultAcl(ec2, acl.VpcId));
    await ignoreNotFound(ec2.send(new DeleteNetworkAclCommand({ NetworkAclId: id })));
  },
  refreshInputs: refreshRecorded,
});

const subtract = (all: readonly string[], others: readonly string[]): string[] => all.filter((one) => !others.includes(one));

const readAcl = async (ec2: EC2Client, id: string): Promise<NetworkAcl | undefined> =>
  (await ignoreNotFound(ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [id] }))))?.NetworkAcls?.[0];

async function findDefaultAcl(ec2: EC2Client, vpcId: unknown): Promise<string> {
  const Filters = [
    { Name: "vpc-id", Values: [findText(vpcId) ?? ""] },
    { Name: "default", Values: ["true"] },
  ];
  return (await ec2.send(new DescribeNetworkAclsCommand({ Filters }))).NetworkAcls?.[0]?.NetworkAclId ?? "";
}

/** Puts subnets under an ACL: each is under one at any time. */
async function associateSubnets(ec2: EC2Client, subnetIds: readonly string[], NetworkAclId: string): Promise<void> {
  for (const subnetId of subnetIds) {
    const Filters = [{ Name: "association.subnet-id", Values: [subnetId] }];
    const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand({ Filters }));
    const found = NetworkAcls.flatMap(({ Associations = [] }) => Associations).find(({ SubnetId }) => SubnetId === subnetId);
    await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId: found?.NetworkAclAssociationId, NetworkAclId }));
  }
}

/** `aws:ec2/networkAclRule:NetworkAclRule` by calls of EC2, of tcp and udp by their numbers. */
export const createNetworkAclRuleKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["egress", "networkAclId", "ruleNumber"],
  defaults: { egress: false },
  validate: allowOnly(
    ...["cidrBlock", "egress", "fromPort", "ipv6CidrBlock", "networkAclId", "protocol", "region", "ruleAction", "ruleNumber", "toPort"],
  ),
  create: async (inputs) => {
    await ec2.send(new CreateNetworkAclEntryCommand(toEntry(inputs)));
    return [inputs["networkAclId"], inputs["ruleNumber"], inputs["egress"] === true ? "egress" : "ingress"].join(":");
  },
  read: async (id) => {
    const { NetworkAclId, RuleNumber, Egress } = parseId(id);
    const entries = (await readAcl(ec2, NetworkAclId))?.Entries ?? [];
    const entry = entries.find((one) => one.RuleNumber === RuleNumber && one.Egress === Egress);
    return (
      entry && {
        networkAclId: NetworkAclId,
        ruleNumber: RuleNumber,
        egress: Egress,
        region,
        cidrBlock: entry.CidrBlock,
        ipv6CidrBlock: entry.Ipv6CidrBlock,
        protocol: entry.Protocol,
        ruleAction: entry.RuleAction,
        fromPort: entry.PortRange?.From,
        toPort: entry.PortRange?.To,
      }
    );
  },
  update: async (_, inputs) => {
    await ec2.send(new ReplaceNetworkAclEntryCommand(toEntry(inputs)));
  },
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteNetworkAclEntryCommand(parseId(id))));
  },
  refreshInputs: refreshRecorded,
});

const toEntry = (inputs: Properties) => ({
  NetworkAclId: findText(inputs["networkAclId"]),
  RuleNumber: Number(inputs["ruleNumber"]),
  Egress: inputs["egress"] === true,
  Protocol: findText(inputs["protocol"]),
  RuleAction: findText(inputs["ruleAction"]) as RuleAction,
  CidrBlock: findText(inputs["cidrBlock"]),
  Ipv6CidrBlock: findText(inputs["ipv6CidrBlock"]),
  ...(isKnown(inputs["fromPort"]) && { PortRange: { From: Number(inputs["fromPort"]), To: Number(inputs["toPort"]) } }),
});

/** Of `acl-0123:100:egress`. */
function parseId(id: string): { NetworkAclId: string; RuleNumber: number; Egress: boolean } {
  const [NetworkAclId = "", number, direction] = id.split(":");
  return { NetworkAclId, RuleNumber: Number(number), Egress: direction === "egress" };
}
