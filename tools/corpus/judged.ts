import { Readable } from "node:stream";
import { readPreview } from "../../review/change/events.js";
import { judge, type Review, type Verdict } from "../../review/change/judge.js";
import { changeOf, nameOf } from "../../review/change/model.js";
import { readPlan, readState } from "../../review/change/state.js";
import type { Category, LabelledChange } from "./change.js";
import { CHANGES, WRITTEN } from "./changes.js";
import { type StoredChange, storedChanges } from "./stored.js";
import { reviewStream, streamOf, type WrittenChange } from "./written.js";

type Label = Pick<LabelledChange, "name" | "category" | "verdict" | "findings" | "unclear" | "assumes">;

/** The moment that every stored change is judged at. */
const NOW_MS = Date.parse("2026-12-01T00:00:00Z");

export interface Judged {
  readonly change: Label;
  readonly verdict: Verdict;
  /** `rule resource`, sorted. */
  readonly findings: readonly string[];
  /** Each difference from the label as a sentence; empty when it is met. */
  readonly misses: readonly string[];
}

export async function reviewOf({ events, state, plan }: StoredChange): Promise<Review> {
  const preview = await readPreview(linesOf(events));
  const { goals } = readPlan(JSON.stringify(plan));
  return judge(changeOf({ preview, goals, state: readState(JSON.stringify(state)) }), { nowMs: NOW_MS });
}

export function reviewOfWritten({ before, after, told, listed }: WrittenChange): Promise<Review> {
  const base = listed && { packages: new Set(listed), mayMove: () => false };
  return reviewStream(streamOf(before, after, told), { nowMs: NOW_MS, base });
}

const linesOf = (events: readonly object[]): AsyncIterable<string> => Readable.from(events.map((event) => `${JSON.stringify(event)}\n`));

/** Every stored change, and every written one, against its label. */
export async function judgedCorpus(): Promise<Judged[]> {
  const stored = storedChanges();
  const all: Judged[] = [];
  for (const change of CHANGES) {
    const recorded = stored.get(change.name);
    if (!recorded) throw new Error(`"${change.name}" is not recorded: run node dist/tools/corpus/record.js`);
    all.push(compared(change, await reviewOf(recorded)));
  }
  for (const change of WRITTEN) all.push(compared(change, await reviewOfWritten(change)));
  return all;
}

function compared(change: Label, { verdict, findings, unjudged, assumptions }: Review): Judged {
  const found = findings.map(({ rule, resource }) => `${rule} ${resource.name}`).sort();
  const missing = change.findings.filter((one) => !found.includes(one));
  const extra = found.filter((one) => !change.findings.includes(one));
  const unclear = unjudged.length > 0;
  const assumed = assumptions.map(({ urn, property, target }) => `${nameOf(urn)} ${property} ${nameOf(target)}`).sort();
  const assumes = change.assumes && [...change.assumes].sort();
  return {
    ...{ change, verdict, findings: found },
    misses: [
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
  "harmless",
];
export const VERDICTS: readonly Verdict[] = ["approve", "needsReview", "block"];

/** The bounds of the corpus: every label is met, and nothing harmless is held up. */
export function failures(all: readonly Judged[]): string[] {
  const wrong = all.filter(({ misses }) => misses.length > 0).length;
  const alarms = all.filter(({ change, verdict }) => change.category === "harmless" && verdict !== "approve").length;
  return [
    ...(wrong === 0 ? [] : [`${wrong} of ${all.length} wrong`]),
    ...(alarms === 0 ? [] : [`${alarms} false alarms on harmless changes`]),
  ];
}
