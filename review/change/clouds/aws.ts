import { type Bag, hasUnknown } from "../../../provider/resources/settled.js";
import type { Declared } from "../model.js";
import {
  admittedInOrder,
  bags,
  intersectSources,
  list,
  NO_SOURCES,
  type NumberedRule,
  ofType,
  POSTGRES_PORT,
  type PrivatePath,
  refersTo,
  type Sources,
  sourcesOf,
  unionSources,
} from "./path.js";

export const AWS_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

const ACL = "aws:ec2/networkAcl:NetworkAcl";
const ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule";
const ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation";

/**
 * Each VPC endpoint with the ingress to Postgres of its security groups, as far as the network ACLs of its subnets let it through. Groups that the
 * stack does not declare say nothing here; a subnet without a network ACL of the stack has AWS' default one, which lets everything through.
 */
export function awsPaths(present: readonly Declared[]): PrivatePath[] {
  const of = (type: string) => ofType(present, type);
  const rules = [...of(INGRESS), ...of(RULE).filter(({ inputs }) => inputs["type"] === "ingress")];
  const groups = of(GROUP);
  return of(AWS_ENDPOINT).map((endpoint) => {
    const mine = groups.filter((group) => refersTo(endpoint, "securityGroupIds", group));
    const saying = rules.filter((rule) => mine.some((group) => refersTo(rule, "securityGroupId", group)));
    const sources = [
      ...mine.flatMap((group) => bags(group.inputs["ingress"]).map(inlineSources)),
      ...saying.map((rule) => (rule.type === INGRESS ? ruleSources(rule.inputs) : inlineSources(rule.inputs))),
    ];
    const admitted = sources.reduce(unionSources, NO_SOURCES);
    const { passing, saidBy } = networkAcls(endpoint, present);
    return {
      endpoint,
      sources: passing === undefined ? admitted : intersectSources(admitted, passing),
      saidBy: [...[...saying, ...mine].map(({ urn }) => urn), ...saidBy, endpoint.urn],
    };
  });
}

/** An entry of `ingress`, and a SecurityGroupRule, which has the same words. */
function inlineSources(rule: Bag): Sources {
  if (!meetsPostgres(rule["protocol"], rule["fromPort"], rule["toPort"])) return NO_SOURCES;
  const ranges = [...list(rule["cidrBlocks"]), ...list(rule["ipv6CidrBlocks"])];
  const named = [...list(rule["securityGroups"]), ...list(rule["sourceSecurityGroupId"]), ...list(rule["prefixListIds"])];
  return sourcesOf(ranges, rule["self"] === true ? [...named, "the group itself"] : named);
}

function ruleSources(rule: Bag): Sources {
  if (!meetsPostgres(rule["ipProtocol"], rule["fromPort"], rule["toPort"])) return NO_SOURCES;
  const named = [...list(rule["referencedSecurityGroupId"]), ...list(rule["prefixListId"])];
  return sourcesOf([...list(rule["cidrIpv4"]), ...list(rule["cidrIpv6"])], named);
}

/** AWS takes `-1` for every protocol, and then every port. What is not known yet may be Postgres. */
function meetsPostgres(protocol: unknown, from: unknown, to: unknown): boolean {
  if (hasUnknown([protocol, from, to])) return true;
  const name = String(protocol).toLowerCase();
  if (name === "-1" || name === "all") return true;
  return (name === "tcp" || name === "6") && Number(from) <= POSTGRES_PORT && POSTGRES_PORT <= Number(to);
}

/** What the network ACLs of the endpoint's subnets let through to Postgres, together: any of its addresses will do. undefined where one lets all. */
function networkAcls(endpoint: Declared, present: readonly Declared[]): { passing: Sources | undefined; saidBy: readonly string[] } {
  const acls = ofType(present, ACL);
  const associations = ofType(present, ACL_ASSOCIATION);
  const saidBy: string[] = [];
  const bySubnet = subnetsOf(endpoint).map(({ id, origin }) => {
    const names = (one: Declared, property: string) =>
      (id !== undefined && list(one.inputs[property]).includes(id)) ||
      (origin !== undefined && (one.origins[property] ?? []).includes(origin));
    const binding = associations.filter((one) => names(one, "subnetId"));
    const acl = acls.find((one) => names(one, "subnetIds") || binding.some((bound) => refersTo(bound, "networkAclId", one)));
    if (acl === undefined) return undefined;
    const rules = ofType(present, ACL_RULE).filter((rule) => rule.inputs["egress"] !== true && refersTo(rule, "networkAclId", acl));
    saidBy.push(...[...rules, ...binding, acl].map(({ urn }) => urn));
    return admittedInOrder([
      ...bags(acl.inputs["ingress"]).map((rule) => aclRule(rule, rule["ruleNo"], rule["action"])),
      ...rules.map(({ inputs }) => aclRule(inputs, inputs["ruleNumber"], inputs["ruleAction"])),
    ]);
  });
  const known = bySubnet.flatMap((sources) => sources ?? []);
  const isWhole = known.length > 0 && known.length === bySubnet.length;
  return { passing: isWhole ? known.reduce(unionSources) : undefined, saidBy };
}

function aclRule(rule: Bag, number: unknown, action: unknown): NumberedRule {
  const meets = meetsPostgres(rule["protocol"], rule["fromPort"], rule["toPort"]);
  const sources = meets ? sourcesOf([...list(rule["cidrBlock"]), ...list(rule["ipv6CidrBlock"])]) : NO_SOURCES;
  return {
    number,
    allows: String(action).toLowerCase() === "allow",
    sources: { ...sources, unclear: sources.unclear || hasUnknown(action) },
  };
}

/** The subnets of an endpoint: by their ids or, before they have any, by where the ids come from. */
export function subnetsOf({ inputs, origins }: Declared): { readonly id?: string; readonly origin?: string }[] {
  const ids = list(inputs["subnetIds"]).flatMap((id) => (typeof id === "string" && !hasUnknown(id) ? [{ id }] : []));
  const fromOthers = origins["subnetIds"] ?? [];
  return ids.length > 0
    ? ids.map((one, at) => ({ ...one, ...(fromOthers[at] !== undefined && { origin: fromOthers[at] }) }))
    : fromOthers.map((origin) => ({ origin }));
}
