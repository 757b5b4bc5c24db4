import { z } from "zod";
import type { Properties } from "../../provider/introspection.js";
import type { Goals, RecordedState } from "./state.js";

/** A plugin that the engine starts for a stack: the code of a provider, which gets the provider's configuration and the inputs of its resources. */
export interface Plugin {
  /** Of the provider resource that asks for it. */
  readonly urn: string;
  /** `aws` of `pulumi:providers:aws`. */
  readonly package: string;
  /** undefined takes whichever is installed. */
  readonly version: string | undefined;
  /** Where it comes from, when that is not Pulumi's own place: an address, another name, a parameterization. */
  readonly source: string | undefined;
}

export interface Plugins {
  /** Of the state before the change; undefined without a state. */
  readonly recorded: readonly Plugin[] | undefined;
  /** Of the plan, default providers as well, which a preview's events leave out; undefined without a plan. */
  readonly planned: readonly Plugin[] | undefined;
}

/** Which plugins run for the stack before and after a change. */
export function listPlugins(state: RecordedState | undefined, goals: Goals | undefined): Plugins {
  const recorded = state?.resources.filter(({ type, delete: leftover }) => isProvider(type) && leftover !== true);
  const before = new Map<string, Properties>(recorded?.map(({ urn, inputs }) => [urn, inputs]));
  // Few of thousands of URNs speak of a provider: only those are taken apart.
  const planned = goals && [...goals].filter(([urn]) => urn.includes(PROVIDER) && isProvider(getType(urn)));
  return {
    recorded: recorded?.map(({ urn, inputs }) => toPlugin(urn, inputs)),
    planned: planned?.map(([urn, goal]) => toPlugin(urn, applyInputDiff(before.get(urn) ?? {}, goal.inputDiff))),
  };
}

const PROVIDER = "pulumi:providers:";
const isProvider = (type: string): boolean => type.startsWith(PROVIDER);

/** `pulumi:providers:aws` of `urn:pulumi:dev::shop::my:component$pulumi:providers:aws::name`. */
const getType = (urn: string): string => (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";

/** What the plan says of a resource's inputs: the difference from what is recorded, by name (`PlanDiffV1` of Pulumi). */
const InputDiff = z.object({
  adds: z.record(z.string(), z.unknown()).nullish(),
  updates: z.record(z.string(), z.unknown()).nullish(),
  deletes: z.array(z.string()).nullish(),
});

function applyInputDiff(before: Properties, difference: unknown): Properties {
  const read = InputDiff.safeParse(difference ?? {});
  // A form that is not known may hide another source: it is one that nobody has recorded.
  if (!read.success) return { [INTERNAL]: { unreadable: true } };
  const { adds, updates, deletes } = read.data;
  const gone = new Set(deletes ?? []);
  return { ...Object.fromEntries(Object.entries(before).filter(([name]) => !gone.has(name))), ...adds, ...updates };
}

/** Where the engine keeps what it alone needs to find a plugin (`internalKey` in providers/registry.go); older states have it at the top. */
const INTERNAL = "__internal";
const Origin = z.object({ name: z.unknown(), pluginDownloadURL: z.unknown(), parameterization: z.unknown(), unreadable: z.unknown() });

function toPlugin(urn: string, inputs: Properties): Plugin {
  const internal = Origin.partial().safeParse(inputs[INTERNAL] ?? {});
  const origin = internal.success ? internal.data : { unreadable: true };
  const said = { pluginDownloadURL: inputs["pluginDownloadURL"], ...origin };
  const parts = Object.entries(said).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const version = inputs["version"];
  return {
    urn,
    package: getType(urn).slice(PROVIDER.length),
    version: version === undefined || version === "" ? undefined : typeof version === "string" ? version : JSON.stringify(version),
    source: parts.length === 0 ? undefined : JSON.stringify(Object.fromEntries(parts.sort())),
  };
}
