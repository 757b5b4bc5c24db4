import { createHash } from "node:crypto";
import { EXPORT_SEVERITIES } from "../../../contract/wire/auditExport.js";
import type { Properties } from "../../engine/define.js";
import { isProperties, UNKNOWN } from "../../engine/fields.js";

/**
 * Who has what a sink receives, in a word: a host, a bucket, an account. Paths and prefixes are the same owner's. A bucket is told with its region:
 * its name is somebody else's in China or in GovCloud, and what may be kept of people may differ between any two.
 */
export function findDestination(sink: unknown): string {
  const { webhook, syslog, file, s3, blob } = (sink ?? {}) as Record<string, Properties | undefined>;
  if (webhook) return formatName(webhook["host"]);
  if (syslog) return `${formatName(syslog["host"])}:${formatName(syslog["port"])}`;
  if (s3) return `s3://${formatName(s3["bucket"])} in ${formatName(s3["region"])}`;
  if (blob) return `${formatName(blob["accountUrl"]).toLowerCase().replace(/\/$/, "")}/${formatName(blob["container"])}`;
  return file ? "the plane's machine" : UNREADABLE;
}

/** Of a preview a name may be known later only, or secret. */
const UNREADABLE = "a place that cannot be read here";
const formatName = (name: unknown): string =>
  typeof name === "number" || (typeof name === "string" && name !== UNKNOWN && name !== "[secret]") ? String(name) : UNREADABLE;

/** Whether the plane takes the sink from its operator alone. Of what cannot be read it is not known. */
export const needsEntry = (sink: unknown): boolean =>
  ["syslog", "file", "s3", "blob"].some((type) => isProperties(sink) && isProperties(sink[type]));

/** Whose certificate a receiver may show, in words: with another authority, or another name, somebody else may answer in its place. */
export function describeTrust(sink: unknown): string {
  const { webhook, syslog } = (sink ?? {}) as Record<string, Properties | undefined>;
  const { caCert, serverName } = webhook ?? syslog ?? {};
  const name = serverName === undefined ? "" : `, as ${formatName(serverName)}`;
  return `${caCert === undefined ? "public authorities" : formatAuthority(caCert)}${name}`;
}

const formatAuthority = (pem: unknown): string =>
  typeof pem === "string" && formatName(pem) !== UNREADABLE
    ? `an authority of its own (SHA-256 of its text ${createHash("sha256").update(pem).digest("hex").slice(0, 16)})`
    : "an authority that cannot be read here";

/** Whether one filter keeps back rows that the other lets through. */
export function isNarrower(filter: unknown, than: unknown): boolean {
  const [after, before] = [filter ?? {}, than ?? {}] as [Properties, Properties];
  const losesWords = (name: string) => {
    const [kept, had] = [after[name], before[name]] as [readonly unknown[] | undefined, readonly unknown[] | undefined];
    return kept !== undefined && (had === undefined || had.some((word) => !kept.includes(word)));
  };
  const place = ({ minimumSeverity = "info" }: Properties) => (EXPORT_SEVERITIES as readonly unknown[]).indexOf(minimumSeverity);
  return losesWords("types") || losesWords("decisions") || place(after) > place(before);
}
