import type { Severity } from "../../contract/findings.js";
import type { ChangeFinding } from "../change/finding.js";
import { getUrnName } from "../change/change.js";
import { truncate, escapeForTerminal } from "../terminalText.js";
import type { ReviewJson } from "./json.js";
import { type Origin, toPlace } from "./place.js";
import { formatChange, formatCount, formatMeaning, SIGNS, formatTally, formatVerdict, escapeCommands } from "./phrases.js";

type Level = "error" | "warning" | "notice";
const LEVELS: Record<Severity, Level> = { high: "error", medium: "warning", low: "notice" };
const VERDICT_LEVELS: Record<ReviewJson["verdict"], Level> = { approve: "notice", needsReview: "warning", block: "error" };

/** GitHub shows ten of a level for each step; one is the verdict's. */
const MOST_OF_LEVEL = 9;
const MOST_CHARACTERS = 1_000;

/** Annotations of GitHub Actions: workflow commands on standard output, the verdict first. */
export function toGithub(review: ReviewJson, origin: Pick<Origin, "folder">): string {
  const { verdict, findings, unjudged, stack } = review;
  const annotations = [
    ...findings.map((finding) => toFindingAnnotation(finding, origin)),
    ...unjudged.map((one) => toUnjudgedAnnotation(one, origin)),
  ];
  const kept = (["error", "warning", "notice"] as const).flatMap((level) =>
    annotations.filter((one) => one.level === level).slice(0, MOST_OF_LEVEL),
  );
  const left = annotations.length - kept.length;
  const message = [
    `${formatMeaning(review)}: ${formatTally(findings)}`,
    ...(unjudged.length > 0 ? [`${formatCount(unjudged.length, "part")} not judged`] : []),
    ...(left > 0
      ? [`${formatCount(left, "annotation")} left out, because GitHub shows ten of a level: see --output json for the whole`]
      : []),
  ].join("; ");
  const head = { level: VERDICT_LEVELS[verdict], properties: { title: `Palisade ${formatVerdict(review)}: ${stack}` }, message };
  return [head, ...kept].map(formatCommand).join("");
}

interface Annotation {
  level: Level;
  properties: Record<string, string | number>;
  message: string;
}

function toFindingAnnotation(finding: ChangeFinding, origin: Pick<Origin, "folder">): Annotation {
  const { severity, direction, resource, rule, says, location, remedy } = finding;
  const { path, line } = toPlace(location, origin);
  return {
    level: LEVELS[severity],
    properties: { file: path, line, title: `${rule}: ${SIGNS[direction]} ${resource.kind} ${resource.name}` },
    message: [says, formatChange(finding), remedy].filter((part) => part !== "").join(" | "),
  };
}

const toUnjudgedAnnotation = ({ urn, why }: ReviewJson["unjudged"][number], origin: Pick<Origin, "folder">): Annotation => ({
  level: "warning",
  properties: { file: toPlace(undefined, origin).path, line: 1, title: `not judged: ${getUrnName(urn)}` },
  message: `${why}; what is not judged is not approved`,
});

/** `::error file=a.ts,line=1,title=t::message`, escaped as the runner reads it (actions/toolkit, command.ts). */
function formatCommand({ level, properties, message }: Annotation): string {
  const pairs = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(cleanText(String(value)))}`);
  return `::${level} ${pairs.join(",")}::${escapeData(cleanText(message))}\n`;
}

const cleanText = (text: string): string => escapeCommands(truncate(escapeForTerminal(text), MOST_CHARACTERS));
const escapeData = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string): string => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
