import { buildTypeToken } from "../../contract/typeToken.js";
import { Readable } from "node:stream";
import { readPreview } from "../../review/change/previewEvents.js";
import { judge, type JudgeOptions, type Review } from "../../review/change/judge.js";
import { buildChange } from "../../review/change/change.js";
import { parsePlan, parseState } from "../../review/change/state.js";
import type { RecordedChange } from "../corpus/recordedChanges.js";
import type { RecordedResource, Snapshot, Step } from "./engineModel.js";

/** What the engine would have reported of a preview: its stream of events, the state before, the plan. */

const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const STACK_SIDE = { type: "pulumi:pulumi:Stack", urn: STACK, id: "", parent: "", inputs: {}, outputs: {} };

export function buildPreview(name: string, steps: readonly Step[], before: Snapshot, apiUrl: string): RecordedChange {
  const isNew = before.size === 0;
  const stack = {
    op: isNew ? "create" : "same",
    urn: STACK,
    type: STACK_SIDE.type,
    logical: true,
    detailedDiff: null,
    old: isNew ? null : STACK_SIDE,
    new: STACK_SIDE,
  };
  const metadata: { op: string; logical?: boolean }[] = [stack, ...steps.flatMap(buildEvents)];
  const counts: Record<string, number> = {};
  for (const { op, logical } of metadata) if (logical) counts[op] = (counts[op] ?? 0) + 1;
  const events: object[] = [
    { preludeEvent: { config: { "palisade:apiKey": "[secret]", "palisade:apiUrl": apiUrl } } },
    ...metadata.flatMap((one) => [
      { resourcePreEvent: { metadata: removeOutputs(one), planning: true } },
      { resOutputsEvent: { metadata: one, planning: true } },
    ]),
    { summaryEvent: { maybeCorrupt: false, resourceChanges: counts, PolicyPacks: {}, isPreview: true, result: "succeeded" } },
  ];
  const resources = [
    ...(isNew ? [] : [{ urn: STACK, custom: false, type: STACK_SIDE.type }]),
    ...[...before.values()].map((one) => ({ ...buildResourceState(one), ...buildGoal(one) })),
  ];
  const plans = steps.map(({ before: old, after: wanted }) => {
    const { urn } = (wanted ?? old) as RecordedResource;
    return [urn, { goal: wanted ? { ...buildGoal(wanted), protect: wanted.options.protect ?? false } : null }] as const;
  });
  return {
    name,
    events: events.map((event, sequence) => ({ sequence, timestamp: 1_795_000_000, ...event })),
    state: { version: 3, deployment: { resources } },
    plan: { resourcePlans: Object.fromEntries(plans) },
  };
}

/** The first of the two events of a step knows no id and no outputs yet. */
function removeOutputs(metadata: object): object {
  const { new: next } = metadata as { new?: object | null };
  return next ? { ...metadata, new: { ...next, id: "", outputs: {} } } : metadata;
}

function buildEvents({ op, before: old, after: wanted }: Step): { op: string; logical?: boolean }[] {
  const { urn, kind } = (wanted ?? old) as RecordedResource;
  const step = (name: string, logical: boolean, more: object = {}) => ({
    op: name,
    urn,
    type: getTypeToken(kind),
    detailedDiff: null,
    ...(logical && { logical }),
    old: old ? buildResourceState(old) : null,
    new: wanted ? buildResourceState(wanted) : null,
    ...more,
  });
  if (op !== "replace") return [step(op, true)];
  const deleted = { ...buildResourceState(old as RecordedResource), delete: true };
  return [
    step("create-replacement", false, { old: deleted }),
    step("replace", true, { old: deleted }),
    step("delete-replaced", false, { old: deleted, new: null }),
  ];
}

const getTypeToken = (kind: string): string => buildTypeToken(kind);

const buildResourceState = ({ urn, kind, id, inputs, outputs, options: { protect, retainOnDelete } }: RecordedResource) => ({
  type: getTypeToken(kind),
  urn,
  custom: true,
  id,
  parent: STACK,
  inputs,
  outputs,
  ...(protect && { protect }),
  ...(retainOnDelete && { retainOnDelete }),
});

const buildGoal = ({ options: { ignoreChanges, retainOnDelete }, origins, dependencies }: RecordedResource) => ({
  dependencies,
  propertyDependencies: origins,
  ...(ignoreChanges && { ignoreChanges }),
  ...(retainOnDelete && { retainOnDelete }),
});

/** What `palisade review` says of it. @throws as its readers do */
export async function reviewPreview({ events, state, plan }: RecordedChange, options: JudgeOptions = {}): Promise<Review> {
  const preview = await readPreview(Readable.from(events.map((event) => `${JSON.stringify(event)}\n`)));
  return judge(buildChange({ preview, state: parseState(JSON.stringify(state)), goals: parsePlan(JSON.stringify(plan)).goals }), options);
}
