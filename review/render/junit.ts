import type { ChangeFinding } from "../change/finding.js";
import { nameOf } from "../change/model.js";
import { shown } from "../shown.js";
import type { ReviewJson } from "./json.js";
import { type Origin, placeOf } from "./place.js";
import { asksForPerson, changeText, countsText, meaningText, neverText, SIGNS, verdictText, withoutCommands } from "./words.js";

/**
 * A test report, in the strict form of Apache Ant's schema: the verdict is a case, and so is each finding. What asks for a person fails,
 * what could not be judged is an error, remarks pass.
 */
export function toJunit(review: ReviewJson, origin: Pick<Origin, "folder" | "at">): string {
  const { stack, verdict, findings, unjudged, notJudged } = review;
  const failing = findings.filter(asksForPerson).length + (verdict === "approve" ? 0 : 1);
  const suite = {
    ...{ name: "palisade review", package: stack, id: 0, timestamp: origin.at.toISOString().slice(0, 19), hostname: "localhost" },
    ...{ tests: 1 + findings.length + unjudged.length, failures: failing, errors: unjudged.length, time: 0 },
  };
  const body = [
    element("properties", {}, element("property", { name: "verdict", value: verdict })),
    testcase(stack, `verdict: ${verdictText(review)}`, verdict === "approve" ? "" : problem("failure", verdict, meaningText(review))),
    ...findings.map((finding) => findingCase(finding, stack, origin)),
    ...unjudged.map(({ urn, why }) => testcase(stack, `not judged: ${nameOf(urn)}`, problem("error", "not judged", why))),
    element("system-out", {}, `${escaped(countsText(review))}\n${escaped(neverText(notJudged))}`),
    element("system-err", {}, ""),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", {}, element("testsuite", suite, body.join("")))}`;
}

function findingCase(finding: ChangeFinding, stack: string, origin: Pick<Origin, "folder">): string {
  const { severity, direction, resource, rule, says, location, remedy } = finding;
  const { path, line } = placeOf(location, origin);
  const parts = [changeText(finding), remedy, ...(location === undefined ? [] : [`${path}:${line}`])].filter((part) => part !== "");
  const name = `${rule}: ${SIGNS[direction]} ${resource.kind} ${resource.name}`;
  return testcase(stack, name, asksForPerson(finding) ? problem("failure", `${severity} ${direction}`, says, parts) : "");
}

const testcase = (classname: string, name: string, body: string): string => element("testcase", { name, classname, time: 0 }, body);

const problem = (kind: "failure" | "error", type: string, message: string, parts: readonly string[] = []): string =>
  element(kind, { message, type }, parts.map(escaped).join("\n"));

/** @param body is XML already */
function element(name: string, attributes: Record<string, string | number>, body = ""): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return body === "" ? `<${name}${pairs.join("")}/>\n` : `<${name}${pairs.join("")}>${body}</${name}>\n`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** `shown` leaves no character that XML 1.0 forbids: controls, lone surrogates, U+FFFE and U+FFFF are all escaped by it. */
const escaped = (text: string): string => withoutCommands(shown(text)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
