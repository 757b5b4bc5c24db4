import { type Bag, hasUnknown } from "../../../provider/resources/settled.js";
import type { Declared } from "../model.js";
import { bags, list, NO_SOURCES, POSTGRES_PORT, type PrivatePath, refersTo, type Sources, sourcesOf, unionSources } from "./path.js";

export const AWS_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

/** Each VPC endpoint with the ingress to Postgres of its security groups. Groups that the stack does not declare say nothing here. */
export function awsPaths(present: readonly Declared[]): PrivatePath[] {
  const of = (type: string) => present.filter((one) => one.type === type);
  const rules = [...of(INGRESS), ...of(RULE).filter(({ inputs }) => inputs["type"] === "ingress")];
  const groups = of(GROUP);
  return of(AWS_ENDPOINT).map((endpoint) => {
    const mine = groups.filter((group) => refersTo(endpoint, "securityGroupIds", group));
    const saying = rules.filter((rule) => mine.some((group) => refersTo(rule, "securityGroupId", group)));
    const sources = [
      ...mine.flatMap((group) => bags(group.inputs["ingress"]).map(inlineSources)),
      ...saying.map((rule) => (rule.type === INGRESS ? ruleSources(rule.inputs) : inlineSources(rule.inputs))),
    ];
    return {
      endpoint,
      sources: sources.reduce(unionSources, NO_SOURCES),
      saidBy: [...saying, ...mine, endpoint].map(({ urn }) => urn),
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
