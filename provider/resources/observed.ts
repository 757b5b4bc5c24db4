import { changes, hasUnknown, isBag } from "../engine/fields.js";
import type { Bag, Shape, Slice } from "../engine/define.js";
import { parseId } from "../engine/ids.js";
import type { Neon } from "./context.js";
import { catalogue, type Kind } from "./index.js";

type Any = Slice<Neon, Shape, Shape, string>;
const sliceOf = (kind: Kind): Any => catalogue[kind];

/** The parts of an id by their names. @throws PAL_BAD_ID */
export const partsOf = (kind: Kind, id: string): Record<string, string> => parseId(sliceOf(kind).id, id);

/**
 * The live inputs of an object; "gone" when that is proved, which a list cannot do. `recorded` is what the state says.
 * @param reading lists may answer @param neon they may not
 */
export async function observe(reading: Neon, neon: Neon, kind: Kind, id: string, recorded: Bag): Promise<Bag | "gone"> {
  const seen = await observeWhole(reading, neon, kind, id, recorded);
  return seen === "gone" ? seen : seen.inputs;
}

/** The same, with the outputs. */
export async function observeWhole(
  reading: Neon,
  neon: Neon,
  kind: Kind,
  id: string,
  recorded: Bag,
): Promise<{ inputs: Bag; outputs: Bag } | "gone"> {
  const slice = sliceOf(kind);
  const parts = partsOf(kind, id);
  const seen = await slice.observe(reading, parts, readable(recorded));
  if (seen) return seen;
  await slice.proveGone(neon, parts);
  return "gone";
}

/** What is encrypted in the state is not known here: a slice sees it as not recorded. */
const readable = (recorded: Bag): Bag =>
  Object.fromEntries(
    Object.entries(recorded).flatMap(([name, value]) =>
      !hasUnknown(value) ? [[name, value]] : isBag(value) ? [[name, readable(value)]] : [],
    ),
  );

export interface Difference {
  /** `defaultBranch.protected` */
  readonly path: string;
  readonly declared: unknown;
  readonly live: unknown;
  readonly secret: boolean;
}

/** In what a live object differs from what is declared of it. What the API does not tell of what can never change is no difference. */
export const differences = (kind: Kind, live: Bag, declared: Bag): Difference[] =>
  changes(sliceOf(kind).inputs, live, declared)
    .filter(({ field, from }) => from !== undefined || field.meta()?.onChange !== "locked")
    .map(({ path, field, from, to }) => ({ path, live: from, declared: to, secret: field.meta()?.secret === true }));

/** Names of the outputs that hold no secret. */
export const plainOutputs = (kind: Kind): string[] =>
  Object.entries(sliceOf(kind).outputs.shape).flatMap(([name, field]) =>
    (field as { meta: () => { secret?: true } | undefined }).meta()?.secret ? [] : [name],
  );
