import * as network from "@pulumi/azure-native/network";
import * as privatedns from "@pulumi/azure-native/privatedns";
import { getResourceOutput } from "@pulumi/azure-native/resources/getResource";
import * as pulumi from "@pulumi/pulumi";
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

/** Of Microsoft.Network, for the one look-up of what no class of the SDK tells. */
const API_VERSION = "2024-05-01";
/** Private DNS is in no region. */
const GLOBAL = "global";

/** Inputs of `PrivateNetwork`. */
export interface PrivateNetworkArgs extends ProjectNetworkArgs {
  /** Resource group in which everything is made. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Id of the virtual network whose members find the project by private DNS. */
  readonly virtualNetworkId: pulumi.Input<string>;
  /** Id of the subnet in which the endpoint has its address. */
  readonly subnetId: pulumi.Input<string>;
  /** Region of the endpoint: that of the virtual network. Default: that of the resource group. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Tags of everything that has tags. */
  readonly tags?: Record<string, pulumi.Input<string>> | undefined;
  /** Change what the children are made with. */
  readonly transforms?:
    | (ProjectNetworkTransforms & {
        readonly endpoint?: Transform<network.PrivateEndpointArgs> | undefined;
        readonly zone?: Transform<privatedns.PrivateZoneArgs> | undefined;
        readonly zoneGroup?: Transform<network.PrivateDnsZoneGroupArgs> | undefined;
        readonly link?: Transform<privatedns.VirtualNetworkLinkArgs> | undefined;
      })
    | undefined;
}

/**
 * A project that is reached by Azure Private Link alone. In this order: a private endpoint with a manual connection to the alias of the region; the
 * plane's acceptance of it; a private DNS zone with the endpoint's records, and then its link to the virtual network, because an empty zone would
 * hide every host of the region; the project's restriction to the endpoint; and the block of public access. What fails on the way leaves the rest
 * undone, and the next update goes on there. A destroy leaves block and restriction standing, unless `onDestroy` is `"open"`. An extension: the
 * embedded plane has it, Neon has no Private Link on Azure.
 */
export class PrivateNetwork extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:PrivateNetwork";

  readonly endpoint: network.PrivateEndpoint;
  /** That, as the organisation has it. */
  readonly privateEndpoint: neon.PrivateEndpoint;
  readonly zone: privatedns.PrivateZone;
  readonly restrictions: readonly neon.VpcEndpointRestriction[];
  /** Absent where `blockPublicAccess` is false. */
  readonly publicAccess: neon.IpAllowlist | undefined;
  /** `resourceGuid` of the endpoint in lower case, by which the plane knows it. */
  readonly endpointId: pulumi.Output<string>;
  /** Hosts that lead to the endpoint within the virtual network, as `*.eastus2.azure.neon.tech`. */
  readonly hostNames: pulumi.Output<string[]>;
  /** State of the endpoint at the plane, by its id: `new`, `accepted`, `rejected` or `failed`. */
  readonly states: pulumi.Output<Record<string, string>>;

  /** @throws PAL_PRIVATE_REGION, PAL_PRIVATE_RELEASE */
  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super(PrivateNetwork.__pulumiType, name, {}, opts);
    const [alias] = getEndpointServices(args.regionId, "azure");
    assertDestroyable(args);
    const { resourceGroupName, transforms = {} } = args;
    const make = createChildFactory(this);
    const project = { ...args, label: args.label ?? name };
    this.endpoint = make(network.PrivateEndpoint, name, buildEndpointArgs(name, alias, args), transforms.endpoint);
    this.endpointId = readResourceGuid(this, this.endpoint, resourceGroupName);
    const made = { name, endpointId: this.endpointId };
    this.privateEndpoint = acceptEndpoint(make, made, "azureResourceGuid", project, transforms, [this.endpoint]);
    // As palisade.GUID.eastus2.azure.privatelinkservice.
    const zoneName = `${alias.split(".").at(-3) ?? ""}.azure.neon.tech`;
    const { zone, link } = this.createPrivateDns(make, name, zoneName, args);
    this.zone = zone;
    const access = restrictAccess(make, name, [made], [this.privateEndpoint, link], project, transforms);
    ({ restrictions: this.restrictions, publicAccess: this.publicAccess } = access);
    this.hostNames = this.zone.name.apply((held) => [`*.${held}`]);
    this.states = pulumi.all([this.endpointId, this.privateEndpoint.state]).apply(([id, state]) => ({ [id]: state }));
    const { endpointId, hostNames, states } = this;
    this.registerOutputs({ endpointId, hostNames, states });
  }

  /** Leads the region's hosts to the endpoint, for members of the virtual network. */
  private createPrivateDns(
    make: ChildFactory,
    name: string,
    privateZoneName: string,
    { resourceGroupName, virtualNetworkId, tags, transforms = {} }: PrivateNetworkArgs,
  ): { zone: privatedns.PrivateZone; link: privatedns.VirtualNetworkLink } {
    const own = { resourceGroupName, location: GLOBAL, ...(tags !== undefined && { tags }) };
    const zone = make(privatedns.PrivateZone, name, { ...own, privateZoneName }, transforms.zone, { dependsOn: this.privateEndpoint });
    const group: network.PrivateDnsZoneGroupArgs = {
      resourceGroupName,
      privateEndpointName: this.endpoint.name,
      privateDnsZoneGroupName: "default",
      privateDnsZoneConfigs: [{ name: "neon", privateDnsZoneId: zone.id }],
    };
    const records = make(network.PrivateDnsZoneGroup, name, group, transforms.zoneGroup);
    const args: privatedns.VirtualNetworkLinkArgs = {
      ...own,
      privateZoneName: zone.name,
      registrationEnabled: false,
      virtualNetwork: { id: virtualNetworkId },
    };
    const link = make(privatedns.VirtualNetworkLink, name, args, transforms.link, { dependsOn: records });
    return { zone, link };
  }
}

const buildEndpointArgs = (
  name: string,
  alias: string,
  { resourceGroupName, location, subnetId, tags }: PrivateNetworkArgs,
): network.PrivateEndpointArgs => ({
  resourceGroupName,
  ...(location !== undefined && { location }),
  ...(tags !== undefined && { tags }),
  subnet: { id: subnetId },
  manualPrivateLinkServiceConnections: [{ name: "neon", privateLinkServiceId: alias, requestMessage: name }],
});

/**
 * The endpoint's `resourceGuid`: ARM answers it, and no typed model has it (github.com/Azure/azure-rest-api-specs/issues/16693). Unlike the resource's
 * id it is never given to another endpoint.
 */
const readResourceGuid = (
  parent: pulumi.Resource,
  endpoint: network.PrivateEndpoint,
  resourceGroupName: pulumi.Input<string>,
): pulumi.Output<string> =>
  getResourceOutput(
    {
      resourceGroupName,
      apiVersion: API_VERSION,
      resourceProviderNamespace: "Microsoft.Network",
      parentResourcePath: "",
      // By the id, which is known once the endpoint is there, and not by the name, which may be known before.
      resourceType: "privateEndpoints",
      resourceName: endpoint.id.apply((id) => id.split("/").at(-1) ?? ""),
    },
    { parent },
  ).apply(({ properties }) => String((properties as { resourceGuid?: unknown }).resourceGuid).toLowerCase());
