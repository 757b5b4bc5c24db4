import { typeTokenOf } from "../../contract/typeToken.js";
import { type Assumption, idIn, idOfTarget } from "../../contract/assumption.js";
import { storedProvider } from "../../contract/stored.js";
import type { Bag } from "../../provider/engine/define.js";
import type { Hooks } from "../../provider/engine/hooks.js";
import { UNKNOWN } from "../../provider/resources/settled.js";
import { equal } from "../reliability/up.js";
import { type Declaration, ordered, type Options, type Output, type Program, type ReachKind, tagged, type Value } from "./program.js";
import type { Texts } from "./text.js";

/** Pulumi's engine as far as these programs use it: what it asks the provider, in which order, and what it records. */

export const urnOf = (kind: string, name: string): string => `urn:pulumi:dev::shop::${typeTokenOf(kind)}::${name}`;

/** A resource in the stack's state. */
export interface Recorded {
  readonly urn: string;
  readonly kind: ReachKind;
  readonly name: string;
  readonly id: string;
  readonly inputs: Bag;
  readonly outputs: Bag;
  readonly options: Options;
  /** URNs by property, and all of them. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
  readonly dependencies: readonly string[];
  /** Half-made: the next update goes on with it. */
  readonly unfinished: boolean;
}

/** In the order in which they were recorded. */
export type Snapshot = ReadonlyMap<string, Recorded>;

export type Provider = Readonly<Record<ReachKind, Hooks>>;

export interface Step {
  readonly op: "create" | "same" | "update" | "replace" | "delete";
  readonly old: Recorded | undefined;
  /** As the program wants it; the outputs are those that a preview expects. */
  readonly wanted: Recorded | undefined;
}

/** The engine says no: what is declared cannot be. */
export class Refused extends Error {}

/** A run of the engine over one program. */
export class Run {
  /** What stands in the state by now. */
  readonly state: Map<string, Recorded>;
  /** Whether a value of the program's own making is not known yet. */
  hides = false;
  /** What this run has done or expects, by name. */
  private readonly seen = new Map<string, { wanted: Recorded; op: Step["op"] }>();

  constructor(
    private readonly provider: Provider,
    snapshot: Snapshot,
    private readonly known: Texts,
    private readonly pick: (below: number) => number,
    /** A preview calls neither create, update nor delete. */
    private readonly isPreview: boolean,
    /** What `palisade guard` holds an update to. */
    private readonly assumptions: readonly Assumption[] = [],
  ) {
    this.state = new Map(snapshot);
  }

  /** Every step of the program in an order that the engine may take, one after another. @throws Refused, and what the provider throws */
  async *steps(program: Program): AsyncGenerator<Step> {
    const replaced: Recorded[] = [];
    const order = ordered(program, (output) => this.known.literal(output) !== undefined, this.pick);
    if (!order) throw new Refused("the program is a circle");
    const kept = new Set<string>();
    for (const declaration of order) {
      const step = await this.decide(declaration, kept);
      await this.perform(step);
      if (step.op === "replace" && step.old) replaced.push(step.old);
      this.seen.set(declaration.name, { op: step.op, wanted: step.wanted as Recorded });
      yield step;
    }
    for (const old of this.inDeletionOrder([...replaced, ...[...this.state.values()].filter(({ urn }) => !kept.has(urn))])) {
      const isReplaced = replaced.includes(old);
      if (old.options.protect) throw new Refused(`${old.name} is protected from deletion`);
      if (!this.isPreview && !old.options.retainOnDelete) await this.provider[old.kind].delete(old.id, old.outputs);
      if (!isReplaced) this.state.delete(old.urn);
      // The preview of a replacement has been told with its creation.
      if (!isReplaced || !this.isPreview) yield { op: "delete", old, wanted: undefined };
    }
  }

  private async decide(declaration: Declaration, kept: Set<string>): Promise<Step> {
    const { kind, name, args, options } = declaration;
    const urn = urnOf(kind, name);
    const earlier = options.alias === undefined ? undefined : urnOf(kind, options.alias);
    const old = this.state.get(urn) ?? (earlier === undefined ? undefined : this.state.get(earlier));
    const origins: Record<string, readonly string[]> = { managedBy: [], __provider: [] };
    const given: Bag = { managedBy: urn, __provider: storedProvider(kind) };
    for (const [field, value] of Object.entries(args)) {
      const from = new Set<string>();
      given[field] = this.evaluate(value, from);
      origins[field] = [...from];
    }
    if (args["adopt"] !== undefined && given["adopt"] === UNKNOWN) throw new Refused("adopt is a text");
    const dependencies = [...new Set([...Object.values(origins).flat(), ...(options.dependsOn ?? []).flatMap((one) => this.urnsOf(one))])];
    const adopting = args["adopt"] !== undefined && { protect: true as const, retainOnDelete: true as const };
    const rest = { urn, kind, name, options: { ...adopting, ...options }, origins, dependencies, unfinished: false };
    kept.add(urn);
    if (old && old.urn !== urn) kept.add(old.urn);
    const inputs = await this.checked(kind, old?.inputs ?? {}, old ? withoutIgnored(given, old.inputs, options.ignoreChanges) : given);
    if (!old) return { op: "create", old, wanted: { ...rest, id: "", inputs, outputs: inputs } };
    const { replaces, changes } = await this.provider[kind].diff(old.id, old.outputs, inputs);
    if (replaces.length > 0) {
      if (old.options.protect) throw new Refused(`${name} is protected from replacement`);
      const anew = await this.checked(kind, {}, given);
      return { op: "replace", old, wanted: { ...rest, id: "", inputs: anew, outputs: anew } };
    }
    const isSame = changes !== true && !old.unfinished && equal(old.inputs, inputs);
    return { op: isSame ? "same" : "update", old, wanted: { ...rest, id: old.id, inputs, outputs: isSame ? old.outputs : inputs } };
  }

  private async perform({ op, old, wanted }: Step): Promise<void> {
    if (this.isPreview || !wanted) return;
    for (const assumption of this.assumptions) if (assumption.urn === wanted.urn) this.holdTo(assumption, wanted.inputs);
    const hooks = this.provider[wanted.kind];
    const record = (id: string, outputs: Bag, unfinished = false) => {
      if (old) this.state.delete(old.urn);
      this.state.set(wanted.urn, { ...wanted, id, outputs, unfinished });
    };
    try {
      if (op === "same") record(wanted.id, wanted.outputs);
      else if (op === "update") record(wanted.id, (await hooks.update(wanted.id, (old as Recorded).outputs, wanted.inputs)).outs);
      else {
        const { id, outs } = await hooks.create(wanted.inputs);
        record(id, outs);
      }
    } catch (error) {
      const { id, properties } = error as { id?: string; properties?: Bag };
      if (id !== undefined && properties !== undefined) record(id, properties, true);
      throw error;
    }
  }

  /** As the guard's policy pack does, before the call. */
  private holdTo({ property, part, target, expected }: Assumption, inputs: Bag): void {
    const made = this.state.get(target);
    const id = expected ?? (made && idOfTarget(part, made));
    const actual = inputs[property];
    if (typeof actual !== "string" || idIn(part, actual) !== id) throw new Refused(`${property} is not the ${part} that was judged`);
  }

  private async checked(kind: ReachKind, olds: Bag, given: Bag): Promise<Bag> {
    const { inputs, failures } = await this.provider[kind].check(olds, given);
    if (failures.length > 0) throw new Refused(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
    return inputs;
  }

  /** @param from gets the URNs of the resources that the value comes from */
  private evaluate(value: Value, from: Set<string>): unknown {
    if (typeof value !== "object") return value;
    if (Array.isArray(value)) return (value as readonly Value[]).map((one) => this.evaluate(one, from));
    if (tagged(value, "$vpce")) return this.known.vpce(value.$vpce);
    if (tagged(value, "$literal")) return this.known.literal(value.$literal) ?? this.output(value.$literal, from);
    if (tagged(value, "$output")) return this.output(value.$output, from);
    if (tagged(value, "$apply")) {
      if (this.output(value.$apply.through, from) !== UNKNOWN) return this.evaluate(value.$apply.gives, from);
      this.hides = true;
      return UNKNOWN;
    }
    return Object.fromEntries(Object.entries(value as Record<string, Value>).map(([field, one]) => [field, this.evaluate(one, from)]));
  }

  private output({ of, output }: Output, from: Set<string>): unknown {
    const origin = this.seen.get(of) as { wanted: Recorded; op: Step["op"] } | undefined;
    if (!origin) throw new Refused(`${of} is not declared`);
    from.add(origin.wanted.urn);
    const { id, outputs } = this.isPreview ? origin.wanted : (this.state.get(origin.wanted.urn) as Recorded);
    // `id` stays known in previews of updates, which no output beside the inputs does.
    if (output === "projectId" && origin.wanted.kind === "Project") return id === "" ? UNKNOWN : id;
    if (output === "branchId") return id === "" ? UNKNOWN : (id.split("/")[1] ?? "");
    return output in outputs ? outputs[output] : this.isPreview && origin.op !== "same" ? UNKNOWN : undefined;
  }

  private urnsOf(name: string): string[] {
    const origin = this.seen.get(name);
    return origin ? [origin.wanted.urn] : [];
  }

  /** What depends on others goes first. */
  private inDeletionOrder(condemned: readonly Recorded[]): Recorded[] {
    const left = new Set(condemned);
    const order: Recorded[] = [];
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
function withoutIgnored(given: Bag, old: Bag, ignored: readonly string[] = []): Bag {
  const kept = Object.entries(given).filter(([field]) => !ignored.includes(field));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(ignored.flatMap((field) => (field in old ? [[field, old[field]]] : []))) };
}
