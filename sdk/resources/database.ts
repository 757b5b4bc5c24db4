// Generated from provider/resources/database/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `Database`. */
export interface DatabaseArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the database, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** Unique in the branch. A change renames the database. */
  readonly name: pulumi.Input<string>;
  /** Role that owns the database. A change hands it over. */
  readonly ownerName: pulumi.Input<string>;
}

/** A database of a branch. Branches made from it carry it too. */
export class Database extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:Database";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the database, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** Unique in the branch. A change renames the database. */
  declare readonly name: pulumi.Output<string>;
  /** Role that owns the database. A change hands it over. */
  declare readonly ownerName: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "Database", secrets: [], outputs: [] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{branchId}/{databaseId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): Database {
    return new Database(name, { projectId: undefined, branchId: undefined, name: undefined, ownerName: undefined, ...state } as never, {
      ...opts,
      id,
    });
  }

  /** Part of the id, known in every preview after creation. */
  get databaseId(): pulumi.Output<string> {
    return this.idPart(2);
  }
}
