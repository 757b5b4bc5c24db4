import { DAY_SECONDS } from "../../contract/durations.js";
import { toSafeJson, escapeForTerminal } from "../terminalText.js";
import type { DriftFinding } from "./driftItem.js";

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
  /** Findings that are not drafted, and why. */
  readonly left: readonly { readonly finding: DriftFinding; readonly why: string }[];
}

/** Drafts the ignore file of these findings. It accepts none of them: `parseIgnoreRules` refuses an entry without a reason. */
export function draftIgnore(findings: readonly DriftFinding[], nowMs: number): IgnoreDraft {
  const left = findings.flatMap((finding) => {
    const why = findUnfitReason(finding);
    return why === undefined ? [] : [{ finding, why }];
  });
  const fit = findings.filter((finding) => findUnfitReason(finding) === undefined);
  const commented = fit.filter(({ severity }) => severity === "high");
  const entries = fit.filter(({ severity }) => severity !== "high");
  const expires = new Date(nowMs + DRAFT_DAYS * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
  const lines = [
    "# Drafted by palisade drift --write-ignore: findings to accept for a while, each with a reason and an end.",
    "# Delete what nobody vouches for, and fill in every reason: the file is refused while one is empty.",
    ...entries.flatMap((finding) => ["", ...formatComment(finding), ...formatEntry(finding, expires)]),
    ...(commented.length === 0
      ? []
      : [
          "",
          "# Of high severity, and so left as comments: look at each before you take the # away.",
          ...formatCommentedEntries(commented, expires),
        ]),
  ];
  return { text: fit.length === 0 ? undefined : `${lines.join("\n")}\n`, entries, commented, left };
}

const formatCommentedEntries = (findings: readonly DriftFinding[], expires: string): string[] =>
  findings.flatMap((finding) => ["#", ...formatComment(finding), ...formatEntry(finding, expires).map((line) => `# ${line}`)]);

function findUnfitReason({ expected, class: of, resource }: DriftFinding): string | undefined {
  if (expected !== undefined) return "it is no drift";
  if (of === "overdue") return "palisade enforce removes it";
  return resource.id.includes("*") ? "its id holds a *, which would stand for any text" : undefined;
}

const formatComment = ({ severity, says }: DriftFinding): string[] => [`# ${severity}: ${escapeForTerminal(says)}`];

/** Names come from other people: JSON's spelling of a text is YAML's, too, and ends where it ends. */
const formatEntry = ({ rule, resource }: DriftFinding, expires: string): string[] => [
  `- rule: ${rule}`,
  `  resource: ${toSafeJson(resource.id)}`,
  `  reason: ""`,
  `  expires: ${expires}`,
];
