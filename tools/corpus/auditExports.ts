import type { Verdict } from "../../review/change/judge.js";
import { UNKNOWN } from "../../provider/introspection.js";
import { toTypeToken, type WrittenChange, type WrittenResource } from "./writtenChanges.js";

/** Exports of an embedded plane's audit, written by hand as clouds.ts is: whatever takes evidence away or elsewhere is somebody's to approve. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "[secret]" };

const declare = (sink: unknown, more: Record<string, unknown> = {}, name = "siem"): WrittenResource => ({
  type: toTypeToken("AuditExport"),
  name,
  id: `org-acme-1/export-${name}`,
  inputs: { name, sink, format: "json", enabled: true, ...more },
});
const webhook = (host: unknown, path: unknown = "/") => ({ webhook: { host, path } });
const s3 = (bucket: unknown, prefix?: string, region = "eu-central-1") => ({
  s3: { bucket, region, ...(prefix !== undefined && { prefix }) },
});
const FILE = { file: { name: "audit.jsonl" } };
const SYSLOG = { syslog: { host: "logs.example.com", port: 6514 } };
const PEM = "-----BEGIN CERTIFICATE-----";
const SIEM = webhook("siem.example.com");
const ARCHIVE = s3("acme-audit");
const filtered = (filter: unknown) => declare(SIEM, { filter });

const secured = (more: object) => declare({ syslog: { ...SYSLOG.syslog, ...more } });

type Entry = [name: string, before: readonly WrittenResource[], after: readonly WrittenResource[], verdict: Verdict, findings: string[]];

const JUDGED: readonly Entry[] = [
  ["added, to a bucket", [], [declare(ARCHIVE)], "approve", ["audit-export-added siem"]],
  [
    "added, to a webhook whose path is secret",
    [],
    [declare(webhook("siem.example.com", SECRET))],
    "needsReview",
    ["audit-export-added siem"],
  ],
  ["removed", [declare(SIEM)], [], "needsReview", ["audit-export-removed siem"]],
  [
    "removed, and another is left",
    [declare(SIEM), declare(ARCHIVE, {}, "archive")],
    [declare(ARCHIVE, {}, "archive")],
    "needsReview",
    ["audit-export-removed siem"],
  ],
  [
    "one in the place of another",
    [declare(SIEM)],
    [declare(ARCHIVE, {}, "archive")],
    "needsReview",
    ["audit-export-added archive", "audit-export-removed siem"],
  ],
  ["narrowed to changes", [declare(SIEM)], [filtered({ types: ["change"] })], "needsReview", ["audit-export-narrowed siem"]],
  [
    "narrowed by one type of several",
    [filtered({ types: ["change", "connection", "refusals-counted"] })],
    [filtered({ types: ["change", "connection"] })],
    "needsReview",
    ["audit-export-narrowed siem"],
  ],
  ["without refusals", [declare(SIEM)], [filtered({ decisions: ["admitted"] })], "needsReview", ["audit-export-narrowed siem"]],
  [
    "severe rows alone",
    [filtered({ minimumSeverity: "low" })],
    [filtered({ minimumSeverity: "high" })],
    "needsReview",
    ["audit-export-narrowed siem"],
  ],
  ["widened to every row", [filtered({ types: ["change"] })], [declare(SIEM)], "approve", []],
  ["moved to another host", [declare(SIEM)], [declare(webhook("siem.example.net"))], "needsReview", ["audit-export-moved siem"]],
  ["moved to another port", [declare(SIEM)], [declare(webhook("siem.example.com:8443"))], "needsReview", ["audit-export-moved siem"]],
  ["a file instead of S3", [declare(ARCHIVE)], [declare(FILE)], "needsReview", ["audit-export-moved siem"]],
  ["another bucket", [declare(ARCHIVE)], [declare(s3("acme-audit-2"))], "needsReview", ["audit-export-moved siem"]],
  [
    "a bucket of that name in another partition",
    [declare(ARCHIVE)],
    [declare(s3("acme-audit", undefined, "cn-north-1"))],
    "needsReview",
    ["audit-export-moved siem"],
  ],
  [
    "another host and another authority",
    [declare(SIEM)],
    [declare({ webhook: { host: "siem.example.net", path: "/", caCert: PEM } })],
    "needsReview",
    ["audit-export-moved siem", "audit-export-trust-changed siem"],
  ],
  ["an authority of its own", [declare(SYSLOG)], [secured({ caCert: PEM })], "needsReview", ["audit-export-trust-changed siem"]],
  ["another authority", [secured({ caCert: PEM })], [secured({ caCert: `${PEM}x` })], "needsReview", ["audit-export-trust-changed siem"]],
  ["public authorities again", [secured({ caCert: PEM })], [declare(SYSLOG)], "needsReview", ["audit-export-trust-changed siem"]],
  [
    "another name in the certificate",
    [declare(SYSLOG)],
    [secured({ serverName: "siem.example.net" })],
    "needsReview",
    ["audit-export-trust-changed siem"],
  ],
  ["another prefix of the bucket", [declare(ARCHIVE)], [declare(s3("acme-audit", "two"))], "approve", []],
  [
    "a webhook instead of syslog",
    [declare(SYSLOG)],
    [declare(webhook("siem.example.com", SECRET))],
    "needsReview",
    ["audit-export-moved siem"],
  ],
  ["disabled", [declare(SIEM)], [declare(SIEM, { enabled: false })], "needsReview", ["audit-export-disabled siem"]],
  ["enabled again", [declare(SIEM, { enabled: false })], [declare(SIEM)], "approve", []],
  ["in another format", [declare(SIEM)], [declare(SIEM, { format: "ocsf" })], "approve", []],
  ["under another label", [declare(ARCHIVE)], [declare(ARCHIVE, { name: "archive of rows" })], "approve", []],
  [
    "moved, narrowed and disabled at once",
    [declare(SIEM)],
    [declare(FILE, { enabled: false, filter: { types: ["statement"] } })],
    "needsReview",
    ["audit-export-disabled siem", "audit-export-moved siem", "audit-export-narrowed siem"],
  ],
];

/** A secret path leads to another account of the same host, and whether it is another shows nowhere. */
const UNCLEAR: readonly Entry[] = [
  [
    "a webhook whose secret path may have been rotated",
    [declare(webhook("siem.example.com", SECRET))],
    [declare(webhook("siem.example.com", SECRET), { format: "ocsf" })],
    "needsReview",
    [],
  ],
  [
    "a path that is in clear, and another",
    [declare(webhook("siem.example.com", "/a"))],
    [declare(webhook("siem.example.com", "/b"))],
    "needsReview",
    [],
  ],
  [
    "a path that is in clear, and secret from now on",
    [declare(webhook("siem.example.com", "/a"))],
    [declare(webhook("siem.example.com", SECRET))],
    "needsReview",
    [],
  ],
  ["an authority that is known later only", [declare(SYSLOG)], [secured({ caCert: UNKNOWN })], "needsReview", []],
  ["added, to a host that is known later only", [], [declare(webhook(UNKNOWN))], "needsReview", ["audit-export-added siem"]],
  ["added, to a bucket that is secret", [], [declare(s3(SECRET))], "needsReview", ["audit-export-added siem"]],
  ["added, to a place of which nothing is known", [], [declare(UNKNOWN)], "needsReview", ["audit-export-added siem"]],
  ["moved to a bucket that is known later only", [declare(ARCHIVE)], [declare(s3(UNKNOWN))], "needsReview", []],
  ["filtered by what is known later only", [declare(SIEM)], [filtered({ types: UNKNOWN })], "needsReview", []],
  ["perhaps disabled", [declare(SIEM)], [declare(SIEM, { enabled: UNKNOWN })], "needsReview", []],
];

export const auditExports: readonly WrittenChange[] = [
  ...JUDGED.map((entry) => toChange(entry)),
  ...UNCLEAR.map((entry) => ({ ...toChange(entry), unclear: true as const })),
];

function toChange([name, before, after, verdict, findings]: Entry): WrittenChange {
  return { name: `an export of the audit: ${name}`, category: "guards", before, after, verdict, findings };
}
