import type { PlaneAccessLine, PlaneLogLine } from "../../contract/plane.js";
import { cut, shown } from "../../review/shown.js";
import { coloursOf } from "../terminal.js";

/** Which connections are printed. */
export const CONNECTIONS = ["refused", "all", "none"] as const;
export type Connections = (typeof CONNECTIONS)[number];

/** What may wait for a reader that has stopped reading, before lines about connections are left out: strangers must not fill the memory. */
const MOST_WAITING_BYTES = 1_000_000;

/**
 * Whether a line of the plane's log is wanted: a choice of connections leaves every other event as it is.
 * @param waiting bytes that the stream has not got rid of
 */
export const isWanted = (line: PlaneLogLine, connections: Connections, waiting = 0): boolean =>
  !isAccess(line) ||
  (waiting < MOST_WAITING_BYTES && (connections === "all" || (connections === "refused" && line.decision === "refused")));

/** A line for a terminal, without its end; undefined for what is of no interest to people. Whatever came from others is escaped and cut. */
export function textOf(line: PlaneLogLine): string | undefined {
  if (isAccess(line)) return accessText(line);
  const { level, event, message, ...details } = line;
  if (event === "hosts") return `Computes are reached ${FORMS[details["form"] === "sni" ? "sni" : "universal"]}.`;
  if (level === "info") return undefined;
  const { yellow, red } = coloursOf(process.stderr);
  const rest = Object.entries(details).map(
    ([name, value]) => `${name}=${shown(typeof value === "string" ? value : JSON.stringify(value))}`,
  );
  const head = `${(level === "warn" ? yellow : red)(level)} ${event}${typeof message === "string" ? `: ${shown(message)}` : ""}`;
  return [head, ...rest].join(" ");
}

const FORMS = {
  sni: "by their names under db.localhost, which lead to this machine",
  universal: "at localhost, each named in options (endpoint=<id>), because names under localhost do not resolve here",
} as const;

const isAccess = (line: PlaneLogLine): line is PlaneAccessLine => line.event === "access";

/** `12:55:29 refused   203.0.113.9 as app to orders, main of shop (ep-…): the address is not on the project's list [ip-address-not-allowed]` */
function accessText(line: PlaneAccessLine): string {
  const { green, yellow } = coloursOf(process.stderr);
  const decision = (line.decision === "refused" ? yellow : green)(line.decision.padEnd(8));
  const via = line.via === "public" ? "" : ` through ${name(line.via)}`;
  const what = line.action === "cancel" ? " to cancel a query" : "";
  const who = line.role === undefined ? "" : ` as ${name(line.role)}${line.database === undefined ? "" : ` to ${name(line.database)}`}`;
  return `${line.at.slice(11, 19)} ${decision} ${line.clientAddress}${via}${what}${who}${where(line)}${why(line)}`;
}

function where({ endpointId, branchId, branchName, projectName }: PlaneAccessLine): string {
  if (endpointId === undefined) return "";
  if (branchId === undefined) return `, ${name(endpointId)}`;
  return `, ${name(branchName ?? branchId)} of ${name(projectName ?? "an unnamed project")} (${name(endpointId)})`;
}

function why({ reason, why: sentence, detail }: PlaneAccessLine): string {
  if (reason === undefined) return "";
  return `: ${sentence ?? "refused"}${detail === undefined ? "" : `: ${cut(shown(detail), MOST_COLUMNS_OF_DETAIL)}`} [${reason}]`;
}

const [MOST_COLUMNS_OF_NAME, MOST_COLUMNS_OF_DETAIL] = [40, 200];
const name = (text: string): string => cut(shown(text), MOST_COLUMNS_OF_NAME);
