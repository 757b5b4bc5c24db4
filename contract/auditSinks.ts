import { parseAddress } from "./addresses.js";
import { PalisadeError } from "./errors.js";
import type { AuditExportSink } from "./wire/auditExport.js";

/** Where an export of the audit may go. All of it is ours: Neon's API has no audit. */
export type SinkType = "webhook" | "syslog" | "file" | "s3" | "blob";

/** What the operator of a plane lets the exports of one organisation use: the plane's network, its disk, its identity in a cloud. */
export interface AllowedSink {
  /** Id of the organisation, or `plane`. */
  readonly organization: string;
  readonly type: SinkType;
  /** What follows the type, in its one spelling; empty for a file. */
  readonly target: string;
}

const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9-]{1,63}){0,60}$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage */
const ACCOUNT = /^[a-z0-9]{3,24}$/;
const ACCOUNT_URL = /^https:\/\/([a-z0-9]{3,24})\.blob\.core\.windows\.net\/?$/i;
const CONTAINER = /^[a-z0-9](?:-?[a-z0-9]){2,62}$/;
const REGION = /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/;
/** A name and no path: it begins with no dot. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Segments of names of objects; none is `.` or `..`, none is empty. */
const PREFIX = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}){0,7}$/;

/** The one spelling of a webhook's address; `undefined` for what must not be called. */
export function parseWebhookUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:" || url.hostname === "") return undefined;
  return url.username === "" && url.password === "" && url.hash === "" ? url : undefined;
}

/** Names of the machine itself, which no name server is asked for: https://www.rfc-editor.org/rfc/rfc6761#section-6.3. */
export const isLocalName = (name: string): boolean =>
  name
    .toLowerCase()
    .split(".")
    .filter((label) => label !== "")
    .at(-1) === "localhost";

/** The first octet of addresses that never leave a machine; to connect to 0.0.0.0 is to connect to it as well. */
const OWN_IPV4 = [0n, 127n];

/** Whether a receiver at HOST or HOST:PORT, IPv6 in brackets or not, is on the very machine that delivers. A name of another kind is not resolved. */
export function isOnSameMachine(receiver: string): boolean {
  const host = parseAddress(receiver) === undefined ? receiver.replace(/:\d{1,5}$/, "").replace(/^\[|\]$/g, "") : receiver;
  const address = parseAddress(host);
  if (address === undefined) return isLocalName(host);
  return address.family === 4 ? OWN_IPV4.includes(address.value >> 24n) : address.value <= 1n;
}

/** `https://NAME.blob.core.windows.net`: NAME; `undefined` for any other address. */
export const parseBlobAccount = (url: string): string | undefined => ACCOUNT_URL.exec(url)?.[1]?.toLowerCase();
export const formatBlobAccountUrl = (account: string): string => `https://${account}.blob.core.windows.net`;

/** Where an export goes, as it may be shown: of a webhook scheme and host alone, because its path or query is often a secret. */
export function formatSink(sink: AuditExportSink): string {
  switch (sink.type) {
    case "webhook":
      return `webhook ${parseWebhookUrl(sink.url)?.origin ?? "at an address that cannot be read"}`;
    case "syslog":
      return `syslog ${sink.host}:${sink.port}`;
    case "file":
      return `file ${sink.name} on the plane's machine`;
    case "s3":
      return `s3://${sink.bucket}${sink.prefix === undefined ? "" : `/${sink.prefix}`}`;
    case "blob":
      return `${formatBlobAccountUrl(sink.account)}/${sink.container}${sink.prefix === undefined ? "" : `/${sink.prefix}`}`;
  }
}

/** What a value of a sink's field must be, and the words for what is not. */
export const SINK_FIELDS = {
  webhookUrl: {
    holds: (text: string) => parseWebhookUrl(text) !== undefined,
    message: "is not https://HOST/… without a user, a password or a fragment",
  },
  webhookHost: {
    holds: isWebhookHost,
    message: "is not HOST or HOST:PORT in small letters (443 is left out)",
  },
  webhookPath: {
    holds: (text: string) => text.startsWith("/") && parseWebhookUrl(`https://host${text}`)?.href === `https://host${text}`,
    message: "is not /PATH or /PATH?QUERY, spelt as in an address",
  },
  host: { holds: isHost, message: "is not a host name in small letters, or an address" },
  serverName: { holds: (text: string) => HOST.test(text), message: "is not a host name in small letters" },
  fileName: {
    holds: (text: string) => FILE_NAME.test(text),
    message: "is not a file name of letters, digits, dots, hyphens and underscores",
  },
  bucket: { holds: (text: string) => BUCKET.test(text), message: "is not the name of a bucket" },
  region: { holds: (text: string) => REGION.test(text), message: "is not a region such as eu-central-1" },
  account: { holds: (text: string) => ACCOUNT.test(text), message: "is not the name of a storage account" },
  accountUrl: {
    holds: (text: string) => parseBlobAccount(text) !== undefined,
    message: "is not https://NAME.blob.core.windows.net",
  },
  container: { holds: (text: string) => CONTAINER.test(text), message: "is not the name of a container" },
  prefix: {
    holds: (text: string) => PREFIX.test(text),
    message: "is not up to eight words of letters, digits, dots, hyphens and underscores with / between them",
  },
} as const satisfies Record<string, { readonly holds: (text: string) => boolean; readonly message: string }>;

function isWebhookHost(text: string): boolean {
  const url = parseWebhookUrl(`https://${text}`);
  return url?.host === text && isHost(url.hostname.replace(/^\[|\]$/g, ""));
}

function isHost(host: string): boolean {
  return parseAddress(host) === undefined ? HOST.test(host) : !host.includes("%");
}

const ENTRY_FORMS = "ORG=webhook:https://HOST/PATH, ORG=syslog:HOST:PORT, ORG=file, ORG=s3:BUCKET/PREFIX or ORG=blob:ACCOUNT/CONTAINER";
const ENTRY = /^(org-[a-z0-9-]{1,56}|plane)=([a-z0-9]{1,10})(?::(\S{1,2048}))?$/;

/** @param entry such as `org-acme-1=s3:bucket/audit`; @throws PAL_EXPORT_ALLOWANCE, naming the entry */
export function parseAllowedSink(entry: string): AllowedSink {
  const [, organization = "", type = "", given = ""] = ENTRY.exec(entry) ?? [];
  const target = TARGETS[type as SinkType] as ((given: string) => string | undefined) | undefined;
  const canonical = Object.hasOwn(TARGETS, type) ? target?.(given) : undefined;
  if (canonical === undefined) throw new PalisadeError("PAL_EXPORT_ALLOWANCE", `${JSON.stringify(entry)} is none of ${ENTRY_FORMS}`);
  return { organization, type: type as SinkType, target: canonical };
}

/** The one spelling of a target; `undefined` for what names none. */
const TARGETS: Readonly<Record<SinkType, (given: string) => string | undefined>> = {
  webhook: (given) => {
    const url = parseWebhookUrl(given);
    return url?.search === "" ? `${url.origin}${url.pathname}` : undefined;
  },
  syslog: (given) => (/^\[?[a-z0-9.:-]{1,253}\]?:[1-9]\d{0,4}$/i.test(given) ? given.toLowerCase().replace(/[[\]]/g, "") : undefined),
  file: (given) => (given === "" ? "" : undefined),
  s3: (given) => /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w.-]{1,64}){0,8})\/?$/.exec(given)?.[1],
  blob: (given) => (/^[a-z0-9]{3,24}\/[a-z0-9-]{3,63}$/.test(given) ? given : undefined),
};
