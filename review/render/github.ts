import type { Severity } from "../../contract/findings.js";
import type { ChangeFinding } from "../change/finding.js";
import { nameOf } from "../change/model.js";
import { cut, shown } from "../shown.js";
import type { ReviewJson } from "./json.js";
import { type Origin, placeOf } from "./place.js";
import { changeText, count, meaningText, SIGNS, tally, verdictText, withoutCommands } from "./words.js";

type Level = "error" | "warning" | "notice";
const LEVELS: Record<Severity, Level> = { high: "error", medium: "warning", low: "notice" };
const VERDICT_LEVELS: Record<ReviewJson["verdict"], Level> = { approve: "notice", needsReview: "warning", block: "error" };

/** GitHub shows ten of a level for each step; one is the verdict's. */
const MOST_OF_LEVEL = 9;
const MOST_CHARACTERS = 1_000;

/** Annotations of GitHub Actions: workflow commands on standard output, the verdict first. */
export function toGithub(review: ReviewJson, origin: Pick<Origin, "folder">): string {
  const { verdict, findings, unjudged, stack } = review;
  const annotations = [...findings.map((finding) => ofFinding(finding, origin)), ...unjudged.map((one) => ofUnjudged(one, origin))];
  const kept = (["error", "warning", "notice"] as const).flatMap((level) =>
    annotations.filter((one) => one.level === level).slice(0, MOST_OF_LEVEL),
  );
  const left = annotations.length - kept.length;
  const message = [
    `${meaningText(review)}: ${tally(findings)}`,
    ...(unjudged.length > 0 ? [`${count(unjudged.length, "part")} not judged`] : []),
    ...(left > 0 ? [`${count(left, "annotation")} left out, because GitHub shows ten of a level: see --output json for the whole`] : []),
  ].join("; ");
  const head = { level: VERDICT_LEVELS[verdict], properties: { title: `Palisade ${verdictText(review)}: ${stack}` }, message };
  return [head, ...kept].map(line).join("");
}

interface Annotation {
  level: Level;
  properties: Record<string, string | number>;
  message: string;
}

function ofFinding(finding: ChangeFinding, origin: Pick<Origin, "folder">): Annotation {
  const { severity, direction, resource, rule, says, location, remedy } = finding;
  const { path, line } = placeOf(location, origin);
  return {
    level: LEVELS[severity],
    properties: { file: path, line, title: `${rule}: ${SIGNS[direction]} ${resource.kind} ${resource.name}` },
    message: [says, changeText(finding), remedy].filter((part) => part !== "").join(" | "),
  };
}

const ofUnjudged = ({ urn, why }: ReviewJson["unjudged"][number], origin: Pick<Origin, "folder">): Annotation => ({
  level: "warning",
  properties: { file: placeOf(undefined, origin).path, line: 1, title: `not judged: ${nameOf(urn)}` },
  message: `${why}; what is not judged is not approved`,
});

/** `::error file=a.ts,line=1,title=t::message`, escaped as the runner reads it (actions/toolkit, command.ts). */
function line({ level, properties, message }: Annotation): string {
  const pairs = Object.entries(properties).map(([name, value]) => `${name}=${inProperty(clean(String(value)))}`);
  return `::${level} ${pairs.join(",")}::${inData(clean(message))}\n`;
}

const clean = (text: string): string => withoutCommands(cut(shown(text), MOST_CHARACTERS));
const inData = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const inProperty = (text: string): string => inData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
