// Generated from provider/resources/apiKey/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `ApiKey`. */
export interface ApiKeyArgs extends CommonArgs {
  /** What the key is for. At Neon the mark of this resource stands behind it. Changing it replaces the resource. */
  readonly name: pulumi.Input<string>;
  /** What the key opens: one project; all of an organisation, as its administrator; or all that the person who makes it may see. Changing it replaces the resource. Default: `"project"`. */
  readonly scope?: pulumi.Input<"project" | "organization" | "personal"> | undefined;
  /** The project of a key with scope "project". Changing it replaces the resource. */
  readonly projectId?: pulumi.Input<string> | undefined;
  /** Organisation; the account's when omitted. Changing it replaces the resource. */
  readonly orgId?: pulumi.Input<string> | undefined;
}

/** An API key of Neon. Its text is answered only at creation and kept, encrypted, in the state. A key never changes: every change makes a new one before the old one is revoked. */
export class ApiKey extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:ApiKey";

  /** What the key is for. At Neon the mark of this resource stands behind it. Changing it replaces the resource. */
  declare readonly name: pulumi.Output<string>;
  /** What the key opens: one project; all of an organisation, as its administrator; or all that the person who makes it may see. Changing it replaces the resource. Default: `"project"`. */
  declare readonly scope: pulumi.Output<"project" | "organization" | "personal">;
  /** The project of a key with scope "project". Changing it replaces the resource. */
  declare readonly projectId: pulumi.Output<string | undefined>;
  /** Organisation; the account's when omitted. Changing it replaces the resource. */
  declare readonly orgId: pulumi.Output<string | undefined>;
  /** The key. Secret: encrypted in the state. */
  declare readonly key: pulumi.Output<string>;
  /** When it was used last (RFC 3339). */
  declare readonly lastUsedAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: ApiKeyArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "ApiKey", secrets: ["key"], outputs: ["key", "lastUsedAt"] }, name, args, opts);
  }

  /** An existing object, by the id `{owner}/{keyId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, state?: Pick<CommonArgs, "account">, opts?: pulumi.CustomResourceOptions): ApiKey {
    return new ApiKey(name, { name: undefined, scope: undefined, projectId: undefined, orgId: undefined, ...state } as never, {
      ...opts,
      id,
    });
  }

  /** Part of the id, known in every preview after creation. */
  get owner(): pulumi.Output<string> {
    return this.idPart(0);
  }

  /** Part of the id, known in every preview after creation. */
  get keyId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
