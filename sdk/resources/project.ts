// Generated from provider/resources/project/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `network` of `Project`. */
export interface ProjectNetworkArgs {
  /** Who may try to connect from the internet: `listed` ranges, `anywhere`, `nobody`, or `managedSeparately`: created closed to everyone and owned by an `IpAllowlist`. */
  readonly allow: pulumi.Input<"listed" | "anywhere" | "nobody" | "managedSeparately">;
  /** The addresses that may try to connect, when `allow` is "listed": IPv4 and IPv6 addresses, CIDR networks, `first-last` ranges. Order carries no meaning. */
  readonly ranges?: pulumi.Input<pulumi.Input<string | ProjectNetworkRangesArgs>[]> | undefined;
  /** Which branches the list guards, when `allow` is "listed": `all` (default), or only the protected ones, which leaves every other branch open to every address. */
  readonly scope?: pulumi.Input<"all" | "protectedBranches"> | undefined;
  /** Whether private endpoints (AWS PrivateLink) may connect. The address list does not apply to them. Left as it is when omitted. */
  readonly privateEndpoints?: pulumi.Input<"allowed" | "blocked"> | undefined;
  /** Blocks public access although no private path is known to work: whoever comes by the internet, this program's own pipeline too, is then locked out. */
  readonly acceptLockOut?: pulumi.Input<true> | undefined;
  /** Proof, signed inside the network, that a private path leads to the project: public access may then be blocked. Of the embedded plane alone; needed for the one update that blocks. */
  readonly pathAttestation?: pulumi.Input<ProjectNetworkPathAttestationArgs> | undefined;
}

/** `network.ranges` of `Project`. */
export interface ProjectNetworkRangesArgs {
  /** Address, CIDR network, or `first-last`. */
  readonly range: pulumi.Input<string>;
  /** Whose addresses these are. Kept in the state only. */
  readonly description?: pulumi.Input<string> | undefined;
  /** When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only. */
  readonly removeAfter?: pulumi.Input<string> | undefined;
}

/** `network.pathAttestation` of `Project`. */
export interface ProjectNetworkPathAttestationArgs {
  /** File that `palisade attest-path` wrote inside the network, or its text. Holds for 15 minutes, and for one update. */
  readonly attestation: pulumi.Input<string>;
  /** File of the allowed signers (`ssh-keygen -Y`): whose keys may attest. */
  readonly allowedSigners: pulumi.Input<string>;
}

/** `defaultBranch` of `Project`. */
export interface ProjectDefaultBranchArgs {
  /** Name of the default branch; Neon's own (`main`) when omitted. */
  readonly name?: pulumi.Input<string> | undefined;
  /** Protects the default branch, its compute and the project from deletion and reset. Left as it is when omitted: only `false` takes protection away. */
  readonly protected?: pulumi.Input<boolean> | undefined;
  /** Name of the role that owns the first database. Cannot change after creation. */
  readonly roleName?: pulumi.Input<string> | undefined;
  /** Name of the first database; `neondb` when omitted. Cannot change after creation. */
  readonly databaseName?: pulumi.Input<string> | undefined;
  /** The branch's read-write compute, which is created with the project: a change applies to it while it runs, and a deleted one is recreated. What is left out here comes from `computeDefaults` at creation, and is left as it is later. */
  readonly compute?: pulumi.Input<ProjectDefaultBranchComputeArgs> | undefined;
}

/** `defaultBranch.compute` of `Project`. */
export interface ProjectDefaultBranchComputeArgs {
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: pulumi.Input<number> | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: pulumi.Input<number> | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: pulumi.Input<number | "never"> | undefined;
  /** Refuses every connection while true. Left as it is when omitted. */
  readonly disabled?: pulumi.Input<boolean> | undefined;
}

/** `computeDefaults` of `Project`. */
export interface ProjectComputeDefaultsArgs {
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: pulumi.Input<number> | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: pulumi.Input<number> | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: pulumi.Input<number | "never"> | undefined;
}

/** `maintenanceWindow` of `Project`. */
export interface ProjectMaintenanceWindowArgs {
  /** Days, 1 = Monday to 7 = Sunday. */
  readonly weekdays: pulumi.Input<pulumi.Input<number>[]>;
  /** Begin, "HH:MM" in UTC. */
  readonly startTime: pulumi.Input<string>;
  /** End, "HH:MM" in UTC. */
  readonly endTime: pulumi.Input<string>;
}

/** `quota` of `Project`. */
export interface ProjectQuotaArgs {
  /** Seconds that computes are active in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly activeTimeSeconds?: pulumi.Input<number> | undefined;
  /** Compute seconds in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly computeTimeSeconds?: pulumi.Input<number> | undefined;
  /** Bytes written in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly writtenDataBytes?: pulumi.Input<number> | undefined;
  /** Bytes sent in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly dataTransferBytes?: pulumi.Input<number> | undefined;
  /** Bytes of each branch in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly logicalSizeBytes?: pulumi.Input<number> | undefined;
}

/** Inputs of `Project`. */
export interface ProjectArgs extends CommonArgs {
  /** Name of the project. */
  readonly name: pulumi.Input<string>;
  /** Region of the data, such as `aws-eu-central-1`. Cannot change after creation. */
  readonly regionId: pulumi.Input<string>;
  /** Major version of Postgres. Neon's default (17) when omitted; the embedded plane has the one that is installed, and refuses others. Cannot change after creation. */
  readonly pgVersion?: pulumi.Input<number> | undefined;
  /** Organisation that owns the project; the account's own when omitted. Cannot change after creation. */
  readonly orgId?: pulumi.Input<string> | undefined;
  /** Who may try to connect. Required: silence never opens a database. */
  readonly network: pulumi.Input<ProjectNetworkArgs>;
  /** How far back branches and restores can reach, in seconds. Neon's default is 86400 (1 day). Left as it is when omitted. */
  readonly historyRetentionSeconds?: pulumi.Input<number> | undefined;
  /** The branch that is created with the project. */
  readonly defaultBranch?: pulumi.Input<ProjectDefaultBranchArgs> | undefined;
  /** Settings that new computes start with: the default branch's own when the project is made, and of every compute that is made later. A change leaves the computes that exist as they are: `defaultBranch.compute` sizes the default branch's, `compute` of a Branch its own. */
  readonly computeDefaults?: pulumi.Input<ProjectComputeDefaultsArgs> | undefined;
  /** When Neon may restart computes for maintenance. Left as it is when omitted. */
  readonly maintenanceWindow?: pulumi.Input<ProjectMaintenanceWindowArgs> | undefined;
  /** How much the audit log of the data holds. Left as it is when omitted. */
  readonly auditLogLevel?: pulumi.Input<"base" | "extended" | "full"> | undefined;
  /** Turns logical replication on. Cannot be turned off again. Left as it is when omitted. */
  readonly logicalReplication?: pulumi.Input<boolean> | undefined;
  /** Turns HIPAA compliance on. Cannot be turned off again. Left as it is when omitted. */
  readonly hipaa?: pulumi.Input<boolean> | undefined;
  /** Upper limits of consumption. */
  readonly quota?: pulumi.Input<ProjectQuotaArgs> | undefined;
  /** Whether Neon keeps role passwords so that they can be revealed. Neon's default is true. Cannot change after creation. */
  readonly storePasswords?: pulumi.Input<boolean> | undefined;
}

/** `network` of `Project`. */
export interface ProjectNetwork {
  /** Who may try to connect from the internet: `listed` ranges, `anywhere`, `nobody`, or `managedSeparately`: created closed to everyone and owned by an `IpAllowlist`. */
  readonly allow: "listed" | "anywhere" | "nobody" | "managedSeparately";
  /** The addresses that may try to connect, when `allow` is "listed": IPv4 and IPv6 addresses, CIDR networks, `first-last` ranges. Order carries no meaning. */
  readonly ranges?: (string | ProjectNetworkRanges)[] | undefined;
  /** Which branches the list guards, when `allow` is "listed": `all` (default), or only the protected ones, which leaves every other branch open to every address. */
  readonly scope?: "all" | "protectedBranches" | undefined;
  /** Whether private endpoints (AWS PrivateLink) may connect. The address list does not apply to them. Left as it is when omitted. */
  readonly privateEndpoints?: "allowed" | "blocked" | undefined;
  /** Blocks public access although no private path is known to work: whoever comes by the internet, this program's own pipeline too, is then locked out. */
  readonly acceptLockOut?: true | undefined;
  /** Proof, signed inside the network, that a private path leads to the project: public access may then be blocked. Of the embedded plane alone; needed for the one update that blocks. */
  readonly pathAttestation?: ProjectNetworkPathAttestation | undefined;
}

/** `network.ranges` of `Project`. */
export interface ProjectNetworkRanges {
  /** Address, CIDR network, or `first-last`. */
  readonly range: string;
  /** Whose addresses these are. Kept in the state only. */
  readonly description?: string | undefined;
  /** When the entry ends (RFC 3339). From then on it is never sent, though the program may still hold it: the next `pulumi up`, or `palisade enforce`, takes it out of the live list. When no other entry is left, the project is closed to everyone. Kept in the state only. */
  readonly removeAfter?: string | undefined;
}

/** `network.pathAttestation` of `Project`. */
export interface ProjectNetworkPathAttestation {
  /** File that `palisade attest-path` wrote inside the network, or its text. Holds for 15 minutes, and for one update. */
  readonly attestation: string;
  /** File of the allowed signers (`ssh-keygen -Y`): whose keys may attest. */
  readonly allowedSigners: string;
}

/** `defaultBranch` of `Project`. */
export interface ProjectDefaultBranch {
  /** Name of the default branch; Neon's own (`main`) when omitted. */
  readonly name?: string | undefined;
  /** Protects the default branch, its compute and the project from deletion and reset. Left as it is when omitted: only `false` takes protection away. */
  readonly protected?: boolean | undefined;
  /** Name of the role that owns the first database. Cannot change after creation. */
  readonly roleName?: string | undefined;
  /** Name of the first database; `neondb` when omitted. Cannot change after creation. */
  readonly databaseName?: string | undefined;
  /** The branch's read-write compute, which is created with the project: a change applies to it while it runs, and a deleted one is recreated. What is left out here comes from `computeDefaults` at creation, and is left as it is later. */
  readonly compute?: ProjectDefaultBranchCompute | undefined;
}

/** `defaultBranch.compute` of `Project`. */
export interface ProjectDefaultBranchCompute {
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: number | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: number | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: number | "never" | undefined;
  /** Refuses every connection while true. Left as it is when omitted. */
  readonly disabled?: boolean | undefined;
}

/** `computeDefaults` of `Project`. */
export interface ProjectComputeDefaults {
  /** Smallest size in compute units (1 CU = 1 vCPU and 4 GB). Left as it is when omitted. */
  readonly minCu?: number | undefined;
  /** Largest size in compute units. Left as it is when omitted. */
  readonly maxCu?: number | undefined;
  /** Seconds without a query after which the compute is suspended, or `never`. Neon's default is 300. Left as it is when omitted. */
  readonly suspendTimeoutSeconds?: number | "never" | undefined;
}

/** `maintenanceWindow` of `Project`. */
export interface ProjectMaintenanceWindow {
  /** Days, 1 = Monday to 7 = Sunday. */
  readonly weekdays: number[];
  /** Begin, "HH:MM" in UTC. */
  readonly startTime: string;
  /** End, "HH:MM" in UTC. */
  readonly endTime: string;
}

/** `quota` of `Project`. */
export interface ProjectQuota {
  /** Seconds that computes are active in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly activeTimeSeconds?: number | undefined;
  /** Compute seconds in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly computeTimeSeconds?: number | undefined;
  /** Bytes written in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly writtenDataBytes?: number | undefined;
  /** Bytes sent in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly dataTransferBytes?: number | undefined;
  /** Bytes of each branch in a billing period; computes are suspended beyond it. Left as it is when omitted. */
  readonly logicalSizeBytes?: number | undefined;
}

/** A Neon project: its data, its default branch, and who may try to connect to it. Created closed: at no moment of its creation is it more open than declared. */
export class Project extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:Project";

  /** Name of the project. */
  declare readonly name: pulumi.Output<string>;
  /** Region of the data, such as `aws-eu-central-1`. Cannot change after creation. */
  declare readonly regionId: pulumi.Output<string>;
  /** Major version of Postgres. Neon's default (17) when omitted; the embedded plane has the one that is installed, and refuses others. Cannot change after creation. */
  declare readonly pgVersion: pulumi.Output<number | undefined>;
  /** Organisation that owns the project; the account's own when omitted. Cannot change after creation. */
  declare readonly orgId: pulumi.Output<string | undefined>;
  /** Who may try to connect. Required: silence never opens a database. */
  declare readonly network: pulumi.Output<ProjectNetwork>;
  /** How far back branches and restores can reach, in seconds. Neon's default is 86400 (1 day). Left as it is when omitted. */
  declare readonly historyRetentionSeconds: pulumi.Output<number | undefined>;
  /** The branch that is created with the project. */
  declare readonly defaultBranch: pulumi.Output<ProjectDefaultBranch | undefined>;
  /** Settings that new computes start with: the default branch's own when the project is made, and of every compute that is made later. A change leaves the computes that exist as they are: `defaultBranch.compute` sizes the default branch's, `compute` of a Branch its own. */
  declare readonly computeDefaults: pulumi.Output<ProjectComputeDefaults | undefined>;
  /** When Neon may restart computes for maintenance. Left as it is when omitted. */
  declare readonly maintenanceWindow: pulumi.Output<ProjectMaintenanceWindow | undefined>;
  /** How much the audit log of the data holds. Left as it is when omitted. */
  declare readonly auditLogLevel: pulumi.Output<"base" | "extended" | "full" | undefined>;
  /** Turns logical replication on. Cannot be turned off again. Left as it is when omitted. */
  declare readonly logicalReplication: pulumi.Output<boolean | undefined>;
  /** Turns HIPAA compliance on. Cannot be turned off again. Left as it is when omitted. */
  declare readonly hipaa: pulumi.Output<boolean | undefined>;
  /** Upper limits of consumption. */
  declare readonly quota: pulumi.Output<ProjectQuota | undefined>;
  /** Whether Neon keeps role passwords so that they can be revealed. Neon's default is true. Cannot change after creation. */
  declare readonly storePasswords: pulumi.Output<boolean | undefined>;
  /** Id of the default branch. */
  declare readonly defaultBranchId: pulumi.Output<string>;
  /** Id of the default branch's read-write compute; absent without one, as are the outputs that tell where it is. */
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
  /** When the next entry with `removeAfter` is to leave the live list (RFC 3339); absent when none is. */
  declare readonly nextRemovalAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProjectArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      {
        kind: "Project",
        secrets: [],
        outputs: ["defaultBranchId", "endpointId", "host", "pooledHost", "port", "rootCert", "connectionUri", "nextRemovalAt"],
        derived: { nextRemovalAt: ["network.ranges.removeAfter"] },
      },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, state?: Pick<CommonArgs, "account">, opts?: pulumi.CustomResourceOptions): Project {
    return new Project(
      name,
      {
        name: undefined,
        regionId: undefined,
        pgVersion: undefined,
        orgId: undefined,
        network: undefined,
        historyRetentionSeconds: undefined,
        defaultBranch: undefined,
        computeDefaults: undefined,
        maintenanceWindow: undefined,
        auditLogLevel: undefined,
        logicalReplication: undefined,
        hipaa: undefined,
        quota: undefined,
        storePasswords: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get projectId(): pulumi.Output<string> {
    return this.idPart(0);
  }
}
