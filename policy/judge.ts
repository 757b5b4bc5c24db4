import type { z } from "zod";
import { catalogue, type Kind } from "../provider/introspection.js";
import { type Control, type Settings } from "./control.js";
import { CannotJudgeError, type Subject } from "./subject.js";
import { Stack } from "./stack.js";

/** What a control says of one resource. */
export interface Verdict {
  readonly urn: string;
  /** False: it lacks what it must know, and `message` says what. */
  readonly judged: boolean;
  readonly message: string;
}

/** Every objection of a control to these resources. Pure. `given`: the settings of the pack's configuration. */
export function judge(control: Control, subjects: readonly Subject[], given: Settings = {}): Verdict[] {
  const [settings, strange] = [resolveSettings(control, given), listUnknownSettings(control, given)];
  const stack = new Stack(subjects);
  return subjects.filter(appliesTo(control)).flatMap((subject) => {
    if (strange.length > 0) return [{ urn: subject.urn, judged: true, message: `The configuration has no setting ${strange.join(", ")}.` }];
    return judgeOne(control, subject, settings, stack);
  });
}

function judgeOne(control: Control, subject: Subject, settings: Settings, stack: Stack): Verdict[] {
  const verdicts: Verdict[] = [];
  const say = (judged: boolean, says: string) => verdicts.push({ urn: subject.urn, judged, message: says });
  try {
    if (control.scope !== "text" && subject.kind && isLookedUp(subject.kind, subject))
      throw new CannotJudgeError("it is looked up, not declared");
    for (const says of control.check(subject, settings, stack)) say(true, says);
  } catch (error) {
    if (!(error instanceof CannotJudgeError)) throw error;
    say(false, error.message);
  }
  return verdicts;
}

function appliesTo({ kinds }: Control): (subject: Subject) => boolean {
  if (kinds === "every type") return () => true;
  if ("types" in kinds) return ({ type }) => kinds.types.includes(type);
  return ({ kind }) => kind !== undefined && kinds.includes(kind);
}

const resolveSettings = ({ settings = {} }: Control, given: Settings): Settings => ({
  ...Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, setting.default])),
  ...given,
});

/** The engine lets unknown names through: a misspelt threshold must not count as set. */
const listUnknownSettings = ({ settings = {} }: Control, given: Settings): string[] =>
  Object.keys(given).filter((name) => !Object.hasOwn(settings, name));

/** `Project.get` and its like: nothing is declared. */
const isLookedUp = (kind: Kind, { inputs }: Subject): boolean =>
  Object.entries(catalogue[kind].inputs.shape as Record<string, z.ZodType>).some(
    ([name, field]) => inputs[name] === undefined && !field.safeParse(undefined).success,
  );
