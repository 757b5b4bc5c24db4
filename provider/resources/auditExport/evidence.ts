import { EXPORT_SEVERITIES } from "../../../contract/wire/auditExport.js";
import type { Properties } from "../../engine/define.js";
import { UNKNOWN } from "../../engine/fields.js";

/** Who has what a sink receives, in a word: a host, a bucket, an account. Paths and prefixes are the same owner's. */
export function findDestination(sink: unknown): string {
  const { webhook, syslog, file, s3, blob } = (sink ?? {}) as Record<string, Properties | undefined>;
  if (webhook) return formatName(webhook["host"]);
  if (syslog) return `${formatName(syslog["host"])}:${formatName(syslog["port"])}`;
  if (s3) return `s3://${formatName(s3["bucket"])}`;
  if (blob) return `${formatName(blob["accountUrl"]).toLowerCase().replace(/\/$/, "")}/${formatName(blob["container"])}`;
  return file ? "the plane's machine" : UNREADABLE;
}

/** Of a preview a name may be known later only, or secret. */
const UNREADABLE = "a place that cannot be read here";
const formatName = (name: unknown): string =>
  typeof name === "number" || (typeof name === "string" && name !== UNKNOWN && name !== "[secret]") ? String(name) : UNREADABLE;

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
