import { parseWebhookUrl } from "../../../contract/auditSinks.js";
import { EXPORT_SEVERITIES } from "../../../contract/wire/auditExport.js";
import type { Properties } from "../../engine/define.js";

/** Who has what a sink receives, in a word: a host, a bucket, an account. Paths and prefixes are the same owner's. */
export function findDestination(sink: unknown): string {
  const { webhook, syslog, file, s3, blob } = (sink ?? {}) as Record<string, Properties | undefined>;
  if (webhook) return parseWebhookUrl(String(webhook["url"]))?.host ?? "a webhook";
  if (syslog) return `${String(syslog["host"])}:${String(syslog["port"])}`;
  if (s3) return `s3://${String(s3["bucket"])}`;
  if (blob) return `${String(blob["accountUrl"]).toLowerCase().replace(/\/$/, "")}/${String(blob["container"])}`;
  return file ? "the plane's machine" : "nowhere";
}

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
