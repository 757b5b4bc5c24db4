// Generated from provider/resources/roleGrants/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `schemas` of `RoleGrants`. */
export interface RoleGrantsSchemasArgs {
  /** Schema. */
  readonly name: pulumi.Input<string>;
  /** What it may do with the schema itself. Default: `[]`. */
  readonly privileges?: pulumi.Input<pulumi.Input<"USAGE" | "CREATE">[]> | undefined;
  /** What it may do with every table and view in it. Default: `[]`. */
  readonly tables?:
    pulumi.Input<pulumi.Input<"SELECT" | "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "REFERENCES" | "TRIGGER">[]> | undefined;
  /** What it may do with every sequence in it. Default: `[]`. */
  readonly sequences?: pulumi.Input<pulumi.Input<"USAGE" | "SELECT" | "UPDATE">[]> | undefined;
  /** What it may do with every function and procedure in it. Default: `[]`. */
  readonly routines?: pulumi.Input<pulumi.Input<"EXECUTE">[]> | undefined;
  /** Whether the same holds for what the grantor makes there later. Default: `false`. */
  readonly future?: pulumi.Input<boolean> | undefined;
}

/** Inputs of `RoleGrants`. */
export interface RoleGrantsArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the database, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** Database in which the role gets its privileges. Changing it replaces the resource. */
  readonly databaseName: pulumi.Input<string>;
  /** Role that gets them. Not one that Neon's API made. Changing it replaces the resource. */
  readonly roleName: pulumi.Input<string>;
  /** Role that gives them; the owner of the database when omitted. */
  readonly grantorName?: pulumi.Input<string> | undefined;
  /** What it may do with the database itself. Default: `[]`. */
  readonly database?: pulumi.Input<pulumi.Input<"CONNECT" | "CREATE" | "TEMPORARY">[]> | undefined;
  /** By schema; in every other schema the role keeps what it has. Default: `[]`. */
  readonly schemas?: pulumi.Input<pulumi.Input<RoleGrantsSchemasArgs>[]> | undefined;
  /** Takes from everyone (PUBLIC) what Postgres gives by default: the database, these schemas and their routines. Left as it is when omitted; giving it back is not ours. */
  readonly revokePublic?: pulumi.Input<boolean> | undefined;
  /** Whether a refresh connects and compares, which wakes the compute. Without it a refresh sees no drift here. Default: `false`. */
  readonly liveCheck?: pulumi.Input<boolean> | undefined;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  readonly revealPassword?: pulumi.Input<boolean> | undefined;
}

/** `schemas` of `RoleGrants`. */
export interface RoleGrantsSchemas {
  /** Schema. */
  readonly name: string;
  /** What it may do with the schema itself. Default: `[]`. */
  readonly privileges: ("USAGE" | "CREATE")[];
  /** What it may do with every table and view in it. Default: `[]`. */
  readonly tables: ("SELECT" | "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "REFERENCES" | "TRIGGER")[];
  /** What it may do with every sequence in it. Default: `[]`. */
  readonly sequences: ("USAGE" | "SELECT" | "UPDATE")[];
  /** What it may do with every function and procedure in it. Default: `[]`. */
  readonly routines: "EXECUTE"[];
  /** Whether the same holds for what the grantor makes there later. Default: `false`. */
  readonly future: boolean;
}

/** What one role may do in one database, by SQL over the branch's read-write compute, in one transaction: all its privileges there are taken away and the declared ones given. The role is made when it does not exist, because every role made through Neon's API may do everything; a comment on it (`COMMENT ON ROLE`) says which resource has made it, and goes with it. The machine that runs `pulumi up` must be allowed to connect, and the project must keep passwords (`storePasswords`). */
export class RoleGrants extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:RoleGrants";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the database, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** Database in which the role gets its privileges. Changing it replaces the resource. */
  declare readonly databaseName: pulumi.Output<string>;
  /** Role that gets them. Not one that Neon's API made. Changing it replaces the resource. */
  declare readonly roleName: pulumi.Output<string>;
  /** Role that gives them; the owner of the database when omitted. */
  declare readonly grantorName: pulumi.Output<string | undefined>;
  /** What it may do with the database itself. Default: `[]`. */
  declare readonly database: pulumi.Output<("CONNECT" | "CREATE" | "TEMPORARY")[]>;
  /** By schema; in every other schema the role keeps what it has. Default: `[]`. */
  declare readonly schemas: pulumi.Output<RoleGrantsSchemas[]>;
  /** Takes from everyone (PUBLIC) what Postgres gives by default: the database, these schemas and their routines. Left as it is when omitted; giving it back is not ours. */
  declare readonly revokePublic: pulumi.Output<boolean | undefined>;
  /** Whether a refresh connects and compares, which wakes the compute. Without it a refresh sees no drift here. Default: `false`. */
  declare readonly liveCheck: pulumi.Output<boolean>;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  declare readonly revealPassword: pulumi.Output<boolean>;
  /** Whether this resource made the role, and will drop it. */
  declare readonly madeRole: pulumi.Output<boolean>;
  /** The password, only with `revealPassword: true`. Secret: encrypted in the state. */
  declare readonly password: pulumi.Output<string | undefined>;

  constructor(name: string, args: RoleGrantsArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { kind: "RoleGrants", secrets: ["password"], outputs: ["madeRole", "password"], inId: ["databaseName", "roleName"] },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}/{branchId}/{databaseName}/{roleName}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): RoleGrants {
    return new RoleGrants(
      name,
      {
        projectId: undefined,
        branchId: undefined,
        databaseName: undefined,
        roleName: undefined,
        grantorName: undefined,
        database: undefined,
        schemas: undefined,
        revokePublic: undefined,
        liveCheck: undefined,
        revealPassword: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
