// Generated from provider/resources/ipAllowlist/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `ranges` of `IpAllowlist`. */
export interface IpAllowlistRangesArgs {
  /** Address, CIDR network, or `first-last`. */
  readonly range: pulumi.Input<string>;
  /** Whose addresses these are. Kept in the state only. */
  readonly description?: pulumi.Input<string> | undefined;
  /** When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only. */
  readonly removeAfter?: pulumi.Input<string> | undefined;
}

/** `pathAttestation` of `IpAllowlist`. */
export interface IpAllowlistPathAttestationArgs {
  /** File that `palisade attest-path` wrote inside the network, or its text. Holds for 15 minutes, and for one update. */
  readonly attestation: pulumi.Input<string>;
  /** File of the allowed signers (`ssh-keygen -Y`): whose keys may attest. */
  readonly allowedSigners: pulumi.Input<string>;
}

/** Inputs of `IpAllowlist`. */
export interface IpAllowlistArgs extends CommonArgs {
  /** Project whose network this is. Changing it replaces the resource. */
  readonly projectId: pulumi.Input<string>;
  /** Who may try to connect from the internet: `listed` ranges, `anywhere`, or `nobody`. */
  readonly allow: pulumi.Input<"listed" | "anywhere" | "nobody">;
  /** The addresses that may try to connect, when `allow` is "listed": IPv4 and IPv6 addresses, CIDR networks, `first-last` ranges. Order carries no meaning. */
  readonly ranges?: pulumi.Input<pulumi.Input<string | IpAllowlistRangesArgs>[]> | undefined;
  /** Which branches the list guards, when `allow` is "listed": `all` (default), or only the protected ones, which leaves every other branch open to every address. */
  readonly scope?: pulumi.Input<"all" | "protectedBranches"> | undefined;
  /** Whether private endpoints (AWS PrivateLink) may connect. The address list does not apply to them. Left as it is when omitted. */
  readonly privateEndpoints?: pulumi.Input<"allowed" | "blocked"> | undefined;
  /** Blocks public access although no private path is known to work: whoever comes by the internet, this program's own pipeline too, is then locked out. */
  readonly acceptLockOut?: pulumi.Input<true> | undefined;
  /** Proof, signed inside the network, that a private path leads to the project: public access may then be blocked. Of the embedded plane alone; needed for the one update that blocks. */
  readonly pathAttestation?: pulumi.Input<IpAllowlistPathAttestationArgs> | undefined;
  /** What destroying this resource leaves behind: the list as it is (`keep`, default), a project closed to everyone, or one open to every address. Default: `"keep"`. */
  readonly onDestroy?: pulumi.Input<"keep" | "nobody" | "anywhere"> | undefined;
}

/** `ranges` of `IpAllowlist`. */
export interface IpAllowlistRanges {
  /** Address, CIDR network, or `first-last`. */
  readonly range: string;
  /** Whose addresses these are. Kept in the state only. */
  readonly description?: string | undefined;
  /** When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only. */
  readonly removeAfter?: string | undefined;
}

/** `pathAttestation` of `IpAllowlist`. */
export interface IpAllowlistPathAttestation {
  /** File that `palisade attest-path` wrote inside the network, or its text. Holds for 15 minutes, and for one update. */
  readonly attestation: string;
  /** File of the allowed signers (`ssh-keygen -Y`): whose keys may attest. */
  readonly allowedSigners: string;
}

/** The whole allowlist of a project, for projects created with `network: { allow: "managedSeparately" }` or made outside Pulumi. Authoritative: entries that the program does not name are removed. Refused where a `Project` declares the network. */
export class IpAllowlist extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:IpAllowlist";

  /** Project whose network this is. Changing it replaces the resource. */
  declare readonly projectId: pulumi.Output<string>;
  /** Who may try to connect from the internet: `listed` ranges, `anywhere`, or `nobody`. */
  declare readonly allow: pulumi.Output<"listed" | "anywhere" | "nobody">;
  /** The addresses that may try to connect, when `allow` is "listed": IPv4 and IPv6 addresses, CIDR networks, `first-last` ranges. Order carries no meaning. */
  declare readonly ranges: pulumi.Output<(string | IpAllowlistRanges)[] | undefined>;
  /** Which branches the list guards, when `allow` is "listed": `all` (default), or only the protected ones, which leaves every other branch open to every address. */
  declare readonly scope: pulumi.Output<"all" | "protectedBranches" | undefined>;
  /** Whether private endpoints (AWS PrivateLink) may connect. The address list does not apply to them. Left as it is when omitted. */
  declare readonly privateEndpoints: pulumi.Output<"allowed" | "blocked" | undefined>;
  /** Blocks public access although no private path is known to work: whoever comes by the internet, this program's own pipeline too, is then locked out. */
  declare readonly acceptLockOut: pulumi.Output<true | undefined>;
  /** Proof, signed inside the network, that a private path leads to the project: public access may then be blocked. Of the embedded plane alone; needed for the one update that blocks. */
  declare readonly pathAttestation: pulumi.Output<IpAllowlistPathAttestation | undefined>;
  /** What destroying this resource leaves behind: the list as it is (`keep`, default), a project closed to everyone, or one open to every address. Default: `"keep"`. */
  declare readonly onDestroy: pulumi.Output<"keep" | "nobody" | "anywhere">;
  /** The admitted addresses as disjoint ranges in canonical spelling; empty when nobody or everybody is admitted. */
  declare readonly effectiveRanges: pulumi.Output<string[]>;
  /** When the next entry with `removeAfter` is to leave the live list (RFC 3339); absent when none is. */
  declare readonly nextRemovalAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: IpAllowlistArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      {
        kind: "IpAllowlist",
        secrets: [],
        outputs: ["effectiveRanges", "nextRemovalAt"],
        derived: { effectiveRanges: ["ranges"], nextRemovalAt: ["ranges.removeAfter"] },
      },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): IpAllowlist {
    return new IpAllowlist(
      name,
      {
        projectId: undefined,
        allow: undefined,
        ranges: undefined,
        scope: undefined,
        privateEndpoints: undefined,
        acceptLockOut: undefined,
        pathAttestation: undefined,
        onDestroy: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
