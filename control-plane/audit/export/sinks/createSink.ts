import type { AllowedSink } from "@palisade/neon/contract/auditSinks";
import { omitUndefined } from "@palisade/neon/contract/values";
import type { AuditExportConfiguration } from "../configuration.js";
import { EVENT_FORMATS } from "../formats/format.js";
import { assertSinkAllowed, isSinkAllowed } from "../sinkPermissions.js";
import { BlobSink, type BlobOptions } from "./blob.js";
import { FileSink } from "./file.js";
import { S3Sink, type S3Options } from "./s3.js";
import type { Acknowledged, Sink } from "./sink.js";
import { SyslogSink } from "./syslog.js";
import { WebhookSink } from "./webhook.js";

/** What the plane gives its sinks. */
export interface SinkContext {
  readonly allowed: readonly AllowedSink[];
  /** The plane's folder for exports to files. */
  readonly folder: string;
  /** Of tests: how doubles of the clouds are reached. Default: the clouds, by the standard chains of credentials. */
  readonly s3?: S3Options["clientOptions"];
  readonly blob?: BlobOptions["service"];
  readonly nameServers?: readonly string[];
}

/** @param acknowledged what was stored with the position; @throws PAL_EXPORT_NOT_ALLOWED, PAL_EXPORT_CONFLICT */
export function createSink(configuration: AuditExportConfiguration, context: SinkContext, acknowledged?: Acknowledged): Sink {
  const { id, sink, format: name, org_id: organization } = configuration;
  assertSinkAllowed(context.allowed, organization, sink);
  const format = EVENT_FORMATS[name];
  switch (sink.type) {
    case "webhook":
      return new WebhookSink({
        ...{ id, configuration: sink, organization, mayBePrivate: isSinkAllowed(context.allowed, organization, sink) },
        ...(context.nameServers && { nameServers: context.nameServers }),
      });
    case "syslog":
      return new SyslogSink({ configuration: sink });
    case "file":
      return new FileSink({ folder: context.folder, organization, name: sink.name, format });
    case "s3":
      return new S3Sink({ configuration: sink, organization, ...(context.s3 && { clientOptions: context.s3 }) });
    case "blob":
      return new BlobSink({
        ...{ configuration: sink, organization, format },
        ...omitUndefined({ service: context.blob, acknowledged }),
      });
  }
}
