import { parseWebhookUrl } from "@palisade/neon/contract/auditSinks";
import { isPalisadeError } from "@palisade/neon/contract/errors";
import type { AuditExportSink } from "@palisade/neon/contract/wire/auditExport";
import { type AuditExportConfiguration, parseAuditExport } from "../audit/export/configuration.js";
import type { Sealed, StoredAuditExport } from "../store/kinds.js";
import { Refusal } from "./refusals.js";

/** Of one organisation: each has a sink open and a batch in memory. */
export const MAX_EXPORTS = 50;

type Configured = Pick<StoredAuditExport, "id" | "org_id" | "sink" | "format" | "filter">;
type Secrets = Pick<Sealed["audit_export"], "secret" | "url">;

/** The sink as it may be written in rows of the audit, which are exported in turn, and what is kept of it beside them. */
export function hideAddress(sink: AuditExportSink): { readonly sink: AuditExportSink; readonly url?: string } {
  const parsed = sink.type === "webhook" ? parseWebhookUrl(sink.url) : undefined;
  return sink.type === "webhook" && parsed !== undefined ? { sink: { ...sink, url: parsed.origin }, url: sink.url } : { sink };
}

/** The sink as it was given. */
export const revealAddress = (sink: AuditExportSink, { url }: Secrets): AuditExportSink =>
  sink.type === "webhook" ? { ...sink, url: url ?? sink.url } : sink;

export function toConfiguration({ id, org_id, sink, format, filter }: Configured, secrets: Secrets): AuditExportConfiguration {
  const revealed = revealAddress(sink, secrets);
  return { id, org_id, sink: revealed.type === "webhook" ? { ...revealed, secret: secrets.secret ?? "" } : revealed, format, filter };
}

/** @throws Refusal that names the field */
export function parseConfiguration(document: Configured, secrets: Secrets): AuditExportConfiguration {
  try {
    return parseAuditExport(toConfiguration(document, secrets));
  } catch (error) {
    if (!isPalisadeError(error, "PAL_EXPORT_INVALID")) throw error;
    throw new Refusal("badRequest", { detail: error.detail });
  }
}

/**
 * The receiver that shares a webhook's secret. Who is told it can sign in the plane's name there, so another receiver gets another secret.
 * `undefined` of sinks that are not signed to.
 */
export const getSignedOrigin = ({ sink }: Pick<StoredAuditExport, "sink">): string | undefined =>
  sink.type === "webhook" ? (parseWebhookUrl(sink.url)?.origin ?? sink.url) : undefined;

/** Where rows lie: of two exports to one place each would take the other's rows for foreign. `undefined` where nothing stays. */
export function getPlace({ sink }: Pick<StoredAuditExport, "sink">): string | undefined {
  switch (sink.type) {
    case "file":
      return `file ${sink.name}`;
    case "s3":
      return `s3 ${sink.bucket}/${sink.prefix ?? ""}`;
    case "blob":
      return `blob ${sink.account}/${sink.container}/${sink.prefix ?? ""}`;
    case "webhook":
    case "syslog":
      return undefined;
  }
}
