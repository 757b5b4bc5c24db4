// Generated from provider/resources/temporaryAccess/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `privileges` of `TemporaryAccess`. */
export interface TemporaryAccessPrivilegesArgs {
  /** What it may do with the database itself. Default: `[]`. */
  readonly database?: pulumi.Input<pulumi.Input<"CONNECT" | "CREATE" | "TEMPORARY">[]> | undefined;
  /** By schema, of what is there by now; of what is made later, nothing. Default: `[]`. */
  readonly schemas?: pulumi.Input<pulumi.Input<TemporaryAccessPrivilegesSchemasArgs>[]> | undefined;
}

/** `privileges.schemas` of `TemporaryAccess`. */
export interface TemporaryAccessPrivilegesSchemasArgs {
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
}

/** Inputs of `TemporaryAccess`. */
export interface TemporaryAccessArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the database, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** Database that the role works in. */
  readonly databaseName: pulumi.Input<string>;
  /** Role that is made for it. None of that name may be there. Changing it replaces the resource. */
  readonly roleName: pulumi.Input<string>;
  /** What the role may do. */
  readonly privileges: pulumi.Input<TemporaryAccessPrivilegesArgs>;
  /** When it ends (RFC 3339); at most 7 days ahead. */
  readonly until: pulumi.Input<string>;
  /** Why, for whoever approves it and for the audit. */
  readonly reason: pulumi.Input<string>;
  /** Who asks for it, as the plane's list of approvers would name them. Nobody approves their own. */
  readonly requester: pulumi.Input<string>;
  /** What `palisade approve-access` wrote. No secret: it names what it is about, and is used once. */
  readonly approval?: pulumi.Input<string> | undefined;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  readonly revealPassword?: pulumi.Input<boolean> | undefined;
}

/** `privileges` of `TemporaryAccess`. */
export interface TemporaryAccessPrivileges {
  /** What it may do with the database itself. Default: `[]`. */
  readonly database: ("CONNECT" | "CREATE" | "TEMPORARY")[];
  /** By schema, of what is there by now; of what is made later, nothing. Default: `[]`. */
  readonly schemas: TemporaryAccessPrivilegesSchemas[];
}

/** `privileges.schemas` of `TemporaryAccess`. */
export interface TemporaryAccessPrivilegesSchemas {
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
}

/** Access to a branch that a second person approved and that ends: a role that has these privileges until then, and nothing else. A change of any of it needs an approval of its own and makes the access anew, with another password. On the embedded plane it ends by itself, whether anybody runs `pulumi up` or not: nobody logs in as the role any more, its sessions are closed and it is dropped; the plane proves the approval, and has its statements in the audit, without their constants. Neon's API has no such call: there SQL makes the role, over the branch's read-write compute (the project must keep passwords, and the machine that runs `pulumi up` be allowed to connect), Postgres takes its password no longer than that, and `palisade enforce` ends it: until that runs, sessions go on and the role stays, which `palisade drift` says. Nothing at Neon proves the approval's signature. */
export class TemporaryAccess extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:TemporaryAccess";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the database, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** Database that the role works in. */
  declare readonly databaseName: pulumi.Output<string>;
  /** Role that is made for it. None of that name may be there. Changing it replaces the resource. */
  declare readonly roleName: pulumi.Output<string>;
  /** What the role may do. */
  declare readonly privileges: pulumi.Output<TemporaryAccessPrivileges>;
  /** When it ends (RFC 3339); at most 7 days ahead. */
  declare readonly until: pulumi.Output<string>;
  /** Why, for whoever approves it and for the audit. */
  declare readonly reason: pulumi.Output<string>;
  /** Who asks for it, as the plane's list of approvers would name them. Nobody approves their own. */
  declare readonly requester: pulumi.Output<string>;
  /** What `palisade approve-access` wrote. No secret: it names what it is about, and is used once. */
  declare readonly approval: pulumi.Output<string | undefined>;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  declare readonly revealPassword: pulumi.Output<boolean>;
  /** `ended` once its time is over; at Neon once `palisade enforce` has ended it. */
  declare readonly status: pulumi.Output<"granting" | "active" | "ended">;
  /** Who signed the approval, as the plane's list names them. Absent at Neon, where nothing proves it. */
  declare readonly approver: pulumi.Output<string | undefined>;
  /** The password, only with `revealPassword: true`. Secret: encrypted in the state. */
  declare readonly password: pulumi.Output<string | undefined>;

  constructor(name: string, args: TemporaryAccessArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { kind: "TemporaryAccess", secrets: ["password"], outputs: ["status", "approver", "password"], inId: ["roleName"] },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}/{branchId}/{roleName}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): TemporaryAccess {
    return new TemporaryAccess(
      name,
      {
        projectId: undefined,
        branchId: undefined,
        databaseName: undefined,
        roleName: undefined,
        privileges: undefined,
        until: undefined,
        reason: undefined,
        requester: undefined,
        approval: undefined,
        revealPassword: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
