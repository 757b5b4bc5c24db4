import {
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../providerDouble.js";
import { type Properties, findText } from "../values.js";
import { setTags } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readGroup } from "./securityGroups.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

/** `aws:ec2/defaultSecurityGroup:DefaultSecurityGroup` by calls of EC2: the group that a VPC has is taken over and emptied. Rules are not taken. */
export const createDefaultSecurityGroupKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["vpcId"],
  validate: (inputs) => [
    ...allowOnly("egress", "ingress", "region", "tags", "vpcId")(inputs),
    ...["egress", "ingress"]
      .filter((name) => Array.isArray(inputs[name]) && inputs[name].length > 0)
      .map((property) => ({ property, reason: "the double of aws takes no rules here" })),
  ],
  create: async (inputs, made) => {
    const Filters = [
      { Name: "vpc-id", Values: [findText(inputs["vpcId"]) ?? ""] },
      { Name: "group-name", Values: ["default"] },
    ];
    const [group] = (await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? [];
    if (group?.GroupId === undefined) throw new Error("the VPC has no default security group");
    made(group.GroupId);
    await removeRules(ec2, group);
    await setTags(ec2, group.GroupId, inputs, {});
    return group.GroupId;
  },
  read: async (id) => {
    const group = await readGroup(ec2, id);
    return group && describe(group, id, region);
  },
  update: async (id, inputs, live) => {
    const group = await readGroup(ec2, id);
    if (group !== undefined) await removeRules(ec2, group);
    await setTags(ec2, id, inputs, live);
  },
  // As the real provider: a VPC keeps its group.
  delete: () => Promise.resolve(),
  refreshInputs: refreshRecorded,
});

async function removeRules(ec2: EC2Client, { GroupId, IpPermissions = [], IpPermissionsEgress = [] }: SecurityGroup): Promise<void> {
  if (IpPermissions.length > 0) await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  if (IpPermissionsEgress.length > 0) await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: IpPermissionsEgress }));
}

const describe = (group: SecurityGroup, id: string, region: string): Properties => ({
  arn: `arn:aws:ec2:${region}:${group.OwnerId ?? ""}:security-group/${id}`,
  description: group.Description,
  name: group.GroupName,
  ownerId: group.OwnerId,
  region,
  vpcId: group.VpcId,
  ingress: (group.IpPermissions ?? []).map(describeRule),
  egress: (group.IpPermissionsEgress ?? []).map(describeRule),
  ...readTags(group.Tags),
});

const describeRule = ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] }: IpPermission): Properties => ({
  protocol: IpProtocol,
  fromPort: FromPort ?? 0,
  toPort: ToPort ?? 0,
  cidrBlocks: IpRanges.map(({ CidrIp }) => CidrIp),
  ipv6CidrBlocks: Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
});
