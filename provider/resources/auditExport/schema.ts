import { z } from "zod";
import { SINK_FIELDS } from "../../../contract/auditSinks.js";
import { OrgId } from "../../../contract/ids.js";
import { AUDIT_EVENT_TYPES } from "../../../contract/wire/audit.js";
import { EXPORT_FORMATS, EXPORT_SEVERITIES } from "../../../contract/wire/auditExport.js";
import type { Properties, Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createEnumSchema, createNameSchema } from "../shared/fields.js";
import { LOCKED } from "../shared/reviewRules.js";
import { describeTrust, findDestination, isNarrower, needsEntry } from "./evidence.js";

export const doc =
  "An export of an organisation's audit to a place of its own: rows are delivered in their order, each at least once, from the first that the plane keeps. Another sink is an update: it goes on where the one before ended. An extension of the embedded plane: Neon's API has no audit, and a stack of Neon itself is refused.";

const text = ({ holds, message }: (typeof SINK_FIELDS)[keyof typeof SINK_FIELDS]) => z.string().refine(holds, message);
const caCert = z
  .string()
  .refine((pem) => pem.includes("-----BEGIN CERTIFICATE-----"), "is not a certificate in PEM")
  .optional()
  .meta({ description: "Authority of the receiver, PEM, instead of the public ones.", whenOmitted: "cleared" });
const prefix = text(SINK_FIELDS.prefix)
  .optional()
  .meta({ description: "What names of objects begin with: up to eight words with / between them.", whenOmitted: "cleared" });

const SINKS = {
  webhook: z.strictObject({
    host: text(SINK_FIELDS.webhookHost).meta({
      description: "HOST or HOST:PORT, called by HTTPS. A host that is not public needs an entry of the plane's operator.",
    }),
    path: text(SINK_FIELDS.webhookPath)
      .default("/")
      .meta({ description: "`/PATH?QUERY`: it often holds a token, and whoever has that can write there.", secret: true }),
    caCert,
  }),
  syslog: z.strictObject({
    host: text(SINK_FIELDS.host).meta({ description: "Name or address of the receiver (RFC 5424 over TLS)." }),
    port: z.int().min(1).max(65_535).meta({ description: "Port of the receiver, mostly 6514." }),
    serverName: text(SINK_FIELDS.serverName)
      .optional()
      .meta({ description: "Name in the receiver's certificate; the host when omitted.", whenOmitted: "cleared" }),
    caCert,
  }),
  file: z.strictObject({
    name: text(SINK_FIELDS.fileName).meta({ description: "Name of a file in the organisation's folder on the plane's machine." }),
  }),
  s3: z.strictObject({
    bucket: text(SINK_FIELDS.bucket).meta({ description: "Name of a bucket." }),
    region: text(SINK_FIELDS.region).meta({ description: "Region of the bucket, such as `eu-central-1`." }),
    prefix,
  }),
  blob: z.strictObject({
    accountUrl: text(SINK_FIELDS.accountUrl).meta({
      description: "`https://NAME.blob.core.windows.net`.",
      canonical: (url: string) => url.toLowerCase().replace(/\/$/, ""),
    }),
    container: text(SINK_FIELDS.container).meta({ description: "Name of a container." }),
    prefix,
  }),
};

const sink = z.strictObject({
  webhook: SINKS.webhook.optional().meta({ description: "One signed POST for each batch (Standard Webhooks).", whenOmitted: "cleared" }),
  syslog: SINKS.syslog.optional().meta({ description: "A frame of syslog over TLS for each row.", whenOmitted: "cleared" }),
  file: SINKS.file.optional().meta({ description: "Lines of a file.", whenOmitted: "cleared" }),
  s3: SINKS.s3.optional().meta({ description: "An object of S3 for each batch.", whenOmitted: "cleared" }),
  blob: SINKS.blob.optional().meta({ description: "Append blobs of Azure, one for each hour.", whenOmitted: "cleared" }),
});

export const inputs = z.object({
  orgId: OrgId.optional().meta({ description: "Organisation; the account's when omitted.", onChange: "locked", review: LOCKED }),
  name: createNameSchema("What the export is for."),
  sink: sink.meta({
    description: "Where rows go: exactly one of the five. All but webhooks at public addresses need an entry of the plane's operator.",
    review: [
      {
        rule: "audit-export-moved",
        severity: "medium",
        direction: "opens",
        when: (before, after, existed) => existed && findDestination(before) !== findDestination(after),
        words: (before, after) => [findDestination(before), findDestination(after)],
        message: "Rows of the audit go to another place from now on: who connected from where, and what was changed.",
        remedy: "Approve it if you know whose place it is. Keep what was delivered so far.",
      },
      {
        rule: "audit-export-trust-changed",
        severity: "medium",
        direction: "opens",
        when: (before, after, existed) => existed && describeTrust(before) !== describeTrust(after),
        words: (before, after) => [describeTrust(before), describeTrust(after)],
        message:
          "The receiver of the audit is known by another certificate from now on: whoever has that, and is on the way, can take its place.",
        remedy: "Approve it if the receiver's owner says that its authority or its name is another one.",
      },
    ],
  }),
  format: createEnumSchema(EXPORT_FORMATS)
    .default("json")
    .meta({
      description: "`json`: rows as the plane keeps them; `ocsf`: events of OCSF 1.6.0.",
      review: { silent: "how rows are written" },
    }),
  filter: z
    .strictObject({
      types: z
        .array(createEnumSchema(AUDIT_EVENT_TYPES))
        .min(1, "must not be empty")
        .optional()
        .meta({ description: "Types of rows; all when omitted.", unordered: true, whenOmitted: "cleared" }),
      decisions: z
        .array(createEnumSchema(["admitted", "refused"]))
        .min(1, "must not be empty")
        .optional()
        .meta({ description: "Of connections, those that were decided so; both when omitted.", unordered: true, whenOmitted: "cleared" }),
      minimumSeverity: createEnumSchema(EXPORT_SEVERITIES)
        .optional()
        .meta({ description: "Rows at least so severe; all when omitted.", whenOmitted: "cleared" }),
    })
    .optional()
    .meta({
      description: "Which rows are exported; all when omitted. All of what it says must hold.",
      whenOmitted: "cleared",
      review: {
        rule: "audit-export-narrowed",
        severity: "medium",
        direction: "opens",
        compares: "declared",
        when: (before, after, existed) => existed && isNarrower(after, before),
        message: "Some rows of the audit are no longer exported: what they are evidence of is on the plane's machine alone.",
        remedy: "Export every row, and filter where they are read.",
      },
    }),
  enabled: z
    .boolean()
    .default(true)
    .meta({
      description: "Whether rows are delivered. What is disabled keeps its position and goes on from there.",
      review: {
        rule: "audit-export-disabled",
        severity: "medium",
        direction: "opens",
        when: (before, after) => before === true && after === false,
        message: "Rows of the audit are no longer exported: until it is enabled again, evidence is on the plane's machine alone.",
        remedy: "Keep enabled: true, or approve it for the time that it takes.",
      },
    }),
});

export const rules: Rule[] = [
  {
    needs: ["sink"],
    property: "sink",
    holds: ({ sink: given }) => Object.values(given as Properties).filter((one) => one !== undefined).length === 1,
    message: "must have exactly one of webhook, syslog, file, s3 and blob",
  },
];

export const review: LifecycleReview = {
  // Everything but a webhook, the operator of the plane has agreed to by an entry.
  onCreate: ({ sink: given }) => ({
    rule: "audit-export-added",
    ...(needsEntry(given) ? { severity: "low", direction: "neutral" } : { severity: "medium", direction: "opens" }),
    message: `Rows of the organisation's audit go to ${findDestination(given)}.`,
    remedy: needsEntry(given) ? "No action needed if it is your own place." : "Approve it if you know whose place it is.",
  }),
  onDelete: () => ({
    rule: "audit-export-removed",
    severity: "medium",
    direction: "opens",
    message: "Rows of the audit are no longer exported: evidence of what happens from now on is on the plane's machine alone.",
    remedy: "Keep the resource, or approve it if another export takes its place.",
  }),
};

export const outputs = z.object({
  state: createEnumSchema(["active", "failing", "disabled"]).meta({
    description: "`active`; `failing` while the sink does not take what is delivered, which is tried for ever; `disabled`.",
  }),
  reason: z.string().optional().meta({ description: "Why it is `failing`, in words." }),
  since: z.string().optional().meta({ description: "When it began to be `failing` (RFC 3339)." }),
  position: z.number().meta({ description: "Number of the last row that was delivered." }),
  behind: z.number().meta({ description: "Rows that are still to be looked at." }),
  missed: z.number().meta({ description: "Rows that the plane no longer kept when their turn came." }),
  signingSecretDigest: z.string().optional().meta({ description: "Of a webhook: SHA-256 of the secret that is in use, hexadecimal." }),
  signingSecret: z.string().optional().meta({
    description:
      "Of a webhook: what its messages are signed with (`whsec_…`, Standard Webhooks). Another host gets another one, and so does an update after somebody else had it rotated. Absent after `adopt`.",
    secret: true,
    onlyAtCreate: true,
  }),
});
