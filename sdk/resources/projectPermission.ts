// Generated from provider/resources/projectPermission/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `ProjectPermission`. */
export interface ProjectPermissionArgs extends CommonArgs {
  /** Project to share. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** With whom. Changing it replaces the resource. */
  readonly email: pulumi.Input<string>;
  /** What a member of the organisation may do with this project. Left as it is when omitted. */
  readonly level?: pulumi.Input<"viewer" | "editor" | "admin"> | undefined;
}

/** Shares one project with a person. Destroying it takes the access, and the level where one was declared. */
export class ProjectPermission extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:ProjectPermission";

  /** Project to share. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** With whom. Changing it replaces the resource. */
  declare readonly email: pulumi.Output<string>;
  /** What a member of the organisation may do with this project. Left as it is when omitted. */
  declare readonly level: pulumi.Output<"viewer" | "editor" | "admin" | undefined>;
  /** Since when (RFC 3339). */
  declare readonly grantedAt: pulumi.Output<string>;

  constructor(name: string, args: ProjectPermissionArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "ProjectPermission", secrets: [], outputs: ["grantedAt"] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{permissionId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): ProjectPermission {
    return new ProjectPermission(name, { projectId: undefined, email: undefined, level: undefined, ...state } as never, { ...opts, id });
  }

  /** Part of the id, known in every preview after creation. */
  get permissionId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
