import { PalisadeError } from "../../contract/errors.js";
import { isRecord } from "../../contract/values.js";
import {
  type ShapeCheck,
  assertShape,
  isRecordOf,
  isFlag,
  isListOf,
  isNumber,
  isText,
  type Json,
  ShapeError,
  isNullish,
  isOptional,
} from "./shape.js";

/** A resource of `pulumi stack export`; the fields that are used. */
export interface RecordedResource {
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
const isPropertyDependencies = isNullish(isRecordOf(isNullish(isTexts)));
const isFrame: ShapeCheck = (value) => isRecord(value) && isOptional(isText)((value as Json)["sourcePosition"]);

const RECORDED = [
  ...(["urn", "type"] as const).map((name) => [name, isText] as const),
  ...(["delete", "external", "protect", "retainOnDelete"] as const).map((name) => [name, isOptional(isFlag)] as const),
  ...(["ignoreChanges", "additionalSecretOutputs", "dependencies"] as const).map((name) => [name, isOptional(isTexts)] as const),
  ...(["inputs", "outputs"] as const).map((name) => [name, isOptional(isRecord)] as const),
  ...([
    ["id", isOptional(isText)] as const,
    ["initErrors", isNullish(isTexts)] as const,
    ["propertyDependencies", isPropertyDependencies] as const,
    ["stackTrace", isOptional(isListOf(isFrame))] as const,
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
  readonly resources: readonly RecordedResource[];
  /** Operations that were cut off: their kind, as `creating`, and the resource's URN. */
  readonly pending: readonly { readonly type: string; readonly urn: string }[];
}

/** Reads `pulumi stack export`. Throws PAL_STATE_UNREADABLE. */
export function parseState(text: string): RecordedState {
  return parseDocument(text, { source: "the state", form: "the output of pulumi stack export" }, (exported) => {
    const { deployment } = assertShape(exported, "", [
      ["version", isNumber],
      ["deployment", isRecord],
    ]) as { deployment: Json };
    assertShape(deployment, "deployment", [
      ["resources", isNullish(Array.isArray)],
      ["pending_operations", isNullish(Array.isArray)],
    ]);
    const { resources, pending_operations } = deployment as { resources?: unknown[] | null; pending_operations?: unknown[] | null };
    return {
      resources: (resources ?? []).map((resource, index) => parseResource(resource, `deployment.resources.${index}`)).sort(compareUrns),
      pending: (pending_operations ?? []).map((operation, index) =>
        parsePendingOperation(operation, `deployment.pending_operations.${index}`),
      ),
    };
  });
}

/** The engine records resources as they are done, which is a race: what is said of a state must not differ by it. Copies that go stay in their order. */
const compareUrns = ({ urn: a }: { urn: string }, { urn: b }: { urn: string }): number => (a < b ? -1 : a > b ? 1 : 0);

/** With what the engine leaves out where it is empty. */
function parseResource(value: unknown, place: string): RecordedResource {
  const recorded = assertShape(value, place, RECORDED) as Json & { inputs?: Json; outputs?: Json; dependencies?: string[] };
  recorded.inputs ??= {};
  recorded.outputs ??= {};
  recorded.dependencies ??= [];
  return recorded as unknown as RecordedResource;
}

function parsePendingOperation(value: unknown, place: string): { type: string; urn: string } {
  const { type, resource } = assertShape(value, place, [["type", isText]]);
  const { urn } = assertShape(resource, `${place}.resource`, [["urn", isText]]);
  return { type: type as string, urn: urn as string };
}

/** Reads it whole. Throws PAL_STATE_UNREADABLE. */
export function parseStateFile(text: string): StateFile {
  parseState(text);
  return JSON.parse(text) as StateFile;
}

export interface Goal {
  /** How the inputs differ from the recorded ones; read for providers only (plugins.ts). */
  readonly inputDiff?: unknown;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly ignoreChanges?: readonly string[] | null;
  readonly additionalSecretOutputs?: readonly string[] | null;
  readonly dependencies?: readonly string[] | null;
  readonly propertyDependencies?: PropertyDependencies | null;
}

const GOAL = [
  ...(["protect", "retainOnDelete"] as const).map((name) => [name, isOptional(isFlag)] as const),
  ...(["ignoreChanges", "additionalSecretOutputs", "dependencies"] as const).map((name) => [name, isNullish(isTexts)] as const),
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
export function parsePlan(text: string): Plan {
  return parseDocument(text, { source: "the plan", form: "a plan of pulumi preview --save-plan" }, (plan) => {
    const { manifest = {}, resourcePlans } = assertShape(plan, "", [
      ["manifest", isOptional(isRecord)],
      ["resourcePlans", isRecord],
    ]) as { manifest?: Json; resourcePlans: Json };
    const { version } = assertShape(manifest, "manifest", [["version", isOptional(isText)]]) as { version?: string };
    const goals = new Map<string, Goal>();
    for (const [urn, planned] of Object.entries(resourcePlans)) {
      const place = `resourcePlans.${urn}`;
      const { goal } = assertShape(planned, place, [["goal", isNullish(isRecord)]]);
      if (goal !== undefined && goal !== null) goals.set(urn, assertShape(goal, `${place}.goal`, GOAL));
    }
    return { goals, madeBy: version?.replace(/^v/, "") };
  });
}

/** @param form what a text of it is called, where it is none */
function parseDocument<R>(text: string, { source, form }: { source: string; form: string }, read: (value: unknown) => R): R {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_STATE_UNREADABLE", `${source} is not JSON`);
  }
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new PalisadeError("PAL_STATE_UNREADABLE", `it is not ${form} (${error.message || "not an object"})`);
  }
}
