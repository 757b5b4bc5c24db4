// Generated from provider/resources/ipAllowlistEntry/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `ranges` of `IpAllowlistEntry`. */
export interface IpAllowlistEntryRangesArgs {
  /** Address, CIDR network, or `first-last`. */
  readonly range: pulumi.Input<string>;
  /** Whose addresses these are. Kept in the state only. */
  readonly description?: pulumi.Input<string> | undefined;
  /** When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only. */
  readonly removeAfter?: pulumi.Input<string> | undefined;
}

/** Inputs of `IpAllowlistEntry`. */
export interface IpAllowlistEntryArgs extends CommonArgs {
  /** Project whose list gets the entries. Changing it replaces the resource. */
  readonly projectId: pulumi.Input<string>;
  /** The entries: addresses, CIDR networks, `first-last` ranges. Order carries no meaning. */
  readonly ranges: pulumi.Input<pulumi.Input<string | IpAllowlistEntryRangesArgs>[]>;
}

/** `ranges` of `IpAllowlistEntry`. */
export interface IpAllowlistEntryRanges {
  /** Address, CIDR network, or `first-last`. */
  readonly range: string;
  /** Whose addresses these are. Kept in the state only. */
  readonly description?: string | undefined;
  /** When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only. */
  readonly removeAfter?: string | undefined;
}

/** Entries of a project's allowlist beside those of other owners. Adds its ranges and removes them when it goes; leaves all others and the scope alone, and never leaves an empty list, which would admit every address: with `deletedWith: project` it goes together with its project. */
export class IpAllowlistEntry extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:IpAllowlistEntry";

  /** Project whose list gets the entries. Changing it replaces the resource. */
  declare readonly projectId: pulumi.Output<string>;
  /** The entries: addresses, CIDR networks, `first-last` ranges. Order carries no meaning. */
  declare readonly ranges: pulumi.Output<(string | IpAllowlistEntryRanges)[]>;
  /** When the next entry with `removeAfter` is to leave the live list (RFC 3339); absent when none is. */
  declare readonly nextRemovalAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: IpAllowlistEntryArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { kind: "IpAllowlistEntry", secrets: [], outputs: ["nextRemovalAt"], derived: { nextRemovalAt: ["ranges.removeAfter"] } },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}/{entryId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): IpAllowlistEntry {
    return new IpAllowlistEntry(name, { projectId: undefined, ranges: undefined, ...state } as never, { ...opts, id });
  }

  /** Part of the id, known in every preview after creation. */
  get entryId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
