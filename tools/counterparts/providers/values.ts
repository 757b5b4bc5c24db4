import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../../contract/values.js";

/** Inputs or outputs of a resource as the engine sends them: plain JSON. */
export type Properties = Readonly<Record<string, unknown>>;

/** What stands for a value that is known only after the update (`unknownValue` of @pulumi/pulumi's runtime). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The member that marks a wrapped value in the engine's messages (`specialSigKey` of @pulumi/pulumi's runtime). */
const WRAPPED = "4dabf18193072939515e22adb298388d";

/** Takes secrets out of their wrapping: they come wrapped in Configure although the double says that it accepts none. */
export function unwrapSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapSecrets);
  if (!isRecord(value)) return value;
  if (WRAPPED in value) return unwrapSecrets(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unwrapSecrets(one)]));
}

/** Without members that are undefined or null: a message of the engine cannot hold the former, and its state has no use for the latter. */
export const removeAbsent = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));

export const isKnown = (value: unknown): boolean => value !== undefined && value !== null && value !== UNKNOWN;

/** Texts of a list of texts that is a set. */
export const toTexts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

/** An optional text; `undefined` when it is not one. */
export const findText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Whether two values of an input say the same: texts that are JSON by what they say, lists of texts in any order. */
export function isAlike(before: unknown, after: unknown): boolean {
  if (Array.isArray(before) && Array.isArray(after)) return isDeepStrictEqual(sortTexts(before), sortTexts(after));
  if (typeof before !== "string" || typeof after !== "string" || before === after) return isDeepStrictEqual(before, after);
  const [one, other] = [parseObject(before), parseObject(after)];
  return one !== undefined && other !== undefined && isDeepStrictEqual(normalize(one), normalize(other));
}

const sortTexts = (list: readonly unknown[]): readonly unknown[] =>
  list.every((one) => typeof one === "string") ? [...list].sort() : list;

/** In policies a single text is the list of it, and lists of texts are sets. */
function normalize(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(normalize);
    return list.length === 1 && typeof list[0] === "string" ? list[0] : sortTexts(list);
  }
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, normalize(one)])) : value;
}

function parseObject(text: string): Properties | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
