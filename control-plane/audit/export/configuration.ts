import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { z } from "zod";

/** Where an export goes, as it is stored: snake_case nowhere, because each field is one word. */
export type SinkConfiguration = z.infer<typeof SinkSchema>;
export type WebhookConfiguration = Extract<SinkConfiguration, { type: "webhook" }>;
export type SyslogConfiguration = Extract<SinkConfiguration, { type: "syslog" }>;
export type FileConfiguration = Extract<SinkConfiguration, { type: "file" }>;
export type S3Configuration = Extract<SinkConfiguration, { type: "s3" }>;
export type BlobConfiguration = Extract<SinkConfiguration, { type: "blob" }>;

export const FORMATS = ["json", "ocsf"] as const;
export const EVENT_TYPES = ["change", "connection", "connection-end", "refusals-counted", "statement", "anomaly"] as const;

/** One AuditExport. */
export type AuditExportConfiguration = z.infer<typeof AuditExportSchema>;
export type FormatName = (typeof FORMATS)[number];

const MAX_TEXT = 2_048;
const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9-]{1,63}){0,60}$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage */
const ACCOUNT = /^[a-z0-9]{3,24}$/;
const CONTAINER = /^[a-z0-9](?:-?[a-z0-9]){2,62}$/;
const REGION = /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/;
/** A name and no path: it begins with no dot. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Segments of names of objects; none is `.` or `..`, none is empty. */
const PREFIX = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}){0,7}$/;
/** Standard Webhooks asks for 24 to 64 bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;

const text = (pattern: RegExp, message: string) => z.string().max(MAX_TEXT).regex(pattern, message);
const Prefix = text(PREFIX, "is not up to eight words of letters, digits, dots, hyphens and underscores with / between them").optional();

/** PEM. Trusted instead of the public authorities: hosts inside a network have certificates of their own. */
const Authority = z.string().max(65_536).refine(isCertificate, "is not a certificate in PEM").optional();

const SinkSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("webhook"),
    url: z.string().max(MAX_TEXT).refine(isWebhookUrl, "is not https://HOST/… without a user, a password or a fragment"),
    /** The shared secret, as Standard Webhooks spells it. */
    secret: text(SECRET, "is not whsec_ and 24 to 64 bytes in base64").refine(isSecret, "is not whsec_ and 24 to 64 bytes in base64"),
    ca: Authority,
  }),
  z.strictObject({
    type: z.literal("syslog"),
    host: z.string().max(253).refine(isHost, "is not a host name in small letters, or an address"),
    port: z.int().min(1).max(65_535),
    ca: Authority,
  }),
  z.strictObject({
    type: z.literal("file"),
    name: text(FILE_NAME, "is not a file name of letters, digits, dots, hyphens and underscores"),
  }),
  z.strictObject({
    type: z.literal("s3"),
    bucket: text(BUCKET, "is not the name of a bucket"),
    region: text(REGION, "is not a region such as eu-central-1"),
    prefix: Prefix,
  }),
  z.strictObject({
    type: z.literal("blob"),
    account: text(ACCOUNT, "is not the name of a storage account"),
    container: text(CONTAINER, "is not the name of a container"),
    prefix: Prefix,
  }),
]);

const AuditExportSchema = z.strictObject({
  id: text(/^[a-z0-9-]{1,60}$/, "is not an id"),
  /** `null`: the plane's own stream. */
  org_id: text(/^org-[a-z0-9-]{1,56}$/, "is not an organisation id").nullable(),
  sink: SinkSchema,
  format: z.enum(FORMATS),
  filter: z
    .strictObject({
      /** Rows of these types. Default: all. */
      types: z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length).optional(),
      /** Of connections, those that were decided so; refusals that were only counted are refused ones. Default: both. */
      decisions: z
        .array(z.enum(["admitted", "refused"]))
        .min(1)
        .max(2)
        .optional(),
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

/** The one spelling of a webhook's address; `undefined` for what must not be called. */
export function parseWebhookUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:" || url.hostname === "") return undefined;
  return url.username === "" && url.password === "" && url.hash === "" ? url : undefined;
}

function isWebhookUrl(address: string): boolean {
  return parseWebhookUrl(address) !== undefined;
}

function isHost(host: string): boolean {
  return isIP(host) !== 0 ? !host.includes("%") : HOST.test(host);
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
