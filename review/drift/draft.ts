import { DAY_SECONDS } from "../../contract/durations.js";
import { jsonText, shown } from "../shown.js";
import type { DriftFinding } from "./item.js";

/** How long a drafted entry holds. */
export const DRAFT_DAYS = 30;

/** An ignore file to be completed. */
export interface IgnoreDraft {
  /** YAML; undefined where there is nothing to draft. */
  readonly text: string | undefined;
  /** Entries with a reason to fill in. */
  readonly entries: readonly DriftFinding[];
  /** Entries of high severity: in the file as comments, so that nobody accepts them by filling in reasons from top to bottom. */
  readonly commented: readonly DriftFinding[];
  /** What is no entry, and why. */
  readonly left: readonly { readonly finding: DriftFinding; readonly why: string }[];
}

/** Drafts the ignore file of these findings. It accepts none of them: `readIgnore` refuses an entry without a reason. */
export function draftIgnore(findings: readonly DriftFinding[], nowMs: number): IgnoreDraft {
  const left = findings.flatMap((finding) => {
    const why = unfitOf(finding);
    return why === undefined ? [] : [{ finding, why }];
  });
  const fit = findings.filter((finding) => unfitOf(finding) === undefined);
  const commented = fit.filter(({ severity }) => severity === "high");
  const entries = fit.filter(({ severity }) => severity !== "high");
  const expires = new Date(nowMs + DRAFT_DAYS * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
  const lines = [
    "# Drafted by palisade drift --write-ignore: findings to accept for a while, each with a reason and an end.",
    "# Delete what nobody vouches for, and fill in every reason: the file is refused while one is empty.",
    ...entries.flatMap((finding) => ["", ...commentOf(finding), ...entryOf(finding, expires)]),
    ...(commented.length === 0
      ? []
      : [
          "",
          "# Of high severity, and so left as comments: look at each before you take the # away.",
          ...commentedLines(commented, expires),
        ]),
  ];
  return { text: fit.length === 0 ? undefined : `${lines.join("\n")}\n`, entries, commented, left };
}

const commentedLines = (findings: readonly DriftFinding[], expires: string): string[] =>
  findings.flatMap((finding) => ["#", ...commentOf(finding), ...entryOf(finding, expires).map((line) => `# ${line}`)]);

function unfitOf({ expected, class: of, resource }: DriftFinding): string | undefined {
  if (expected !== undefined) return "it is no drift";
  if (of === "overdue") return "palisade enforce removes it";
  return resource.id.includes("*") ? "its id holds a *, which would stand for any text" : undefined;
}

const commentOf = ({ severity, says }: DriftFinding): string[] => [`# ${severity}: ${shown(says)}`];

/** Names come from other people: JSON's spelling of a text is YAML's, too, and ends where it ends. */
const entryOf = ({ rule, resource }: DriftFinding, expires: string): string[] => [
  `- rule: ${rule}`,
  `  resource: ${jsonText(resource.id)}`,
  `  reason: ""`,
  `  expires: ${expires}`,
];
