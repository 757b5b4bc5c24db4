import { CLASSES, type ClassifiedOutcome, listReasons } from "./caseClasses.js";
import type { Case } from "./search.js";
import { renderReadable } from "./programText.js";
import { isImmediate } from "./widening.js";

/** The figures, as a text for people. */

const NARROW = new Set(["approved", "ended early", "latent", "asked", "unknown", "possible", "false alarm"]);
/** Of all cases in which nothing widened. */
export const MOST_FALSE_ALARMS = 0.05;

const CLASS_DESCRIPTIONS: Record<(typeof CLASSES)[number], string> = {
  missed: "widened and approved: must be 0",
  seen: "widened and not approved",
  approved: "nothing widened, approved",
  refused: "the engine refuses the preview, nothing is judged",
  "ended early": "not approved; the update ended early, nothing had widened by then",
  latent: "not approved; more could connect once a compute runs or a block is lifted",
  asked: "not approved; asks a person for another reason than who may connect",
  unknown: "not approved; a value is known only after the update",
  possible: "not approved; widens in another order, or beside other undeclared branches",
  "false alarm": "not approved, for no such reason",
};

export function formatFigures(cases: readonly Case[]): string {
  const count = (name: string) => cases.filter((one) => one.class === name).length;
  const narrow = cases.filter((one) => NARROW.has(one.class));
  const held = narrow.filter((one) => one.class !== "approved");
  const share = (part: number) => (narrow.length === 0 ? "–" : `${((100 * part) / narrow.length).toFixed(1)} %`);
  return [
    `${cases.length} cases`,
    ...CLASSES.map((name) => `${String(count(name)).padStart(6)}  ${name.padEnd(12)} ${CLASS_DESCRIPTIONS[name]}`),
    `private endpoints connect that did not in ${filterPrivatelyWidened(cases).length}`,
    `nothing widened in ${narrow.length}; of these not approved ${held.length} (${share(held.length)}), false alarms ${count("false alarm")} (${share(count("false alarm"))})`,
    ...["asked", "unknown", "false alarm"].flatMap((name) => formatReasons(name, cases)),
    "",
  ].join("\n");
}

/** Cases in which an update let further private endpoints in, for good or for a moment. */
export const filterPrivatelyWidened = (cases: readonly Case[]): Case[] =>
  cases.filter(({ outcome }) => outcome.widenings.some((one) => one.isPrivate && isImmediate(one)));

export function computeFalseAlarmShare(cases: readonly Case[]): number {
  const narrow = cases.filter((one) => NARROW.has(one.class));
  return narrow.filter((one) => one.class === "false alarm").length / Math.max(narrow.length, 1);
}

function formatReasons(name: string, cases: readonly Case[]): string[] {
  const counts = new Map<string, number>();
  for (const { outcome } of cases.filter((one) => one.class === name))
    for (const reason of listReasons(outcome)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [
    ...(counts.size > 0 ? [`${name}, by reason:`] : []),
    ...[...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${String(count).padStart(6)}  ${reason}`),
  ];
}

/** A case with its programs. */
export function formatCase({ class: name, outcome }: ClassifiedOutcome, seed: number): string {
  const { trial, verdict, widenings, findings, unjudged, failure } = outcome;
  const lines = [
    `${name}, seed ${seed}: ${verdict}`,
    ...widenings.map(({ kind, what }) => `  live, ${kind}: ${what}`),
    ...findings.map(
      ({ rule, severity, direction, resource, says }) => `  finding ${rule} (${severity}, ${direction}) ${resource.name}: ${says}`,
    ),
    ...unjudged.map((why) => `  not judged: ${why}`),
    ...(failure === undefined ? [] : [`  the update ended early: ${failure}`]),
    `  beside the stack: ${JSON.stringify(trial.undeclared)}`,
    ...trial.history.slice(0, -1).flatMap((program) => ["--- earlier", renderReadable(program).trimEnd()]),
    "--- before",
    renderReadable(trial.history.at(-1) ?? []).trimEnd(),
    "--- after",
    renderReadable(trial.after).trimEnd(),
  ];
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}
