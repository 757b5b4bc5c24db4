import type { Direction, Severity } from "../contract/findings.js";

/** What is worth a person's attention, in a form that every output shares. */
export interface Finding {
  /** Id of the rule, which its page explains. */
  readonly rule: string;
  readonly severity: Severity;
  readonly direction: Direction;
  readonly resource: ResourceRef;
  /** Absent where one moment is judged and not a change. */
  readonly before?: string;
  /** What is, or will be. */
  readonly after?: string;
  /** Where the program says so: `index.ts:12`. */
  readonly location?: string;
  /** What to do. */
  readonly remedy: string;
}

export interface ResourceRef {
  /** `organization`, or a class of the catalogue with a small first letter. */
  readonly kind: string;
  /** As the resources spell it: `quiet-lake-12345678/br-wispy-sun-b343qpnf`. */
  readonly id: string;
  readonly name: string;
}
