// Generated from provider/resources/branch/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `from` of `Branch`. */
export interface BranchFromArgs {
  /** The parent's data as of this time (RFC 3339). */
  readonly timestamp?: pulumi.Input<string> | undefined;
  /** The parent's data as of this log sequence number. */
  readonly lsn?: pulumi.Input<string> | undefined;
}

/** `compute` of `Branch`. */
export interface BranchComputeArgs {
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: pulumi.Input<number> | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: pulumi.Input<number> | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: pulumi.Input<number | "never"> | undefined;
}

/** Inputs of `Branch`. */
export interface BranchArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Unique in the project. */
  readonly name: pulumi.Input<string>;
  /** Branch to copy; the project's default branch when omitted. Cannot change after creation. */
  readonly parentBranchId?: pulumi.Input<string> | undefined;
  /** A past moment of the parent, within its history retention; now when omitted. Cannot change after creation. */
  readonly from?: pulumi.Input<BranchFromArgs> | undefined;
  /** What to copy: data and schema (`parent-data`, Neon's default), or the schema alone. Cannot change after creation. */
  readonly initSource?: pulumi.Input<"parent-data" | "schema-only"> | undefined;
  /** While true, the branch, its compute and its project can be neither deleted nor reset, and branches made from it get new passwords. Left as it is when omitted: only `false` takes protection away. */
  readonly protected?: pulumi.Input<boolean> | undefined;
  /** When Neon deletes the branch by itself (RFC 3339); never when omitted. Not for protected branches. */
  readonly expiresAt?: pulumi.Input<string> | undefined;
  /** The branch's read-write compute: its settings, or `none`. One with the project's defaults is made when omitted. */
  readonly compute?: pulumi.Input<"none" | BranchComputeArgs> | undefined;
}

/** `from` of `Branch`. */
export interface BranchFrom {
  /** The parent's data as of this time (RFC 3339). */
  readonly timestamp?: string | undefined;
  /** The parent's data as of this log sequence number. */
  readonly lsn?: string | undefined;
}

/** `compute` of `Branch`. */
export interface BranchCompute {
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: number | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: number | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: number | "never" | undefined;
}

/** A copy-on-write branch of a project's data, with a read-write compute of its own unless `compute` says otherwise. */
export class Branch extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:Branch";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Unique in the project. */
  declare readonly name: pulumi.Output<string>;
  /** Branch to copy; the project's default branch when omitted. Cannot change after creation. */
  declare readonly parentBranchId: pulumi.Output<string | undefined>;
  /** A past moment of the parent, within its history retention; now when omitted. Cannot change after creation. */
  declare readonly from: pulumi.Output<BranchFrom | undefined>;
  /** What to copy: data and schema (`parent-data`, Neon's default), or the schema alone. Cannot change after creation. */
  declare readonly initSource: pulumi.Output<"parent-data" | "schema-only" | undefined>;
  /** While true, the branch, its compute and its project can be neither deleted nor reset, and branches made from it get new passwords. Left as it is when omitted: only `false` takes protection away. */
  declare readonly protected: pulumi.Output<boolean | undefined>;
  /** When Neon deletes the branch by itself (RFC 3339); never when omitted. Not for protected branches. */
  declare readonly expiresAt: pulumi.Output<string | undefined>;
  /** The branch's read-write compute: its settings, or `none`. One with the project's defaults is made when omitted. */
  declare readonly compute: pulumi.Output<"none" | BranchCompute | undefined>;
  /** Id of the branch's read-write compute; absent without one, as are the outputs that tell where it is. */
  declare readonly endpointId: pulumi.Output<string | undefined>;
  /** Host name of that compute. */
  declare readonly host: pulumi.Output<string | undefined>;
  /** Host name of its connection pooler. */
  declare readonly pooledHost: pulumi.Output<string | undefined>;
  /** Port of both: 5432 on Neon, the plane's own on an embedded plane. */
  declare readonly port: pulumi.Output<number | undefined>;
  /** Path of the root certificate that an embedded plane's certificates are signed by, on its machine. Absent on Neon: there the system's roots do. */
  declare readonly rootCert: pulumi.Output<string | undefined>;
  /** Where it is and how it is checked (`sslmode=verify-full`), as a URI of libpq without role, database and password: clients take PGUSER, PGDATABASE and PGPASSWORD. `connectionString` writes the whole string, for any client. */
  declare readonly connectionUri: pulumi.Output<string | undefined>;

  constructor(name: string, args: BranchArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      { kind: "Branch", secrets: [], outputs: ["endpointId", "host", "pooledHost", "port", "rootCert", "connectionUri"] },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}/{branchId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, state?: Pick<CommonArgs, "account">, opts?: pulumi.CustomResourceOptions): Branch {
    return new Branch(
      name,
      {
        projectId: undefined,
        name: undefined,
        parentBranchId: undefined,
        from: undefined,
        initSource: undefined,
        protected: undefined,
        expiresAt: undefined,
        compute: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get branchId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
