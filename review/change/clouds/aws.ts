import { type Properties, isUnreadable } from "../../../provider/introspection.js";
import { type Declared, getUrnName } from "../change.js";
import {
  computeAdmitted,
  toObjects,
  intersectSources,
  isWord,
  toList,
  NO_SOURCES,
  type NumberedRule,
  filterByType,
  POSTGRES_PORT,
  type PrivatePath,
  hasReferenceTo,
  hasSharedValue,
  type Sources,
  buildSources,
  uniteSources,
} from "./privatePath.js";
import { type Certainty, findUnreadableField } from "./readFields.js";

export const AWS_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

const ACL = "aws:ec2/networkAcl:NetworkAcl";
const ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule";
const ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation";

/**
 * Each VPC endpoint with the ingress to Postgres of its security groups, as far as the network ACLs of its subnets let it through. A subnet without a
 * network ACL of the stack has AWS' default one, which lets everything through.
 */
export function listAwsPaths(present: readonly Declared[]): PrivatePath[] {
  const of = (type: string) => filterByType(present, type);
  const rules = [...of(INGRESS), ...of(RULE).filter(({ inputs }) => inputs["type"] === "ingress")];
  const groups = of(GROUP);
  return of(AWS_ENDPOINT).map((endpoint) => {
    const mine = groups.filter((group) => hasReferenceTo(endpoint, "securityGroupIds", group));
    const saying = rules.filter(
      (rule) =>
        mine.some((group) => hasReferenceTo(rule, "securityGroupId", group)) ||
        hasSharedValue(rule, "securityGroupId", endpoint, "securityGroupIds"),
    );
    const admitted = [...mine, ...saying].map(listGroupSources).reduce(uniteSources, NO_SOURCES);
    const { passing, saidBy } = computeNetworkAcls(endpoint, present);
    const passed = passing === undefined ? admitted : intersectSources(admitted, passing);
    return {
      endpoint,
      sources: passed,
      foreign: listUndeclaredGroups(endpoint, mine),
      saidBy: [...[...saying, ...mine].map(({ urn }) => urn), ...saidBy, endpoint.urn],
    };
  });
}

function listUndeclaredGroups({ inputs, origins }: Declared, mine: readonly Declared[]): Set<string> {
  const groups = toList(inputs["securityGroupIds"]);
  if (groups.length === 0) return new Set(inputs["vpcEndpointType"] === "Interface" ? ["the default group of its network"] : []);
  const [ids, urns] = [mine.map(({ id }) => id), mine.map(({ urn }) => urn)];
  const named = groups.flatMap((id) => (typeof id === "string" && !isUnreadable(id) && !ids.includes(id) ? [id] : []));
  const unnamed = isUnreadable(groups) ? (origins["securityGroupIds"] ?? []).filter((urn) => !urns.includes(urn)).map(getUrnName) : [];
  return new Set([...named, ...unnamed]);
}

/** What a security group lets in to Postgres by rules of its own, or what one rule does. */
export function listGroupSources(one: Declared): Sources {
  const { type, inputs } = one;
  const sources =
    type === GROUP
      ? toObjects(inputs["ingress"]).map((rule) => toInlineSources(rule, one.id ?? one.name))
      : type === INGRESS
        ? [toRuleSources(inputs)]
        : isEgress(one)
          ? []
          : [toInlineSources(inputs, inputs["securityGroupId"])];
  const admitted = sources.reduce(uniteSources, NO_SOURCES);
  return { ...admitted, unclear: admitted.unclear || findUnreadableField(one) !== undefined };
}

const isEgress = ({ inputs }: Declared): boolean =>
  typeof inputs["type"] === "string" && !isUnreadable(inputs["type"]) && inputs["type"] !== "ingress";

/** An entry of `ingress`, and a SecurityGroupRule, which has the same words. `self` stands for the members of the group that it is in. */
function toInlineSources(rule: Properties, group: unknown): Sources {
  if (isForPostgres(rule["protocol"], rule["fromPort"], rule["toPort"]) === "no") return NO_SOURCES;
  const ranges = [...toList(rule["cidrBlocks"]), ...toList(rule["ipv6CidrBlocks"])];
  const named = [...toList(rule["securityGroups"]), ...toList(rule["sourceSecurityGroupId"]), ...toList(rule["prefixListIds"])];
  return buildSources(ranges, rule["self"] === true ? [...named, group] : named);
}

function toRuleSources(rule: Properties): Sources {
  if (isForPostgres(rule["ipProtocol"], rule["fromPort"], rule["toPort"]) === "no") return NO_SOURCES;
  const named = [...toList(rule["referencedSecurityGroupId"]), ...toList(rule["prefixListId"])];
  return buildSources([...toList(rule["cidrIpv4"]), ...toList(rule["cidrIpv6"])], named);
}

/** AWS takes `-1` for every protocol, and then every port. */
function isForPostgres(protocol: unknown, from: unknown, to: unknown): Certainty {
  if (isUnreadable(protocol)) return "maybe";
  const name = String(protocol).toLowerCase();
  if (name === "-1" || name === "all") return "yes";
  if (name !== "tcp" && name !== "6") return "no";
  if (isUnreadable([from, to])) return "maybe";
  return Number(from) <= POSTGRES_PORT && POSTGRES_PORT <= Number(to) ? "yes" : "no";
}

/** What the network ACLs of the endpoint's subnets let through to Postgres, together: any of its addresses will do. undefined where one lets all. */
function computeNetworkAcls(endpoint: Declared, present: readonly Declared[]): { passing: Sources | undefined; saidBy: readonly string[] } {
  const acls = filterByType(present, ACL);
  const associations = filterByType(present, ACL_ASSOCIATION);
  const saidBy: string[] = [];
  const bySubnet = listSubnets(endpoint).map(({ id, origin }) => {
    const names = (one: Declared, property: string) =>
      (id !== undefined && toList(one.inputs[property]).includes(id)) ||
      (origin !== undefined && (one.origins[property] ?? []).includes(origin));
    const binding = associations.filter((one) => names(one, "subnetId"));
    const mine = acls.filter((one) => names(one, "subnetIds") || binding.some((bound) => hasReferenceTo(bound, "networkAclId", one)));
    const rulesOf = (acl: Declared) =>
      filterByType(present, ACL_RULE).filter((rule) => rule.inputs["egress"] !== true && hasReferenceTo(rule, "networkAclId", acl));
    saidBy.push(...[...mine.flatMap(rulesOf), ...binding, ...mine].map(({ urn }) => urn));
    const [acl, ...others] = mine;
    // A subnet has one: where two are said, or one that the stack does not declare, it may be the one that lets everything through.
    const isOther = binding.some((bound) => acl !== undefined && !hasReferenceTo(bound, "networkAclId", acl));
    if (acl === undefined || others.length > 0 || isOther) return undefined;
    const rules = rulesOf(acl);
    const read = computeAdmitted([acl, ...rules].flatMap(listAclRules));
    return { ...read, unclear: read.unclear || [acl, ...rules].some((one) => findUnreadableField(one) !== undefined) };
  });
  const known = bySubnet.flatMap((sources) => sources ?? []);
  const isWhole = known.length > 0 && known.length === bySubnet.length;
  return { passing: isWhole ? known.reduce(uniteSources) : undefined, saidBy };
}

/** The rules of a network ACL, or the one that a resource of its own is. */
export const listAclRules = ({ type, inputs }: Declared): NumberedRule[] =>
  type === ACL
    ? toObjects(inputs["ingress"]).map((rule) => toAclRule(rule, rule["ruleNo"], rule["action"]))
    : inputs["egress"] === true
      ? []
      : [toAclRule(inputs, inputs["ruleNumber"], inputs["ruleAction"])];

function toAclRule(rule: Properties, number: unknown, action: unknown): NumberedRule {
  const meets = isForPostgres(rule["protocol"], rule["fromPort"], rule["toPort"]);
  const sources = meets === "no" ? NO_SOURCES : buildSources([...toList(rule["cidrBlock"]), ...toList(rule["ipv6CidrBlock"])]);
  return { number, allows: isWord(action, "allow"), isWhole: meets === "yes", sources };
}

/** The subnets of an endpoint: by their ids or, before they have any, by where the ids come from. */
export function listSubnets({ inputs, origins }: Declared): { readonly id?: string; readonly origin?: string }[] {
  const configured = toObjects(inputs["subnetConfigurations"]).map(({ subnetId }) => subnetId);
  const ids = [...toList(inputs["subnetIds"]), ...configured].flatMap((id) =>
    typeof id === "string" && !isUnreadable(id) ? [{ id }] : [],
  );
  const fromOthers = [...(origins["subnetIds"] ?? []), ...(origins["subnetConfigurations"] ?? [])];
  return ids.length > 0
    ? ids.map((one, at) => ({ ...one, ...(fromOthers[at] !== undefined && { origin: fromOthers[at] }) }))
    : fromOthers.map((origin) => ({ origin }));
}
