import type { EnforcementLevel, Severity } from "@pulumi/policy/policy.js";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema.js";
import { type Kind, isProperties, UNKNOWN } from "../provider/introspection.js";
import type { Iso27001, Privacy, Soc2 } from "../contract/frameworks.js";
import type { Stack } from "./stack.js";
import { CannotJudgeError, type Subject } from "./subject.js";

/** Values by the names of `Control.settings`, defaults filled in. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Setting extends PolicyConfigJSONSchema {
  readonly description: string;
  readonly default: string | number;
}

/** Types of a cloud's own resources, as `aws:s3/bucket:Bucket`. */
export interface CloudTypes {
  readonly types: readonly string[];
}

/** What a stack must keep to. The policy pack, its page and its tests are derived from these. */
export interface Control {
  /** The policy's name. */
  readonly id: string;
  /** One sentence. */
  readonly requires: string;
  readonly why: string;
  readonly remedy: string;
  readonly level: EnforcementLevel;
  readonly severity: Severity;
  readonly soc2: readonly Soc2[];
  readonly iso27001: readonly Iso27001[];
  /** What it does for personal data: `PRIVACY` has the clauses. Absent where it does nothing that these speak of. */
  readonly privacy?: Privacy;
  /** Rows of `PROMISES` that it is part of. */
  readonly promises: readonly number[];
  readonly settings?: Readonly<Record<string, Setting>>;
  /**
   * `resource`: from one resource's inputs, before anything is done to it. `stack`: from all resources together, after the preview or update.
   * `text`: from the stored text, which the engine shows at level `remediate` alone.
   */
  readonly scope: "resource" | "stack" | "text";
  readonly kinds: readonly Kind[] | "every type" | CloudTypes;
  /** What is wrong, a sentence each, without values that could be secret. Throws CannotJudgeError. */
  readonly check: (subject: Subject, settings: Settings, stack: Stack) => Iterable<string>;
}

export const createUnknownError = (path: string): CannotJudgeError => new CannotJudgeError(`${path} is known only after the update`);

/** The value at a path of the inputs. Throws CannotJudgeError where it is not known yet. */
export function getValue({ inputs }: Pick<Subject, "inputs">, ...path: readonly string[]): unknown {
  let value: unknown = inputs;
  for (const [step, name] of path.entries()) {
    value = isProperties(value) ? value[name] : undefined;
    if (value === UNKNOWN) throw createUnknownError(path.slice(0, step + 1).join("."));
  }
  return value;
}

/** A list of the inputs; entries that are not known yet stay `UNKNOWN`. */
export function getList(subject: Pick<Subject, "inputs">, ...path: readonly string[]): readonly unknown[] {
  const value = getValue(subject, ...path);
  return Array.isArray(value) ? value : [];
}
