import { parseClassName, buildTypeToken } from "../../contract/typeToken.js";
import { Readable } from "node:stream";
import { readPreview } from "../../review/change/previewEvents.js";
import { judge, type JudgeOptions, type Review, type Verdict } from "../../review/change/judge.js";
import { buildChange } from "../../review/change/change.js";
import { parsePlan, parseState } from "../../review/change/state.js";
import type { Category } from "./labelledChange.js";

/** A resource as a program declares it, for streams that are written by hand in the engine's format. */
export interface WrittenResource {
  readonly type: string;
  readonly name: string;
  readonly id?: string;
  /** Types of the components that it is a child of, each with `$` behind it. */
  readonly within?: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  /** Names of the resources that each property comes from. */
  readonly origins?: Readonly<Record<string, readonly string[]>>;
}

export const buildResource = (
  type: string,
  name: string,
  id: string,
  inputs: Record<string, unknown>,
  more: Partial<WrittenResource> = {},
): WrittenResource => ({
  type,
  name,
  id,
  inputs,
  ...more,
});

/** What `pulumi preview --event-log`, `pulumi stack export` and `--save-plan` would have printed. */
export interface Stream {
  readonly events: readonly string[];
  readonly state: string;
  readonly plan: string;
}

export const toTypeToken = (kind: string): string => buildTypeToken(kind);
const buildUrn = ({ type, name, within = "" }: Pick<WrittenResource, "type" | "name" | "within">): string =>
  `urn:pulumi:dev::shop::${within}${type}::${name}`;
const PROVIDER_TYPE = "pulumi:providers:pulumi-nodejs";
const PROVIDER_URN = buildUrn({ type: PROVIDER_TYPE, name: "default" });

export interface StreamOptions {
  /** The stack's configuration, beside the API's address; undefined for what is not set. */
  readonly config?: Readonly<Record<string, string | undefined>>;
  /** What the provider was configured with when the state was written; what a first deployment has not. */
  readonly recordedConfig?: Readonly<Record<string, unknown>>;
  /** Names of resources that are replaced. */
  readonly replaced?: readonly string[];
}

/** A labelled change of which the engine's stream is written by hand. */
export interface WrittenChange {
  readonly name: string;
  readonly category: Category;
  readonly before: readonly WrittenResource[];
  readonly after: readonly WrittenResource[];
  readonly verdict: Verdict;
  /** `rule resource` of each finding, in any order. */
  readonly findings: readonly string[];
  readonly unclear?: true;
  readonly streamOptions?: StreamOptions;
  /** Packages of providers that the commit it is compared with lists. */
  readonly listed?: readonly string[];
}

/** A list of one category. */
export const labelWrittenChanges =
  (category: Category) =>
  (
    entries: readonly [
      name: string,
      before: readonly WrittenResource[],
      after: readonly WrittenResource[],
      verdict: Verdict,
      findings?: readonly string[],
      more?: Partial<Pick<WrittenChange, "unclear" | "streamOptions" | "listed">>,
    ][],
  ): WrittenChange[] =>
    entries.map(([name, before, after, verdict, findings = [], more]) => ({ name, category, before, after, verdict, findings, ...more }));

/** The preview that leads from the recorded resources to the declared ones. */
export function buildStream(
  before: readonly WrittenResource[],
  after: readonly WrittenResource[],
  { config, recordedConfig, replaced = [] }: StreamOptions = {},
): Stream {
  const urns = new Map([...before, ...after].map((one) => [one.name, buildUrn(one)]));
  const olds = new Map(before.map((one) => [buildUrn(one), one]));
  const news = new Map(after.map((one) => [buildUrn(one), one]));
  const steps = [...new Set([...news.keys(), ...olds.keys()])].flatMap((urn) => {
    const [old, now] = [olds.get(urn), news.get(urn)];
    const { type, name } = (now ?? old) as WrittenResource;
    const side = { old: old ? buildResourceState(old) : null, new: now ? { ...buildResourceState(now), id: old?.id ?? "" } : null };
    const step = (op: string, logical: boolean, more: object = {}) => ({ op, urn, type, logical, ...side, ...more });
    if (replaced.includes(name))
      return [step("create-replacement", false), step("replace", true), step("delete-replaced", false, { new: null })];
    const same = JSON.stringify(old?.inputs) === JSON.stringify(now?.inputs);
    return [step(!old ? "create" : !now ? "delete" : same ? "same" : "update", true)];
  });
  const counts: Record<string, number> = {};
  for (const { op, logical } of steps) if (logical) counts[op] = (counts[op] ?? 0) + 1;
  const events = [
    { preludeEvent: { config: { "palisade:apiUrl": "https://console.neon.tech/api/v2", ...config } } },
    ...steps.flatMap((metadata) => [{ resourcePreEvent: { metadata, planning: true } }, { resOutputsEvent: { metadata, planning: true } }]),
    {
      summaryEvent: {
        maybeCorrupt: false,
        durationSeconds: 1,
        resourceChanges: counts,
        PolicyPacks: {},
        isPreview: true,
        result: "succeeded",
      },
    },
  ];
  const options = (one: WrittenResource) => ({
    dependencies: [...new Set(Object.values(one.origins ?? {}).flat())].map((name) => urns.get(name)),
    propertyDependencies: Object.fromEntries(
      Object.entries(one.origins ?? {}).map(([property, names]) => [property, names.map((name) => urns.get(name))]),
    ),
  });
  const provider = recordedConfig && { urn: PROVIDER_URN, type: PROVIDER_TYPE, inputs: recordedConfig };
  const recorded = [...(provider ? [provider] : []), ...before.map((one) => ({ ...buildResourceState(one), ...options(one) }))];
  return {
    events: events.map((event, sequence) => JSON.stringify({ sequence, timestamp: 1_795_000_000, ...event })),
    state: JSON.stringify({ version: 3, deployment: { resources: recorded } }),
    plan: JSON.stringify({ resourcePlans: Object.fromEntries(after.map((one) => [buildUrn(one), { goal: options(one) }])) }),
  };
}

function buildResourceState(one: WrittenResource): Record<string, unknown> {
  const kind = parseClassName(one.type);
  const stored = kind === undefined ? {} : { __provider: `exports.handler=()=>require("@palisade/neon/provider").${kind}` };
  const inputs = { ...one.inputs, ...stored };
  return { type: one.type, urn: buildUrn(one), custom: true, id: one.id ?? "", inputs, outputs: { ...inputs, ...one.outputs } };
}

/** What `palisade review` says of the stream. Throws as its readers do. */
export async function reviewStream({ events, state, plan }: Stream, options: JudgeOptions = {}): Promise<Review> {
  const preview = await readPreview(toLines(events));
  return judge(buildChange({ preview, state: parseState(state), goals: parsePlan(plan).goals }), options);
}

const toLines = (lines: readonly string[]): AsyncIterable<string> => Readable.from(lines.map((line) => `${line}\n`));
