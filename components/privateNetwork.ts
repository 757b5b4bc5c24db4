import type * as pulumi from "@pulumi/pulumi";
import { formatSuggestion } from "../contract/didYouMean.js";
import { PalisadeError } from "../contract/errors.js";
import { findEndpointServices, PRIVATE_REGION_IDS } from "../contract/privateNetworking.js";
import * as neon from "../sdk/index.js";
import type { ChildFactory, Transform } from "./child.js";

/** What of a private network is the same in every cloud. */
export interface ProjectNetworkArgs {
  /**
   * Project that is reached by the private network. It says `network: { allow: "managedSeparately" }`, because this component owns its public access,
   * unless `blockPublicAccess` is false.
   */
  readonly projectId: pulumi.Input<string>;
  /**
   * Neon's region of the project, such as `aws-eu-central-1`; the network lies in the same region of the cloud. A plain text, because the region
   * decides how many endpoints there are.
   */
  readonly regionId: string;
  /** Organisation of the project. Default: the account's. */
  readonly orgId?: pulumi.Input<string> | undefined;
  /** What the endpoints are called at Neon. Default: the component's name. */
  readonly label?: pulumi.Input<string> | undefined;
  /** Whether public access is blocked once the private path stands. Plain. Default: `true`; `false` where another resource owns it. */
  readonly blockPublicAccess?: boolean | undefined;
  /**
   * What a destroy leaves behind: a project that stays closed and restricted (`keep`), or one that is open to every address and to every endpoint of
   * the organisation (`open`). Plain. Default: `"keep"`.
   */
  readonly onDestroy?: "keep" | "open" | undefined;
  /**
   * Whether a destroy removes the endpoints from the organisation, for ever: no removed id can return. With `onDestroy: "open"` alone, since Neon
   * removes no endpoint that a project is restricted to. Plain. Default: `false`.
   */
  readonly release?: boolean | undefined;
}

/** Transforms of the children at Neon. */
export interface ProjectNetworkTransforms {
  /** The endpoint in the organisation: its handshake. */
  readonly privateEndpoint?: Transform<neon.PrivateEndpointArgs> | undefined;
  /** The project's restriction to the endpoint. */
  readonly restriction?: Transform<neon.VpcEndpointRestrictionArgs> | undefined;
  /** The block of public access. */
  readonly publicAccess?: Transform<neon.IpAllowlistArgs> | undefined;
}

/**
 * Endpoint services of a region, never none.
 * @throws PAL_PRIVATE_REGION for a region that is unknown, of the other cloud, or without private networking
 */
export function getEndpointServices(regionId: string, cloud: "aws" | "azure"): readonly [string, ...string[]] {
  const services = regionId.startsWith(`${cloud}-`) ? findEndpointServices(regionId) : undefined;
  if (services !== undefined) return services;
  const known = PRIVATE_REGION_IDS.filter((id) => id.startsWith(`${cloud}-`));
  throw new PalisadeError(
    "PAL_PRIVATE_REGION",
    `${JSON.stringify(regionId)}${formatSuggestion(regionId, known)} (known are ${known.join(", ")})`,
  );
}

/** @throws PAL_PRIVATE_RELEASE where a destroy could not do both */
export function assertDestroyable({ release, onDestroy }: Pick<ProjectNetworkArgs, "release" | "onDestroy">): void {
  if (release === true && onDestroy !== "open") throw new PalisadeError("PAL_PRIVATE_RELEASE", 'release is true, and onDestroy is "keep"');
}

/** An endpoint of the cloud, and the handshake over it. */
export interface CloudEndpoint {
  /** Name of the children, which tells endpoints of one component apart. */
  readonly name: string;
  /** `vpce-...`, or the GUID of an Azure private endpoint. */
  readonly endpointId: pulumi.Output<string>;
}

/**
 * Has Neon take the endpoint, and waits until it is accepted: nothing that could lock anybody out comes before.
 * @param endpoints all of the cloud's: an id that Neon was given is given for ever, so none is before all of them stand
 */
export const acceptEndpoint = (
  make: ChildFactory,
  { name, endpointId }: CloudEndpoint,
  kind: "vpcEndpointId" | "azureResourceGuid",
  { label, orgId, regionId, release }: ProjectNetworkArgs & { readonly label: pulumi.Input<string> },
  { privateEndpoint }: ProjectNetworkTransforms,
  endpoints: readonly pulumi.Resource[],
): neon.PrivateEndpoint =>
  make(neon.PrivateEndpoint, name, { orgId, regionId, label, release, waitForAccepted: true, [kind]: endpointId }, privateEndpoint, {
    dependsOn: [...endpoints],
  });

/** Who may connect to the project, once the path stands. */
export interface ProjectAccess {
  readonly restrictions: readonly neon.VpcEndpointRestriction[];
  readonly publicAccess: neon.IpAllowlist | undefined;
}

/**
 * Restricts the project to the endpoints and then blocks public access: what locks out comes last, and goes first.
 * @param usable what makes the endpoints usable, all of which is there before
 */
export function restrictAccess(
  make: ChildFactory,
  name: string,
  endpoints: readonly CloudEndpoint[],
  usable: readonly pulumi.Resource[],
  { projectId, label, onDestroy, blockPublicAccess }: ProjectNetworkArgs & { readonly label: pulumi.Input<string> },
  transforms: ProjectNetworkTransforms,
): ProjectAccess {
  const opens = onDestroy === "open";
  const restrictions = endpoints.map((one) =>
    make(
      neon.VpcEndpointRestriction,
      one.name,
      { projectId, vpcEndpointId: one.endpointId, label, allowAll: opens },
      transforms.restriction,
      // The project stays restricted, to endpoints that are gone: nobody else gets in.
      { dependsOn: [...usable], retainOnDelete: !opens },
    ),
  );
  if (blockPublicAccess === false) return { restrictions, publicAccess: undefined };
  const publicAccess = make(
    neon.IpAllowlist,
    name,
    { projectId, allow: "nobody", privateEndpoints: "allowed", onDestroy: opens ? "anywhere" : "keep" },
    transforms.publicAccess,
    { dependsOn: restrictions },
  );
  return { restrictions, publicAccess };
}
