import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";

const Position = z.object({ sourcePosition: z.string().optional() });

/** A resource of `pulumi stack export`; what we do not use is left behind. */
const Recorded = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  /** Read, as by `.get`: declared elsewhere. */
  external: z.boolean().optional(),
  /** Why its last update failed: what is recorded of a half-made object was not all applied. */
  initErrors: z.array(z.string()).nullish(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  ignoreChanges: z.array(z.string()).optional(),
  additionalSecretOutputs: z.array(z.string()).optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  dependencies: z.array(z.string()).default([]),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  stackTrace: z.array(Position).optional(),
});
export type Recorded = z.output<typeof Recorded>;

const Pending = z.object({ type: z.string(), resource: z.object({ urn: z.string() }) });
const Deployment = z.object({
  resources: z.array(Recorded).nullish(),
  pending_operations: z.array(Pending).nullish(),
});
const Exported = z.object({ version: z.number(), deployment: Deployment });

/** The same with all that is in it, for who writes it back. */
export interface StateFile {
  deployment: { resources?: StateResource[]; pending_operations?: unknown[] | null };
}
export interface StateResource {
  urn: string;
  type: string;
  id?: string | undefined;
  inputs?: unknown;
  outputs?: unknown;
  /** Why its last update failed; it is retried while there is any. */
  initErrors?: unknown;
}

/** What Pulumi has recorded of a stack. */
export interface RecordedState {
  readonly resources: readonly Recorded[];
  /** Operations that were cut off: their kind, as `creating`, and the resource's URN. */
  readonly pending: readonly { readonly type: string; readonly urn: string }[];
}

/** Reads `pulumi stack export`. Throws PAL_STATE_UNREADABLE. */
export function readState(text: string): RecordedState {
  const read = Exported.safeParse(parsed(text, "the state"));
  if (!read.success) throw new PalisadeError("PAL_STATE_UNREADABLE", `it is not the output of pulumi stack export (${at(read.error)})`);
  const { resources, pending_operations } = read.data.deployment;
  return { resources: resources ?? [], pending: (pending_operations ?? []).map(({ type, resource: { urn } }) => ({ type, urn })) };
}

/** Reads it whole. Throws PAL_STATE_UNREADABLE. */
export function readStateFile(text: string): StateFile {
  readState(text);
  return JSON.parse(text) as StateFile;
}

const Goal = z.object({
  /** How the inputs differ from the recorded ones; read for providers alone (plugins.ts). */
  inputDiff: z.unknown().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  ignoreChanges: z.array(z.string()).nullish(),
  additionalSecretOutputs: z.array(z.string()).nullish(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});
export type Goal = z.output<typeof Goal>;
const Planned = z.object({
  manifest: z.object({ version: z.string().optional() }).optional(),
  resourcePlans: z.record(z.string(), z.object({ goal: Goal.nullish() })),
});

/** What the program wants of each resource, by URN. */
export type Goals = ReadonlyMap<string, Goal>;

export interface Plan {
  readonly goals: Goals;
  /** The release of the CLI that made it, as `3.245.0`; undefined where it does not say. */
  readonly madeBy: string | undefined;
}

/** Reads a plan that `pulumi preview --save-plan` wrote. Throws PAL_STATE_UNREADABLE. */
export function readPlan(text: string): Plan {
  const read = Planned.safeParse(parsed(text, "the plan"));
  if (!read.success) throw new PalisadeError("PAL_STATE_UNREADABLE", `it is not a plan of pulumi preview --save-plan (${at(read.error)})`);
  const { manifest, resourcePlans } = read.data;
  const goals = new Map(Object.entries(resourcePlans).flatMap(([urn, { goal }]) => (goal ? [[urn, goal] as const] : [])));
  return { goals, madeBy: manifest?.version?.replace(/^v/, "") };
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_STATE_UNREADABLE", `${what} is not JSON`);
  }
}

const at = ({ issues }: z.ZodError): string => issues[0]?.path.join(".") || "not an object";
