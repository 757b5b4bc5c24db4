// Generated from provider/resources/computeEndpoint/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `settings` of `ComputeEndpoint`. */
export interface ComputeEndpointSettingsArgs {
  /** Postgres settings by name, as `postgresql.conf` writes their values. All of them: a name left out gets its default. */
  readonly pgSettings: pulumi.Input<Record<string, string>>;
}

/** Inputs of `ComputeEndpoint`. */
export interface ComputeEndpointArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the compute, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** A branch has one read-write compute at most, and any number of read-only ones. Cannot change after creation. */
  readonly type: pulumi.Input<"read_write" | "read_only">;
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: pulumi.Input<number> | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: pulumi.Input<number> | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: pulumi.Input<number | "never"> | undefined;
  /** Refuses every connection while true. Left as it is when omitted. */
  readonly disabled?: pulumi.Input<boolean> | undefined;
  /** Settings of Postgres itself. Left as they are when omitted. */
  readonly settings?: pulumi.Input<ComputeEndpointSettingsArgs> | undefined;
}

/** `settings` of `ComputeEndpoint`. */
export interface ComputeEndpointSettings {
  /** Postgres settings by name, as `postgresql.conf` writes their values. All of them: a name left out gets its default. */
  readonly pgSettings: Record<string, string>;
}

/** A further compute of a branch: a read replica, or the read-write one of a branch declared with `compute: "none"`. Its name at Neon carries the mark of this resource. */
export class ComputeEndpoint extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:ComputeEndpoint";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the compute, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** A branch has one read-write compute at most, and any number of read-only ones. Cannot change after creation. */
  declare readonly type: pulumi.Output<"read_write" | "read_only">;
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  declare readonly minCu: pulumi.Output<number | undefined>;
  /** Largest size in compute units. Left as it is when omitted. */
  declare readonly maxCu: pulumi.Output<number | undefined>;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  declare readonly suspendTimeoutSeconds: pulumi.Output<number | "never" | undefined>;
  /** Refuses every connection while true. Left as it is when omitted. */
  declare readonly disabled: pulumi.Output<boolean | undefined>;
  /** Settings of Postgres itself. Left as they are when omitted. */
  declare readonly settings: pulumi.Output<ComputeEndpointSettings | undefined>;
  /** Host name. */
  declare readonly host: pulumi.Output<string>;
  /** Host name of its connection pooler. */
  declare readonly pooledHost: pulumi.Output<string>;
  /** Port of both: 5432 on Neon, the plane's own on an embedded plane. */
  declare readonly port: pulumi.Output<number>;
  /** Path of the root certificate that an embedded plane's certificates are signed by, on its machine. Absent on Neon: there the system's roots do. */
  declare readonly rootCert: pulumi.Output<string | undefined>;
  /** Where it is and how it is checked (`sslmode=verify-full`), as a URI of libpq without role, database and password: clients take PGUSER, PGDATABASE and PGPASSWORD. `connectionString` writes the whole string, for any client. */
  declare readonly connectionUri: pulumi.Output<string>;

  constructor(name: string, args: ComputeEndpointArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "ComputeEndpoint", secrets: [], outputs: ["host", "pooledHost", "port", "rootCert", "connectionUri"] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{endpointId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): ComputeEndpoint {
    return new ComputeEndpoint(
      name,
      {
        projectId: undefined,
        branchId: undefined,
        type: undefined,
        minCu: undefined,
        maxCu: undefined,
        suspendTimeoutSeconds: undefined,
        disabled: undefined,
        settings: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get endpointId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
