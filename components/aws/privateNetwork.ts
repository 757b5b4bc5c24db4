import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";
import { parseRange } from "../../contract/ranges.js";
import type * as neon from "../../sdk/index.js";
import { createChildFactory, type ChildFactory, type Transform } from "../child.js";
import {
  acceptEndpoint,
  assertDestroyable,
  type ProjectNetworkArgs,
  type ProjectNetworkTransforms,
  restrictAccess,
  getEndpointServices,
} from "../privateNetwork.js";

const POSTGRES_PORT = 5_432;

/** Who may reach the endpoints: one of the three. */
export type EndpointSource =
  | {
      /** Members of this security group. */
      readonly securityGroupId: pulumi.Input<string>;
    }
  | {
      /** Addresses of a block of IPv4, such as `10.0.0.0/16`. */
      readonly cidrIpv4: pulumi.Input<string>;
    }
  | {
      /** Addresses of a block of IPv6. */
      readonly cidrIpv6: pulumi.Input<string>;
    };

/** Inputs of `PrivateNetwork`. */
export interface PrivateNetworkArgs extends ProjectNetworkArgs {
  /** VPC in which the endpoints are made. To move to another VPC add a second component, and remove this one afterwards: no endpoint moves. */
  readonly vpcId: pulumi.Input<string>;
  /** Subnets in which the endpoints have addresses, at most one of each zone. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Who may reach the endpoints at tcp/5432, by names of the program's own, such as `{ app: { securityGroupId: app.id } }`; at least one. */
  readonly allowFrom: Readonly<Record<string, EndpointSource>>;
  /** Further security groups that the endpoints are in, as that of a tier which others may speak to. Default: none. */
  readonly securityGroupIds?: readonly pulumi.Input<string>[] | undefined;
  /** Tags of the security group and of the endpoints. */
  readonly tags?: Record<string, pulumi.Input<string>> | undefined;
  /** Change what the children are made with. */
  readonly transforms?:
    | (ProjectNetworkTransforms & {
        readonly securityGroup?: Transform<ec2.SecurityGroupArgs> | undefined;
        readonly ingressRule?: Transform<vpc.SecurityGroupIngressRuleArgs> | undefined;
        readonly endpoint?: Transform<ec2.VpcEndpointArgs> | undefined;
        readonly privateDns?: Transform<vpc.EndpointPrivateDnsArgs> | undefined;
      })
    | undefined;
}

/**
 * A project that is reached by AWS PrivateLink alone. In this order: a security group that admits the given sources at tcp/5432; an interface
 * endpoint for each endpoint service of the region; Neon's acceptance of each; private DNS, which AWS refuses before; the project's restriction to
 * the endpoints; and the block of public access. What fails on the way leaves the rest undone, and the next update goes on there. A destroy leaves
 * block and restriction standing, unless `onDestroy` is `"open"`.
 */
export class PrivateNetwork extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:PrivateNetwork";

  readonly securityGroup: ec2.SecurityGroup;
  /** One for each endpoint service of the region. */
  readonly endpoints: readonly ec2.VpcEndpoint[];
  /** Those, as the organisation has them. */
  readonly privateEndpoints: readonly neon.PrivateEndpoint[];
  readonly restrictions: readonly neon.VpcEndpointRestriction[];
  /** Absent where `blockPublicAccess` is false. */
  readonly publicAccess: neon.IpAllowlist | undefined;
  /** `sg-...` of the endpoints. */
  readonly securityGroupId: pulumi.Output<string>;
  /** `vpce-...` of each endpoint. */
  readonly endpointIds: pulumi.Output<string[]>;
  /** Names that AWS gives the endpoints. Programs connect by the project's own host, which leads to them by private DNS. */
  readonly hostNames: pulumi.Output<string[]>;
  /** State of each endpoint at Neon, by its id: `new`, `accepted`, `rejected` or `failed`. */
  readonly states: pulumi.Output<Record<string, string>>;

  /** @throws PAL_PRIVATE_REGION, PAL_PRIVATE_RELEASE, PAL_PRIVATE_SOURCES */
  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super(PrivateNetwork.__pulumiType, name, {}, opts);
    const services = getEndpointServices(args.regionId, "aws");
    assertDestroyable(args);
    const { transforms = {} } = args;
    const make = createChildFactory(this);
    this.securityGroup = make(ec2.SecurityGroup, name, buildGroupArgs(args), transforms.securityGroup);
    this.securityGroupId = this.securityGroup.id;
    const rules = createIngressRules(make, name, this.securityGroupId, args);
    const made = services.map((service) => {
      // By the service, so that one that comes or goes moves no other: a recreated endpoint has another id.
      const child = `${name}-${service.slice(service.lastIndexOf(".") + 1)}`;
      const endpoint = make(ec2.VpcEndpoint, child, buildEndpointArgs(service, this.securityGroupId, args), transforms.endpoint, {
        dependsOn: rules,
        // Private DNS has its own resource, which waits for the acceptance.
        ignoreChanges: ["privateDnsEnabled"],
      });
      return { name: child, endpoint, endpointId: endpoint.id };
    });
    this.endpoints = made.map(({ endpoint }) => endpoint);
    const project = { ...args, label: args.label ?? name };
    this.privateEndpoints = made.map((one) => acceptEndpoint(make, one, "vpcEndpointId", project, transforms, this.endpoints));
    const names = made.map(({ name: child, endpointId }) =>
      make(vpc.EndpointPrivateDns, child, { vpcEndpointId: endpointId, privateDnsEnabled: true }, transforms.privateDns, {
        dependsOn: [...this.privateEndpoints],
      }),
    );
    const access = restrictAccess(make, name, made, [...this.privateEndpoints, ...names], project, transforms);
    ({ restrictions: this.restrictions, publicAccess: this.publicAccess } = access);
    this.endpointIds = pulumi.all(this.endpoints.map(({ id }) => id));
    this.hostNames = pulumi
      .all(this.endpoints.map(({ dnsEntries }) => dnsEntries))
      .apply((entries) => entries.flat().flatMap(({ dnsName }) => (dnsName ? [dnsName] : [])));
    this.states = pulumi
      .all([this.endpointIds, pulumi.all(this.privateEndpoints.map(({ state }) => state))])
      .apply(([ids, states]) => Object.fromEntries(ids.map((id, index) => [id, states[index] ?? ""])));
    const { securityGroupId, endpointIds, hostNames, states } = this;
    this.registerOutputs({ securityGroupId, endpointIds, hostNames, states });
  }
}

// AWS lets no description change.
const buildGroupArgs = ({ vpcId, tags }: PrivateNetworkArgs): ec2.SecurityGroupArgs => ({
  vpcId,
  description: "Private endpoints of Neon",
  ...(tags !== undefined && { tags }),
});

const buildEndpointArgs = (
  serviceName: string,
  own: pulumi.Output<string>,
  { vpcId, subnetIds, securityGroupIds = [], tags }: PrivateNetworkArgs,
): ec2.VpcEndpointArgs => ({
  vpcId,
  subnetIds,
  serviceName,
  vpcEndpointType: "Interface",
  securityGroupIds: [own, ...securityGroupIds],
  ...(tags !== undefined && { tags }),
});

function createIngressRules(
  make: ChildFactory,
  name: string,
  securityGroupId: pulumi.Output<string>,
  { allowFrom, tags, transforms }: PrivateNetworkArgs,
): vpc.SecurityGroupIngressRule[] {
  const sources = Object.entries(allowFrom);
  if (sources.length === 0) throw new PalisadeError("PAL_PRIVATE_SOURCES", "allowFrom names nobody");
  return sources.map(([source, from]) => {
    const way = { ipProtocol: "tcp", fromPort: POSTGRES_PORT, toPort: POSTGRES_PORT, description: source };
    const rule = { securityGroupId, ...way, ...(tags !== undefined && { tags }) };
    return make(vpc.SecurityGroupIngressRule, `${name}-${source}`, { ...rule, ...buildSourceArgs(source, from) }, transforms?.ingressRule);
  });
}

/** As a rule has it. */
function buildSourceArgs(
  source: string,
  from: EndpointSource,
): Pick<vpc.SecurityGroupIngressRuleArgs, "cidrIpv4" | "cidrIpv6" | "referencedSecurityGroupId"> {
  if ("securityGroupId" in from) return { referencedSecurityGroupId: from.securityGroupId };
  const judge = (block: pulumi.Input<string>) => pulumi.output(block).apply((text) => assertNarrow(source, text));
  return "cidrIpv4" in from ? { cidrIpv4: judge(from.cidrIpv4) } : { cidrIpv6: judge(from.cidrIpv6) };
}

/** @throws PAL_PRIVATE_SOURCES for a whole family, and for what is no block */
function assertNarrow(source: string, block: string): string {
  const parsed = parseRange(block);
  if (!parsed.ok) throw new PalisadeError("PAL_PRIVATE_SOURCES", `allowFrom.${source}: ${parsed.reason}`);
  if (block.endsWith("/0")) throw new PalisadeError("PAL_PRIVATE_SOURCES", `allowFrom.${source} is every address (${block})`);
  return block;
}
