import * as network from "@pulumi/azure-native/network";
import * as pulumi from "@pulumi/pulumi";
import { assertBlock, mapTiers, type Tier, computeTierBlock } from "../tierBlocks.js";
import { createChildFactory, type ChildFactory, type Transform } from "../child.js";
import { buildTierRules } from "./tierRules.js";

const DEFAULT_BLOCK = "10.0.0.0/16";
/** Azure's own limits: subnets are /29 at least. */
const [LARGEST, SMALLEST] = [8, 27];
const HTTPS_PORT = 443;

/** Inputs of `SegmentedVnet`. */
export interface SegmentedVnetArgs {
  /** Resource group in which everything is made. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Region of everything, such as `westeurope`; also of the storage account. */
  readonly location: pulumi.Input<string>;
  /** Id of the storage account that the flow logs of the whole network go to; required, because a network without them tells nothing afterwards. */
  readonly flowLogsStorageId: pulumi.Input<string>;
  /** The region's network watcher, which flow logs belong to. Default: the one that Azure makes, `NetworkWatcher_LOCATION` in `NetworkWatcherRG`. */
  readonly networkWatcher?:
    | {
        /** Its name. */
        readonly name: pulumi.Input<string>;
        /** Its resource group, which is seldom that of the network. */
        readonly resourceGroupName: pulumi.Input<string>;
      }
    | undefined;
  /** Block of IPv4, /8 to /27: each tier has a quarter of it. Plain. Default: `"10.0.0.0/16"`. */
  readonly addressSpace?: string | undefined;
  /** Port at which the public tier speaks to the private one. Default: `443`. */
  readonly applicationPort?: pulumi.Input<number> | undefined;
  /** Tags of everything that has tags. */
  readonly tags?: Record<string, pulumi.Input<string>> | undefined;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?:
    | {
        readonly virtualNetwork?: Transform<network.VirtualNetworkArgs> | undefined;
        readonly networkSecurityGroup?: Transform<network.NetworkSecurityGroupArgs> | undefined;
        readonly subnet?: Transform<network.SubnetArgs> | undefined;
        readonly flowLog?: Transform<network.FlowLogArgs> | undefined;
      }
    | undefined;
}

/**
 * A virtual network of three tiers, each a subnet with a network security group: public speaks to private at `applicationPort`, private to data at
 * tcp/5432, and everything else is denied below Azure's own rules, which would admit the whole network. The groups hold for private endpoints as
 * well, no subnet has Azure's implicit way out, and everything is in flow logs. Nothing is admitted from the internet until the program adds a rule.
 */
export class SegmentedVnet extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:SegmentedVnet";

  readonly virtualNetwork: network.VirtualNetwork;
  readonly networkSecurityGroups: Readonly<Record<Tier, network.NetworkSecurityGroup>>;
  readonly subnets: Readonly<Record<Tier, network.Subnet>>;
  readonly flowLog: network.FlowLog;
  readonly virtualNetworkId: pulumi.Output<string>;
  /** Id of the subnet of each tier. */
  readonly subnetIds: Readonly<Record<Tier, pulumi.Output<string>>>;
  /** Id of the network security group of each tier. */
  readonly networkSecurityGroupIds: Readonly<Record<Tier, pulumi.Output<string>>>;

  /** @throws PAL_NETWORK_BLOCK */
  constructor(name: string, args: SegmentedVnetArgs, opts?: pulumi.ComponentResourceOptions) {
    super(SegmentedVnet.__pulumiType, name, {}, opts);
    const block = assertBlock(args.addressSpace ?? DEFAULT_BLOCK, LARGEST, SMALLEST);
    const { resourceGroupName, location, transforms = {} } = args;
    const own = { resourceGroupName, location, ...(args.tags !== undefined && { tags: args.tags }) };
    const make = createChildFactory(this);
    const space = { addressSpace: { addressPrefixes: [block] } };
    // Its subnets are resources of their own: what Azure answers of them here is theirs.
    this.virtualNetwork = make(network.VirtualNetwork, name, { ...own, ...space }, transforms.virtualNetwork, {
      ignoreChanges: ["subnets"],
    });
    this.virtualNetworkId = this.virtualNetwork.id;
    const rules = buildTierRules((tier) => computeTierBlock(block, tier), args.applicationPort ?? HTTPS_PORT);
    this.networkSecurityGroups = mapTiers((tier) =>
      make(network.NetworkSecurityGroup, `${name}-${tier}`, { ...own, securityRules: rules[tier] }, transforms.networkSecurityGroup),
    );
    this.networkSecurityGroupIds = mapTiers((tier) => this.networkSecurityGroups[tier].id);
    this.subnets = this.createSubnets(make, name, block, args);
    this.subnetIds = mapTiers((tier) => this.subnets[tier].id);
    this.flowLog = make(network.FlowLog, name, this.buildFlowLogArgs(name, args), transforms.flowLog);
    const { virtualNetworkId, subnetIds, networkSecurityGroupIds } = this;
    this.registerOutputs({ virtualNetworkId, subnetIds, networkSecurityGroupIds });
  }

  /** One after another: Azure changes one subnet of a network at a time. */
  private createSubnets(
    make: ChildFactory,
    name: string,
    block: string,
    { resourceGroupName, transforms = {} }: SegmentedVnetArgs,
  ): Readonly<Record<Tier, network.Subnet>> {
    const before: network.Subnet[] = [];
    return mapTiers((tier) => {
      const args: network.SubnetArgs = {
        resourceGroupName,
        virtualNetworkName: this.virtualNetwork.name,
        subnetName: tier,
        addressPrefix: computeTierBlock(block, tier),
        defaultOutboundAccess: false,
        privateEndpointNetworkPolicies: "Enabled",
        networkSecurityGroup: { id: this.networkSecurityGroupIds[tier] },
      };
      const made = make(network.Subnet, `${name}-${tier}`, args, transforms.subnet, { dependsOn: [...before] });
      before.push(made);
      return made;
    });
  }

  private buildFlowLogArgs(name: string, { location, flowLogsStorageId, networkWatcher, tags }: SegmentedVnetArgs): network.FlowLogArgs {
    return {
      networkWatcherName: networkWatcher?.name ?? pulumi.interpolate`NetworkWatcher_${location}`,
      resourceGroupName: networkWatcher?.resourceGroupName ?? "NetworkWatcherRG",
      location,
      flowLogName: name,
      enabled: true,
      storageId: flowLogsStorageId,
      targetResourceId: this.virtualNetworkId,
      ...(tags !== undefined && { tags }),
    };
  }
}
