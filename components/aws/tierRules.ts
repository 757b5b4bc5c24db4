import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import type { Tier } from "../tierBlocks.js";
import type { ChildFactory, Transform } from "../child.js";

const POSTGRES_PORT = 5_432;
/** Ports that answers go to: whatever a client of Postgres was given by its system. */
const [FIRST_CLIENT_PORT, LAST_PORT] = [1_024, 65_535];
/** AWS' number of tcp, by which the provider keeps it. */
const TCP = "6";

/** Transforms of what stands between tiers. */
export interface TierRuleTransforms {
  readonly ingressRule?: Transform<vpc.SecurityGroupIngressRuleArgs> | undefined;
  readonly egressRule?: Transform<vpc.SecurityGroupEgressRuleArgs> | undefined;
  readonly networkAcl?: Transform<ec2.NetworkAclArgs> | undefined;
  readonly networkAclRule?: Transform<ec2.NetworkAclRuleArgs> | undefined;
}

/** Lets each tier speak to the one below, by reference of groups: out of the one, into the other. */
export function allowTierBelow(
  make: ChildFactory,
  name: string,
  groups: Readonly<Record<Tier, pulumi.Output<string>>>,
  applicationPort: pulumi.Input<number>,
  tags: Pick<vpc.SecurityGroupIngressRuleArgs, "tags">,
  { egressRule, ingressRule }: TierRuleTransforms,
): void {
  const steps = [
    { above: "public", below: "private", port: applicationPort },
    { above: "private", below: "data", port: POSTGRES_PORT },
  ] as const;
  for (const { above, below, port } of steps) {
    const way = { ipProtocol: "tcp", fromPort: port, toPort: port, description: `${above} to ${below}`, ...tags };
    const child = `${name}-${above}-to-${below}`;
    const out = { ...way, securityGroupId: groups[above], referencedSecurityGroupId: groups[below] };
    make(vpc.SecurityGroupEgressRule, child, out, egressRule);
    const into = { ...way, securityGroupId: groups[below], referencedSecurityGroupId: groups[above] };
    make(vpc.SecurityGroupIngressRule, child, into, ingressRule);
  }
}

/** Blocks of the tier above. */
interface TierBlocks {
  readonly ipv4: string;
  readonly ipv6: pulumi.Output<string> | undefined;
}

/** The network ACL of the data tier: Postgres from the private tier, answers to it, and AWS' own last rule denies the rest. */
export function createDataAcl(
  make: ChildFactory,
  name: string,
  acl: ec2.NetworkAclArgs,
  { ipv4, ipv6 }: TierBlocks,
  { networkAcl, networkAclRule }: TierRuleTransforms,
): ec2.NetworkAcl {
  const made = make(ec2.NetworkAcl, `${name}-data`, acl, networkAcl);
  const allow = { networkAclId: made.id, protocol: TCP, ruleAction: "allow" };
  const asks = { ...allow, egress: false, fromPort: POSTGRES_PORT, toPort: POSTGRES_PORT };
  const answers = { ...allow, egress: true, fromPort: FIRST_CLIENT_PORT, toPort: LAST_PORT };
  make(ec2.NetworkAclRule, `${name}-data-in`, { ...asks, ruleNumber: 100, cidrBlock: ipv4 }, networkAclRule);
  make(ec2.NetworkAclRule, `${name}-data-out`, { ...answers, ruleNumber: 100, cidrBlock: ipv4 }, networkAclRule);
  if (ipv6 !== undefined) {
    make(ec2.NetworkAclRule, `${name}-data-in-ipv6`, { ...asks, ruleNumber: 110, ipv6CidrBlock: ipv6 }, networkAclRule);
    make(ec2.NetworkAclRule, `${name}-data-out-ipv6`, { ...answers, ruleNumber: 110, ipv6CidrBlock: ipv6 }, networkAclRule);
  }
  return made;
}
