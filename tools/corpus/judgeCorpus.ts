import { Readable } from "node:stream";
import { readPreview } from "../../review/change/previewEvents.js";
import { judge, type Review, type Verdict } from "../../review/change/judge.js";
import { buildChange, getUrnName } from "../../review/change/change.js";
import { parsePlan, parseState } from "../../review/change/state.js";
import type { Category, LabelledChange } from "./labelledChange.js";
import { BASELINE_CHANGES } from "./baselines.js";
import { CHANGES, WRITTEN } from "./changes.js";
import { type RecordedChange, readRecordedChanges } from "./recordedChanges.js";
import { reviewStream, buildStream, type WrittenChange } from "./writtenChanges.js";

type Label = Pick<LabelledChange, "name" | "category" | "verdict" | "findings" | "unclear" | "assumes">;

/** The moment that every stored change is judged at. */
const NOW_MS = Date.parse("2026-12-01T00:00:00Z");

export interface JudgedChange {
  readonly change: Label;
  readonly verdict: Verdict;
  /** `rule resource`, sorted. */
  readonly findings: readonly string[];
  /** Each difference from the label as a sentence; empty when it is met. */
  readonly mismatches: readonly string[];
}

export async function reviewRecorded({ events, state, plan }: RecordedChange): Promise<Review> {
  const preview = await readPreview(toLines(events));
  const { goals } = parsePlan(JSON.stringify(plan));
  return judge(buildChange({ preview, goals, state: parseState(JSON.stringify(state)) }), { nowMs: NOW_MS });
}

export function reviewWritten({ before, after, streamOptions, listed }: WrittenChange): Promise<Review> {
  const base = listed && { packages: new Set(listed), mayMove: () => false };
  return reviewStream(buildStream(before, after, streamOptions), { nowMs: NOW_MS, base });
}

const toLines = (events: readonly object[]): AsyncIterable<string> => Readable.from(events.map((event) => `${JSON.stringify(event)}\n`));

/** Every stored change, and every written one, against its label. */
export async function judgeCorpus(): Promise<JudgedChange[]> {
  const stored = readRecordedChanges();
  const all: JudgedChange[] = [];
  const baselines = BASELINE_CHANGES.map((change): Label => ({ ...change, category: "baselines" }));
  for (const change of [...CHANGES, ...baselines]) {
    const recorded = stored.get(change.name);
    if (!recorded) throw new Error(`"${change.name}" is not recorded: run node dist/tools/corpus/record.js, or recordBaselines.js`);
    all.push(compareWithLabel(change, await reviewRecorded(recorded)));
  }
  for (const change of WRITTEN) all.push(compareWithLabel(change, await reviewWritten(change)));
  return all;
}

function compareWithLabel(change: Label, { verdict, findings, unjudged, assumptions }: Review): JudgedChange {
  const found = findings.map(({ rule, resource }) => `${rule} ${resource.name}`).sort();
  const missing = change.findings.filter((one) => !found.includes(one));
  const extra = found.filter((one) => !change.findings.includes(one));
  const unclear = unjudged.length > 0;
  const assumed = assumptions.map(({ urn, property, target }) => `${getUrnName(urn)} ${property} ${getUrnName(target)}`).sort();
  const assumes = change.assumes && [...change.assumes].sort();
  return {
    change,
    verdict,
    findings: found,
    mismatches: [
      ...(verdict === change.verdict ? [] : [`the verdict is ${verdict}, not ${change.verdict}`]),
      ...missing.map((one) => `not found: ${one}`),
      ...extra.map((one) => `found, though it is not so: ${one}`),
      ...(unclear === (change.unclear ?? false) ? [] : [unclear ? `called unclear: ${unjudged[0]?.why ?? ""}` : "not called unclear"]),
      ...(assumes === undefined || assumes.join() === assumed.join()
        ? []
        : [`takes for true: ${assumed.join(", ") || "nothing"}; not: ${assumes.join(", ")}`]),
    ],
  };
}

export const CATEGORIES: readonly Category[] = [
  "addresses",
  "reachability",
  "guards",
  "data",
  "credentials",
  "order",
  "unknown",
  "clouds",
  "keys",
  "baselines",
  "harmless",
];
export const VERDICTS: readonly Verdict[] = ["approve", "needsReview", "block"];

/** The bounds of the corpus: every label is met, and nothing harmless is held up. */
export function listFailures(all: readonly JudgedChange[]): string[] {
  const wrong = all.filter(({ mismatches: misses }) => misses.length > 0).length;
  const alarms = all.filter(({ change, verdict }) => change.category === "harmless" && verdict !== "approve").length;
  return [
    ...(wrong === 0 ? [] : [`${wrong} of ${all.length} wrong`]),
    ...(alarms === 0 ? [] : [`${alarms} false alarms on harmless changes`]),
  ];
}
