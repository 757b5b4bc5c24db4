import { computeChanges, hasUnknown, isProperties } from "../../engine/fields.js";
import type { Properties, Shape, Slice } from "../../engine/define.js";
import { parseId } from "../../engine/ids.js";
import type { NeonContext } from "./context.js";
import { catalogue, type Kind } from "../index.js";

type AnySlice = Slice<NeonContext, Shape, Shape, string>;
const getSlice = (kind: Kind): AnySlice => catalogue[kind];

/** The parts of an id by their names. @throws PAL_BAD_ID */
export const parseIdParts = (kind: Kind, id: string): Record<string, string> => parseId(getSlice(kind).id, id);

/**
 * The live inputs of an object; "gone" when that is proved, which a list cannot do. `recorded` is what the state says.
 * @param reading lists may answer @param neon they may not
 */
export async function observe(
  reading: NeonContext,
  neon: NeonContext,
  kind: Kind,
  id: string,
  recorded: Properties,
): Promise<Properties | "gone"> {
  const seen = await observeWithOutputs(reading, neon, kind, id, recorded);
  return seen === "gone" ? seen : seen.inputs;
}

/** The same, with the outputs. */
export async function observeWithOutputs(
  reading: NeonContext,
  neon: NeonContext,
  kind: Kind,
  id: string,
  recorded: Properties,
): Promise<{ inputs: Properties; outputs: Properties } | "gone"> {
  const slice = getSlice(kind);
  const parts = parseIdParts(kind, id);
  const seen = await slice.observe(reading, parts, omitUnknown(recorded));
  if (seen) return seen;
  await slice.proveGone(neon, parts);
  return "gone";
}

/** What is encrypted in the state is not known here: a slice sees it as not recorded. */
const omitUnknown = (recorded: Properties): Properties =>
  Object.fromEntries(
    Object.entries(recorded).flatMap(([name, value]) =>
      !hasUnknown(value) ? [[name, value]] : isProperties(value) ? [[name, omitUnknown(value)]] : [],
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
export const computeDifferences = (kind: Kind, live: Properties, declared: Properties): Difference[] =>
  computeChanges(getSlice(kind).inputs, live, declared)
    .filter(({ field, before: from }) => from !== undefined || field.meta()?.onChange !== "locked")
    .map(({ path, field, before: from, after: to }) => ({ path, live: from, declared: to, secret: field.meta()?.secret === true }));

/** Names of the outputs that hold no secret. */
export const listPlainOutputs = (kind: Kind): string[] =>
  Object.entries(getSlice(kind).outputs.shape).flatMap(([name, field]) =>
    (field as { meta: () => { secret?: true } | undefined }).meta()?.secret ? [] : [name],
  );
