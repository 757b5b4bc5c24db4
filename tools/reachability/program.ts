import type { Kind } from "../../provider/resources/index.js";

/** Programs as data, so that they can be generated, edited, run by a model of the engine, and printed for the real one. */

/** Where a program says that everything lies. */
export const REGION = "aws-eu-central-1";

/** Kinds that say who reaches what. */
export type ReachKind = Extract<
  Kind,
  | "Project"
  | "Branch"
  | "BranchProtection"
  | "ComputeEndpoint"
  | "IpAllowlist"
  | "IpAllowlistEntry"
  | "PrivateEndpoint"
  | "VpcEndpointRestriction"
>;

/** An output of a resource of the same program; of an object that another stack has made when `of` is no name of the program. */
export interface Output {
  readonly of: string;
  readonly output: "projectId" | "branchId" | "defaultBranchId" | "vpcEndpointId" | "host";
}

export type Plain = string | number | boolean;

export type Value =
  | Plain
  | readonly Value[]
  | { readonly [field: string]: Value }
  /** `shop.projectId` */
  | { readonly $output: Output }
  /** The text that the output has, written into the program; a reference while nobody knows it. */
  | { readonly $literal: Output }
  /** `decoy.projectId.apply(() => …)`: known as soon as the output is, whatever it says. */
  | { readonly $apply: { readonly through: Output; readonly gives: Value } }
  /** One of the case's own VPC endpoints. */
  | { readonly $vpce: number };

export interface Options {
  readonly dependsOn?: readonly string[];
  readonly protect?: true;
  readonly retainOnDelete?: true;
  readonly ignoreChanges?: readonly string[];
  /** An earlier name. */
  readonly alias?: string;
}

export interface Declaration {
  readonly kind: ReachKind;
  readonly name: string;
  readonly args: Readonly<Record<string, Value>>;
  readonly options: Options;
}

export type Program = readonly Declaration[];

export const isTagged = <T extends string>(value: Value, tag: T): value is Extract<Value, Record<T, unknown>> =>
  typeof value === "object" && tag in value;

/** Whether the text of an output has been learned already. */
export type IsKnown = (output: Output) => boolean;

/** What a value waits for. Literal ids wait for nobody, unless they are not known yet. */
export function collectOutputs(value: Value, isKnown: IsKnown): Output[] {
  if (typeof value !== "object") return [];
  if (isTagged(value, "$output")) return [value.$output];
  if (isTagged(value, "$literal")) return isKnown(value.$literal) ? [] : [value.$literal];
  if (isTagged(value, "$apply")) return [value.$apply.through, ...collectOutputs(value.$apply.gives, isKnown)];
  return Object.values(value).flatMap((inner: Value) => collectOutputs(inner, isKnown));
}

/** Names that a declaration must wait for. */
export const collectNeeds = ({ args, options }: Declaration, isKnown: IsKnown): Set<string> =>
  new Set([
    ...Object.values(args)
      .flatMap((value) => collectOutputs(value, isKnown))
      .map(({ of }) => of),
    ...(options.dependsOn ?? []),
  ]);

/** The declarations so that each comes after what it needs, as `pick` chooses among those that are ready; undefined for a circle. */
export function sortByNeeds(
  program: Program,
  isKnown: IsKnown = () => false,
  pick: (ready: number) => number = () => 0,
): Declaration[] | undefined {
  const names = new Set(program.map(({ name }) => name));
  const waiting = new Map(program.map((one) => [one, [...collectNeeds(one, isKnown)].filter((name) => names.has(name))]));
  const done = new Set<string>();
  const order: Declaration[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].flatMap(([one, on]) => (on.every((name) => done.has(name)) ? [one] : []));
    const next = ready[pick(ready.length)];
    if (next === undefined) return undefined;
    waiting.delete(next);
    done.add(next.name);
    order.push(next);
  }
  return order;
}
