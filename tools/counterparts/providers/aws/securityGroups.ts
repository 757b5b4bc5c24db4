import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type IpPermission,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../providerDouble.js";
import { type Properties, findText } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { setTags, buildTagSpecifications } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

const EVERYWHERE: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

/** `aws:ec2/securityGroup:SecurityGroup` by calls of EC2. Its rules are resources of their own. */
export const createSecurityGroupKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["description", "name", "vpcId"],
  autoName: { input: "name", make: (logicalName, random) => `${logicalName}-${random.slice(0, 7)}` },
  defaults: { description: "Managed by Pulumi" },
  validate: allowOnly("description", "name", "region", "tags", "vpcId"),
  create: async (inputs, made) => {
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: findText(inputs["name"]),
        Description: findText(inputs["description"]),
        VpcId: findText(inputs["vpcId"]),
        TagSpecifications: buildTagSpecifications("security-group", inputs),
      }),
    );
    made(GroupId);
    await closeEgress(ec2, GroupId);
    return GroupId;
  },
  read: async (id) => {
    const group = await readGroup(ec2, id);
    return (
      group && {
        arn: `arn:aws:ec2:${region}:${group.OwnerId ?? ""}:security-group/${id}`,
        description: group.Description,
        name: group.GroupName,
        ownerId: group.OwnerId,
        region,
        vpcId: group.VpcId,
        ...readTags(group.Tags),
      }
    );
  },
  update: (id, inputs, live) => setTags(ec2, id, inputs, live),
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })));
  },
  refreshInputs: refreshRecorded,
});

export const readGroup = async (ec2: EC2Client, id: string) =>
  (await ignoreNotFound(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))))?.SecurityGroups?.[0];

/** AWS opens a new group to everywhere; the real provider takes that away at once. */
async function closeEgress(ec2: EC2Client, GroupId: string): Promise<void> {
  const group = await readGroup(ec2, GroupId);
  const isOpen = (group?.IpPermissionsEgress ?? []).some(({ IpProtocol }) => IpProtocol === "-1");
  if (isOpen) await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [EVERYWHERE] }));
}

/** `aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule` and its twin for egress, by calls of EC2. */
export const createSecurityGroupRuleKind = (ec2: EC2Client, region: string, isEgress: boolean): KindDouble => ({
  replacedBy: ["securityGroupId"],
  validate: allowOnly(
    ...["cidrIpv4", "cidrIpv6", "description", "fromPort", "ipProtocol", "prefixListId", "referencedSecurityGroupId"],
    ...["region", "securityGroupId", "tags", "toPort"],
  ),
  create: async (inputs) => {
    const call = {
      GroupId: findText(inputs["securityGroupId"]),
      IpPermissions: [toPermission(inputs)],
      TagSpecifications: buildTagSpecifications("security-group-rule", inputs),
    };
    const { SecurityGroupRules = [] } = isEgress
      ? await ec2.send(new AuthorizeSecurityGroupEgressCommand(call))
      : await ec2.send(new AuthorizeSecurityGroupIngressCommand(call));
    return SecurityGroupRules[0]?.SecurityGroupRuleId ?? "";
  },
  read: async (id) => {
    const found = await ignoreNotFound(ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] })));
    const rule = found?.SecurityGroupRules?.find(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id);
    return rule && describeRule(rule, id, region);
  },
  update: async (id, inputs, live) => {
    const rule = {
      IpProtocol: findText(inputs["ipProtocol"]),
      ...toPorts(inputs),
      CidrIpv4: findText(inputs["cidrIpv4"]),
      CidrIpv6: findText(inputs["cidrIpv6"]),
      PrefixListId: findText(inputs["prefixListId"]),
      ReferencedGroupId: findText(inputs["referencedSecurityGroupId"]),
      Description: findText(inputs["description"]),
    };
    const SecurityGroupRules = [{ SecurityGroupRuleId: id, SecurityGroupRule: rule }];
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId: findText(inputs["securityGroupId"]), SecurityGroupRules }));
    await setTags(ec2, id, inputs, live);
  },
  delete: async (id, { securityGroupId }) => {
    const call = { GroupId: findText(securityGroupId), SecurityGroupRuleIds: [id] };
    await ignoreNotFound(
      isEgress ? ec2.send(new RevokeSecurityGroupEgressCommand(call)) : ec2.send(new RevokeSecurityGroupIngressCommand(call)),
    );
  },
  refreshInputs: refreshRecorded,
});

const describeRule = (rule: SecurityGroupRule, id: string, region: string): Properties => ({
  arn: `arn:aws:ec2:${region}:${rule.GroupOwnerId ?? ""}:security-group-rule/${id}`,
  cidrIpv4: rule.CidrIpv4,
  cidrIpv6: rule.CidrIpv6,
  description: rule.Description,
  fromPort: rule.FromPort,
  ipProtocol: rule.IpProtocol,
  prefixListId: rule.PrefixListId,
  referencedSecurityGroupId: rule.ReferencedGroupInfo?.GroupId,
  region,
  securityGroupId: rule.GroupId,
  securityGroupRuleId: id,
  toPort: rule.ToPort,
  // ministack keeps no tags of rules: what is recorded stands.
  ...(rule.Tags !== undefined && rule.Tags.length > 0 && readTags(rule.Tags)),
});

function toPermission(inputs: Properties): IpPermission {
  const Description = findText(inputs["description"]);
  const [CidrIp, CidrIpv6] = [findText(inputs["cidrIpv4"]), findText(inputs["cidrIpv6"])];
  const [GroupId, PrefixListId] = [findText(inputs["referencedSecurityGroupId"]), findText(inputs["prefixListId"])];
  return {
    IpProtocol: findText(inputs["ipProtocol"]),
    ...toPorts(inputs),
    ...(CidrIp !== undefined && { IpRanges: [{ CidrIp, Description }] }),
    ...(CidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6, Description }] }),
    ...(GroupId !== undefined && { UserIdGroupPairs: [{ GroupId, Description }] }),
    ...(PrefixListId !== undefined && { PrefixListIds: [{ PrefixListId, Description }] }),
  };
}

const toPorts = ({ fromPort, toPort }: Properties) => ({
  ...(typeof fromPort === "number" && { FromPort: fromPort }),
  ...(typeof toPort === "number" && { ToPort: toPort }),
});
