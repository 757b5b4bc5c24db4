import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Stack, State } from "../pulumi/stack.js";
import type { RecordedChange } from "./recordedChanges.js";

/** Many changes in one stack: each one's resources bear its prefix in their names, by which what the engine tells is taken apart again. */

/** Names of one change's resources, and of aliases, get its prefix; nothing else of the programs changes. */
export const buildCombinedProgram = (bodies: readonly (readonly [prefix: string, body: string])[]): string => `
const palisade = require("@palisade/neon");
const pulumi = require("@pulumi/pulumi");
function scoped(prefix) {
  const N = (name) => prefix + name;
  const named = (opts) => opts && opts.aliases ? { ...opts, aliases: opts.aliases.map(({ name }) => ({ name: N(name) })) } : opts;
  const neon = Object.fromEntries(Object.entries(palisade).map(([kind, Class]) => [kind, typeof Class !== "function" ? Class :
    class extends Class { constructor(name, args, opts) { super(N(name), args, named(opts)); } }]));
  return { neon, N };
}
${bodies.map(([prefix, body]) => `(function ({ neon, N }) {\n${body}\n})(scoped(${JSON.stringify(prefix)}));`).join("\n")}
`;

export type Plan = { resourcePlans: Record<string, unknown> } & Record<string, unknown>;

/** @throws when the preview fails */
export async function previewWithPlan(stack: Stack): Promise<{ events: EngineEvent[]; plan: Plan }> {
  const file = join(stack.root, "plan.json");
  const { events } = await stack.preview({ args: ["--save-plan", file], check: true, deadlineMs: 900_000 });
  return { events, plan: JSON.parse(readFileSync(file, "utf8")) as Plan };
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/** What of it is about one prefix, which is taken off; and what tells of this machine. */
export function extractPart(
  name: string,
  prefix: string,
  events: readonly EngineEvent[],
  { version, deployment }: State,
  plan: Plan,
): RecordedChange {
  const mine = (urn: string): boolean => urn.includes(`::${prefix}`) || urn.includes(`::${STACK_TYPE}::`);
  const kept: object[] = [];
  const counts: Record<string, number> = {};
  for (const event of events) {
    const { metadata } = event.resourcePreEvent ?? event.resOutputsEvent ?? {};
    if (event.preludeEvent) kept.push(event);
    if (metadata === undefined || !mine(metadata.urn)) continue;
    kept.push(event);
    // As the engine counts: no default provider.
    const isDefault = metadata.urn.includes("::pulumi:providers:") && metadata.urn.includes("::default");
    if (event.resourcePreEvent && metadata.logical === true && !isDefault) counts[metadata.op] = (counts[metadata.op] ?? 0) + 1;
  }
  const last = events.find(({ summaryEvent }) => summaryEvent !== undefined) as EngineEvent;
  kept.push({ ...last, summaryEvent: { ...last.summaryEvent, resourceChanges: counts } });
  const resources = (deployment.resources ?? []).filter(({ urn }) => mine(urn));
  const plans = Object.entries(plan.resourcePlans).filter(([urn]) => mine(urn));
  const change = { name, events: kept, state: { version, deployment: { resources } }, plan: { resourcePlans: Object.fromEntries(plans) } };
  return JSON.parse(
    JSON.stringify(change, (key, value: unknown) => (UNUSED.has(key) ? undefined : value)).replaceAll(prefix, ""),
  ) as RecordedChange;
}

/** Times, places in files, and what the reader leaves behind. */
const UNUSED = new Set(["stackTrace", "sourcePosition", "created", "modified", "seed", "durationSeconds", "provider"]);
