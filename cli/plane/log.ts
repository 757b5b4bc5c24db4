import type { PlaneAccessLine, PlaneLogLine } from "../../contract/plane.js";
import { truncate, escapeForTerminal } from "../../review/terminalText.js";
import { createColours } from "../terminal.js";

/** Which connections are printed. */
export const CONNECTIONS = ["refused", "all", "none"] as const;
export type Connections = (typeof CONNECTIONS)[number];

/** What may wait for a reader that has stopped reading, before lines about connections are dropped: unauthenticated clients must not fill the memory. */
const MOST_WAITING_BYTES = 1_000_000;

/**
 * Whether a line of the plane's log is wanted: a choice of connections leaves every other event as it is.
 * @param waiting bytes that the stream has not got rid of
 */
export const isWanted = (line: PlaneLogLine, connections: Connections, waiting = 0): boolean =>
  !isAccess(line) ||
  (waiting < MOST_WAITING_BYTES && (connections === "all" || (connections === "refused" && line.decision === "refused")));

/** A line for a terminal, without its line feed; undefined for what is not shown. Text from clients is escaped and truncated. */
export function formatLogLine(line: PlaneLogLine): string | undefined {
  if (isAccess(line)) return formatAccess(line);
  const { level, event, message, ...details } = line;
  if (event === "hosts") return `Computes are reached ${FORMS[details["form"] === "sni" ? "sni" : "universal"]}.`;
  if (level === "info") return undefined;
  const { yellow, red } = createColours(process.stderr);
  const rest = Object.entries(details).map(
    ([name, value]) => `${name}=${escapeForTerminal(typeof value === "string" ? value : JSON.stringify(value))}`,
  );
  const head = `${(level === "warn" ? yellow : red)(level)} ${event}${typeof message === "string" ? `: ${escapeForTerminal(message)}` : ""}`;
  return [head, ...rest].join(" ");
}

const FORMS = {
  sni: "by their names under db.localhost, which lead to this machine",
  universal: "at localhost, each named in options (endpoint=<id>), because names under localhost do not resolve here",
} as const;

const isAccess = (line: PlaneLogLine): line is PlaneAccessLine => line.event === "access";

/** `12:55:29 refused   203.0.113.9 as app to orders, main of shop (ep-…): the address is not on the project's list [ip-address-not-allowed]` */
function formatAccess(line: PlaneAccessLine): string {
  const { green, yellow } = createColours(process.stderr);
  const decision = (line.decision === "refused" ? yellow : green)(line.decision.padEnd(8));
  const via = line.via === "public" ? "" : ` through ${formatName(line.via)}`;
  const what = line.action === "cancel" ? " to cancel a query" : "";
  const who =
    line.role === undefined ? "" : ` as ${formatName(line.role)}${line.database === undefined ? "" : ` to ${formatName(line.database)}`}`;
  return `${line.at.slice(11, 19)} ${decision} ${line.clientAddress}${via}${what}${who}${formatTarget(line)}${formatReason(line)}`;
}

function formatTarget({ endpointId, branchId, branchName, projectName }: PlaneAccessLine): string {
  if (endpointId === undefined) return "";
  if (branchId === undefined) return `, ${formatName(endpointId)}`;
  return `, ${formatName(branchName ?? branchId)} of ${formatName(projectName ?? "an unnamed project")} (${formatName(endpointId)})`;
}

function formatReason({ reason, why: sentence, detail }: PlaneAccessLine): string {
  if (reason === undefined) return "";
  return `: ${sentence ?? "refused"}${detail === undefined ? "" : `: ${truncate(escapeForTerminal(detail), MOST_COLUMNS_OF_DETAIL)}`} [${reason}]`;
}

const [MOST_COLUMNS_OF_NAME, MOST_COLUMNS_OF_DETAIL] = [40, 200];
const formatName = (text: string): string => truncate(escapeForTerminal(text), MOST_COLUMNS_OF_NAME);
