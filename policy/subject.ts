import type { Kind, Properties } from "../provider/introspection.js";

/** One resource as controls see it. */
export interface Subject {
  readonly urn: string;
  readonly type: string;
  /** Absent where the type is none of ours. */
  readonly kind: Kind | undefined;
  /** `UNKNOWN` stands for what is known only after the update. */
  readonly inputs: Properties;
  /** Pulumi's own `protect`. */
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  /** By property: the URNs its value comes from. Empty where a resource is judged by itself. */
  readonly origins: Readonly<Record<string, readonly string[]>>;
  /** The code that Pulumi stores with the resource; absent where the engine does not show it. */
  readonly storedText?: unknown;
}

/** Thrown by a check that lacks what it must know. */
export class CannotJudgeError extends Error {}
