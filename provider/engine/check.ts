import { z } from "zod";
import { formatSuggestion } from "../../contract/didYouMean.js";
import type { Properties, Resource, Shape } from "./define.js";
import { reserved } from "./reservedInputs.js";
import { computeChanges, listFields, hasUnknown, isProperties, findItemSchema, findObjectSchema, isSameValue, UNKNOWN } from "./fields.js";

/** One thing wrong with the inputs, at the field that must change. */
export interface Failure {
  property: string;
  reason: string;
}

/**
 * Inputs with their defaults filled and in their old spelling where it means the same, and everything wrong with them.
 * Pure: previews are right without a network.
 * @param olds the inputs last declared, empty when creating or replacing
 */
export function check(
  resource: Pick<Resource, "inputs" | "rules">,
  olds: Properties,
  news: Properties,
): { inputs: Properties; failures: Failure[] } {
  const schema = completeSchema(resource.inputs);
  const filled = fillDefaults(schema, news);
  const issues = schema.safeParse(filled).error?.issues ?? [];
  const invalid = issues.filter(({ code, path }) => code === "unrecognized_keys" || !hasUnknown(getAt(filled, path)));
  const wrong = new Set(invalid.map(({ path }) => path[0]));
  const inputs = keepSpelling(schema, olds, filled, wrong);
  const failures = [...invalid.flatMap((issue) => explainIssue(schema, filled, issue)), ...findLockedChanges(schema, olds, inputs, wrong)];
  // Rules read whole fields, so they are asked only when those are sound by themselves.
  const unsound = new Set(failures.map(({ property }) => property.split(/[.[]/)[0]));
  const broken = (resource.rules ?? [])
    .filter((rule) => !rule.needs.some((name) => hasUnknown(inputs[name]) || unsound.has(name)) && !rule.holds(inputs, olds))
    .map((rule) => ({ property: rule.property, reason: rule.message }));
  return { inputs, failures: [...failures, ...broken] };
}

const completedSchemas = new WeakMap<Shape, Shape>();

/** With the inputs that every resource takes, unknown keys refused. Made once: zod compiles a schema at its first use. */
function completeSchema(inputs: Shape): Shape {
  const known = completedSchemas.get(inputs);
  if (known) return known;
  const schema = z.strictObject({ ...inputs.shape, ...reserved.shape });
  completedSchemas.set(inputs, schema);
  return schema;
}

function fillDefaults(schema: Shape, given: Properties): Properties {
  const filled: Properties = { ...given };
  for (const [name, field] of listFields(schema)) {
    const [value, nested, item] = [filled[name], findObjectSchema(field), findItemSchema(field)];
    const entry = item && findObjectSchema(item);
    if (value === undefined) {
      const parsed = field.safeParse(undefined);
      if (parsed.success && parsed.data !== undefined) filled[name] = parsed.data;
    } else if (nested && isProperties(value)) filled[name] = fillDefaults(nested, value);
    else if (entry && Array.isArray(value))
      filled[name] = value.map((each) => (isProperties(each) ? fillDefaults(entry, each) : (each as unknown)));
  }
  return filled;
}

/** The engine compares inputs as text, so a value that means the same keeps the text it had. @param wrong what has no meaning: never compared */
function keepSpelling(schema: Shape, olds: Properties, news: Properties, wrong: ReadonlySet<unknown>): Properties {
  const inputs: Properties = { ...news };
  const exists = Object.keys(olds).length > 0;
  for (const [name, field] of listFields(schema)) {
    const [before, now, nested] = [olds[name], inputs[name], findObjectSchema(field)];
    // Written once: adding, changing or removing it later is no change. JSON drops an undefined one.
    if (exists && field.meta()?.onChange === "ignored") inputs[name] = before;
    else if (before === undefined || now === undefined || wrong.has(name)) continue;
    else if (isSameValue(field, before, now)) inputs[name] = before;
    else if (nested && isProperties(before) && isProperties(now)) inputs[name] = keepSpelling(nested, before, now, NONE);
  }
  return inputs;
}

const NONE: ReadonlySet<unknown> = new Set();

const findLockedChanges = (schema: Shape, olds: Properties, news: Properties, wrong: ReadonlySet<unknown>): Failure[] =>
  computeChanges(schema, olds, Object.fromEntries(Object.entries(news).filter(([name]) => !wrong.has(name))))
    .filter(({ field, before: from }) => field.meta()?.onChange === "locked" && from !== undefined)
    .map(({ path, before: from }) => ({
      property: path,
      reason: `cannot change from ${JSON.stringify(from)} after creation: a replacement would drop data. Restore the value, or create a new resource and move the data`,
    }));

function explainIssue(schema: Shape, inputs: Properties, issue: z.core.$ZodIssue): Failure[] {
  if (issue.code === "unrecognized_keys") {
    const place = findField(schema, issue.path);
    const known = Object.keys((place && findObjectSchema(place)?.shape) ?? {}).filter((name) => name !== "managedBy");
    return issue.keys.map((key) => ({
      property: formatPath([...issue.path, key]),
      reason: `is not a field of this resource${formatSuggestion(key, known)}`,
    }));
  }
  if (issue.code === "invalid_union") {
    // The option that the value was meant for: the one that does not refuse its very type.
    const meant = issue.errors.find(
      (errors) => !errors.some(({ code, path }) => path.length === 0 && (code === "invalid_type" || code === "invalid_value")),
    );
    if (meant) return meant.flatMap((inner) => explainIssue(schema, inputs, { ...inner, path: [...issue.path, ...inner.path] }));
  }
  const property = formatPath(issue.path);
  const value = getAt(inputs, issue.path);
  const isOptional = findField(schema, issue.path)?.safeParse(undefined).success;
  if (value === undefined || (value === null && !isOptional)) return [{ property, reason: "is required" }];
  const reason = issue.message.replace(/^Invalid (input|option): /, "");
  const isShown = issue.path.length < 2 || (typeof value === "string" && value !== "" && reason.includes(value));
  return [{ property, reason: isShown ? reason : reason + formatValue(schema, issue.path, value) }];
}

/** Longer ones are cut. */
const MOST_SHOWN = 80;

/** Pulumi prints the value of a top field by itself, and of a nested one nothing. Secrets are not shown, nor what is too long to read. */
function formatValue(schema: Shape, steps: readonly PropertyKey[], value: unknown): string {
  const isSecret = steps.some((_, last) => findField(schema, steps.slice(0, last + 1))?.meta()?.secret);
  if (typeof value === "object" || isSecret) return "";
  const text = JSON.stringify(value);
  return `; it is ${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}`;
}

const getAt = (value: unknown, steps: readonly PropertyKey[]) =>
  steps.reduce<unknown>((v, step) => (v === UNKNOWN ? v : (v as Properties | undefined)?.[step as string]), value);

/** What is declared where a path leads, through objects and lists. */
const findField = (schema: Shape, steps: readonly PropertyKey[]) =>
  steps.reduce<z.ZodType | undefined>(
    (field, step) =>
      field && (typeof step === "number" ? findItemSchema(field) : (findObjectSchema(field)?.shape[String(step)] as z.ZodType | undefined)),
    schema,
  );

/** `ranges[2].range`, as Pulumi prints paths. */
const formatPath = (steps: readonly PropertyKey[]) =>
  steps.map((s, i) => (typeof s === "number" ? `[${s}]` : `${i ? "." : ""}${String(s)}`)).join("");
