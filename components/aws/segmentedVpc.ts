import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";
import { assertBlock, cutBlock, MOST_ZONES, mapTiers, type Tier, computeTierBlock, computeZoneBlock } from "../tierBlocks.js";
import { createChildFactory, type ChildFactory, type Transform } from "../child.js";
import { createDataAcl, allowTierBelow, type TierRuleTransforms } from "./tierRules.js";

const DEFAULT_BLOCK = "10.0.0.0/16";
const DEFAULT_ZONES = 2;
/** AWS' own limits: subnets are /28 at least, of which the smallest network has sixteen. */
const [LARGEST, SMALLEST] = [16, 24];
const HTTPS_PORT = 443;

/** Inputs of `SegmentedVpc`. */
export interface SegmentedVpcArgs {
  /** ARN of the S3 bucket that the flow logs of the whole VPC go to; required, because a network without them tells nothing afterwards. */
  readonly flowLogsBucketArn: pulumi.Input<string>;
  /** Block of IPv4, /16 to /24: each tier has a quarter of it, each zone a quarter of that. Plain. Default: `"10.0.0.0/16"`. */
  readonly cidrBlock?: string | undefined;
  /** One to four availability zones by name; one that is added at the end moves no subnet. Default: the first two of the region. */
  readonly availabilityZones?: readonly pulumi.Input<string>[] | undefined;
  /** Port at which the public tier speaks to the private one. Default: `443`. */
  readonly applicationPort?: pulumi.Input<number> | undefined;
  /** Whether the network has addresses of IPv6 as well, of a block that AWS gives. Plain. Default: `false`. */
  readonly ipv6?: boolean | undefined;
  /** Tags of everything that has tags. */
  readonly tags?: Record<string, pulumi.Input<string>> | undefined;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?:
    | (TierRuleTransforms & {
        readonly vpc?: Transform<ec2.VpcArgs> | undefined;
        readonly flowLog?: Transform<ec2.FlowLogArgs> | undefined;
        readonly defaultSecurityGroup?: Transform<ec2.DefaultSecurityGroupArgs> | undefined;
        readonly internetGateway?: Transform<ec2.InternetGatewayArgs> | undefined;
        readonly subnet?: Transform<ec2.SubnetArgs> | undefined;
        readonly routeTable?: Transform<ec2.RouteTableArgs> | undefined;
        readonly route?: Transform<ec2.RouteArgs> | undefined;
        readonly routeTableAssociation?: Transform<ec2.RouteTableAssociationArgs> | undefined;
        readonly securityGroup?: Transform<ec2.SecurityGroupArgs> | undefined;
      })
    | undefined;
}

/**
 * A VPC of three tiers over zones: `public` has a route to the internet, `private` and `data` have none (no NAT gateway). The security group of each
 * tier speaks to the one below by reference alone: public to private at `applicationPort`, private to data at tcp/5432. The data tier has a network
 * ACL that says the same by addresses, the default security group admits nothing, and everything is in flow logs. Nothing is admitted from the
 * internet until the program adds a rule of its own to the group of the public tier.
 */
export class SegmentedVpc extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:SegmentedVpc";

  readonly vpc: ec2.Vpc;
  readonly subnets: Readonly<Record<Tier, readonly ec2.Subnet[]>>;
  readonly routeTables: Readonly<Record<Tier, ec2.RouteTable>>;
  readonly securityGroups: Readonly<Record<Tier, ec2.SecurityGroup>>;
  readonly networkAcl: ec2.NetworkAcl;
  readonly flowLog: ec2.FlowLog;
  readonly vpcId: pulumi.Output<string>;
  /** `subnet-...` of each tier, in the order of the zones. */
  readonly subnetIds: Readonly<Record<Tier, pulumi.Output<string[]>>>;
  /** `sg-...` of each tier. */
  readonly securityGroupIds: Readonly<Record<Tier, pulumi.Output<string>>>;

  /** @throws PAL_NETWORK_BLOCK, PAL_NETWORK_ZONES */
  constructor(name: string, args: SegmentedVpcArgs, opts?: pulumi.ComponentResourceOptions) {
    super(SegmentedVpc.__pulumiType, name, {}, opts);
    const block = assertBlock(args.cidrBlock ?? DEFAULT_BLOCK, LARGEST, SMALLEST);
    const zones = resolveZones(args, this);
    const { transforms = {} } = args;
    const tags = args.tags === undefined ? {} : { tags: args.tags };
    const make = createChildFactory(this);
    const ipv6 = args.ipv6 === true && { assignGeneratedIpv6CidrBlock: true };
    const network = { cidrBlock: block, enableDnsSupport: true, enableDnsHostnames: true, ...ipv6, ...tags };
    this.vpc = make(ec2.Vpc, name, network, transforms.vpc);
    this.vpcId = this.vpc.id;
    const logs = { vpcId: this.vpcId, trafficType: "ALL", logDestinationType: "s3", logDestination: args.flowLogsBucketArn, ...tags };
    this.flowLog = make(ec2.FlowLog, name, logs, transforms.flowLog);
    make(ec2.DefaultSecurityGroup, name, { vpcId: this.vpcId, ingress: [], egress: [], ...tags }, transforms.defaultSecurityGroup);
    this.routeTables = mapTiers((tier) => make(ec2.RouteTable, `${name}-${tier}`, { vpcId: this.vpcId, ...tags }, transforms.routeTable));
    this.subnets = mapTiers((tier) => this.createSubnets(make, name, block, tier, zones, args));
    this.createInternetRoutes(make, name, args);
    this.securityGroups = mapTiers((tier) =>
      make(ec2.SecurityGroup, `${name}-${tier}`, { vpcId: this.vpcId, description: `Tier ${tier}`, ...tags }, transforms.securityGroup),
    );
    this.subnetIds = mapTiers((tier) => pulumi.all(this.subnets[tier].map(({ id }) => id)));
    this.securityGroupIds = mapTiers((tier) => this.securityGroups[tier].id);
    allowTierBelow(make, name, this.securityGroupIds, args.applicationPort ?? HTTPS_PORT, tags, transforms);
    const data = { vpcId: this.vpcId, subnetIds: this.subnetIds.data, ...tags };
    const blocks = { ipv4: computeTierBlock(block, "private"), ipv6: args.ipv6 === true ? this.computeIpv6Block("private") : undefined };
    this.networkAcl = createDataAcl(make, name, data, blocks, transforms);
    const { vpcId, subnetIds, securityGroupIds } = this;
    this.registerOutputs({ vpcId, subnetIds, securityGroupIds });
  }

  private createSubnets(
    make: ChildFactory,
    name: string,
    block: string,
    tier: Tier,
    zones: readonly pulumi.Input<string>[],
    { availabilityZones, ipv6, tags, transforms = {} }: SegmentedVpcArgs,
  ): ec2.Subnet[] {
    return zones.map((availabilityZone, zone) => {
      const child = `${name}-${tier}-${zone + 1}`;
      const args: ec2.SubnetArgs = {
        vpcId: this.vpcId,
        availabilityZone,
        cidrBlock: computeZoneBlock(block, tier, zone),
        mapPublicIpOnLaunch: false,
        ...(ipv6 === true && { ipv6CidrBlock: this.computeIpv6Block(tier, zone), assignIpv6AddressOnCreation: true }),
        ...(tags !== undefined && { tags }),
      };
      // A zone that AWS adds to its list recreates no subnet.
      const chosen = availabilityZones === undefined ? { ignoreChanges: ["availabilityZone"] } : {};
      const subnet = make(ec2.Subnet, child, args, transforms.subnet, chosen);
      const association = { subnetId: subnet.id, routeTableId: this.routeTables[tier].id };
      make(ec2.RouteTableAssociation, child, association, transforms.routeTableAssociation);
      return subnet;
    });
  }

  /** The one way out and in, of the public tier alone. */
  private createInternetRoutes(make: ChildFactory, name: string, { ipv6, tags, transforms = {} }: SegmentedVpcArgs): void {
    const args = { vpcId: this.vpcId, ...(tags !== undefined && { tags }) };
    const gateway = make(ec2.InternetGateway, name, args, transforms.internetGateway);
    const route = { routeTableId: this.routeTables.public.id, gatewayId: gateway.id };
    make(ec2.Route, `${name}-public`, { ...route, destinationCidrBlock: "0.0.0.0/0" }, transforms.route);
    if (ipv6 === true) make(ec2.Route, `${name}-public-ipv6`, { ...route, destinationIpv6CidrBlock: "::/0" }, transforms.route);
  }

  /** Of a tier, or of a tier in a zone: AWS gives a /56, and subnets have a /64. */
  private computeIpv6Block(tier: Tier, zone?: number): pulumi.Output<string> {
    return this.vpc.ipv6CidrBlock.apply((block) => {
      const own = computeTierBlock(block, tier);
      return zone === undefined ? own : cutBlock(own, 6, zone);
    });
  }
}

/** @throws PAL_NETWORK_ZONES */
function resolveZones({ availabilityZones }: SegmentedVpcArgs, parent: pulumi.ComponentResource): readonly pulumi.Input<string>[] {
  if (availabilityZones === undefined) {
    const { names } = getAvailabilityZonesOutput({ state: "available" }, { parent });
    return Array.from({ length: DEFAULT_ZONES }, (_, zone) => names.apply((all) => [...all].sort()[zone] ?? ""));
  }
  const named = availabilityZones.filter((one) => typeof one === "string");
  if (availabilityZones.length === 0 || availabilityZones.length > MOST_ZONES || new Set(named).size < named.length)
    throw new PalisadeError("PAL_NETWORK_ZONES", `availabilityZones has ${availabilityZones.length} (${named.join(", ")})`);
  return availabilityZones;
}
