import { z } from "zod";
import { Timestamp } from "./common.js";
import { AUDIT_EVENT_TYPES } from "./audit.js";

export const EXPORT_FORMATS = ["json", "ocsf"] as const;
/** From the least on. Rows of changes, admitted connections and statements are `info`. */
export const EXPORT_SEVERITIES = ["info", "low", "medium", "high"] as const;

/** Where an export goes. What the fields may hold is in contract/auditSinks.ts; certificates are PEM. */
export const AuditExportSink = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("webhook"), url: z.string(), ca_cert: z.string().optional() }),
  z.strictObject({
    type: z.literal("syslog"),
    host: z.string(),
    port: z.number().int(),
    server_name: z.string().optional(),
    ca_cert: z.string().optional(),
  }),
  z.strictObject({ type: z.literal("file"), name: z.string() }),
  z.strictObject({ type: z.literal("s3"), bucket: z.string(), region: z.string(), prefix: z.string().optional() }),
  z.strictObject({ type: z.literal("blob"), account: z.string(), container: z.string(), prefix: z.string().optional() }),
]);
export type AuditExportSink = z.infer<typeof AuditExportSink>;

/** Which rows are exported; all of what is said must hold. Decisions say something of connections alone. */
export const AuditExportFilter = z.strictObject({
  types: z.array(z.enum(AUDIT_EVENT_TYPES)).min(1).max(AUDIT_EVENT_TYPES.length).optional(),
  decisions: z
    .array(z.enum(["admitted", "refused"]))
    .min(1)
    .max(2)
    .optional(),
  minimum_severity: z.enum(EXPORT_SEVERITIES).optional(),
});
export type AuditExportFilter = z.infer<typeof AuditExportFilter>;

const settings = {
  name: z.string().min(1).max(256),
  sink: AuditExportSink,
  format: z.enum(EXPORT_FORMATS),
  filter: AuditExportFilter,
  enabled: z.boolean(),
  /** Whoever declares it; kept as it is given. */
  annotations: z.record(z.string().max(128), z.string().max(2_048)),
};

/** `POST /x-palisade/organizations/{org_id}/audit_exports`: the embedded plane's own. Neon has no such call. */
export const AuditExportCreateRequest = z.strictObject({
  ...settings,
  format: settings.format.default("json"),
  filter: settings.filter.default({}),
  enabled: settings.enabled.default(true),
  annotations: settings.annotations.optional(),
});
export type AuditExportCreateRequest = z.input<typeof AuditExportCreateRequest>;

/** What is not said stays. A filter is replaced as a whole. */
export const AuditExportUpdateRequest = z.strictObject(settings).partial();
export type AuditExportUpdateRequest = z.infer<typeof AuditExportUpdateRequest>;

export const AuditExport = z.object({
  ...settings,
  annotations: settings.annotations.optional(),
  id: z.string(),
  org_id: z.string(),
  state: z.enum(["active", "failing", "disabled"]),
  /** Of `failing`: what the sink does, for people. */
  reason: z.string().optional(),
  /** Of `failing`, RFC 3339: when the first of the failures in a row was. */
  since: Timestamp.optional(),
  /** Of `failing`: no further attempt helps before somebody changes something, such as the operator's entries or what lies at the sink. */
  blocked: z.literal(true).optional(),
  /** `seq` of the last row of the organisation's audit that is at the sink. */
  position: z.number().int(),
  /** Rows that are still to be looked at. */
  behind: z.number().int(),
  /** These rows in bytes of JSON; beyond 1,000 rows estimated from all that is kept. Absent in earlier versions. */
  behind_bytes: z.number().int().optional(),
  /** How much of what the plane keeps of a stream they are, by bytes, by changes or by age, whichever is most: from 1 on rows go unexported. */
  backlog_share: z.number().min(0).optional(),
  /** RFC 3339: when the last delivery succeeded; absent before the first. */
  last_success_at: Timestamp.optional(),
  /** The last attempt that failed since the plane was started, whether it has been made good or not. `reason`: a sentence for people. */
  last_failure: z.object({ at: Timestamp, reason: z.string() }).optional(),
  /** Rows that the plane no longer kept when their turn came. */
  missed: z.number().int(),
  /** Of a webhook: SHA-256 of its signing secret, hexadecimal. Whoever was told one sees whether it is still in use. */
  signing_secret_digest: z.string().optional(),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type AuditExport = z.infer<typeof AuditExport>;

/** `signing_secret`: of a webhook, with the answer that made it and never again (Standard Webhooks: `whsec_…`). */
export const AuditExportResponse = z.object({ audit_export: AuditExport, signing_secret: z.string().optional() });
export type AuditExportResponse = z.infer<typeof AuditExportResponse>;
export const AuditExports = z.object({ audit_exports: z.array(AuditExport) });
