// Generated from provider/resources/auditExport/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `sink` of `AuditExport`. */
export interface AuditExportSinkArgs {
  /** One signed POST for each batch (Standard Webhooks). */
  readonly webhook?: pulumi.Input<AuditExportSinkWebhookArgs> | undefined;
  /** A frame of syslog over TLS for each row. */
  readonly syslog?: pulumi.Input<AuditExportSinkSyslogArgs> | undefined;
  /** Lines of a file. */
  readonly file?: pulumi.Input<AuditExportSinkFileArgs> | undefined;
  /** An object of S3 for each batch. */
  readonly s3?: pulumi.Input<AuditExportSinkS3Args> | undefined;
  /** Append blobs of Azure, one for each hour. */
  readonly blob?: pulumi.Input<AuditExportSinkBlobArgs> | undefined;
}

/** `sink.webhook` of `AuditExport`. */
export interface AuditExportSinkWebhookArgs {
  /** `https://HOST/…`. A host that is not public needs an entry of the plane's operator. */
  readonly url: pulumi.Input<string>;
  /** Authority of the receiver, PEM, instead of the public ones. */
  readonly caCert?: pulumi.Input<string> | undefined;
}

/** `sink.syslog` of `AuditExport`. */
export interface AuditExportSinkSyslogArgs {
  /** Name or address of the receiver (RFC 5424 over TLS). */
  readonly host: pulumi.Input<string>;
  /** Port of the receiver, mostly 6514. */
  readonly port: pulumi.Input<number>;
  /** Name in the receiver's certificate; the host when omitted. */
  readonly serverName?: pulumi.Input<string> | undefined;
  /** Authority of the receiver, PEM, instead of the public ones. */
  readonly caCert?: pulumi.Input<string> | undefined;
}

/** `sink.file` of `AuditExport`. */
export interface AuditExportSinkFileArgs {
  /** Name of a file in the organisation's folder on the plane's machine. */
  readonly name: pulumi.Input<string>;
}

/** `sink.s3` of `AuditExport`. */
export interface AuditExportSinkS3Args {
  /** Name of a bucket. */
  readonly bucket: pulumi.Input<string>;
  /** Region of the bucket, such as `eu-central-1`. */
  readonly region: pulumi.Input<string>;
  /** What names of objects begin with: up to eight words with / between them. */
  readonly prefix?: pulumi.Input<string> | undefined;
}

/** `sink.blob` of `AuditExport`. */
export interface AuditExportSinkBlobArgs {
  /** `https://NAME.blob.core.windows.net`. */
  readonly accountUrl: pulumi.Input<string>;
  /** Name of a container. */
  readonly container: pulumi.Input<string>;
  /** What names of objects begin with: up to eight words with / between them. */
  readonly prefix?: pulumi.Input<string> | undefined;
}

/** `filter` of `AuditExport`. */
export interface AuditExportFilterArgs {
  /** Types of rows; all when omitted. */
  readonly types?:
    pulumi.Input<pulumi.Input<"change" | "connection" | "connection-end" | "refusals-counted" | "statement" | "anomaly">[]> | undefined;
  /** Of connections, those that were decided so; both when omitted. */
  readonly decisions?: pulumi.Input<pulumi.Input<"admitted" | "refused">[]> | undefined;
  /** Rows at least so severe; all when omitted. */
  readonly minimumSeverity?: pulumi.Input<"info" | "low" | "medium" | "high"> | undefined;
}

/** Inputs of `AuditExport`. */
export interface AuditExportArgs extends CommonArgs {
  /** Organisation; the account's when omitted. Cannot change after creation. */
  readonly orgId?: pulumi.Input<string> | undefined;
  /** What the export is for. */
  readonly name: pulumi.Input<string>;
  /** Where rows go: exactly one of the five. All but webhooks at public addresses need an entry of the plane's operator. */
  readonly sink: pulumi.Input<AuditExportSinkArgs>;
  /** `json`: rows as the plane keeps them; `ocsf`: events of OCSF 1.6.0. Default: `"json"`. */
  readonly format?: pulumi.Input<"json" | "ocsf"> | undefined;
  /** Which rows are exported; all when omitted. All of what it says must hold. */
  readonly filter?: pulumi.Input<AuditExportFilterArgs> | undefined;
  /** Whether rows are delivered. What is disabled keeps its position and goes on from there. Default: `true`. */
  readonly enabled?: pulumi.Input<boolean> | undefined;
}

/** `sink` of `AuditExport`. */
export interface AuditExportSink {
  /** One signed POST for each batch (Standard Webhooks). */
  readonly webhook?: AuditExportSinkWebhook | undefined;
  /** A frame of syslog over TLS for each row. */
  readonly syslog?: AuditExportSinkSyslog | undefined;
  /** Lines of a file. */
  readonly file?: AuditExportSinkFile | undefined;
  /** An object of S3 for each batch. */
  readonly s3?: AuditExportSinkS3 | undefined;
  /** Append blobs of Azure, one for each hour. */
  readonly blob?: AuditExportSinkBlob | undefined;
}

/** `sink.webhook` of `AuditExport`. */
export interface AuditExportSinkWebhook {
  /** `https://HOST/…`. A host that is not public needs an entry of the plane's operator. */
  readonly url: string;
  /** Authority of the receiver, PEM, instead of the public ones. */
  readonly caCert?: string | undefined;
}

/** `sink.syslog` of `AuditExport`. */
export interface AuditExportSinkSyslog {
  /** Name or address of the receiver (RFC 5424 over TLS). */
  readonly host: string;
  /** Port of the receiver, mostly 6514. */
  readonly port: number;
  /** Name in the receiver's certificate; the host when omitted. */
  readonly serverName?: string | undefined;
  /** Authority of the receiver, PEM, instead of the public ones. */
  readonly caCert?: string | undefined;
}

/** `sink.file` of `AuditExport`. */
export interface AuditExportSinkFile {
  /** Name of a file in the organisation's folder on the plane's machine. */
  readonly name: string;
}

/** `sink.s3` of `AuditExport`. */
export interface AuditExportSinkS3 {
  /** Name of a bucket. */
  readonly bucket: string;
  /** Region of the bucket, such as `eu-central-1`. */
  readonly region: string;
  /** What names of objects begin with: up to eight words with / between them. */
  readonly prefix?: string | undefined;
}

/** `sink.blob` of `AuditExport`. */
export interface AuditExportSinkBlob {
  /** `https://NAME.blob.core.windows.net`. */
  readonly accountUrl: string;
  /** Name of a container. */
  readonly container: string;
  /** What names of objects begin with: up to eight words with / between them. */
  readonly prefix?: string | undefined;
}

/** `filter` of `AuditExport`. */
export interface AuditExportFilter {
  /** Types of rows; all when omitted. */
  readonly types?: ("change" | "connection" | "connection-end" | "refusals-counted" | "statement" | "anomaly")[] | undefined;
  /** Of connections, those that were decided so; both when omitted. */
  readonly decisions?: ("admitted" | "refused")[] | undefined;
  /** Rows at least so severe; all when omitted. */
  readonly minimumSeverity?: "info" | "low" | "medium" | "high" | undefined;
}

/** An export of an organisation's audit to a place of its own: rows are delivered in their order, each at least once, from the first that the plane keeps. Another sink is an update: it goes on where the one before ended. An extension of the embedded plane: Neon's API has no audit, and a stack of Neon itself is refused. */
export class AuditExport extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:AuditExport";

  /** Organisation; the account's when omitted. Cannot change after creation. */
  declare readonly orgId: pulumi.Output<string | undefined>;
  /** What the export is for. */
  declare readonly name: pulumi.Output<string>;
  /** Where rows go: exactly one of the five. All but webhooks at public addresses need an entry of the plane's operator. */
  declare readonly sink: pulumi.Output<AuditExportSink>;
  /** `json`: rows as the plane keeps them; `ocsf`: events of OCSF 1.6.0. Default: `"json"`. */
  declare readonly format: pulumi.Output<"json" | "ocsf">;
  /** Which rows are exported; all when omitted. All of what it says must hold. */
  declare readonly filter: pulumi.Output<AuditExportFilter | undefined>;
  /** Whether rows are delivered. What is disabled keeps its position and goes on from there. Default: `true`. */
  declare readonly enabled: pulumi.Output<boolean>;
  /** `active`; `failing` while the sink does not take what is delivered, which is tried for ever; `disabled`. */
  declare readonly state: pulumi.Output<"active" | "failing" | "disabled">;
  /** Why it is `failing`, in words. */
  declare readonly reason: pulumi.Output<string | undefined>;
  /** When it began to be `failing` (RFC 3339). */
  declare readonly since: pulumi.Output<string | undefined>;
  /** Number of the last row that was delivered. */
  declare readonly position: pulumi.Output<number>;
  /** Rows that are still to be looked at. */
  declare readonly behind: pulumi.Output<number>;
  /** Rows that the plane no longer kept when their turn came. */
  declare readonly missed: pulumi.Output<number>;
  /** Of a webhook: SHA-256 of the secret that is in use, hexadecimal. */
  declare readonly signingSecretDigest: pulumi.Output<string | undefined>;
  /** Of a webhook: what its messages are signed with (`whsec_…`, Standard Webhooks). Another host gets another one, and so does an update after somebody else had it rotated. Absent after `adopt`. Secret: encrypted in the state. */
  declare readonly signingSecret: pulumi.Output<string | undefined>;

  constructor(name: string, args: AuditExportArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      {
        kind: "AuditExport",
        secrets: ["signingSecret"],
        outputs: ["state", "reason", "since", "position", "behind", "missed", "signingSecretDigest", "signingSecret"],
      },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{orgId}/{exportId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): AuditExport {
    return new AuditExport(
      name,
      { orgId: undefined, name: undefined, sink: undefined, format: undefined, filter: undefined, enabled: undefined, ...state } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get exportId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
