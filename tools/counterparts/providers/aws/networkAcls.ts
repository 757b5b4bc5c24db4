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
import type { KindDouble } from "../double.js";
import { isKnown, type Properties, textOf, textsOf } from "../values.js";
import { unlessGone } from "./clients.js";
import { readTags, setTags, tagsAtCreate } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { onlyThese } from "./validation.js";

/**
 * `aws:ec2/networkAcl:NetworkAcl` by calls of EC2. Its rules are resources of their own. ministack keeps neither the subnets of an ACL nor the ports
 * of a rule: the gate in front of it does.
 */
export const networkAclKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["vpcId"],
  validate: onlyThese("region", "subnetIds", "tags", "vpcId"),
  create: async (inputs, made) => {
    const call = { VpcId: textOf(inputs["vpcId"]), TagSpecifications: tagsAtCreate("network-acl", inputs) };
    const id = (await ec2.send(new CreateNetworkAclCommand(call))).NetworkAcl?.NetworkAclId ?? "";
    made(id);
    await leadSubnets(ec2, textsOf(inputs["subnetIds"]), id);
    return id;
  },
  read: async (id) => {
    const acl = await readAcl(ec2, id);
    const arn = `arn:aws:ec2:${region}:${acl?.OwnerId ?? ""}:network-acl/${id}`;
    const subnetIds = (acl?.Associations ?? []).map(({ SubnetId }) => SubnetId);
    return acl && { arn, ownerId: acl.OwnerId, region, subnetIds, vpcId: acl.VpcId, ...readTags(acl.Tags) };
  },
  update: async (id, inputs, live) => {
    const [before, after] = [textsOf(live["subnetIds"]), textsOf(inputs["subnetIds"])];
    await leadSubnets(ec2, without(after, before), id);
    await leadSubnets(ec2, without(before, after), await defaultAcl(ec2, live["vpcId"]));
    await setTags(ec2, id, inputs, live);
  },
  delete: async (id) => {
    const acl = await readAcl(ec2, id);
    if (acl === undefined) return;
    const subnets = (acl.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
    await leadSubnets(ec2, subnets, await defaultAcl(ec2, acl.VpcId));
    await unlessGone(ec2.send(new DeleteNetworkAclCommand({ NetworkAclId: id })));
  },
  refreshInputs: refreshRecorded,
});

const without = (all: readonly string[], others: readonly string[]): string[] => all.filter((one) => !others.includes(one));

const readAcl = async (ec2: EC2Client, id: string): Promise<NetworkAcl | undefined> =>
  (await unlessGone(ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [id] }))))?.NetworkAcls?.[0];

async function defaultAcl(ec2: EC2Client, vpcId: unknown): Promise<string> {
  const Filters = [
    { Name: "vpc-id", Values: [textOf(vpcId) ?? ""] },
    { Name: "default", Values: ["true"] },
  ];
  return (await ec2.send(new DescribeNetworkAclsCommand({ Filters }))).NetworkAcls?.[0]?.NetworkAclId ?? "";
}

/** Puts subnets under an ACL: each is under one at any time. */
async function leadSubnets(ec2: EC2Client, subnetIds: readonly string[], NetworkAclId: string): Promise<void> {
  for (const subnetId of subnetIds) {
    const Filters = [{ Name: "association.subnet-id", Values: [subnetId] }];
    const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand({ Filters }));
    const found = NetworkAcls.flatMap(({ Associations = [] }) => Associations).find(({ SubnetId }) => SubnetId === subnetId);
    await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId: found?.NetworkAclAssociationId, NetworkAclId }));
  }
}

/** `aws:ec2/networkAclRule:NetworkAclRule` by calls of EC2, of tcp and udp by their numbers. */
export const networkAclRuleKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["egress", "networkAclId", "ruleNumber"],
  defaults: { egress: false },
  validate: onlyThese(
    ...["cidrBlock", "egress", "fromPort", "ipv6CidrBlock", "networkAclId", "protocol", "region", "ruleAction", "ruleNumber", "toPort"],
  ),
  create: async (inputs) => {
    await ec2.send(new CreateNetworkAclEntryCommand(entryOf(inputs)));
    return [inputs["networkAclId"], inputs["ruleNumber"], inputs["egress"] === true ? "egress" : "ingress"].join(":");
  },
  read: async (id) => {
    const { NetworkAclId, RuleNumber, Egress } = partsOf(id);
    const entries = (await readAcl(ec2, NetworkAclId))?.Entries ?? [];
    const entry = entries.find((one) => one.RuleNumber === RuleNumber && one.Egress === Egress);
    return (
      entry && {
        ...{ networkAclId: NetworkAclId, ruleNumber: RuleNumber, egress: Egress, region },
        ...{ cidrBlock: entry.CidrBlock, ipv6CidrBlock: entry.Ipv6CidrBlock, protocol: entry.Protocol, ruleAction: entry.RuleAction },
        ...{ fromPort: entry.PortRange?.From, toPort: entry.PortRange?.To },
      }
    );
  },
  update: async (_, inputs) => {
    await ec2.send(new ReplaceNetworkAclEntryCommand(entryOf(inputs)));
  },
  delete: async (id) => {
    await unlessGone(ec2.send(new DeleteNetworkAclEntryCommand(partsOf(id))));
  },
  refreshInputs: refreshRecorded,
});

const entryOf = (inputs: Properties) => ({
  NetworkAclId: textOf(inputs["networkAclId"]),
  RuleNumber: Number(inputs["ruleNumber"]),
  Egress: inputs["egress"] === true,
  Protocol: textOf(inputs["protocol"]),
  RuleAction: textOf(inputs["ruleAction"]) as RuleAction,
  CidrBlock: textOf(inputs["cidrBlock"]),
  Ipv6CidrBlock: textOf(inputs["ipv6CidrBlock"]),
  ...(isKnown(inputs["fromPort"]) && { PortRange: { From: Number(inputs["fromPort"]), To: Number(inputs["toPort"]) } }),
});

/** Of `acl-0123:100:egress`. */
function partsOf(id: string): { NetworkAclId: string; RuleNumber: number; Egress: boolean } {
  const [NetworkAclId = "", number, direction] = id.split(":");
  return { NetworkAclId, RuleNumber: Number(number), Egress: direction === "egress" };
}
