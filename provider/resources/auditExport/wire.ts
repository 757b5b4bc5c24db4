import type { z } from "zod";
import { formatBlobAccountUrl, parseBlobAccount } from "../../../contract/auditSinks.js";
import { OrgId } from "../../../contract/ids.js";
import type { AuditExport, AuditExportFilter, AuditExportSink } from "../../../contract/wire/auditExport.js";
import type { Observed, OwnershipTag } from "../../engine/define.js";
import { fromAnnotation, omitUndefined, toAnnotation } from "../shared/context.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;
type Sink = Inputs["sink"];

/** @param mark undefined: the export was adopted, and nobody has said whose it is */
export const toRequest = ({ name, sink, format, filter, enabled }: Inputs, mark: OwnershipTag | undefined) => ({
  name,
  sink: toSink(sink),
  format,
  filter: toFilter(filter),
  enabled,
  ...omitUndefined({ annotations: mark && toAnnotation(mark) }),
});

function toSink({ webhook, syslog, file, s3, blob }: Sink): AuditExportSink {
  if (webhook) return { type: "webhook", url: webhook.url, ...omitUndefined({ ca_cert: webhook.caCert }) };
  if (syslog) {
    const { host, port, serverName, caCert } = syslog;
    return { type: "syslog", host, port, ...omitUndefined({ server_name: serverName, ca_cert: caCert }) };
  }
  if (s3) return { type: "s3", bucket: s3.bucket, region: s3.region, ...omitUndefined({ prefix: s3.prefix }) };
  if (blob) {
    const { accountUrl, container, prefix } = blob;
    return { type: "blob", account: parseBlobAccount(accountUrl) ?? "", container, ...omitUndefined({ prefix }) };
  }
  return { type: "file", name: file?.name ?? "" };
}

function fromSink(sink: AuditExportSink): Sink {
  switch (sink.type) {
    case "webhook":
      return { webhook: { url: sink.url, ...omitUndefined({ caCert: sink.ca_cert }) } };
    case "syslog": {
      const { host, port, server_name: serverName, ca_cert: caCert } = sink;
      return { syslog: { host, port, ...omitUndefined({ serverName, caCert }) } };
    }
    case "file":
      return { file: { name: sink.name } };
    case "s3":
      return { s3: { bucket: sink.bucket, region: sink.region, ...omitUndefined({ prefix: sink.prefix }) } };
    case "blob":
      return {
        blob: { accountUrl: formatBlobAccountUrl(sink.account), container: sink.container, ...omitUndefined({ prefix: sink.prefix }) },
      };
  }
}

const toFilter = (filter: Inputs["filter"]): AuditExportFilter =>
  omitUndefined({ types: filter?.types, decisions: filter?.decisions, minimum_severity: filter?.minimumSeverity });

const fromFilter = ({ types, decisions, minimum_severity: minimumSeverity }: AuditExportFilter): Inputs["filter"] => {
  const filter = omitUndefined({ types, decisions, minimumSeverity });
  return Object.keys(filter).length > 0 ? filter : undefined;
};

export const findOwnershipTag = ({ annotations }: AuditExport): OwnershipTag | undefined =>
  fromAnnotation(annotations && { value: annotations });

export const fromWire = (found: AuditExport): Observed<typeof inputs, typeof outputs> => {
  const { org_id, name, sink, format, filter, enabled, state, reason, since, position, behind, missed, signing_secret_digest } = found;
  return {
    inputs: omitUndefined({ orgId: OrgId.parse(org_id), name, sink: fromSink(sink), format, filter: fromFilter(filter), enabled }),
    outputs: omitUndefined({ state, reason, since, position, behind, missed, signingSecretDigest: signing_secret_digest }),
    ownershipTag: findOwnershipTag(found),
  };
};
