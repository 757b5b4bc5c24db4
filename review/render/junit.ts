import type { ChangeFinding } from "../change/finding.js";
import { getUrnName } from "../change/change.js";
import { escapeForTerminal } from "../terminalText.js";
import type { ReviewJson } from "./json.js";
import { type Origin, toPlace } from "./place.js";
import {
  needsPerson,
  formatChange,
  formatCounts,
  formatMeaning,
  formatNeverJudged,
  SIGNS,
  formatVerdict,
  escapeCommands,
} from "./phrases.js";

/**
 * A test report, in the strict form of Apache Ant's schema: the verdict is a case, and so is each finding. What asks for a person fails,
 * what could not be judged is an error, remarks pass.
 */
export function toJunit(review: ReviewJson, origin: Pick<Origin, "folder" | "at">): string {
  const { stack, verdict, findings, unjudged, notJudged } = review;
  const failing = findings.filter(needsPerson).length + (verdict === "approve" ? 0 : 1);
  const suite = {
    name: "palisade review",
    package: stack,
    id: 0,
    timestamp: origin.at.toISOString().slice(0, 19),
    hostname: "localhost",
    tests: 1 + findings.length + unjudged.length,
    failures: failing,
    errors: unjudged.length,
    time: 0,
  };
  const body = [
    renderElement("properties", {}, renderElement("property", { name: "verdict", value: verdict })),
    renderTestcase(
      stack,
      `verdict: ${formatVerdict(review)}`,
      verdict === "approve" ? "" : renderProblem("failure", verdict, formatMeaning(review)),
    ),
    ...findings.map((finding) => renderFindingCase(finding, stack, origin)),
    ...unjudged.map(({ urn, why }) => renderTestcase(stack, `not judged: ${getUrnName(urn)}`, renderProblem("error", "not judged", why))),
    renderElement("system-out", {}, `${escapeXml(formatCounts(review))}\n${escapeXml(formatNeverJudged(notJudged))}`),
    renderElement("system-err", {}, ""),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderElement("testsuites", {}, renderElement("testsuite", suite, body.join("")))}`;
}

function renderFindingCase(finding: ChangeFinding, stack: string, origin: Pick<Origin, "folder">): string {
  const { severity, direction, resource, rule, says, location, remedy } = finding;
  const { path, line } = toPlace(location, origin);
  const parts = [formatChange(finding), remedy, ...(location === undefined ? [] : [`${path}:${line}`])].filter((part) => part !== "");
  const name = `${rule}: ${SIGNS[direction]} ${resource.kind} ${resource.name}`;
  return renderTestcase(stack, name, needsPerson(finding) ? renderProblem("failure", `${severity} ${direction}`, says, parts) : "");
}

const renderTestcase = (classname: string, name: string, body: string): string =>
  renderElement("testcase", { name, classname, time: 0 }, body);

const renderProblem = (kind: "failure" | "error", type: string, message: string, parts: readonly string[] = []): string =>
  renderElement(kind, { message, type }, parts.map(escapeXml).join("\n"));

/** @param body is XML already */
function renderElement(name: string, attributes: Record<string, string | number>, body = ""): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  return body === "" ? `<${name}${pairs.join("")}/>\n` : `<${name}${pairs.join("")}>${body}</${name}>\n`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** `escapeForTerminal` leaves no character that XML 1.0 forbids: controls, lone surrogates, U+FFFE and U+FFFF are all escaped by it. */
const escapeXml = (text: string): string =>
  escapeCommands(escapeForTerminal(text)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
