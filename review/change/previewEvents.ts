import { PalisadeError } from "../../contract/errors.js";
import { isRecord } from "../../contract/values.js";
import { assertShape, isRecordOf, isFlag, isNumber, isText, type Json, ShapeError, isNullish, assertObject, isOptional } from "./shape.js";

/** A resource on one side of a step, as the engine's events show it; the fields that are used. */
export interface StepState {
  readonly type: string;
  readonly urn: string;
  readonly id?: string;
  /** Left out of a component, which groups resources and is none itself. */
  readonly custom?: boolean;
  /** Read, as by `.get` or a StackReference: the stack does not own it. */
  readonly external?: boolean;
  readonly delete?: boolean;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly parent?: string;
  readonly inputs?: Json | null;
  readonly outputs?: Json | null;
}

export interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly old?: StepState | null;
  readonly new?: StepState | null;
  /** Whether the summary counts it: of a replacement one step of three. */
  readonly logical?: boolean;
}

/** What a policy pack objected to. */
export interface PolicyViolation {
  readonly policy: string;
  readonly pack: string;
  readonly level: string;
  readonly urn: string | undefined;
  /** The policy's own words. */
  readonly message: string;
}

/** A preview of a change. */
export interface Preview {
  readonly steps: readonly PreviewStep[];
  /** The stack's configuration; secrets are blinded by the engine. */
  readonly config: Readonly<Record<string, string>>;
  /** Policy packs that ran, with their versions. */
  readonly policyPacks: Readonly<Record<string, string>>;
  readonly violations: readonly PolicyViolation[];
  /** Resources whose inputs a policy pack rewrote. */
  readonly remediated: readonly string[];
  /** Whether a mandatory policy refuses the change: the steps are whole, and Pulumi calls the preview failed and writes no plan. */
  readonly refusedByPolicy: boolean;
}

const SIDE = [
  ...([["type", isText] as const, ["urn", isText] as const, ["id", isOptional(isText)] as const] as const),
  ...(["custom", "external", "delete", "protect", "retainOnDelete"] as const).map((name) => [name, isOptional(isFlag)] as const),
  ...([
    ["parent", isOptional(isText)] as const,
    ["inputs", isNullish(isRecord)] as const,
    ["outputs", isNullish(isRecord)] as const,
  ] as const),
];
const STEP = [["op", isText] as const, ["urn", isText] as const, ["type", isText] as const, ["logical", isOptional(isFlag)] as const];
const LINE = [["sequence", isNumber] as const, ["timestamp", isNumber] as const];
const PRELUDE = [["config", isRecordOf(isText)] as const];
const DIAGNOSTIC = [["message", isText] as const, ["severity", isText] as const, ["urn", isOptional(isText)] as const];
const REMEDIATION = [["policyName", isText] as const, ["resourceUrn", isOptional(isText)] as const];
const POLICY = [
  ...REMEDIATION,
  ...([["policyPackName", isText] as const, ["enforcementLevel", isText] as const, ["message", isOptional(isText)] as const] as const),
];
const SUMMARY = [
  ["resourceChanges", isRecordOf(isNumber)] as const,
  ["PolicyPacks", isNullish(isRecordOf(isText))] as const,
  ["isPreview", isOptional(isFlag)] as const,
  ["result", isOptional(isText)] as const,
];

interface Summary {
  readonly resourceChanges: Readonly<Record<string, number>>;
  readonly PolicyPacks?: Readonly<Record<string, string>> | null;
  readonly isPreview?: boolean;
  readonly result?: string;
}

/** All that Pulumi says of a preview in which nothing but a mandatory policy objects. */
const REFUSED = "preview failed";

const MOST_LINE_CHARACTERS = 64 * 1024 * 1024;
const MOST_EVENTS = 2_000_000;

/**
 * Reads a preview's event stream, one JSON object a line (`EngineEvent` of Pulumi). Nothing but a whole preview passes, successful or refused
 * by a mandatory policy: half of a stream, or none, is not "no changes". Throws PAL_PREVIEW_UNREADABLE, PAL_PREVIEW_INCOMPLETE, PAL_PREVIEW_FAILED.
 */
export async function readPreview(chunks: AsyncIterable<string>): Promise<Preview> {
  const reading = new PreviewReader();
  for await (const lines of splitLines(chunks)) for (const line of lines) reading.addLine(line);
  return reading.finish();
}

class PreviewReader {
  readonly #steps = new Map<string, PreviewStep>();
  readonly #counted: Record<string, number> = {};
  readonly #errors: string[] = [];
  readonly #violations: PolicyViolation[] = [];
  readonly #remediated: string[] = [];
  #config: Preview["config"] | undefined;
  #summary: Summary | undefined;
  #count = 0;

  addLine(line: string): void {
    this.#count += 1;
    if (this.#count > MOST_EVENTS) throw createUnreadableError(`it has more than ${MOST_EVENTS} lines`);
    try {
      this.#addEvent(assertShape(parseLine(line, this.#count), "", LINE));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw createUnreadableError(`line ${this.#count} is not an event of Pulumi's engine (${error.message || "not an object"})`);
    }
  }

  finish(): Preview {
    const refusedByPolicy = this.#violations.some(({ level }) => level === "mandatory");
    const error = this.#errors.find((message) => !(refusedByPolicy && message === REFUSED));
    if (error !== undefined) throw new PalisadeError("PAL_PREVIEW_FAILED", getFirstLine(error));
    if (this.#config === undefined) throw createIncompleteError("it does not begin with the prelude of a preview");
    if (this.#summary === undefined) throw createIncompleteError("it ends before the summary");
    const { resourceChanges, isPreview, result, PolicyPacks } = this.#summary;
    if (isPreview === false) throw createUnreadableError("it tells of an update that was made, not of a preview");
    if (result !== undefined && result !== "succeeded" && !refusedByPolicy)
      throw new PalisadeError("PAL_PREVIEW_FAILED", `it ended as "${result}"`);
    for (const op of new Set([...Object.keys(resourceChanges), ...Object.keys(this.#counted)]))
      assertCountsAgree(op, resourceChanges[op] ?? 0, this.#counted[op] ?? 0);
    const steps = [...this.#steps.values()];
    assertNoContradiction(steps);
    return {
      steps,
      config: this.#config,
      policyPacks: PolicyPacks ?? {},
      refusedByPolicy,
      violations: this.#violations,
      remediated: this.#remediated,
    };
  }

  #addEvent(event: Json): void {
    const { preludeEvent, resourcePreEvent, resOutputsEvent, diagnosticEvent, policyEvent, policyRemediationEvent, summaryEvent } = event;
    if (preludeEvent !== undefined)
      this.#config = assertShape(preludeEvent, "preludeEvent", PRELUDE)["config"] as Readonly<Record<string, string>>;
    if (resourcePreEvent !== undefined) this.#addStep(resourcePreEvent, "resourcePreEvent");
    if (resOutputsEvent !== undefined) this.#addStep(resOutputsEvent, "resOutputsEvent");
    if (diagnosticEvent !== undefined) {
      const { severity, message } = assertShape(diagnosticEvent, "diagnosticEvent", DIAGNOSTIC) as { severity: string; message: string };
      if (severity === "error") this.#errors.push(message.trim());
    }
    if (policyEvent !== undefined) this.#violations.push(toViolation(assertShape(policyEvent, "policyEvent", POLICY)));
    if (policyRemediationEvent !== undefined) {
      const { resourceUrn } = assertShape(policyRemediationEvent, "policyRemediationEvent", REMEDIATION);
      this.#remediated.push((resourceUrn as string | undefined) ?? "");
    }
    if (summaryEvent !== undefined) {
      const summary = assertShape(summaryEvent, "summaryEvent", SUMMARY) as unknown as Summary;
      this.#summary ??= summary;
    }
  }

  /** The second event of a step repeats the first, with what the engine expects to come out; a component may have a third. */
  #addStep(event: unknown, kind: "resourcePreEvent" | "resOutputsEvent"): void {
    const { planning, metadata } = assertShape(event, kind, [["planning", isOptional(isFlag)]]);
    if (planning === false) throw createUnreadableError("it tells of an update that was made, not of a preview");
    const step = parseStep(metadata, `${kind}.metadata`);
    const key = getStepKey(step);
    const isFirst = kind === "resourcePreEvent";
    if (isFirst && this.#steps.has(key)) throw createUnreadableError(`line ${this.#count} tells of a step a second time`);
    if (!isFirst && !this.#steps.has(key)) throw createUnreadableError(`line ${this.#count} ends a step that did not begin`);
    if (isFirst && step.logical === true && !isInternal(step)) this.#counted[step.op] = (this.#counted[step.op] ?? 0) + 1;
    this.#steps.set(key, step);
  }
}

function parseStep(value: unknown, place: string): PreviewStep {
  const step = assertShape(value, place, STEP);
  for (const side of ["old", "new"] as const)
    if (step[side] !== undefined && step[side] !== null) assertShape(step[side], `${place}.${side}`, SIDE);
  return step as unknown as PreviewStep;
}

const toViolation = ({ policyName, policyPackName, enforcementLevel, resourceUrn, message }: Json): PolicyViolation => ({
  policy: policyName as string,
  pack: policyPackName as string,
  level: enforcementLevel as string,
  urn: (resourceUrn as string | undefined) || undefined,
  message: (message as string | undefined) ?? "",
});

/** Several replacements that were cut off leave several objects to delete under one name. */
const getStepKey = (step: PreviewStep): string =>
  isPendingDeletion(step) ? `${step.op} ${step.urn} left ${step.old?.id ?? ""}` : `${step.op} ${step.urn}`;

/** The removal of what an earlier replacement left behind. The engine marks the old side of a replacement under way in the same manner. */
export const isPendingDeletion = ({ op, old }: Pick<PreviewStep, "op" | "old">): boolean =>
  (op === "delete" || op === "discard") && old?.delete === true;

/** What the engine's summary leaves out: default providers, which nobody declared, and the end of a replacement that was cut off. */
const isInternal = ({ op, type, urn }: PreviewStep): boolean =>
  op === "remove-pending-replace" || (type.startsWith("pulumi:providers:") && urn.includes("::default"));

/** Of what is only read the summary counts what changed (`shouldRecordReadStep` of Pulumi's engine), of the rest everything. */
function assertCountsAgree(op: string, summary: number, steps: number): void {
  if (summary === steps || (op === "read" && summary < steps)) return;
  throw createIncompleteError(`its summary counts ${summary} × ${op}, its steps ${steps}`);
}

/** What stays the same is not changed as well. */
function assertNoContradiction(steps: readonly PreviewStep[]): void {
  const planned = steps.filter((step) => step.op !== "refresh" && !isPendingDeletion(step));
  const unchanged = new Set(planned.filter(({ op }) => op === "same").map(({ urn }) => urn));
  const changed = planned.find(({ op, urn }) => op !== "same" && unchanged.has(urn));
  if (changed) throw createUnreadableError(`it says of ${changed.urn} both that it stays the same and that it changes`);
}

const createIncompleteError = (why: string) => new PalisadeError("PAL_PREVIEW_INCOMPLETE", why);
const createUnreadableError = (why: string) => new PalisadeError("PAL_PREVIEW_UNREADABLE", why);
const getFirstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

function parseLine(line: string, count: number): unknown {
  try {
    return assertObject(JSON.parse(line), "");
  } catch (error) {
    if (error instanceof ShapeError) throw error;
    throw createUnreadableError(`line ${count} is not JSON`);
  }
}

/** The lines of each chunk together; a line that goes on in the next chunk is joined once it is whole. */
async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string[]> {
  let open: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const lines = chunk.split("\n");
    const last = lines.pop() ?? "";
    if (lines.length > 0) {
      yield [open.join("") + (lines[0] ?? ""), ...lines.slice(1)].filter(isFilled);
      [open, length] = [[], 0];
    }
    open.push(last);
    length += last.length;
    if (length > MOST_LINE_CHARACTERS) throw createUnreadableError("a line of it has no end");
  }
  yield [open.join("")].filter(isFilled);
}

const isFilled = (line: string): boolean => line.trim() !== "";
