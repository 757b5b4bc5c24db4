import { typeTokenOf } from "../../contract/typeToken.js";
import { Readable } from "node:stream";
import { readPreview } from "../../review/change/events.js";
import { judge, type JudgeOptions, type Review } from "../../review/change/judge.js";
import { changeOf } from "../../review/change/model.js";
import { readPlan, readState } from "../../review/change/state.js";
import type { StoredChange } from "../corpus/stored.js";
import type { Recorded, Snapshot, Step } from "./engine.js";

/** What the engine would have told of a preview: its stream of events, the state before, the plan. */

const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const STACK_SIDE = { type: "pulumi:pulumi:Stack", urn: STACK, id: "", parent: "", inputs: {}, outputs: {} };

export function told(name: string, steps: readonly Step[], before: Snapshot, apiUrl: string): StoredChange {
  const isNew = before.size === 0;
  const stack = {
    ...{ op: isNew ? "create" : "same", urn: STACK, type: STACK_SIDE.type, logical: true, detailedDiff: null },
    ...{ old: isNew ? null : STACK_SIDE, new: STACK_SIDE },
  };
  const metadata: { op: string; logical?: boolean }[] = [stack, ...steps.flatMap(eventsOf)];
  const counts: Record<string, number> = {};
  for (const { op, logical } of metadata) if (logical) counts[op] = (counts[op] ?? 0) + 1;
  const events: object[] = [
    { preludeEvent: { config: { "palisade:apiKey": "[secret]", "palisade:apiUrl": apiUrl } } },
    ...metadata.flatMap((one) => [
      { resourcePreEvent: { metadata: beforehand(one), planning: true } },
      { resOutputsEvent: { metadata: one, planning: true } },
    ]),
    { summaryEvent: { maybeCorrupt: false, resourceChanges: counts, PolicyPacks: {}, isPreview: true, result: "succeeded" } },
  ];
  const resources = [
    ...(isNew ? [] : [{ urn: STACK, custom: false, type: STACK_SIDE.type }]),
    ...[...before.values()].map((one) => ({ ...sideOf(one), ...optionsOf(one) })),
  ];
  const plans = steps.map(({ old, wanted }) => {
    const { urn } = (wanted ?? old) as Recorded;
    return [urn, { goal: wanted ? { ...optionsOf(wanted), protect: wanted.options.protect ?? false } : null }] as const;
  });
  return {
    name,
    events: events.map((event, sequence) => ({ sequence, timestamp: 1_795_000_000, ...event })),
    state: { version: 3, deployment: { resources } },
    plan: { resourcePlans: Object.fromEntries(plans) },
  };
}

/** The first of the two events of a step knows no id and no outputs yet. */
function beforehand(metadata: object): object {
  const { new: next } = metadata as { new?: object | null };
  return next ? { ...metadata, new: { ...next, id: "", outputs: {} } } : metadata;
}

function eventsOf({ op, old, wanted }: Step): { op: string; logical?: boolean }[] {
  const { urn, kind } = (wanted ?? old) as Recorded;
  const step = (name: string, logical: boolean, more: object = {}) => ({
    ...{ op: name, urn, type: typeOf(kind), detailedDiff: null, ...(logical && { logical }) },
    ...{ old: old ? sideOf(old) : null, new: wanted ? sideOf(wanted) : null },
    ...more,
  });
  if (op !== "replace") return [step(op, true)];
  const condemned = { ...sideOf(old as Recorded), delete: true };
  return [
    step("create-replacement", false, { old: condemned }),
    step("replace", true, { old: condemned }),
    step("delete-replaced", false, { old: condemned, new: null }),
  ];
}

const typeOf = (kind: string): string => typeTokenOf(kind);

const sideOf = ({ urn, kind, id, inputs, outputs, options: { protect, retainOnDelete } }: Recorded) => ({
  ...{ type: typeOf(kind), urn, custom: true, id, parent: STACK, inputs, outputs },
  ...(protect && { protect }),
  ...(retainOnDelete && { retainOnDelete }),
});

const optionsOf = ({ options: { ignoreChanges, retainOnDelete }, origins, dependencies }: Recorded) => ({
  ...{ dependencies, propertyDependencies: origins },
  ...(ignoreChanges && { ignoreChanges }),
  ...(retainOnDelete && { retainOnDelete }),
});

/** What `palisade review` says of it. @throws as its readers do */
export async function reviewOf({ events, state, plan }: StoredChange, options: JudgeOptions = {}): Promise<Review> {
  const preview = await readPreview(Readable.from(events.map((event) => `${JSON.stringify(event)}\n`)));
  return judge(changeOf({ preview, state: readState(JSON.stringify(state)), goals: readPlan(JSON.stringify(plan)).goals }), options);
}
