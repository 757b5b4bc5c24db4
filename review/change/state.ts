import { PalisadeError } from "../../contract/errors.js";
import {
  type Check,
  checkedAt,
  isBagOf,
  isBagOfAny,
  isFlag,
  isListOf,
  isNumber,
  isText,
  type Json,
  Misfit,
  nullish,
  optional,
} from "./shape.js";

/** A resource of `pulumi stack export`; the fields that are used. */
export interface Recorded {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly delete?: boolean;
  /** Read, as by `.get`: declared elsewhere. */
  readonly external?: boolean;
  /** Why its last update failed: what is recorded of a half-made object was not all applied. */
  readonly initErrors?: readonly string[] | null;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  readonly inputs: Json;
  readonly outputs: Json;
  readonly dependencies: readonly string[];
  readonly propertyDependencies?: PropertyDependencies | null;
  readonly stackTrace?: readonly { readonly sourcePosition?: string }[];
}

type PropertyDependencies = Readonly<Record<string, readonly string[] | null>>;

const isTexts = isListOf(isText);
const isPropertyDependencies = nullish(isBagOf(nullish(isTexts)));
const isFrame: Check = (value) => isBagOfAny(value) && optional(isText)((value as Json)["sourcePosition"]);

const RECORDED = [
  ...(["urn", "type"] as const).map((name) => [name, isText] as const),
  ...(["delete", "external", "protect", "retainOnDelete"] as const).map((name) => [name, optional(isFlag)] as const),
  ...(["ignoreChanges", "additionalSecretOutputs", "dependencies"] as const).map((name) => [name, optional(isTexts)] as const),
  ...(["inputs", "outputs"] as const).map((name) => [name, optional(isBagOfAny)] as const),
  ...([
    ["id", optional(isText)] as const,
    ["initErrors", nullish(isTexts)] as const,
    ["propertyDependencies", isPropertyDependencies] as const,
    ["stackTrace", optional(isListOf(isFrame))] as const,
  ] as const),
];

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
  return readJson(text, { source: "the state", form: "the output of pulumi stack export" }, (exported) => {
    const { deployment } = checkedAt(exported, "", [
      ["version", isNumber],
      ["deployment", isBagOfAny],
    ]) as { deployment: Json };
    checkedAt(deployment, "deployment", [
      ["resources", nullish(Array.isArray)],
      ["pending_operations", nullish(Array.isArray)],
    ]);
    const { resources, pending_operations } = deployment as { resources?: unknown[] | null; pending_operations?: unknown[] | null };
    return {
      resources: (resources ?? []).map((resource, index) => recordedAt(resource, `deployment.resources.${index}`)),
      pending: (pending_operations ?? []).map((operation, index) => pendingAt(operation, `deployment.pending_operations.${index}`)),
    };
  });
}

/** With what the engine leaves out where it is empty. */
function recordedAt(value: unknown, place: string): Recorded {
  const recorded = checkedAt(value, place, RECORDED) as Json & { inputs?: Json; outputs?: Json; dependencies?: string[] };
  recorded.inputs ??= {};
  recorded.outputs ??= {};
  recorded.dependencies ??= [];
  return recorded as unknown as Recorded;
}

function pendingAt(value: unknown, place: string): { type: string; urn: string } {
  const { type, resource } = checkedAt(value, place, [["type", isText]]);
  const { urn } = checkedAt(resource, `${place}.resource`, [["urn", isText]]);
  return { type: type as string, urn: urn as string };
}

/** Reads it whole. Throws PAL_STATE_UNREADABLE. */
export function readStateFile(text: string): StateFile {
  readState(text);
  return JSON.parse(text) as StateFile;
}

export interface Goal {
  /** How the inputs differ from the recorded ones; read for providers alone (plugins.ts). */
  readonly inputDiff?: unknown;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly ignoreChanges?: readonly string[] | null;
  readonly additionalSecretOutputs?: readonly string[] | null;
  readonly dependencies?: readonly string[] | null;
  readonly propertyDependencies?: PropertyDependencies | null;
}

const GOAL = [
  ...(["protect", "retainOnDelete"] as const).map((name) => [name, optional(isFlag)] as const),
  ...(["ignoreChanges", "additionalSecretOutputs", "dependencies"] as const).map((name) => [name, nullish(isTexts)] as const),
  ["propertyDependencies", isPropertyDependencies] as const,
];

/** What the program wants of each resource, by URN. */
export type Goals = ReadonlyMap<string, Goal>;

export interface Plan {
  readonly goals: Goals;
  /** The release of the CLI that made it, as `3.245.0`; undefined where it does not say. */
  readonly madeBy: string | undefined;
}

/** Reads a plan that `pulumi preview --save-plan` wrote. Throws PAL_STATE_UNREADABLE. */
export function readPlan(text: string): Plan {
  return readJson(text, { source: "the plan", form: "a plan of pulumi preview --save-plan" }, (plan) => {
    const { manifest = {}, resourcePlans } = checkedAt(plan, "", [
      ["manifest", optional(isBagOfAny)],
      ["resourcePlans", isBagOfAny],
    ]) as { manifest?: Json; resourcePlans: Json };
    const { version } = checkedAt(manifest, "manifest", [["version", optional(isText)]]) as { version?: string };
    const goals = new Map<string, Goal>();
    for (const [urn, planned] of Object.entries(resourcePlans)) {
      const place = `resourcePlans.${urn}`;
      const { goal } = checkedAt(planned, place, [["goal", nullish(isBagOfAny)]]);
      if (goal !== undefined && goal !== null) goals.set(urn, checkedAt(goal, `${place}.goal`, GOAL));
    }
    return { goals, madeBy: version?.replace(/^v/, "") };
  });
}

/** @param form what a text of it is called, where it is none */
function readJson<R>(text: string, { source, form }: { source: string; form: string }, read: (value: unknown) => R): R {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_STATE_UNREADABLE", `${source} is not JSON`);
  }
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new PalisadeError("PAL_STATE_UNREADABLE", `it is not ${form} (${error.message || "not an object"})`);
  }
}
