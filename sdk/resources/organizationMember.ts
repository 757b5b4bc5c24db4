// Generated from provider/resources/organizationMember/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `OrganizationMember`. */
export interface OrganizationMemberArgs extends CommonArgs {
  /** Organisation; the account's when omitted. Cannot change after creation. */
  readonly orgId?: pulumi.Input<string> | undefined;
  /** Whom. Changing it replaces the resource. */
  readonly email: pulumi.Input<string>;
  /** What the person may do in the organisation; `admin` may do everything. Not every organisation has all of them. */
  readonly role: pulumi.Input<"admin" | "member" | "editor" | "viewer" | "collaborator">;
}

/** A person of an organisation. Who is none yet is invited, and becomes one by accepting; the API takes no invitation back. */
export class OrganizationMember extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:OrganizationMember";

  /** Organisation; the account's when omitted. Cannot change after creation. */
  declare readonly orgId: pulumi.Output<string | undefined>;
  /** Whom. Changing it replaces the resource. */
  declare readonly email: pulumi.Output<string>;
  /** What the person may do in the organisation; `admin` may do everything. Not every organisation has all of them. */
  declare readonly role: pulumi.Output<"admin" | "member" | "editor" | "viewer" | "collaborator">;
  /** `invited` until the person accepts. */
  declare readonly state: pulumi.Output<"invited" | "member">;

  constructor(name: string, args: OrganizationMemberArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "OrganizationMember", secrets: [], outputs: ["state"], inId: ["email"] }, name, args, opts);
  }

  /** An existing object, by the id `{orgId}/{email}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): OrganizationMember {
    return new OrganizationMember(name, { orgId: undefined, email: undefined, role: undefined, ...state } as never, { ...opts, id });
  }
}
