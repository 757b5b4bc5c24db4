import { buildTypeToken } from "../../contract/typeToken.js";
import { type Assumption, getReferencedId, findTargetId } from "../../contract/assumption.js";
import { buildStoredProvider } from "../../contract/stored.js";
import type { Properties } from "../../provider/engine/define.js";
import type { Hooks } from "../../provider/engine/hooks.js";
import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import { isEqual } from "../reliability/pulumiUp.js";
import { type Declaration, sortByNeeds, type Options, type Output, type Program, type ReachKind, isTagged, type Value } from "./program.js";
import type { TextContext } from "./programText.js";

/** Pulumi's engine as far as these programs use it: what it asks the provider, in which order, and what it records. */

export const buildUrn = (kind: string, name: string): string => `urn:pulumi:dev::shop::${buildTypeToken(kind)}::${name}`;

/** A resource in the stack's state. */
export interface RecordedResource {
  readonly urn: string;
  readonly kind: ReachKind;
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly options: Options;
  /** URNs by property, and all of them. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
  readonly dependencies: readonly string[];
  /** Creation was not finished: the next update continues it. */
  readonly unfinished: boolean;
}

/** In the order in which they were recorded. */
export type Snapshot = ReadonlyMap<string, RecordedResource>;

export type Provider = Readonly<Record<ReachKind, Hooks>>;

export interface Step {
  readonly op: "create" | "same" | "update" | "replace" | "delete";
  readonly before: RecordedResource | undefined;
  /** As the program wants it; the outputs are those that a preview expects. */
  readonly after: RecordedResource | undefined;
}

/** The engine refuses the program. */
export class EngineRefusal extends Error {}

/** A run of the engine over one program. */
export class EngineRun {
  /** What stands in the state by now. */
  readonly state: Map<string, RecordedResource>;
  /** Whether a value of the program's own making is not known yet. */
  hasHiddenValue = false;
  /** What this run has done or expects, by name. */
  private readonly seen = new Map<string, { wanted: RecordedResource; op: Step["op"] }>();

  constructor(
    private readonly provider: Provider,
    snapshot: Snapshot,
    private readonly known: TextContext,
    private readonly pick: (below: number) => number,
    /** A preview calls neither create, update nor delete. */
    private readonly isPreview: boolean,
    /** What `palisade guard` holds an update to. */
    private readonly assumptions: readonly Assumption[] = [],
  ) {
    this.state = new Map(snapshot);
  }

  /** Every step of the program in an order that the engine may take, one after another. @throws Refused, and what the provider throws */
  async *runSteps(program: Program): AsyncGenerator<Step> {
    const replaced: RecordedResource[] = [];
    const order = sortByNeeds(program, (output) => this.known.findLiteral(output) !== undefined, this.pick);
    if (!order) throw new EngineRefusal("the program has a circular dependency");
    const kept = new Set<string>();
    for (const declaration of order) {
      const step = await this.decide(declaration, kept);
      await this.perform(step);
      if (step.op === "replace" && step.before) replaced.push(step.before);
      this.seen.set(declaration.name, { op: step.op, wanted: step.after as RecordedResource });
      yield step;
    }
    for (const old of this.sortForDeletion([...replaced, ...[...this.state.values()].filter(({ urn }) => !kept.has(urn))])) {
      const isReplaced = replaced.includes(old);
      if (old.options.protect) throw new EngineRefusal(`${old.name} is protected from deletion`);
      if (!this.isPreview && !old.options.retainOnDelete) await this.provider[old.kind].delete(old.id, old.outputs);
      if (!isReplaced) this.state.delete(old.urn);
      // The preview of a replacement was reported with its creation.
      if (!isReplaced || !this.isPreview) yield { op: "delete", before: old, after: undefined };
    }
  }

  private async decide(declaration: Declaration, kept: Set<string>): Promise<Step> {
    const { kind, name, args, options } = declaration;
    const urn = buildUrn(kind, name);
    const earlier = options.alias === undefined ? undefined : buildUrn(kind, options.alias);
    const old = this.state.get(urn) ?? (earlier === undefined ? undefined : this.state.get(earlier));
    const origins: Record<string, readonly string[]> = { managedBy: [], __provider: [] };
    const given: Properties = { managedBy: urn, __provider: buildStoredProvider(kind) };
    for (const [field, value] of Object.entries(args)) {
      const from = new Set<string>();
      given[field] = this.evaluate(value, from);
      origins[field] = [...from];
    }
    if (args["adopt"] !== undefined && given["adopt"] === UNKNOWN) throw new EngineRefusal("adopt is a text");
    const dependencies = [
      ...new Set([...Object.values(origins).flat(), ...(options.dependsOn ?? []).flatMap((one) => this.listUrns(one))]),
    ];
    const adopting = args["adopt"] !== undefined && { protect: true as const, retainOnDelete: true as const };
    const rest = { urn, kind, name, options: { ...adopting, ...options }, origins, dependencies, unfinished: false };
    kept.add(urn);
    if (old && old.urn !== urn) kept.add(old.urn);
    const inputs = await this.checkInputs(kind, old?.inputs ?? {}, old ? removeIgnored(given, old.inputs, options.ignoreChanges) : given);
    if (!old) return { op: "create", before: old, after: { ...rest, id: "", inputs, outputs: inputs } };
    const { replaces, changes } = await this.provider[kind].diff(old.id, old.outputs, inputs);
    if (replaces.length > 0) {
      if (old.options.protect) throw new EngineRefusal(`${name} is protected from replacement`);
      const replacementInputs = await this.checkInputs(kind, {}, given);
      return { op: "replace", before: old, after: { ...rest, id: "", inputs: replacementInputs, outputs: replacementInputs } };
    }
    const isSame = changes !== true && !old.unfinished && isEqual(old.inputs, inputs);
    return { op: isSame ? "same" : "update", before: old, after: { ...rest, id: old.id, inputs, outputs: isSame ? old.outputs : inputs } };
  }

  private async perform({ op, before: old, after: wanted }: Step): Promise<void> {
    if (this.isPreview || !wanted) return;
    for (const assumption of this.assumptions) if (assumption.urn === wanted.urn) this.assertAssumption(assumption, wanted.inputs);
    const hooks = this.provider[wanted.kind];
    const record = (id: string, outputs: Properties, unfinished = false) => {
      if (old) this.state.delete(old.urn);
      this.state.set(wanted.urn, { ...wanted, id, outputs, unfinished });
    };
    try {
      if (op === "same") record(wanted.id, wanted.outputs);
      else if (op === "update") record(wanted.id, (await hooks.update(wanted.id, (old as RecordedResource).outputs, wanted.inputs)).outs);
      else {
        const { id, outs } = await hooks.create(wanted.inputs);
        record(id, outs);
      }
    } catch (error) {
      const { id, properties } = error as { id?: string; properties?: Properties };
      if (id !== undefined && properties !== undefined) record(id, properties, true);
      throw error;
    }
  }

  /** As the guard's policy pack does, before the call. */
  private assertAssumption({ property, part, target, expected }: Assumption, inputs: Properties): void {
    const made = this.state.get(target);
    const id = expected ?? (made && findTargetId(part, made));
    const actual = inputs[property];
    if (typeof actual !== "string" || getReferencedId(part, actual) !== id)
      throw new EngineRefusal(`${property} is not the ${part} that was judged`);
  }

  private async checkInputs(kind: ReachKind, olds: Properties, given: Properties): Promise<Properties> {
    const { inputs, failures } = await this.provider[kind].check(olds, given);
    if (failures.length > 0) throw new EngineRefusal(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
    return inputs;
  }

  /** @param from gets the URNs of the resources that the value comes from */
  private evaluate(value: Value, from: Set<string>): unknown {
    if (typeof value !== "object") return value;
    if (Array.isArray(value)) return (value as readonly Value[]).map((one) => this.evaluate(one, from));
    if (isTagged(value, "$vpce")) return this.known.getVpceId(value.$vpce);
    if (isTagged(value, "$literal")) return this.known.findLiteral(value.$literal) ?? this.resolveOutput(value.$literal, from);
    if (isTagged(value, "$output")) return this.resolveOutput(value.$output, from);
    if (isTagged(value, "$apply")) {
      if (this.resolveOutput(value.$apply.through, from) !== UNKNOWN) return this.evaluate(value.$apply.gives, from);
      this.hasHiddenValue = true;
      return UNKNOWN;
    }
    return Object.fromEntries(Object.entries(value as Record<string, Value>).map(([field, one]) => [field, this.evaluate(one, from)]));
  }

  private resolveOutput({ of, output }: Output, from: Set<string>): unknown {
    const origin = this.seen.get(of) as { wanted: RecordedResource; op: Step["op"] } | undefined;
    if (!origin) throw new EngineRefusal(`${of} is not declared`);
    from.add(origin.wanted.urn);
    const { id, outputs } = this.isPreview ? origin.wanted : (this.state.get(origin.wanted.urn) as RecordedResource);
    // `id` stays known in previews of updates, which no output beside the inputs does.
    if (output === "projectId" && origin.wanted.kind === "Project") return id === "" ? UNKNOWN : id;
    if (output === "branchId") return id === "" ? UNKNOWN : (id.split("/")[1] ?? "");
    return output in outputs ? outputs[output] : this.isPreview && origin.op !== "same" ? UNKNOWN : undefined;
  }

  private listUrns(name: string): string[] {
    const origin = this.seen.get(name);
    return origin ? [origin.wanted.urn] : [];
  }

  /** What depends on others goes first. */
  private sortForDeletion(deleted: readonly RecordedResource[]): RecordedResource[] {
    const left = new Set(deleted);
    const order: RecordedResource[] = [];
    while (left.size > 0) {
      const ready = [...left].filter((one) => ![...left].some((other) => other !== one && other.dependencies.includes(one.urn)));
      const next = ready[this.pick(ready.length)] ?? [...left][0];
      if (!next) break;
      left.delete(next);
      order.push(next);
    }
    return order;
  }
}

/** What the program says, where `ignoreChanges` lets it. */
function removeIgnored(given: Properties, old: Properties, ignored: readonly string[] = []): Properties {
  const kept = Object.entries(given).filter(([field]) => !ignored.includes(field));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(ignored.flatMap((field) => (field in old ? [[field, old[field]]] : []))) };
}
