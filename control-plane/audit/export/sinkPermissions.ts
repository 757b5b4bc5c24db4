import { type AllowedSink, parseAllowedSink, parseWebhookUrl } from "@palisade/neon/contract/auditSinks";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { getStreamName } from "./auditSource.js";
import type { SinkConfiguration } from "./configuration.js";

/** @param entries such as `org-acme-1=s3:bucket/audit`; @throws PAL_EXPORT_ALLOWANCE, naming the entry */
export const parseAllowedSinks = (entries: readonly string[]): AllowedSink[] => entries.map(parseAllowedSink);

/** Whether an entry of the operator names this sink for this organisation. */
export function isSinkAllowed(allowed: readonly AllowedSink[], org: string | null, sink: SinkConfiguration): boolean {
  const target = formatTarget(sink);
  return allowed.some((one) => one.organization === getStreamName(org) && one.type === sink.type && isWithin(target, one.target));
}

/**
 * A webhook at a public address is anybody's to use. Everything else spends something of the operator's, and needs an entry.
 * @throws PAL_EXPORT_NOT_ALLOWED
 */
export function assertSinkAllowed(allowed: readonly AllowedSink[], org: string | null, sink: SinkConfiguration): void {
  if (sink.type === "webhook" || isSinkAllowed(allowed, org, sink)) return;
  throw new PalisadeError("PAL_EXPORT_NOT_ALLOWED", `no entry allows ${formatEntry(org, sink)}`);
}

/** The entry that would allow this sink, and nothing else. */
export function formatEntry(org: string | null, sink: SinkConfiguration): string {
  const target = formatTarget(sink);
  return `${getStreamName(org)}=${sink.type}${target === "" ? "" : `:${target}`}`;
}

function formatTarget(sink: SinkConfiguration): string {
  switch (sink.type) {
    case "webhook": {
      const url = parseWebhookUrl(sink.url);
      return url === undefined ? "" : `${url.origin}${url.pathname}`;
    }
    case "syslog":
      return `${sink.host.toLowerCase()}:${sink.port}`;
    case "file":
      return "";
    case "s3":
      return sink.prefix === undefined ? sink.bucket : `${sink.bucket}/${sink.prefix}`;
    case "blob":
      return `${sink.account}/${sink.container}`;
  }
}

/** The same, or below it: `bucket/audit` allows `bucket/audit/one` and not `bucket/auditing`. */
function isWithin(target: string, allowed: string): boolean {
  if (target === allowed) return true;
  return allowed !== "" && target.startsWith(allowed.endsWith("/") ? allowed : `${allowed}/`);
}
