import { PalisadeError } from "../../contract/errors.js";
import { findKind, type Properties, REDACTED, isProperties, isSecret, type Kind } from "../../provider/introspection.js";
import { isPendingDeletion, type Preview, type StepState, type PreviewStep } from "./previewEvents.js";
import { type Plugins, listPlugins } from "./plugins.js";
import type { Goal, Goals, RecordedResource, RecordedState } from "./state.js";

/** A resource on one side of a change. */
export interface Declared {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  /** Class of the catalogue; undefined for what other providers own. */
  readonly kind: Kind | undefined;
  /** undefined before it is created. */
  readonly id: string | undefined;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** Read, as by `.get`: the stack does not own it. */
  readonly external: boolean;
  /** Its creation failed partway: its inputs may never have been applied. */
  readonly isPartiallyCreated: boolean;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** undefined where neither state nor plan is at hand to say. */
  readonly ignoreChanges: readonly string[] | undefined;
  readonly secretOutputs: readonly string[] | undefined;
  /** URNs that it depends on, by property; and all of them. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
  readonly dependencies: readonly string[];
  /** Where the recorded program declared it: `index.ts:12`. */
  readonly declaredAt: string | undefined;
}

export interface ResourceChange {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly kind: Kind | undefined;
  /** Groups resources and has no object of its own. */
  readonly isComponent: boolean;
  readonly op: "create" | "update" | "same" | "delete" | "replace" | "read";
  readonly before: Declared | undefined;
  readonly after: Declared | undefined;
  /** Of a replacement: whether the old object goes before the new one is made. */
  readonly deleteBeforeReplace: boolean;
}

/** A stack's change: what is recorded, and what the program wants. */
export interface Change {
  readonly resources: readonly ResourceChange[];
  readonly preview: Preview;
  /** What the provider was configured with when the state was written, as far as it is no secret; undefined without a state. */
  readonly recordedConfig: Readonly<Record<string, string>> | undefined;
  /** Operations that an earlier update left unfinished. */
  readonly pending: RecordedState["pending"];
  /** Whether the options that only state and plan tell are known. */
  readonly optionsKnown: boolean;
  readonly plugins: Plugins;
}

export interface ChangeSources {
  preview: Preview;
  /** `pulumi stack export`, for what events do not show of the recorded side. */
  state?: RecordedState | undefined;
  /** `pulumi preview --save-plan`, the same for the declared side. */
  goals?: Goals | undefined;
}

export function buildChange({ preview, state, goals }: ChangeSources): Change {
  const recorded = new Map(state?.resources.filter((resource) => resource.delete !== true).map((resource) => [resource.urn, resource]));
  const byUrn = new Map<string, PreviewStep[]>();
  for (const step of preview.steps) {
    // What an earlier replacement left to delete is not what stands under this name.
    if (isPendingDeletion(step)) continue;
    const steps = byUrn.get(step.urn);
    if (steps) steps.push(step);
    else byUrn.set(step.urn, [step]);
  }
  const resources = [...byUrn.values()].flatMap((steps) => buildResourceChange(steps, recorded, goals) ?? []);
  const optionsKnown = resources.every(hasOptions);
  const plugins = listPlugins(state, goals);
  return { resources, preview, recordedConfig: state && findRecordedConfig(state), pending: state?.pending ?? [], optionsKnown, plugins };
}

/** State and plan may be of another moment than the preview. */
const hasOptions = ({ kind, before, after }: ResourceChange): boolean =>
  kind === undefined || [before, after].every((side) => side === undefined || side.external || side.ignoreChanges !== undefined);

/** Of the default provider; undefined where the state has none, which a new stack has not. */
function findRecordedConfig({ resources }: RecordedState): Record<string, string> | undefined {
  const provider = resources.find(({ urn, type }) => type === "pulumi:providers:pulumi-nodejs" && urn.includes("::default"));
  return (
    provider &&
    Object.fromEntries(
      Object.entries(provider.inputs).flatMap(([name, value]) => {
        if (isSecret(value)) return [[name, REDACTED] as const];
        return typeof value === "string" ? [[name, value] as const] : [];
      }),
    )
  );
}

const REMOVES = new Set(["delete", "discard"]);
const REPLACES = new Set([
  "replace",
  "create-replacement",
  "delete-replaced",
  "import-replacement",
  "read-replacement",
  "discard-replaced",
]);

/** undefined where nothing of the stack's own is concerned: what was only read is no longer read. */
function buildResourceChange(
  steps: readonly PreviewStep[],
  recorded: ReadonlyMap<string, RecordedResource>,
  goals: Goals | undefined,
): ResourceChange | undefined {
  const [{ urn, type }] = steps as [PreviewStep];
  const planned = steps.filter(({ op }) => op !== "refresh");
  const refreshed = steps.find(({ op }) => op === "refresh");
  const old = planned.find((step) => step.old)?.old ?? refreshed?.new ?? undefined;
  const removed = planned.every(({ op }) => REMOVES.has(op));
  const next = removed ? undefined : ([...planned].reverse().find((step) => step.new)?.new ?? undefined);
  const isRead = next?.external === true;
  // The engine replaces what was read by what is managed, but deletes only what it owns: nothing goes.
  const owned = old?.external === true && !isRead ? undefined : old;
  if (owned === undefined && next === undefined) return undefined;
  // What is read, and was not owned, is there before and after, whether or not it was read before.
  const isOnlyRead = isRead && (owned === undefined || owned.external === true);
  const op = isOnlyRead ? "read" : computeOperation(planned, owned, next);
  // What replaces another is not made yet.
  const after = next && toDeclared(next, goals?.get(urn), op === "replace" ? "" : isRead ? next.id : owned?.id);
  const before = isOnlyRead ? after : owned && toDeclared(owned, recorded.get(owned.urn));
  const isComponent = (next ?? old)?.custom !== true && !type.startsWith("pulumi:pulumi:");
  return {
    urn,
    type,
    name: getUrnName(urn),
    kind: findKind(type),
    isComponent,
    op,
    before,
    after,
    deleteBeforeReplace: isDeletedFirst(planned),
  };
}

/** `deleteBeforeReplace`: the old object goes before the new one is made. */
const isDeletedFirst = (steps: readonly PreviewStep[]): boolean => {
  const [removed, made] = ["delete-replaced", "create-replacement"].map((wanted) => steps.findIndex(({ op }) => op === wanted));
  return removed !== undefined && made !== undefined && removed >= 0 && removed < made;
};

function computeOperation(
  steps: readonly PreviewStep[],
  before: StepState | undefined,
  after: StepState | undefined,
): ResourceChange["op"] {
  if (after === undefined) return "delete";
  if (before === undefined) return "create";
  if (steps.some(({ op }) => REPLACES.has(op))) return "replace";
  if (after.external === true) return "read";
  return steps.some(({ op }) => op === "update") ? "update" : "same";
}

/** Metadata of a resource that only the state and the plan hold. */
type KnownMetadata = Pick<Goal, "ignoreChanges" | "additionalSecretOutputs" | "dependencies" | "propertyDependencies"> &
  Pick<Partial<RecordedResource>, "stackTrace" | "initErrors">;

/** Written out, because it is done twice for each of thousands of resources. */
function toDeclared(side: StepState, known: KnownMetadata | undefined, id = side.id): Declared {
  const origins = Object.entries(known?.propertyDependencies ?? {}).map(([name, urns]) => [name, urns ?? []] as const);
  return {
    urn: side.urn,
    name: getUrnName(side.urn),
    type: side.type,
    kind: findKind(side.type),
    id: id === "" ? undefined : id,
    inputs: toProperties(side.inputs),
    outputs: toProperties(side.outputs),
    isPartiallyCreated: (known?.initErrors ?? []).length > 0,
    external: side.external ?? false,
    protect: side.protect ?? false,
    retainOnDelete: side.retainOnDelete ?? false,
    ignoreChanges: known && (known.ignoreChanges ?? []),
    secretOutputs: known && (known.additionalSecretOutputs ?? []),
    origins: Object.fromEntries(origins),
    dependencies: known?.dependencies ?? [],
    declaredAt: findDeclaredAt(known?.stackTrace ?? []),
  };
}

/** A resource of the state alone, as it is recorded. */
export const toRecordedDeclared = (recorded: RecordedResource): Declared => toDeclared(recorded, recorded);

const toProperties = (value: unknown): Properties => (isProperties(value) ? value : {});

/** The first frame that is the user's own: not of a package, not of ours. `project:///index.ts#12,3` -> `index.ts:12`. */
function findDeclaredAt(trace: readonly { sourcePosition?: string | undefined }[]): string | undefined {
  for (const { sourcePosition } of trace) {
    const [, path, line] = /^project:\/\/\/(?!\.\.\/)([^#]+)#(\d+)/.exec(sourcePosition ?? "") ?? [];
    if (path !== undefined && line !== undefined && !path.includes("node_modules/")) return `${path}:${line}`;
  }
  return undefined;
}

/** URN of the stack itself. */
export const getStackUrn = (resources: readonly Pick<ResourceChange, "type" | "urn">[]): string =>
  resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.urn ?? "the stack";

/** Whether a resource of another provider changes. Components group resources, and what is only read stays as it is. */
export const isOfOtherProvider = ({ op, kind, type, isComponent }: ResourceChange): boolean =>
  op !== "same" && op !== "read" && kind === undefined && !isComponent && !type.startsWith("pulumi:");

export const getUrnName = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** `project/stack`, as every URN of the stack says it: `urn:pulumi:dev::shop::…`. */
export function getStackName({ resources }: Change): string {
  const [, stack, project] = /^urn:pulumi:(.+?)::(.+?)::/.exec(resources[0]?.urn ?? "") ?? [];
  if (stack === undefined || project === undefined)
    throw new PalisadeError("PAL_PREVIEW_INCOMPLETE", "it holds no resource, not even the stack");
  return `${project}/${stack}`;
}
