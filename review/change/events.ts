import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";

/** A resource on one side of a step, as the engine's events show it. What we do not use is left behind. */
const Side = z.object({
  type: z.string(),
  urn: z.string(),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  /** Whether a plugin owns it; the engine leaves it out of components. */
  custom: z.boolean().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
});
export type Side = z.output<typeof Side>;

const Step = z.object({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  old: Side.nullish(),
  new: Side.nullish(),
  /** Whether the summary counts it: of a replacement one step of three. */
  logical: z.boolean().optional(),
});
export type Step = z.output<typeof Step>;

const StepEvent = z.object({ metadata: Step, planning: z.boolean().optional() });

/** One line of the engine's event stream (`EngineEvent` of Pulumi): a number, a time, and one of these. */
const Event = z.object({
  sequence: z.number(),
  timestamp: z.number(),
  preludeEvent: z.object({ config: z.record(z.string(), z.string()) }).optional(),
  resourcePreEvent: StepEvent.optional(),
  resOutputsEvent: StepEvent.optional(),
  diagnosticEvent: z.object({ message: z.string(), severity: z.string(), urn: z.string().optional() }).optional(),
  policyEvent: z
    .object({ policyName: z.string(), policyPackName: z.string(), enforcementLevel: z.string(), resourceUrn: z.string().optional() })
    .optional(),
  policyRemediationEvent: z.object({ policyName: z.string(), resourceUrn: z.string().optional() }).optional(),
  summaryEvent: z
    .object({
      resourceChanges: z.record(z.string(), z.number()),
      PolicyPacks: z.record(z.string(), z.string()).nullish(),
      isPreview: z.boolean().optional(),
      result: z.string().optional(),
    })
    .optional(),
});

/** A whole preview of a change. */
export interface Preview {
  readonly steps: readonly Step[];
  /** The stack's configuration; secrets are blinded by the engine. */
  readonly config: Readonly<Record<string, string>>;
  /** Policy packs that ran, with their versions. */
  readonly policyPacks: Readonly<Record<string, string>>;
  /** What policy packs objected to. */
  readonly violations: readonly { policy: string; pack: string; level: string; urn: string | undefined }[];
  /** Resources whose inputs a policy pack rewrote. */
  readonly remediated: readonly string[];
}

const MOST_LINE_CHARACTERS = 64 * 1024 * 1024;
const MOST_EVENTS = 2_000_000;

/**
 * Reads a preview's event stream, one JSON object a line. Nothing but a whole, successful preview passes: half of a stream, or none, is not
 * "no changes". Throws PAL_PREVIEW_UNREADABLE, PAL_PREVIEW_INCOMPLETE, PAL_PREVIEW_FAILED.
 */
export async function readPreview(chunks: AsyncIterable<string>): Promise<Preview> {
  const reading = new Reading();
  for await (const line of linesOf(chunks)) reading.take(line);
  return reading.end();
}

class Reading {
  readonly #steps = new Map<string, Step>();
  readonly #counted: Record<string, number> = {};
  readonly #errors: string[] = [];
  readonly #violations: Preview["violations"][number][] = [];
  readonly #remediated: string[] = [];
  #config: Preview["config"] | undefined;
  #summary: z.output<typeof Event>["summaryEvent"];
  #count = 0;

  take(line: string): void {
    this.#count += 1;
    if (this.#count > MOST_EVENTS) throw new PalisadeError("PAL_PREVIEW_UNREADABLE", `it has more than ${MOST_EVENTS} lines`);
    const event = this.#event(line);
    if (event.preludeEvent) this.#config = event.preludeEvent.config;
    if (event.resourcePreEvent) this.#step(event.resourcePreEvent, true);
    if (event.resOutputsEvent) this.#step(event.resOutputsEvent, false);
    if (event.diagnosticEvent?.severity === "error") this.#errors.push(event.diagnosticEvent.message.trim());
    if (event.policyEvent) {
      const { policyName, policyPackName, enforcementLevel, resourceUrn } = event.policyEvent;
      this.#violations.push({ policy: policyName, pack: policyPackName, level: enforcementLevel, urn: resourceUrn });
    }
    if (event.policyRemediationEvent) this.#remediated.push(event.policyRemediationEvent.resourceUrn ?? "");
    this.#summary ??= event.summaryEvent;
  }

  end(): Preview {
    const [error] = this.#errors;
    if (error !== undefined) throw new PalisadeError("PAL_PREVIEW_FAILED", firstLine(error));
    if (this.#config === undefined) throw incomplete("it does not begin with the prelude of a preview");
    if (this.#summary === undefined) throw incomplete("it ends before the summary");
    const { resourceChanges, isPreview, result, PolicyPacks } = this.#summary;
    if (isPreview === false) throw new PalisadeError("PAL_PREVIEW_UNREADABLE", "it tells of an update that was made, not of a preview");
    if (result !== undefined && result !== "succeeded") throw new PalisadeError("PAL_PREVIEW_FAILED", `it ended as "${result}"`);
    for (const op of new Set([...Object.keys(resourceChanges), ...Object.keys(this.#counted)]))
      if ((resourceChanges[op] ?? 0) !== (this.#counted[op] ?? 0))
        throw incomplete(`its summary counts ${resourceChanges[op] ?? 0} × ${op}, its steps ${this.#counted[op] ?? 0}`);
    const steps = [...this.#steps.values()];
    mustNotContradict(steps);
    return {
      ...{ steps, config: this.#config, policyPacks: PolicyPacks ?? {} },
      ...{ violations: this.#violations, remediated: this.#remediated },
    };
  }

  #event(line: string): z.output<typeof Event> {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new PalisadeError("PAL_PREVIEW_UNREADABLE", `line ${this.#count} is not JSON`);
    }
    const read = Event.safeParse(value);
    if (read.success) return read.data;
    const where = read.error.issues[0]?.path.join(".") ?? "";
    throw new PalisadeError("PAL_PREVIEW_UNREADABLE", `line ${this.#count} is no event of Pulumi's engine (${where || "not an object"})`);
  }

  /** The second event of a step repeats the first, with what the engine expects to come out. */
  #step({ metadata, planning }: z.output<typeof StepEvent>, first: boolean): void {
    if (planning === false) throw new PalisadeError("PAL_PREVIEW_UNREADABLE", "it tells of an update that was made, not of a preview");
    const key = `${metadata.op} ${metadata.urn} ${String(isLeftover(metadata))}`;
    if (first && this.#steps.has(key))
      throw new PalisadeError("PAL_PREVIEW_UNREADABLE", `line ${this.#count} tells of a step a second time`);
    if (!first && !this.#steps.has(key))
      throw new PalisadeError("PAL_PREVIEW_UNREADABLE", `line ${this.#count} ends a step that did not begin`);
    if (first && metadata.logical === true && !isDefaultProvider(metadata))
      this.#counted[metadata.op] = (this.#counted[metadata.op] ?? 0) + 1;
    this.#steps.set(key, metadata);
  }
}

/** The deletion of what an earlier replacement left behind. The engine marks the old side of a replacement under way in the same manner. */
export const isLeftover = ({ op, old }: Pick<Step, "op" | "old">): boolean => op === "delete" && old?.delete === true;

/** Those that nobody declared: the engine's summary leaves them out, and so does its JSON stream. */
const isDefaultProvider = ({ type, urn }: Step): boolean => type.startsWith("pulumi:providers:") && urn.includes("::default");

/** What stays the same is not changed as well. */
function mustNotContradict(steps: readonly Step[]): void {
  const planned = steps.filter((step) => step.op !== "refresh" && !isLeftover(step));
  const unchanged = new Set(planned.filter(({ op }) => op === "same").map(({ urn }) => urn));
  const changed = planned.find(({ op, urn }) => op !== "same" && unchanged.has(urn));
  if (changed)
    throw new PalisadeError("PAL_PREVIEW_UNREADABLE", `it says of ${changed.urn} both that it stays the same and that it changes`);
}

const incomplete = (why: string) => new PalisadeError("PAL_PREVIEW_INCOMPLETE", why);
const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MOST_LINE_CHARACTERS) throw new PalisadeError("PAL_PREVIEW_UNREADABLE", "a line of it has no end");
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  if (rest.trim() !== "") yield rest;
}
