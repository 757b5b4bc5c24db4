import { PalisadeError } from "@palisade/neon/contract/errors";
import { getStreamName } from "./auditSource.js";
import { parseWebhookUrl, type SinkConfiguration } from "./configuration.js";

/** What the operator of the plane lets the exports of one organisation use: the plane's network, its disk, its identity in a cloud. */
export interface AllowedSink {
  /** Id of the organisation, or `plane`. */
  readonly organization: string;
  readonly type: SinkConfiguration["type"];
  /** What follows the type, in its one spelling; empty for a file. */
  readonly target: string;
}

const ENTRY_FORMS = "ORG=webhook:https://HOST/PATH, ORG=syslog:HOST:PORT, ORG=file, ORG=s3:BUCKET/PREFIX or ORG=blob:ACCOUNT/CONTAINER";

/** @param entries such as `org-acme-1=s3:bucket/audit`; @throws PAL_EXPORT_ALLOWANCE, naming the entry */
export const parseAllowedSinks = (entries: readonly string[]): AllowedSink[] => entries.map(parseAllowedSink);

function parseAllowedSink(entry: string): AllowedSink {
  const [, organization = "", type = "", given = ""] = ENTRY.exec(entry) ?? [];
  const target = TARGETS[type as SinkConfiguration["type"]] as ((given: string) => string | undefined) | undefined;
  const canonical = Object.hasOwn(TARGETS, type) ? target?.(given) : undefined;
  if (canonical === undefined) throw new PalisadeError("PAL_EXPORT_ALLOWANCE", `${JSON.stringify(entry)} is none of ${ENTRY_FORMS}`);
  return { organization, type: type as SinkConfiguration["type"], target: canonical };
}

const ENTRY = /^(org-[a-z0-9-]{1,56}|plane)=([a-z0-9]{1,10})(?::(\S{1,2048}))?$/;

/** The one spelling of a target; `undefined` for what names none. */
const TARGETS: Readonly<Record<SinkConfiguration["type"], (given: string) => string | undefined>> = {
  webhook: (given) => {
    const url = parseWebhookUrl(given);
    return url?.search === "" ? `${url.origin}${url.pathname}` : undefined;
  },
  syslog: (given) => (/^\[?[a-z0-9.:-]{1,253}\]?:[1-9]\d{0,4}$/i.test(given) ? given.toLowerCase().replace(/[[\]]/g, "") : undefined),
  file: (given) => (given === "" ? "" : undefined),
  s3: (given) => /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w.-]{1,64}){0,8})\/?$/.exec(given)?.[1],
  blob: (given) => (/^[a-z0-9]{3,24}\/[a-z0-9-]{3,63}$/.test(given) ? given : undefined),
};

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
  const target = formatTarget(sink);
  const entry = `${getStreamName(org)}=${sink.type}${target === "" ? "" : `:${target}`}`;
  throw new PalisadeError("PAL_EXPORT_NOT_ALLOWED", `no entry allows ${entry}`);
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
