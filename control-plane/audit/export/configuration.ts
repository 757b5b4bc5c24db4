import { X509Certificate } from "node:crypto";
import { SINK_FIELDS } from "@palisade/neon/contract/auditSinks";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { AUDIT_EVENT_TYPES } from "@palisade/neon/contract/wire/audit";
import { EXPORT_FORMATS as FORMATS, EXPORT_SEVERITIES as SEVERITIES } from "@palisade/neon/contract/wire/auditExport";
import { z } from "zod";

/** Where an export goes, as it goes on the wire, and of a webhook the secret besides. */
export type SinkConfiguration = z.infer<typeof SinkSchema>;
export type WebhookConfiguration = Extract<SinkConfiguration, { type: "webhook" }>;
export type SyslogConfiguration = Extract<SinkConfiguration, { type: "syslog" }>;
export type FileConfiguration = Extract<SinkConfiguration, { type: "file" }>;
export type S3Configuration = Extract<SinkConfiguration, { type: "s3" }>;
export type BlobConfiguration = Extract<SinkConfiguration, { type: "blob" }>;

/** One AuditExport. */
export type AuditExportConfiguration = z.infer<typeof AuditExportSchema>;
export type FormatName = (typeof FORMATS)[number];

const MAX_TEXT = 2_048;
/** Standard Webhooks asks for 24 to 64 bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;

const text = ({ holds, message }: (typeof SINK_FIELDS)[keyof typeof SINK_FIELDS]) => z.string().max(MAX_TEXT).refine(holds, message);
const Prefix = text(SINK_FIELDS.prefix).optional();

/** PEM. Trusted instead of the public authorities: hosts inside a network have certificates of their own. */
const Authority = z.string().max(65_536).refine(isCertificate, "is not a certificate in PEM").optional();

const SinkSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("webhook"),
    url: text(SINK_FIELDS.webhookUrl),
    /** The shared secret, as Standard Webhooks spells it. */
    secret: z
      .string()
      .max(MAX_TEXT)
      .refine((secret) => SECRET.test(secret) && isSecret(secret), "is not whsec_ and 24 to 64 bytes in base64"),
    ca_cert: Authority,
  }),
  z.strictObject({
    type: z.literal("syslog"),
    host: text(SINK_FIELDS.host),
    port: z.int().min(1).max(65_535),
    /** In the server's certificate, and told to it. Default: `host`, where that is a name. */
    server_name: text(SINK_FIELDS.serverName).optional(),
    ca_cert: Authority,
  }),
  z.strictObject({
    type: z.literal("file"),
    name: text(SINK_FIELDS.fileName),
  }),
  z.strictObject({
    type: z.literal("s3"),
    bucket: text(SINK_FIELDS.bucket),
    region: text(SINK_FIELDS.region),
    prefix: Prefix,
  }),
  z.strictObject({
    type: z.literal("blob"),
    account: text(SINK_FIELDS.account),
    container: text(SINK_FIELDS.container),
    prefix: Prefix,
  }),
]);

const AuditExportSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,60}$/, "is not an id"),
  /** `null`: the plane's own stream. */
  org_id: z
    .string()
    .regex(/^org-[a-z0-9-]{1,56}$/, "is not an organisation id")
    .nullable(),
  sink: SinkSchema,
  format: z.enum(FORMATS),
  filter: z
    .strictObject({
      /** Rows of these types. Default: all. */
      types: z.array(z.enum(AUDIT_EVENT_TYPES)).min(1).max(AUDIT_EVENT_TYPES.length).optional(),
      /** Of connections, those that were decided so; refusals that were only counted are refused ones. Default: both. */
      decisions: z
        .array(z.enum(["admitted", "refused"]))
        .min(1)
        .max(2)
        .optional(),
      /** Rows at least so severe. Default: all. */
      minimum_severity: z.enum(SEVERITIES).optional(),
    })
    .optional(),
});

/** @throws PAL_EXPORT_INVALID, naming the field; the message repeats no value, because one of them is a secret */
export function parseAuditExport(value: unknown): AuditExportConfiguration {
  const parsed = AuditExportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PalisadeError("PAL_EXPORT_INVALID", `${issue?.path.join(".") ?? ""} ${issue?.message ?? "is invalid"}`.trim());
}

function isSecret(secret: string): boolean {
  const encoded = secret.slice("whsec_".length);
  const bytes = Buffer.from(encoded, "base64");
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString("base64") === encoded;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
