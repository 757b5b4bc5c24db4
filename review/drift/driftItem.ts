import type { Direction, Severity } from "../../contract/findings.js";
import type { NeonApi } from "../../provider/client/api.js";
import type { Kind } from "../../provider/introspection.js";
import type { Finding, ResourceRef } from "../finding.js";
import type { ModelEdit } from "../reachability/edits.js";

export type DriftClass = "changed" | "deleted" | "added" | "overdue";

/** A difference between what was applied and what is there. */
export interface DriftFinding extends Finding {
  readonly class: DriftClass;
  /** URN of the resource that declares it; absent for what nothing declares. */
  readonly urn?: string;
  /** Id of the project that it is about. */
  readonly project?: string;
  /** Input that differs, such as `historyRetentionSeconds`. */
  readonly property?: string;
  /** One sentence: what is so. */
  readonly says: string;
  /** When it was last changed, as far as anybody says. */
  readonly changedAt?: string;
  /** Who did it. */
  readonly changedBy?: string;
  /** Why it is told and is no drift; absent where it is one. */
  readonly expected?: Expected;
}

/**
 * `askingKey`: the API key that runs the command. `onlyAdministrator`: whose key that is, where the organisation has nobody else to administer it;
 * or the administrator who was the only one when the record was made, too.
 */
export type Expected = "askingKey" | "onlyAdministrator";

/** A repair that only closes. */
export interface ClosingRepair {
  /** `take 192.0.2.7 out of the list` */
  readonly what: string;
  readonly projectId: string;
  readonly edit: ModelEdit;
  /** One call. It looks again at what it changes; what another has changed meanwhile it leaves alone. */
  readonly call: (api: NeonApi) => Promise<void>;
}

/** A difference before its direction is known. */
export interface DriftItem extends Omit<DriftFinding, "severity" | "direction"> {
  /** What it means whatever reachability says. */
  readonly means?: Direction;
  /** Minimum severity. */
  readonly severity?: Severity;
  /** Takes the difference out of what is there, and brings it into what was applied. */
  readonly edits?: { readonly revert: ModelEdit; readonly apply: ModelEdit };
  /** What the audit calls the objects in which it shows. */
  readonly traces: readonly AuditTrace[];
  readonly closing?: ClosingRepair;
  /** About something that the program leaves as it is: told only where it opens. */
  readonly left?: true;
}

export interface AuditTrace {
  readonly kind: string;
  readonly id: string;
  /** The field of the object in which it shows; any when left out. */
  readonly field?: string;
}

/** `BranchProtection` -> `branch-protection`: the first part of a rule's name. */
export const formatRule = (kind: Kind, what: DriftClass): string => `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}-${what}`;

export const formatValue = (value: unknown): string =>
  value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value);

export const toProjectRef = ({ id, name }: { id: string; name: string }): ResourceRef => ({ kind: "project", id, name });

export const APPLY = "Bring it back with pulumi up once its review is approved, or declare it as it is.";
export const LEFT_REMEDY = "Bring it back by hand or with --repair closing, and declare it: the program leaves it as it is.";
export const UNDECLARED = "Remove it if nobody vouches for it; otherwise declare it, or accept it in the ignore file with a reason.";

/** A finding for an object that exists and that nothing declares. */
export const buildAddedFinding = (
  item: Omit<DriftItem, "class" | "before" | "after" | "remedy"> & { readonly remedy?: string },
): DriftItem => ({
  class: "added",
  before: "not declared",
  after: "exists",
  remedy: UNDECLARED,
  ...item,
});
